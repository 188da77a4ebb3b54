"""The public page on which a doctor puts himself on file: what he says, the code that proves him, thanks.

It tells nobody who is on file already. What he is about to prove stays in his browser's signed cookie.
"""

from collections.abc import Iterable
from typing import cast
from uuid import UUID

from flask import Blueprint, Response, current_app, make_response, redirect, request, session, url_for

from callbacks import registering
from callbacks.house import Desk
from callbacks.registering import Begun, Refusal
from config import clock
from config.doors import anyone
from scheduling.directories import newcomers
from scheduling.directories.forms import Fault, Refused
from scheduling.directories.newcomers import Newcomer, Proof
from scheduling.directories.practitioners import MOST_PHONES, PREFERRED, REACH
from web.office import entries, outside, throttle
from web.office.entries import Filled

blueprint = Blueprint("enrolment", __name__, url_prefix="/inscription")
MOST_OWN_PHONES = 3
_KEY = "registration"
Answer = Response | str | tuple[str, int]


@blueprint.get("")
@anyone
def see() -> Answer:
    """An empty form."""
    return _form(Filled({}))


@blueprint.post("")
@anyone
@throttle.newcomers
def write() -> Answer:
    """What he wrote is kept, sealed; a code goes to where he says that he is."""
    desk = _desk()
    with desk.engine.begin() as conn:
        said = newcomers.read_form(conn, entries.form(), mail=desk.house.mail_address is not None)
        if isinstance(said, Newcomer):
            begun = registering.begin(conn, clock.read(conn), desk.house, desk.box, said)
    if isinstance(said, Refused):
        return _form(Filled(entries.sent(), _in_words(said.faults))), 422
    if not isinstance(begun, Begun):
        outside.tell(f"partners.enrol_{begun}")
        return _form(Filled(entries.sent())), 422
    desk.doorbell.ring("deliver", begun.outbox_id)
    session[_KEY] = [str(begun.id), said.proof.value]
    return make_response(redirect(url_for("enrolment.ask_code"), 303))


@blueprint.get("/code")
@anyone
def ask_code() -> Answer:
    """Where he keys it."""
    kept = _kept()
    if kept is None:
        return _anew()
    return outside.show("enrolment_code.html", proof=kept[1].value)


@blueprint.post("/code")
@anyone
@throttle.by_address
def give_code() -> Answer:
    """The code: somebody of the hospital looks at what he wrote."""
    kept, desk = _kept(), _desk()
    if kept is None:
        return _anew()
    with desk.engine.begin() as conn:
        refusal = registering.check(conn, clock.read(conn), desk.house, kept[0], request.form.get("code", ""))
    if refusal is None:
        session.pop(_KEY, None)
        return make_response(redirect(url_for("enrolment.done"), 303))
    outside.tell(f"partners.enrol_{refusal}")
    return make_response(redirect(url_for("enrolment.ask_code"), 303)) if refusal is Refusal.WRONG else _anew()


@blueprint.get("/merci")
@anyone
def done() -> Answer:
    """Thanks, and what comes now."""
    return outside.show("enrolment_done.html")


def _form(filled: Filled) -> str:
    phones = filled.every("phone")
    return outside.show(
        "enrolment.html",
        filled=filled,
        phones=[*phones, *[""] * max(0, 2 - len(phones))][: min(MOST_OWN_PHONES, MOST_PHONES)],
        preferred=PREFERRED,
        reach=REACH,
        by_mail=_desk().house.mail_address is not None,
    )


def _in_words(faults: Iterable[Fault]) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    for fault in faults:
        said.setdefault(fault.name, []).append(outside.say(f"directories.fault_{fault.code}", **fault.values))
    return said


def _kept() -> tuple[UUID, Proof] | None:
    """What this browser brought back; a cookie that another release wrote counts for nothing."""
    try:
        id, proof = session.get(_KEY, ())
        return UUID(id), Proof(proof)
    except (TypeError, ValueError):
        return None


def _anew() -> Response:
    session.pop(_KEY, None)
    return make_response(redirect(url_for("enrolment.see"), 303))


def _desk() -> Desk:
    return cast(Desk, current_app.extensions["desk"])
