"""Somebody comes with the link of an alert: who he is, and what he has proved. One visit, one transaction."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any, Never, cast
from uuid import UUID

from flask import Response, abort, current_app, flash, g, make_response, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.exceptions import Gone, TooManyRequests

from callbacks import links, pins, readings, stories
from callbacks.house import Desk
from callbacks.links import Link
from callbacks.readings import How, What
from config import clock, texts
from config.clock import Moment
from config.doors import Who, admits
from web import proof
from web.proof import Proof
from web.strikes import Strikes


@dataclass(frozen=True)
class Visit:
    """A holder of a link at the door. `pin` is where he stands with his PIN; `proof` is what opens the messages."""

    desk: Desk
    conn: Connection
    moment: Moment
    link: Link
    token: str
    language: str
    pin: pins.Right | pins.Locked | pins.Unset
    proof: Proof | None

    def reads(self, what: What, object: UUID) -> None:
        """He is shown it now: that is recorded."""
        by, about = self.link.person_id, self.link.request_id
        readings.note(self.conn, what, object, person_id=by, request_id=about, how=How.PAGE, moment=self.moment)


@dataclass(frozen=True)
class Back:
    """Back to the page, with a note. What it says, keeps and rings for is done after the commit."""

    note: str = ""
    good: bool = True
    values: Mapping[str, object] = field(default_factory=dict)  # of the note
    proof: Proof | None = None
    forget: bool = False
    climbs: bool = False  # somebody may have to be told of it
    delivers: int | None = None  # what waits in the outbox under this id
    page: str = "link.see"  # which of his pages


class Withdrawn(Gone):
    """A link of ours that opens nothing any more; `page` names what is said of it."""

    page = "withdrawn"


Answer = Response | str | Back
# After the visit come the other variables of the route.
View = Callable[..., Answer]
Door = Callable[..., Response]


def language() -> str:
    """What the visitor reads: his choice in the address, else his account's, else the house's language."""
    chosen = request.args.get("lang", "") or str(g.get("language", ""))
    desk = cast(Desk, current_app.extensions["desk"])
    return chosen if chosen in texts.LANGUAGES else desk.house.language


def with_link(view: View) -> Door:
    """Open to who holds a link; the view is handed his visit inside the transaction."""
    return _door(view, partial(_arrive, proves=True))


def glancing(view: View) -> Door:
    """Open to who holds a link, for a script that asks again and again: it keeps no session of the office alive."""
    return _door(view, partial(_arrive, proves=False))


def _door(view: View, arrive: Callable[[Connection, Desk, str], Visit]) -> Door:
    @admits(Who.LINK)
    @wraps(view)
    def door(token: str, **rest: Any) -> Response:
        desk = cast(Desk, current_app.extensions["desk"])
        if links.unsign(token, desk.house.secret_key) is None:
            refuse_stranger()  # the register is not asked about what we never wrote
        with desk.engine.begin() as conn:
            visit = arrive(conn, desk, token)
            answer = view(visit, **rest)
        return _settle(visit, answer) if isinstance(answer, Back) else make_response(answer)

    return door


def with_pin(view: View) -> Door:
    """Open to who holds a link and has given his PIN there, or is signed in; others are asked for it."""

    @wraps(view)
    def checked(visit: Visit, **rest: Any) -> Answer:
        if visit.proof is not None:
            return view(visit, **rest)
        if request.method in ("GET", "HEAD"):
            abort(403)
        return Back("pin_again", good=False)

    return admits(Who.PIN)(with_link(checked))


def _arrive(conn: Connection, desk: Desk, token: str, *, proves: bool) -> Visit:
    link = links.resolve(conn, token, desk.house.secret_key)
    if link is None:
        raise Withdrawn
    stories.follow(conn, link.request_id)
    moment = clock.read(conn)
    if link.worn_out(moment.now):
        abort(410)
    pin = pins.standing(conn, link.person_id)
    proved = proof.standing(conn, link, pin, moment) if proves else None
    return Visit(desk, conn, moment, link, token, language(), pin, proved)


def refuse_stranger() -> Never:
    """Who comes with a link that is none: not found, and for a while not even looked at when he guesses on."""
    strikes = cast(Strikes, current_app.extensions["strikes"])
    if strikes.one_more(request.remote_addr or "", time.monotonic()):
        raise TooManyRequests(retry_after=60)
    abort(404)


def _settle(visit: Visit, back: Back) -> Response:
    if back.climbs:
        visit.desk.doorbell.ring("climb", visit.link.request_id)
    if back.delivers is not None:
        visit.desk.doorbell.ring("deliver", back.delivers)
    if back.forget:
        proof.forget()
    if back.proof is not None:
        proof.keep(back.proof)
    if back.note:
        words = texts.say(f"page.note_{back.note}", visit.language, **back.values)
        flash(words, "good" if back.good else "bad")
    # The language stays as he chose it; None leaves it out.
    # A note stands on top of the page; without one he wants to see what he opened.
    anchor = None if back.note or back.delivers is not None or back.page != "link.see" else "caller"
    page = url_for(back.page, token=visit.token, lang=request.args.get("lang"), _anchor=anchor)
    return make_response(redirect(page, code=303))
