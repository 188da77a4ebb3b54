"""What a ladder asks of people: of a request that nobody touches, and of those of last month as they really went. Pure.

A rehearsal climbs a ladder for every request until its first end, with what was really done to it on the way, and
counts who would have been told. It does not guess who would have acted sooner, had he been told sooner.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from callbacks import promise
from callbacks.ladder import Channel, Ladder, Role
from callbacks.promise import Alert, Cover, RequestView
from callbacks.quiet import quiet_hours, utc
from callbacks.states import Kind, State
from scheduling.rota import Person

HOUR = timedelta(hours=1)
FORGOTTEN = timedelta(hours=24)  # after its deadline a request counts no more: who forgot it would drown all others


@dataclass(frozen=True)
class Climbed:
    """A rung as it is climbed, and whom it tells."""

    rung: str
    at: datetime
    deadline: bool
    alerts: tuple[Alert, ...]


@dataclass(frozen=True)
class Act:
    """What was done to a request that its ladder goes by: claimed, accepted, released, postponed."""

    at: datetime
    kind: Kind
    person: Person | None = None
    until: datetime | None = None  # when who has it means to try again


@dataclass(frozen=True)
class Past:
    """A request of the past as it was filed, what was done to it, and until when a ladder was climbed for it."""

    view: RequestView
    acts: tuple[Act, ...]
    until: datetime  # its first end, or now


def climbs(
    view: RequestView, cover: Cover, ladder: Ladder, until: datetime, acts: Iterable[Act] = ()
) -> Iterator[Climbed]:
    """The rungs that are climbed for a request just filed before `until`, given what is done to it meanwhile."""
    now, coming = utc(view.created_at), deque(sorted(acts, key=lambda act: act.at))
    view = replace(view, next_rung=ladder.rungs[0].name, next_step_at=now)
    while (at := view.next_step_at) is not None:
        if coming and coming[0].at <= at:
            view, now = _done(view, coming[0], ladder), max(now, utc(coming.popleft().at))
            continue
        now = max(now, at)
        if now >= until:
            return
        step = promise.postponed(view, cover, ladder, now)
        if step is None:
            climbed = _climbed(view, cover, ladder, now)
            yield climbed
            repeats = view.repeats + climbed.deadline
            view = replace(view, last_rung=climbed.rung, climbed_at=now, repeats=repeats)
            step = promise.next_step(view, cover, ladder, now)
        view = replace(view, next_rung=step.rung, next_step_at=step.at)


def _climbed(view: RequestView, cover: Cover, ladder: Ladder, now: datetime) -> Climbed:
    rung = ladder.find(view.next_rung) or ladder.last
    return Climbed(rung.name, now, rung.repeat is not None, promise.who(rung, view, cover(now), now))


def _done(view: RequestView, act: Act, ladder: Ladder) -> RequestView:
    """The request once this was done to it, as `holding` does it."""
    match act.kind:
        case Kind.CLAIMED | Kind.ACCEPTED:
            return replace(view, state=State.CLAIMED, claimer=act.person, claimed_at=act.at, retry_at=None)
        case Kind.POSTPONED:
            return replace(view, retry_at=act.until)
        case Kind.RELEASED:
            return _given_back(view, act.at, ladder)
    return view


def _given_back(view: RequestView, at: datetime, ladder: Ladder) -> RequestView:
    free = replace(view, state=State.OPEN, claimer=None, claimed_at=None, retry_at=None)
    rung = promise.made_up_for(view, ladder)
    return free if rung is None else replace(free, next_rung=rung, next_step_at=min(view.next_step_at or at, utc(at)))


# Counting -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Count:
    """So many alerts, and how many of them between 20:00 and 08:00."""

    all: int = 0
    night: int = 0


@dataclass(frozen=True)
class Busiest:
    """The most that one person was told within an hour, and from when on; nobody by name is the house's number."""

    count: int
    person: Person | None
    at: datetime


@dataclass(frozen=True)
class Figures:
    """What a ladder would have asked of people."""

    alerts: Mapping[tuple[Role, Channel], Count]
    to_head: int  # requests of which a head of ward would have heard
    overdue: int  # requests that met their deadline on the ladder
    busiest: Busiest | None

    def count(self, role: Role, channel: Channel) -> Count:
        """How often this role was told so."""
        return self.alerts.get((role, channel), Count())

    @property
    def total(self) -> Count:
        """All alerts."""
        counts = self.alerts.values()
        return Count(sum(each.all for each in counts), sum(each.night for each in counts))


@dataclass(frozen=True)
class Told:
    """One alert as somebody got it."""

    request_id: int
    alert: Alert
    night: bool


def figures(pasts: Iterable[Past], cover_of: Callable[[int], Cover], ladder: Ladder) -> Figures:
    """What this ladder would have asked of people; `cover_of` a ward says who was on call there."""
    told: list[Told] = []
    overdue = 0
    for past in pasts:
        until = min(past.until, past.view.due_at + FORGOTTEN)
        climbed = list(climbs(past.view, cover_of(past.view.ward_id), ladder, until, past.acts))
        overdue += any(each.deadline for each in climbed)
        told += [heard for each in climbed for heard in _heard(past, each)]
    return Figures(
        alerts=_by_role(told),
        to_head=len({each.request_id for each in told if each.alert.role is Role.HEAD}),
        overdue=overdue,
        busiest=_busiest(told),
    )


def _heard(past: Past, climbed: Climbed) -> Iterator[Told]:
    """What left in time: an alert that waits for the morning is dropped when somebody acts before."""
    claims = [act.at for act in past.acts if act.kind in (Kind.CLAIMED, Kind.ACCEPTED) and act.at > climbed.at]
    dropped_at = min([past.until] if climbed.deadline else [past.until, *claims])
    for alert in climbed.alerts:
        if alert.at < dropped_at or alert.at == climbed.at:
            yield Told(past.view.id, alert, quiet_hours(alert.at, past.view.zone) is not None)


def _by_role(told: Iterable[Told]) -> Mapping[tuple[Role, Channel], Count]:
    every: Counter[tuple[Role, Channel]] = Counter()
    night: Counter[tuple[Role, Channel]] = Counter()
    for each in told:
        key = (each.alert.role, each.alert.channel)
        every[key] += 1
        night[key] += each.night
    return {key: Count(count, night[key]) for key, count in every.items()}


def _busiest(told: Iterable[Told]) -> Busiest | None:
    by_person: dict[int | None, list[Alert]] = {}
    for each in told:
        by_person.setdefault(each.alert.person.id if each.alert.person else None, []).append(each.alert)
    found = [_hour(sorted(alerts, key=lambda alert: alert.at)) for alerts in by_person.values()]
    return max(
        found, key=lambda one: (one.count, -one.at.timestamp(), one.person.id if one.person else 0), default=None
    )


def _hour(alerts: Sequence[Alert]) -> Busiest:
    """The hour in which most of these, in order, fall; the first of several."""
    within: deque[Alert] = deque()
    best = Busiest(0, None, alerts[0].at)
    for alert in alerts:
        within.append(alert)
        while within[0].at <= alert.at - HOUR:
            within.popleft()
        if len(within) > best.count:
            best = Busiest(len(within), alert.person, within[0].at)
    return best
