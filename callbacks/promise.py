"""The promise: until when, what comes next, and who is told. Decisions with values in and values out.

Whoever is asked about an instant is handed `cover`, which says who is on call then. Instants are aware; arithmetic is
done in UTC, since a promise is elapsed time and a clock change does not bend it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from callbacks import spacing
from callbacks.kinds.kind import spans
from callbacks.ladder import Channel, Ladder, Role, Rung
from callbacks.quiet import quiet_hours, utc
from callbacks.spacing import APART as APART
from callbacks.states import State
from config.numbers import is_mobile
from scheduling.rota import OnCall, Person

PROMISE = timedelta(hours=24)
FILED_TO_FIRST = timedelta(minutes=5)  # the first rung fires when the call ends, and at most so much after filing
ROOM = timedelta(hours=6)  # a quarter of the promise of advice; see `room`
QUIET_LEAVES = timedelta(hours=2)  # what must be left of the promise when the quiet hours end
BEFORE_QUIET = timedelta(minutes=30)

Cover = Callable[[datetime], OnCall]


@dataclass(frozen=True)
class RequestView:
    """A request as the promise sees it."""

    id: int
    reference: str
    ward_id: int
    ward: str
    hospital: str
    timezone: str
    kind: str
    channel: str  # voice | missed_call | sms | email | page
    state: State
    caller: str | None  # the number to call back, E.164
    practitioner_id: int | None
    reach: str  # now | noon | evening
    created_at: datetime
    due_at: datetime
    claimer: Person | None
    claimed_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    parts: int  # messages left
    unheard: int
    last_rung: str | None  # the last that was climbed
    climbed_at: datetime | None  # when
    repeats: int  # how often the deadline's rung was climbed
    next_rung: str | None
    next_step_at: datetime | None
    notice_at: datetime | None  # when a word is owed, to the GP or to the ward
    retry_at: datetime | None = None  # when who has it means to try again
    retry_reason: str | None = None  # a code of `trying.REASONS`
    offered_to: int | None = None  # who is asked to take it over
    climbed: tuple[str, ...] = ()  # every rung that was climbed, the latest first; some may be in no ladder any more
    mail: str | None = None  # the address he wrote from
    about: str | None = None  # the ward it is about, where another team has it
    about_id: int | None = None
    event_at: datetime | None = None  # a discharge, planned or past

    @property
    def claimed_by(self) -> int | None:
        """The id of who has it."""
        return None if self.claimer is None else self.claimer.id

    @property
    def place(self) -> tuple[str | None, ...]:
        """Where it stands on its ladder, for `Ladder.above`: by the last rung, else by the last that is still known."""
        return (self.last_rung, *self.climbed)

    @property
    def zone(self) -> ZoneInfo:
        """The hospital's zone, in which times are said."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True)
class Step:
    """What comes next, and when at the earliest."""

    rung: str
    at: datetime


@dataclass(frozen=True)
class Alert:
    """Somebody to tell, how, and not before when. Nobody by name is the house's own ALERT_PHONE."""

    person: Person | None
    role: Role
    channel: Channel
    at: datetime


def room(view: RequestView) -> timedelta:
    """What must be left of it for a rung to wait until the team opens: of two hours for a bed, half an hour; a quarter
    of its own promise at most, where the hospital keeps another clock or a discharge is near.
    """
    ordinary = spans().get(view.kind, PROMISE)  # its own may span a night: the bed desk's two hours begin at opening
    return min(ROOM, ordinary / 4, (view.due_at - view.created_at) / 4)


def due_at(created_at: datetime, promise: timedelta = PROMISE) -> datetime:
    """Until when a senior calls back: elapsed time, also across a clock change."""
    return utc(created_at) + promise


# When -------------------------------------------------------------------------------------------------------------


def next_step(view: RequestView, cover: Cover, ladder: Ladder, now: datetime) -> Step:
    """The next rung of a request that is not closed. There always is one (invariant 6)."""
    return plan(view, cover, ladder, now)[0]


def plan(view: RequestView, cover: Cover, ladder: Ladder, now: datetime) -> list[Step]:
    """All that is left of the ladder if nobody does anything, up to the deadline or its next repeat."""
    rungs = [rung for rung in ladder.above(*view.place) if _stands(rung, view, cover)] or [ladder.last]
    ahead = not view.repeats and utc(now) < view.due_at
    while ahead and len(rungs) > 1 and _times(rungs, view, cover, now)[-1] > view.due_at:
        del rungs[0 if _below_the_head(rungs[0]) else -2]  # no room for all before the deadline: the head hears of it
    timed = zip(rungs, _times(rungs, view, cover, now), strict=True)
    return [Step(rung.name, at) for rung, at in timed if not _put_off(rung, at, view)]


def postponed(view: RequestView, cover: Cover, ladder: Ladder, now: datetime) -> Step | None:
    """What comes instead when the rung that is due may not be climbed after all; None: climb it.

    An open request keeps the time it was given, which may have been hurried; a claimed one goes by its plan.
    """
    rung = ladder.find(view.next_rung)
    if rung is None or view.claimer is not None:
        step = next_step(view, cover, ladder, now)
        return None if step.rung == view.next_rung and step.at <= now else step
    at = settle(rung, utc(now), view, cover)
    return None if at <= now else Step(rung.name, at)


def made_up_for(view: RequestView, ladder: Ladder) -> str | None:
    """The rung that comes at once when who has it gives it back, if one of the seniors' was passed over meanwhile."""
    above = ladder.above(*view.place) or (ladder.last,)
    passed = takewhile(lambda rung: rung.name != view.next_rung, above)
    left_out = view.climbed_at is None or any(rung.for_seniors and not rung.unclaimed_only for rung in passed)
    return above[0].name if left_out else None


def hurried(view: RequestView, cover: Cover, ladder: Ladder, now: datetime) -> Step | None:
    """The next rung, sooner, since an alert of the last one did not arrive; None: it stays as it is."""
    rung = ladder.find(view.next_rung)
    if rung is None or rung.repeat is not None or view.claimer is not None or view.next_step_at is None:
        return None
    earliest = _earliest(view, now)
    at = max(settle(rung, earliest, view, cover), earliest)
    return Step(rung.name, at) if at < view.next_step_at else None


def settle(rung: Rung, at: datetime, view: RequestView, cover: Cover) -> datetime:
    """When a rung that falls at `at` may be climbed: closed wards and quiet hours move it.

    It is asked again when the rung is about to be climbed, since rotas and claims change.
    """
    if _is_deadline(rung, view):
        return at
    on_call = cover(at)
    opening = _opening_to_wait_for(rung, view, on_call)
    if opening is not None:
        return opening
    called = _called(rung, view, on_call)
    above = [each for each in called if each.person is None or each.person != view.claimer]
    if any(_hears(each, rung, view, on_call, at) for each in above or called):  # a reminder moves no rung
        return at
    return _out_of_quiet(rung, view, at)


def _stands(rung: Rung, view: RequestView, cover: Cover) -> bool:
    """Whether the rung is still to be climbed: not for a claimed request when it looks for somebody to claim it,
    nor when the line opens too late for it to be of use.
    """
    if rung.unclaimed_only and view.claimer is not None:
        return False
    if _put_off(rung, _nominal(rung, view, cover), view):
        return False
    return rung.after_open is None or _nominal(rung, view, cover) <= view.due_at - room(view)


def _put_off(rung: Rung, at: datetime, view: RequestView) -> bool:
    """Who has it and says when he tries again is reminded then, and not before; who is above him hears as ever."""
    return view.claimer is not None and view.retry_at is not None and _below_the_head(rung) and at < view.retry_at


def _below_the_head(rung: Rung) -> bool:
    """Whether it speaks to seniors and to nobody above them, as long as somebody is on call."""
    return max(rung.to) <= Role.SECOND


def _nominal(rung: Rung, view: RequestView, cover: Cover) -> datetime:
    if rung.repeat is not None and view.repeats and view.climbed_at is not None:
        return utc(view.climbed_at) + rung.repeat
    if rung.share is not None:
        return utc(view.created_at) + rung.share * (view.due_at - view.created_at)
    return _after_open(utc(view.created_at), rung.after_open or timedelta(), cover)


def _after_open(start: datetime, duration: timedelta, cover: Cover) -> datetime:
    """The instant when the line has answered for `duration`, by the ward itself or by the one that covers it."""
    if not duration:
        return start
    answered = cover(start).answering is not None and cover(start + duration).answering is not None
    return start + duration if answered else cover(start).ward.opening.after_open_time(start, duration)


def _is_deadline(rung: Rung, view: RequestView) -> bool:
    """The deadline itself never moves; its repeats keep to quiet hours, since nothing can be saved by then."""
    return rung.repeat is not None and not view.repeats


def _opening_to_wait_for(rung: Rung, view: RequestView, on_call: OnCall) -> datetime | None:
    """The ward's opening, when it is closed without cover and opens while enough of the promise is left."""
    if on_call.answering is not None or view.claimer is not None or not rung.for_seniors:
        return None
    opening = on_call.next_opening
    return opening if opening is not None and view.due_at - opening >= room(view) else None


def _times(rungs: Sequence[Rung], view: RequestView, cover: Cover, now: datetime) -> list[datetime]:
    """When each of these rungs comes, if it is not asked again meanwhile."""
    nominal = [_nominal(rung, view, cover) for rung in rungs]
    settled = [settle(rung, at, view, cover) for rung, at in zip(rungs, nominal, strict=True)]
    times = spacing.pulled(nominal, settled)
    if not view.repeats and utc(now) < view.due_at:
        times = spacing.before(utc(view.due_at), times)
    return spacing.apart(times, _earliest(view, now))


def _earliest(view: RequestView, now: datetime) -> datetime:
    return utc(now) if view.climbed_at is None else max(utc(now), utc(view.climbed_at) + APART)


# Who --------------------------------------------------------------------------------------------------------------


def who(rung: Rung, view: RequestView, on_call: OnCall, now: datetime) -> tuple[Alert, ...]:
    """Whom the rung tells if it is climbed now, each person once a channel; in quiet hours some are told later."""
    told: dict[tuple[int | None, Channel], Alert] = {}
    for called in _called(rung, view, on_call):
        at = utc(now) if _hears(called, rung, view, on_call, now) else _later(rung, view, now)
        # Who has claimed it is reminded, not rung.
        by = (Channel.SMS,) if called.person is not None and called.person == view.claimer else rung.by
        for channel in channels(called.person, by):
            key = (called.person.id if called.person else None, channel)
            told.setdefault(key, Alert(called.person, called.role, channel, at))
    return tuple(told.values())


def channels(person: Person | None, by: Iterable[Channel]) -> tuple[Channel, ...]:
    """How this person can be told: who texted STOP, or has no mobile, is phoned instead of texted."""
    textable = person is None or (is_mobile(person.phone) and not person.opted_out)
    return tuple(dict.fromkeys(channel if textable else Channel.CALL for channel in by))


def on_shift(person: Person, on_call: OnCall) -> bool:
    """Whether this person is on call: no hour is quiet for him."""
    return any(ranked.person == person for ranked in on_call.seniors)


@dataclass(frozen=True)
class _Called:
    """The role a rung asks for, and who stands there: that role itself or the next above it that is filled."""

    asked: Role
    role: Role
    person: Person | None


def _called(rung: Rung, view: RequestView, on_call: OnCall) -> list[_Called]:
    roles = rung.nobody if rung.for_seniors and not on_call.seniors else rung.to
    found = [_upward(role, on_call) for role in roles]
    if view.claimer is None:
        return found
    claimer = _Called(Role.SENIOR, Role.SENIOR, view.claimer)
    if rung.for_seniors and not _reminded(view):
        return [claimer]
    return [claimer, *(each for each in found if _goes_on_to(each.person, rung, view.claimer, on_call))]


def _goes_on_to(person: Person | None, rung: Rung, claimer: Person, on_call: OnCall) -> bool:
    """Whether the ladder, above the claimer, still reaches this person: the head never learns of it too late."""
    if person is None or not rung.for_seniors:
        return person != claimer
    return _level(person, on_call) > _level(claimer, on_call)


_UPWARD = tuple(Role)


def _upward(asked: Role, on_call: OnCall) -> _Called:
    for role in _UPWARD[asked:]:
        person = _holder(role, on_call)
        if person is not None:
            return _Called(asked, role, person)
    return _Called(asked, Role.HOUSE, None)


def _holder(role: Role, on_call: OnCall) -> Person | None:
    if role <= Role.SECOND:  # of a rota of one he hears again
        return on_call.seniors[min(role, len(on_call.seniors) - 1)].person if on_call.seniors else None
    return {Role.HEAD: on_call.ward.head, Role.COORDINATOR: on_call.ward.coordinator}.get(role)


def _level(person: Person, on_call: OnCall) -> int:
    """How high this person stands; -1 for who is off duty: everybody on call is above him."""
    return max((role for role in Role if _holder(role, on_call) == person), default=-1)


def _reminded(view: RequestView) -> bool:
    """Whether a rung was climbed since the request was claimed: the first only reminds the claimer."""
    return view.climbed_at is not None and view.claimed_at is not None and view.climbed_at > view.claimed_at


def _hears(called: _Called, rung: Rung, view: RequestView, on_call: OnCall, at: datetime) -> bool:
    """Whether quiet hours leave this alert alone."""
    nobody_on_call = on_call.answering is not None and not on_call.seniors  # closed is not nobody-on-call
    first = rung.at_once and on_call.answering is not None  # a closed ward's head is told by day
    return (
        quiet_hours(at, view.zone) is None
        or called.person is None
        or first
        or _is_deadline(rung, view)
        or on_shift(called.person, on_call)
        or (nobody_on_call and called.asked is Role.HEAD)
    )


def _out_of_quiet(rung: Rung, view: RequestView, at: datetime) -> datetime:
    """Where quiet hours move a rung: to their end, else before their start."""
    quiet = quiet_hours(at, view.zone)
    if quiet is None:
        return at
    start, end = quiet
    waits = view.due_at - end >= QUIET_LEAVES or rung.repeat is not None
    return end if waits else start - BEFORE_QUIET


def _later(rung: Rung, view: RequestView, now: datetime) -> datetime:
    """When somebody who should not be woken is told: at the end of the quiet hours, or at once if that is too late."""
    return max(_out_of_quiet(rung, view, now), utc(now))
