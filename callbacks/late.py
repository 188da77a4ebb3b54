"""A message left while the register could not be reached: it becomes its ward's request, or one to sort.

It may be told by the carrier in the call itself, by its callback about a recording, which does not say who called, or
by its own list long afterwards: whichever comes first, and however often, it is one message.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import Connection, text

from callbacks import calls, lost_calls, recordings, requests, works
from callbacks.calls import Opened
from callbacks.house import Desk
from callbacks.requests import Filed
from callbacks.talk import Talk
from callbacks.written import voicemail
from callbacks.written.voicemail import UNSETTLED
from config import clock

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Caller:
    """Who left it, as the carrier knows: `number` None when hidden; when his call began and ended, if it did."""

    number: str | None
    began: datetime | None = None  # on the one clock; None: now
    ended: datetime | None = None


@dataclass(frozen=True)
class LateMessage:
    """What the carrier tells of it. `call_id` is None when not even the call could be entered; `caller` None: it does
    not say. `seconds` None: it does not say that either. `left_at` on the one clock; None: now.
    """

    call_id: UUID | None
    call_sid: str
    caller: Caller | None
    recording_sid: str
    seconds: int | None
    left_at: datetime | None = None


@dataclass(frozen=True)
class _Joined:
    """The request it became part of, and whether that was filed for it."""

    request_id: int
    filed: tuple[Filed, ...]


def keep_late_message(desk: Desk, message: LateMessage) -> bool:
    """Keep it; harmless when the carrier says it twice. Whether it is known whose it is: else it waits until the
    carrier was asked.
    """
    if not message.recording_sid or message.seconds == 0:
        return False
    with desk.engine.begin() as connection:
        opened = _call_of(connection, message)
        call_id = opened.call.id if opened else None
        recording_id = recordings.announced(connection, message.recording_sid, call_id, "completed", message.seconds)
        if opened is None:
            return False  # not fetched before the carrier has said whose it is: what we fetch is deleted there
        joined = _kept(desk, connection, opened, recording_id, message.left_at)
        recordings.release(connection, recording_id)
    desk.doorbell.ring("fetch", str(recording_id))
    if joined is not None:
        for filed in joined.filed:
            requests.tell(filed)
        desk.doorbell.ring("climb", joined.request_id)
    log.warning("late message kept", recording=str(recording_id), sorted=joined is not None)
    return True


def _call_of(connection: Connection, message: LateMessage) -> Opened | None:
    """His call, entered now if need be."""
    opened = None if message.call_id is None else calls.open_turn(connection, message.call_id, -1)
    opened = opened or calls.open_by_sid(connection, message.call_sid)
    if opened is None and message.caller is not None and message.call_sid:
        caller, now = message.caller, clock.read(connection).now
        lost_calls.enter(connection, message.call_sid, caller.number, caller.began or now, caller.ended)
        opened = calls.open_by_sid(connection, message.call_sid)
    return opened


def _kept(
    desk: Desk, connection: Connection, opened: Opened, recording_id: UUID, left_at: datetime | None
) -> _Joined | None:
    """The request it became part of; None when somebody must say whose it is, or it was kept before."""
    if voicemail.belongs(connection, recording_id):
        return None
    left_at = left_at or opened.moment.now
    if opened.call.ward_id is None and opened.call.request_id is None:
        voicemail.wait(connection, opened.call.sid, recording_id, left_at, opened.moment)
        return None
    return _join(desk, connection, opened, recording_id, left_at)


def _join(desk: Desk, connection: Connection, opened: Opened, recording_id: UUID, left_at: datetime) -> _Joined:
    talk = Talk(desk, connection, opened.moment, opened.call, opened.attempts, opened.busy, opened.pending)
    if talk.recall("promised_at") is None:
        talk.remember(promised_at=left_at.isoformat())  # nothing was spoken: it is owed from when he asked
    talk.remember(ward_id=opened.call.ward_id)
    request_id = opened.call.request_id or works.file_request(talk, "voice")
    voicemail.add(connection, request_id, recording_id, opened.call.id, left_at, opened.moment)
    requests.call_ended(connection, request_id, opened.moment)
    result = "request" if opened.call.result in UNSETTLED else opened.call.result
    calls.settle(connection, opened.call.id, talk.changes | {"result": result})
    return _Joined(request_id, tuple(talk.filed))


# What belongs to nothing ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unplaced:
    """A recording that belongs to nothing; `call_id` None: not even its call is known. `whole`: the carrier has said
    that all of it is there; `here`: we have it.
    """

    sid: str
    call_id: UUID | None
    call_sid: str | None
    seconds: int | None
    created_real: datetime
    whole: bool
    here: bool


# A call that ended a while ago says no more: what its own turns and callbacks meant to say is said.
_UNPLACED = text(
    """
    select r.sid, r.call_id, c.sid as call_sid, r.seconds, r.created_real, r.complete as whole,
        r.file is not null as here
    from recordings r left join calls c on c.id = r.call_id
    where r.dialogue_id is null and (r.created_real > real_now() - interval '7 days' or r.call_id is null)
      and r.state in ('announced', 'ready', 'stored', 'flagged') and coalesce(r.seconds, 1) > 0
      and not exists (select from parts p where p.recording_id = r.id)
      and case when r.call_id is null then r.complete or r.created_real < real_now() - interval '10 minutes'
          else c.ended_at is not null and c.heard_real < real_now() - interval '1 minute' end
    order by r.created_real limit :limit"""
)


def unplaced(connection: Connection, limit: int = 100) -> list[Unplaced]:
    """What is to be asked for at the carrier, or joined to its call, oldest first."""
    return [Unplaced(**row._mapping) for row in connection.execute(_UNPLACED, {"limit": limit})]
