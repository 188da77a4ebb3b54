"""The last step of every way in: a session of his own, a new token, and a word about what happened meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import cast

from flask import Response, current_app, make_response, redirect, session, url_for
from sqlalchemy import Connection

from callbacks.house import Desk
from config import clock, texts
from config.clock import Moment
from config.doors import Who, admits
from scheduling.accounts import credentials, proofs, sessions
from scheduling.accounts.proofs import Known
from scheduling.planning import trail
from web.office import guard, outside
from web.office.outside import Halfway

LOW = 3  # recovery codes: he is told to make new ones


@dataclass(frozen=True)
class Comer:
    """Somebody whose password was right, at the second step. One visit, one transaction."""

    desk: Desk
    conn: Connection
    moment: Moment
    known: Known
    halfway: Halfway


@dataclass(frozen=True)
class Arrived:
    """He is in: what his browser is given once it is committed. `codes` are shown to him once."""

    token: str
    language: str
    to: str
    missed: int = 0
    codes_left: int | None = None  # told when they run low
    codes: tuple[str, ...] = ()


Answer = Response | str | Arrived


def begin(desk: Desk, known: Known, moment: Moment, to: str) -> Response:
    """His password was right: he is asked for a code, or puts a first secret into his application."""
    outside.forget()
    if known.has_second_factor:
        outside.keep(Halfway.of(known, moment.real, to))
        return make_response(redirect(url_for("signin.ask_code"), 303))
    sealed = proofs.sealed(desk.box, known.id, credentials.new_secret())
    outside.keep(Halfway.of(known, moment.real, to, sealed))
    return make_response(redirect(url_for("signin.offer_secret"), 303))


def halfway(view: Callable[[Comer], Answer]) -> Callable[[], Response]:
    """Open to who has given his password a moment ago; others begin anew."""

    @admits(Who.HALFWAY)
    @wraps(view)
    def door() -> Response:
        desk, brought = cast(Desk, current_app.extensions["desk"]), outside.kept()
        with desk.engine.begin() as conn:
            comer = None if brought is None else _comer(desk, conn, brought)
            answer = None if comer is None else view(comer)
        if answer is None:
            outside.drop()
            return make_response(redirect(url_for("signin.see"), 303))
        return let_in(answer) if isinstance(answer, Arrived) else make_response(answer)

    return door


def _comer(desk: Desk, conn: Connection, brought: Halfway) -> Comer | None:
    moment, known = clock.read(conn), proofs.by_id(conn, brought.account_id)
    if known is None or known.locked or not brought.holds(known, moment.real):
        return None
    return Comer(desk, conn, moment, known, brought)


def arrive(conn: Connection, moment: Moment, known: Known, to: str, how: str) -> Arrived:
    """He is who he says: a session in the register, and a line in the trail; `how`: code, first_code, provider."""
    trail.record(conn, moment, known.by, "account.signed_in", subject=known.name, detail={"how": how})
    left = proofs.codes_left(conn, known.id) if known.has_second_factor else None
    return Arrived(
        token=sessions.begin(conn, known.id),
        language=known.language,
        to=to,
        missed=proofs.forgiven(conn, known.id),
        codes_left=left,
    )


def let_in(arrived: Arrived) -> Response:
    """After the commit: nothing that his browser held before counts any more."""
    session.clear()
    guard.let_in(arrived.token)

    def tell(key: str, count: int) -> None:
        guard.note(texts.say(key, arrived.language, count=count), good=False)

    if arrived.missed:
        tell("signin.missed", arrived.missed)
    if arrived.codes_left is not None and arrived.codes_left < LOW:
        tell("signin.codes_low", arrived.codes_left)
    if arrived.codes:
        return make_response(outside.show("codes.html", codes=arrived.codes, to=arrived.to))
    return make_response(redirect(arrived.to, 303))


def with_codes(arrived: Arrived, codes: list[credentials.RecoveryCode]) -> Arrived:
    """The same, with what he must write down first."""
    return replace(arrived, codes=tuple(code.text for code in codes), codes_left=None)
