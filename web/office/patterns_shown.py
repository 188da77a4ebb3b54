"""What a plan would do to a rota, as a page shows it: a calendar, who bears how much, what is left open and why."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from scheduling import opening_words
from scheduling.holidays_fr import name_of
from scheduling.opening import Stretch, without
from scheduling.planning import month_words
from scheduling.planning.building import Built, Order
from scheduling.planning.fairness import Tally
from scheduling.planning.patterns import Template, local_day
from scheduling.planning.rotation import Reason
from scheduling.rota import Person, Shift, Ward
from web.office import patterns_asked
from web.office.guard import Visitor
from web.office.patterns_asked import Preset
from web.office.period import WEEK, monday_of
from web.office.rota_shown import hues, is_night
from web.office.rota_words import hours, month_of, written


@dataclass(frozen=True)
class Entry:
    """Somebody on call, in the cell of the day it begins on; a hole has no name."""

    start: datetime
    hours: str  # "08:30–18:30"
    rank: int = 0
    name: str = ""
    new: bool = False
    night: bool = False
    hue: int = 0


@dataclass(frozen=True)
class Cell:
    """One day of the calendar; `outside` of what was asked for, it is empty."""

    day: date
    label: str  # "lundi 7 décembre"
    holiday: str
    outside: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Part:
    """One senior's part: what he bore lately, and on those days with this plan."""

    name: str
    before: Tally
    after: Tally
    leave: bool

    @property
    def hours(self) -> int:
        """Of his shifts on those days."""
        return round(self.after.time / timedelta(hours=1))


@dataclass(frozen=True)
class Open:
    """A place for which nobody was found, and who cannot for which reason."""

    when: str
    rank: int
    why: tuple[tuple[Reason, str], ...]  # reason, names


@dataclass(frozen=True)
class Days:
    """Days that are often wanted, and the address that asks for them."""

    name: str
    first: date
    last: date
    url: str


def presets(visitor: Visitor, ward: Ward, order: Order, today: date) -> list[Days]:
    """Next month and others, with all else as it is ordered."""
    return [_preset(visitor, ward, order, preset) for preset in patterns_asked.presets(today)]


def _preset(visitor: Visitor, ward: Ward, order: Order, preset: Preset) -> Days:
    fields: dict[str, Any] = defaultdict(list)
    for name, value in patterns_asked.fields(replace(order, first=preset.first, last=preset.last)):
        fields[name].append(value)
    name = visitor.say(
        f"patterns.preset_{preset.name}",
        month=month_of(preset.first, visitor.language),
        day=month_words.dated(preset.first, "d MMMM", visitor.language),
        count=((preset.last - preset.first).days + 1) // 7,
    )
    return Days(name, preset.first, preset.last, url_for("patterns.see", slug=ward.slug, **fields))


@dataclass(frozen=True)
class Preview:
    """One ward's plan, in the visitor's language."""

    ward: Ward
    built: Built
    language: str

    @property
    def zone(self) -> ZoneInfo:
        """The hospital's."""
        return ZoneInfo(self.ward.timezone)

    @property
    def first(self) -> str:
        """The first day, in words."""
        return month_words.dated(self.built.order.first, "d MMMM", self.language)

    @property
    def last(self) -> str:
        """The last day, in words."""
        return month_words.dated(self.built.order.last, "d MMMM y", self.language)

    @property
    def months(self) -> str:
        """The published months that it would amend."""
        return ", ".join(month_of(month, self.language) for month in self.built.published)

    @cached_property
    def weeks(self) -> list[list[Cell]]:
        """Every week that the order touches, from Monday to Sunday."""
        order = self.built.order
        monday, weeks = monday_of(order.first), []
        while monday <= order.last:
            days = [monday + timedelta(day) for day in range(7)]
            weeks.append([self._cell(day) for day in days])
            monday += WEEK
        return weeks

    @property
    def weekdays(self) -> list[str]:
        """Their names."""
        return [written(cell.day, "EEEE", self.language) for cell in self.weeks[0]]

    def _cell(self, day: date) -> Cell:
        outside = not self.built.order.first <= day <= self.built.order.last
        return Cell(
            day=day,
            label=month_words.dated(day, "EEEE d MMMM", self.language),
            holiday=name_of(day, self.ward.timezone, self.language) or "",
            outside=outside,
            entries=() if outside else tuple(sorted(self._entries.get(day, ()), key=lambda one: (one.start, one.rank))),
        )

    @property
    def several_ranks(self) -> bool:
        """Whether a number is needed to tell who is rung first."""
        return any(entry.rank > 1 for entries in self._entries.values() for entry in entries)

    @cached_property
    def _entries(self) -> Mapping[date, list[Entry]]:
        """By the day they begin on."""
        shifts = [(each.shift, False) for each in self.built.kept] + [(shift, True) for shift in self.built.added]
        colours = hues(shift.person.id for shift, _ in shifts)
        by_day: dict[date, list[Entry]] = defaultdict(list)
        for shift, new in shifts:
            by_day[local_day(shift.start, self.ward.timezone)].append(self._entry(shift, new, colours[shift.person.id]))
        for day, hole in self._holes_by_day():
            by_day[day].append(Entry(hole[0], self._clocks(hole)))
        return by_day

    def _entry(self, shift: Shift, new: bool, hue: int) -> Entry:
        night = is_night(shift.start, shift.end, self.zone)
        clocks = self._clocks((shift.start, shift.end))
        return Entry(shift.start, clocks, shift.rank, shift.person.name, new, night, hue)

    def _holes_by_day(self) -> Iterator[tuple[date, Stretch]]:
        """A hole stands on each day it touches, but for the morning after a night."""
        for start, end in self.built.holes:
            since = start
            while since < end:
                day = local_day(since, self.ward.timezone)
                next_noon = datetime.combine(day + timedelta(1), datetime.min.time(), self.zone) + timedelta(hours=12)
                until = end if end <= next_noon else next_noon - timedelta(hours=12)
                yield day, (since, until)
                since = until

    def _clocks(self, stretch: Stretch) -> str:
        return month_words.hours(stretch, self.ward.timezone, self.language)

    @property
    def parts(self) -> list[Part]:
        """Everybody chosen, in the chosen order."""
        seniors = self.built.seniors
        return [
            Part(
                seniors[share.person_id].person.name,
                share.before,
                share.after,
                any(self._is_inside(leave) for leave in seniors[share.person_id].leaves),
            )
            for share in self.built.plan.shares
        ]

    def _is_inside(self, leave: Stretch) -> bool:
        days = self.built.order.first, self.built.order.last
        return local_day(leave[0], self.ward.timezone) <= days[1] and local_day(leave[1], self.ward.timezone) >= days[0]

    @property
    def open(self) -> list[Open]:
        """What nobody could be found for."""
        return [
            Open(
                hours(hole.place.start, hole.place.end, self.ward.timezone, self.language),
                hole.place.rank,
                tuple(self._by_reason(hole.why)),
            )
            for hole in self.built.plan.unfilled
        ]

    @property
    def holes_outside(self) -> list[str]:
        """Hours when the ward is open, and that no chosen template asks for."""
        asked = [(hole.place.start, hole.place.end) for hole in self.built.plan.unfilled]
        left = [part for start, end in self.built.holes for part in without(start, end, asked)]
        return [hours(*part, self.ward.timezone, self.language) for part in left]

    def _by_reason(self, why: Sequence[tuple[int, Reason]]) -> Iterator[tuple[Reason, str]]:
        for reason in Reason:
            names = [self.built.seniors[person_id].person.name for person_id, found in why if found is reason]
            if names:
                yield reason, ", ".join(names)

    @property
    def going(self) -> list[str]:
        """What would be taken out: who and when."""
        return [self._told(each.shift.person, each.shift.start, each.shift.end) for each in self.built.removed]

    @property
    def tired(self) -> list[str]:
        """Who would begin again too soon, and when."""
        seniors = self.built.seniors
        return [self._told(seniors[slot.person_id].person, slot.start, slot.end) for slot in self.built.plan.tired]

    def _told(self, person: Person, start: datetime, end: datetime) -> str:
        return f"{person.name}, {hours(start, end, self.ward.timezone, self.language)}"


def hours_in_words(template: Template, language: str) -> str:
    """A template's hours as people write them."""
    return opening_words.shown(template.hours, language)
