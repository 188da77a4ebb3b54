"""When people are away: leave, training, theatre, rest. A warning to who makes the rota; nobody is taken off it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select
from sqlalchemy.dialects.postgresql import Range

from config.clock import Moment
from scheduling import store
from scheduling import tables as t
from scheduling.local_time import YEARS
from scheduling.planning import tables as p
from scheduling.planning import trail
from scheduling.planning.changes import Refused, Remark, plain
from scheduling.planning.known import seniors
from scheduling.planning.trail import Actor
from scheduling.rota import Person

LONGEST = timedelta(days=366)


class Kind(StrEnum):
    """Why somebody is away."""

    LEAVE = "leave"
    TRAINING = "training"
    THEATRE = "theatre"
    REST = "rest"
    OTHER = "other"


@dataclass(frozen=True)
class Leave:
    """Somebody away from `start` to before `end` (UTC)."""

    id: int
    person_id: int
    name: str
    kind: Kind
    start: datetime
    end: datetime
    note: str


@dataclass(frozen=True)
class Noted:
    """The absence as it is kept, and the shifts that he still holds meanwhile."""

    leave: Leave
    warnings: tuple[Remark, ...] = ()


def add(
    conn: Connection,
    moment: Moment,
    by: Actor,
    person_id: int,
    start: datetime,
    end: datetime,
    kind: Kind = Kind.LEAVE,
    note: str = "",
    zone: str = "Europe/Paris",
) -> Noted | Refused:
    """Note an absence; those of its kind that it meets or touches become one with it. `zone` is of the remarks."""
    since, until = start.astimezone(UTC), end.astimezone(UTC)
    if (remark := _unsound(since, until, zone)) is not None:
        return Refused((remark,))
    person = _hold(conn, person_id)
    if person is None:
        return Refused((Remark("unknown_person"),))
    met = _touched(conn, person_id, kind, since, until)
    leave = _merged(conn, person, kind, since, until, [*(each.note for each in met), plain(note)], met)
    if leave not in met:
        detail = {"leave": _as_detail(leave), "merged": [_as_detail(each) for each in met]}
        trail.record(conn, moment, by, "leave.added", subject=person.name, detail=detail)
    return Noted(leave, tuple(_still_on_call(conn, leave, zone)))


def remove(conn: Connection, moment: Moment, by: Actor, leave_id: int) -> Leave | Refused:
    """Strike an absence; what it was."""
    row = _row(conn, leave_id, _LEAVES.with_for_update(of=p.leaves))
    if row is None:
        return Refused((Remark("unknown_leave"),))
    leave = _leave(row)
    conn.execute(delete(p.leaves).where(p.leaves.c.id == leave_id))
    trail.record(conn, moment, by, "leave.removed", subject=leave.name, detail={"leave": _as_detail(leave)})
    return leave


def leave_of(conn: Connection, leave_id: int) -> Leave | None:
    """The absence of that id."""
    row = _row(conn, leave_id, _LEAVES)
    return None if row is None else _leave(row)


def between(conn: Connection, person_ids: Collection[int], start: datetime, end: datetime) -> list[Leave]:
    """The absences of these people that touch [start, end), by start and name."""
    touched = p.leaves.c.during.op("&&")(func.tstzrange(start, end))
    query = _LEAVES.where(p.leaves.c.person_id.in_(list(person_ids)), touched)
    return [_leave(row) for row in conn.execute(query.order_by(func.lower(p.leaves.c.during), t.people.c.name))]


def _unsound(start: datetime, end: datetime, zone: str) -> Remark | None:
    values = {"start": start, "end": end, "zone": zone}
    if start.year not in YEARS or end.year not in YEARS:
        return Remark("far_away")
    if end <= start:
        return Remark("ends_before_start", values)
    return Remark("leave_too_long", {"days": LONGEST.days}) if end - start > LONGEST else None


def _hold(conn: Connection, person_id: int) -> Person | None:
    """The person, who is ours until the transaction ends: two absences noted at once are merged one after the other."""
    if person_id >= 2**31:
        return None
    here = select(t.people.c.id).where(t.people.c.id == person_id, t.people.c.left_at.is_(None))
    if conn.execute(here.with_for_update(key_share=True)).first() is None:
        return None
    return store.person(conn, person_id)


def _touched(conn: Connection, person_id: int, kind: Kind, start: datetime, end: datetime) -> list[Leave]:
    during, stretch = p.leaves.c.during, func.tstzrange(start, end)
    touches = or_(during.bool_op("&&")(stretch), during.bool_op("-|-")(stretch))
    query = _LEAVES.where(p.leaves.c.person_id == person_id, p.leaves.c.kind == kind, touches)
    return [_leave(row) for row in conn.execute(query.order_by(func.lower(during)))]


def _merged(
    conn: Connection,
    person: Person,
    kind: Kind,
    start: datetime,
    end: datetime,
    notes: Iterable[str],
    met: Collection[Leave],
) -> Leave:
    """One absence in place of those that it met; one that says all of it already stays."""
    since, until = min([start, *(each.start for each in met)]), max([end, *(each.end for each in met)])
    note = "; ".join(dict.fromkeys(filter(None, notes)))
    if len(met) == 1 and (same := next(iter(met))).note == note and (same.start, same.end) == (since, until):
        return same
    conn.execute(delete(p.leaves).where(p.leaves.c.id.in_([each.id for each in met])))
    values = {"person_id": person.id, "kind": kind, "note": note, "during": Range(since, until, bounds="[)")}
    leave_id: int = conn.execute(insert(p.leaves).values(values).returning(p.leaves.c.id)).scalar_one()
    return Leave(leave_id, person.id, person.name, kind, since, until, note)


def _still_on_call(conn: Connection, leave: Leave, zone: str) -> list[Remark]:
    """Which ward it is may be none of the reader's business."""
    span = leave.start, leave.end
    duties = seniors(conn, [leave.person_id], span)[leave.person_id].duties
    met = sorted((duty.start, duty.end) for duty in duties if duty.start < leave.end and leave.start < duty.end)
    values = {"name": leave.name, "count": len(met), "zone": zone}
    return [Remark("still_on_call", {**values, "hours": met[0]})] if met else []


def _as_detail(leave: Leave) -> dict[str, Any]:
    """Without the note: why somebody is away is not for the trail."""
    return {
        "id": leave.id,
        "person_id": leave.person_id,
        "kind": leave.kind,
        "start": leave.start.astimezone(UTC).isoformat(),
        "end": leave.end.astimezone(UTC).isoformat(),
    }


_LEAVES: Select[Any] = select(
    p.leaves.c.id,
    p.leaves.c.person_id,
    t.people.c.name,
    p.leaves.c.kind,
    func.lower(p.leaves.c.during).label("start"),
    func.upper(p.leaves.c.during).label("end"),
    p.leaves.c.note,
).join(t.people, t.people.c.id == p.leaves.c.person_id)


def _row(conn: Connection, leave_id: int, query: Select[Any]) -> Row[Any] | None:
    """What was typed into an address may be no id at all."""
    return conn.execute(query.where(p.leaves.c.id == leave_id)).one_or_none() if leave_id < 2**63 else None


def _leave(row: Row[Any]) -> Leave:
    return Leave(row.id, row.person_id, row.name, Kind(row.kind), row.start, row.end, row.note)
