"""The monthly table of a ward: a draft, then published, then amended; never overwritten.

Order of 30 April 2003, art. 11: fixed before the 20th for the next month, each period with name and category; a final
table takes the changes into account. The telephone does not wait for it: every shift rings, of a draft too.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, text

from config.clock import Moment
from scheduling import rota, store
from scheduling import tables as t
from scheduling.opening import Stretch
from scheduling.planning import tables as p
from scheduling.planning import trail
from scheduling.planning.changes import Changed, Refused, Remark
from scheduling.planning.patterns import instant
from scheduling.planning.trail import Actor, Entry
from scheduling.planning.writing import as_detail, edit, from_detail, patient
from scheduling.rota import Held, Ward


@dataclass(frozen=True)
class Draft:
    """The month is not published yet."""


@dataclass(frozen=True)
class Published:
    """Fixed by whom and when; how many changes since, and the time of the last."""

    at: datetime
    by: Actor
    amendments: int = 0
    amended_at: datetime | None = None


State = Draft | Published


@dataclass(frozen=True)
class Line:
    """One period of a monthly table, with the name and the category of who holds it, as they were then."""

    rank: int
    person_id: int
    person: str
    category: str  # "PH", "CCA", …; "" when it is not known
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Amendment:
    """A change of the month after it was published: what left it, what came, who, when and why."""

    audit_id: int
    at: datetime
    by: Actor
    why: str
    undoes_id: int | None
    removed: tuple[Line, ...]
    added: tuple[Line, ...]


@dataclass(frozen=True)
class MonthTable:
    """A ward's month: as published (a draft has no such lines), every amendment since, and as it stands."""

    month: date
    state: State
    first: tuple[Line, ...]
    amendments: tuple[Amendment, ...]
    final: tuple[Line, ...]


@patient
def publish(conn: Connection, moment: Moment, by: Actor, ward_id: int, month: date) -> Changed | Refused:
    """Fix the month as it stands; from then on each change of it is an amendment and needs a reason.

    The hours without anybody are told, as warnings.
    """
    if month.day != 1:
        return Refused((Remark("not_a_first"),))
    work = edit(conn, moment, by, ward_id)
    before = state(conn, ward_id, month)
    if isinstance(before, Published):
        values = {"month": month, "by": before.by.name, "at": before.at, "zone": work.zone}
        return Refused((Remark("already_published", values),))
    span = bounds(month, work.zone)
    held = store.held_between(conn, [ward_id], *span)
    if not held:
        return Refused((Remark("nothing_to_publish", {"month": month}),))
    audit_id = trail.record(conn, moment, by, "rota.published", ward_id=ward_id, subject=f"{month:%Y-%m}")
    conn.execute(
        insert(p.rota_months).values(
            ward_id=ward_id,
            month=month,
            published_at=moment.now,
            published_by=by.account_id,
            audit_id=audit_id,
            shifts=_frozen(conn, held),
        )
    )
    return Changed(audit_id, (), tuple(_holes(work.ward, held, month, span)))


def state(conn: Connection, ward_id: int, month: date) -> State:
    """Draft, or published by whom and when."""
    return states(conn, [ward_id], month)[ward_id]


def states(conn: Connection, ward_ids: Collection[int], month: date) -> dict[int, State]:
    """The same for many wards, in one statement."""
    found: dict[int, State] = dict.fromkeys(ward_ids, Draft())
    for row in conn.execute(_STATES, {"wards": list(ward_ids), "month": month}):
        by = Actor(row.account_id, row.actor)
        found[row.ward_id] = Published(row.published_at, by, row.amendments, row.amended_at)
    return found


def table(conn: Connection, ward_id: int, month: date) -> MonthTable:
    """The month's lines by start and rank: every shift that touches it. NoSuchWard."""
    ward = store.ward(conn, ward_id)
    span = bounds(month, ward.timezone)
    held = store.held_between(conn, [ward_id], *span)
    row = conn.execute(_FROZEN, {"ward": ward_id, "month": month}).one_or_none()
    since = _since(conn, ward_id, row.audit_id, span) if row is not None else []
    return MonthTable(
        month=month,
        state=state(conn, ward_id, month),
        first=_lines(row.shifts, {}) if row is not None else (),
        amendments=tuple(_amendments(conn, since, span)),
        final=_lines([as_detail(each) for each in held], _categories(conn, (each.shift.person.id for each in held))),
    )


def bounds(month: date, timezone: str) -> Stretch:
    """The month's first instant, and the next month's, by the hospital's calendar."""
    following = (month + timedelta(days=32)).replace(day=1)
    return instant(month, 0, timezone), instant(following, 0, timezone)


def _frozen(conn: Connection, held: Sequence[Held]) -> list[dict[str, Any]]:
    categories = _categories(conn, (each.shift.person.id for each in held))
    return [{**as_detail(each), "category": categories[each.shift.person.id]} for each in held]


def _holes(ward: Ward, held: Sequence[Held], month: date, span: Stretch) -> list[Remark]:
    holes = rota.holes(ward.opening, [each.shift for each in held], *span)
    values = {"month": month, "count": len(holes), "zone": ward.timezone}
    return [Remark("holes", {**values, "hours": holes[0]})] if holes else []


def _since(conn: Connection, ward_id: int, audit_id: int, span: Stretch) -> list[Entry]:
    """The changes after that line of the trail that touch the month, in order."""
    return [entry for entry in trail.rota_changes(conn, ward_id, audit_id) if any(_touching(entry, span).values())]


def _touching(entry: Entry, span: Stretch) -> dict[str, list[dict[str, Any]]]:
    return {side: [kept for kept in entry.detail[side] if _meets(kept, span)] for side in ("removed", "added")}


def _meets(kept: Mapping[str, Any], span: Stretch) -> bool:
    return datetime.fromisoformat(kept["start"]) < span[1] and span[0] < datetime.fromisoformat(kept["end"])


def _amendments(conn: Connection, entries: Sequence[Entry], span: Stretch) -> Iterator[Amendment]:
    touching = [_touching(entry, span) for entry in entries]
    everybody = {kept["person_id"] for sides in touching for kept in [*sides["removed"], *sides["added"]]}
    categories = _categories(conn, everybody)
    for entry, sides in zip(entries, touching, strict=True):
        yield Amendment(
            audit_id=entry.id,
            at=entry.at,
            by=entry.by,
            why=entry.why,
            undoes_id=entry.undoes_id,
            removed=_lines(sides["removed"], categories),
            added=_lines(sides["added"], categories),
        )


def _lines(kept: Iterable[Mapping[str, Any]], categories: Mapping[int, str]) -> tuple[Line, ...]:
    lines = []
    for one in kept:
        rank, person_id, start, end = from_detail(one)
        category = one.get("category", categories.get(person_id, ""))
        lines.append(Line(rank, person_id, one["person"], category, start, end))
    return tuple(sorted(lines, key=lambda line: (line.start, line.rank)))


def _categories(conn: Connection, ids: Iterable[int]) -> dict[int, str]:
    rows = conn.execute(select(t.people.c.id, t.people.c.category).where(t.people.c.id.in_(set(ids))))
    return {row.id: row.category for row in rows}


_FROZEN = select(p.rota_months.c.audit_id, p.rota_months.c.shifts).where(
    p.rota_months.c.ward_id == bindparam("ward"), p.rota_months.c.month == bindparam("month")
)
# A month begins and ends by the hospital's clock; a change that touches it after it was published amends it.
_STATES = text(
    """
    select m.ward_id, m.published_at, first.account_id, first.actor, since.amendments, since.amended_at
    from rota_months m
    join audit first on first.id = m.audit_id
    join wards w on w.id = m.ward_id
    join hospitals h on h.id = w.hospital_id
    cross join lateral (
        select count(*) as amendments, max(a.at) as amended_at from audit a
        where a.ward_id = m.ward_id and a.id > m.audit_id and a.detail ?& array['removed', 'added'] and exists (
            select from jsonb_array_elements((a.detail -> 'removed') || (a.detail -> 'added')) shift
            where cast(shift ->> 'start' as timestamptz) < (m.month + interval '1 month') at time zone h.timezone
            and cast(shift ->> 'end' as timestamptz) > cast(m.month as timestamp) at time zone h.timezone)) since
    where m.month = :month and m.ward_id = any(:wards)"""
)
