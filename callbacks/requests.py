"""Changing the register of requests: one statement finds the request as it must stand, changes it, writes the event.

Everything may be said twice: what is already so changes nothing and gets the same answer. Nothing here commits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import Connection, text

from callbacks import ladder, ladders, outbox, references, register
from callbacks.entries import PENDING, log, logging, move
from callbacks.holding import AlreadyClaimed as AlreadyClaimed
from callbacks.holding import Claimed as Claimed
from callbacks.holding import Closed as Closed
from callbacks.holding import Released as Released
from callbacks.holding import claim as claim
from callbacks.holding import release as release
from callbacks.kinds.kind import ADVICE
from callbacks.kinds.promised import promised
from callbacks.promise import FILED_TO_FIRST
from callbacks.promise import RequestView as RequestView
from callbacks.purposes import WHILE_OPEN, Purpose
from callbacks.register import NoSuchRequest as NoSuchRequest
from callbacks.register import Open as Open
from callbacks.register import by_reference as by_reference
from callbacks.register import open_for_caller as open_for_caller
from callbacks.register import pending_for_person as pending_for_person
from callbacks.register import timeline as timeline
from callbacks.register import view as view
from callbacks.states import FOLLOW_UP, OUTCOMES, Kind, State
from callbacks.tries import Bridged as Bridged
from callbacks.tries import attempted as attempted
from callbacks.trying import ENOUGH, windows_tried
from config import story
from config.clock import Moment
from config.sealed_numbers import written
from config.sealed_types import sealed


@dataclass(frozen=True)
class Filing:
    """What is known when a request goes on file; `created_at` is when the promise was spoken."""

    ward_id: int
    channel: str
    caller: str | None
    practitioner_id: int | None
    call_id: UUID | None
    created_at: datetime
    moment: Moment
    reach: str | None = None  # when he can be reached; None: as his record says, else now
    kind: str = ADVICE  # of `kinds.Code`
    mail: str | None = None  # the address he wrote from
    event_at: datetime | None = None  # a discharge, planned or past


@dataclass(frozen=True)
class Filed:
    """A request on file, and the team that owes it."""

    id: int
    reference: str
    due_at: datetime
    ward_id: int
    channel: str


@dataclass(frozen=True)
class Done:
    """It is closed now."""

    state: State
    outcome: str


@dataclass(frozen=True)
class Unheard:
    """It stays open: so many messages were neither heard nor read."""

    parts: int


@dataclass(frozen=True)
class TooSoon:
    """It stays open: so many more tries, each in another window, before nobody can say that the GP is not reached."""

    missing: int


@dataclass(frozen=True)
class Reopened:
    """It is open again, and its next rung is due."""


note = structlog.get_logger(__name__)

# A call can be silent for this long before its end is found out; the GP's confirmation does not wait for ever.
LATEST_NOTICE = timedelta(minutes=30)
WRITTEN = frozenset(
    {"sms", "email", "page"}
)  # nobody is on the telephone: the first rung and the confirmation wait for no end

_FILE = """
    with filed as (
        insert into requests (reference, ward_id, about_id, kind, channel, caller, mail, practitioner_id, reach,
            created_at, due_at, event_at, next_rung, next_step_at, notice_at)
        values (:reference, :ward_id, :about_id, :kind, :channel, :caller, :mail, :practitioner_id,
            coalesce(:reach, (select nullif(p.reach, '') from practitioners p where p.id = :practitioner_id), 'now'),
            :created_at, :due_at, :event_at, :rung, :step_at, :notice_at)
        on conflict (reference) do nothing returning id),
    logged as (
        insert into events (request_id, at, kind, detail)
        select id, :now, 'filed', :detail from filed)
    select id from filed"""
_FILING = logging(_FILE).bindparams(*sealed("caller", "mail"))


def file(conn: Connection, filing: Filing) -> Filed:
    """Put a request on file with the team that owes what this ward is asked for; it is promised from here on.

    Once it is committed, `tell` of it. NoneLeft.
    """
    owed = promised(conn, filing.ward_id, filing.kind, filing.created_at, filing.event_at)
    now, in_writing = filing.moment.now, filing.channel in WRITTEN
    values = {
        "ward_id": owed.team_id,
        "about_id": owed.about_id,
        "kind": filing.kind,
        "channel": filing.channel,
        "caller": filing.caller,
        "practitioner_id": filing.practitioner_id,
        "reach": filing.reach,
        "created_at": filing.created_at,
        "due_at": owed.due_at,
        "event_at": filing.event_at,
        "rung": _first_rung(),
        "mail": filing.mail,
        "step_at": now if in_writing else now + FILED_TO_FIRST,
        "notice_at": now if in_writing else now + LATEST_NOTICE,
        "now": now,
        "detail": {"channel": filing.channel} | ({"call": str(filing.call_id)} if filing.call_id else {}),
    }
    for tries, reference in enumerate(references.offered(conn)):
        request_id = conn.execute(_FILING, values | {"reference": reference}).scalar_one_or_none()
        if request_id is not None:
            if tries >= references.DRAWS:
                references.scarce(conn)
            story.follow(filing.call_id or story.of_request(request_id), request=request_id)
            return Filed(request_id, reference, owed.due_at, owed.team_id, filing.channel)
    raise references.NoneLeft


def tell(filed: Filed) -> None:
    """A line of the log; for who reads it, the request is on file: not before that is committed."""
    note.info("request.filed", reference=filed.reference, channel=filed.channel, request=filed.id)


# What the GP says and adds ----------------------------------------------------------------------------------------

_CALL_ENDED = text(
    f"""
    update requests r set
        next_step_at = case when next_rung = :first then least(next_step_at, :now) else next_step_at end,
        notice_at = least(notice_at, :now),
        channel = case when channel in ('voice', 'missed_call')
            then case when {register.PARTS.format(request="r.id")} then 'voice' else 'missed_call' end
            else channel end
    where id = :id and state in ('open', 'claimed')"""
)


def call_ended(conn: Connection, request_id: int, moment: Moment) -> None:
    """The GP has hung up: the first rung is due, and so is his confirmation."""
    conn.execute(_CALL_ENDED, {"id": request_id, "now": moment.now, "first": _first_rung()})


_ADD_VOICE = """
    with part as (
        insert into parts (request_id, call_id, recording_id, created_at)
        values (:id, :call_id, :recording_id, :now) on conflict (recording_id) do nothing returning id),
    changed as (
        update requests set channel = case when channel = 'missed_call' then 'voice' else channel end,
            notice_at = least(notice_at, cast(:now as timestamptz) + interval '30 minutes')
        where id = :id and exists (select from part) returning state),
    logged as (
        insert into events (request_id, at, kind, detail) select :id, :now, 'part', :detail from part)
    select state from changed"""
_ADD_TEXT = """
    with part as (
        insert into parts (id, request_id, body, created_at)
        values (:part_id, :id, :body, :now) on conflict (id) do nothing returning id),
    changed as (
        update requests set notice_at = cast(:now as timestamptz)
        where id = :id and exists (select from part) returning state),
    logged as (
        insert into events (request_id, at, kind, detail) select :id, :now, 'part', :detail from part)
    select state from changed"""


def add_voice_part(conn: Connection, request_id: int, recording_id: UUID, call_id: UUID | None, moment: Moment) -> None:
    """A message was left; a request that was closed meanwhile is open again, since it is not heard yet."""
    values = {"id": request_id, "call_id": call_id, "recording_id": recording_id, "now": moment.now}
    detail = {"recording": str(recording_id)}
    state = conn.execute(logging(_ADD_VOICE), values | {"detail": detail}).scalar_one_or_none()
    _reopen_if_closed(conn, request_id, state, moment)


def add_text_part(conn: Connection, request_id: int, part_id: UUID, sealed: bytes, moment: Moment) -> None:
    """A message was written; `sealed` for `sheet.context(part_id)`."""
    values = {"id": request_id, "part_id": part_id, "body": sealed, "now": moment.now}
    detail = {"part": str(part_id)}
    state = conn.execute(logging(_ADD_TEXT), values | {"detail": detail}).scalar_one_or_none()
    _reopen_if_closed(conn, request_id, state, moment)


def drop_voice_part(conn: Connection, request_id: int, recording_id: UUID) -> None:
    """The GP took a message back before he validated it."""
    statement = text("delete from parts where request_id = :id and recording_id = :recording_id and heard_at is null")
    conn.execute(statement, {"id": request_id, "recording_id": recording_id})


def set_reach(
    conn: Connection, request_id: int, moment: Moment, *, reach: str | None = None, caller: str | None = None
) -> None:
    """When and where the GP can be called back, as far as he says."""
    sets = "reach = coalesce(:reach, reach), caller = coalesce(:caller, caller)"
    values = {"reach": reach, "caller": written(caller)}
    # The number itself stays out of the event.
    move(conn, request_id, Kind.REACH, moment, sets, values, detail={"reach": reach, "number": caller is not None})


def called_again(conn: Connection, request_id: int, call_id: UUID, moment: Moment) -> None:
    """The GP phoned again and left no message: it joins silently."""
    log(conn, request_id, Kind.CALLED_AGAIN, moment, detail={"call": str(call_id)})


# What the ward does -----------------------------------------------------------------------------------------------


def close(
    conn: Connection,
    request_id: int,
    person_id: int | None,
    outcome: str,
    moment: Moment,
    account_id: int | None = None,
) -> Done | Unheard | TooSoon | Closed:
    """Say how it ended (a code of `states.OUTCOMES`, else KeyError); refused while a message is unheard.

    `account_id`: the coordinator says it, at a desk of the office. Not reached is believed after enough tries.
    """
    state = OUTCOMES[outcome]
    found = register.locked(conn, request_id)
    if found.state.closed:
        return Closed(found.state, found.outcome)
    if found.unheard:
        return Unheard(found.unheard)
    if state is State.UNREACHABLE:
        tries = register.tries(conn, request_id)
        tried = windows_tried(tries, found.zone)
        if tried < ENOUGH:
            return TooSoon(ENOUGH - tried)
        if found.claimer is None:
            # Who could not reach him has had it in hand.
            claim(conn, request_id, tries[-1].by if person_id is None else person_id, moment, "close")
    _close(conn, request_id, Kind(state.value), outcome, moment, person_id, account_id=account_id)
    return Done(state, outcome)


def withdraw(conn: Connection, request_id: int, moment: Moment) -> bool:
    """The GP needs no call any more. False when it was closed already."""
    return _close(conn, request_id, Kind.WITHDRAWN, "RETIRE", moment, None)


def bridged(conn: Connection, request_id: int, person_id: int, moment: Moment) -> bool:
    """The GP was put through after all: without a message nothing more is owed. False when it stays open."""
    condition = f"{PENDING} and not {register.PARTS.format(request=':id')}"
    return _close(conn, request_id, Kind.DONE, "JOINT", moment, person_id, of=condition)


def reopen(
    conn: Connection, request_id: int, moment: Moment, *, denied: bool = False, account_id: int | None = None
) -> Reopened | Closed:
    """The GP was not called after all: open again with its next rung at once, for seven days after its end.

    `denied`: he says so of a request that was declared done; the head hears of it at once, besides who is on call.
    """
    found = register.locked(conn, request_id)
    above = ladders.of(conn, found.ward_id, found.kind)
    rungs = above.above(*found.place) or (above.last,)
    rung = next((each for each in rungs if not each.for_seniors), rungs[-1]) if denied else rungs[0]
    values = {"rung": rung.name, "oldest": moment.now - FOLLOW_UP}
    condition = "state in ('done', 'unreachable') and closed_at >= :oldest"
    if not found.state.closed or move(
        conn, request_id, Kind.REOPENED, moment, _REOPEN, values, account_id=account_id, of=condition
    ):
        outbox.drop_waiting(conn, request_id, {Purpose.ASKED})
        return Reopened()
    return Closed(found.state, found.outcome)


_REOPEN = """state = 'open', claimed_by = null, claimed_at = null, closed_at = null, closed_by = null, outcome = null,
    offered_to = null, retry_at = null, retry_reason = null, next_rung = :rung, next_step_at = :now, notice_at = :now"""


# Endings ----------------------------------------------------------------------------------------------------------

# Who could not be reached is told; who was, is asked whether it is so; for the rest no word is owed any more.
_CLOSE = """state = :kind, closed_at = :now, closed_by = :person_id, outcome = :outcome,
    next_rung = null, next_step_at = null, offered_to = null, retry_at = null, retry_reason = null,
    notice_at = case when :kind in ('unreachable', 'done') then cast(:now as timestamptz) end"""


def _close(
    conn: Connection,
    request_id: int,
    kind: Kind,
    outcome: str,
    moment: Moment,
    person_id: int | None,
    of: str = PENDING,
    account_id: int | None = None,
) -> bool:
    values = {"outcome": outcome}
    closed = move(
        conn, request_id, kind, moment, _CLOSE, values, person_id=person_id, account_id=account_id, detail=values, of=of
    )
    if closed:
        outbox.drop_waiting(conn, request_id, WHILE_OPEN)
    return closed


def _reopen_if_closed(conn: Connection, request_id: int, state: str | None, moment: Moment) -> None:
    if state is not None and State(state).closed:
        reopen(conn, request_id, moment)


def _first_rung() -> str:
    return ladder.load().rungs[0].name
