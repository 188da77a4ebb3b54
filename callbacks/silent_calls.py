"""Calls of which nothing was heard for a while: whose ending was lost, if they are over."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Unsettled:
    """A call of which nothing was heard for a while; its last accepted attempt, when no result of it is known."""

    id: UUID
    sid: str
    ended: bool
    child_sid: str | None
    accepted_real: datetime | None


_UNSETTLED = text(
    """
    select c.id, c.sid, c.ended_at is not null as ended, a.child_sid, a.accepted_real
    from calls c left join lateral (
      select child_sid, accepted_real from attempts
      where call_id = c.id and accepted_real is not null and outcome is null order by seq desc limit 1
    ) a on true
    where (c.ended_at is null or c.result = 'open') and c.heard_real < real_now() - make_interval(secs => :silent)
    order by c.heard_real limit :limit
    """
)


def unsettled(connection: Connection, silent_seconds: float, limit: int = 20) -> list[Unsettled]:
    """Calls to be asked for at the carrier."""
    rows = connection.execute(_UNSETTLED, {"silent": silent_seconds, "limit": limit})
    return [Unsettled(**row._mapping) for row in rows]
