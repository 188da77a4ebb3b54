"""The page behind an alert's link: see, claim, release, close with an outcome; give the PIN, and hear the GP.

A GET changes nothing: messengers fetch links to preview them. Every form is a POST that leads back to the page.
"""

from io import BytesIO
from typing import cast
from uuid import UUID

import structlog
from flask import Blueprint, abort, current_app, render_template, request, send_file

from callbacks import alarms, pins, recordings, requests, sheet
from callbacks.recordings import NotInTheHouse
from callbacks.requests import AlreadyClaimed, Claimed, Closed, Done, Released, Unheard
from callbacks.sheet import Part
from callbacks.shelf import Shelf
from callbacks.states import OUTCOMES
from callbacks.trying import Result
from config.crypto import Unreadable
from web.proof import Proof
from web.shown import Shown
from web.visit import Answer, Back, Visit, with_link, with_pin

blueprint = Blueprint("link", __name__, url_prefix="/r/<token>")
_log = structlog.get_logger(__name__)


@blueprint.get("")
@with_link
def see(visit: Visit) -> Answer:
    """The request: its ward, its deadline, who has it; the GP and his messages once the PIN is given."""
    page = Shown(visit, sheet.read(visit.conn, visit.link.request_id))
    return render_template("request.html", page=page, sheet=page.sheet, say=page.say, language=visit.language)


@blueprint.post("/claim")
@with_link
def claim(visit: Visit) -> Answer:
    """He takes it."""
    return _CLAIMED[type(_claim(visit))]


@blueprint.post("/release")
@with_link
def release(visit: Visit) -> Answer:
    """He gives it back to the ward."""
    released = requests.release(visit.conn, visit.link.request_id, visit.link.person_id, visit.moment)
    return _RELEASED[type(released)]


@blueprint.post("/attempt")
@with_link
def attempt(visit: Visit) -> Answer:
    """He called, and nobody answered."""
    requests.attempted(visit.conn, visit.link.request_id, visit.link.person_id, visit.moment, Result.NO_ANSWER)
    return Back("attempted")


@blueprint.post("/close")
@with_link
def close(visit: Visit) -> Answer:
    """It is done: who says so has it in hand. Refused while a message of it is unheard."""
    outcome = request.form.get("outcome", "")
    if outcome not in OUTCOMES:
        return Back("outcome_missing", good=False)
    claimed = _claim(visit)
    if isinstance(claimed, Closed) and claimed.outcome == outcome:
        return Back("closed")  # he tapped twice
    if not isinstance(claimed, Claimed):
        return _CLAIMED[type(claimed)]
    closed = requests.close(visit.conn, visit.link.request_id, visit.link.person_id, outcome, visit.moment)
    return _CLOSED[type(closed)]


def _claim(visit: Visit) -> Claimed | AlreadyClaimed | Closed:
    return requests.claim(visit.conn, visit.link.request_id, visit.link.person_id, visit.moment, "page")


_OVER = Back("over", good=False)
_CLAIMED = {Claimed: Back("claimed"), AlreadyClaimed: Back("taken", good=False), Closed: _OVER}
_RELEASED = {Released: Back("released", bell="climb"), AlreadyClaimed: Back("not_yours", good=False), Closed: _OVER}
_CLOSED = {Done: Back("closed"), Unheard: Back("unheard", good=False), Closed: _OVER}


@blueprint.post("/pin")
@with_link
def give_pin(visit: Visit) -> Answer:
    """He proves that it is he."""
    match pins.check(visit.conn, visit.link.person_id, request.form.get("pin", "").strip()):
        case pins.Right() as right:
            return Back(proof=Proof.of(visit.link, right, visit.moment.real))
        case pins.Wrong(left=left):
            return Back("pin_wrong_once" if left == 1 else "pin_wrong", good=False)
        case _:
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
    return Back("pin_set", proof=Proof.of(visit.link, right, visit.moment.real))


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
    if part.recording_id is None:
        return sheet.text_of(visit.desk.box, part).encode()
    shelf = cast(Shelf, current_app.extensions["shelf"])
    return recordings.open_audio(visit.conn, shelf, part.recording_id)
