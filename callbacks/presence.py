"""“De garde ? 1 oui, 2 non”: asked by call of who begins a shift as the first of his ward, where the ward wants it.

A call without a key is made once more three minutes later; then it is silence. After a no, or silence, the next rank
takes the line and is asked in turn. The row of the question is its state: whoever looks at it does what is still to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import Connection, Row, text

from callbacks import absence, alarms, handover, outbox
from callbacks.absence import Absence
from callbacks.handover import BEGINS, FIRST, STALE
from callbacks.house import House
from callbacks.ladder import Channel
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from callbacks.stand_in import StandIn, stand_in
from config import texts
from config.clock import Moment
from scheduling import store
from scheduling.planning import desk
from scheduling.planning.changes import Changed
from scheduling.planning.trail import Actor
from scheduling.rota import Held

CALL_WORDS = "voice.ask_presence"
AGAIN = timedelta(minutes=3)  # after a call in which no key was pressed
CALLS = 2
LATELY = timedelta(hours=2)  # who did not say yes since then does not take another's place
RINGS = timedelta(seconds=60)  # of real time: a call of which nothing was heard for so long is over
LASTS = timedelta(minutes=5)  # of real time: so is one that was answered
UNSENT = timedelta(minutes=15)  # the carrier does not take the call: no answer is known, and nothing is changed
BY_PRESENCE = Actor(None, "presence")

log = structlog.get_logger(__name__)


class Answer(StrEnum):
    """What he answered; void: he was replaced meanwhile, or could not be rung at all."""

    YES = "yes"
    NO = "no"
    SILENCE = "silence"
    VOID = "void"


@dataclass(frozen=True)
class Rung:
    """One of the calls in which he was asked. `over_at`: when it ended; None while it goes on, or waits."""

    state: str
    due_at: datetime
    over_at: datetime | None


@dataclass(frozen=True)
class Question:
    """The ward whose line he takes, and until when."""

    ward_id: int
    until: datetime


def ask(conn: Connection, moment: Moment) -> int:
    """Call who has just begun as the first of an open ward that asks; each once a shift. How many are called."""
    values = {"now": moment.now, "fresh": moment.now - STALE}
    starts = conn.execute(_BEGINNING, values).all()
    return sum(_ask(conn, moment, row) for row in starts if _is_open(conn, row.ward_id, moment.now))


def unsettled(conn: Connection) -> Sequence[int]:
    """Questions after which something is still to be done."""
    return conn.execute(_UNSETTLED).scalars().all()


def settle(conn: Connection, moment: Moment, house: House, presence_id: int) -> None:
    """Look how it stands with one question and do what follows; called twice, late or in vain it does no harm."""
    asked = conn.execute(_LOCKED, {"id": presence_id, "now": moment.now}).one_or_none()
    if asked is None:
        return
    answer = _answer(conn, moment, asked)
    if answer is None:
        return
    changed = None
    if answer in (Answer.NO, Answer.SILENCE) and asked.shift_id is not None:
        changed = _replace(conn, moment, house, asked, answer)
    outbox.take_back(conn, _keys(presence_id))
    values = {"id": presence_id, "answer": answer, "now": moment.now, "audit": changed}
    conn.execute(_SETTLE, values)


def answered(conn: Connection, moment: Moment, presence_id: int, yes: bool) -> bool:
    """He pressed 1 or 2; False when the question no longer waits."""
    answer = Answer.YES if yes else Answer.NO
    settled_at = moment.now if yes else None  # after a no there is something to be done
    values = {"id": presence_id, "answer": answer, "now": moment.now, "settled": settled_at}
    ward_id = conn.execute(_ANSWER, values).scalar_one_or_none()
    if ward_id is not None and yes:
        alarms.clear(conn, _alarm(ward_id))
    return ward_id is not None


def question(conn: Connection, moment: Moment, presence_id: int) -> Question | None:
    """What he is asked about; None when an answer no longer counts: his shift is another's, or he gave one."""
    row = conn.execute(_WAITS, {"id": presence_id, "now": moment.now}).one_or_none()
    if row is None:
        return None
    end = handover.until(conn, row.ward_id, row.person_id, row.rank, row.shift_start)
    return Question(row.ward_id, end or row.shift_start)


# Asking ------------------------------------------------------------------------------------------------------------


def _is_open(conn: Connection, ward_id: int, now: datetime) -> bool:
    return store.ward(conn, ward_id).opening.is_open(now)


def _ask(conn: Connection, moment: Moment, row: Row[Any]) -> bool:
    values = {"ward": row.ward_id, "person": row.person_id, "rank": row.rank, "at": row.at, "now": moment.now}
    presence_id: int | None = conn.execute(_ASK, values).scalar_one_or_none()
    if presence_id is None:
        return False  # another tick has asked
    alarms.clear(conn, _alarm(row.ward_id))
    _call(conn, moment, presence_id, 1, row, moment.now)
    return True


def _call(conn: Connection, moment: Moment, presence_id: int, call: int, row: Row[Any], at: datetime) -> None:
    detail: dict[str, object] = {"presence": presence_id, "ward": row.ward_id, "phone": row.phone}
    message = Message(
        _key(presence_id, call), Purpose.PRESENCE, Channel.CALL, row.phone, row.person_id, None, CALL_WORDS, at, detail
    )
    outbox.put(conn, [message], moment)


def _key(presence_id: int, call: int) -> str:
    return f"presence:{presence_id}:{call}"


def _keys(presence_id: int) -> list[str]:
    return [_key(presence_id, call) for call in range(1, CALLS + 1)]


def _alarm(ward_id: int) -> str:
    return f"nobody_confirmed:{ward_id}"


# The answer --------------------------------------------------------------------------------------------------------


def _answer(conn: Connection, moment: Moment, asked: Row[Any]) -> Answer | None:
    """What is known by now; None: wait. Calls him once more when the first call brought no key."""
    if asked.answer is not None:
        return Answer(asked.answer)
    if asked.shift_id is None:
        return Answer.VOID
    calls = [_rung(row, moment) for row in conn.execute(_CALLS, {"keys": _keys(asked.id)})]
    last = calls[-1]
    if last.over_at is None:
        unsent = last.state in ("waiting", "sending") and moment.now - last.due_at > UNSENT
        return Answer.VOID if unsent else None
    if len(calls) < CALLS:
        _call(conn, moment, asked.id, len(calls) + 1, asked, last.over_at + AGAIN)
        return None
    # Who has taken a GP's call since is there, whatever he did with ours.
    proof = {"person": asked.person_id, "ward": asked.ward_id, "since": asked.shift_start}
    return Answer.YES if conn.execute(_TOOK_A_CALL, proof).scalar_one() else Answer.SILENCE


def _rung(row: Row[Any], moment: Moment) -> Rung:
    over_at: datetime | None = None
    match row.state:
        case "undelivered" | "failed" | "dropped":
            over_at = row.settled_at
        case "delivered":
            over_at = row.ended_at or (moment.now if moment.real - row.sent_real > LASTS else None)
        case "sent" if moment.real - row.sent_real > RINGS:
            over_at = moment.now
    return Rung(row.state, row.due_at, over_at)


# What follows ------------------------------------------------------------------------------------------------------


def _replace(conn: Connection, moment: Moment, house: House, asked: Row[Any], answer: Answer) -> int | None:
    """Put the next in his place and tell who must know; the id of the change, None when there is nobody."""
    at = max(asked.shift_start, moment.now.replace(second=0, microsecond=0))
    held = store.held_between(conn, [asked.ward_id], at, asked.shift_end)
    mine = next(each for each in held if each.id == asked.shift_id)
    out = set(conn.execute(_ABSENT, {"ward": asked.ward_id, "since": moment.now - LATELY}).scalars())
    found = stand_in(mine, held, at, out | {asked.person_id}, stays=answer is Answer.SILENCE)
    audit_id = _change(conn, moment, house, asked, answer, found)
    instead = found.person if audit_id is not None else None
    if instead is None:
        detail = {"ward": asked.ward_id, "presence": asked.id}
        alarms.raise_alarm(conn, "nobody_confirmed", _alarm(asked.ward_id), detail)
    told = Absence(
        presence_id=asked.id,
        ward=store.ward(conn, asked.ward_id),
        absent=mine.shift.person,
        refused=answer is Answer.NO,
        instead=instead,
        until=_until(mine, found, asked),
    )
    absence.tell(conn, moment, house, told)
    return audit_id


def _until(mine: Held, found: StandIn, asked: Row[Any]) -> datetime:
    """Until when who takes the line holds it: to the end of the shift, or of his own hours."""
    if found.person is None:
        return mine.shift.end
    his = [slot.end for slot in found.added if slot.rank == asked.rank and slot.person_id == found.person.id]
    return min(his, default=mine.shift.end)


def _change(
    conn: Connection, moment: Moment, house: House, asked: Row[Any], answer: Answer, found: StandIn
) -> int | None:
    if not found.removed_ids:
        return None
    why = texts.say(f"checks.why_{answer}", house.language, person=asked.person)
    done = desk.apply(
        conn, moment, BY_PRESENCE, asked.ward_id, "rota.presence", found.removed_ids, found.added, why=why
    )
    if isinstance(done, Changed):
        return done.audit_id
    codes = [remark.code for remark in done.remarks]
    log.error("presence.not_replaced", presence=asked.id, remarks=codes)
    return None


# A shift of which its holder was not asked yet, in a ward that asks; only the first of the rota is.
_BEGINNING = text(
    f"""
    select s.ward_id, s.person_id, s.rank, lower(s.during) as at, p.phone
    from wards w
    join shifts s on s.ward_id = w.id and s.during @> cast(:now as timestamptz) and lower(s.during) > :fresh
    join people p on p.id = s.person_id
    where w.asks_presence and w.live_from <= :now and {BEGINS} and {FIRST}
    and not exists (
        select from presences asked where asked.ward_id = s.ward_id and asked.person_id = s.person_id
        and asked.rank = s.rank and asked.shift_start = lower(s.during))
    order by s.ward_id"""
)
_ASK = text(
    """
    insert into presences (ward_id, person_id, rank, shift_start, asked_at) values (:ward, :person, :rank, :at, :now)
    on conflict do nothing returning id"""
)
_UNSETTLED = text("select id from presences where settled_at is null order by id")
_LOCKED = text(
    """
    select asked.id, asked.ward_id, asked.person_id, asked.rank, asked.shift_start, asked.asked_at, asked.answer,
        p.name as person, p.phone, s.id as shift_id, upper(s.during) as shift_end
    from presences asked join people p on p.id = asked.person_id
    left join shifts s on s.ward_id = asked.ward_id and s.person_id = asked.person_id and s.rank = asked.rank
        and lower(s.during) = asked.shift_start and s.during @> cast(:now as timestamptz)
    where asked.id = :id and asked.settled_at is null for update of asked skip locked"""
)
_CALLS = text(
    """
    select o.state, o.due_at, o.settled_at, o.sent_real, c.ended_at
    from outbox o left join calls c on c.sid = o.provider_sid
    where o.key = any(:keys) order by o.key"""
)
_WAITS = text(
    """
    select asked.ward_id, asked.person_id, asked.rank, asked.shift_start
    from presences asked join shifts s on s.ward_id = asked.ward_id and s.person_id = asked.person_id
        and s.rank = asked.rank and lower(s.during) = asked.shift_start and s.during @> cast(:now as timestamptz)
    where asked.id = :id and asked.answer is null"""
)
_ANSWER = text(
    """
    update presences set answer = :answer, answered_at = :now, settled_at = :settled
    where id = :id and answer is null returning ward_id"""
)
_SETTLE = text(
    """
    update presences set answer = :answer, answered_at = coalesce(answered_at, :now), settled_at = :now,
        audit_id = :audit
    where id = :id"""
)
_ABSENT = text(
    """
    select person_id from presences where ward_id = :ward and answer in ('no', 'silence') and asked_at > :since"""
)
_TOOK_A_CALL = text(
    """
    select exists (
        select from attempts a join calls c on c.id = a.call_id
        where a.person_id = :person and c.ward_id = :ward and a.accepted_at >= :since)"""
)
