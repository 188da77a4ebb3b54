"""The register of callbacks through the line: what is known of a bridge, and the steps of its life.

Each step is one update that must find the bridge as it must stand, so that whatever is said twice, late or out of order
changes nothing. Nothing here commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, TextClause, text

from callbacks.trying import Result
from config.clock import Moment
from config.sealed_types import sealed

NOT_RUNG = "not_rung"  # the senior did not answer, or hung up before the GP was rung: nobody tried to call the GP


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
class Caller:
    """Who calls a GP back, as he hears it; his voicemail may record it."""

    name: str
    ward: str
    hospital: str
    kind: str  # what was asked for


# Reading ----------------------------------------------------------------------------------------------------------

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
        select from bridges where request_id = :id and asked_at >= :since
        and accepted_at is not null and coalesce(outcome, 'reached') = 'reached')"""
)
# Of a call whose end was lost nothing is heard any more: it holds nobody for longer than two minutes.
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
_OF_MESSAGE = text(
    f"""select {_COLUMNS} from outbox o join bridges b on b.id = cast(o.detail ->> 'bridge' as uuid)
    where o.id = :id and o.purpose = 'callback' and b.outcome is null and b.call_id is null"""
)
# A telephone that is rung for fifteen seconds has been answered or not when a minute has passed.
_NEVER_ANSWERED = text(
    f"""select {_COLUMNS} from bridges b left join outbox o on o.key = 'callback:' || b.id
    where b.outcome is null and b.call_id is null and (
        b.asked_real < :before or o.state in ('undelivered', 'failed', 'dropped')
        or o.state in ('sent', 'delivered') and o.sent_real < real_now() - interval '60 seconds')
    order by b.asked_real limit :limit"""
)
_LEFT_BEHIND = text(
    f"""select {_COLUMNS} from bridges b join calls c on c.id = b.call_id
    where b.outcome is null and c.ended_at is not null and c.heard_real < real_now() - interval '10 seconds'
    order by b.asked_real limit :limit"""
)


def find(conn: Connection, bridge_id: UUID) -> Bridge | None:
    """The bridge of this id."""
    return _one(conn, _BY_ID, id=bridge_id)


def latest(conn: Connection, request_id: int) -> Bridge | None:
    """The request's live bridge, else its last one."""
    return _one(conn, _LATEST, id=request_id)


def live(conn: Connection, request_id: int, person_id: int) -> Bridge | None:
    """The bridge that is not over: this request's, else this senior's."""
    return _one(conn, _LIVE, id=request_id, person_id=person_id)


def in_a_call(conn: Connection, person_id: int, but: UUID | None) -> bool:
    """Whether the senior is rung, or talks with the line or a GP, in another call than `but`."""
    found: bool = conn.execute(_IN_A_CALL, {"person_id": person_id, "call_id": but}).scalar_one()
    return found


def of_call(conn: Connection, call_id: UUID) -> Sequence[Bridge]:
    """All that were begun in this call of a senior's, in order."""
    return _all(conn, _OF_CALL, id=call_id)


def of_message(conn: Connection, outbox_id: int) -> Bridge | None:
    """The bridge whose senior this message rings, as long as he has not answered."""
    return _one(conn, _OF_MESSAGE, id=outbox_id)


def reached(conn: Connection, request_id: int, since: datetime) -> bool:
    """Whether the GP talked with a senior through a bridge since then: the line itself proves that he was called."""
    found: bool = conn.execute(_REACHED, {"id": request_id, "since": since}).scalar_one()
    return found


def never_answered(conn: Connection, before: datetime, limit: int = 20) -> Sequence[Bridge]:
    """Those whose senior did not answer, although nobody said so; and those asked for `before` (real time)."""
    return _all(conn, _NEVER_ANSWERED, before=before, limit=limit)


def left_behind(conn: Connection, limit: int = 20) -> Sequence[Bridge]:
    """Those that are live although the senior's call has been over for a moment: the dial's result was lost."""
    return _all(conn, _LEFT_BEHIND, limit=limit)


# A life -----------------------------------------------------------------------------------------------------------

_INSERT = text(
    """insert into bridges (id, request_id, person_id, how, asked_at, asked_real, call_id)
    values (:id, :request_id, :person_id, :how, :now, :real, :call_id) on conflict do nothing returning id"""
)
_ANSWERED = text(
    """update bridges set call_id = :call_id
    where id = :id and outcome is null and (call_id is null or call_id = :call_id) returning id"""
)
_RING = text(
    """update bridges set rung_at = :now, rung_real = :real, phone = :phone
    where id = :id and outcome is null and rung_at is null returning id"""
).bindparams(*sealed("phone"))
_WHISPERED = text(
    """update bridges b set child_sid = :child_sid, whispered_real = coalesce(b.whispered_real, real_now())
    from calls c, people p, requests r, wards w, hospitals h
    where b.id = :id and c.id = b.call_id and p.id = b.person_id and r.id = b.request_id and w.id = r.ward_id
      and h.id = w.hospital_id
      and coalesce(b.child_sid, :child_sid) = :child_sid
      and (b.whispered_real is not null or b.outcome is null and c.ended_at is null)
    returning p.name, w.name as ward, h.name as hospital, r.kind"""
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
_LOCK_REQUEST = text(
    "select from requests where id = (select request_id from bridges where id = :id) for no key update"
)
_SETTLE = text(
    """update bridges set outcome = :outcome, ended_at = coalesce(ended_at, :now),
        ended_real = coalesce(ended_real, :ended_real),
        seconds = case when :outcome = 'reached' then
            greatest(0, round(extract(epoch from coalesce(ended_real, :ended_real) - accepted_real)))::int end
    where id = :id and outcome is null returning id"""
)
_SECRETARY = text("update bridges set outcome = 'secretariat' where id = :id and outcome = 'reached' returning id")


def insert(
    conn: Connection, bridge_id: UUID, request_id: int, person_id: int, moment: Moment, how: str, call_id: UUID | None
) -> bool:
    """A bridge is asked for; False when the request has a live one, or the senior."""
    asked = {"request_id": request_id, "person_id": person_id, "how": how, "call_id": call_id}
    return _change(conn, _INSERT, id=bridge_id, now=moment.now, real=moment.real, **asked)


def answered(conn: Connection, bridge_id: UUID, call_id: UUID) -> bool:
    """The senior has answered in this call; False when the bridge is over, or another call's."""
    return _change(conn, _ANSWERED, id=bridge_id, call_id=call_id)


def ring(conn: Connection, bridge_id: UUID, phone: str, moment: Moment) -> bool:
    """The GP's telephone is about to be rung, once; False when the bridge is over."""
    return _change(conn, _RING, id=bridge_id, phone=phone, now=moment.now, real=moment.real)


def whispered(conn: Connection, bridge_id: UUID, child_sid: str) -> Caller | None:
    """The GP's telephone was answered; None when nobody waits for him any more. A repeat is told the same."""
    row = conn.execute(_WHISPERED, {"id": bridge_id, "child_sid": child_sid}).one_or_none()
    return None if row is None else Caller(row.name, row.ward, row.hospital, row.kind)


def accept(conn: Connection, bridge_id: UUID, parent_sid: str, moment: Moment) -> bool:
    """The GP pressed 1; False when the senior had gone before, or it is over. A repeat is told the same."""
    return _change(conn, _ACCEPT, id=bridge_id, parent_sid=parent_sid, now=moment.now, real=moment.real)


def leg_ended(conn: Connection, bridge_id: UUID, child_sid: str, moment: Moment) -> None:
    """The GP's telephone is on the hook again, whatever else gets lost."""
    _change(conn, _LEG_ENDED, id=bridge_id, child_sid=child_sid, now=moment.now, real=moment.real)


def lock_request(conn: Connection, bridge_id: UUID) -> None:
    """Nobody else changes its request until the end of this transaction."""
    conn.execute(_LOCK_REQUEST, {"id": bridge_id})


def end(conn: Connection, bridge_id: UUID, outcome: str, moment: Moment, ended_real: datetime) -> bool:
    """It is over with this outcome; True for one caller alone. `ended_real`: since when, if the leg did not say."""
    return _change(conn, _SETTLE, id=bridge_id, outcome=outcome, now=moment.now, ended_real=ended_real)


def was_the_secretary(conn: Connection, bridge_id: UUID) -> None:
    """Whoever was reached was not the doctor."""
    _change(conn, _SECRETARY, id=bridge_id)


def _change(conn: Connection, statement: TextClause, **values: object) -> bool:
    return conn.execute(statement, values).one_or_none() is not None


def _one(conn: Connection, statement: TextClause, **values: object) -> Bridge | None:
    row = conn.execute(statement, values).one_or_none()
    return None if row is None else _bridge(row)


def _all(conn: Connection, statement: TextClause, **values: object) -> Sequence[Bridge]:
    return [_bridge(row) for row in conn.execute(statement, values)]


def _bridge(row: Row[Any]) -> Bridge:
    return Bridge(**row._mapping)
