"""Stretches of local days, and of whom the figures are. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from callbacks.kinds.clocks import LONGEST

DAY = timedelta(days=1)
# A request is watched for so long from its filing: until the longest of all clocks has run out. What is said of it
# later changes no figure.
FOLLOWED = LONGEST


class Grain(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, order=True)
class Period:
    """Local days of each hospital, `first` to `last`, both in. Weeks begin on Monday, as ISO 8601 has them."""

    first: date
    last: date
    grain: Grain

    @classmethod
    def day(cls, day: date) -> "Period":
        """One day."""
        return cls(day, day, Grain.DAY)

    @classmethod
    def week(cls, year: int, week: int) -> "Period":
        """A week by its ISO number."""
        return cls.of(Grain.WEEK, date.fromisocalendar(year, week, 1))

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        """A month."""
        return cls.of(Grain.MONTH, date(year, month, 1))

    @classmethod
    def year(cls, year: int) -> "Period":
        """A year."""
        return cls.of(Grain.YEAR, date(year, 1, 1))

    @classmethod
    def of(cls, grain: Grain, day: date) -> "Period":
        """The period of this length that a day is in."""
        match grain:
            case Grain.DAY:
                return cls.day(day)
            case Grain.WEEK:
                monday = day - day.weekday() * DAY
                return cls(monday, monday + 6 * DAY, grain)
            case Grain.MONTH:
                first = day.replace(day=1)
                return cls(first, (first + 31 * DAY).replace(day=1) - DAY, grain)
            case Grain.YEAR:
                return cls(date(day.year, 1, 1), date(day.year, 12, 31), grain)

    @classmethod
    def parse(cls, name: str) -> "Period":
        """The period of a name as `name` writes it; ValueError."""
        match name.split("-"):
            case [year]:
                return cls.year(int(year))
            case [year, week] if week.startswith("W"):
                return cls.week(int(year), int(week[1:]))
            case [year, month]:
                return cls.month(int(year), int(month))
            case _:
                return cls.day(date.fromisoformat(name))

    @property
    def name(self) -> str:
        """2026, 2026-11, 2026-W48 or 2026-11-23."""
        match self.grain:
            case Grain.YEAR:
                return f"{self.first:%Y}"
            case Grain.MONTH:
                return f"{self.first:%Y-%m}"
            case Grain.WEEK:
                return f"{self.first:%G-W%V}"
            case Grain.DAY:
                return self.first.isoformat()

    @property
    def before(self) -> "Period":
        """The one before."""
        return Period.of(self.grain, self.first - DAY)

    @property
    def after(self) -> "Period":
        """The next one."""
        return Period.of(self.grain, self.last + DAY)

    def days(self) -> Iterator[date]:
        """Its days, in order."""
        return (self.first + number * DAY for number in range((self.last - self.first).days + 1))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def over(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether its last day has passed there."""
        return now >= midnight(self.last + DAY, zone)

    def closed(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether nothing of it is watched any more: its figures stay as they are."""
        return now >= midnight(self.last + DAY, zone) + FOLLOWED


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a local day begins, UTC; where its midnight does not exist, at the gap."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The day that it is there."""
    return at.astimezone(zone).date()


def running(first: date, now: datetime, zone: ZoneInfo) -> Iterator[date]:
    """The days from `first` to today there."""
    today = local_day(now, zone)
    return (first + number * DAY for number in range((today - first).days + 1))


class Level(StrEnum):
    """Whose figures they are."""

    EVERYTHING = "everything"
    HOSPITAL = "hospital"
    WARD = "ward"


@dataclass(frozen=True, order=True)
class Scope:
    """Everybody's figures, a hospital's or a line's. A call that was lost before a ward was chosen is everybody's."""

    level: Level = Level.EVERYTHING
    id: int = 0  # of the hospital or the ward

    @classmethod
    def everything(cls) -> "Scope":
        """All hospitals."""
        return cls()

    @classmethod
    def hospital(cls, id: int) -> "Scope":
        """One hospital."""
        return cls(Level.HOSPITAL, id)

    @classmethod
    def ward(cls, id: int) -> "Scope":
        """One line: a ward, a desk."""
        return cls(Level.WARD, id)
