"""One poll, as who holds its link sees it, and keeping what he answers.

The answers count for the ward, and name nobody: no page of ours shows one (docs/privacy.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, text, update

from callbacks import opaque
from callbacks.assessed import ASSESSED
from callbacks.assessments import About
from callbacks.commitment_tables import polls
from config.clock import Moment

OPEN_FOR = timedelta(days=30)  # then its link opens nothing
_LABEL = b"poll"


@dataclass(frozen=True)
class Poll:
    """What its page needs; nothing of who was asked."""

    id: UUID
    about: About
    ward_id: int
    ward: str
    hospital: str
    timezone: str
    kind: str
    over_at: datetime  # when the request, or the conversation, was
    asked_at: datetime
    answered_at: datetime | None
    declined_at: datetime | None

    @property
    def zone(self) -> ZoneInfo:
        """The zone its times are shown in."""
        return ZoneInfo(self.timezone)

    @property
    def assessed(self) -> bool:
        """Whether what was asked, what came of it and the counterfactual are asked too."""
        return self.kind in ASSESSED

    def worn_out(self, now: datetime) -> bool:
        """Whether its link opens nothing any more."""
        return now - self.asked_at > OPEN_FOR


def url(public_url: str, poll_id: UUID, secret: bytes) -> str:
    """The address that stands in the message."""
    return f"{public_url}/e/{token_for(poll_id, secret)}"


def token_for(poll_id: UUID, secret: bytes) -> str:
    """The link's token."""
    return opaque.sign(poll_id, _LABEL, secret)


def poll_of(token: str, secret: bytes) -> UUID | None:
    """The poll of a token that we wrote, else None. Pure: no database."""
    return opaque.unsign(token, _LABEL, secret)


def find(conn: Connection, poll_id: UUID) -> Poll | None:
    """The poll of this id."""
    row = conn.execute(_POLL, {"id": poll_id}).one_or_none()
    if row is None:
        return None
    values = row._asdict()
    about = About(values.pop("request_id"), values.pop("call_id"))
    return Poll(about=about, **values)


_POLL = text(
    """
    select p.id, p.request_id, p.call_id, p.ward_id, w.name as ward, h.name as hospital, h.timezone,
        coalesce(r.kind, c.kind) as kind, coalesce(r.closed_at, r.created_at, c.started_at) as over_at,
        p.asked_at, p.answered_at, p.declined_at
    from polls p join wards w on w.id = p.ward_id join hospitals h on h.id = w.hospital_id
      left join requests r on r.id = p.request_id left join calls c on c.id = p.call_id
    where p.id = :id"""
)


def answer(conn: Connection, poll_id: UUID, said: Mapping[str, int], moment: Moment) -> None:
    """Keep what he answers (`questions.answers`); who answers again means what he said last."""
    values = {**said, "answered_at": func.coalesce(polls.c.answered_at, moment.now), "how": "page"}
    conn.execute(update(polls).where(polls.c.id == poll_id).values(values))
