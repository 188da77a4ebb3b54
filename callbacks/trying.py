"""Trying to call a GP back: what came of it, when to try again, when it was enough. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from callbacks.quiet import utc

ENOUGH = 3  # documented tries, each in another window, before a request may be closed as not reached (domain.md 1.5)
PAUSE = timedelta(hours=2)  # between two tries at a GP who said "now"
SOON = timedelta(minutes=30)  # what is proposed when his window comes after the deadline


class Result(StrEnum):
    """What came of a try."""

    REACHED = "reached"
    SECRETARIAT = "secretariat"  # somebody of the practice, not the doctor
    UNACCEPTED = "unaccepted"  # something answered and nobody pressed 1: a voicemail, a fax
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    FAILED = "failed"  # the number cannot be called
    CANCELED = "canceled"  # the senior hung up before anybody answered

    @property
    def counts(self) -> bool:
        """Whether it was a real try that did not reach the GP."""
        return self not in (Result.REACHED, Result.CANCELED)


# Why somebody tries later. Codes, not words: what is written freely soon tells of a patient.
REASONS = ("window", "asked", "awaiting", "busy")  # his hours; the GP asked; a result is awaited; held up in the ward


@dataclass(frozen=True)
class Tried:
    """One documented try."""

    at: datetime
    result: Result
    by: int = 0  # the id of who tried


# The parts of a day in which a practice is reached, or is not, for the same reason; each from its hour on.
_PARTS = ((time(0), "night"), (time(8), "morning"), (time(12), "noon"), (time(14), "afternoon"), (time(18), "evening"))
# When a GP who named a window is tried, in local time: a little after it begins.
_WINDOWS = {"noon": (time(12, 15), time(14)), "evening": (time(18, 15), time(20))}
_BY_DAY = (time(8, 30), time(20))


def window_of(at: datetime, zone: ZoneInfo) -> tuple[date, str]:
    """The day and its part, in the hospital's time: two tries in one of these are one for `enough`."""
    local = at.astimezone(zone)
    return local.date(), next(name for start, name in reversed(_PARTS) if local.time() >= start)


def windows_tried(tries: Iterable[Tried], zone: ZoneInfo) -> int:
    """In how many different windows the GP was tried and not reached."""
    return len({window_of(each.at, zone) for each in tries if each.result.counts})


def enough(tries: Iterable[Tried], zone: ZoneInfo) -> bool:
    """Whether the request may be closed as not reached."""
    return windows_tried(tries, zone) >= ENOUGH


def next_try(reach: str, tries: Sequence[Tried], now: datetime, due_at: datetime, zone: ZoneInfo) -> datetime:
    """When to try again: inside the window the GP named (now | noon | evening), by day, before the deadline.

    After the deadline, or when his window comes too late for it, as soon as may be.
    """
    earliest = utc(now) + (PAUSE if reach == "now" and tries else timedelta())
    tried = {window_of(each.at, zone) for each in tries}
    start, end = _WINDOWS.get(reach, _BY_DAY)
    found = _first_between(start, end, earliest, zone, tried if reach in _WINDOWS else set())
    if found < due_at:
        return found
    left = utc(due_at) - utc(now)
    return utc(now) + (min(SOON, left / 2) if left > timedelta() else SOON)


def _first_between(
    start: time, end: time, earliest: datetime, zone: ZoneInfo, tried: set[tuple[date, str]]
) -> datetime:
    """The first instant from `earliest` on between these hours of a day, in a window not tried yet."""
    day = earliest.astimezone(zone).date()
    while True:
        opens, shuts = (utc(datetime.combine(day, hour, zone)) for hour in (start, end))
        at = max(opens, earliest)
        if at < shuts and window_of(at, zone) not in tried:
            return at
        day += timedelta(days=1)
