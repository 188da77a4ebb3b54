"""Who takes the place of a senior who is not there: the change of the rota, decided. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduling.opening import without
from scheduling.planning.changes import Slot
from scheduling.rota import Held, Person


@dataclass(frozen=True)
class StandIn:
    """The change, and who takes the line; `person` None: nobody is left."""

    person: Person | None
    removed_ids: tuple[int, ...]
    added: tuple[Slot, ...]


def stand_in(absent: Held, others: Sequence[Held], at: datetime, out: Collection[int], *, stays: bool) -> StandIn:
    """The nearest rank below that somebody holds at `at` moves up until the shift of who is absent ends.

    `out`: people who were found absent themselves. Who said nothing (`stays`) changes places, and is rung after the
    other: he may be there after all. Who said no leaves the rota; so he does when nobody is left, and a hole shows.
    """
    shift, end = absent.shift, absent.shift.end
    below = [each for each in others if each.shift.rank > shift.rank and each.shift.person.id not in out]
    present = [each for each in below if each.shift.start <= at < each.shift.end]
    if not present:
        return StandIn(None, (), ()) if stays else StandIn(None, (absent.id,), tuple(_before(absent, at)))
    first = min(present, key=lambda each: each.shift.rank)
    risers = [each for each in below if each.shift.rank == first.shift.rank and _touches(each, at, end)]
    spans = [(max(each.shift.start, at), min(each.shift.end, end)) for each in risers]
    added = [*_before(absent, at)]
    for each, (since, until) in zip(risers, spans, strict=True):
        added.append(Slot(shift.rank, each.shift.person.id, since, until))
        added += _kept(each, since, until)
        if stays:
            added.append(Slot(each.shift.rank, shift.person.id, since, until))
    if stays:
        added += [Slot(shift.rank, shift.person.id, since, until) for since, until in without(at, end, spans)]
    return StandIn(first.shift.person, (absent.id, *(each.id for each in risers)), tuple(added))


def _before(absent: Held, at: datetime) -> list[Slot]:
    """What he held until now stays his, as it was."""
    shift = absent.shift
    return [Slot(shift.rank, shift.person.id, shift.start, at)] if shift.start < at else []


def _kept(riser: Held, since: datetime, until: datetime) -> list[Slot]:
    shift = riser.shift
    rest = without(shift.start, shift.end, [(since, until)])
    return [Slot(shift.rank, shift.person.id, start, end) for start, end in rest]


def _touches(each: Held, since: datetime, until: datetime) -> bool:
    return each.shift.start < until and since < each.shift.end
