"""What stands on the page of a hospital's rota: thirty wards, three ranks, a month.

Drawn as text and not by a template: six thousand pieces would cost a template a third of a second.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from scheduling.board import Line
from scheduling.opening import Stretch, join
from scheduling.rota import Held, Person, Ward
from web.office.period import QUARTERS, Days
from web.office.rota_shown import Day, clock, heads, hue, is_night, mark_of, merged, surname

Say = Callable[..., str]


@dataclass(frozen=True)
class Group:
    """A ward's lanes, the first rank on top."""

    ward: Ward
    lanes: tuple[Markup, ...]
    holes: int


@dataclass(frozen=True)
class HospitalShown:
    """The wards of a hospital on some days, as one visitor reads them; the shifts of `senior` are lit."""

    lines: Sequence[Line]
    days: Days
    language: str
    now: datetime
    say: Say
    senior: int = 0

    @cached_property
    def people(self) -> list[Person]:
        """Whoever is on this board, by name."""
        found = {held.shift.person.id: held.shift.person for line in self.lines for held in line.held}
        return sorted(found.values(), key=lambda person: (person.name, person.id))

    @property
    def now_at(self) -> str:
        """Where now is marked; "" when it is elsewhere."""
        return mark_of(self.days, self.now)

    def heads(self) -> list[Day]:
        """The days across."""
        return heads(self.days, self.now, self.language)

    def groups(self) -> Iterator[Group]:
        """The wards."""
        pen = _Pen(self)
        for line in self.lines:
            holes = merged(line.segments, lambda each: each.answering is not None and not each.seniors)
            ranks = range(1, max((held.shift.rank for held in line.held), default=1) + 1)
            lanes = ["".join(pen.shifts(line, rank)) for rank in ranks]
            lanes[0] += "".join(pen.closed(line)) + "".join(pen.hole(each.start, each.end) for each in holes)
            yield Group(line.ward, tuple(map(Markup, lanes)), len(holes))


class _Pen:
    """Draws, and remembers what it has written: a month has a hundred edges, and a hospital six thousand pieces."""

    def __init__(self, shown: HospitalShown) -> None:
        zone = ZoneInfo(shown.days.timezone)
        self._shown = shown
        self._days = shown.days
        self._place = cache(shown.days.place)
        self._clock = cache(lambda at: clock(at, zone))
        self._is_night = cache(lambda start, end: is_night(start, end, zone))
        self._names = cache(lambda person: (escape(person.name), escape(surname(person.name))))

    def shifts(self, line: Line, rank: int) -> Iterator[str]:
        """What rings of the shifts of a rank."""
        is_open = join((each.start, each.end) for each in line.segments if each.on_call.open)
        for held in line.held:
            if held.shift.rank == rank:
                for start, end in _inside(held, is_open):
                    yield self._shift(held, start, end)

    def hole(self, start: datetime, end: datetime) -> str:
        """Nobody would answer."""
        return self._bar("o", start, end, "", f"{self._shown.say('rota.hole')} {self._hours(start, end)}", "!")

    def closed(self, line: Line) -> Iterator[str]:
        """Hours in which another ward answers, or none."""
        for each in merged(line.segments, lambda each: not each.open):
            answering = each.on_call.answering
            if answering is None:
                told = self._shown.say("rota.closed_alone")
            else:
                names = ", ".join(ranked.person.name for ranked in each.on_call.seniors)
                told = self._shown.say("rota.closed_covered", ward=answering.name, names=names)
            holders = ",".join(str(ranked.person.id) for ranked in each.on_call.seniors)
            slug = answering.slug if answering else ""
            yield self._bar("c", each.start, each.end, f' data-by="{slug}" data-who="{holders}"', escape(told), "")

    def _shift(self, held: Held, start: datetime, end: datetime) -> str:
        person = held.shift.person
        name, short = self._names(person)
        mark = f"h{hue(person.id)}"
        if self._is_night(held.shift.start, held.shift.end):
            mark += " n"
        if person.id == self._shown.senior:
            mark += " lit"
        title = f"{name} {self._hours(held.shift.start, held.shift.end)}"
        return self._bar(mark, start, end, f" data-p={person.id}", title, short)

    def _bar(self, mark: str, start: datetime, end: datetime, data: str, title: str, text: str) -> str:
        left = self._place(start)
        width = self._place(end) - left or 1
        at = f"d{left // QUARTERS} q{left % QUARTERS} w{width // QUARTERS} x{width % QUARTERS}"
        since, until = self._minutes(start), self._minutes(end)
        return f'<b class="{mark} {at}"{data} data-t={since}-{until} title="{title}">{text}</b>'

    def _hours(self, start: datetime, end: datetime) -> str:
        return f"{self._clock(start)}–{self._clock(end)}"

    def _minutes(self, at: datetime) -> int:
        """Since the first midnight of the page."""
        return round((at - self._days.start).total_seconds() / 60)


def _inside(held: Held, is_open: Sequence[Stretch]) -> Iterator[Stretch]:
    for since, until in is_open:
        start, end = max(since, held.shift.start), min(until, held.shift.end)
        if start < end:
            yield start, end
