"""The senior's PIN: it opens what a GP said or wrote. Set once from his own mobile, five wrong ones lock it.

Set through the link we texted to that mobile, or in a call that we placed to it; never on caller ID alone.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Connection, Row, Select, func, select, update

from callbacks import alarms, outbox
from callbacks.house import House
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from config import numbers, texts
from config.clock import Moment
from scheduling.tables import people

TRIES = 5
SHORTEST, LONGEST = 4, 8
# OWASP's least: a call waits for it, two processes of four threads may hash at once, and there are five tries.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# The ones a thief tries first besides runs and repeats: the middle column of a keypad, its corners and its cross.
_FAVOURITES = frozenset({"2580", "0852", "1397", "1379", "7913", "9713", "2468", "1357", "1004", "147258", "159753"})


class Refusal(StrEnum):
    """Why a PIN cannot be set."""

    LENGTH = "length"
    TRIVIAL = "trivial"
    ALREADY_SET = "already_set"


@dataclass(frozen=True)
class Right:
    """The PIN is his, or he has one. `seal` changes with the PIN: a proof kept elsewhere is bound to it."""

    seal: str


@dataclass(frozen=True)
class Wrong:
    """Not his PIN; `left` tries remain before it locks."""

    left: int


@dataclass(frozen=True)
class Locked:
    """Five wrong ones; only the administrator opens it again. The door that hears it calls `tell_owner`."""


@dataclass(frozen=True)
class Unset:
    """He has no PIN yet."""


def objection(pin: str, phone: str = "") -> Refusal | None:
    """Why `pin` would be no secret, or None: 4 to 8 digits, not a run, a repeat, a year or his own number's end."""
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        return Refusal.LENGTH
    return Refusal.TRIVIAL if _is_trivial(pin) or (phone and phone.endswith(pin)) else None


def _is_trivial(pin: str) -> bool:
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    half, odd = divmod(len(pin), 2)
    repeats = not odd and pin[:half] == pin[half:]
    is_year = len(pin) == 4 and pin[:2] in ("19", "20")
    return steps in ({0}, {1}, {9}) or repeats or is_year or pin in _FAVOURITES


def set_first(conn: Connection, person_id: int, pin: str) -> Refusal | None:
    """Give a person without PIN this one; of two that come at once the first counts. None when it is set."""
    phone: str = conn.execute(select(people.c.phone).where(people.c.id == person_id)).scalar_one()
    refusal = objection(pin, phone)
    if refusal is not None:
        return refusal
    nobodys = (people.c.id == person_id) & people.c.pin_hash.is_(None) & people.c.pin_locked_at.is_(None)
    done = conn.execute(update(people).where(nobodys).values(pin_hash=_hasher.hash(pin), pin_failures=0))
    return None if done.rowcount == 1 else Refusal.ALREADY_SET


def standing(conn: Connection, person_id: int) -> Right | Locked | Unset:
    """Whether a person has a PIN and may use it; `Right.seal` is what a proof must bear to be his still."""
    row = conn.execute(_pin_of(person_id)).one()
    return _shut(row) or Right(_seal(row.pin_hash))


def check(conn: Connection, person_id: int, pin: str) -> Right | Wrong | Locked | Unset:
    """Try a PIN. The row is held meanwhile, so that guesses at the same time count one by one."""
    row = conn.execute(_pin_of(person_id).with_for_update(key_share=True)).one()
    shut = _shut(row)
    if shut is not None:
        return shut
    if _matches(row.pin_hash, pin):
        if row.pin_failures:
            _count(conn, person_id, 0)
        return Right(_seal(row.pin_hash))
    failures = row.pin_failures + 1
    _count(conn, person_id, failures)
    if failures < TRIES:
        return Wrong(TRIES - failures)
    alarms.raise_alarm(conn, "pin_locked", _alarm(person_id), {"person_id": person_id})
    return Locked()


def tell_owner(conn: Connection, house: House, person_id: int, moment: Moment) -> None:
    """Tell a person by SMS that his PIN is locked, once a lock: it may not have been he who guessed."""
    columns = (people.c.phone, people.c.pin_locked_at, people.c.opted_out_at)
    row = conn.execute(select(*columns).where(people.c.id == person_id)).one()
    if row.pin_locked_at is None or row.opted_out_at is not None or not numbers.is_mobile(row.phone):
        return  # the alarm stands
    message = Message(
        key=f"pin_locked:{person_id}:{row.pin_locked_at.isoformat()}",
        purpose=Purpose.PIN_LOCKED,
        channel="sms",
        recipient=row.phone,
        person_id=person_id,
        request_id=None,
        body=texts.say("sms.pin_locked", house.language),
        due_at=moment.now,
    )
    outbox.put(conn, [message], moment)


def unlock(conn: Connection, phone: str) -> bool:
    """Give the person with this number (E.164) five new tries; False when there is no such person."""
    return _reset(conn, phone, {"pin_failures": 0, "pin_locked_at": None})


def forget(conn: Connection, phone: str) -> bool:
    """Let him set a new PIN at his next link, for when he has forgotten it; False when there is no such person."""
    return _reset(conn, phone, {"pin_hash": None, "pin_failures": 0, "pin_locked_at": None})


def _reset(conn: Connection, phone: str, values: dict[str, object]) -> bool:
    his = (people.c.phone == phone) & people.c.left_at.is_(None)
    changed = update(people).where(his).values(values).returning(people.c.id)
    person_id = conn.execute(changed).scalar_one_or_none()
    if person_id is None:
        return False
    alarms.clear(conn, _alarm(person_id))
    return True


def _alarm(person_id: int) -> str:
    return f"pin_locked:{person_id}"


def _pin_of(person_id: int) -> Select[tuple[str | None, int, datetime | None]]:
    columns = (people.c.pin_hash, people.c.pin_failures, people.c.pin_locked_at)
    return select(*columns).where(people.c.id == person_id)


def _shut(row: Row[tuple[str | None, int, datetime | None]]) -> Locked | Unset | None:
    if row.pin_locked_at is not None:
        return Locked()
    return Unset() if row.pin_hash is None else None


def _count(conn: Connection, person_id: int, failures: int) -> None:
    values: dict[str, object] = {"pin_failures": failures}
    if failures >= TRIES:
        values["pin_locked_at"] = func.real_now()
    conn.execute(update(people).where(people.c.id == person_id).values(values))


def _seal(pin_hash: str) -> str:
    return sha256(pin_hash.encode()).hexdigest()[:16]


def _matches(pin_hash: str, pin: str) -> bool:
    try:
        return _hasher.verify(pin_hash, pin)
    except VerifyMismatchError:
        return False
