"""Writing a change of one ward's rota: all of it, with its line in the trail, or nothing and why.

Who changes a ward's rota holds the ward's row until his transaction ends: a second editor waits, then sees what the
first has done. The exclusion constraint is the last word against whoever writes without it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError, OperationalError

from config.clock import Moment
from scheduling import store
from scheduling import tables as t
from scheduling.planning import known, limits, trail
from scheduling.planning.changes import Change, Changed, Refused, Remark, overlapping, plain, unsound
from scheduling.planning.limits import Senior
from scheduling.planning.trail import Actor, Entry
from scheduling.rota import Held, Shift, Ward

_EXCLUSION_VIOLATION = "23P01"
_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True)
class Edit:
    """Somebody at work on one ward, which is his until the transaction ends."""

    conn: Connection
    moment: Moment
    by: Actor
    ward: Ward
    why: str

    @property
    def zone(self) -> str:
        """Of the ward."""
        return self.ward.timezone

    def carry_out(self, what: str, change: Change, *, undone: Entry | None = None) -> Changed | Refused:
        """Check a change, write it and its line of the trail. What stands already stays as it is."""
        if remarks := unsound(change.added, self.zone):
            return Refused(tuple(remarks))
        around = self._around(change)
        change = change.net(around)
        if change.span is None:
            return Changed(None)
        people = known.seniors(
            self.conn, {slot.person_id for slot in change.added}, change.span, {each.id for each in change.removed}
        )
        if remarks := self._objections(change, around, people, undone):
            return Refused(tuple(remarks))
        added = _shifts(self.ward.id, change, people)
        written = self._write(change.removed, added)
        if isinstance(written, Refused):
            return written
        audit_id = self._record(what, change.removed, written, undone)
        return Changed(audit_id, tuple(written), tuple(limits.warnings(self.ward, added, people)))

    def _around(self, change: Change) -> list[Held]:
        return store.held_between(self.conn, [self.ward.id], *change.span) if change.span else []

    def _objections(
        self, change: Change, around: Sequence[Held], people: dict[int, Senior], undone: Entry | None
    ) -> list[Remark]:
        """Whom we do not know, who would stand in whose place, and the reason that is missing."""
        if any(slot.person_id not in people for slot in change.added):
            return [Remark("unknown_person")]
        clashes = self._clashes(change.removed, _shifts(self.ward.id, change, people), around)
        return clashes or ([] if self._reason(undone) else self._asks_why(change))

    def _clashes(self, removed: Collection[Held], added: Sequence[Shift], around: Iterable[Held]) -> list[Remark]:
        leaving = {each.id for each in removed}
        return overlapping([each.shift for each in around if each.id not in leaving], added, self.zone)

    def _reason(self, undone: Entry | None) -> str:
        """Taking back has the reason of what is taken back, unless he gives another."""
        return plain(self.why) or (undone.why if undone else "")

    def _asks_why(self, change: Change) -> list[Remark]:
        months = known.published(self.conn, self.ward.id, change.months(self.zone))
        return [Remark("needs_why", {"month": month}) for month in list(months)[:1]]

    def _write(self, removed: Sequence[Held], added: Sequence[Shift]) -> list[Held] | Refused:
        """The rows; in a savepoint, so that a refusal leaves the transaction as it was."""
        try:
            with self.conn.begin_nested():
                _take_out(self.conn, removed)
                return _put_in(self.conn, added)
        except _Gone as missing:
            return Refused((known.gone(self.conn, missing.shift_id, self.ward.id, self.zone),))
        except IntegrityError as error:
            # Somebody wrote without holding the ward: the constraint saw him, a second look names him.
            if getattr(error.orig, "sqlstate", None) != _EXCLUSION_VIOLATION:
                raise
            span = min(shift.start for shift in added), max(shift.end for shift in added)
            clashes = self._clashes(removed, added, store.held_between(self.conn, [self.ward.id], *span))
            if not clashes:
                raise
            return Refused(tuple(clashes))

    def _record(self, what: str, removed: Sequence[Held], added: Sequence[Held], undone: Entry | None) -> int:
        everything = [each.shift for each in (*removed, *added)]
        span = min(shift.start for shift in everything), max(shift.end for shift in everything)
        return trail.record(
            self.conn,
            self.moment,
            self.by,
            what,
            ward_id=self.ward.id,
            subject=known.subject((shift.person.name for shift in everything), span, self.zone),
            detail={"removed": [as_detail(each) for each in removed], "added": [as_detail(each) for each in added]},
            why=self._reason(undone),
            undoes_id=undone.id if undone else None,
        )


class WardBusy(RuntimeError):
    """Somebody else changes this ward's rota and was waited for as long as the door waits."""


class _Gone(LookupError):
    """A shift that was to leave has left already."""

    def __init__(self, shift_id: int) -> None:
        super().__init__(shift_id)
        self.shift_id = shift_id


def hold(conn: Connection, ward_ids: Iterable[int]) -> None:
    """Wait for these wards, in the order of their ids, and keep them until the transaction ends.

    A call that names the ward meanwhile does not wait: its key is not changed.
    """
    wanted = select(t.wards.c.id).where(t.wards.c.id.in_(list(ward_ids))).order_by(t.wards.c.id)
    conn.execute(wanted.with_for_update(key_share=True)).all()


def edit(conn: Connection, moment: Moment, by: Actor, ward_id: int, why: str = "") -> Edit:
    """Hold the ward and begin. NoSuchWard; WardBusy leaves the transaction as it was."""
    try:
        with conn.begin_nested():
            hold(conn, [ward_id])
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        raise WardBusy(ward_id) from None
    return Edit(conn, moment, by, store.ward(conn, ward_id), why)


P = ParamSpec("P")


def patient(act: Callable[P, Changed | Refused]) -> Callable[P, Changed | Refused]:
    """Answers who waited too long for another editor of the ward: nothing is done, and he may try again."""

    @wraps(act)
    def answered(*args: P.args, **kwargs: P.kwargs) -> Changed | Refused:
        try:
            return act(*args, **kwargs)
        except WardBusy:
            return Refused((Remark("busy"),))

    return answered


def as_detail(held: Held) -> dict[str, Any]:
    """A shift as the trail and a published month keep it."""
    shift = held.shift
    return {
        "id": held.id,
        "rank": shift.rank,
        "person_id": shift.person.id,
        "person": shift.person.name,
        "start": shift.start.astimezone(UTC).isoformat(),
        "end": shift.end.astimezone(UTC).isoformat(),
    }


def from_detail(kept: Mapping[str, Any]) -> tuple[int, int, datetime, datetime]:
    """Rank, person's id, start and end of a shift that the trail keeps."""
    return (
        kept["rank"],
        kept["person_id"],
        datetime.fromisoformat(kept["start"]),
        datetime.fromisoformat(kept["end"]),
    )


def _shifts(ward_id: int, change: Change, people: dict[int, Senior]) -> list[Shift]:
    return [Shift(ward_id, slot.rank, people[slot.person_id].person, slot.start, slot.end) for slot in change.added]


def _take_out(conn: Connection, removed: Sequence[Held]) -> None:
    ids = {each.id for each in removed}
    if not ids:
        return
    taken = set(conn.execute(delete(t.shifts).where(t.shifts.c.id.in_(ids)).returning(t.shifts.c.id)).scalars())
    if missing := ids - taken:
        raise _Gone(min(missing))


def _put_in(conn: Connection, added: Sequence[Shift]) -> list[Held]:
    if not added:
        return []
    rows = [
        {
            "ward_id": shift.ward_id,
            "person_id": shift.person.id,
            "rank": shift.rank,
            "during": Range(shift.start, shift.end, bounds="[)"),
        }
        for shift in added
    ]
    ids = conn.execute(insert(t.shifts).returning(t.shifts.c.id, sort_by_parameter_order=True), rows).scalars()
    return [Held(shift_id, shift) for shift_id, shift in zip(ids, added, strict=True)]
