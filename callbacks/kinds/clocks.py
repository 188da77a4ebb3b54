"""Until when a kind of request is owed: four clocks, written as people say them. Pure.

* `24h`: elapsed time, also across a clock change (the public promise);
* `2h open, 24h at most`: so much of the team's opening time, but never later than that;
* `1 working day`: the same time of the day, one working day on (Monday to Friday, no public holiday);
* `2h before event, else 4h open, 24h at most`: so long before what is planned, the rest when no time is known.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from zoneinfo import ZoneInfo

from scheduling.holidays_fr import is_holiday
from scheduling.opening import Opening

DESK_OPENS = time(8, 30)  # what is asked on another day counts from here on the next working day
SOONEST = timedelta(minutes=30)  # nobody can be asked to call back sooner
# Of every clock, for so long are requests watched by the figures. Ten working days take twenty with Christmas or May
# among them; in Mayotte, asked on 27 April 2035 (a holiday, and four more follow), they would take longer.
LONGEST = timedelta(days=21)
_MOST_HOURS, _MOST_DAYS = 240, 10


class BadClock(ValueError):
    """A clock that cannot be read. Its text is the reason, `part` what was written."""

    def __init__(self, part: str) -> None:
        super().__init__(f"no clock: “{part}” (like 24h · 2h open, 24h at most · 1 working day)")
        self.part = part


@dataclass(frozen=True)
class Elapsed:
    """So much time, night and day."""

    promise: timedelta

    def __str__(self) -> str:
        return _written(self.promise)


@dataclass(frozen=True)
class Open:
    """So much of the time that the team's line is open, and `at_most` of the whole."""

    promise: timedelta
    at_most: timedelta

    def __str__(self) -> str:
        return f"{_written(self.promise)} open, {_written(self.at_most)} at most"


@dataclass(frozen=True)
class WorkingDays:
    """The same time of the day, so many working days on."""

    days: int

    def __str__(self) -> str:
        return f"{self.days} working day{'s' * (self.days > 1)}"


@dataclass(frozen=True)
class BeforeEvent:
    """So long before what is planned; without a time of it, as `otherwise` says."""

    lead: timedelta
    otherwise: Elapsed | Open | WorkingDays

    def __str__(self) -> str:
        return f"{_written(self.lead)} before event, else {self.otherwise}"


Plain = Elapsed | Open | WorkingDays
Clock = Plain | BeforeEvent

_ELAPSED = re.compile(r"(\d{1,3}[hm])")
_OPEN = re.compile(r"(\d{1,3}[hm]) open, (\d{1,3}[hm]) at most")
_WORKING = re.compile(r"(\d{1,2}) working days?")
_BEFORE = re.compile(r"(\d{1,3}[hm]) before event, else (.+)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}


def parse(said: object) -> Clock:
    """What `str` of a clock writes; BadClock."""
    text = " ".join(said.split()) if isinstance(said, str) else str(said)
    if match := _BEFORE.fullmatch(text):
        return BeforeEvent(_duration(match[1], text), _plain(match[2], text))
    return _plain(text, text)


def _plain(text: str, whole: str) -> Plain:
    if match := _ELAPSED.fullmatch(text):
        return Elapsed(_duration(match[1], whole))
    if match := _OPEN.fullmatch(text):
        promise, at_most = _duration(match[1], whole), _duration(match[2], whole)
        if promise <= at_most:
            return Open(promise, at_most)
    if (match := _WORKING.fullmatch(text)) and 1 <= int(match[1]) <= _MOST_DAYS:
        return WorkingDays(int(match[1]))
    raise BadClock(whole)


def _duration(said: str, whole: str) -> timedelta:
    found = int(said[:-1]) * _UNITS[said[-1]]
    if not SOONEST <= found <= timedelta(hours=_MOST_HOURS):
        raise BadClock(whole)
    return found


def _written(duration: timedelta) -> str:
    hours, rest = divmod(duration, _UNITS["h"])
    return f"{duration // _UNITS['m']}m" if rest else f"{hours}h"


def due_at(
    clock: Clock, asked_at: datetime, opening: Opening, timezone: str, event_at: datetime | None = None
) -> datetime:
    """Until when (UTC) what was asked at this instant is owed by a team of these hours, in the hospital's zone.

    Never later than LONGEST after it was asked.
    """
    asked = asked_at.astimezone(UTC)
    return min(_due_at(clock, asked, opening, timezone, event_at), asked + LONGEST)


def _due_at(clock: Clock, asked: datetime, opening: Opening, timezone: str, event_at: datetime | None) -> datetime:
    match clock:
        case Elapsed(promise):
            return asked + promise
        case Open(promise, at_most):
            return min(opening.after_open_time(asked, promise), asked + at_most)
        case WorkingDays(days):
            return _working_days_on(asked, days, timezone)
        case BeforeEvent(lead, otherwise):
            if event_at is None:
                return _due_at(otherwise, asked, opening, timezone, None)
            return max(event_at.astimezone(UTC) - lead, asked + SOONEST)


def span(clock: Clock) -> timedelta:
    """How long it is on an ordinary day, for who draws a ladder along it."""
    match clock:
        case Elapsed(promise) | Open(promise, _):
            return promise
        case WorkingDays(days):
            return timedelta(days=days)
        case BeforeEvent(_, otherwise):
            return span(otherwise)


def longest(clock: Clock) -> timedelta:
    """What it never goes beyond; a planned event stands outside of it."""
    match clock:
        case Elapsed(promise):
            return promise
        case Open(_, at_most):
            return at_most
        case WorkingDays(_):
            return LONGEST
        case BeforeEvent(_, otherwise):
            return longest(otherwise)


def is_working_day(day: date, timezone: str) -> bool:
    """Monday to Friday, and no public holiday of the territory."""
    return day.weekday() < 5 and not is_holiday(day, timezone)


def _working_days_on(asked: datetime, days: int, timezone: str) -> datetime:
    local = asked.astimezone(ZoneInfo(timezone))
    counts = is_working_day(local.date(), timezone)
    later = (local.date() + timedelta(days=step) for step in count(1))
    # Asked on a Sunday, one day: it counts from Monday's opening, and is due on Tuesday.
    working = islice((day for day in later if is_working_day(day, timezone)), days + (not counts))
    *_, last = working
    wall = local.time() if counts else DESK_OPENS
    return datetime.combine(last, wall.replace(fold=0), ZoneInfo(timezone)).astimezone(UTC)
