"""Proving a telephone: a code by SMS that its owner reads out, or a call in which he presses 1.

The code is kept as a keyed hash, lasts fifteen minutes of real time and five tries; the newest alone counts. A number
that was changed is proved by nothing that was sent to the old one.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from callbacks import outbox
from callbacks.house import House
from callbacks.ladder import Channel
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from config import numbers, texts
from config.clock import Moment
from config.texts import gsm7
from scheduling.planning import trail
from scheduling.planning.tables import phone_codes
from scheduling.planning.trail import Actor
from scheduling.tables import people

CALL_WORDS = "voice.ask_phone"
LASTS = timedelta(minutes=15)  # of real time
APART = timedelta(minutes=1)
TRIES, A_DAY, DIGITS = 5, 5, 6
BY_TELEPHONE = Actor(None, "telephone")  # he pressed the key himself


class Refusal(StrEnum):
    """Why nothing was sent, or nothing proved."""

    UNKNOWN = "unknown"  # no such person, or he has left
    NO_SMS = "no_sms"  # a landline, or he texted STOP
    TOO_SOON = "too_soon"
    TOO_MANY = "too_many"
    NO_CODE = "no_code"  # none was sent to this number, or it was used
    OLD = "old"
    WRONG = "wrong"
    WORN_OUT = "worn_out"  # five wrong ones


@dataclass(frozen=True)
class Sent:
    """On its way; ring `deliver` with the id once it is committed."""

    outbox_id: int


@dataclass(frozen=True)
class Last:
    """How he was asked the last time."""

    channel: Channel
    at: datetime


def send(conn: Connection, moment: Moment, house: House, by: Actor, person_id: int, channel: Channel) -> Sent | Refusal:
    """Send him a code, or call him; once a minute and five times a day."""
    person = conn.execute(_PERSON, {"id": person_id}).one_or_none()
    if person is None:
        return Refusal.UNKNOWN
    if channel is Channel.SMS and (person.opted_out_at is not None or not numbers.is_mobile(person.phone)):
        return Refusal.NO_SMS
    lately = list(conn.execute(_LATELY, {"id": person_id, "since": moment.now - timedelta(days=1)}).scalars())
    if lately and moment.now - lately[-1] < APART:
        return Refusal.TOO_SOON
    if len(lately) >= A_DAY:
        return Refusal.TOO_MANY
    body = CALL_WORDS if channel is Channel.CALL else _code_sms(conn, moment, house, person)
    key = f"verification:{person_id}:{uuid4()}"
    detail: dict[str, object] = {"phone": person.phone}
    message = Message(key, Purpose.VERIFICATION, channel, person.phone, person_id, None, body, moment.now, detail)
    outbox.put(conn, [message], moment)
    trail.record(conn, moment, by, "phone.asked", subject=person.name, detail={"by": channel.value})
    return Sent(conn.execute(_ROW, {"key": key}).scalar_one())


def check(conn: Connection, moment: Moment, house: House, by: Actor, person_id: int, code: str) -> Refusal | None:
    """Try the code that he read out; None: his telephone is verified. Tries at the same time count one by one."""
    person = conn.execute(_PERSON, {"id": person_id}).one_or_none()
    kept = conn.execute(select(phone_codes).where(phone_codes.c.person_id == person_id).with_for_update()).one_or_none()
    if person is None or kept is None or kept.phone != person.phone:
        return Refusal.NO_CODE
    if kept.sent_real + LASTS <= moment.real:
        return Refusal.OLD
    if kept.tries >= TRIES:
        return Refusal.WORN_OUT
    if not hmac.compare_digest(kept.code_hash, _hash(house, person, "".join(code.split()))):
        conn.execute(update(phone_codes).where(phone_codes.c.person_id == person_id).values(tries=kept.tries + 1))
        return Refusal.WRONG if kept.tries + 1 < TRIES else Refusal.WORN_OUT
    prove(conn, moment, by, person_id, kept.phone)
    return None


def prove(conn: Connection, moment: Moment, by: Actor, person_id: int, phone: str) -> bool:
    """This number is his; False when it is no longer the one he is rung on. A repeat changes nothing."""
    his = (people.c.id == person_id) & (people.c.phone == phone) & people.c.left_at.is_(None)
    found = conn.execute(select(people.c.name, people.c.phone_verified_at).where(his).with_for_update()).one_or_none()
    if found is None:
        return False
    if found.phone_verified_at is None:
        conn.execute(update(people).where(his).values(phone_verified_at=moment.now))
        trail.record(conn, moment, by, "phone.verified", subject=found.name)
    _forget(conn, person_id)
    return True


def last(conn: Connection, person_id: int) -> Last | None:
    """When and how he was last asked; None: never."""
    row = conn.execute(_LAST, {"id": person_id}).one_or_none()
    return None if row is None else Last(Channel(row.channel), row.created_at)


def purge(conn: Connection) -> None:
    """Codes that can prove nothing any more are kept nowhere, nor the SMS that carried them."""
    old = phone_codes.c.sent_real + LASTS <= func.real_now()
    for person_id in conn.execute(select(phone_codes.c.person_id).where(old)).scalars():
        _forget(conn, person_id)


_PERSON = text("select id, name, phone, opted_out_at from people where id = :id and left_at is null for update")
_LATELY = text(
    """
    select created_at from outbox where person_id = :id and purpose = 'verification' and created_at > :since
    order by created_at"""
)
_LAST = text(
    """
    select channel, created_at from outbox where person_id = :id and purpose = 'verification'
    order by created_at desc limit 1"""
)
_ROW = text("select id from outbox where key = :key")
# What is on its way keeps its words: the carrier is asked for them when an attempt is in doubt.
_WORDLESS = text(
    """
    update outbox set body = '' where person_id = :id and purpose = 'verification' and channel = 'sms'
    and body <> '' and state not in ('waiting', 'sending')"""
)


def _code_sms(conn: Connection, moment: Moment, house: House, person: Row[tuple[object, ...]]) -> str:
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    values = {"phone": person.phone, "code_hash": _hash(house, person, code), "sent_real": moment.real, "tries": 0}
    row = insert(phone_codes).values(person_id=person.id, **values)
    conn.execute(row.on_conflict_do_update(index_elements=["person_id"], set_=values))
    return gsm7.plain(texts.say("sms.code", house.language, code=code))


def _hash(house: House, person: Row[tuple[object, ...]], code: str) -> str:
    # Six digits are guessed in a moment by who has the table alone: the key is not in it.
    said = f"phone code:{person.id}:{person.phone}:{code}".encode()
    return hmac.new(house.secret_key, said, sha256).hexdigest()


def _forget(conn: Connection, person_id: int) -> None:
    conn.execute(delete(phone_codes).where(phone_codes.c.person_id == person_id))
    conn.execute(_WORDLESS, {"id": person_id})
