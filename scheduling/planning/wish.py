"""What is asked of a rotation, what it has to reckon with, and the turns it gives out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from scheduling.opening import Opening, Stretch
from scheduling.planning.fairness import Burden, Tally, total
from scheduling.planning.patterns import Place, Template


class Mode(StrEnum):
    """Who goes on after whom."""

    FAIR = "fair"  # day by day, whoever has borne least
    WEEK = "week"  # one senior a week


class Reason(StrEnum):
    """Why somebody cannot hold a place."""

    ON_LEAVE = "on_leave"
    ELSEWHERE = "elsewhere"  # on call for another ward
    AT_ANOTHER_RANK = "at_another_rank"


@dataclass(frozen=True)
class Wish:
    """What is asked for: these places on these days, shared by these seniors in this order."""

    days: tuple[date, ...]
    templates: tuple[Template, ...]
    seniors: tuple[int, ...]  # people's ids
    since: datetime  # what begins before is left as it is
    mode: Mode = Mode.FAIR
    together: bool = True  # a week-end, and a holiday, is one senior's
    replace: bool = False  # what is held already makes way; else only holes are filled


@dataclass(frozen=True)
class Booked:
    """A shift that is in the rota. `id` is its own, so that it can be taken out."""

    id: int
    rank: int
    person_id: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Known:
    """What a rotation has to reckon with."""

    opening: Opening
    held: tuple[Booked, ...] = ()  # of this ward, around those days
    elsewhere: Mapping[int, Sequence[Stretch]] = field(default_factory=dict)  # shifts in other wards, by person
    leaves: Mapping[int, Sequence[Stretch]] = field(default_factory=dict)
    before: Mapping[int, Tally] = field(default_factory=dict)  # what each bore lately


@dataclass(frozen=True)
class Unfilled:
    """A place for which there is nobody, and why none of the seniors can hold it."""

    place: Place
    why: tuple[tuple[int, Reason], ...]  # people's ids, in the chosen order


@dataclass(frozen=True)
class Turn:
    """Places of one rank that go to one senior, in order, and what they weigh together."""

    places: tuple[Place, ...]
    timezone: str
    burden: Burden

    @staticmethod
    def of(places: Iterable[Place], timezone: str) -> "Turn":
        """The turn of these places."""
        held = tuple(places)
        return Turn(held, timezone, total(((place.start, place.end) for place in held), timezone))

    def only(self, places: Sequence[Place]) -> "Turn":
        """What is left of it with these places alone."""
        return self if len(places) == len(self.places) else Turn.of(places, self.timezone)

    @property
    def rank(self) -> int:
        """Of all of them."""
        return self.places[0].rank

    @cached_property
    def stretches(self) -> frozenset[Stretch]:
        """Their hours."""
        return frozenset((place.start, place.end) for place in self.places)

    @property
    def is_a_night(self) -> bool:
        """One night, which somebody else may take over."""
        return len(self.places) == 1 and len(self.burden.nights) == 1
