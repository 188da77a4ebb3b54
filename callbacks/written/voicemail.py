"""A message that was spoken to nobody: left while the line was down, for a ward that nobody knows. Somebody sorts it.

It waits as a talk that is named by its call, one for each: two doctors share a practice's number, and nothing is merged
on the number alone. What becomes of it is what would have, had the GP chosen the ward. Nothing here commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select, text, update

from callbacks import calls, requests
from callbacks.kinds.kind import ADVICE
from callbacks.requests import Filed, Filing
from callbacks.tables import calls as calls_table
from callbacks.tables import parts, recordings
from callbacks.written import store
from callbacks.written.incoming import Channel
from callbacks.written.store import Dialogue
from config.clock import Moment

UNSETTLED = ("open", "lost", "switchboard")  # a call that was not answered, and of which no request was made


@dataclass(frozen=True)
class Sound:
    """A message as it was spoken. `here`: it can be heard; else it is on its way from the carrier, or never came."""

    id: UUID
    at: datetime
    seconds: int | None
    here: bool


@dataclass(frozen=True)
class Spoken:
    """The call in which it was left; `caller` None: hidden."""

    call_id: UUID
    caller: str | None
    practitioner_id: int | None


def wait(conn: Connection, call_sid: str, recording_id: UUID, left_at: datetime, moment: Moment) -> int:
    """It waits to be sorted, from now on and promised from when it was left; the id of its talk."""
    store.hold(conn, Channel.VOICE, call_sid)
    talk = store.open_talk(conn, Channel.VOICE, call_sid)
    if talk is None:
        talk = store.begin(conn, Channel.VOICE, call_sid, moment, came=left_at)
        store.to_be_sorted(conn, talk.id, moment)
    conn.execute(update(recordings).where(recordings.c.id == recording_id).values(dialogue_id=talk.id))
    return talk.id


def belongs(conn: Connection, recording_id: UUID) -> bool:
    """Whether it is part of a request already, or waits or waited to be sorted."""
    part = select(parts.c.id).where(parts.c.recording_id == recording_id)
    sorted_ = select(recordings.c.id).where(recordings.c.id == recording_id, recordings.c.dialogue_id.is_not(None))
    return conn.execute(select(part.exists() | sorted_.exists())).scalar_one()


def sounds(conn: Connection, dialogue_id: int) -> Sequence[Sound]:
    """What was left, oldest first. Who hears it is recorded by who hands it out."""
    columns = (recordings.c.id, recordings.c.created_real, recordings.c.seconds, recordings.c.file.is_not(None))
    found = select(*columns).where(recordings.c.dialogue_id == dialogue_id).order_by(recordings.c.created_real)
    return [Sound(*row) for row in conn.execute(found)]


def spoken(conn: Connection, talk: Dialogue) -> Spoken:
    """Who left it."""
    columns = (calls_table.c.id, calls_table.c.caller, calls_table.c.practitioner_id)
    return Spoken(*conn.execute(select(*columns).where(calls_table.c.sid == talk.sender)).one())


def file(conn: Connection, talk: Dialogue, ward_id: int, moment: Moment, kind: str = ADVICE) -> Filed:
    """A request of that ward, promised from when the message was left."""
    by = spoken(conn, talk)
    filed = requests.file(
        conn,
        Filing(
            ward_id=ward_id,
            kind=kind,
            channel="voice",
            caller=by.caller,
            practitioner_id=by.practitioner_id,
            call_id=by.call_id,
            created_at=talk.created_at,
            moment=moment,
        ),
    )
    _add(conn, talk, filed.id, by.call_id, moment)
    calls.settle(conn, by.call_id, {"ward_id": ward_id})
    return filed


def join(conn: Connection, talk: Dialogue, request_id: int, moment: Moment) -> None:
    """Part of a request."""
    _add(conn, talk, request_id, spoken(conn, talk).call_id, moment)


def _add(conn: Connection, talk: Dialogue, request_id: int, call_id: UUID, moment: Moment) -> None:
    for sound in sounds(conn, talk.id):
        add(conn, request_id, sound.id, call_id, talk.created_at, moment)
    conn.execute(_IS_A_REQUEST, {"id": call_id, "request_id": request_id, "unsettled": list(UNSETTLED)})
    requests.call_ended(conn, request_id, moment)


def add(
    conn: Connection, request_id: int, recording_id: UUID, call_id: UUID, left_at: datetime, moment: Moment
) -> None:
    """Make it part of a request, dated when it was left."""
    requests.add_voice_part(conn, request_id, recording_id, call_id, moment)
    conn.execute(_LEFT_AT, {"id": recording_id, "at": left_at})


_LEFT_AT = text("update parts set created_at = :at where recording_id = :id and created_at > :at")
_IS_A_REQUEST = text(
    """
    update calls set request_id = coalesce(request_id, :request_id),
        result = case when result = any(:unsettled) then 'request' else result end
    where id = :id"""
)
