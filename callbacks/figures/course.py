"""What became of a request while it was watched: the first try, the contact, the end, told from its events. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from callbacks.assessed import UNANSWERED
from callbacks.figures.periods import FOLLOWED
from callbacks.states import Kind, State
from callbacks.trying import Result

BREACH = timedelta(hours=48)  # after a discharge, for its letter (domain 2.8)
BY_A_CALL = "JOINT"  # he was put through: the conversation is that call's
# Closed so, nobody spoke to the GP, nor gave him what he asked for.
_NOBODY_SPOKE = UNANSWERED - {BY_A_CALL}


@dataclass(frozen=True)
class Happening:
    """An event of a request; `said`: the outcome, the result of a try, the name of a rung."""

    at: datetime
    kind: str
    said: str = ""


@dataclass(frozen=True)
class Watched:
    """A request as it was filed, and until when it is looked at: now, or the end of three weeks."""

    created_at: datetime
    due_at: datetime
    until: datetime
    event_at: datetime | None = None

    @classmethod
    def at(cls, now: datetime, created_at: datetime, due_at: datetime, event_at: datetime | None = None) -> "Watched":
        """What is seen of it now."""
        return cls(created_at, due_at, min(now, created_at + FOLLOWED), event_at)


@dataclass
class Course:
    """How it went. `tries`: until contact; `closing`: nobody noted a try, but it was closed as spoken about."""

    state: State = State.OPEN
    claim: datetime | None = None
    first_try: datetime | None = None
    contact: datetime | None = None
    end: datetime | None = None
    outcome: str = ""
    tries: int = 0
    closing: bool = False
    withdrawn: datetime | None = None
    level: str = ""


# What happens at one instant, in this order: a try is noted with the end that it led to.
_SAME_INSTANT = tuple(
    str(kind) for kind in (Kind.FILED, Kind.CLAIMED, Kind.ACCEPTED, Kind.ATTEMPTED, Kind.ANSWERED, Kind.DENIED)
)
_ENDS = {Kind.DONE: State.DONE, Kind.WITHDRAWN: State.WITHDRAWN, Kind.UNREACHABLE: State.UNREACHABLE}


def course(happenings: Iterable[Happening], until: datetime) -> Course:
    """What the events until then add up to, in whatever order they are handed over."""
    found = Course()
    for each in sorted((each for each in happenings if each.at <= until), key=_order):
        _after(found, each)
    return found


def _order(each: Happening) -> tuple[datetime, int, str, str]:
    place = _SAME_INSTANT.index(each.kind) if each.kind in _SAME_INSTANT else len(_SAME_INSTANT)
    return each.at, place, each.kind, each.said


def _after(found: Course, each: Happening) -> None:
    match each.kind:
        case Kind.CLAIMED | Kind.ACCEPTED:
            found.claim = found.claim or each.at
            found.state = State.CLAIMED
        case Kind.RELEASED:
            found.state = State.OPEN
        case Kind.ATTEMPTED if each.said != Result.CANCELED:
            _tried(found, each.at, reached=each.said == Result.REACHED)
        case Kind.ANSWERED:
            _tried(found, each.at, reached=True)
        case Kind.DONE | Kind.WITHDRAWN | Kind.UNREACHABLE:
            _ended(found, each)
        case Kind.DENIED:
            _denied(found)
        case Kind.REOPENED:
            found.state, found.end, found.outcome, found.withdrawn = State.OPEN, None, "", None
        case Kind.RUNG:
            found.level = each.said


def _tried(found: Course, at: datetime, *, reached: bool) -> None:
    found.first_try = found.first_try or at
    if found.contact is None:
        found.tries += 1
        found.contact = at if reached else None


def _ended(found: Course, each: Happening) -> None:
    kind = Kind(each.kind)
    found.state, found.end, found.outcome = _ENDS[kind], each.at, each.said
    if kind is Kind.WITHDRAWN:
        found.withdrawn = each.at
    if kind is Kind.DONE and each.said not in _NOBODY_SPOKE and found.contact is None:
        found.closing = found.first_try is None
        _tried(found, each.at, reached=True)


def _denied(found: Course) -> None:
    """He was not called, whatever was noted; nor was he tried, when only the closing said so."""
    found.contact = None
    if found.closing:
        found.first_try, found.tries, found.closing = None, 0, False


# What a fact says of it ---------------------------------------------------------------------------------------------


def seconds(since: datetime, at: datetime | None) -> int | None:
    """Whole seconds; None when it has not happened."""
    return None if at is None else (at - since) // timedelta(seconds=1)


def observed(watched: Watched, found: Course) -> datetime:
    """Until when who waits was seen waiting: who ended without contact waits no more."""
    return found.end if found.end is not None and found.contact is None else watched.until


def late(watched: Watched, found: Course) -> str:
    """Why nobody tried in time: unclaimed, untried; "" when somebody did, or it is not due."""
    due = watched.due_at
    if due > watched.until or (found.first_try is not None and found.first_try <= due):
        return ""
    return "untried" if found.claim is not None and found.claim <= due else "unclaimed"


def withdrawn(watched: Watched, found: Course) -> bool:
    """Whether the GP took it back before it was due, untried."""
    return found.withdrawn is not None and found.withdrawn <= watched.due_at and found.first_try is None


def breach(watched: Watched, found: Course) -> bool | None:
    """Whether a letter came more than 48 hours after the discharge; None: not known, or not yet."""
    if watched.event_at is None:
        return None
    last = watched.event_at + BREACH
    if (found.end or watched.until) > last:
        return True
    return False if found.end is not None else None


def settles(watched: Watched, found: Course) -> datetime:
    """From when on time alone changes nothing of it."""
    last = watched.created_at + FOLLOWED
    return min(last, watched.due_at) if found.contact or found.end else last
