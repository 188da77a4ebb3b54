"""What nobody understood, for who looks after wards: read, then given its ward, or its request, or none with a reason.

Reading is recorded (in the log of readings, and in the trail), and asks for a touch of its own; what was opened stays
open for a quarter of an hour, or until the GP writes again: nothing is sorted that was not read.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from io import BytesIO
from typing import cast
from uuid import UUID

import structlog
from flask import Blueprint, abort, current_app, make_response, request, send_file, session, url_for

from callbacks import alarms, recordings, register
from callbacks.kinds.kind import ADVICE, Code
from callbacks.readings import What
from callbacks.shelf import Shelf
from callbacks.written import pictures, sorting, voicemail
from callbacks.written.sorting import NotOpen, Reason
from config.crypto import Unreadable
from scheduling import store
from scheduling.planning import trail
from scheduling.rota import Ward
from web import pictures as handed
from web.office import written_shown
from web.office.guard import Answer, Back, Door, Visitor, editor
from web.office.page import page
from web.office.written_shown import Opened, Shown

blueprint = Blueprint("unsorted", __name__, url_prefix="/unsorted")
LASTS = timedelta(minutes=15)  # of real time
_KEY = "unsorted"
_log = structlog.get_logger(__name__)
# What somebody does about one of them.
Act = Callable[[Visitor, Shown], Answer]


@blueprint.get("")
@editor
def see(visitor: Visitor) -> Answer:
    """What waits, the most pressing first; nothing of what was written."""
    return page(visitor, "unsorted.html", "requests", waiting=written_shown.waiting(visitor))


@blueprint.get("/<int:dialogue_id>")
@editor
def one(visitor: Visitor, dialogue_id: int) -> Answer:
    """One of them; its words, and what can be done about it, once he has opened it."""
    shown, wards = _found(visitor, dialogue_id), _reached(visitor)
    return page(
        visitor,
        "unsorted_one.html",
        "requests",
        shown=shown,
        opened=Opened.of(shown) if _is_open(visitor, shown) else None,
        wards=wards,
        kinds=sorting.may_be_asked(visitor.conn, {ward.hospital: ward.id for ward in wards}.values()),
        reasons=list(Reason),
    )


@blueprint.post("/<int:dialogue_id>/read")
@editor
def read(visitor: Visitor, dialogue_id: int) -> Answer:
    """He reads it, and that is recorded."""
    shown = _found(visitor, dialogue_id)
    _record(visitor, shown, "read")
    visitor.reads(What.TO_SORT, dialogue_id)
    until = (visitor.moment.real + LASTS).isoformat()
    session[_KEY] = _opened(visitor) | {str(dialogue_id): (until, shown.one.messages)}
    return Back(url_for("unsorted.one", dialogue_id=dialogue_id))


def _sorts(act: Act) -> Door:
    """A door for who has read it. 404: somebody was faster."""

    @editor
    @wraps(act)
    def door(visitor: Visitor, dialogue_id: int) -> Answer:
        shown = _found(visitor, dialogue_id)
        if not _is_open(visitor, shown):
            return _to_read(dialogue_id)
        try:
            return act(visitor, shown)
        except NotOpen:
            abort(404)

    return door


def _reached(visitor: Visitor) -> list[Ward]:
    """The lines that may be given a request: of one that is being prepared nobody would be told."""
    return [ward for ward in store.wards(visitor.conn) if ward.is_live(visitor.moment.now)]


@blueprint.post("/<int:dialogue_id>/ward")
@_sorts
def to_ward(visitor: Visitor, shown: Shown) -> Answer:
    """A request of that ward, promised from the first message on; any ward of the house, for he passes it on.

    What it asks for he says too, as far as the ward's hospital takes it."""
    wanted = request.form.get("ward", "")
    ward = next((ward for ward in _reached(visitor) if ward.slug == wanted), None) or abort(400)
    kind = next((code for code in Code if code == request.form.get("kind", ADVICE)), None) or abort(400)
    if kind not in sorting.may_be_asked(visitor.conn, [ward.id]):
        here, values = url_for("unsorted.one", dialogue_id=shown.one.id), {"hospital": ward.hospital}
        values["kind"] = visitor.say(f"kinds.{kind}")
        return Back(here, "sorting.refused_kind", good=False, values=values)
    filed = sorting.file_dialogue(visitor.conn, shown.one.id, ward.id, visitor.moment, visitor.account.id, kind)
    _record(visitor, shown, "filed", subject=filed.reference, ward_id=ward.id)
    said = {"reference": filed.reference, "ward": ward.name}
    bell = ("climb", filed.id)
    return Back(url_for("unsorted.see"), "sorting.done_filed", values=said, bell=bell, filed=filed)


@blueprint.post("/<int:dialogue_id>/request")
@_sorts
def to_request(visitor: Visitor, shown: Shown) -> Answer:
    """Part of a request: one of the same sender, or of a ward that he may see."""
    reference = "".join(each for each in request.form.get("reference", "")[:20] if each.isdecimal())
    view = register.by_reference(visitor.conn, reference)
    here = url_for("unsorted.one", dialogue_id=shown.one.id)
    if view is None or not (visitor.account.may_see(view.ward_id) or _is_his(shown, view.id)):
        return Back(here, "board.not_found", good=False)
    if not sorting.join_dialogue(visitor.conn, shown.one.id, view.id, visitor.moment, visitor.account.id):
        return Back(here, "sorting.refused_closed", good=False, values={"reference": reference})
    _record(visitor, shown, "joined", subject=reference, ward_id=view.ward_id)
    bell = ("climb", view.id)
    return Back(url_for("unsorted.see"), "sorting.done_joined", values={"reference": reference}, bell=bell)


@blueprint.post("/<int:dialogue_id>/dismiss")
@_sorts
def dismiss(visitor: Visitor, shown: Shown) -> Answer:
    """No request, and why."""
    wanted = request.form.get("reason", "")
    reason = next((reason for reason in Reason if reason == wanted), None) or abort(400)
    sorting.dismiss(visitor.conn, shown.one.id, reason, visitor.moment, visitor.account.id)
    _record(visitor, shown, "dismissed", why=visitor.say(f"sorting.reason_{reason}"))
    return Back(url_for("unsorted.see"), "sorting.done_dismissed")


@blueprint.get("/<int:dialogue_id>/files/<uuid:written_id>/<int:seq>")
@editor
def file(visitor: Visitor, dialogue_id: int, written_id: UUID, seq: int) -> Answer:
    """A picture of what he has opened."""
    shown = _found(visitor, dialogue_id)
    if not _is_open(visitor, shown):
        return _to_read(dialogue_id)
    mine = {each.id for each in sorting.words(visitor.conn, visitor.desk.box, shown.one.id)}
    picture = pictures.one(visitor.conn, written_id, seq) if seq < pictures.NOTED_AT_MOST else None
    if picture is None or written_id not in mine:
        abort(404)
    reply = handed.handed_out(visitor.conn, picture)
    if handed.is_handed_out(reply):
        visitor.reads(What.FILE, picture.id)
    return reply


@blueprint.get("/<int:dialogue_id>/sounds/<uuid:recording_id>")
@editor
def sound(visitor: Visitor, dialogue_id: int, recording_id: UUID) -> Answer:
    """A message that was spoken, of what he has opened; browsers ask for it in ranges, to jump about in it."""
    shown = _found(visitor, dialogue_id)
    if not _is_open(visitor, shown):
        return _to_read(dialogue_id)
    if recording_id not in {each.id for each in voicemail.sounds(visitor.conn, shown.one.id)}:
        abort(404)
    shelf = cast(Shelf, current_app.extensions["shelf"])
    try:
        wav = recordings.open_audio(visitor.conn, shelf, recording_id)
    except recordings.NotInTheHouse:
        abort(404)
    except (Unreadable, OSError) as fault:
        kind = type(fault).__name__
        _log.error("message does not open", recording=str(recording_id), fault=kind)
        alarms.raise_alarm(visitor.conn, "message_broken", f"message_broken:{recording_id}", {"fault": kind})
        return make_response("", 500)
    visitor.reads(What.VOICE, recording_id)
    reply = send_file(BytesIO(wav), mimetype="audio/wav", conditional=True)
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _found(visitor: Visitor, dialogue_id: int) -> Shown:
    """404: it was sorted, or it does not exist for him."""
    found = sorting.one(visitor.conn, dialogue_id, visitor.moment.now) if dialogue_id < 2**62 else None
    if found is None or not written_shown.may_sort(visitor.account, found):
        abort(404)
    wards = {ward.id: ward for ward in store.wards(visitor.conn)}
    return Shown(visitor, found, tuple(wards[id] for id in found.ward_ids if id in wards))


def _to_read(dialogue_id: int) -> Back:
    """Who has not opened it, or a while ago, opens it first."""
    return Back(url_for("unsorted.one", dialogue_id=dialogue_id), "sorting.read_first", good=False)


def _is_his(shown: Shown, request_id: int) -> bool:
    return request_id in {owed.id for owed in Opened.of(shown).owed}


def _is_open(visitor: Visitor, shown: Shown) -> bool:
    """Whether he has opened all that it is made of."""
    _, messages = _opened(visitor).get(str(shown.one.id), ("", -1))
    return messages >= shown.one.messages


def _opened(visitor: Visitor) -> dict[str, tuple[str, int]]:
    """Which of them he has opened lately in this browser: each until when, and how many messages it had."""
    kept = session.get(_KEY)
    known = kept.items() if isinstance(kept, dict) else ()
    return {
        id: (until, messages) for id, (until, messages) in known if datetime.fromisoformat(until) > visitor.moment.real
    }


def _record(
    visitor: Visitor, shown: Shown, what: str, *, subject: str = "", ward_id: int | None = None, why: str = ""
) -> None:
    """In the trail: who read or sorted it, never what it says."""
    wards = shown.one.ward_ids
    where = ward_id if ward_id is not None else wards[0] if len(wards) == 1 else None
    by, named = visitor.by, subject or f"n° {shown.one.id}"
    trail.record(visitor.conn, visitor.moment, by, f"unsorted.{what}", ward_id=where, subject=named, why=why)
