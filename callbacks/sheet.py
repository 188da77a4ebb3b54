"""What the page of a request shows, and the hearing of what its GP left. One SELECT each; nothing is decided here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, insert, select, text, update

from callbacks.kinds.kind import ADVICE
from callbacks.tables import hearings, parts, recordings, requests
from config.crypto import Box
from scheduling.tables import hospitals, people, practitioners, wards

AUDIBLE = frozenset({"stored", "flagged"})
COMING = frozenset({"announced", "ready"})
_OWN = (
    *("id", "reference", "ward_id", "state", "channel", "reach", "caller", "created_at", "due_at", "closed_at"),
    *("claimed_by", "claimed_at", "outcome", "offered_to", "retry_at", "retry_reason", "kind", "event_at"),
)
_asked = people.alias("asked")
_about = wards.alias("about")


@dataclass(frozen=True)
class Part:
    """One message of a request: a recording, or sealed text. `heard_at` is when anybody first heard or read it."""

    id: UUID
    created_at: datetime
    heard_at: datetime | None
    recording_id: UUID | None
    recording_state: str | None
    seconds: int | None
    body: bytes | None
    purged_at: datetime | None = None

    @property
    def is_voice(self) -> bool:
        """Whether it is listened to; else it is read."""
        return self.recording_id is not None

    @property
    def can_be_opened(self) -> bool:
        """Whether it is in the house; a recording may still be on its way from the carrier."""
        return not self.is_gone and (self.body is not None or self.recording_state in AUDIBLE)

    @property
    def is_coming(self) -> bool:
        """Whether it will be in the house in a moment."""
        return self.recording_state in COMING

    @property
    def is_gone(self) -> bool:
        """Whether it was destroyed: its time was over, or it was asked for."""
        return self.purged_at is not None


@dataclass(frozen=True)
class Sheet:
    """A request as its ward sees it. `caller` and `practitioner` are for who proved his PIN."""

    id: int
    reference: str
    ward_id: int
    state: str
    channel: str
    reach: str
    created_at: datetime
    due_at: datetime
    closed_at: datetime | None
    outcome: str | None
    claimed_by: int | None
    claimed_at: datetime | None
    claimer: str | None
    offered_to: int | None
    asked: str | None  # the name of who is asked to take it over
    retry_at: datetime | None  # when who has it means to try again
    retry_reason: str | None
    caller: str | None
    practitioner: str | None
    ward: str
    hospital: str
    timezone: str
    parts: tuple[Part, ...]
    kind: str = ADVICE
    about: str | None = None  # the ward it is about, where another team has it
    event_at: datetime | None = None  # a discharge, planned or past

    @property
    def tz(self) -> ZoneInfo:
        """The zone its times are shown in."""
        return ZoneInfo(self.timezone)

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes the GP a call."""
        return self.state in ("open", "claimed")


def read(conn: Connection, request_id: int) -> Sheet:
    """The sheet of a request, with the messages its GP left, oldest first."""
    return Sheet(**_row(conn, request_id), parts=tuple(parts_of(conn, request_id)))


def parts_of(conn: Connection, request_id: int) -> Sequence[Part]:
    """The messages of a request, oldest first; without those the caller took back or never spoke."""
    columns = (parts.c.id, parts.c.created_at, parts.c.heard_at, parts.c.recording_id)
    audio = (recordings.c.state, recordings.c.seconds, parts.c.body, parts.c.purged_at)
    found = select(*columns, *audio).join_from(parts, recordings, isouter=True).where(parts.c.request_id == request_id)
    rows = conn.execute(found.order_by(parts.c.created_at, parts.c.id))
    return [part for part in (Part(*row) for row in rows) if part.can_be_opened or part.is_coming or part.is_gone]


def mark(conn: Connection, request_id: int) -> str:
    """What changes whenever the sheet or its story do: a page that is open asks for it again and again."""
    row = conn.execute(_MARK, {"id": request_id}).one()
    return f"{row.event}-{row.openable}-{row.heard}-{row.arrived}"


_MARK = text(
    """
    select (select coalesce(max(id), 0) from events where request_id = :id) as event, count(h.id) as heard,
        count(distinct p.id) filter (where p.purged_at is null
            and (p.body is not null or r.state in ('stored', 'flagged'))) as openable,
        (select count(*) from attachments a join parts on parts.id = a.written_id
         where parts.request_id = :id and a.state <> 'announced') as arrived
    from parts p left join recordings r on r.id = p.recording_id left join hearings h on h.part_id = p.id
    where p.request_id = :id"""
)


def hear(conn: Connection, part_id: UUID, person_id: int, now: datetime, how: str) -> None:
    """Record that a person hears or reads a message (`how`: page or phone); the first time marks it heard."""
    conn.execute(insert(hearings).values(part_id=part_id, person_id=person_id, at=now, how=how))
    conn.execute(update(parts).where(parts.c.id == part_id, parts.c.heard_at.is_(None)).values(heard_at=now))


def text_of(box: Box, part: Part) -> str:
    """What the GP wrote; raises Unreadable when no key opens it."""
    return box.open(part.body or b"", context(part.id)).decode()


def context(part_id: UUID) -> bytes:
    """What a sealed text is bound to, so that it does not open in another row."""
    return f"parts:{part_id}".encode()


def _row(conn: Connection, request_id: int) -> RowMapping:
    joined = (
        requests.join(wards, requests.c.ward_id == wards.c.id)
        .join(hospitals)
        .outerjoin(_about, requests.c.about_id == _about.c.id)
        .outerjoin(people, requests.c.claimed_by == people.c.id)
        .outerjoin(_asked, requests.c.offered_to == _asked.c.id)
        .outerjoin(practitioners)
    )
    names = (
        people.c.name.label("claimer"),
        _asked.c.name.label("asked"),
        practitioners.c.name.label("practitioner"),
        wards.c.name.label("ward"),
        hospitals.c.name.label("hospital"),
        hospitals.c.timezone,
        _about.c.name.label("about"),
    )
    own = (requests.c[name] for name in _OWN)
    return conn.execute(select(*own, *names).select_from(joined).where(requests.c.id == request_id)).mappings().one()
