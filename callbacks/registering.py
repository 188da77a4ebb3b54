"""A doctor puts himself on file: he writes, proves his number or address by a code, and the hospital says yes.

What he wrote is sealed, and forgotten once it was decided; what nobody proved within a day is kept nowhere, nor where
his code went. The code is
a keyed hash in which the quarter of an hour stands: five tries, until the end of the next quarter. So many codes go to
one address and from the whole house that the page is of no use to who wants to annoy somebody.
"""

import hmac
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Connection, Row, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from callbacks import letters, outbox
from callbacks.house import House
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from callbacks.tables import outbox as messages
from config import texts
from config.clock import Moment
from config.crypto import Box, Unreadable
from config.numbers import national
from config.texts import gsm7
from scheduling.directories import newcomers, opt_ins, practitioners
from scheduling.directories.forms import Saved, Stale, fingerprint
from scheduling.directories.newcomers import Newcomer, Proof
from scheduling.likeness import Alike
from scheduling.partner_tables import registrations
from scheduling.planning import trail
from scheduling.planning.trail import Actor

DIGITS, TRIES = 6, 5
QUARTER = 900  # seconds of real time
TO_ONE_A_DAY, OF_ALL_AN_HOUR = 3, 40
KEPT = timedelta(days=1)  # what nobody proved
SOURCE = "inscription"  # of what he agreed to, beside the day

log = structlog.get_logger(__name__)


class Refusal(StrEnum):
    """Why nothing was sent, proved or decided."""

    TOO_MANY = "too_many"
    WRONG = "wrong"
    OVER = "over"  # too late, five wrong codes, or decided already
    TAKEN = "taken"  # his RPPS is that of somebody on file: it is to be joined with that entry
    UNREADABLE = "unreadable"  # no key opens what he wrote: he is to write it again


@dataclass(frozen=True)
class Begun:
    """He is to key the code that is on its way; ring `deliver` with `outbox_id` once it is committed."""

    id: UUID
    outbox_id: int


@dataclass(frozen=True)
class Waiting:
    """Somebody who proved himself and waits for a yes, with those on file who may be him; None: no key opens it."""

    id: UUID
    at: datetime
    said: Newcomer | None
    alike: tuple[Alike, ...]


@dataclass(frozen=True)
class Undecided:
    """What somebody wrote of himself, and since when it is kept."""

    id: UUID
    since: datetime
    said: Newcomer


@dataclass(frozen=True)
class Welcomed:
    """He is on file; ring `deliver` with `outbox_id` once it is committed."""

    practitioner_id: int
    outbox_id: int


def context(registration_id: UUID) -> bytes:
    """What his words are bound to."""
    return f"registrations:{registration_id}".encode()


# He -----------------------------------------------------------------------------------------------------------------


def begin(conn: Connection, moment: Moment, house: House, box: Box, one: Newcomer) -> Begun | Refusal:
    """Keep what he wrote, sealed, and send him a code."""
    conn.execute(_ONE_AT_A_TIME)
    if _too_many(conn, moment, box, one.address):
        return Refusal.TOO_MANY
    id, code = uuid4(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    row = {"id": id, "proof": one.proof, "created_at": moment.now, "said": box.seal(one.written(), context(id))}
    conn.execute(insert(registrations).values(row | {"code_hash": _hash(house, id, code, _quarter(moment))}))
    return Begun(id, _send(conn, moment, house, one, _key(id), "code", id, {"code": code}))


def check(conn: Connection, moment: Moment, house: House, registration_id: UUID, code: str) -> Refusal | None:
    """Try the code that he keyed; None: it is right, now or before. Tries at the same time count one by one."""
    row = _locked(conn, registration_id)
    if row is None or row.state not in ("unproved", "proved"):
        return Refusal.OVER
    if row.state == "proved":
        return None  # he tapped twice
    tried, now = "".join(code.split()), _quarter(moment)
    if row.code_tries >= TRIES or not row.code_hash or moment.now - row.created_at > KEPT:
        return Refusal.OVER
    hashes = (_hash(house, registration_id, tried, quarter) for quarter in (now, now - 1))
    if not any(hmac.compare_digest(row.code_hash, each) for each in hashes):
        _set(conn, registration_id, code_tries=row.code_tries + 1)
        return Refusal.WRONG if row.code_tries + 1 < TRIES else Refusal.OVER
    _set(conn, registration_id, state="proved", proved_at=moment.now)
    return None


def purge(conn: Connection, moment: Moment) -> None:
    """What nobody proved is kept nowhere, nor the words of messages that carried a code.

    What is on its way keeps its words: the carrier is asked for them when an attempt is in doubt.
    """
    of = registrations.c
    over = of.code_hash.is_not(None) & (of.created_at < moment.now - timedelta(seconds=2 * QUARTER))
    keys = {_key(id): id for id in conn.execute(select(of.id).where(over)).scalars()}
    arrived = messages.c.key.in_(keys) & messages.c.state.not_in(("waiting", "sending"))
    said = conn.execute(update(messages).where(arrived).values(body="").returning(messages.c.key)).scalars().all()
    conn.execute(update(registrations).where(of.id.in_([keys[key] for key in said])).values(code_hash=None))
    never = (of.state == "unproved") & of.code_hash.is_(None) & (of.created_at < moment.now - KEPT)
    gone = conn.execute(registrations.delete().where(never).returning(of.id)).scalars().all()
    _forget_where(conn, *gone)


# The hospital -------------------------------------------------------------------------------------------------------


def waiting(conn: Connection, box: Box) -> list[Waiting]:
    """Who proved himself and waits, the longest first."""
    columns = (registrations.c.id, registrations.c.proved_at, registrations.c.said)
    proved = select(*columns).where(registrations.c.state == "proved")
    rows = conn.execute(proved.order_by(registrations.c.proved_at, registrations.c.id))
    found = [(row, _opened(box, row.id, row.said)) for row in rows]
    return [
        Waiting(row.id, row.proved_at, said, () if said is None else tuple(newcomers.alike(conn, said.entry)))
        for row, said in found
    ]


def count_waiting(conn: Connection) -> int:
    """How many."""
    of_these = select(func.count()).select_from(registrations).where(registrations.c.state == "proved")
    count: int = conn.execute(of_these).scalar_one()
    return count


def approve(
    conn: Connection, moment: Moment, house: House, box: Box, by: Actor, registration_id: UUID, into: int | None
) -> Welcomed | Refusal:
    """Put him on file, as somebody new or (`into`) joined with who he is already; he is told."""
    row = _locked(conn, registration_id)
    if row is None or row.state != "proved":
        return Refusal.OVER
    one = _opened(box, registration_id, row.said)
    if one is None:
        return Refusal.UNREADABLE
    saved = _save(conn, moment, by, one, into)
    if not isinstance(saved, Saved):
        return saved
    if one.newsletter:
        opt_ins.give(conn, moment, by, saved.id, opt_ins.Purpose.NEWSLETTER, SOURCE, row.proved_at)
    _decide(conn, moment, by, registration_id, "approved", saved.id)
    key = f"{_key(registration_id)}:welcome"
    return Welcomed(saved.id, _send(conn, moment, house, one, key, "welcome", registration_id, {}))


def refuse(conn: Connection, moment: Moment, by: Actor, registration_id: UUID) -> Refusal | None:
    """He does not go on file; what he wrote is forgotten, and the trail does not name him."""
    row = _locked(conn, registration_id)
    if row is None or row.state != "proved":
        return Refusal.OVER
    _decide(conn, moment, by, registration_id, "refused", None)
    _forget_where(conn, registration_id)
    trail.record(conn, moment, by, "practitioner.refused")
    return None


def undecided(conn: Connection, box: Box, is_his: Callable[[Newcomer], bool]) -> list[Undecided]:
    """What somebody wrote of himself, proved or not, and nobody has decided."""
    written = select(registrations).where(registrations.c.said.is_not(None)).order_by(registrations.c.created_at)
    found = ((row, _opened(box, row.id, row.said)) for row in conn.execute(written))
    return [
        Undecided(row.id, row.proved_at or row.created_at, said)
        for row, said in found
        if said is not None and is_his(said)
    ]


def forget(conn: Connection, ids: Collection[UUID]) -> None:
    """These were never written."""
    conn.execute(registrations.delete().where(registrations.c.id.in_(ids)))
    _forget_where(conn, *ids)


def _save(conn: Connection, moment: Moment, by: Actor, one: Newcomer, into: int | None) -> Saved | Refusal:
    if newcomers.whose_rpps(conn, one.entry) not in (None, into):
        return Refusal.TAKEN
    known = None if into is None else practitioners.entry(conn, into, hold=True)
    if into is not None and known is None:
        return Refusal.OVER
    draft, seen = (one.entry, "") if known is None else (newcomers.joined(known, one), fingerprint(known))
    try:
        with conn.begin_nested():
            saved = practitioners.save(conn, moment, by, into, draft, seen)
    except IntegrityError:
        return Refusal.TAKEN  # at this instant somebody else was given it
    return Refusal.OVER if isinstance(saved, Stale) else saved


def _decide(
    conn: Connection, moment: Moment, by: Actor, registration_id: UUID, state: str, practitioner_id: int | None
) -> None:
    decided = {"state": state, "said": None, "decided_at": moment.now, "account_id": by.account_id}
    _set(conn, registration_id, **decided, practitioner_id=practitioner_id)


# Parts of both ------------------------------------------------------------------------------------------------------

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('registrations', 0))")
_ROW = text("select id from outbox where key = :key")
_HOUR = timedelta(hours=1)


def _too_many(conn: Connection, moment: Moment, box: Box, address: str) -> bool:
    """Whether one more code is too many, of the house or to this address: its registrations of a day are opened."""
    of = registrations.c
    today = select(of.id, of.created_at, of.said).where(of.created_at > moment.now - KEPT)
    rows = conn.execute(today).all()
    if sum(row.created_at > moment.now - _HOUR for row in rows) >= OF_ALL_AN_HOUR:
        return True
    found = (_opened(box, row.id, row.said) for row in rows if row.said is not None)
    return sum(one is not None and one.address == address for one in found) >= TO_ONE_A_DAY


def _key(registration_id: UUID) -> str:
    return f"registration:{registration_id}"


def _forget_where(conn: Connection, *ids: UUID) -> None:
    """Where codes went, and which they were."""
    of_these = messages.c.key.in_([_key(id) for id in ids])
    conn.execute(update(messages).where(of_these).values(recipient="", body=""))


def _locked(conn: Connection, registration_id: UUID) -> Row[tuple[object, ...]] | None:
    return conn.execute(
        select(registrations).where(registrations.c.id == registration_id).with_for_update()
    ).one_or_none()


def _set(conn: Connection, registration_id: UUID, **values: object) -> None:
    conn.execute(update(registrations).where(registrations.c.id == registration_id).values(**values))


def _opened(box: Box, registration_id: UUID, sealed: bytes) -> Newcomer | None:
    """None: no key opens it, or it is none of our words. One such row is in nobody's way."""
    try:
        return Newcomer.read(box.open(bytes(sealed), context(registration_id)))
    except (Unreadable, ValueError, LookupError, TypeError):
        log.warning("registration.unreadable", registration=str(registration_id))
        return None


def _send(
    conn: Connection,
    moment: Moment,
    house: House,
    one: Newcomer,
    key: str,
    word: str,
    registration_id: UUID,
    values: dict[str, object],
) -> int:
    """The same word by SMS or e-mail, as he proved himself; the row."""
    body, detail = _WORDS[one.proof](house, word, values | {"line": national(house.line_number)})
    detail |= {"registration": str(registration_id)}
    message = Message(key, Purpose.REGISTRATION, one.proof, one.address, None, None, body, moment.now, detail)
    outbox.put(conn, [message], moment)
    outbox_id: int = conn.execute(_ROW, {"key": key}).scalar_one()
    return outbox_id


def _by_sms(house: House, word: str, values: dict[str, object]) -> tuple[str, dict[str, object]]:
    return gsm7.plain(texts.say(f"sms.registration_{word}", house.language, **values)), {}


def _by_mail(house: House, word: str, values: dict[str, object]) -> tuple[str, dict[str, object]]:
    said = texts.say(f"mail.registration_{word}", house.language, **values)
    subject = texts.say(f"mail.registration_{word}_subject", house.language)
    return letters.framed(house, texts.say("mail.registration_from", house.language), [said]), {"subject": subject}


_WORDS: dict[Proof, Callable[[House, str, dict[str, object]], tuple[str, dict[str, object]]]] = {
    Proof.SMS: _by_sms,
    Proof.EMAIL: _by_mail,
}


def _quarter(moment: Moment) -> int:
    return int(moment.real.timestamp()) // QUARTER


def _hash(house: House, registration_id: UUID, code: str, quarter: int) -> str:
    # Six digits are guessed in a moment by who has the table alone: the key is not in it.
    said = f"registration:{registration_id}:{code}:{quarter}".encode()
    return hmac.new(house.secret_key, said, sha256).hexdigest()
