"""Opening hours of a ward: `mon-fri 08:30-18:30; sat 08:30-12:30`, in the hospital's zone; empty means always open.

A band belongs to the day it starts on and may end on the next (`mon-fri 18:30-08:30`). A public holiday has only the
bands of `hol`; without them it is closed from midnight to midnight, whatever began the evening before.
Clock changes follow RFC 5545 3.3.5: a time that exists twice is the first, one that does not exist is moved by the gap.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import count, takewhile
from zoneinfo import ZoneInfo

from scheduling.holidays_fr import is_holiday

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "hol")
_HOLIDAY = DAYS.index("hol")
_DAY = 24 * 60  # minutes

Stretch = tuple[datetime, datetime]  # start and end, aware, UTC; the end is not part of it


class BadOpening(ValueError):
    """Opening hours that cannot be read. Its text is the reason, for people.

    `code` is the reason for who says it in other words (`fault.opening_<code>` of the catalogue), `part` what is wrong.
    """

    def __init__(self, code: str, part: str = "") -> None:
        super().__init__(REASONS[code].format(part=part))
        self.code = code
        self.part = part


REASONS = {
    "band": "opening hours not understood: “{part}” (like “mon-fri 08:30-18:30”)",
    "day": "unknown day: “{part}” (mon tue wed thu fri sat sun hol)",
    "holiday": "“hol” stands alone: it is not part of a range of days",
    "hours": "hours not understood: “{part}” (like 08:30-18:30)",
    "time": "no such time of day: “{part}”",
    "empty": "“{part}” starts when it ends; a whole day is 00:00-24:00",
}


@dataclass(frozen=True, order=True)
class Band:
    """The same hours on some days of the week; minutes after midnight, an `end` beyond 1440 is on the next day."""

    days: tuple[int, ...]  # 0 Monday … 6 Sunday, 7 public holiday
    start: int
    end: int

    def __str__(self) -> str:
        return f"{_days_text(self.days)} {clock(self.start)}-{clock(self.end if self.end <= _DAY else self.end - _DAY)}"


@dataclass(frozen=True)
class Opening:
    """When a ward answers by itself. No band: always."""

    bands: tuple[Band, ...] = ()
    timezone: str = "Europe/Paris"

    @staticmethod
    @lru_cache(maxsize=4096)
    def parse(text: str, timezone: str = "Europe/Paris") -> "Opening":
        """Read what an administrator typed; BadOpening says what is wrong."""
        parts = [part.strip() for part in text.split(";") if part.strip()]
        return Opening(tuple(sorted(band for part in parts for band in _bands(part))), timezone)

    def __str__(self) -> str:
        """Canonical text: what `parse` reads as this same opening."""
        return "; ".join(str(band) for band in self.bands)

    def is_open(self, at: datetime) -> bool:
        """Whether the ward answers by itself at this instant."""
        return self.next_opening(at) == at

    def next_opening(self, at: datetime) -> datetime:
        """The first instant from `at` on when the ward is open; `at` itself when it is open."""
        return next(self._stretches(at))[0]

    def between(self, start: datetime, end: datetime) -> list[Stretch]:
        """The open stretches in [start, end), joined where they touch."""
        last = end.astimezone(UTC)  # two times of one zone would be subtracted by the clock on the wall
        inside = takewhile(lambda stretch: stretch[0] < last, self._stretches(start))
        return join((since, min(until, last)) for since, until in inside)

    def open_time_between(self, start: datetime, end: datetime) -> timedelta:
        """How long the ward is open in [start, end)."""
        return sum((until - since for since, until in self.between(start, end)), timedelta())

    def after_open_time(self, start: datetime, duration: timedelta) -> datetime:
        """The instant when the ward has been open for `duration` since `start`."""
        left = duration
        for since, until in self._stretches(start):
            if left <= until - since:
                return since + left
            left -= until - since
        raise AssertionError("a ward with hours always opens again")

    def _stretches(self, start: datetime) -> Iterator[Stretch]:
        """Open stretches that end after `start`, in order, without overlap, without end."""
        cursor = start.astimezone(UTC)
        if not self.bands:
            yield from ((cursor + timedelta(days=day), cursor + timedelta(days=day + 1)) for day in count())
        first = start.astimezone(ZoneInfo(self.timezone)).date() - timedelta(days=1)
        for offset in count():
            for since, until in sorted(self._of_day(first + timedelta(days=offset))):
                if until > cursor:
                    yield max(since, cursor), until
                    cursor = until

    def _of_day(self, day: date) -> Iterator[Stretch]:
        holiday = is_holiday(day, self.timezone)
        midnight_ends_it = not holiday and is_holiday(day + timedelta(days=1), self.timezone)
        for band in self.bands:
            if (_HOLIDAY if holiday else day.weekday()) in band.days:
                end = min(band.end, _DAY) if midnight_ends_it else band.end
                since, until = self._instant(day, band.start), self._instant(day, end)
                if since < until:  # a band inside the hour that does not exist is no band
                    yield since, until

    def _instant(self, day: date, minutes: int) -> datetime:
        days, minute = divmod(minutes, _DAY)
        wall = datetime.combine(day + timedelta(days=days), time(*divmod(minute, 60)), ZoneInfo(self.timezone))
        return wall.astimezone(UTC)


def join(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time as the fewest stretches, in order."""
    joined: list[Stretch] = []
    for since, until in sorted(stretches):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((since, until))
    return joined


def without(start: datetime, end: datetime, stretches: Iterable[Stretch]) -> list[Stretch]:
    """What is left of [start, end) when the stretches are taken out."""
    left: list[Stretch] = []
    cursor, last = start.astimezone(UTC), end.astimezone(UTC)
    for since, until in join(stretches):
        if cursor < min(since, last):
            left.append((cursor, min(since, last)))
        cursor = max(cursor, until)
    if cursor < last:
        left.append((cursor, last))
    return left


_BAND = re.compile(r"(?P<days>[a-z,\s-]+?)\s+(?P<hours>\d[\d:,\s-]*)")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


def _bands(part: str) -> Iterator[Band]:
    match = _BAND.fullmatch(part.lower())
    if match is None:
        raise BadOpening("band", part)
    days = tuple(sorted({day for piece in match["days"].split(",") for day in _day_range(piece.strip())}))
    for hours in match["hours"].split(","):
        yield Band(days, *_hours(hours.strip()))


def _day_range(piece: str) -> list[int]:
    first, _, last = (name.strip() for name in piece.partition("-"))
    try:
        start, end = DAYS.index(first), DAYS.index(last or first)
    except ValueError:
        raise BadOpening("day", piece) from None
    if _HOLIDAY in (start, end) and start != end:
        raise BadOpening("holiday")
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)] if start != _HOLIDAY else [_HOLIDAY]


def _hours(text: str) -> tuple[int, int]:
    match = _HOURS.fullmatch(text)
    if match is None:
        raise BadOpening("hours", text)
    start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
    start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
    if start_minute > 59 or end_minute > 59 or start >= _DAY or end > _DAY:
        raise BadOpening("time", text)
    if start == end:
        raise BadOpening("empty", text)
    return start, end if end > start else end + _DAY


def _days_text(days: tuple[int, ...]) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1 and day != _HOLIDAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join("-".join(DAYS[day] for day in (run[:1] + run[-1:] if len(run) > 1 else run)) for run in runs)


def clock(minutes: int) -> str:
    """ "08:30" of minutes after midnight."""
    return f"{minutes // 60:02}:{minutes % 60:02}"
