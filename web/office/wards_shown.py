"""What stands on the page of a ward beside its form: its hours in words, the week to come, the ladder, who clashes."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names

from callbacks import ladders
from callbacks.kinds.kind import ADVICE
from callbacks.promise import PROMISE
from scheduling.holidays_fr import is_holiday
from scheduling.opening import Opening, Stretch
from scheduling.opening_words import Hours, understood
from scheduling.rota import Ward
from web.office import rungs_shown
from web.office.guard import Visitor
from web.office.rungs_shown import Step

_HOLIDAY = 7


class Reader(Protocol):
    """Whoever reads, signed in or not."""

    @property
    def language(self) -> str:
        """What he reads."""

    def say(self, key: str, /, **values: object) -> str:
        """A sentence of the catalogue in it."""


@dataclass(frozen=True)
class Day:
    """A day of the week to come, and when the ward is open on it."""

    name: str
    holiday: bool
    hours: tuple[str, ...]


def hours(reader: Reader, opening: Opening) -> list[str]:
    """What was understood, a sentence a band."""
    if not opening.bands:
        return [reader.say("directories.always_open")]
    said = [_band(reader, line) for line in understood(opening)]
    on_holidays = any(_HOLIDAY in band.days for band in opening.bands)
    return said if on_holidays else [*said, reader.say("directories.closed_on_holidays")]


def _band(reader: Reader, line: Hours) -> str:
    days = ", ".join(_run(reader, first, last) for first, last in line.runs)
    key = "band_overnight" if line.overnight else "band"
    said = reader.say(f"directories.{key}", days=days, start=line.start, end=line.end)
    return said[:1].upper() + said[1:]


def _run(reader: Reader, first: int, last: int) -> str:
    if first == _HOLIDAY:
        return reader.say("directories.holidays")
    names = get_day_names("wide", locale=reader.language)
    if first == last:
        return reader.say("directories.one_day", day=names[first])
    return reader.say("directories.day_range", first=names[first], last=names[last])


def week(visitor: Visitor, opening: Opening, now: datetime) -> list[Day]:
    """The next seven days, today first, as the ward's clock shows them."""
    zone = ZoneInfo(opening.timezone)
    today = now.astimezone(zone).date()
    return [_day(visitor, opening, today + timedelta(days=ahead), zone) for ahead in range(7)]


def _day(visitor: Visitor, opening: Opening, day: date, zone: ZoneInfo) -> Day:
    start, end = (datetime.combine(one, time(), zone) for one in (day, day + timedelta(days=1)))
    open_hours = tuple(_stretch(visitor, found, zone, day) for found in opening.between(start, end))
    name = format_date(day, "EEEE d MMMM", locale=visitor.language)
    return Day(name, is_holiday(day, opening.timezone), open_hours)


def _stretch(visitor: Visitor, found: Stretch, zone: ZoneInfo, day: date) -> str:
    since, until = (instant.astimezone(zone) for instant in found)
    whole = since.time() == time() and until.date() > day
    if whole:
        return visitor.say("directories.all_day")
    last = "24:00" if until.date() > day else f"{until:%H:%M}"
    return f"{since:%H:%M} – {last}"


def steps(visitor: Visitor, ward: Ward) -> list[Step]:
    """The ladder that applies to the ward's requests."""
    return rungs_shown.steps(visitor, ladders.standing(visitor.conn, ward.id, ADVICE), PROMISE, ward)
