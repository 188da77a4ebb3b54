"""Changing a ward's rota: each of these is one change, with its line in the trail, or a refusal that says why.

They are given the caller's transaction and never commit. `ward_id` is the ward on whose page he stands: a shift or a
change of another ward is unknown there. Instants are aware, in any zone.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from config.clock import Moment
from scheduling import store
from scheduling import tables as t
from scheduling.planning import known, trail
from scheduling.planning.changes import (
    Change,
    Changed,
    Refused,
    Remark,
    Slot,
    handed,
    moved,
    replaced,
    swapped,
)
from scheduling.planning.trail import Actor, Entry
from scheduling.planning.writing import Edit, edit, from_detail, hold, patient
from scheduling.rota import Held
from scheduling.rows import SHIFT_COLUMNS, shift_or_none

__all__ = ["apply", "assign", "hand", "hold", "move", "remove", "replace", "swap", "undo"]


@patient
def assign(
    conn: Connection,
    moment: Moment,
    by: Actor,
    ward_id: int,
    rank: int,
    person_id: int,
    start: datetime,
    end: datetime,
    why: str = "",
) -> Changed | Refused:
    """Put somebody on the rota."""
    slot = Slot(rank, person_id, _utc(start), _utc(end))
    return edit(conn, moment, by, ward_id, why).carry_out("rota.assign", Change((), (slot,)))


@patient
def move(
    conn: Connection,
    moment: Moment,
    by: Actor,
    ward_id: int,
    shift_id: int,
    start: datetime,
    end: datetime,
    rank: int | None = None,
    why: str = "",
) -> Changed | Refused:
    """The same person at other hours (dragged, stretched), or at another rank."""
    work = edit(conn, moment, by, ward_id, why)
    found = _held(work, [shift_id])
    if isinstance(found, Refused):
        return found
    return work.carry_out("rota.move", moved(found[0], _utc(start), _utc(end), rank))


@patient
def replace(
    conn: Connection,
    moment: Moment,
    by: Actor,
    ward_id: int,
    shift_id: int,
    person_id: int,
    start: datetime,
    end: datetime,
    why: str = "",
) -> Changed | Refused:
    """Somebody else for some hours of a shift: it is cut, the holder keeps the rest."""
    work = edit(conn, moment, by, ward_id, why)
    found = _held(work, [shift_id])
    if isinstance(found, Refused):
        return found
    shift, since, until = found[0].shift, _utc(start), _utc(end)
    if until <= since:
        return Refused((Remark("ends_before_start", {"start": since, "end": until, "zone": work.zone}),))
    if not shift.start <= since < until <= shift.end:
        hours = (shift.start, shift.end)
        return Refused((Remark("outside_shift", {"name": shift.person.name, "hours": hours, "zone": work.zone}),))
    if person_id == shift.person.id:
        return Refused((Remark("same_person", {"name": shift.person.name}),))
    return work.carry_out("rota.replace", replaced(found[0], person_id, since, until))


@patient
def hand(
    conn: Connection, moment: Moment, by: Actor, ward_id: int, shift_id: int, person_id: int, why: str = ""
) -> Changed | Refused:
    """Give a whole shift to somebody else."""
    work = edit(conn, moment, by, ward_id, why)
    found = _held(work, [shift_id])
    return found if isinstance(found, Refused) else work.carry_out("rota.hand", handed(found[0], person_id))


@patient
def swap(
    conn: Connection, moment: Moment, by: Actor, ward_id: int, shift_id: int, other_id: int, why: str = ""
) -> Changed | Refused:
    """Two doctors exchange two shifts of the ward."""
    work = edit(conn, moment, by, ward_id, why)
    found = _held(work, [shift_id, other_id])
    if isinstance(found, Refused):
        return found
    one, other = (next(each for each in found if each.id == wanted) for wanted in (shift_id, other_id))
    if one.shift.person.id == other.shift.person.id:
        return Refused((Remark("same_person", {"name": one.shift.person.name}),))
    return work.carry_out("rota.swap", swapped(one, other))


@patient
def remove(
    conn: Connection, moment: Moment, by: Actor, ward_id: int, shift_ids: Collection[int], why: str = ""
) -> Changed | Refused:
    """Take shifts out."""
    work = edit(conn, moment, by, ward_id, why)
    found = _held(work, shift_ids)
    return found if isinstance(found, Refused) else work.carry_out("rota.remove", Change(tuple(found)))


@patient
def apply(
    conn: Connection,
    moment: Moment,
    by: Actor,
    ward_id: int,
    what: str,
    removed_ids: Collection[int],
    added: Iterable[Slot],
    why: str = "",
) -> Changed | Refused:
    """Many at once, of a pattern or a file (`what`: "rota.pattern", "rota.import"): all or nothing.

    What is both taken out and put in, or is put in where it stands already, stays untouched. For several wards: `hold`
    them all first, and take back the whole transaction (or savepoint) when one is refused.
    """
    work = edit(conn, moment, by, ward_id, why)
    found = _held(work, removed_ids)
    if isinstance(found, Refused):
        return found
    slots = (Slot(slot.rank, slot.person_id, _utc(slot.start), _utc(slot.end)) for slot in added)
    return work.carry_out(what, Change(tuple(found), tuple(slots)))


@patient
def undo(conn: Connection, moment: Moment, by: Actor, ward_id: int, audit_id: int, why: str = "") -> Changed | Refused:
    """Take a change back, as long as what it put in still stands. Taking back can itself be taken back."""
    work = edit(conn, moment, by, ward_id, why)
    undone = trail.entry(conn, audit_id) if audit_id < 2**63 else None
    if undone is None or undone.ward_id != ward_id or not {"removed", "added"} <= undone.detail.keys():
        return Refused((Remark("unknown_change"),))
    if undone.undone_by_id is not None and (later := trail.entry(conn, undone.undone_by_id)):
        return Refused((Remark("already_undone", {"by": later.by.name, "at": later.at, "zone": work.zone}),))
    standing = _standing(work, undone)
    if isinstance(standing, Refused):
        return standing
    back = tuple(Slot(*from_detail(kept)) for kept in undone.detail["removed"])
    return work.carry_out("rota.undo", Change(tuple(standing), back), undone=undone)


def _held(work: Edit, shift_ids: Collection[int]) -> list[Held] | Refused:
    """The ward's shifts of these ids, by id; whoever is gone is told with who took it out."""
    possible = [each for each in shift_ids if each < 2**63]  # what was typed into an address may be no id at all
    query = (
        select(*SHIFT_COLUMNS)
        .join(t.people, t.people.c.id == t.shifts.c.person_id)
        .where(t.shifts.c.id.in_(possible), t.shifts.c.ward_id == work.ward.id)
        .order_by(t.shifts.c.id)
    )
    rows = work.conn.execute(query)
    found = [Held(row.shift_id, shift) for row in rows if (shift := shift_or_none(row)) is not None]
    missing = set(shift_ids) - {each.id for each in found}
    if missing:
        return Refused((known.gone(work.conn, min(missing), work.ward.id, work.zone),))
    return found


def _standing(work: Edit, undone: Entry) -> list[Held] | Refused:
    """The shifts that the change put in, by what they say: an undo and its undo give them other ids."""
    added: Sequence[Slot] = [Slot(*from_detail(kept)) for kept in undone.detail["added"]]
    if not added:
        return []
    span = min(slot.start for slot in added), max(slot.end for slot in added)
    held = {
        Slot(each.shift.rank, each.shift.person.id, each.shift.start, each.shift.end): each
        for each in store.held_between(work.conn, [work.ward.id], *span)
    }
    lost = [kept for kept, slot in zip(undone.detail["added"], added, strict=True) if slot not in held]
    if lost:
        return Refused((_changed_since(work, lost[0]),))
    return [held[slot] for slot in added]


def _changed_since(work: Edit, lost: dict[str, Any]) -> Remark:
    """Who changed what was to be taken back."""
    hours = tuple(datetime.fromisoformat(lost[edge]) for edge in ("start", "end"))
    later = trail.removal(work.conn, lost["id"])
    values = {"name": lost["person"], "hours": hours, "zone": work.zone}
    if later is None:
        return Remark("cannot_undo", values)
    return Remark("changed_since", {**values, "by": later.by.name, "at": later.at})


def _utc(at: datetime) -> datetime:
    """The instant; two times of one zone would be compared by the clock on the wall."""
    if at.tzinfo is None:
        raise ValueError("an instant without its zone")
    return at.astimezone(UTC)
