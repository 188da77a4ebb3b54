"""What must be sent: written with what caused it, settled by what the carrier says of it.

A row goes waiting -> sending -> sent -> delivered | undelivered | failed; a row no longer wanted is dropped. States
never go back, so that a status may come twice, late, out of order, or before the sender could write that he sent.
Nothing here commits.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Connection, case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from callbacks import stories
from callbacks.tables import outbox
from config import story
from config.clock import Moment

log = structlog.get_logger(__name__)

# The carrier's words for messages and calls. `completed` says that a call ended, not that anybody was told something:
# a call is delivered when its words were fetched.
STATES = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "initiated": "sent",
    "ringing": "sent",
    "in-progress": "sent",
    "completed": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "busy": "undelivered",
    "no-answer": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}


NOT_ARRIVED = frozenset({"undelivered", "failed"})


@dataclass(frozen=True)
class Message:
    """Something to send once. `key` makes it one; `body` is the SMS, or the catalogue key that a call speaks."""

    key: str
    purpose: str
    channel: str  # sms | call | email
    recipient: str
    person_id: int | None
    request_id: int | None
    body: str
    due_at: datetime
    detail: dict[str, object] = field(default_factory=dict)


def put(conn: Connection, messages: Sequence[Message], moment: Moment) -> int:
    """Write what must be sent; a key that is there already changes nothing. How many were new."""
    if not messages:
        return 0
    rows = [
        {
            "key": message.key,
            "purpose": message.purpose,
            "channel": message.channel,
            "recipient": message.recipient,
            "person_id": message.person_id,
            "request_id": message.request_id,
            "body": message.body,
            "due_at": message.due_at,
            "detail": message.detail,
            "created_at": moment.now,
        }
        for message in messages
    ]
    statement = insert(outbox).values(rows).on_conflict_do_nothing(index_elements=["key"])
    return len(conn.execute(statement.returning(outbox.c.id)).all())


def drop_waiting(conn: Connection, request_id: int, purposes: Collection[str] | None = None) -> int:
    """Take back what waits for this request (of these purposes), and what is being sent if that fails. How many."""
    wanted = outbox.c.request_id == request_id
    if purposes is not None:
        wanted &= outbox.c.purpose.in_(purposes)
    return _drop(conn, wanted)


def take_back(conn: Connection, keys: Collection[str]) -> None:
    """Drop what waits under these keys, and what is being sent if that fails."""
    _drop(conn, outbox.c.key.in_(list(keys)))


def take_back_call(conn: Connection, request_id: int, person_id: int, purpose: str) -> None:
    """He hears of it now: the call that waits to tell him of it is not placed."""
    his = (outbox.c.request_id == request_id) & (outbox.c.person_id == person_id)
    _drop(conn, his & (outbox.c.purpose == purpose) & (outbox.c.channel == "call"))


def _drop(conn: Connection, wanted: ColumnElement[bool]) -> int:
    # One statement: what is claimed, or given back, at this instant is judged as that leaves it; two would miss it.
    state = outbox.c.state
    values = {
        "state": case((state == "waiting", "dropped"), else_=state),
        "settled_at": case((state == "waiting", func.app_now()), else_=outbox.c.settled_at),
        "unwanted": outbox.c.unwanted | (state == "sending"),
    }
    taken_back = update(outbox).where(wanted, state.in_(("waiting", "sending"))).values(values)
    return list(conn.execute(taken_back.returning(state)).scalars()).count("dropped")


def waiting_for(conn: Connection, request_id: int) -> list[int]:
    """Ids of this request's messages that could be sent at once: who rings after a commit asks for them."""
    due = (outbox.c.request_id == request_id) & (outbox.c.state == "waiting") & (outbox.c.due_at <= func.app_now())
    return list(conn.execute(select(outbox.c.id).where(due).order_by(outbox.c.due_at, outbox.c.id)).scalars())


def record_status(
    conn: Connection, name: UUID | str, status: str, error: str | None = None, *, provider_sid: str | None = None
) -> int | None:
    """What the carrier says of a row, named by its token or by the carrier's sid; its id when that changed it.

    Ranked and sticky: a repeat, or an earlier status that comes late, changes nothing. When it `says_not_arrived`, ring
    `deliver` with the id, to have it acted upon at once; the tick finds it in any case.
    """
    state, token = STATES.get(status), _uuid(name)
    if state is None:
        log.error("message.unknown_status", status=status)
        return None
    statement = _SENT_STATUS if state == "sent" else _FINAL_STATUS
    sid = provider_sid if token else str(name)
    values = {"state": state, "token": token, "sid": sid, "error": error}
    row = conn.execute(statement, values).one_or_none()
    if row is None:
        return None
    story.follow(row.story, request=row.request_id or 0, outbox=row.id, state=state)
    changed: int = row.id
    return changed


def says_not_arrived(status: str) -> bool:
    """Whether that word of the carrier's leaves somebody something to do; about all others a worker is not woken."""
    return STATES.get(status) in NOT_ARRIVED


def _status_update(earlier: str, settled: str) -> str:
    return f"""
        update outbox o set
            state = :state, provider_sid = coalesce(o.provider_sid, :sid), error = coalesce(:error, o.error),
            sent_at = coalesce(o.sent_at, app_now()), sent_real = coalesce(o.sent_real, real_now()),
            settled_at = {settled}, ambiguous = false, lease_by = null, lease_real = null
        where (o.token = cast(:token as uuid) or cast(:token as uuid) is null and o.provider_sid = :sid)
          and (o.provider_sid is null or cast(:sid as text) is null or o.provider_sid = :sid)
          and not exists (select 1 from outbox other where other.provider_sid = :sid and other.id <> o.id)
          and ({earlier})
        returning o.id, o.request_id, coalesce({stories.sql("o.request_id")}, cast(o.token as text)) as story"""


# A row in doubt may have been taken back before the carrier spoke: what was sent was sent.
_ATTEMPTED = "o.state = 'sending' or o.state in ('waiting', 'dropped') and o.attempts > 0"
_SENT_STATUS = text(_status_update(_ATTEMPTED, "null"))
_FINAL_STATUS = text(_status_update(f"{_ATTEMPTED} or o.state = 'sent'", "app_now()"))


def deny(conn: Connection, sid: str, state: str, error: str | None) -> int | None:
    """The carrier's own list says that what we think delivered was not: it is acted upon as if that had been said at
    once. Its id; None when we think so already.
    """
    wrong = (outbox.c.provider_sid == sid) & (outbox.c.state == "delivered")
    values = {"state": state, "error": error, "settled_at": func.app_now(), "answered_for": False}
    return conn.execute(update(outbox).where(wrong).values(values).returning(outbox.c.id)).scalar_one_or_none()


def _uuid(name: UUID | str) -> UUID | None:
    try:
        return name if isinstance(name, UUID) else UUID(name)
    except ValueError:
        return None


@dataclass(frozen=True)
class Addressed:
    """What the webhooks of a message need to know of it."""

    id: int
    purpose: str
    channel: str
    recipient: str
    person_id: int | None
    request_id: int | None
    body: str
    detail: dict[str, object]


def by_token(conn: Connection, token: UUID | str) -> Addressed | None:
    """The row that a URL handed to the carrier names: who is called, about what."""
    row_token = _uuid(token)
    if row_token is None:
        return None
    row = conn.execute(select(*_ADDRESSED).where(outbox.c.token == row_token)).one_or_none()
    return None if row is None else Addressed(**row._mapping)


_ADDRESSED = tuple(outbox.c[name] for name in Addressed.__dataclass_fields__)
