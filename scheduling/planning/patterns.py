"""What a ward fills again and again: templates of shifts, and the places they make in the days of a calendar.

A place is local hours on a calendar's day: a night of 18:30–08:30 lasts 13 h on 27 March 2027 and 15 h on 30 October.
On a public holiday the holiday's template has the first word, on a week-end the week-end's; the others fill the rest.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from scheduling.holidays_fr import is_holiday
from scheduling.opening import Band, Opening, Stretch, without
from scheduling.rota import RANKS

HOLIDAY = 7  # the "day of the week" of a public holiday, as in scheduling.opening
_DAY = 24 * 60  # minutes
_LONGEST_SERVICE = 14 * 60  # order of 30 April 2003, art. 1: a period of day or of night


class Kind(StrEnum):
    """What a template is for; the order is who has the first word, last to first."""

    DAY = "day"
    NIGHT = "night"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


_FIRST_WORD = {kind: place for place, kind in enumerate(reversed(Kind))}


@dataclass(frozen=True)
class Template:
    """Hours that one person at a time holds at a rank. `id` 0: not stored."""

    name: str
    kind: Kind
    bands: tuple[Band, ...]
    rank: int = 1
    id: int = 0

    @property
    def hours(self) -> str:
        """Canonical text of `scheduling.opening`."""
        return "; ".join(str(band) for band in self.bands)


@dataclass(frozen=True)
class Place:
    """Some hours to be held by one person: of the `day` they begin on, from `start` to before `end` (UTC)."""

    kind: Kind
    rank: int
    day: date
    start: datetime
    end: datetime


class Fault(StrEnum):
    """Why a template is refused."""

    NO_NAME = "no_name"
    NO_DAY = "no_day"
    HOLIDAY_ALONE = "holiday_alone"  # the holiday's hours are the holiday's template's, and nothing else's
    OVERLAPS_ITSELF = "overlaps_itself"
    BAD_RANK = "bad_rank"


def fault(template: Template) -> Fault | None:
    """What is wrong with a template."""
    days = {day for band in template.bands for day in band.days}
    holiday_only = {HOLIDAY} if template.kind is Kind.HOLIDAY else days - {HOLIDAY}
    checks = {
        Fault.NO_NAME: not template.name.strip(),
        Fault.NO_DAY: not days,
        Fault.HOLIDAY_ALONE: days != holiday_only,
        Fault.OVERLAPS_ITSELF: _overlaps_itself(template.bands),
        Fault.BAD_RANK: template.rank not in RANKS,
    }
    return next((found for found, wrong in checks.items() if wrong), None)


def _overlaps_itself(bands: Iterable[Band]) -> bool:
    """On the clock of a common week; holidays stand apart from it, since one may follow the other or not."""
    in_week = sorted(
        (day * _DAY + band.start, day * _DAY + band.end) for band in bands for day in band.days if day != HOLIDAY
    )
    round_the_week = [*in_week, *((start + 7 * _DAY, end + 7 * _DAY) for start, end in in_week[:1])]
    on_holiday = sorted((band.start, band.end) for band in bands if HOLIDAY in band.days)
    return any(
        later[0] < earlier[1] for stretches in (round_the_week, on_holiday) for earlier, later in pairwise(stretches)
    )


_STANDARD = {
    Kind.DAY: "mon-fri 08:30-18:30",
    Kind.NIGHT: "mon-fri 18:30-08:30",
    Kind.WEEKEND: "sat-sun 08:30-18:30,18:30-08:30",
    Kind.HOLIDAY: "hol 08:30-18:30,18:30-08:30",
}


def offered(opening: Opening) -> dict[Kind, tuple[Band, ...]]:
    """Hours by kind for a ward that has no template yet: the usual hand-overs, or its own short opening hours."""
    standard = {kind: Opening.parse(hours).bands for kind, hours in _STANDARD.items()}
    if not opening.bands:
        return standard
    sorted_out: dict[Kind, list[Band]] = defaultdict(list)
    for band in opening.bands:
        for kind, days in _days_by_kind(band):
            long = band.end - band.start > _LONGEST_SERVICE
            sorted_out[kind].extend(standard[kind] if long else [Band(days, band.start, band.end)])
    return {kind: tuple(sorted(set(sorted_out[kind]))) for kind in Kind if sorted_out[kind]}


def _days_by_kind(band: Band) -> Iterator[tuple[Kind, tuple[int, ...]]]:
    of_days = {Kind.WEEKEND: (5, 6), Kind.HOLIDAY: (HOLIDAY,)}
    workdays = tuple(day for day in band.days if day < 5)
    if band.end - band.start > _LONGEST_SERVICE and workdays:
        yield from ((Kind.DAY, workdays), (Kind.NIGHT, workdays))
    elif workdays:
        yield (Kind.NIGHT if band.end > _DAY else Kind.DAY), workdays
    for kind, wanted in of_days.items():
        if days := tuple(day for day in band.days if day in wanted):
            yield kind, days


def places(templates: Iterable[Template], days: Sequence[date], timezone: str) -> list[Place]:
    """What the templates ask for on those days, by start and rank; at a rank no two places overlap."""
    in_order = sorted(templates, key=lambda template: _FIRST_WORD[template.kind])
    taken: dict[tuple[int, date], list[Stretch]] = defaultdict(list)
    found: list[Place] = []
    for template in in_order:
        for day in days:
            near = [stretch for offset in (-1, 0, 1, 2) for stretch in taken[template.rank, day + timedelta(offset)]]
            for since, until in _of_day(template, day, timezone):
                left = without(since, until, near)
                near.extend(left)
                taken[template.rank, day].extend(left)
                found.extend(Place(template.kind, template.rank, day, *stretch) for stretch in left)
    return sorted(found, key=lambda place: (place.start, place.rank))


def _of_day(template: Template, day: date, timezone: str) -> Iterator[Stretch]:
    """The template's hours that begin on a day; day, night and week-end count on holidays too, for what is left."""
    wanted = HOLIDAY if template.kind is Kind.HOLIDAY and is_holiday(day, timezone) else day.weekday()
    for band in template.bands:
        if wanted in band.days:
            since, until = instant(day, band.start, timezone), instant(day, band.end, timezone)
            if since < until:  # a band inside the hour that does not exist is no band
                yield since, until


def instant(day: date, minutes: int, timezone: str) -> datetime:
    """That many minutes of the clock on the wall after a day's midnight (UTC); RFC 5545 3.3.5 at a clock change."""
    days, minute = divmod(minutes, _DAY)
    wall = datetime.combine(day + timedelta(days), time(*divmod(minute, 60)), ZoneInfo(timezone))
    return wall.astimezone(UTC)


def local_day(at: datetime, timezone: str) -> date:
    """The calendar's day of an instant."""
    return at.astimezone(ZoneInfo(timezone)).date()


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(day.weekday())
