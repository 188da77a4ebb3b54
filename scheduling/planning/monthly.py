"""The monthly table as it is read and printed: day by day and rank by rank, and what each doctor finds in his extract.

Order of 30 April 2003, art. 11: named, with the category, each period; what was changed after it was fixed is kept
beside it. Values in, values out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scheduling.holidays_fr import is_holiday
from scheduling.opening import Opening, Stretch, without
from scheduling.planning.fairness import Tally, total
from scheduling.planning.patterns import instant, local_day
from scheduling.planning.publication import Line, MonthTable

FIX_BEFORE = 20  # day of the month before


@dataclass(frozen=True)
class Row:
    """One day: who is on call by rank, in the order of the hours, and when the ward is open and nobody is."""

    day: date
    holiday: bool
    ranks: tuple[tuple[Line, ...], ...]
    holes: tuple[Stretch, ...]

    @property
    def rest(self) -> bool:
        """Whether it is a week-end or a holiday."""
        return self.holiday or self.day.weekday() > 4


@dataclass(frozen=True)
class Extract:
    """What one doctor holds in the month, with what it weighs."""

    person_id: int
    person: str
    category: str
    lines: tuple[Line, ...]
    tally: Tally


def rows(table: MonthTable, opening: Opening) -> list[Row]:
    """Every day of the month; a shift stands on the day it begins, one that began before the month on its first."""
    days = days_of(table.month)
    used = range(1, max((line.rank for line in table.final), default=1) + 1)
    return [
        Row(
            day=day,
            holiday=is_holiday(day, opening.timezone),
            ranks=tuple(tuple(_of_day(table.final, day, rank, days[0], opening.timezone)) for rank in used),
            holes=tuple(_holes(table.final, day, opening)),
        )
        for day in days
    ]


def extracts(table: MonthTable, timezone: str) -> list[Extract]:
    """One for each doctor of the table, by name."""
    ids = {line.person_id: line for line in table.final}
    found = [_extract(table, line, timezone) for line in ids.values()]
    return sorted(found, key=lambda extract: extract.person)


def days_of(month: date) -> list[date]:
    """From its first day to its last."""
    following = (month + timedelta(32)).replace(day=1)
    return [month + timedelta(day) for day in range((following - month).days)]


def fix_by(month: date) -> date:
    """The last day to fix it: "avant le 20" of the month before."""
    return (month - timedelta(1)).replace(day=FIX_BEFORE - 1)


def _of_day(lines: Iterable[Line], day: date, rank: int, first: date, timezone: str) -> Iterable[Line]:
    return (line for line in lines if line.rank == rank and max(local_day(line.start, timezone), first) == day)


def _holes(lines: Sequence[Line], day: date, opening: Opening) -> Iterable[Stretch]:
    since, until = instant(day, 0, opening.timezone), instant(day + timedelta(1), 0, opening.timezone)
    held = [(line.start, line.end) for line in lines if line.start < until and line.end > since]
    return (hole for stretch in opening.between(since, until) for hole in without(*stretch, held))


def _extract(table: MonthTable, named: Line, timezone: str) -> Extract:
    his = tuple(line for line in table.final if line.person_id == named.person_id)
    # What began before the month is the month before's.
    begun = [(line.start, line.end) for line in his if local_day(line.start, timezone) >= table.month]
    return Extract(named.person_id, named.person, named.category, his, total(begun, timezone).tally)
