"""The month or the week that a page shows, day by day, in the hospital's zone. Values in, values out."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)
QUARTERS = 96  # in a day; of 23 hours or 25, each is a little shorter or longer
_YEARS = (2000, 2199)


class BadPeriod(ValueError):
    """Not a month like 2026-12 nor a day like 2026-12-24."""


class Kind(StrEnum):
    """How much of the rota is seen at once."""

    MONTH = "month"
    WEEK = "week"


@dataclass(frozen=True)
class Days:
    """Whole days side by side, `first` to before `last`, and where on them an instant is drawn."""

    first: date
    last: date
    timezone: str

    @cached_property
    def midnights(self) -> list[datetime]:
        """When each day begins, and when the last one ends; UTC."""
        return [midnight(self.first + timedelta(days=day), self.timezone) for day in range(len(self) + 1)]

    @property
    def start(self) -> datetime:
        """The first instant."""
        return self.midnights[0]

    @property
    def end(self) -> datetime:
        """The instant after the last."""
        return self.midnights[-1]

    def __len__(self) -> int:
        return (self.last - self.first).days

    @property
    def dates(self) -> list[date]:
        """Each day."""
        return [self.first + timedelta(days=day) for day in range(len(self))]

    def place(self, at: datetime) -> int:
        """Quarters of a day from the left; what lies outside is drawn on the edge."""
        if at <= self.start:
            return 0
        if at >= self.end:
            return len(self) * QUARTERS
        day = bisect_right(self.midnights, at) - 1
        begins, ends = self.midnights[day], self.midnights[day + 1]
        return day * QUARTERS + round(QUARTERS * (at - begins) / (ends - begins))


@dataclass(frozen=True)
class Period:
    """A month, or a week from Monday."""

    kind: Kind
    first: date
    timezone: str

    @property
    def last(self) -> date:
        """The day after its last."""
        return self.first + WEEK if self.kind is Kind.WEEK else next_month(self.first)

    @property
    def days(self) -> Days:
        """Its days alone."""
        return Days(self.first, self.last, self.timezone)

    @property
    def weeks(self) -> list[Days]:
        """The weeks it touches, each from Monday to Sunday."""
        monday, weeks = monday_of(self.first), []
        while monday < self.last:
            weeks.append(Days(monday, monday + WEEK, self.timezone))
            monday += WEEK
        return weeks

    @property
    def asked(self) -> dict[str, str]:
        """How its address asks for it: {"month": "2026-12"} or {"week": "2026-11-23"}."""
        return {self.kind.value: f"{self.first:%Y-%m}" if self.kind is Kind.MONTH else self.first.isoformat()}

    @property
    def before(self) -> "Period":
        """The one before."""
        day = self.first - timedelta(days=1)
        return self.around(day)

    @property
    def after(self) -> "Period":
        """The one after."""
        return self.around(self.last)

    def around(self, day: date, kind: Kind | None = None) -> "Period":
        """The period of that day, of the same kind unless another is named."""
        return _around(day, kind or self.kind, self.timezone)

    @property
    def month(self) -> date:
        """The first day of the month it belongs to."""
        return self._middle.replace(day=1)

    def as_(self, kind: Kind, today: date) -> "Period":
        """The same time as another kind: today's, when it is part of it."""
        return self.around(today if self.first <= today < self.last else self._middle, kind)

    @property
    def _middle(self) -> date:
        # The Thursday of a week says which month it belongs to; a month opens with its first week.
        return self.first + timedelta(days=3) if self.kind is Kind.WEEK else self.first


def asked_for(arguments: Mapping[str, str], today: date, timezone: str) -> Period:
    """The period that an address asks for; the month of today when it asks for none. BadPeriod."""
    if week := arguments.get("week"):
        return _around(_day(week), Kind.WEEK, timezone)
    if month := arguments.get("month"):
        return _around(_day(f"{month}-01"), Kind.MONTH, timezone)
    return _around(today, Kind.MONTH, timezone)


def midnight(day: date, timezone: str) -> datetime:
    """When a day begins there; UTC."""
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)


def today_in(timezone: str, now: datetime) -> date:
    """The day that it is there."""
    return now.astimezone(ZoneInfo(timezone)).date()


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def next_month(day: date) -> date:
    """The first day of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _around(day: date, kind: Kind, timezone: str) -> Period:
    return Period(kind, monday_of(day) if kind is Kind.WEEK else day.replace(day=1), timezone)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None or not _YEARS[0] <= day.year <= _YEARS[1]:
        raise BadPeriod(text)
    return day
