"""Reading what a change has to reckon with: the people it names and all that they hold, and who changed what before."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, func, select

from scheduling import tables as t
from scheduling.opening import Stretch
from scheduling.planning import tables as p
from scheduling.planning import trail
from scheduling.planning.changes import Remark
from scheduling.planning.limits import Senior
from scheduling.rota import Shift
from scheduling.rows import SHIFT_COLUMNS, person_columns, person_or_none, shift_or_none

AROUND = timedelta(days=38)  # a month's free days and a week's nights are counted on both sides


def seniors(
    conn: Connection, ids: Collection[int], span: Stretch, without_ids: Collection[int] = ()
) -> dict[int, Senior]:
    """By id: the people who are here, with their leaves and, but for the shifts without_ids, duties around `span`."""
    start, end = span[0] - AROUND, span[1] + AROUND
    ids = [each for each in ids if each < 2**31]  # what somebody typed into an address may be no id at all
    member = select(func.array_agg(t.ward_seniors.c.ward_id)).where(t.ward_seniors.c.person_id == t.people.c.id)
    query: Select[Any] = select(
        *person_columns(t.people, "person"),
        t.people.c.phone_verified_at,
        member.scalar_subquery().label("ward_ids"),
    ).where(t.people.c.id.in_(list(ids)), t.people.c.left_at.is_(None))
    rows = conn.execute(query).all()
    away, duties = _leaves(conn, ids, start, end), _duties(conn, ids, start, end, without_ids)
    return {
        person.id: Senior(
            person=person,
            ward_ids=frozenset(row.ward_ids or ()),
            verified=row.phone_verified_at is not None,
            leaves=tuple(away[person.id]),
            duties=tuple(duties[person.id]),
        )
        for row in rows
        if (person := person_or_none(row, "person")) is not None
    }


def _leaves(conn: Connection, ids: Collection[int], start: datetime, end: datetime) -> Mapping[int, list[Stretch]]:
    during = p.leaves.c.during
    query = select(p.leaves.c.person_id, func.lower(during).label("start"), func.upper(during).label("end")).where(
        p.leaves.c.person_id.in_(list(ids)), during.op("&&")(func.tstzrange(start, end))
    )
    found: dict[int, list[Stretch]] = defaultdict(list)
    for row in conn.execute(query):
        found[row.person_id].append((row.start, row.end))
    return found


def _duties(
    conn: Connection, ids: Collection[int], start: datetime, end: datetime, without_ids: Collection[int]
) -> Mapping[int, list[Shift]]:
    touched = t.shifts.c.during.op("&&")(func.tstzrange(start, end))
    query = (
        select(*SHIFT_COLUMNS)
        .join(t.people, t.people.c.id == t.shifts.c.person_id)
        .where(t.shifts.c.person_id.in_(list(ids)), touched)
    )
    found: dict[int, list[Shift]] = defaultdict(list)
    for row in conn.execute(query):
        if row.shift_id not in without_ids and (shift := shift_or_none(row)) is not None:
            found[shift.person.id].append(shift)
    return found


def published(conn: Connection, ward_id: int, months: Iterable[date]) -> dict[date, int]:
    """The published months among these, each with the id of the trail's line that published it."""
    months_of = p.rota_months.c
    query = select(months_of.month, months_of.audit_id).where(
        months_of.ward_id == ward_id, months_of.month.in_(list(months))
    )
    return {row.month: row.audit_id for row in conn.execute(query.order_by(months_of.month))}


def gone(conn: Connection, shift_id: int, ward_id: int, zone: str) -> Remark:
    """Who took this shift out, and when; a shift that never was in this ward is unknown."""
    entry = trail.removal(conn, shift_id)
    if entry is None or entry.ward_id != ward_id:
        return Remark("unknown_shift")
    was = next(each for each in entry.detail["removed"] if each["id"] == shift_id)
    hours = tuple(datetime.fromisoformat(was[edge]) for edge in ("start", "end"))
    return Remark("gone", {"by": entry.by.name, "at": entry.at, "name": was["person"], "hours": hours, "zone": zone})


def subject(names: Iterable[str], span: Stretch, zone: str) -> str:
    """What a change is about, as the trail lists it: `Amélie, Bruno · 2026-11-23 08:30 – 2026-11-24 18:30`."""
    start, end = (edge.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") for edge in span)
    return f"{', '.join(sorted(set(names)))} · {start} – {end}"
