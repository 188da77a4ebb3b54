"""Building a ward's rota from its templates: what an editor orders, read and planned; nothing is written here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from scheduling import rota, store
from scheduling.opening import Stretch
from scheduling.planning import known, limits
from scheduling.planning.changes import Change, Remark, Slot
from scheduling.planning.fairness import Tally, total
from scheduling.planning.limits import Senior
from scheduling.planning.patterns import Template, instant
from scheduling.planning.rotation import Booked, Known, Mode, Plan, Wish, plan
from scheduling.rota import Held, Shift, Ward

LONGEST = timedelta(days=100)  # a quarter and a week
_EDGE = timedelta(days=7)  # a night that began before, a week that somebody has begun


class Fault(StrEnum):
    """Why an order cannot be planned."""

    NO_SENIOR = "no_senior"
    NO_TEMPLATE = "no_template"
    BACKWARDS = "backwards"
    TOO_LONG = "too_long"
    PAST = "past"


@dataclass(frozen=True)
class Order:
    """What an editor asks for: these days, from the first to the last one, these seniors in this order."""

    first: date
    last: date
    seniors: tuple[int, ...]
    templates: tuple[Template, ...]
    mode: Mode = Mode.FAIR
    together: bool = True
    replace: bool = False
    look_back: int = 3  # months whose nights, week-ends and holidays count

    @property
    def days(self) -> tuple[date, ...]:
        """Each day of it."""
        return tuple(self.first + timedelta(day) for day in range((self.last - self.first).days + 1))

    def faults(self, today: date) -> list[Fault]:
        """What is wrong with it."""
        checks = {
            Fault.NO_SENIOR: not self.seniors,
            Fault.NO_TEMPLATE: not self.templates,
            Fault.BACKWARDS: self.last < self.first,
            Fault.TOO_LONG: self.last - self.first > LONGEST,
            Fault.PAST: self.last < today,
        }
        return [found for found, wrong in checks.items() if wrong]


@dataclass(frozen=True)
class Built:
    """The plan, what it was made of, and how the rota would stand with it."""

    order: Order
    plan: Plan
    removed: tuple[Held, ...]
    kept: tuple[Held, ...]  # what stays of what is there
    added: tuple[Shift, ...]
    seniors: Mapping[int, Senior]
    warnings: tuple[Remark, ...]
    holes: tuple[Stretch, ...]  # open, and nobody of any rank
    published: tuple[date, ...]  # months that this would amend

    @property
    def changes(self) -> bool:
        """Whether there is anything to put in or take out."""
        return bool(self.added or self.removed)


def build(conn: Connection, ward: Ward, order: Order, now: datetime) -> Built:
    """What the order would do to the rota of this ward now."""
    span = _midnights(order, ward.timezone)
    held = store.held_between(conn, [ward.id], span[0] - _EDGE, span[1] + _EDGE)
    holders = {each.shift.person.id: Senior(each.shift.person, frozenset(), verified=True) for each in held}
    here = known.seniors(conn, {*order.seniors, *holders}, span)
    seniors = {**holders, **here}  # who has left and still holds shifts is none to be chosen
    present = tuple(person_id for person_id in order.seniors if person_id in here)
    wish = Wish(order.days, order.templates, present, now, order.mode, order.together, order.replace)
    made = plan(wish, _reckoned(conn, ward, order, held, seniors))
    return _built(conn, ward, order, made, held, seniors)


def _midnights(order: Order, timezone: str) -> Stretch:
    return instant(order.first, 0, timezone), instant(order.last + timedelta(1), 0, timezone)


def _reckoned(conn: Connection, ward: Ward, order: Order, held: Sequence[Held], seniors: Mapping[int, Senior]) -> Known:
    return Known(
        opening=ward.opening,
        held=tuple(
            Booked(each.id, each.shift.rank, each.shift.person.id, each.shift.start, each.shift.end) for each in held
        ),
        elsewhere={person_id: _elsewhere(senior, ward.id) for person_id, senior in seniors.items()},
        leaves={person_id: senior.leaves for person_id, senior in seniors.items()},
        before=_lately(conn, ward, order),
    )


def _elsewhere(senior: Senior, ward_id: int) -> list[Stretch]:
    return [(shift.start, shift.end) for shift in senior.duties if shift.ward_id != ward_id]


def _lately(conn: Connection, ward: Ward, order: Order) -> dict[int, Tally]:
    """What each of the seniors bore in this ward in the months before."""
    if not order.look_back:
        return {}
    since = instant(_months_before(order.first, order.look_back), 0, ward.timezone)
    until, _ = _midnights(order, ward.timezone)
    shifts = store.shifts_between(conn, [ward.id], since, until)
    return {
        person_id: total(_begun(shifts, person_id, since, until), ward.timezone).tally for person_id in order.seniors
    }


def _begun(shifts: Sequence[Shift], person_id: int, since: datetime, until: datetime) -> list[Stretch]:
    return [(one.start, one.end) for one in shifts if one.person.id == person_id and since <= one.start < until]


def _months_before(day: date, months: int) -> date:
    """The same day, or the last of its month, so many months earlier."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(day.day - 1), first_of_next - timedelta(1))


def _built(
    conn: Connection, ward: Ward, order: Order, made: Plan, held: Sequence[Held], seniors: Mapping[int, Senior]
) -> Built:
    removed = tuple(each for each in held if each.id in made.removed)
    kept = tuple(each for each in held if each.id not in made.removed)
    added = tuple(_shift(ward, slot, seniors) for slot in made.added)
    span = _midnights(order, ward.timezone)
    months = Change(removed, made.added).months(ward.timezone)
    without = _without(seniors, removed)
    return Built(
        order=order,
        plan=made,
        removed=removed,
        kept=kept,
        added=added,
        seniors=seniors,
        warnings=tuple(limits.warnings(ward, added, without)),
        holes=tuple(rota.holes(ward.opening, [*(each.shift for each in kept), *added], *span)),
        published=tuple(known.published(conn, ward.id, months)),
    )


def _without(seniors: Mapping[int, Senior], removed: Collection[Held]) -> dict[int, Senior]:
    """The same people without the duties that would be taken out."""
    gone = {each.shift for each in removed}
    return {
        person_id: replace(senior, duties=tuple(duty for duty in senior.duties if duty not in gone))
        for person_id, senior in seniors.items()
    }


def _shift(ward: Ward, slot: Slot, seniors: Mapping[int, Senior]) -> Shift:
    return Shift(ward.id, slot.rank, seniors[slot.person_id].person, slot.start, slot.end)
