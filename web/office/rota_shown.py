"""What stands on the page of a ward's rota: strips of days across and ranks down. Values in, values out.

Whatever is drawn as ringing comes out of `timeline`, which is `rota.on_call` at every instant.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from scheduling.board import Line
from scheduling.holidays_fr import name_of
from scheduling.opening import Stretch, join, without
from scheduling.rota import Held, OnCall, Person, Ranked, Ward
from scheduling.timeline import Segment
from web.office.period import QUARTERS, Days, Period
from web.office.rota_words import local

HUES = 12
NIGHT = (20, 8)  # the house's quiet hours: from, to
DUTY = (timedelta(hours=8, minutes=30), timedelta(hours=18, minutes=30))  # of a day (domain.md 3.1)
LONGEST_NIGHT = timedelta(hours=18)


@dataclass(frozen=True)
class Day:
    """The head of a column."""

    date: date
    holiday: str  # its name; "" on others
    today: bool
    outside: bool  # of the month that is shown

    @property
    def marks(self) -> str:
        """Its classes."""
        marks = {
            "weekend": self.date.weekday() > 4,
            "holiday": bool(self.holiday),
            "today": self.today,
            "outside": self.outside,
        }
        return " ".join(mark for mark, holds in marks.items() if holds)


@dataclass(frozen=True)
class Piece:
    """A stretch of one lane. `place` are the classes that put it there; `start` and `end` are the truth."""

    place: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Gap(Piece):
    """Open hours in which nobody holds a rank, and the local times to put somebody there."""

    from_: str
    to: str


@dataclass(frozen=True)
class ShiftPiece(Piece):
    """A part of a shift: it rings (`rings`), or it lies in hours when the ward is closed and rings nobody."""

    held: Held
    rings: bool
    night: bool
    hue: int
    begins: bool  # the shift begins here, and not before the strip
    ends: bool

    @property
    def person(self) -> Person:
        """Who holds it."""
        return self.held.shift.person


@dataclass(frozen=True)
class ClosedPiece(Piece):
    """The ward is closed; `answering` covers it with these seniors (none: a hole), or nobody does."""

    answering: Ward | None
    seniors: tuple[Ranked, ...]

    @property
    def is_hole(self) -> bool:
        """Whether somebody should answer, and nobody would."""
        return self.answering is not None and not self.seniors


@dataclass(frozen=True)
class Lane:
    """One rank of a strip; `gaps` are where nobody holds it."""

    rank: int
    pieces: tuple[ShiftPiece, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class Strip:
    """Days side by side."""

    days: tuple[Day, ...]
    lanes: tuple[Lane, ...]
    holes: tuple[Piece, ...]
    closed: tuple[ClosedPiece, ...]
    now: str  # where the mark stands; "" when now is elsewhere

    @property
    def first(self) -> date:
        """Its first day."""
        return self.days[0].date

    @property
    def last(self) -> date:
        """Its last day."""
        return self.days[-1].date


@dataclass(frozen=True)
class Shown:
    """One ward's line of the board, as one visitor reads it."""

    line: Line
    language: str
    now: datetime
    month: date | None  # days of other months are set back

    @property
    def zone(self) -> ZoneInfo:
        """The hospital's."""
        return ZoneInfo(self.line.ward.timezone)

    @cached_property
    def hues(self) -> Mapping[int, int]:
        """A colour for each person: his own where it is free."""
        return hues(held.shift.person.id for held in self.line.held)

    @cached_property
    def ranks(self) -> list[int]:
        """Those in use, and one more to fill."""
        used = max((held.shift.rank for held in self.line.held), default=1)
        return list(range(1, min(used + 1, 3) + 1))

    @cached_property
    def people(self) -> list[Person]:
        """Whoever is on this board, by name."""
        found = {held.shift.person.id: held.shift.person for held in self.line.held}
        return sorted(found.values(), key=lambda person: person.name)

    @cached_property
    def _open(self) -> list[Stretch]:
        return join((each.start, each.end) for each in self.line.segments if each.on_call.open)

    def count(self, person_id: int, period: Period) -> int:
        """How many shifts somebody has in the period."""
        days = period.days
        return sum(
            held.shift.person.id == person_id and held.shift.start < days.end and held.shift.end > days.start
            for held in self.line.held
        )

    def name(self, person_id: int) -> str:
        """Of somebody on this board."""
        return next(person.name for person in self.people if person.id == person_id)

    def strips(self, weeks: Iterable[Days]) -> list[Strip]:
        """A strip for each stretch of days."""
        return [self.strip(days) for days in weeks]

    def strip(self, days: Days) -> Strip:
        """What is drawn on these days."""
        segments = [each for each in self.line.segments if each.start < days.end and each.end > days.start]
        closed = merged(segments, lambda each: not each.open)
        return Strip(
            days=tuple(heads(days, self.now, self.language, self.month)),
            lanes=tuple(self._lane(rank, days) for rank in self.ranks),
            holes=tuple(_piece(days, each) for each in merged(segments, lambda each: each.open and not each.seniors)),
            closed=tuple(_closed(days, each) for each in closed),
            now=mark_of(days, self.now),
        )

    def _lane(self, rank: int, days: Days) -> Lane:
        held = [each for each in self.line.held if each.shift.rank == rank]
        touching = [each for each in held if each.shift.start < days.end and each.shift.end > days.start]
        return Lane(
            rank,
            tuple(piece for each in touching for piece in self._pieces(each, days)),
            tuple(self._gap(days, gap) for gap in self._gaps(rank, held, days)),
        )

    def _gap(self, days: Days, gap: Stretch) -> Gap:
        """With the hours that its form begins with: those of a day's duty where there is room for one."""
        first = gap[0].astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        duty = tuple((first + time).astimezone(UTC) for time in DUTY)
        start, end = duty if gap[0] <= duty[0] and duty[1] <= gap[1] else gap
        return Gap(place(days, *gap), *gap, local(start, self.zone), local(end, self.zone))

    def _gaps(self, rank: int, held: Iterable[Held], days: Days) -> Iterator[Stretch]:
        """Open hours in which nobody holds the rank; at the first, those that are no hole: they are drawn as such."""
        taken = [(each.shift.start, each.shift.end) for each in held]
        if rank == 1:
            taken += [(each.start, each.end) for each in self.line.segments if not each.on_call.seniors]
        for since, until in self._open:
            start, end = max(since, days.start), min(until, days.end)
            if start < end:
                yield from _by_day(without(start, end, taken), days)

    def _pieces(self, held: Held, days: Days) -> Iterator[ShiftPiece]:
        shift = held.shift
        start, end = max(shift.start, days.start), min(shift.end, days.end)
        rings = [(max(since, start), min(until, end)) for since, until in self._open if since < end and until > start]
        parts = [(*part, True) for part in rings] + [(*part, False) for part in without(start, end, rings)]
        for since, until, ringing in sorted(parts):
            yield ShiftPiece(
                place=place(days, since, until),
                start=since,
                end=until,
                held=held,
                rings=ringing,
                night=is_night(shift.start, shift.end, self.zone),
                hue=self.hues[shift.person.id],
                begins=since == shift.start,
                ends=until == shift.end,
            )


def heads(days: Days, now: datetime, language: str, month: date | None = None) -> list[Day]:
    """The days across; with a `month`, those of others are set back."""
    today = now.astimezone(ZoneInfo(days.timezone)).date()
    return [
        Day(
            date=day,
            holiday=name_of(day, days.timezone, language) or "",
            today=day == today,
            outside=month is not None and (day.year, day.month) != (month.year, month.month),
        )
        for day in days.dates
    ]


def hue(person_id: int) -> int:
    """The colour of a person where there are more people than colours; neighbours on the list are far apart on it."""
    return person_id * 5 % HUES


def hues(people: Iterable[int]) -> dict[int, int]:
    """A hue (0 to 11) for each person's id: his own on every page where no other took it, and twelve are told apart."""
    given: dict[int, int] = {}
    for person in sorted(set(people)):
        free = [hue for hue in range(HUES) if hue not in given.values()] or range(HUES)
        given[person] = min(free, key=lambda free: (free - hue(person)) % HUES)
    return given


def place(days: Days, start: datetime, end: datetime) -> str:
    """The classes that draw [start, end) on these days: day and quarter of the left, days and quarters of the width."""
    left = days.place(start)
    width = max(days.place(end) - left, 1)
    return f"d{left // QUARTERS} q{left % QUARTERS} w{width // QUARTERS} x{width % QUARTERS}"


def mark_of(days: Days, now: datetime) -> str:
    """Where now is marked on these days; "" when it is not on them."""
    return place(days, now, now).split(" w")[0] if days.start <= now < days.end else ""


def is_night(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Whether its middle lies in quiet hours, and it is one night."""
    middle = (start + (end - start) / 2).astimezone(zone)
    return end - start <= LONGEST_NIGHT and not NIGHT[1] <= middle.hour < NIGHT[0]


def merged(segments: Sequence[Segment], wanted: Callable[[OnCall], bool]) -> list[Segment]:
    """Those wanted; what rings in a closed ward does not change with the hour it will open at."""
    found: list[Segment] = []
    for each in segments:
        if not wanted(each.on_call):
            continue
        if found and found[-1].end == each.start and _rings_the_same(found[-1].on_call, each.on_call):
            found[-1] = Segment(found[-1].start, each.end, found[-1].on_call)
        else:
            found.append(each)
    return found


def _rings_the_same(before: OnCall, after: OnCall) -> bool:
    return before.answering == after.answering and before.seniors == after.seniors


def _by_day(gaps: Iterable[Stretch], days: Days) -> Iterator[Stretch]:
    """A gap of a night stays whole; a longer one is cut at every midnight, so that each day can be filled."""
    for start, end in gaps:
        cuts = [at for at in days.midnights if start < at < end] if end - start > timedelta(hours=16) else []
        yield from pairwise([start, *cuts, end])


def _bare(days: Days, stretch: Stretch) -> Piece:
    return Piece(place(days, *stretch), *stretch)


def _piece(days: Days, segment: Segment) -> Piece:
    return _bare(days, (max(segment.start, days.start), min(segment.end, days.end)))


def _closed(days: Days, segment: Segment) -> ClosedPiece:
    bare = _piece(days, segment)
    return ClosedPiece(bare.place, bare.start, bare.end, segment.on_call.answering, segment.on_call.seniors)
