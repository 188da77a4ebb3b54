"""What weighs on people: the nights, week-ends and public holidays that their shifts hold, and who has borne least."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduling.holidays_fr import is_holiday
from scheduling.opening import Stretch

# Whoever is on call then has the night: no hand-over of day or evening falls into it.
_DEEP_NIGHT = time(3, 0)
# Order of 30 April 2003, art. 1: Saturday morning is service, Saturday afternoon is not.
_WEEKEND_FROM = time(12, 0)
# The night before a holiday reaches into its morning and is not yet the holiday's.
_HOLIDAY_FROM = time(9, 0)
# Who comes back after a long absence does not make up for all of it at once.
CATCH_UP = 3


@dataclass(frozen=True)
class Burden:
    """Nights (by their evening), week-ends (by their Saturday) and public holidays that were held, and how long."""

    nights: frozenset[date] = frozenset()
    weekends: frozenset[date] = frozenset()
    holidays: frozenset[date] = frozenset()
    time: timedelta = timedelta()

    def __or__(self, other: "Burden") -> "Burden":
        """Both: a week-end held in two shifts is one week-end."""
        return Burden(
            self.nights | other.nights,
            self.weekends | other.weekends,
            self.holidays | other.holidays,
            self.time + other.time,
        )

    def days(self, name: str) -> frozenset[date]:
        """The days of "nights", "weekends" or "holidays"."""
        return {"nights": self.nights, "weekends": self.weekends, "holidays": self.holidays}[name]

    @property
    def tally(self) -> "Tally":
        """How many of each."""
        return Tally(len(self.nights), len(self.weekends), len(self.holidays), self.time)


@dataclass(frozen=True)
class Tally:
    """Nights, week-ends and public holidays, counted, and the time of all shifts."""

    nights: int = 0
    weekends: int = 0
    holidays: int = 0
    time: timedelta = timedelta()

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.nights + other.nights,
            self.weekends + other.weekends,
            self.holidays + other.holidays,
            self.time + other.time,
        )


@lru_cache(maxsize=8192)
def burden(start: datetime, end: datetime, timezone: str) -> Burden:
    """What a shift weighs, by the hospital's clock."""
    days = list(_days(start, end, timezone))
    return Burden(
        nights=frozenset(day - timedelta(1) for day in days if start <= _at(day, _DEEP_NIGHT, timezone) < end),
        weekends=frozenset(_saturday(day) for day in days if day.weekday() > 4 and _reaches(start, end, day, timezone)),
        holidays=frozenset(
            day for day in days if is_holiday(day, timezone) and end > _at(day, _HOLIDAY_FROM, timezone)
        ),
        time=end.astimezone(UTC) - start.astimezone(UTC),
    )


def total(stretches: Iterable[Stretch], timezone: str) -> Burden:
    """What several shifts weigh together."""
    whole = Burden()
    for start, end in stretches:
        whole |= burden(start, end, timezone)
    return whole


def head_starts(before: Mapping[int, Tally]) -> dict[int, Tally]:
    """What each has borne more than the one who bore least, none being behind the most burdened by over CATCH_UP.

    Hours are left out: they follow from the rest, and who worked little by day is not to be given the nights for it.
    """

    def ahead(counts: Mapping[int, int]) -> dict[int, int]:
        floor = max(max(counts.values(), default=0) - CATCH_UP, min(counts.values(), default=0))
        return {person: max(count - floor, 0) for person, count in counts.items()}

    nights = ahead({person: tally.nights for person, tally in before.items()})
    weekends = ahead({person: tally.weekends for person, tally in before.items()})
    holidays = ahead({person: tally.holidays for person, tally in before.items()})
    return {person: Tally(nights[person], weekends[person], holidays[person]) for person in before}


def _days(start: datetime, end: datetime, timezone: str) -> Iterator[date]:
    day = start.astimezone(ZoneInfo(timezone)).date()
    last = (end.astimezone(UTC) - timedelta(microseconds=1)).astimezone(ZoneInfo(timezone)).date()
    while day <= last:
        yield day
        day += timedelta(1)


def _reaches(start: datetime, end: datetime, day: date, timezone: str) -> bool:
    """Whether a shift that touches this Saturday or Sunday holds some of the week-end."""
    return day.weekday() == 6 or end > _at(day, _WEEKEND_FROM, timezone)


def _saturday(day: date) -> date:
    return day - timedelta(day.weekday() - 5)


def _at(day: date, clock: time, timezone: str) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(timezone)).astimezone(UTC)
