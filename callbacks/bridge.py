"""Calling a GP back through the line: a senior asks for it, his telephone is rung, then the GP's.

A request has one bridge at a time, and so has a senior. What came of a bridge becomes a try of its request
(`requests.attempted`), once. Nothing here commits.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from callbacks import bridges, holding, outbox, register, requests
from callbacks.bridges import NOT_RUNG as NOT_RUNG
from callbacks.bridges import Bridge as Bridge
from callbacks.bridges import Caller as Caller
from callbacks.bridges import Stage as Stage
from callbacks.bridges import accept as accept
from callbacks.bridges import answered as answered
from callbacks.bridges import find as find
from callbacks.bridges import latest as latest
from callbacks.bridges import left_behind as left_behind
from callbacks.bridges import leg_ended as leg_ended
from callbacks.bridges import of_call as of_call
from callbacks.bridges import reached as reached
from callbacks.bridges import ring as ring
from callbacks.bridges import whispered as whispered
from callbacks.holding import AlreadyClaimed, Claimed, Closed
from callbacks.outbox import Message
from callbacks.promise import RequestView
from callbacks.purposes import Purpose
from callbacks.requests import Bridged
from callbacks.trying import Result
from config import numbers
from config.clock import Moment

STALE = timedelta(minutes=3)  # real time: nobody is rung out of the blue
WORD_STALE = timedelta(minutes=10)  # real time: so long after a try his voicemail may still be told of it
AT_ONCE = timedelta(seconds=60)  # real time: so long the touch on his own page is the senior's 1
CALL_WORDS = "voice.callback_ready"  # the catalogue key that the call to the senior speaks


@dataclass(frozen=True)
class Asked:
    """His telephone will ring. After the commit, ring `deliver` with the outbox id."""

    bridge_id: UUID
    outbox_id: int


@dataclass(frozen=True)
class Live:
    """Somebody is being rung already: for this request, or the senior himself, who is rung or talks."""

    bridge: Bridge | None  # None: he is rung, or talks, in another call


@dataclass(frozen=True)
class NoNumber:
    """The GP cannot be called through the line. `why`: unknown (he left no number), not_callable."""

    why: str


@dataclass(frozen=True)
class Wish:
    """How a senior asks for it, in which call of his if any; `abroad`: countries that the line may call besides."""

    how: str  # page | phone | sms | board
    call_id: UUID | None
    abroad: Collection[str]


Refusal = Live | AlreadyClaimed | Closed | NoNumber


def ask(
    conn: Connection, request_id: int, person_id: int, moment: Moment, how: str, abroad: Collection[str] = ()
) -> Asked | Refusal:
    """Ring the senior to call this GP back; claims the request when it is open. `how`: page, sms, board."""
    begun = _begin(conn, request_id, person_id, moment, Wish(how, None, abroad))
    if not isinstance(begun, UUID):
        return begun
    message = Message(
        key=key_of(begun),
        purpose=Purpose.CALLBACK,
        channel="call",
        recipient=conn.execute(_PHONE, {"id": person_id}).scalar_one(),
        person_id=person_id,
        request_id=request_id,
        body=CALL_WORDS,
        due_at=moment.now,
        detail={"bridge": str(begun)},
    )
    outbox.put(conn, [message], moment)
    return Asked(begun, conn.execute(_OUTBOX_ID, {"key": message.key}).scalar_one())


def begin(
    conn: Connection, request_id: int, person_id: int, call_id: UUID, moment: Moment, abroad: Collection[str] = ()
) -> UUID | Refusal:
    """Begin one in the call in which the senior is already; its id."""
    return _begin(conn, request_id, person_id, moment, Wish("phone", call_id, abroad))


def settle(conn: Connection, bridge_id: UUID, outcome: str, moment: Moment, ended_real: datetime | None = None) -> bool:
    """It is over with this outcome; True for one caller alone. `ended_real`: when they stopped talking, if known.

    What did not reach the GP is a try at once; of what did, the senior may still say that it was the secretary.
    """
    if outcome != NOT_RUNG:
        bridges.lock_request(conn, bridge_id)  # before the bridge: the order in which who asks for one locks them
    settled = bridges.end(conn, bridge_id, outcome, moment, ended_real or moment.real)
    if settled and outcome != Result.REACHED:
        report(conn, bridge_id, moment)
    return settled


def report(conn: Connection, bridge_id: UUID, moment: Moment, *, secretary: bool = False) -> None:
    """Write down the try, once. `secretary`: whoever was reached was not the doctor, the senior says."""
    if secretary:
        bridges.was_the_secretary(conn, bridge_id)
    found = find(conn, bridge_id)
    if found is not None and found.result is not None:
        done = Bridged(found.id, found.seconds)
        requests.attempted(conn, found.request_id, found.person_id, moment, found.result, done)


def not_answered(conn: Connection, outbox_id: int, moment: Moment) -> None:
    """The call to the senior did not reach him, or comes too late. Harmless for any other message."""
    found = bridges.of_message(conn, outbox_id)
    if found is not None:
        settle(conn, found.id, NOT_RUNG, moment)


def still_wanted(conn: Connection, outbox_id: int, moment: Moment) -> bool:
    """Whether the senior may still be rung for the bridge that he asked for."""
    found = bridges.of_message(conn, outbox_id)
    return found is not None and moment.real - found.asked_real < STALE


def word_still_wanted(conn: Connection, outbox_id: int, moment: Moment) -> bool:
    """Whether a word of a try may still be left with the GP: soon after it, while he waits and was not reached."""
    wanted: bool = conn.execute(_WORD_WANTED, {"id": outbox_id, "oldest": moment.real - WORD_STALE}).scalar_one()
    return wanted


def end_unanswered(conn: Connection, moment: Moment) -> None:
    """End those whose senior did not answer, the word of which was lost; and those that were never rung in time."""
    unanswered = bridges.never_answered(conn, moment.real - STALE)
    # The message first, then its bridge: the order in which the carrier's word on it locks them.
    outbox.take_back(conn, [key_of(found.id) for found in unanswered])
    for found in unanswered:
        settle(conn, found.id, NOT_RUNG, moment)


def word_key_of(bridge_id: UUID) -> str:
    """The key of the word on the GP's voicemail in the outbox."""
    return f"tried_call:{bridge_id}"


def key_of(bridge_id: UUID) -> str:
    """The key of the call to the senior in the outbox."""
    return f"callback:{bridge_id}"


def _begin(conn: Connection, request_id: int, person_id: int, moment: Moment, wish: Wish) -> UUID | Refusal:
    view = register.locked(conn, request_id)  # two touches at once are told apart
    if view.state.closed:
        return Closed(view.state, view.outcome)
    why = _uncallable(view, wish.abroad)
    if why is not None:
        return NoNumber(why)
    claimed = holding.claim(conn, request_id, person_id, moment, wish.how)
    if not isinstance(claimed, Claimed):
        return claimed
    if bridges.in_a_call(conn, person_id, wish.call_id):
        return Live(bridges.live(conn, request_id, person_id))
    bridge_id = uuid4()
    if not bridges.insert(conn, bridge_id, request_id, person_id, moment, wish.how, wish.call_id):
        return Live(bridges.live(conn, request_id, person_id))
    return bridge_id


def _uncallable(view: RequestView, abroad: Collection[str]) -> str | None:
    if view.caller is None:
        return "unknown"
    return None if numbers.callable_back(view.caller, view.timezone, abroad) else "not_callable"


_PHONE = text("select phone from people where id = :id")
_OUTBOX_ID = text("select id from outbox where key = :key")
_WORD_WANTED = text(
    """
    select exists (
        select from outbox o join requests r on r.id = o.request_id
        join bridges b on b.request_id = r.id and o.key = 'tried_call:' || b.id
        where o.id = :id and r.state in ('open', 'claimed') and b.ended_real > :oldest and not exists (
            select from bridges later where later.request_id = r.id and later.asked_real > b.asked_real
            and later.accepted_at is not null))"""
)
