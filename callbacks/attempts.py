"""A senior rung in a GP's call: that his telephone was answered, what he pressed, how it ended."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from config import story


@dataclass(frozen=True)
class Attempt:
    """A senior rung in a call."""

    id: UUID
    seq: int
    person_id: int
    child_sid: str | None
    accepted_at: datetime | None
    accepted_real: datetime | None
    declined: bool
    outcome: str | None


@dataclass(frozen=True)
class NewAttempt:
    """A senior about to be rung."""

    id: UUID
    seq: int
    person_id: int
    phone: str
    rank: int


@dataclass(frozen=True)
class EndedAttempt:
    """How a senior's telephone ended ringing or talking."""

    id: UUID
    outcome: str
    child_sid: str


# Each stands in the one statement that closes a turn (callbacks.calls).
END = """
    update attempts set outcome = coalesce(outcome, :outcome_of), ended_real = coalesce(ended_real, real_now()),
      child_sid = coalesce(child_sid, nullif(:child_sid, '')) where id = :over_id
"""

RING = """
    insert into attempts (id, call_id, seq, person_id, phone, rank, rung_at, rung_real)
    values (:attempt_id, :id, :seq, :attempt_person, :phone, :rank, app_now(), real_now())
"""


_ACCEPT = text(
    """
    update attempts a
    set accepted_at = coalesce(a.accepted_at, app_now()), accepted_real = coalesce(a.accepted_real, real_now())
    from calls c
    where a.id = :id and c.id = a.call_id and (c.sid = :parent_sid or :parent_sid = '')
      and (a.accepted_at is not null
           or c.ended_at is null and a.ended_real is null and a.declined_at is null and a.outcome is null)
    returning a.id
    """
)
_WHISPER = text(
    """
    update attempts a set child_sid = :child_sid,
      whispered_real = coalesce(a.whispered_real,
        case when a.outcome is null and c.ended_at is null then real_now() end)
    from calls c join wards w on w.id = c.ward_id
    where a.id = :id and c.id = a.call_id
    returning w.name as ward, c.kind, cast(c.id as text) as call, a.whispered_real is null as over
    """
)


@dataclass(frozen=True)
class Whisper:
    """What a senior hears of the call he may take: the ward and what is asked of it, and nothing of the caller.

    `over`: nobody waited for him when he was first told, and a repeat is told the same, whatever has ended meanwhile.
    """

    ward: str
    kind: str
    over: bool


def whisper(connection: Connection, attempt_id: UUID, child_sid: str) -> Whisper | None:
    """The senior's telephone was answered."""
    row = connection.execute(_WHISPER, {"id": attempt_id, "child_sid": child_sid}).one_or_none()
    if row is not None:
        story.follow(row.call, call=row.call)
    return Whisper(row.ward, row.kind, row.over) if row else None


def accept(connection: Connection, attempt_id: UUID, parent_sid: str) -> bool:
    """He pressed 1; false when the caller had gone before or the attempt was over. A repeat is told the same."""
    again = connection.execute(_ACCEPT, {"id": attempt_id, "parent_sid": parent_sid}).one_or_none()
    return again is not None


def decline(connection: Connection, attempt_id: UUID) -> None:
    """He pressed 2: not rung again in this call."""
    connection.execute(
        text(
            "update attempts set declined_at = app_now() where id = :id and declined_at is null and accepted_at is null"
        ),
        {"id": attempt_id},
    )


def leg_ended(connection: Connection, attempt_id: UUID, child_sid: str) -> None:
    """The senior's telephone is free again."""
    ended = connection.execute(
        text(
            "with ended as (update attempts set ended_real = real_now(), child_sid = coalesce(child_sid, :child_sid)"
            " where id = :id and ended_real is null) select call_id from attempts where id = :id"
        ),
        {"id": attempt_id, "child_sid": child_sid},
    )
    call_id = ended.scalar_one_or_none()
    story.follow(call_id, call=call_id or "")


def end(connection: Connection, over: EndedAttempt) -> None:
    """How an attempt ended, said once."""
    connection.execute(text(END), {"over_id": over.id, "outcome_of": over.outcome, "child_sid": over.child_sid})
