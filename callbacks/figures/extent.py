"""Of which lines and days facts are wanted: zone by zone, for a day is another stretch of time in each. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from callbacks.figures.periods import DAY, Period, midnight

ELSEWHERE = ZoneInfo("Europe/Paris")  # of a call that was lost before a ward was chosen


@dataclass(frozen=True)
class Line:
    """A ward or a desk, as facts name it."""

    id: int
    slug: str
    role: str
    hospital_id: int
    hospital: str
    timezone: str
    opening: str

    @property
    def zone(self) -> ZoneInfo:
        """The zone its days are counted in."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True)
class Wanted:
    """Facts of these lines of one zone, on local days `first` to `last`.

    `begins`: the first day of each hospital; before it its lines were not open to anybody. `nowhere`: calls without a
    ward too.
    """

    zone: ZoneInfo
    lines: Mapping[int, Line]
    first: date
    last: date
    begins: Mapping[int, date] = field(default_factory=dict)
    nowhere: bool = False

    @property
    def since(self) -> datetime:
        """When the first day begins."""
        return midnight(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """When the last day is over."""
        return midnight(self.last + DAY, self.zone)

    def days(self) -> Iterator[date]:
        """Its days, in order."""
        return (self.first + number * DAY for number in range((self.last - self.first).days + 1))


def wanted(found: Iterable[Line], period: Period, since: Mapping[int, date], *, nowhere: bool) -> Iterator[Wanted]:
    """What to read, zone by zone; `since`: as `gathering.begins` has it."""
    by_zone: dict[str, dict[int, Line]] = defaultdict(dict)
    if nowhere:
        by_zone[ELSEWHERE.key] = {}
    for line in found:
        by_zone[line.timezone][line.id] = line
    for zone, theirs in sorted(by_zone.items()):
        lost = nowhere and zone == ELSEWHERE.key
        yield Wanted(ZoneInfo(zone), theirs, period.first, period.last, since, nowhere=lost)
