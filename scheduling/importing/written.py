"""Days and hours as wards write them: `2026-11-23 08:30`, `23/11/2026 8h30`, `lundi 23 novembre`, Excel cells. Pure.

A day without its month or year is the one of the wanted stretch, if there is one alone. A weekday that is written too
must be that day's: that is how a rota of last year is noticed.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling import local_time
from scheduling.folding import fold
from scheduling.local_time import YEARS, BadTime, LocalTime

Cell = str | int | float | datetime | date | time | timedelta | None

_DAY = 24 * 60  # minutes
_EXCEL_BEGINS = date(1899, 12, 30)
_SERIALS = (20_000, 80_000)  # 1954 to 2119: a day as Excel counts it
_WEEKDAYS = (
    ("lundi", "monday", "l", "lu"),
    ("mardi", "tuesday", "ma"),
    ("mercredi", "wednesday", "me"),
    ("jeudi", "thursday", "j", "je"),
    ("vendredi", "friday", "v", "ve"),
    ("samedi", "saturday", "s", "sa"),
    ("dimanche", "sunday", "d", "di"),
)
_MONTHS = (
    ("janvier", "january"),
    ("fevrier", "february"),
    ("mars", "march"),
    ("avril", "april"),
    ("mai", "may"),
    ("juin", "june"),
    ("juillet", "july"),
    ("aout", "august"),
    ("septembre", "september"),
    ("octobre", "october"),
    ("novembre", "november"),
    ("decembre", "december"),
)
_CLOCK = r"(\d{1,2})\s*(?:[h:]\s*(\d{2})?)(?::\d{2})?"
_HOURS = re.compile(rf"{_CLOCK}\s*(?:-|–|—|à|a|/|>|→)\s*{_CLOCK}", re.IGNORECASE)
_TIME = re.compile(_CLOCK, re.IGNORECASE)
_MOMENT = re.compile(rf"(.*?)(?:\s+[àa])?[\sT,]+({_CLOCK})", re.IGNORECASE)
_SAID = {"no_such_hour": "no_such_hour", "no_such_day": "no_such_day"}
_NO_DAY = frozenset({"le", "er", "du", "au"})


class Unclear(ValueError):
    """A day or an hour that cannot be read: `transfer.fault_<code>` says why."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Days:
    """The days that are wanted, first and last: where a day without month or year is looked for."""

    first: date
    last: date

    def like(self, day: int, month: int | None, weekday: int | None) -> list[date]:
        """Those with this number, month and weekday, as far as said."""
        every = (self.first + timedelta(offset) for offset in range((self.last - self.first).days + 1))
        return [
            found
            for found in every
            if found.day == day and month in (None, found.month) and weekday in (None, found.weekday())
        ]


def show(cell: Cell) -> str:
    """A cell as one line of text: what is repeated to the person."""
    match cell:
        case None:
            return ""
        case datetime() | date() | time():
            return cell.isoformat().replace("T", " ")
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return " ".join(str(cell).split())


def day(cell: Cell, days: Days) -> date:
    """The day of a cell. Unclear."""
    match cell:
        case datetime():
            return cell.date()
        case date():
            return cell
        case int() | float() if _is_serial(cell):
            return _EXCEL_BEGINS + timedelta(int(cell))
        case int() | float() if not isinstance(cell, bool) and cell in range(1, 32):
            return _only(int(cell), None, None, days, show(cell))
        case str():
            return _said_day(cell, days)
        case _:
            raise Unclear("bad_day", text=show(cell))


def _is_serial(cell: float) -> bool:
    return _SERIALS[0] <= cell < _SERIALS[1]


def is_weekday(text: str) -> bool:
    """Whether this is the name of a weekday and nothing more."""
    return _weekday(fold(text)) is not None


def _said_day(text: str, days: Days) -> date:
    words = [word for word in re.sub(r"\b1er\b", "1", fold(text)).split() if word not in _NO_DAY]
    weekday = _weekday(words[0]) if words else None
    if weekday is not None:
        words = words[1:]
    numbers = [_number(word) for word in words]
    match numbers:
        case [int(year), int(month), int(number)] if year in YEARS:
            found = _date(year, month, number, text)
        case [int(number), int(month), int(year)] if number <= 31:
            found = _date(year + 2000 if year < 100 else year, month, number, text)
        case [int(number), int(month)]:
            return _only(number, month, weekday, days, text)
        case [int(number)]:
            return _only(number, None, weekday, days, text)
        case _:
            raise Unclear("bad_day", text=show(text))
    if weekday not in (None, found.weekday()):
        raise Unclear("weekday_differs", text=show(text))
    return found


def _date(year: int, month: int, number: int, text: str) -> date:
    try:
        found = date(year, month, number)
    except ValueError:
        raise Unclear("no_such_day", text=show(text)) from None
    if found.year not in YEARS:
        raise Unclear("bad_day", text=show(text))
    return found


def _only(number: int, month: int | None, weekday: int | None, days: Days, text: str) -> date:
    found = days.like(number, month, weekday)
    if len(found) == 1:
        return found[0]
    raise Unclear("day_incomplete" if found else "day_not_asked", text=show(text))


def _number(word: str) -> int | None:
    """The number of a word: digits, or the name of a month, perhaps shortened."""
    if word.isascii() and word.isdigit() and len(word) <= 4:
        return int(word)
    meant = {place for place, names in enumerate(_MONTHS, 1) for name in names if name.startswith(word)}
    return meant.pop() if len(word) >= 3 and len(meant) == 1 else None


def _weekday(word: str) -> int | None:
    meant = {
        place
        for place, names in enumerate(_WEEKDAYS)
        for name in names
        if word == name or (len(word) >= 3 and name.startswith(word))
    }
    return meant.pop() if len(meant) == 1 else None


def clock(cell: Cell) -> int:
    """Minutes after midnight of a time of day; 24:00 is allowed. Unclear."""
    match cell:
        case time():
            return cell.hour * 60 + cell.minute
        case datetime():
            return cell.hour * 60 + cell.minute
        case timedelta():
            minutes = round(cell.total_seconds() / 60)
        case float() | int() if 0 <= cell <= 1:
            minutes = round(cell * _DAY)  # Excel's part of a day
        case str():
            said = _TIME.fullmatch(cell.strip())
            if said is None:
                raise Unclear("bad_hour", text=show(cell))
            return _minutes(said[1], said[2], cell)
        case _:
            raise Unclear("bad_hour", text=show(cell))
    if not 0 <= minutes <= _DAY:
        raise Unclear("bad_hour", text=show(cell))
    return minutes


def hours(text: str) -> tuple[int, int] | None:
    """`18h30-8h30` somewhere in a text: minutes after midnight, the end after the start; None when there is none."""
    said = _HOURS.search(text)
    if said is None:
        return None
    start, end = _minutes(said[1], said[2], text), _minutes(said[3], said[4], text)
    return start, end if end > start else end + _DAY


def without_hours(text: str) -> str:
    """The text around `18h30-8h30`."""
    return _HOURS.sub(" ", text)


def _minutes(hour: str, minute: str | None, text: str) -> int:
    found = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or found > _DAY:
        raise Unclear("bad_hour", text=show(text))
    return found


def instant(on: date, minutes: int, timezone: str) -> LocalTime:
    """The instant of so many minutes of the clock on the wall after a day's midnight. Unclear: the clock skips it."""
    days, minute = divmod(minutes, _DAY)
    written = f"{on + timedelta(days)} {minute // 60:02}:{minute % 60:02}"
    try:
        return local_time.read(written, timezone)
    except BadTime as reason:
        raise Unclear(_SAID.get(reason.code, "bad_day"), text=written) from None


def moment(cell: Cell, days: Days, timezone: str) -> LocalTime:
    """The instant of a cell that holds a day and an hour. Unclear."""
    match cell:
        case datetime():
            whole = cell + timedelta(seconds=30)  # 08:29:59.997 is how Excel keeps 08:30
            return instant(whole.date(), whole.hour * 60 + whole.minute, timezone)
        case float() if _is_serial(cell):
            return instant(_EXCEL_BEGINS + timedelta(int(cell)), round((cell % 1) * _DAY), timezone)
        case str():
            return _said_moment(cell, days, timezone)
        case _:
            raise Unclear("bad_moment", text=show(cell))


def _said_moment(text: str, days: Days, timezone: str) -> LocalTime:
    try:
        return local_time.read(text, timezone)  # the contract's writing; the offset of the hour that exists twice too
    except BadTime:
        said = _MOMENT.fullmatch(" ".join(text.split()))
    if said is None:
        raise Unclear("bad_moment", text=show(text))
    return instant(day(said[1], days), _minutes(said[3], said[4], text), timezone)


def local_day(at: datetime, timezone: str) -> date:
    """The calendar's day of an instant."""
    return at.astimezone(ZoneInfo(timezone)).date()
