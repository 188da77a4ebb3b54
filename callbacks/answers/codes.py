"""The code to read an answer: six digits to the GP's mobile, ten minutes, five tries; the newest alone counts.

It is kept as a keyed hash. So many an hour for one answer and for one number, on the page and by telephone together.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection, text

from callbacks import outbox
from callbacks.answers.records import Answer
from callbacks.house import House
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from config import texts
from config.clock import Moment
from config.sealed_types import in_any_form
from config.texts import gsm7

DIGITS, TRIES = 6, 5
LASTS = timedelta(minutes=10)  # of real time
APART = timedelta(seconds=20)  # he tapped twice: the one that is on its way counts
AN_HOUR, A_DAY = 5, 10  # for one answer, and for one number


@dataclass(frozen=True)
class Sent:
    """A code is on its way; ring `deliver` with the id once it is committed (None: it went a moment ago)."""

    outbox_id: int | None


class Refusal(StrEnum):
    """Why none was sent, or what was given opens nothing."""

    NO_MOBILE = "no_mobile"
    TOO_MANY = "too_many"
    WRONG = "wrong"
    OVER = "over"  # none was sent, it is too old, it was used, or five wrong ones were given


def send(conn: Connection, house: House, answer: Answer, moment: Moment) -> Sent | Refusal:
    """Send a code to the mobile of this answer, one at a time for each number."""
    if answer.code_to is None:
        return Refusal.NO_MOBILE
    conn.execute(_ONE_AT_A_TIME, {"number": answer.code_to})
    lately = conn.execute(_LATELY, {"id": answer.id, "numbers": answer.code_to, "apart": APART}).one()
    if lately.just_now:
        return Sent(None)
    if max(lately.answer_hour, lately.number_hour) >= AN_HOUR or max(lately.answer_day, lately.number_day) >= A_DAY:
        return Refusal.TOO_MANY
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    made = conn.execute(_NEW, {"id": answer.id, "hash": _hash(house, answer, code)})
    return Sent(_put(conn, house, answer, code, made.scalar_one(), moment))


def check(conn: Connection, house: House, answer: Answer, code: str, moment: Moment) -> Refusal | None:
    """Try a code; None: it is right, and used up. Tries at the same time count one by one."""
    kept = conn.execute(_NEWEST_LOCKED, {"id": answer.id}).one_or_none()
    if kept is None or kept.used_real is not None or kept.tries >= TRIES or moment.real >= kept.made_real + LASTS:
        return Refusal.OVER
    right = hmac.compare_digest(kept.hash, _hash(house, answer, "".join(code.split())))
    conn.execute(_TRIED, {"code": kept.id, "right": right})
    if right:
        return None
    return Refusal.WRONG if kept.tries + 1 < TRIES else Refusal.OVER


def is_on_its_way(conn: Connection, answer: Answer, moment: Moment) -> bool:
    """Whether a code that was sent can still open it."""
    kept = conn.execute(_NEWEST, {"id": answer.id}).one_or_none()
    return kept is not None and kept.used_real is None and kept.tries < TRIES and moment.real < kept.made_real + LASTS


def purge(conn: Connection) -> None:
    """Codes that open nothing any more are kept nowhere, nor the words of the SMS that carried them."""
    conn.execute(_WORDLESS, {"lasts": LASTS})
    conn.execute(_FORGET)


_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended(:number, 0))")
_LATELY = text(
    """
    select count(*) filter (where c.answer_id = :id and c.made_real > real_now() - interval '1 hour') as answer_hour,
        count(*) filter (where c.answer_id = :id) as answer_day,
        count(*) filter (
            where a.code_to = any(:numbers) and c.made_real > real_now() - interval '1 hour') as number_hour,
        count(*) filter (where a.code_to = any(:numbers)) as number_day,
        coalesce(bool_or(c.answer_id = :id and c.used_real is null and c.made_real > real_now() - :apart), false)
            as just_now
    from answer_codes c join answers a on a.id = c.answer_id
    where c.made_real > real_now() - interval '1 day' and (c.answer_id = :id or a.code_to = any(:numbers))"""
).bindparams(*in_any_form("numbers"))
_NEW = text("insert into answer_codes (answer_id, hash) values (:id, :hash) returning id")
_LAST = """
    select id, hash, made_real, tries, used_real from answer_codes where answer_id = :id
    order by made_real desc, id desc limit 1"""
_NEWEST, _NEWEST_LOCKED = text(_LAST), text(f"{_LAST} for update")
_TRIED = text(
    """
    update answer_codes set tries = tries + 1, used_real = case when :right then real_now() else used_real end
    where id = :code"""
)
# What is on its way keeps its words: the carrier is asked for them when an attempt is in doubt.
_WORDLESS = text(
    """
    update outbox o set body = '' from answer_codes c
    where o.key = 'answer_code:' || c.id and c.made_real <= real_now() - :lasts
    and o.body <> '' and o.state not in ('waiting', 'sending')"""
)
_FORGET = text("delete from answer_codes where made_real <= real_now() - interval '2 days'")


def _put(conn: Connection, house: House, answer: Answer, code: str, code_id: int, moment: Moment) -> int:
    outbox.take_back(conn, _earlier(conn, answer, code_id))  # a code that comes late would be taken for the newest
    message = Message(
        key=f"answer_code:{code_id}",
        purpose=Purpose.ANSWER_CODE,
        channel="sms",
        recipient=answer.code_to or "",
        person_id=None,
        request_id=answer.request_id,
        body=gsm7.plain(texts.say("sms.answer_code", house.language, code=code, reference=answer.reference)),
        due_at=moment.now,
    )
    outbox.put(conn, [message], moment)
    outbox_id: int = conn.execute(_ROW, {"key": message.key}).scalar_one()
    return outbox_id


def _earlier(conn: Connection, answer: Answer, code_id: int) -> list[str]:
    found = conn.execute(_EARLIER, {"id": answer.id, "code": code_id}).scalars()
    return [f"answer_code:{each}" for each in found]


_EARLIER = text("select id from answer_codes where answer_id = :id and id <> :code")
_ROW = text("select id from outbox where key = :key")


def _hash(house: House, answer: Answer, code: str) -> str:
    # Six digits are guessed in a moment by who has the table alone: the key is not in it.
    return hmac.new(house.secret_key, f"answer code:{answer.id}:{code}".encode(), sha256).hexdigest()
