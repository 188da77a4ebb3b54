"""The proof of who holds a link: his PIN, or that he is signed in at the office with the address that is his.

Kept a short while in the signed session cookie, for one person and one link.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from flask import request, session
from sqlalchemy import Connection, exists, select

from callbacks import pins
from callbacks.links import Link
from config.clock import Moment
from scheduling import store
from scheduling.accounts import sessions
from scheduling.accounts.tables import accounts

LASTS = timedelta(minutes=15)  # of real time: long enough for three messages and a note
# What a page that lives without reloading sends: it keeps nobody signed in.
BY_ITSELF = "X-By-Itself"
_KEY = "proof"
_SIGNED_IN = "account:"  # how the seal of an account begins


@dataclass(frozen=True)
class Proof:
    """Who proved what (`seal`), at which link, until when (real time), and which messages were opened with it."""

    link_id: int
    person_id: int
    seal: str
    until: datetime
    opened: frozenset[UUID] = frozenset()

    @classmethod
    def of(cls, link: Link, seal: str, real: datetime) -> "Proof":
        """A fresh proof at this link."""
        return cls(link.id, link.person_id, seal, real + LASTS)

    @property
    def by_account(self) -> bool:
        """Whether he is signed in; else he gave his PIN."""
        return self.seal.startswith(_SIGNED_IN)

    def holds(self, link: Link, seals: Collection[str], real: datetime) -> bool:
        """Whether it is for this link and this person, what he proved is so still, and it is not too old."""
        whose = (self.link_id, self.person_id) == (link.id, link.person_id) and self.seal in seals
        return whose and real < self.until

    def opening(self, part_id: UUID) -> "Proof":
        """The proof with one more message opened."""
        return replace(self, opened=self.opened | {part_id})


def standing(conn: Connection, link: Link, pin: pins.Right | pins.Locked | pins.Unset, moment: Moment) -> Proof | None:
    """What this browser proves at a link: what it brought back if that holds, else its session at the office."""
    account = _account_seal(conn, link.person_id)
    seals = [seal for seal in (pin.seal if isinstance(pin, pins.Right) else None, account) if seal is not None]
    brought = kept()
    if brought is not None and brought.holds(link, seals, moment.real):
        return brought
    return None if account is None else Proof.of(link, account, moment.real)


def could_sign_in(conn: Connection, person_id: int) -> bool:
    """Whether there is an account at the office with his address."""
    email = _email_of(conn, person_id)
    his = select(exists().where(accounts.c.email == email, accounts.c.disabled_at.is_(None)))
    return bool(email) and bool(conn.execute(his).scalar_one())


def _account_seal(conn: Connection, person_id: int) -> str | None:
    """The seal of the account that is signed in here, when its address is this person's."""
    token = session.get("_user_id")  # where the guard of the office keeps it
    present = BY_ITSELF not in request.headers
    arrival = sessions.arrive(conn, token, present=present) if isinstance(token, str) else None
    if arrival is None or arrival.account.email != _email_of(conn, person_id):
        return None
    return f"{_SIGNED_IN}{arrival.account.id}"


def _email_of(conn: Connection, person_id: int) -> str:
    person = store.person(conn, person_id)
    return "" if person is None else person.email.strip().lower()


def kept() -> Proof | None:
    """What this browser brought back; a cookie that another release wrote counts for nothing."""
    try:
        link_id, person_id, seal, until, opened = session.get(_KEY, ())
        return Proof(link_id, person_id, seal, datetime.fromisoformat(until), frozenset(_ids(opened)))
    except (TypeError, ValueError):
        return None


def given_before(link: Link) -> bool:
    """Whether somebody proved in this browser, at this link, that he is its holder; it may be too long ago by now."""
    brought = kept()
    return brought is not None and (brought.link_id, brought.person_id) == (link.id, link.person_id)


def keep(proof: Proof) -> None:
    """Give it to the browser; the one it had is gone."""
    opened = sorted(str(part_id) for part_id in proof.opened)
    session[_KEY] = [proof.link_id, proof.person_id, proof.seal, proof.until.isoformat(), opened]


def forget() -> None:
    """Take it from the browser."""
    session.pop(_KEY, None)


def _ids(texts: Iterable[str]) -> Iterable[UUID]:
    return (UUID(text) for text in texts)
