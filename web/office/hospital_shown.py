"""What stands on the page of a hospital's rota: thirty wards, three ranks, a month.

Drawn as text and not by a template: six thousand pieces would cost a template a third of a second.
"""

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from scheduling.board import Line
from scheduling.opening import Stretch, join
from scheduling.rota import Person, Shift, Ward
from web.office.period import Days
from web.office.rota_shown import Day, heads, is_night, mark_of, merged, place
from web.office.rota_words import clock, initials, surname

Say = Callable[..., str]
WIDE = 14  # days on which a surname finds room


@dataclass(frozen=True)
class Group:
    """A ward's lanes, the first rank on top; `closed` lies behind them all."""

    ward: Ward
    closed: Markup
    lanes: tuple[Markup, ...]
    holes: int  # still to come


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
            drawn = pen.shifts(line)
            lanes = ["".join(drawn.get(rank, ())) for rank in range(1, max(drawn) + 1)]
            lanes[0] += "".join(pen.hole(each.start, each.end) for each in holes)
            coming = sum(each.end > self.now for each in holes)  # what is over cannot be mended
            yield Group(line.ward, Markup("".join(pen.closed(line))), tuple(map(Markup, lanes)), coming)


class _Pen:
    """Draws, and remembers what it has written: a month has a hundred edges, and a hospital six thousand pieces."""

    def __init__(self, shown: HospitalShown) -> None:
        self._shown = shown
        self._days = shown.days
        self._zone = ZoneInfo(shown.days.timezone)
        self._place = cache(self._place_of)
        self._kind = cache(self._kind_of)
        self._who = {person.id: self._who_is(person) for person in shown.people}

    def shifts(self, line: Line) -> dict[int, list[str]]:
        """What rings of its shifts, by rank."""
        is_open = join((each.start, each.end) for each in line.segments if each.on_call.open)
        drawn: dict[int, list[str]] = {1: []}
        for held in line.held:
            shift = held.shift
            name, short, mark = self._who[shift.person.id]
            night, hours = self._kind(shift.start, shift.end)
            lane = drawn.setdefault(shift.rank, [])
            for start, end in _inside(shift, is_open):
                lane.append(f'<b class="{mark}{night} {self._place(start, end)} title="{name} {hours}">{short}</b>')
        return drawn

    def hole(self, start: datetime, end: datetime) -> str:
        """Nobody would answer."""
        title = escape(f"{self._shown.say('rota.hole')} {self._hours(start, end)}")
        over = " past" if end <= self._shown.now else ""
        return f'<b class="o{over} {self._place(start, end)} title="{title}">!</b>'

    def closed(self, line: Line) -> Iterator[str]:
        """Hours in which another ward answers, or none."""
        for each in merged(line.segments, lambda each: not each.open):
            answering, seniors = each.on_call.answering, each.on_call.seniors
            if answering is None:
                told = self._shown.say("rota.closed_alone")
            else:
                names = ", ".join(ranked.person.name for ranked in seniors)
                told = self._shown.say("rota.closed_covered", ward=answering.name, names=names)
            who = " ".join(f"{ranked.rank}:{ranked.person.id}" for ranked in seniors)
            by = f'data-by="{answering.slug if answering else ""}" data-who="{who}"'
            yield f'<b class="c {self._place(each.start, each.end)} {by} title="{escape(told)}"></b>'

    def _who_is(self, person: Person) -> tuple[str, str, str]:
        """His name, what it is shortened to, and how he is marked: lit when he is looked for."""
        lit = " lit" if person.id == self._shown.senior else ""
        short = initials(person.name) if len(self._days) > WIDE else surname(person.name)
        return escape(person.name), escape(short), f"p{person.id}{lit}"

    def _place_of(self, start: datetime, end: datetime) -> str:
        """The classes that put it there; and the truth, in minutes since the first midnight of the page."""
        since, until = (round((at - self._days.start).total_seconds() / 60) for at in (start, end))
        return f'{place(self._days, start, end)}" data-t={since}-{until}'

    def _kind_of(self, start: datetime, end: datetime) -> tuple[str, str]:
        """The mark of a night; and the hours in words."""
        return " n" if is_night(start, end, self._zone) else "", self._hours(start, end)

    def _hours(self, start: datetime, end: datetime) -> str:
        return f"{clock(start, self._zone)}–{clock(end, self._zone)}"


def _inside(shift: Shift, is_open: Sequence[Stretch]) -> Iterator[Stretch]:
    """The parts of a shift in which its ward is open."""
    first = bisect(is_open, shift.start, key=_start) - 1
    for since, until in is_open[max(first, 0) :]:
        if since >= shift.end:
            return
        if until > shift.start:
            yield max(since, shift.start), min(until, shift.end)


def _start(stretch: Stretch) -> datetime:
    return stretch[0]
