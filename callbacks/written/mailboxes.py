"""How far each mailbox was read, by whom, and which of its letters are still to be taken.

A letter counts as taken only when the intake has kept it; whatever ends in between, it is taken again, and the intake
knows it by its key. Nothing is written into the mailbox itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, bindparam, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from callbacks.written_tables import mailboxes
from config.database import real_now

LEASE = timedelta(seconds=15)
# After the first, second … try to take a letter; then always the last.
TRY_AGAIN = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600))
# A server's dates may be of another zone, and SEARCH knows days alone: rather a letter twice than none.
MARGIN = timedelta(days=1)


class LeaseLost(Exception):
    """Another process reads this mailbox now."""


@dataclass(frozen=True)
class Waiting:
    """A letter that is still to be taken: how often that failed, since when, and not before when (real time)."""

    tries: int
    since: datetime
    again: datetime


@dataclass(frozen=True)
class Progress:
    """What is known of a mailbox. `validity` 0: it was never looked into; `now` is PostgreSQL's own time."""

    validity: int
    last_uid: int
    waiting: Mapping[int, Waiting]
    read: datetime
    now: datetime

    @property
    def due(self) -> list[int]:
        """Letters to be tried again now."""
        return sorted(uid for uid, letter in self.waiting.items() if letter.again <= self.now)

    @property
    def unseen_since(self) -> datetime:
        """From when on letters may not have been taken, should the server number them anew."""
        return min([self.read, *(letter.since for letter in self.waiting.values())]) - MARGIN


def hold(conn: Connection, name: str, reader: str) -> Progress | None:
    """Take or renew the right to read it; None while another reader has it."""
    conn.execute(insert(mailboxes).values(name=name).on_conflict_do_nothing())
    free = or_(mailboxes.c.lease_by == reader, mailboxes.c.lease_by.is_(None), mailboxes.c.lease_real < func.real_now())
    taken = (
        update(mailboxes)
        .where(mailboxes.c.name == name, free)
        .values(lease_by=reader, lease_real=func.real_now() + LEASE)
        .returning(mailboxes.c.validity, mailboxes.c.last_uid, mailboxes.c.aside, mailboxes.c.read_real)
    )
    row = conn.execute(taken).one_or_none()
    if row is None:
        return None
    return Progress(row.validity, row.last_uid, _waiting(row.aside), row.read_real, real_now(conn))


def holder(conn: Connection, name: str) -> str | None:
    """Who has the right to read it."""
    return conn.execute(select(mailboxes.c.lease_by).where(mailboxes.c.name == name)).scalar_one_or_none()


def release(conn: Connection, name: str, reader: str) -> None:
    """Give the right back, if that reader has it."""
    own = (mailboxes.c.name == name) & (mailboxes.c.lease_by == reader)
    conn.execute(update(mailboxes).where(own).values(lease_by=None, lease_real=None))


def number_anew(conn: Connection, name: str, reader: str, validity: int, last_uid: int, waiting: Sequence[int]) -> None:
    """The server's numbers are new: `last_uid` is its highest, `waiting` the letters that may not have been taken."""
    now = real_now(conn)
    aside = _stored({uid: Waiting(0, now, now) for uid in waiting})
    _change(conn, name, reader, validity=validity, last_uid=last_uid, aside=aside)


def taken(conn: Connection, name: str, reader: str, uid: int) -> None:
    """The intake has it. Raises LeaseLost."""
    _change(conn, name, reader, last_uid=_at_least(uid), aside=mailboxes.c.aside.op("-")(str(uid)))


def attempt(conn: Connection, name: str, reader: str, uid: int, before: Waiting | None) -> int:
    """Set it aside before it is tried: one that brings the process down stands in nobody's way. Which try this is."""
    now = real_now(conn)
    tries = before.tries + 1 if before else 1
    letter = Waiting(tries, before.since if before else now, now + TRY_AGAIN[min(tries, len(TRY_AGAIN)) - 1])
    aside = mailboxes.c.aside.op("||")(cast(_stored({uid: letter}), JSONB))
    _change(conn, name, reader, last_uid=_at_least(uid), aside=aside)
    return tries


def looked_into(conn: Connection, name: str, reader: str) -> None:
    """Everything that was there is taken or set aside. Raises LeaseLost."""
    _change(conn, name, reader, read_real=func.real_now())


def silence(conn: Connection, name: str) -> timedelta:
    """Since it was last looked into, or first named."""
    since = select(func.real_now() - mailboxes.c.read_real).where(mailboxes.c.name == name)
    return conn.execute(since).scalar_one_or_none() or timedelta(0)


def _change(conn: Connection, name: str, reader: str, **values: object) -> None:
    """Renews the lease too."""
    own = (mailboxes.c.name == name) & (mailboxes.c.lease_by == reader)
    lease = func.real_now() + LEASE
    if conn.execute(update(mailboxes).where(own).values(lease_real=lease, **values)).rowcount != 1:
        raise LeaseLost


def _at_least(uid: int) -> object:
    return func.greatest(mailboxes.c.last_uid, bindparam(None, uid, BigInteger))


def _waiting(aside: Mapping[str, Mapping[str, object]]) -> dict[int, Waiting]:
    return {
        int(uid): Waiting(int(str(said["tries"])), _instant(said["since"]), _instant(said["again"]))
        for uid, said in aside.items()
    }


def _stored(letters: Mapping[int, Waiting]) -> dict[str, dict[str, object]]:
    return {
        str(uid): {"tries": letter.tries, "since": letter.since.isoformat(), "again": letter.again.isoformat()}
        for uid, letter in letters.items()
    }


def _instant(said: object) -> datetime:
    return datetime.fromisoformat(str(said))
