"""The page behind an alert's link: call the GP back in one touch, say how it ended; or hand it on, or try later.

A GET changes nothing: messengers fetch links to preview them. Every form is a POST that leads back to the page.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import cast
from uuid import UUID

import structlog
from flask import Blueprint, abort, current_app, jsonify, render_template, request, send_file

from callbacks import (
    alarms,
    assessments,
    bridge,
    colleagues,
    endings,
    holding,
    pins,
    recordings,
    register,
    requests,
    sheet,
)
from callbacks.bridge import Asked, Live, NoNumber, Stage
from callbacks.holding import NotOffered, NotThen, Offered, Postponed, Refused
from callbacks.recordings import NotInTheHouse
from callbacks.requests import AlreadyClaimed, Claimed, Closed, Done, Released, TooSoon, Unheard
from callbacks.sheet import Part
from callbacks.shelf import Shelf
from callbacks.trying import REASONS, Result, Tried
from config import texts
from config.crypto import Unreadable
from web.answered import Answered
from web.assess import Assessed
from web.proof import Proof
from web.shown import BY_HAND, Shown
from web.visit import Answer, Back, Visit, glancing, with_link, with_pin

blueprint = Blueprint("link", __name__, url_prefix="/r/<token>")
_log = structlog.get_logger(__name__)

# How soon the page asks again whether anything has changed, in milliseconds of real time.
WHILE_IT_RINGS, AT_REST = 1000, 5000


@blueprint.get("")
@with_link
def see(visit: Visit) -> Answer:
    """The request: its ward, its deadline, who has it, what to do now; the GP and his messages behind the PIN."""
    page, answered = Shown.of(visit), Answered(visit)
    if page.focus != "calling":  # then his telephone rings, and nothing else is shown
        answered.note_readings()
    return render_template(
        "request.html",
        page=page,
        sheet=page.sheet,
        say=page.say,
        language=visit.language,
        answered=answered,
        assessed=Assessed(visit),
    )


@blueprint.get("/live")
@glancing
def live(visit: Visit) -> Answer:
    """Whether the page is still as it was (`mark`), and when to ask again; 0: not any more."""
    page = Shown.glanced(visit)
    ringing = page.bridge is not None and page.bridge.stage is not Stage.OVER
    pause = (WHILE_IT_RINGS if ringing else AT_REST) if page.sheet.is_open else 0
    return jsonify(mark=page.mark, left=page.time_left if page.sheet.is_open else "", pause=pause)


@blueprint.post("/claim")
@with_link
def claim(visit: Visit) -> Answer:
    """He takes it; or takes it over from a colleague who asked him."""
    return _CLAIMED[type(_claim(visit))]


@blueprint.post("/call")
@with_link
def call(visit: Visit) -> Answer:
    """One touch: his telephone rings, then the GP's. It is his from here on."""
    abroad = visit.desk.house.abroad
    match bridge.ask(visit.conn, visit.link.request_id, visit.link.person_id, visit.moment, "page", abroad):
        case Asked(outbox_id=outbox_id):
            return Back(climbs=True, delivers=outbox_id)
        case Live(bridge=ringing):
            return Back(_live_note(visit, ringing), good=False)
        case NoNumber(why=why):
            return Back(f"number_{why}", good=False)
        case refused:
            return _CLAIMED[type(refused)]


def _live_note(visit: Visit, ringing: bridge.Bridge | None) -> str:
    """Nothing needs saying of the telephone that is ringing in his hand."""
    if ringing is None:
        return "busy"
    here = (ringing.request_id, ringing.person_id) == (visit.link.request_id, visit.link.person_id)
    return "ringing_you" if here else "ringing"


@blueprint.post("/attempt")
@with_link
def attempt(visit: Visit) -> Answer:
    """He called by his own means, and says what came of it; or that it was the secretary whom the line reached."""
    result = next((result for result in BY_HAND if result == request.form.get("result")), None)
    if result is None:
        return Back("result_missing", good=False)
    claimed = _claim(visit)
    if not isinstance(claimed, Claimed):
        return _CLAIMED[type(claimed)]
    _write_down(visit, result)
    return Back("reached" if result is Result.REACHED else "attempted", climbs=True)


@blueprint.post("/later")
@with_link
def later(visit: Visit) -> Answer:
    """He tries again at a time inside the promise, and says why in a code."""
    until, reason = _instant(request.form.get("until", "")), request.form.get("reason", "")
    if until is None or reason not in REASONS:
        return Back("time_missing", good=False)
    match holding.postpone(visit.conn, visit.link.request_id, visit.link.person_id, until, reason, visit.moment):
        case Postponed():
            at = texts.written_time(until, sheet.read(visit.conn, visit.link.request_id).tz, visit.language)
            return Back("postponed", values={"at": at}, climbs=True)
        case NotThen():
            return Back("not_then", good=False)
        case Closed():
            return _OVER
        case _:
            return _NOT_YOURS


@blueprint.post("/hand")
@with_link
def hand(visit: Visit) -> Answer:
    """He asks a colleague of the ward to take it over; it stays his until the colleague accepts."""
    conn, moment, request_id, own_id = visit.conn, visit.moment, visit.link.request_id, visit.link.person_id
    view = register.view(conn, request_id)
    if view.state.closed or view.claimed_by != own_id:
        return _OVER if view.state.closed else _NOT_YOURS
    known = colleagues.of(conn, view.ward_id, moment.now, but=own_id)
    asked = next((each for each in known if str(each.id) == request.form.get("to")), None)
    if asked is None:
        return Back("colleague_missing", good=False)
    offered = holding.offer(conn, request_id, asked.id, moment, by=own_id)
    return Back("offered", values={"name": asked.name}, climbs=True) if isinstance(offered, Offered) else _NOT_YOURS


@blueprint.post("/refuse")
@with_link
def refuse(visit: Visit) -> Answer:
    """He was asked to take it over, and does not."""
    answer = holding.refuse(visit.conn, visit.link.request_id, visit.link.person_id, visit.moment)
    return _REFUSED[type(answer)]


@blueprint.post("/release")
@with_link
def release(visit: Visit) -> Answer:
    """He gives it back to the ward."""
    released = requests.release(visit.conn, visit.link.request_id, visit.link.person_id, visit.moment)
    return _RELEASED[type(released)]


@blueprint.post("/close")
@with_link
def close(visit: Visit) -> Answer:
    """It is done: who says so has it in hand. Refused while a message of it is unheard, or the GP hardly tried."""
    wanted = request.form.get("outcome")
    view = register.view(visit.conn, visit.link.request_id)
    outcome = endings.find(visit.conn, view.ward_id, view.kind, wanted or "")
    if outcome is None:
        return Back("outcome_missing", good=False)
    claimed = _claim(visit)
    if isinstance(claimed, Closed) and claimed.outcome == outcome.code:
        return Back("closed")  # he tapped twice
    if not isinstance(claimed, Claimed):
        return _CLAIMED[type(claimed)]
    if outcome.spoken and not view.unheard:
        _write_down(visit, Result.REACHED)  # they have talked, through the line or not
    closed = requests.close(visit.conn, visit.link.request_id, visit.link.person_id, outcome.code, visit.moment)
    if isinstance(closed, TooSoon):
        return Back("too_soon", good=False, values={"count": closed.missing})
    if isinstance(closed, Done):
        by = visit.link.person_id
        assessments.closed(visit.conn, visit.link.request_id, outcome.code, visit.moment, person_id=by)
    return _CLOSED[type(closed)]


def _claim(visit: Visit) -> Claimed | AlreadyClaimed | Closed:
    return requests.claim(visit.conn, visit.link.request_id, visit.link.person_id, visit.moment, "page")


def _write_down(visit: Visit, result: Result) -> None:
    """The try. Of a callback through the line that reached somebody it is the line's own, and he says whom."""
    request_id, person_id = visit.link.request_id, visit.link.person_id
    last = bridge.latest(visit.conn, request_id)
    if last is not None and last.person_id == person_id and last.result is Result.REACHED:
        bridge.report(visit.conn, last.id, visit.moment, secretary=result is Result.SECRETARIAT)
    tries = register.tries(visit.conn, request_id)
    if result not in (Result.REACHED, Result.SECRETARIAT) or (result, person_id) != _last_of(tries):
        requests.attempted(visit.conn, request_id, person_id, visit.moment, result)


def _last_of(tries: Sequence[Tried]) -> tuple[Result, int] | None:
    return (tries[-1].result, tries[-1].by) if tries else None


def _instant(seconds: str) -> datetime | None:
    """A time of the page's own list, in seconds since 1970."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 10):
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


_OVER = Back("over", good=False)
_NOT_YOURS = Back("not_yours", good=False)
_CLAIMED = {Claimed: Back("claimed", climbs=True), AlreadyClaimed: Back("taken", good=False), Closed: _OVER}
_RELEASED = {Released: Back("released", climbs=True), AlreadyClaimed: _NOT_YOURS, Closed: _OVER}
_REFUSED = {Refused: Back("refused", climbs=True), NotOffered: Back("not_asked", good=False), Closed: _OVER}
_CLOSED = {Done: Back("closed", climbs=True), Unheard: Back("unheard", good=False), Closed: _OVER}


# The PIN, and what it opens ---------------------------------------------------------------------------------------


@blueprint.post("/pin")
@with_link
def give_pin(visit: Visit) -> Answer:
    """He proves that it is he."""
    match pins.check(visit.conn, visit.link.person_id, request.form.get("pin", "").strip()):
        case pins.Right(seal=seal):
            return Back(proof=Proof.of(visit.link, seal, visit.moment.real))
        case pins.Wrong(left=left):
            return Back("pin_wrong_once" if left == 1 else "pin_wrong", good=False)
        case _:
            pins.tell_owner(visit.conn, visit.desk.house, visit.link.person_id, visit.moment)
            return Back(forget=True)


@blueprint.post("/pin/first")
@with_link
def choose_pin(visit: Visit) -> Answer:
    """He sets his PIN, at his first use of a link that we texted to his mobile."""
    pin = request.form.get("pin", "").strip()
    if pin != request.form.get("again", "").strip():
        return Back("pin_differs", good=False)
    refusal = pins.set_first(visit.conn, visit.link.person_id, pin)
    right = pins.standing(visit.conn, visit.link.person_id)
    if refusal is not None or not isinstance(right, pins.Right):
        return Back(f"pin_{refusal}", good=False)
    return Back("pin_set", proof=Proof.of(visit.link, right.seal, visit.moment.real))


@blueprint.post("/shut")
@with_link
def shut(visit: Visit) -> Answer:
    """He puts the telephone down where others may take it up."""
    return Back("shut", forget=True)


@blueprint.post("/parts/<uuid:part_id>")
@with_pin
def open_part(visit: Visit, part_id: UUID) -> Answer:
    """He hears or reads a message: recorded, once it is certain that it can be heard."""
    part, alarm = _part(visit, part_id), f"message_broken:{part_id}"
    try:
        _content(visit, part)
    except (Unreadable, OSError) as fault:
        _log.error("message does not open", part=str(part.id), fault=type(fault).__name__)
        alarms.raise_alarm(visit.conn, "message_broken", alarm, {"fault": type(fault).__name__})
        return Back("part_broken", good=False)
    except NotInTheHouse:
        return Back()
    alarms.clear(visit.conn, alarm)
    sheet.hear(visit.conn, part.id, visit.link.person_id, visit.moment.now, how="page")
    return Back(proof=visit.proof and visit.proof.opening(part.id))


@blueprint.get("/parts/<uuid:part_id>/audio")
@with_pin
def audio(visit: Visit, part_id: UUID) -> Answer:
    """The sound of a message he opened; browsers ask for it in ranges, to jump about in it."""
    part = _part(visit, part_id)
    if visit.proof is None or part.id not in visit.proof.opened or not part.is_voice:
        abort(403)
    reply = send_file(BytesIO(_content(visit, part)), mimetype="audio/wav", conditional=True)
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _part(visit: Visit, part_id: UUID) -> Part:
    """A message of this very request: a link opens nothing else."""
    found = [part for part in sheet.parts_of(visit.conn, visit.link.request_id) if part.id == part_id]
    if not found:
        abort(404)
    return found[0]


def _content(visit: Visit, part: Part) -> bytes:
    """Its sound, or its text in UTF-8. Raises NotInTheHouse, Unreadable, OSError."""
    if part.is_gone:
        raise NotInTheHouse(str(part.id))
    if part.recording_id is None:
        return sheet.text_of(visit.desk.box, part).encode()
    shelf = cast(Shelf, current_app.extensions["shelf"])
    return recordings.open_audio(visit.conn, shelf, part.recording_id)
