"""A rotation: which senior holds which place of the templates, fair by nights, week-ends and holidays. Pure.

1. The templates' places of the chosen days, less what is held already (or, when replacing, all of them).
2. Grouped into turns: a week, a week-end, a holiday, or one place; the heaviest are given out first.
3. Each turn goes to who is free for all of it, rested, and has borne least; equal burdens follow the chosen order.
4. Nights that are still uneven are handed from who has most to who has least.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from scheduling.opening import Stretch, without
from scheduling.planning.changes import Slot
from scheduling.planning.fairness import Tally, total
from scheduling.planning.patterns import Kind, Place, local_day, monday_of, places
from scheduling.planning.roster import Roster
from scheduling.planning.wish import Booked, Known, Mode, Reason, Turn, Unfilled, Wish

__all__ = ["Booked", "Known", "Mode", "Plan", "Reason", "Share", "Slot", "Unfilled", "Wish", "plan"]


@dataclass(frozen=True)
class Share:
    """One senior's part: what he bore lately, and what he bears on those days once the plan is in."""

    person_id: int
    before: Tally
    after: Tally


@dataclass(frozen=True)
class Plan:
    """What the rotation would take out of the rota and put in, and how that comes out."""

    removed: tuple[int, ...]  # shifts' ids
    added: tuple[Slot, ...]  # by start and rank
    shares: tuple[Share, ...]  # in the chosen order
    unfilled: tuple[Unfilled, ...]
    tired: tuple[Slot, ...]  # put in with less than REST before or after
    closed: int  # places that would ring nobody: the ward is closed then

    @property
    def fingerprint(self) -> str:
        """The same for the same change, and for no other."""
        change = [*map(str, self.removed), *(f"{slot.rank} {slot.person_id} {slot[2:]}" for slot in self.added)]
        return sha256("\n".join(change).encode()).hexdigest()


def plan(wish: Wish, known: Known) -> Plan:
    """The rotation; the same wish in the same circumstances is the same plan."""
    wanted = [place for place in places(wish.templates, wish.days, known.opening.timezone) if place.start >= wish.since]
    rung = [place for place in wanted if known.opening.between(place.start, place.end)]
    leaving = _leaving(wish, known, rung)
    staying = [shift for shift in known.held if shift not in leaving]
    turns = _turns(wish, _less(rung, staying), known.opening.timezone)
    roster = Roster(wish, known, staying, turns)
    unfilled = [hole for turn in turns for hole in roster.give(turn)]
    if wish.mode is Mode.FAIR:
        roster.even_out_nights()
    slots = sorted(roster.slots(), key=_by_time)
    change = _change(slots, leaving)
    return Plan(
        removed=change.removed,
        added=change.added,
        shares=tuple(_shares(wish, known, [*staying, *change.kept, *slots])),
        unfilled=tuple(_still_unfilled(unfilled, change.kept)),
        tired=tuple(sorted(roster.tired(), key=_by_time)),
        closed=len(wanted) - len(rung),
    )


def _leaving(wish: Wish, known: Known, rung: Sequence[Place]) -> list[Booked]:
    """The shifts that make way: those that begin from `since` on and share an instant with a place of their rank."""
    if not wish.replace:
        return []
    return [
        shift
        for shift in known.held
        if shift.start >= wish.since and any(shift.rank == place.rank and _meet(shift, place) for place in rung)
    ]


def _less(rung: Iterable[Place], staying: Sequence[Booked]) -> list[Place]:
    """What is left of the places beside the shifts that stay."""
    left: list[Place] = []
    for place in rung:
        held = [(shift.start, shift.end) for shift in staying if shift.rank == place.rank and _meet(shift, place)]
        left.extend(_parts(place, without(place.start, place.end, held)))
    return left


def _turns(wish: Wish, asked: Iterable[Place], timezone: str) -> list[Turn]:
    """The places in the groups that one senior holds; by week in their order, else the heaviest first."""
    groups: dict[tuple[object, ...], list[Place]] = defaultdict(list)
    for place in asked:
        groups[_group(wish, place)].append(place)
    turns = [Turn.of(group, timezone) for group in groups.values()]
    if wish.mode is Mode.WEEK:
        return sorted(turns, key=lambda turn: (turn.places[0].start, turn.rank))
    return sorted(turns, key=lambda turn: (_lightness(turn.places), turn.places[0].start, turn.rank))


def _group(wish: Wish, place: Place) -> tuple[object, ...]:
    if wish.mode is Mode.WEEK:
        return place.rank, monday_of(place.day)
    if wish.together and (place.kind is Kind.WEEKEND or (place.kind is Kind.HOLIDAY and place.day.weekday() > 4)):
        return place.rank, "weekend", monday_of(place.day - timedelta(1))  # from Friday evening to Monday morning
    if wish.together and place.kind is Kind.HOLIDAY:
        return place.rank, "holiday", place.day
    return place.rank, place.start


def _lightness(places_of_turn: Iterable[Place]) -> int:
    kinds = {place.kind for place in places_of_turn}
    return next(at for at, kind in enumerate((Kind.HOLIDAY, Kind.WEEKEND, Kind.NIGHT, Kind.DAY)) if kind in kinds)


@dataclass(frozen=True)
class _Change:
    removed: tuple[int, ...]
    added: tuple[Slot, ...]
    kept: tuple[Slot, ...]  # what stays of the shifts that made way


def _change(slots: Sequence[Slot], leaving: Iterable[Booked]) -> _Change:
    """A shift that nobody takes over stays, as far as that goes; one that is put in as it was is not touched."""
    removed: list[int] = []
    added, kept = list(slots), []
    for shift in leaving:
        same = Slot(shift.rank, shift.person_id, shift.start, shift.end)
        in_its_way = [slot[2:] for slot in slots if slot[:2] != same[:2] and _clash(slot, same)]
        own = [slot[2:] for slot in slots if slot[:2] == same[:2] and _meet(slot, same)]
        if same in slots and not in_its_way:
            added.remove(same)
        elif not own and not in_its_way:
            kept.append(same)
        else:
            rest = [same._replace(start=since, end=until) for since, until in without(*same[2:], in_its_way + own)]
            removed.append(shift.id)
            added.extend(rest)
            kept.extend(rest)
    return _Change(tuple(sorted(removed)), tuple(sorted(added, key=_by_time)), tuple(kept))


def _clash(slot: Slot, other: Slot) -> bool:
    return (slot.rank == other.rank or slot.person_id == other.person_id) and _meet(slot, other)


def _still_unfilled(unfilled: Iterable[Unfilled], kept: Sequence[Slot]) -> Iterator[Unfilled]:
    for hole in sorted(unfilled, key=lambda hole: (hole.place.start, hole.place.rank)):
        held = [slot[2:] for slot in kept if slot.rank == hole.place.rank]
        left = without(hole.place.start, hole.place.end, held)
        yield from (replace(hole, place=part) for part in _parts(hole.place, left))


def _shares(wish: Wish, known: Known, shifts: Sequence[Booked | Slot]) -> Iterator[Share]:
    timezone, days = known.opening.timezone, set(wish.days)
    for person_id in wish.seniors:
        his = [(shift.start, shift.end) for shift in shifts if shift.person_id == person_id]
        after = total(((start, end) for start, end in his if local_day(start, timezone) in days), timezone)
        yield Share(person_id, known.before.get(person_id, Tally()), after.tally)


def _parts(place: Place, stretches: Iterable[Stretch]) -> list[Place]:
    return [replace(place, start=start, end=end) for start, end in stretches]


def _meet(one: Booked | Slot, other: Booked | Slot | Place) -> bool:
    return one.start < other.end and other.start < one.end


def _by_time(slot: Slot) -> tuple[datetime, int]:
    return slot.start, slot.rank
