"""What is replayed, out of the register: when a ward was called, and how telephones were answered lately."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, text

from callbacks.whatif.habits import Habits, Ring, When, learned, when
from ivr.ringing import Dialled

MONTH = timedelta(days=28)  # whole weeks: every day of the week counts alike
HABIT = timedelta(days=90)
MOST_RINGS = 5000  # the latest


@dataclass(frozen=True)
class Calls:
    """When those came who chose the ward, to be put through; how many of them a senior answered."""

    at: tuple[datetime, ...]
    answered: int

    @property
    def share(self) -> float:
        """Of them that were answered; nothing of nothing."""
        return self.answered / len(self.at) if self.at else 0.0


def calls(conn: Connection, ward_id: int, start: datetime, end: datetime) -> Calls:
    """The calls to a ward in [start, end); a second call of the same number within ten minutes is the same call."""
    rows = conn.execute(_CALLS, {"ward": ward_id, "start": start, "end": end}).all()
    return Calls(tuple(row.started_at for row in rows), sum(row.answered for row in rows))


def habits(conn: Connection, people: Collection[int], until: datetime, zone: ZoneInfo) -> Habits:
    """How these people answered in the ninety days before `until`, whichever ward called them."""
    asked = {"people": list(people), "since": until - HABIT, "until": until, "most": MOST_RINGS}
    return learned(_ring(row, zone) for row in conn.execute(_RINGS, asked))


def _ring(row: Row[Any], zone: ZoneInfo) -> Ring:
    taken = row.outcome == Dialled.TAKEN and row.until_key is not None
    return Ring(
        person_id=row.person_id,
        when=When.AGAIN if row.again else when(row.rung_at, zone),
        seconds=float(row.until_key) if taken else None,
        declined=row.declined,
        gave_up=row.outcome in (None, Dialled.CANCELED),  # over, and nobody said how: the caller was gone
        rang=max(float(row.rang or 0), 0.0),
    )


# Of what rings somebody at once; a call that goes on about an open request is none of these.
_CALLS = text(
    """
    select c.started_at, c.result = 'answered' as answered from calls c
    where c.ward_id = :ward and c.direction = 'inbound' and c.started_at >= :start and c.started_at < :end
      and c.kind in ('advice', 'admission') and c.result in ('answered', 'request', 'lost', 'switchboard')
      and not exists (
        select from calls b where b.caller = c.caller and b.ward_id = c.ward_id and b.direction = 'inbound'
          and b.started_at < c.started_at and b.started_at >= c.started_at - interval '10 minutes')
    order by c.started_at, c.id"""
)
_RINGS = text(
    """
    select a.person_id, a.rung_at, a.outcome, extract(epoch from a.accepted_real - a.rung_real) as until_key,
      extract(epoch from coalesce(a.accepted_real, a.ended_real) - a.rung_real) as rang,
      a.declined_at is not null as declined,
      exists (select from attempts e where e.call_id = a.call_id and e.person_id = a.person_id and e.seq < a.seq)
        as again
    from attempts a
    where a.person_id = any(:people) and a.rung_at >= :since and a.rung_at < :until
      and (a.outcome is not null or a.ended_real is not null)
    order by a.rung_real desc, a.id limit :most"""
)
