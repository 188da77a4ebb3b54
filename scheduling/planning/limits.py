"""What a rota asks of people beyond the usual: told, never forbidden. Pure.

Limits of the order of 30 April 2003, art. 2 and 10, for duty on site; volunteers may exceed them, and a duty from home
has others, so each is a warning. Nights, week-ends and holidays are counted as `fairness` counts them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from scheduling.opening import Stretch, join
from scheduling.planning.changes import Remark
from scheduling.planning.fairness import Burden, burden, total
from scheduling.rota import Person, Shift, Ward

NIGHTS_ON_SITE = 1  # a week
NIGHTS_FROM_HOME = 3  # a week
FREE_DAYS = 2  # week-ends and holidays a month
LONGEST_DUTY = timedelta(hours=24)
REST = timedelta(hours=11)


@dataclass(frozen=True)
class Senior:
    """What is known of somebody who is to hold shifts: everything he holds elsewhere, and when he is away."""

    person: Person
    ward_ids: frozenset[int]
    verified: bool  # his telephone was proved to be his
    leaves: tuple[Stretch, ...] = ()
    duties: tuple[Shift, ...] = ()  # of every ward, around the new shifts, without them

    def all_duties(self, added: Iterable[Shift]) -> list[Shift]:
        """What he would hold, by start."""
        return sorted([*self.duties, *added], key=lambda shift: (shift.start, shift.end))


@dataclass(frozen=True)
class _Load:
    """One person's new shifts among all that he would hold."""

    ward: Ward
    senior: Senior
    added: tuple[Shift, ...]
    duties: tuple[Shift, ...]  # old and new, by start

    @property
    def zone(self) -> str:
        return self.ward.timezone


def warnings(ward: Ward, added: Sequence[Shift], seniors: Mapping[int, Senior]) -> list[Remark]:
    """What is unusual about the new shifts of a ward; one remark a person and kind, with the first case and how many.

    `seniors` knows everybody who holds one of them.
    """
    theirs: dict[int, list[Shift]] = defaultdict(list)
    for shift in sorted(added, key=lambda shift: shift.start):
        theirs[shift.person.id].append(shift)
    loads = [
        _Load(ward, senior := seniors[person_id], tuple(mine), tuple(senior.all_duties(mine)))
        for person_id, mine in theirs.items()
    ]
    return [*_closed(ward, added), *(remark for load in loads for look in _LOOKS for remark in look(load))]


def _closed(ward: Ward, added: Sequence[Shift]) -> Iterator[Remark]:
    shut = [shift for shift in added if not ward.opening.open_time_between(shift.start, shift.end)]
    if shut:
        first = min(shut, key=lambda shift: shift.start)
        yield Remark("closed", _case(first.person.name, ward.timezone, len(shut), hours=(first.start, first.end)))


def _stranger(load: _Load) -> Iterator[Remark]:
    if load.ward.id not in load.senior.ward_ids:
        yield Remark("not_a_member", {"name": load.senior.person.name})


def _unverified(load: _Load) -> Iterator[Remark]:
    if not load.senior.verified:
        yield Remark("unverified_phone", {"name": load.senior.person.name})


def _away(load: _Load) -> Iterator[Remark]:
    met = [
        shift for shift in load.added if any(_meets((shift.start, shift.end), leave) for leave in load.senior.leaves)
    ]
    yield from _told("on_leave", load, [(shift.start, shift.end) for shift in met])


def _elsewhere(load: _Load) -> Iterator[Remark]:
    yield from _told("double_booked", load, _common(load, lambda one, other: one.ward_id != other.ward_id))


def _two_ranks(load: _Load) -> Iterator[Remark]:
    yield from _told("two_ranks", load, _common(load, lambda one, other: one.ward_id == other.ward_id))


def _common(load: _Load, wanted: Callable[[Shift, Shift], bool]) -> list[Stretch]:
    """When he would hold a new shift and another one that is `wanted` beside it."""
    new = {id(shift) for shift in load.added}
    running: list[Shift] = []
    found: list[Stretch] = []
    for later in load.duties:
        running = [earlier for earlier in running if earlier.end > later.start]
        found += [
            (later.start, min(earlier.end, later.end))
            for earlier in running
            if new & {id(earlier), id(later)} and wanted(earlier, later)
        ]
        running.append(later)
    return join(found)


def _long_duty(load: _Load) -> Iterator[Remark]:
    blocks = join((shift.start, shift.end) for shift in load.duties)
    yield from _told(
        "long_duty", load, [block for block in blocks if block[1] - block[0] > LONGEST_DUTY and _new(load, block)]
    )


def _short_rest(load: _Load) -> Iterator[Remark]:
    """Somebody who begins again within eleven hours of a night's end."""
    new = set(load.added)
    short = [
        (later.start, later.end)
        for night, later in pairwise(load.duties)
        if night.end <= later.start < night.end + REST
        and burden(night.start, night.end, load.zone).nights
        and new & {night, later}
    ]
    yield from _told("rest", load, short)


def _nights(load: _Load) -> Iterator[Remark]:
    nights, new = _burdens(load)
    weeks = _by(_week, nights.nights, new.nights)
    for code, least, most in (
        ("night_limit", NIGHTS_ON_SITE, NIGHTS_FROM_HOME),
        ("astreinte_limit", NIGHTS_FROM_HOME, 7),
    ):
        beyond = {week: count for week, count in weeks.items() if least < count <= most}
        if beyond:
            week = min(beyond)
            yield Remark(code, _case(load.senior.person.name, load.zone, len(beyond), week=week, nights=beyond[week]))


def _free_days(load: _Load) -> Iterator[Remark]:
    held, new = _burdens(load)
    months = _by(_month, _free(held), _free(new))
    beyond = {month: days for month, days in months.items() if days > FREE_DAYS}
    if beyond:
        month = min(beyond)
        values = _case(load.senior.person.name, load.zone, len(beyond), month=month, days=beyond[month])
        yield Remark("weekend_limit", values)


def _burdens(load: _Load) -> tuple[Burden, Burden]:
    """Of all that he would hold, and of the new shifts."""
    whole, new = ([(shift.start, shift.end) for shift in shifts] for shifts in (load.duties, load.added))
    return total(whole, load.zone), total(new, load.zone)


def _free(held: Burden) -> frozenset[date]:
    """Week-ends by their Saturday, and the holidays outside them."""
    apart = {day for day in held.holidays if day - timedelta(days=max(day.weekday() - 5, 0)) not in held.weekends}
    return held.weekends | apart


def _by(place: Callable[[date], date], days: Iterable[date], new: Iterable[date]) -> dict[date, int]:
    """How many days in each week or month that the new shifts touch."""
    touched = {place(day) for day in new}
    counts: dict[date, int] = defaultdict(int)
    for day in days:
        if place(day) in touched:
            counts[place(day)] += 1
    return counts


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month(day: date) -> date:
    return day.replace(day=1)


def _new(load: _Load, stretch: Stretch) -> bool:
    return any(_meets((shift.start, shift.end), stretch) for shift in load.added)


def _told(code: str, load: _Load, cases: Sequence[Stretch]) -> Iterator[Remark]:
    if cases:
        yield Remark(code, _case(load.senior.person.name, load.zone, len(cases), hours=cases[0]))


def _case(name: str, zone: str, count: int, **values: object) -> dict[str, object]:
    return {"name": name, "count": count, "zone": zone, **values}


def _meets(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


_LOOKS: tuple[Callable[[_Load], Iterator[Remark]], ...] = (
    _stranger,
    _unverified,
    _away,
    _elsewhere,
    _two_ranks,
    _long_duty,
    _short_rest,
    _nights,
    _free_days,
)
