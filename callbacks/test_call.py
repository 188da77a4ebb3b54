"""A test of a ward's line: those who would be rung now are rung in turn, each hears that it is a test and presses 1.

A GP's call comes first: nobody is rung for a test while a GP's call rings in that ward, nor who is on the telephone.
One ring at a time, kept short; each goes through the outbox, so that a process may be killed at any moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, text

from callbacks import outbox
from callbacks.ladder import Channel
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from config.clock import Moment
from scheduling import store
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.rota import OnCall

CALL_WORDS = "voice.test_call"
APART = timedelta(minutes=2)  # between two tests of a ward
A_DAY = 10
RINGS = timedelta(seconds=60)  # of real time: a ring of which nothing was heard for so long is over
LASTS = timedelta(minutes=2)  # of real time: so is a call that was answered


class Refusal(StrEnum):
    """Why there is no test."""

    RUNNING = "running"
    TOO_SOON = "too_soon"
    TOO_MANY = "too_many"
    NOBODY = "nobody"  # on call now
    CLOSED = "closed"  # without cover


class Result(StrEnum):
    """How a ring ended."""

    TAKEN = "taken"
    PASSED = "passed"  # he pressed 2
    ANSWERED = "answered"  # somebody or something picked up, and no key was pressed
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True)
class Ring:
    """One person of the chain in a test; `result` None: not yet known."""

    seq: int
    rank: int
    person_id: int
    person: str
    rung_at: datetime | None
    result: Result | None
    over: bool


@dataclass(frozen=True)
class Test:
    """A test of a ward's line and what happened so far."""

    id: int
    began_at: datetime
    by: str  # the account's name; nothing when it is gone
    over: bool
    rings: tuple[Ring, ...]

    __test__ = False  # pytest takes every Test for its own


def begin(conn: Connection, moment: Moment, by: Actor, ward_id: int) -> int | Refusal:
    """Start a test of those who would be rung now; its id. `go_on` rings them."""
    on_call = store.on_call(conn, ward_id, moment.now)
    refusal = _refused(conn, moment, on_call)
    if refusal is not None:
        return refusal
    values = {"ward": ward_id, "account": by.account_id, "now": moment.now}
    test_id: int | None = conn.execute(_BEGIN, values).scalar_one_or_none()
    if test_id is None:
        return Refusal.RUNNING
    rings = [
        {"test": test_id, "seq": seq, "person": ranked.person.id, "rank": ranked.rank}
        for seq, ranked in enumerate(on_call.seniors, start=1)
    ]
    conn.execute(_CHAIN, rings)
    trail.record(conn, moment, by, "line.tested", ward_id=ward_id, subject=on_call.ward.name)
    return test_id


def running(conn: Connection) -> Sequence[int]:
    """Tests that are not over."""
    return conn.execute(_RUNNING).scalars().all()


def go_on(conn: Connection, moment: Moment, test_id: int) -> None:
    """One step: see how the last ring ended, ring the next, or end the test. Somebody else's test is left alone."""
    test = conn.execute(_LOCKED, {"id": test_id}).one_or_none()
    if test is None:
        return
    for ring in conn.execute(_OPEN_RINGS, {"id": test_id}).all():
        result = _ended(ring, moment) if ring.rung_at is not None else _start(conn, moment, test, ring)
        if result is None:
            return
        if ring.rung_at is not None:
            outbox.take_back(conn, [_key(test_id, ring.seq)])
        conn.execute(_OVER, {"id": test_id, "seq": ring.seq, "result": result, "now": moment.now})
    conn.execute(_END, {"id": test_id, "now": moment.now})


def answer(conn: Connection, test_id: int, seq: int, result: Result) -> bool:
    """He pressed a key; False when the test has gone on without him."""
    return conn.execute(_ANSWER, {"id": test_id, "seq": seq, "result": result}).rowcount == 1


def latest(conn: Connection, ward_id: int) -> Test | None:
    """The last test of the ward, running or over."""
    row = conn.execute(_LATEST, {"ward": ward_id}).one_or_none()
    if row is None:
        return None
    rings = conn.execute(_RINGS, {"id": row.id})
    return Test(row.id, row.began_at, row.by or "", row.ended_at is not None, tuple(_ring(ring) for ring in rings))


def _refused(conn: Connection, moment: Moment, on_call: OnCall) -> Refusal | None:
    if not on_call.seniors:
        return Refusal.CLOSED if on_call.answering is None else Refusal.NOBODY
    day = {"ward": on_call.ward.id, "since": moment.now - timedelta(days=1)}
    lately = conn.execute(_LATELY, day).all()
    if any(row.ended_at is None for row in lately):
        return Refusal.RUNNING
    if any(moment.now - row.began_at < APART for row in lately):
        return Refusal.TOO_SOON
    return Refusal.TOO_MANY if len(lately) >= A_DAY else None


def _start(conn: Connection, moment: Moment, test: Row[Any], ring: Row[Any]) -> Result | None:
    """Ring him; his result at once when he cannot be rung."""
    if conn.execute(_GP_RINGS, {"ward": test.ward_id}).scalar_one():
        return None  # a GP's call comes first: looked at again in a moment
    if conn.execute(_BUSY, {"person": ring.person_id}).scalar_one():
        return Result.BUSY
    detail: dict[str, object] = {"ward": test.ward_id, "test": test.id, "seq": ring.seq, "phone": ring.phone}
    key = _key(test.id, ring.seq)
    message = Message(
        key, Purpose.TEST_CALL, Channel.CALL, ring.phone, ring.person_id, None, CALL_WORDS, moment.now, detail
    )
    outbox.put(conn, [message], moment)
    conn.execute(_RUNG, {"id": test.id, "seq": ring.seq, "now": moment.now, "real": moment.real})
    return None


_WORDS = {"no-answer": Result.NO_ANSWER, "busy": Result.BUSY}  # the carrier's, of a call that nobody took


def _ended(ring: Row[Any], moment: Moment) -> Result | None:
    """How the ring ended; None while it goes on."""
    pressed = None if ring.result is None else Result(ring.result)
    real = moment.real - ring.rung_real
    match ring.state:
        case "delivered":
            over = ring.call_ended or real > LASTS
            return (pressed or Result.ANSWERED) if over else None
        case "undelivered":
            return _WORDS.get(ring.error, Result.NO_ANSWER)
        case "failed" | "dropped":
            return Result.FAILED
        case "sent":
            return Result.NO_ANSWER if real > RINGS else None
        case _:
            return Result.FAILED if real > RINGS else None  # the carrier has not taken it


def _key(test_id: int, seq: int) -> str:
    return f"test_call:{test_id}:{seq}"


def _ring(row: Row[Any]) -> Ring:
    result = None if row.result is None else Result(row.result)
    return Ring(row.seq, row.rank, row.person_id, row.person, row.rung_at, result, row.ended_at is not None)


_LATELY = text(
    "select began_at, ended_at from test_calls where ward_id = :ward and (began_at > :since or ended_at is null)"
)
_BEGIN = text(
    """
    insert into test_calls (ward_id, account_id, began_at) values (:ward, :account, :now)
    on conflict (ward_id) where ended_at is null do nothing returning id"""
)
_CHAIN = text("insert into test_rings (test_id, seq, person_id, rank) values (:test, :seq, :person, :rank)")
_RUNNING = text("select id from test_calls where ended_at is null order by id")
_LOCKED = text("select id, ward_id from test_calls where id = :id and ended_at is null for update skip locked")
_OPEN_RINGS = text(
    """
    select r.seq, r.person_id, r.rung_at, r.rung_real, r.result, p.phone, o.state, o.error,
        exists (select from calls c where c.sid = o.provider_sid and c.ended_at is not null) as call_ended
    from test_rings r join people p on p.id = r.person_id
    left join outbox o on o.key = concat_ws(':', 'test_call', r.test_id, r.seq)
    where r.test_id = :id and r.ended_at is null order by r.seq"""
)
_RUNG = text("update test_rings set rung_at = :now, rung_real = :real where test_id = :id and seq = :seq")
_OVER = text(
    "update test_rings set result = coalesce(result, :result), ended_at = :now where test_id = :id and seq = :seq"
)
_ANSWER = text(
    "update test_rings set result = :result where test_id = :id and seq = :seq and ended_at is null and result is null"
)
_END = text("update test_calls set ended_at = :now where id = :id")
# Rung or talking in a GP's call, or on the line with us: calls that are not over are few, and have an index.
_BUSY = text(
    """
    select exists (
        select from calls c join attempts a on a.call_id = c.id
        where c.ended_at is null and a.person_id = :person and a.ended_real is null
        and a.rung_real > real_now() - interval '4 hours')
    or exists (
        select from calls c where c.ended_at is null and c.person_id = :person
        and c.heard_real > real_now() - interval '10 minutes')"""
)
_GP_RINGS = text(
    """
    select exists (
        select from calls c join attempts a on a.call_id = c.id
        where c.ended_at is null and c.ward_id = :ward and a.ended_real is null and a.accepted_at is null
        and a.rung_real > real_now() - interval '1 minute')"""
)
_LATEST = text(
    """
    select t.id, t.began_at, t.ended_at, a.name as by from test_calls t left join accounts a on a.id = t.account_id
    where t.ward_id = :ward order by t.id desc limit 1"""
)
_RINGS = text(
    """
    select r.seq, r.rank, r.person_id, p.name as person, r.rung_at, r.result, r.ended_at
    from test_rings r join people p on p.id = r.person_id where r.test_id = :id order by r.seq"""
)
