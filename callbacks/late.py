"""A message left while the register could not be reached: it becomes its ward's request, or one to sort."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import Connection

from callbacks import alarms, calls, recordings, requests, works
from callbacks.calls import Opened
from callbacks.house import Desk
from callbacks.talk import Talk

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class LateMessage:
    """What the carrier tells of it. `call_id` is None when not even the call could be entered."""

    call_id: UUID | None
    call_sid: str
    caller: str | None
    recording_sid: str
    seconds: int


def keep_late_message(desk: Desk, message: LateMessage) -> None:
    """Keep it; harmless when the carrier says it twice."""
    if not message.recording_sid or not message.seconds:
        return
    with desk.engine.begin() as connection:
        opened = _call_of(connection, message)
        call_id = opened.call.id if opened else None
        recording_id = recordings.announced(connection, message.recording_sid, call_id, "completed", message.seconds)
        if opened is None or opened.call.ward_id is None:
            # No ward is known: the sound is safe in the house, and a person must say whose it is.
            alarms.raise_alarm(
                connection, "message_to_sort", f"message_to_sort:{recording_id}", {"recording": str(recording_id)}
            )
            recordings.release(connection, recording_id)
            request_id = None
        else:
            request_id = _join(desk, connection, opened, recording_id)
            recordings.release(connection, recording_id)
    desk.doorbell.ring("fetch", str(recording_id))
    if request_id is not None:
        desk.doorbell.ring("climb", request_id)
    log.warning("late message kept", recording=str(recording_id), sorted=request_id is not None)


def _call_of(connection: Connection, message: LateMessage) -> Opened | None:
    if message.call_id is not None:
        return calls.open_turn(connection, message.call_id, -1)
    return calls.open_by_sid(connection, message.call_sid)


def _join(desk: Desk, connection: Connection, opened: Opened, recording_id: UUID) -> int:
    talk = Talk(desk, connection, opened.moment, opened.call, opened.attempts, opened.busy, opened.pending)
    request_id = opened.call.request_id or works.file_request(talk, "voice")
    requests.add_voice_part(connection, request_id, recording_id, opened.call.id, opened.moment)
    requests.call_ended(connection, request_id, opened.moment)
    result = "request" if opened.call.result in ("open", "lost", "switchboard") else opened.call.result
    calls.settle(connection, opened.call.id, talk.changes | {"result": result})
    return request_id
