"""A callback through the line: the senior's telephone is rung, then the GP's; a request has one at a time.

A bridge is asked for, rung, accepted by the GP's 1, and over with an outcome. Each of these is one update that must
find the bridge as it must stand, so that whatever is said twice, late or out of order changes nothing. What came of it
becomes a try of the request (`requests.attempted`), once. Nothing here commits.
"""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, TextClause, text

from callbacks import holding, outbox, register, requests
from callbacks.holding import AlreadyClaimed, Closed
from callbacks.outbox import Message
from callbacks.promise import RequestView
from callbacks.purposes import Purpose
from callbacks.requests import Bridged
from callbacks.trying import Result
from config import numbers
from config.clock import Moment

NOT_RUNG = "not_rung"  # the senior did not answer, or hung up before the GP was rung: nobody tried to call the GP
STALE = timedelta(minutes=3)  # real time: nobody is rung out of the blue
AT_ONCE = timedelta(seconds=60)  # real time: so long the touch on his own page is the senior's 1
CALL_WORDS = "voice.callback_ready"  # the catalogue key that the call to the senior speaks


class Stage(StrEnum):
    """How far a bridge has come, for who watches it."""

    RINGING_YOU = "ringing_you"
    RINGING_GP = "ringing_gp"
    TALKING = "talking"
    OVER = "over"


@dataclass(frozen=True)
class Bridge:
    """A callback through the line. `seconds`: they talked for so long; `outcome`: a `trying.Result`, or NOT_RUNG."""

    id: UUID
    request_id: int
    person_id: int
    how: str  # page | phone | sms | board
    asked_at: datetime
    asked_real: datetime
    call_id: UUID | None
    phone: str | None
    child_sid: str | None
    rung_at: datetime | None
    rung_real: datetime | None
    accepted_at: datetime | None
    accepted_real: datetime | None
    ended_at: datetime | None
    ended_real: datetime | None
    outcome: str | None
    seconds: int | None

    @property
    def stage(self) -> Stage:
        """How far it has come."""
        if self.outcome is not None:
            return Stage.OVER
        if self.accepted_at is not None:
            return Stage.TALKING
        return Stage.RINGING_YOU if self.rung_at is None else Stage.RINGING_GP

    @property
    def result(self) -> Result | None:
        """What came of the try; None while it lasts, and when the GP was not rung."""
        return None if self.outcome in (None, NOT_RUNG) else Result(self.outcome)


@dataclass(frozen=True)
class Asked:
    """His telephone will ring. After the commit, ring `deliver` with the outbox id."""

    bridge_id: UUID
    outbox_id: int


@dataclass(frozen=True)
class Live:
    """Somebody is being rung already: this request's bridge, or the senior himself, who is talking or being rung."""

    bridge: Bridge | None  # None: he is rung, or talks, in a GP's call


@dataclass(frozen=True)
class NoNumber:
    """The GP cannot be called through the line. `why`: unknown (he left no number), not_callable."""

    why: str


Refusal = Live | AlreadyClaimed | Closed | NoNumber


def ask(conn: Connection, request_id: int, person_id: int, moment: Moment, how: str) -> Asked | Refusal:
    """Ring the senior to call this GP back; claims the request when it is open. `how`: page, sms, board."""
    refused = _refused(conn, request_id, person_id, moment, how)
    if refused is not None:
        return refused
    bridge_id = uuid4()
    _insert(conn, bridge_id, request_id, person_id, moment, how, None)
    message = Message(
        key=key_of(bridge_id),
        purpose=Purpose.CALLBACK,
        channel="call",
        recipient=conn.execute(_PHONE, {"id": person_id}).scalar_one(),
        person_id=person_id,
        request_id=request_id,
        body=CALL_WORDS,
        due_at=moment.now,
        detail={"bridge": str(bridge_id)},
    )
    outbox.put(conn, [message], moment)
    return Asked(bridge_id, conn.execute(_OUTBOX_ID, {"key": message.key}).scalar_one())


def begin(
    conn: Connection, request_id: int, person_id: int, call_id: UUID, moment: Moment, how: str = "phone"
) -> UUID | Refusal:
    """Begin one in the call in which the senior is already; its id."""
    refused = _refused(conn, request_id, person_id, moment, how, call_id)
    if refused is not None:
        return refused
    bridge_id = uuid4()
    _insert(conn, bridge_id, request_id, person_id, moment, how, call_id)
    return bridge_id


def latest(conn: Connection, request_id: int) -> Bridge | None:
    """The request's live bridge, else its last one."""
    return _one(conn, _LATEST, id=request_id)


def find(conn: Connection, bridge_id: UUID) -> Bridge | None:
    """The bridge of this id."""
    return _one(conn, _BY_ID, id=bridge_id)


def of_call(conn: Connection, call_id: UUID) -> list[Bridge]:
    """All that were begun in this call of a senior's, in order."""
    return [_bridge(row) for row in conn.execute(_OF_CALL, {"id": call_id})]


def reached(conn: Connection, request_id: int, since: datetime) -> bool:
    """Whether the GP talked with a senior through a bridge since then: the line itself proves that he was called."""
    found: bool = conn.execute(_REACHED, {"id": request_id, "since": since}).scalar_one()
    return found


def key_of(bridge_id: UUID) -> str:
    """The key of the call to the senior in the outbox."""
    return f"callback:{bridge_id}"


def _refused(
    conn: Connection, request_id: int, person_id: int, moment: Moment, how: str, call_id: UUID | None = None
) -> Refusal | None:
    """Why there is no bridge now; None: there may be one, and the request is his."""
    view = register.locked(conn, request_id)  # two touches at once are told apart
    if view.state.closed:
        return Closed(view.state, view.outcome)
    why = _uncallable(view)
    if why is not None:
        return NoNumber(why)
    claimed = holding.claim(conn, request_id, person_id, moment, how)
    return _live(conn, request_id, person_id, call_id) if isinstance(claimed, holding.Claimed) else claimed


def _uncallable(view: RequestView) -> str | None:
    if view.caller is None:
        return "unknown"
    return None if numbers.callable_back(view.caller, view.timezone) else "not_callable"


def _live(conn: Connection, request_id: int, person_id: int, call_id: UUID | None) -> Live | None:
    conn.execute(_ALONE, {"id": person_id})  # he asks for two requests at once: one of them waits here
    bridge = _one(conn, _LIVE, id=request_id, person_id=person_id)
    if bridge is not None:
        return Live(bridge)
    busy = conn.execute(_IN_A_CALL, {"person_id": person_id, "call_id": call_id}).scalar_one()
    return Live(None) if busy else None


# Its life ---------------------------------------------------------------------------------------------------------


def answered(conn: Connection, bridge_id: UUID, call_id: UUID) -> bool:
    """The senior has answered in this call; False when the bridge is over, or another call's."""
    return _change(conn, _ANSWERED, id=bridge_id, call_id=call_id)


def ring(conn: Connection, bridge_id: UUID, phone: str, moment: Moment) -> bool:
    """The GP's telephone is about to be rung, once; False when the bridge is over."""
    return _change(conn, _RING, id=bridge_id, phone=phone, now=moment.now, real=moment.real)


@dataclass(frozen=True)
class Caller:
    """Who calls a GP back, as he hears it; his voicemail may record it."""

    name: str
    ward: str
    hospital: str


def whispered(conn: Connection, bridge_id: UUID, child_sid: str) -> Caller | None:
    """The GP's telephone was answered; None when nobody waits for him any more. A repeat is told the same."""
    row = conn.execute(_WHISPERED, {"id": bridge_id, "child_sid": child_sid}).one_or_none()
    return None if row is None else Caller(row.name, row.ward, row.hospital)


def accept(conn: Connection, bridge_id: UUID, parent_sid: str, moment: Moment) -> bool:
    """The GP pressed 1; False when the senior had gone before, or it is over. A repeat is told the same."""
    return _change(conn, _ACCEPT, id=bridge_id, parent_sid=parent_sid, now=moment.now, real=moment.real)


def leg_ended(conn: Connection, bridge_id: UUID, child_sid: str, moment: Moment) -> None:
    """The GP's telephone is on the hook again, whatever else gets lost."""
    _change(conn, _LEG_ENDED, id=bridge_id, child_sid=child_sid, now=moment.now, real=moment.real)


def settle(conn: Connection, bridge_id: UUID, outcome: str, moment: Moment, ended_real: datetime | None = None) -> bool:
    """It is over with this outcome; True for one caller alone. `ended_real`: when they stopped talking, if known.

    What was not reached is a try at once; of what was, the senior may still say that it was the secretary (`report`).
    """
    values = {"id": bridge_id, "outcome": outcome, "now": moment.now, "ended_real": ended_real or moment.real}
    settled = _change(conn, _SETTLE, **values)
    if settled and outcome != Result.REACHED:
        report(conn, bridge_id, moment)
    return settled


def report(conn: Connection, bridge_id: UUID, moment: Moment, *, secretary: bool = False) -> None:
    """Write down the try, once. `secretary`: whoever was reached was not the doctor, the senior says."""
    if secretary:
        _change(conn, _SECRETARY, id=bridge_id)
    found = find(conn, bridge_id)
    if found is not None and found.result is not None:
        done = Bridged(found.id, found.seconds)
        requests.attempted(conn, found.request_id, found.person_id, moment, found.result, done)


def not_answered(conn: Connection, outbox_id: int, moment: Moment) -> None:
    """The call to the senior did not reach him. Harmless for any other message."""
    bridge_id = conn.execute(_OF_MESSAGE, {"id": outbox_id}).scalar_one_or_none()
    if bridge_id is not None:
        settle(conn, bridge_id, NOT_RUNG, moment)


def still_wanted(conn: Connection, outbox_id: int, moment: Moment) -> bool:
    """Whether the senior may still be rung; when it is too late for that, the bridge is over."""
    bridge_id = conn.execute(_OF_MESSAGE, {"id": outbox_id}).scalar_one_or_none()
    found = None if bridge_id is None else find(conn, bridge_id)
    if found is None:
        return False
    if moment.real - found.asked_real < STALE:
        return True
    settle(conn, found.id, NOT_RUNG, moment)
    return False


def never_answered(conn: Connection, moment: Moment) -> None:
    """End those whose senior did not answer, the word of which was lost; and those that were never rung in time."""
    for row in conn.execute(_NEVER_ANSWERED, {"real": moment.real, "stale": STALE}).all():
        settle(conn, row.id, NOT_RUNG, moment)
        outbox.take_back(conn, [key_of(row.id)])


def left_behind(conn: Connection, limit: int = 20) -> list[Bridge]:
    """Those that are live although the senior's call has been over for a moment: the dial's result was lost."""
    return [_bridge(row) for row in conn.execute(_LEFT_BEHIND, {"limit": limit})]


# Statements -------------------------------------------------------------------------------------------------------

_COLUMNS = ", ".join(f"b.{field.name}" for field in fields(Bridge))
_BY_ID = text(f"select {_COLUMNS} from bridges b where b.id = :id")
_OF_CALL = text(f"select {_COLUMNS} from bridges b where b.call_id = :id order by b.asked_real")
_LATEST = text(
    f"""select {_COLUMNS} from bridges b where b.request_id = :id
    order by b.outcome is null desc, b.asked_at desc, b.asked_real desc limit 1"""
)
_LIVE = text(
    f"""select {_COLUMNS} from bridges b where b.outcome is null and (b.request_id = :id or b.person_id = :person_id)
    order by b.request_id = :id desc limit 1"""
)
_REACHED = text(
    """select exists (
        select from bridges where request_id = :id and outcome = 'reached' and asked_at >= :since)"""
)
_PHONE = text("select phone from people where id = :id")
_OUTBOX_ID = text("select id from outbox where key = :key")
_ALONE = text("select from people where id = :id for no key update")
_IN_A_CALL = text(
    """select exists (
        select from attempts a join calls c on c.id = a.call_id
        where a.person_id = :person_id and a.ended_real is null and c.ended_at is null
          and c.id is distinct from cast(:call_id as uuid) and a.rung_real > real_now() - interval '4 hours')
    or exists (
        select from calls c
        where c.person_id = :person_id and c.ended_at is null and c.id is distinct from cast(:call_id as uuid)
          and c.heard_real > real_now() - interval '2 minutes')"""
)
_INSERT = text(
    """insert into bridges (id, request_id, person_id, how, asked_at, asked_real, call_id)
    values (:id, :request_id, :person_id, :how, :now, :real, :call_id)"""
)
_ANSWERED = text(
    """update bridges set call_id = :call_id
    where id = :id and outcome is null and (call_id is null or call_id = :call_id) returning id"""
)
_RING = text(
    """update bridges set rung_at = :now, rung_real = :real, phone = :phone
    where id = :id and outcome is null and rung_at is null returning id"""
)
_WHISPERED = text(
    """update bridges b set child_sid = :child_sid
    from calls c, people p, requests r, wards w, hospitals h
    where b.id = :id and c.id = b.call_id and p.id = b.person_id and r.id = b.request_id and w.id = r.ward_id
      and h.id = w.hospital_id
      and (b.child_sid = :child_sid or b.child_sid is null and b.outcome is null and c.ended_at is null)
    returning p.name, w.name as ward, h.name as hospital"""
)
_ACCEPT = text(
    """update bridges b set
        accepted_at = coalesce(b.accepted_at, :now), accepted_real = coalesce(b.accepted_real, :real)
    from calls c
    where b.id = :id and c.id = b.call_id and (c.sid = :parent_sid or :parent_sid = '')
      and (b.accepted_at is not null or b.outcome is null and b.ended_real is null and c.ended_at is null)
    returning b.id"""
)
_LEG_ENDED = text(
    """update bridges set ended_at = :now, ended_real = :real, child_sid = coalesce(child_sid, :child_sid)
    where id = :id and ended_real is null returning id"""
)
_SETTLE = text(
    """update bridges set outcome = :outcome, ended_at = coalesce(ended_at, :now),
        ended_real = coalesce(ended_real, :ended_real),
        seconds = case when :outcome = 'reached' then
            greatest(0, round(extract(epoch from coalesce(ended_real, :ended_real) - accepted_real)))::int end
    where id = :id and outcome is null returning id"""
)
_SECRETARY = text("update bridges set outcome = 'secretariat' where id = :id and outcome = 'reached' returning id")
_OF_MESSAGE = text(
    """select b.id from outbox o join bridges b on b.id = cast(o.detail ->> 'bridge' as uuid)
    where o.id = :id and o.purpose = 'callback' and b.outcome is null and b.call_id is null"""
)
# A telephone that is rung for fifteen seconds has been answered or not when a minute has passed.
_NEVER_ANSWERED = text(
    """select b.id from bridges b left join outbox o on o.key = 'callback:' || b.id
    where b.outcome is null and b.call_id is null and (
        b.asked_real < :real - cast(:stale as interval) or o.state in ('undelivered', 'failed', 'dropped')
        or o.state = 'sent' and o.sent_real < :real - interval '60 seconds')
    for update of b skip locked"""
)
_LEFT_BEHIND = text(
    f"""select {_COLUMNS} from bridges b join calls c on c.id = b.call_id
    where b.outcome is null and c.ended_at is not null and c.heard_real < real_now() - interval '10 seconds'
    order by b.asked_real limit :limit"""
)


def _insert(
    conn: Connection, id: UUID, request_id: int, person_id: int, moment: Moment, how: str, call_id: UUID | None
) -> None:
    values = {"id": id, "request_id": request_id, "person_id": person_id, "how": how, "call_id": call_id}
    conn.execute(_INSERT, {**values, "now": moment.now, "real": moment.real})


def _change(conn: Connection, statement: TextClause, **values: object) -> bool:
    return conn.execute(statement, values).one_or_none() is not None


def _one(conn: Connection, statement: TextClause, **values: object) -> Bridge | None:
    row = conn.execute(statement, values).one_or_none()
    return None if row is None else _bridge(row)


def _bridge(row: Row[tuple[object, ...]]) -> Bridge:
    return Bridge(**row._mapping)
