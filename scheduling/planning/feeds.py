"""Calendars behind secret links, of a senior and of a ward: the link, its end, and the shifts that it shows.

A token is the feed's number, its nonce, the wards it is for, and a signature over them. What we never wrote is known
without asking the register; what we wrote under an older nonce has ended. A senior's link that an editor hands out
shows that editor's wards alone: else it would show him the rota of wards that are not his.
"""

import hmac
import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from config.clock import Moment
from scheduling import store
from scheduling import tables as t
from scheduling.planning import calendars, trail
from scheduling.planning import tables as p
from scheduling.planning.calendars import Event
from scheduling.planning.trail import Actor
from scheduling.rota import Shift, Ward
from scheduling.rows import SHIFT_COLUMNS, select_wards, shift_or_none, ward_of

MONTHS_BEFORE, MONTHS_AFTER = 2, 12
_TOKEN = re.compile(r"([0-9]{1,10})-([A-Za-z0-9_]{12})-([0-9.]{0,400})-([0-9a-f]{32})")
RENEWED = "feed.renewed"


@dataclass(frozen=True)
class Owner:
    """Whose calendar: a ward's, or a senior's."""

    ward_id: int | None = None
    person_id: int | None = None


@dataclass(frozen=True)
class Feed:
    """A link that may be opened. `only`: the wards (ids) of a senior's that are shown; empty: all of them."""

    id: int
    owner: Owner
    nonce: str
    renewed_at: datetime
    only: frozenset[int] = frozenset()


class Forged(LookupError):
    """Nothing that we ever wrote."""


class Ended(LookupError):
    """It was ours, and was renewed since, or its ward or senior is gone."""


@dataclass(frozen=True)
class Shown:
    """A feed's calendar as bytes, and when any of it last changed."""

    data: bytes
    changed: datetime


def known(conn: Connection, owners: Collection[Owner]) -> dict[Owner, Feed]:
    """The feeds that these owners have."""
    feeds, wards, people = p.feeds.c, [o.ward_id for o in owners], [o.person_id for o in owners]
    query = select(p.feeds).where(or_(feeds.ward_id.in_(wards), feeds.person_id.in_(people)))
    found = (_feed(row) for row in conn.execute(query))
    return {feed.owner: feed for feed in found}


def renew(conn: Connection, moment: Moment, by: Actor, owner: Owner, subject: str, ward_id: int) -> Feed:
    """Give the owner a link, or another one: the old one ends at once. `subject` and `ward_id` are for the trail."""
    fresh = {"nonce": _nonce(), "renewed_at": moment.now}
    made = insert(p.feeds).values(ward_id=owner.ward_id, person_id=owner.person_id, **fresh)
    index = [p.feeds.c.ward_id if owner.ward_id is not None else p.feeds.c.person_id]
    row = conn.execute(made.on_conflict_do_update(index_elements=index, set_=fresh).returning(p.feeds)).one()
    trail.record(conn, moment, by, RENEWED, ward_id=ward_id, subject=subject)
    return _feed(row)


def token(feed: Feed, secret: bytes, only: Iterable[int] = ()) -> str:
    """What opens it."""
    said = f"{feed.id}-{feed.nonce}-{'.'.join(map(str, sorted(only)))}"
    return f"{said}-{_signature(said, secret)}"


def unsign(text: str, secret: bytes) -> tuple[int, str, frozenset[int]]:
    """Number, nonce and wards of a token of ours. Forged. Pure: no database."""
    match = _TOKEN.fullmatch(text)
    if match is None or not hmac.compare_digest(match[4], _signature(text.rpartition("-")[0], secret)):
        raise Forged
    return int(match[1]), match[2], frozenset(int(ward_id) for ward_id in match[3].split(".") if ward_id)


def resolve(conn: Connection, text: str, secret: bytes) -> Feed:
    """The feed that a token opens. Forged, Ended."""
    feed_id, nonce, only = unsign(text, secret)
    row = conn.execute(select(p.feeds).where(p.feeds.c.id == feed_id)).one_or_none()
    if row is None or not hmac.compare_digest(row.nonce, nonce):
        raise Ended
    return _feed(row, only)


def show(conn: Connection, feed: Feed, now: datetime, language: str) -> Shown:
    """The calendar: from the month before last to the end of the twelfth from now. Ended: its senior has left.

    Whole months, so that it changes when the rota does, not with every hour that passes.
    """
    ward = store.ward(conn, feed.owner.ward_id) if feed.owner.ward_id is not None else None
    person = store.person(conn, feed.owner.person_id) if feed.owner.person_id is not None else None
    shifts = _shifts(conn, feed, now)
    wards = _wards(conn, {shift.ward_id for shift in shifts})
    if ward is not None:
        name, events = ward.name, [Event.of(ward, shift, shift.person.name) for shift in shifts]
    elif person is not None and not _left(conn, person.id):
        name = person.name
        events = [Event.of(wards[shift.ward_id], shift, wards[shift.ward_id].name) for shift in shifts]
    else:
        raise Ended
    changed = _changed(conn, {*wards, *([ward.id] if ward else [])}, feed.renewed_at)
    return Shown(calendars.calendar(name, events, changed, language), changed)


def _shifts(conn: Connection, feed: Feed, now: datetime) -> list[Shift]:
    start, end = window(now)
    whose = t.shifts.c.ward_id == feed.owner.ward_id
    if feed.owner.person_id is not None:
        whose = t.shifts.c.person_id == feed.owner.person_id
        if feed.only:
            whose &= t.shifts.c.ward_id.in_(feed.only)
    query = (
        select(*SHIFT_COLUMNS)
        .join(t.people, t.people.c.id == t.shifts.c.person_id)
        .where(whose, t.shifts.c.during.op("&&")(func.tstzrange(start, end)))
        .order_by(func.lower(t.shifts.c.during), t.shifts.c.rank, t.shifts.c.ward_id)
    )
    return [shift for row in conn.execute(query) if (shift := shift_or_none(row)) is not None]


def window(now: datetime) -> tuple[datetime, datetime]:
    """From the first of the month before last to the last of the twelfth month from this (UTC)."""
    return _first_of(now, -MONTHS_BEFORE), _first_of(now, MONTHS_AFTER + 1)


def _first_of(now: datetime, later: int) -> datetime:
    years, month = divmod(now.month - 1 + later, 12)
    return datetime(now.year + years, month + 1, 1, tzinfo=ZoneInfo("UTC"))


def _wards(conn: Connection, ids: Iterable[int]) -> dict[int, Ward]:
    rows = conn.execute(select_wards().where(t.wards.c.id.in_(list(ids))))
    return {row.id: ward_of(row) for row in rows}


def _left(conn: Connection, person_id: int) -> bool:
    return conn.scalar(select(t.people.c.left_at).where(t.people.c.id == person_id)) is not None


def _changed(conn: Connection, ward_ids: Iterable[int], otherwise: datetime) -> datetime:
    """When the rota of these wards last did."""
    last = select(func.max(p.audit.c.at)).where(
        p.audit.c.ward_id.in_(list(ward_ids)), p.audit.c.what.startswith("rota.")
    )
    found: datetime | None = conn.scalar(last)
    return max(found, otherwise) if found else otherwise


def _feed(row: Row[Any], only: frozenset[int] = frozenset()) -> Feed:
    return Feed(row.id, Owner(row.ward_id, row.person_id), row.nonce, row.renewed_at, only)


def _nonce() -> str:
    return secrets.token_urlsafe(9).replace("-", "_")


def _signature(said: str, secret: bytes) -> str:
    # The secret signs other links too: the label keeps one signature from standing for another.
    return hmac.digest(secret, f"feed:{said}".encode(), sha256).hex()[:32]
