"""Changes of a ward's rota: which shifts leave it and which come. Pure: values in, values out.

A shift is never altered: it leaves, and another comes in its place. What is cut keeps its edges to the instant, so that
who goes on after a cut is seen to go on, not to begin.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduling import rota
from scheduling.local_time import YEARS
from scheduling.opening import without
from scheduling.rota import RANKS, Held, Shift

MOST_AT_ONCE = 5000  # three ranks, three hand-overs a day, a year and a half
LONGEST_TEXT = 500  # of a reason or a note: what a table can print
MOST_TOLD = 20  # of one kind: who meets more has chosen the wrong month


class Slot(NamedTuple):
    """A shift to be put in: who, at which rank, from `start` to before `end` (aware)."""

    rank: int
    person_id: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Remark:
    """Something to be told to who changes a rota: `remark.<code>` of the catalogue, with its values.

    Instants and stretches among the values are in the zone of the value `zone`; `wording.said` puts them into words.
    """

    code: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Changed:
    """What was done. `audit_id` None: the rota says so already, nothing was written."""

    audit_id: int | None
    shifts_added: tuple[Held, ...] = ()
    warnings: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Refused:
    """Nothing was done, and why."""

    remarks: tuple[Remark, ...]


@dataclass(frozen=True)
class Change:
    """What leaves the rota of one ward, and what comes."""

    removed: tuple[Held, ...] = ()
    added: tuple[Slot, ...] = ()

    def net(self, held: Iterable[Held]) -> "Change":
        """Without what would only be put in where it stands already: those rows stay as they are."""
        wanted = set(self.added)
        standing = {_slot(each.shift) for each in [*held, *self.removed]} & wanted
        leaving = tuple(each for each in self.removed if _slot(each.shift) not in standing)
        return Change(leaving, tuple(slot for slot in dict.fromkeys(self.added) if slot not in standing))

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """From the first instant it touches to the last."""
        edges = [(each.shift.start, each.shift.end) for each in self.removed]
        edges += [(slot.start, slot.end) for slot in self.added]
        return (min(start for start, _ in edges), max(end for _, end in edges)) if edges else None

    def months(self, timezone: str) -> list[date]:
        """The months it touches, by their first days."""
        stretches = [(each.shift.start, each.shift.end) for each in self.removed]
        stretches += [(slot.start, slot.end) for slot in self.added]
        return sorted({month for start, end in stretches for month in months_of(start, end, timezone)})


def plain(text: str) -> str:
    """A reason or a note as it is kept: without what PostgreSQL keeps in no text, and not without end."""
    return text.replace("\0", "").strip()[:LONGEST_TEXT]


def months_of(start: datetime, end: datetime, timezone: str) -> list[date]:
    """The months of the hospital's calendar that [start, end) touches, by their first days."""
    zone = ZoneInfo(timezone)
    month = start.astimezone(zone).date().replace(day=1)
    last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    found = [month]
    while (month := (month + timedelta(days=32)).replace(day=1)) <= last:
        found.append(month)
    return found


def moved(held: Held, start: datetime, end: datetime, rank: int | None = None) -> Change:
    """The same person at other hours, or at another rank."""
    shift = held.shift
    return Change((held,), (Slot(shift.rank if rank is None else rank, shift.person.id, start, end),))


def handed(held: Held, person_id: int) -> Change:
    """The whole shift to somebody else."""
    return Change((held,), (_slot(held.shift)._replace(person_id=person_id),))


def swapped(one: Held, other: Held) -> Change:
    """Each holds what the other held."""
    return Change(
        (one, other),
        (
            _slot(one.shift)._replace(person_id=other.shift.person.id),
            _slot(other.shift)._replace(person_id=one.shift.person.id),
        ),
    )


def replaced(held: Held, person_id: int, start: datetime, end: datetime) -> Change:
    """Somebody else from `start` to `end`; the holder keeps what lies before and after."""
    whole = _slot(held.shift)
    rest = [whole._replace(start=since, end=until) for since, until in without(whole.start, whole.end, [(start, end)])]
    return Change((held,), tuple(sorted([*rest, Slot(whole.rank, person_id, start, end)], key=lambda slot: slot.start)))


def unsound(added: Sequence[Slot], zone: str) -> list[Remark]:
    """What no rota can hold: a shift that ends before it starts, a rank there is not, too many."""
    if len(added) > MOST_AT_ONCE:
        return [Remark("too_many", {"count": len(added), "most": MOST_AT_ONCE})]
    found = [remark for slot in added if (remark := _unsound(slot, zone)) is not None]
    return found[:MOST_TOLD]


def _unsound(slot: Slot, zone: str) -> Remark | None:
    values = {"start": slot.start, "end": slot.end, "zone": zone}
    if slot.start.year not in YEARS or slot.end.year not in YEARS:
        return Remark("far_away")
    if slot.end <= slot.start:
        return Remark("ends_before_start", values)
    return None if slot.rank in RANKS else Remark("no_such_rank", {"rank": slot.rank})


def overlapping(kept: Iterable[Shift], added: Iterable[Shift], zone: str) -> list[Remark]:
    """Who would hold what somebody else holds, with the hours of both."""
    newcomers = set(added)
    found = rota.overlaps([*kept, *newcomers])
    return [_overlap(clash, newcomers, zone) for clash in found if newcomers & {clash.first, clash.second}][:MOST_TOLD]


def _overlap(clash: rota.Overlap, newcomers: set[Shift], zone: str) -> Remark:
    newcomer, other = clash.second, clash.first
    if newcomer not in newcomers:
        newcomer, other = other, newcomer
    return Remark(
        "overlap",
        {
            "name": newcomer.person.name,
            "hours": (newcomer.start, newcomer.end),
            "other": other.person.name,
            "other_hours": (other.start, other.end),
            "rank": newcomer.rank,
            "zone": zone,
        },
    )


def _slot(shift: Shift) -> Slot:
    return Slot(shift.rank, shift.person.id, shift.start, shift.end)
