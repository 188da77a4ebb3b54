"""What is done about each difference: what we missed is taken in as its door would have, what we believed wrongly is
put right. Each by itself and harmless twice: a comparison that is killed begins again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, select, text

from callbacks import alarms, late, lost_calls, outbox, recordings
from callbacks.carrier_faults import CarrierError, NotThere
from callbacks.carrier_listed import Call, Recording, Text
from callbacks.carrier_lists import Lists
from callbacks.house import Desk
from callbacks.late import Caller, LateMessage
from callbacks.reconciling.compare import READY, Differences, Left
from callbacks.shelf import Shelf
from callbacks.tables import outbox as messages
from callbacks.written import intake
from callbacks.written.incoming import Attached, Channel, Incoming
from config import clock, numbers

ABSENT = "absent"  # the carrier's word for a recording of nothing
GIVEN_UP = timedelta(hours=1)  # what the carrier does not have by then was deleted there
APART = timedelta(seconds=60)  # the carrier's clock and ours may differ by this

AWAY = (CarrierError, *intake.AWAY)  # nothing more can be done now: all of it is tried again
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Tools:
    """What it takes to compare and to mend."""

    desk: Desk
    shelf: Shelf
    lists: Lists


@dataclass(frozen=True)
class Mended:
    """One thing that was done. `unknown`: the carrier's name for what left without us."""

    sort: str  # missed | differing
    kind: str
    unknown: str = ""


Told = Callable[[Mended], None]
Done = Mended | None  # None: it was done meanwhile


def mend(tools: Tools, differences: Differences, told: Told) -> None:
    """All of it, oldest first within a sort; calls before what was left in them. Raises AWAY."""
    for sort, mends in _MENDS.items():
        for each in getattr(differences, sort):
            done = _mended(tools, mends, each)
            if done is not None:
                told(done)


def _mended(tools: Tools, mends: Callable[[Tools, Any], Done], each: object) -> Done:
    try:
        return mends(tools, each)
    except AWAY:
        raise
    except Exception as fault:  # the edge of a job: one thing that trips us up does not stop the others
        log.exception("reconciling.failed", fault=type(fault).__name__)
        return Mended("differing", "failed")


# Missed -----------------------------------------------------------------------------------------------------------


def _lost_call(tools: Tools, call: Call) -> Done:
    with tools.desk.engine.begin() as conn:
        began, ended = clock.then(conn, call.began), clock.then(conn, call.ended or call.began)
        new = lost_calls.enter(conn, call.sid, numbers.caller(call.caller), began, ended)
    return None if new is None else Mended("missed", "calls")


def _text(tools: Tools, message: Text) -> Done:
    """As the webhook would have handed it over: under the same key, whichever of the two comes first."""
    enclosed = tools.lists.enclosed(message.sid) if message.pictures else []
    with tools.desk.engine.begin() as conn:
        came = clock.then(conn, message.began)
    incoming = Incoming(
        key=f"sms:{message.sid}",
        channel=Channel.SMS,
        sender=message.sender,
        recipient=message.to,
        text=message.body,
        attached=tuple(Attached(media_type=each.media_type, source=each.source) for each in enclosed),
        came=came,
    )
    return Mended("missed", "messages") if intake.take(tools.desk, tools.shelf, incoming) else None


def _recording(tools: Tools, left: Left) -> Done:
    with tools.desk.engine.begin() as conn:
        caller = None if left.call is None else _caller(conn, left.call)
        left_at = clock.then(conn, left.recording.began)
    recording = left.recording
    message = LateMessage(None, recording.call_sid, caller, recording.sid, recording.seconds or 0, left_at)
    late.keep_late_message(tools.desk, message)
    return Mended("missed", "recordings")


def _caller(conn: Connection, call: Call) -> Caller:
    ended = None if call.ended is None else clock.then(conn, call.ended)
    return Caller(numbers.caller(call.caller), clock.then(conn, call.began), ended)


# Differing --------------------------------------------------------------------------------------------------------


def _settled(tools: Tools, message: Text) -> Done:
    """The carrier's last word on a message was lost on its way."""
    with tools.desk.engine.begin() as conn:
        changed = outbox.record_status(conn, message.sid, message.status, message.error)
    return _acted_on(tools, changed, "settled")


def _denied(tools: Tools, message: Text) -> Done:
    """It did not arrive after all: whoever was to read it is told another way."""
    with tools.desk.engine.begin() as conn:
        changed = outbox.deny(conn, message.sid, outbox.STATES[message.status], message.error)
    return _acted_on(tools, changed, "denied")


def _acted_on(tools: Tools, changed: int | None, kind: str) -> Done:
    if changed is None:
        return None
    tools.desk.doorbell.ring("deliver", changed)
    return Mended("differing", kind)


def _unknown(tools: Tools, left: Call | Text) -> Done:
    """A row in doubt, or one that was taken back in doubt, has found its message; else somebody must know of it."""
    with tools.desk.engine.begin() as conn:
        token = conn.execute(_in_doubt(left)).scalars().first()
        error = left.error if isinstance(left, Text) else None
        found = token and outbox.record_status(conn, token, left.status, error, provider_sid=left.sid)
    if found:
        return Mended("differing", "found")
    log.warning("carrier.unknown", sid=left.sid)
    return Mended("differing", "unknown", left.sid)


def _in_doubt(left: Call | Text) -> Any:
    ours = (messages.c.recipient == left.to) & messages.c.provider_sid.is_(None) & (messages.c.attempts > 0)
    ours &= messages.c.attempted_real <= left.began + APART
    ours &= messages.c.state.in_(("waiting", "sending", "dropped"))  # one that was refused never left
    if isinstance(left, Text):
        ours &= (messages.c.channel == "sms") & (messages.c.body == left.body)
    else:
        ours &= messages.c.channel == "call"
    return select(messages.c.token).where(ours).order_by(messages.c.id)


_UNDELETED = text(
    """
    update recordings set deleted_real = null, retry_real = real_now()
    where sid = :sid and deleted_real is not null and state in ('stored', 'purged', 'discarded') returning id"""
)


def _undeleted(tools: Tools, sid: str) -> Done:
    """It was deleted there, and is there all the same."""
    with tools.desk.engine.begin() as conn:
        found = conn.execute(_UNDELETED, {"sid": sid}).scalar_one_or_none()
    if found is None:
        return None
    tools.desk.doorbell.ring("fetch", str(found))
    return Mended("differing", "undeleted")


_MENDS: Mapping[str, Callable[[Tools, Any], Done]] = {
    "calls": _lost_call,
    "texts": _text,
    "recordings": _recording,
    "settled": _settled,
    "denied": _denied,
    "unknown": _unknown,
    "undeleted": _undeleted,
}


# What belongs to nothing ------------------------------------------------------------------------------------------


def place(tools: Tools) -> int:
    """Recordings of which the carrier told us without saying whose they are, or whose call's own word was lost: the
    carrier is asked, outside any transaction. How many found their place.
    """
    with tools.desk.engine.begin() as conn:
        found = late.unplaced(conn)
    return sum(_placed(tools, each) for each in found)


def _placed(tools: Tools, unplaced: late.Unplaced) -> bool:
    try:
        return _place(tools, unplaced)
    except AWAY:
        raise
    except Exception as fault:  # the edge of a job: one that trips us up does not stop those behind it
        log.exception("recording.not_placed", recording=unplaced.sid, fault=type(fault).__name__)
        return False


def _place(tools: Tools, unplaced: late.Unplaced) -> bool:
    if unplaced.whole and unplaced.call_sid is not None:
        return _kept(tools, unplaced, unplaced.call_sid, None, unplaced.seconds)
    try:
        recording = tools.lists.recording(unplaced.sid)
        if recording.status != READY or not recording.seconds:
            return _empty(tools, unplaced, recording)
        call = None if unplaced.call_sid is not None else _call_of(tools, recording)
    except CarrierError as fault:
        log.info("recording.not_asked", code=fault.code)
        return isinstance(fault, NotThere) and _gone(tools, unplaced)
    with tools.desk.engine.begin() as conn:
        caller = Caller(None) if call is None else _caller(conn, call)
    return _kept(tools, unplaced, recording.call_sid, caller, recording.seconds)


def _call_of(tools: Tools, recording: Recording) -> Call | None:
    """None: the carrier has forgotten it. What was said is kept all the same."""
    try:
        return tools.lists.call(recording.call_sid)
    except NotThere:
        return None


def _gone(tools: Tools, unplaced: late.Unplaced) -> bool:
    """The carrier no longer has it. What we have is heard all the same; its name stands for the call's."""
    if unplaced.here:
        return _kept(tools, unplaced, unplaced.call_sid or unplaced.sid, Caller(None), unplaced.seconds)
    with tools.desk.engine.begin() as conn:
        if clock.read(conn).real - unplaced.created_real > GIVEN_UP:
            conn.execute(_LOST, {"sid": unplaced.sid})
            alarms.raise_alarm(conn, "recording_late", f"recording_late:{unplaced.sid}", {"reason": "gone"})
    return False


_LOST = text("update recordings set state = 'absent', retry_real = null where sid = :sid and file is null")


def _empty(tools: Tools, unplaced: late.Unplaced, recording: Recording) -> bool:
    """Nothing was said, or it is not whole yet."""
    if recording.status in (READY, ABSENT):
        with tools.desk.engine.begin() as conn:
            recordings.announced(conn, unplaced.sid, unplaced.call_id, ABSENT)
    return False


def _kept(tools: Tools, unplaced: late.Unplaced, call_sid: str, caller: Caller | None, seconds: int | None) -> bool:
    with tools.desk.engine.begin() as conn:
        left_at = clock.then(conn, unplaced.created_real)
    message = LateMessage(unplaced.call_id, call_sid, caller, unplaced.sid, seconds, left_at)
    return late.keep_late_message(tools.desk, message)
