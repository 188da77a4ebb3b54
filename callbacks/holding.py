"""Who has a request in hand: claimed, given back, handed to a colleague who accepts, put off inside the promise.

Everything may be said twice: what is already so changes nothing and gets the same answer. Nothing here commits. After
the commit ring `climb`: who must be told is told by the ladder's hand, from what is written here.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from callbacks import ladders, outbox, promise, register
from callbacks.entries import OPEN, PENDING, move
from callbacks.purposes import UNCLAIMED
from callbacks.quiet import utc
from callbacks.states import Kind, State
from callbacks.trying import REASONS
from config.clock import Moment


@dataclass(frozen=True)
class Claimed:
    """It is theirs."""

    by: int


@dataclass(frozen=True)
class AlreadyClaimed:
    """A colleague has it."""

    by: int
    name: str


@dataclass(frozen=True)
class Released:
    """It is the ward's again."""


@dataclass(frozen=True)
class Offered:
    """A colleague is asked to take it over."""

    to: int


@dataclass(frozen=True)
class Refused:
    """He who was asked does not take it: it stays where it was."""


@dataclass(frozen=True)
class NotOffered:
    """He is not asked, or not any more."""


@dataclass(frozen=True)
class Postponed:
    """Until when who has it is left alone."""

    until: datetime


@dataclass(frozen=True)
class NotThen:
    """That time is past, or not inside the promise: it must be before `latest`."""

    latest: datetime


@dataclass(frozen=True)
class Closed:
    """Nothing more is owed, since earlier."""

    state: State
    outcome: str | None


_AT_ONCE = "notice_at = least(coalesce(notice_at, :now), :now)"
_NOBODY_ASKED = "offered_to = null, retry_at = null, retry_reason = null"
_CLAIM = f"state = 'claimed', claimed_by = :person_id, claimed_at = :now, {_NOBODY_ASKED}, {_AT_ONCE}"
_HIS = "state = 'claimed' and claimed_by = :person_id"


def claim(
    conn: Connection, request_id: int, person_id: int, moment: Moment, how: str
) -> Claimed | AlreadyClaimed | Closed:
    """The first who claims it has it; what waits to be sent about it is taken back. `how`: page, phone, sms, board.

    Who is asked to take it over from a colleague accepts by it.
    """
    found = register.locked(conn, request_id)
    detail = {"how": how}
    taken = move(conn, request_id, Kind.CLAIMED, moment, _CLAIM, {}, person_id=person_id, detail=detail, of=OPEN)
    asked = "state = 'claimed' and offered_to = :person_id"
    if taken or move(conn, request_id, Kind.ACCEPTED, moment, _CLAIM, {}, person_id=person_id, detail=detail, of=asked):
        outbox.drop_waiting(conn, request_id, UNCLAIMED)
        return Claimed(person_id)
    if found.state.closed or found.claimer is None:
        return Closed(found.state, found.outcome)
    return Claimed(person_id) if found.claimed_by == person_id else AlreadyClaimed(found.claimer.id, found.claimer.name)


# What was put off while he had it is made up for.
_RELEASE = f"""state = 'open', claimed_by = null, claimed_at = null, {_NOBODY_ASKED}, {_AT_ONCE},
    next_rung = coalesce(:rung, next_rung),
    next_step_at = case when cast(:rung as text) is null then next_step_at else least(next_step_at, :now) end"""


def release(
    conn: Connection, request_id: int, person_id: int, moment: Moment, why: str = ""
) -> Released | AlreadyClaimed | Closed:
    """Give it back to the ward; only who has it can. `why`: nothing, or shift_end. The next on call is told at once."""
    found = register.locked(conn, request_id)
    values = {"rung": promise.made_up_for(found, ladders.of(conn, found.ward_id, found.kind))}
    detail = {"why": why} if why else {}
    if move(conn, request_id, Kind.RELEASED, moment, _RELEASE, values, person_id=person_id, detail=detail, of=_HIS):
        return Released()
    if found.state.closed:
        return Closed(found.state, found.outcome)
    return Released() if found.claimer is None else AlreadyClaimed(found.claimer.id, found.claimer.name)


# Between two people -----------------------------------------------------------------------------------------------


def offer(
    conn: Connection, request_id: int, to: int, moment: Moment, *, by: int | None = None, account_id: int | None = None
) -> Offered | AlreadyClaimed | Closed:
    """Ask a colleague to take it over: it stays with who has it (`by`), or with the ward, until he accepts.

    `by` None: the coordinator asks, at a desk of the office (`account_id`).
    """
    found = register.locked(conn, request_id)
    if found.state.closed:
        return Closed(found.state, found.outcome)
    if by is not None and found.claimed_by not in (None, by):
        return AlreadyClaimed(found.claimer.id, found.claimer.name) if found.claimer else Offered(to)
    if to not in (found.offered_to, found.claimed_by):
        sets, values = f"offered_to = :to, {_AT_ONCE}", {"to": to}
        move(conn, request_id, Kind.OFFERED, moment, sets, values, person_id=by, account_id=account_id, detail=values)
    return Offered(to)


def refuse(conn: Connection, request_id: int, person_id: int, moment: Moment) -> Refused | NotOffered | Closed:
    """He who was asked does not take it; who asked him is told."""
    condition = f"{PENDING} and offered_to = :person_id"
    sets = f"offered_to = null, {_AT_ONCE}"
    if move(conn, request_id, Kind.REFUSED, moment, sets, {}, person_id=person_id, of=condition):
        return Refused()
    found = register.view(conn, request_id)
    return Closed(found.state, found.outcome) if found.state.closed else NotOffered()


def postpone(
    conn: Connection, request_id: int, person_id: int, until: datetime, reason: str, moment: Moment
) -> Postponed | NotThen | AlreadyClaimed | Released | Closed:
    """Who has it tries again at `until` (before the deadline), for a `reason` of `trying.REASONS` (else ValueError).

    Until then he is not reminded; the head and the coordinator hear of it as ever. Released: nobody has it.
    """
    if reason not in REASONS:
        raise ValueError("no reason to try later")
    found = register.locked(conn, request_id)
    if found.state.closed:
        return Closed(found.state, found.outcome)
    if found.claimer is None:
        return Released()
    if found.claimed_by != person_id:
        return AlreadyClaimed(found.claimer.id, found.claimer.name)
    if not moment.now < until < found.due_at:
        return NotThen(found.due_at)
    if (found.retry_at, found.retry_reason) != (until, reason):
        _put_off(conn, request_id, person_id, until, reason, moment)
    return Postponed(until)


_POSTPONE = """retry_at = cast(:until as timestamptz), retry_reason = :reason,
    notice_at = least(coalesce(notice_at, cast(:until as timestamptz)), cast(:until as timestamptz))"""


def _put_off(conn: Connection, request_id: int, person_id: int, until: datetime, reason: str, moment: Moment) -> None:
    values = {"until": until, "reason": reason}
    detail = {"until": utc(until).isoformat(), "reason": reason}
    move(conn, request_id, Kind.POSTPONED, moment, _POSTPONE, values, person_id=person_id, detail=detail, of=_HIS)
