"""Trying what somebody proves himself with: each proof is taken once, each miss is counted, a lock ends by itself.

A locked account answers as a wrong password does: who guesses learns nothing, neither from words nor from time.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, select, update

from config.clock import Moment
from config.crypto import Box
from scheduling.accounts import credentials, sessions
from scheduling.accounts.credentials import RecoveryCode
from scheduling.accounts.tables import accounts, invitations, recovery_codes
from scheduling.planning import trail
from scheduling.planning.trail import Actor

TRIES = 10  # misses in a row; then the account waits
WAIT = timedelta(minutes=15)
MOST_COUNTED = 30_000  # a smallint
INVITED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Known:
    """What is on file of who says that he is this account."""

    id: int
    email: str
    name: str
    language: str
    password_hash: str | None
    totp_sealed: bytes | None
    locked: bool

    @property
    def by(self) -> Actor:
        """Who the trail names."""
        return Actor(self.id, self.name)

    @property
    def has_second_factor(self) -> bool:
        """Whether an application's code is asked of him."""
        return self.totp_sealed is not None

    @property
    def seal(self) -> str:
        """Changes with his password."""
        return credentials.seal_of(self.password_hash)


def by_email(conn: Connection, email: str) -> Known | None:
    """The account that signs in with this address; None too when it is disabled."""
    return _known(conn, accounts.c.email == email.strip().lower())


def by_id(conn: Connection, account_id: int) -> Known | None:
    """The account of that id; None too when it is disabled."""
    return _known(conn, accounts.c.id == account_id)


def by_subject(conn: Connection, subject: str) -> Known | None:
    """The account that the provider knows by this issuer and subject."""
    return _known(conn, accounts.c.oidc_subject == subject)


def by_invitation(conn: Connection, token: str) -> Known | None:
    """Whom this link invites; None when it was used, is over, or was never written."""
    invited = select(invitations.c.account_id).where(
        invitations.c.token_hash == sessions.hash_of(token),
        invitations.c.used_real.is_(None),
        invitations.c.until_real > func.real_now(),
    )
    return _known(conn, accounts.c.id == invited.scalar_subquery())


def invited_by_email(conn: Connection, email: str) -> Known | None:
    """Who was invited with this address and has not come yet: his provider vouches for the address."""
    open_still = select(invitations.c.account_id).where(
        invitations.c.used_real.is_(None), invitations.c.until_real > func.real_now()
    )
    unlinked = accounts.c.oidc_subject.is_(None)
    return _known(conn, accounts.c.email == email.strip().lower(), accounts.c.id.in_(open_still), unlinked)


_KEPT = ("id", "email", "name", "language", "password_hash", "totp_sealed")


def _known(conn: Connection, *conditions: ColumnElement[bool]) -> Known | None:
    columns: list[ColumnElement[Any]] = [accounts.c[name] for name in _KEPT]
    locked = func.coalesce(accounts.c.locked_until_real > func.real_now(), False).label("locked")
    query: Select[Any] = select(*columns, locked).where(*conditions, accounts.c.disabled_at.is_(None))
    row = conn.execute(query).one_or_none()
    return None if row is None else _from(row)


def _from(row: Row[Any]) -> Known:
    sealed = None if row.totp_sealed is None else bytes(row.totp_sealed)
    return Known(row.id, row.email, row.name, row.language, row.password_hash, sealed, row.locked)


def missed(conn: Connection, moment: Moment, account_id: int) -> None:
    """Count a miss; each tenth in a row locks the account for a quarter of an hour, and the trail says so."""
    counted = func.least(accounts.c.failures + 1, MOST_COUNTED)
    changed = update(accounts).where(accounts.c.id == account_id).values(failures=counted)
    row = conn.execute(changed.returning(accounts.c.failures, accounts.c.name)).one()
    if row.failures % TRIES == 0:
        until = moment.real + WAIT
        conn.execute(update(accounts).where(accounts.c.id == account_id).values(locked_until_real=until))
        trail.record(conn, moment, Actor(None, "signin"), "account.locked", subject=row.name)


def forgiven(conn: Connection, account_id: int) -> int:
    """He came in: how many attempts missed since the last time; the count begins anew."""
    mine = select(accounts.c.failures).where(accounts.c.id == account_id).with_for_update()
    missed_since: int = conn.execute(mine).scalar_one()
    if missed_since:
        unlocked = {"failures": 0, "locked_until_real": None}
        conn.execute(update(accounts).where(accounts.c.id == account_id).values(unlocked))
    return missed_since


def take_code(conn: Connection, moment: Moment, box: Box, known: Known, code: str) -> bool:
    """Whether it is the code of his application, or one of his recovery codes; either is taken once."""
    code = code.strip()
    digits = code.replace(" ", "")
    if len(digits) == 6 and digits.isascii() and digits.isdigit():
        return _take_totp(conn, moment, box, known, digits)
    return _take_recovery(conn, moment, known, code)


def _take_totp(conn: Connection, moment: Moment, box: Box, known: Known, code: str) -> bool:
    if known.totp_sealed is None:
        return False
    step = credentials.step_of(opened(box, known.id, known.totp_sealed), code, moment.real)
    if step is None:
        return False
    newer = func.coalesce(accounts.c.totp_step, -1) < step
    taken = update(accounts).where(accounts.c.id == known.id, newer).values(totp_step=step)
    return conn.execute(taken).rowcount == 1


def _take_recovery(conn: Connection, moment: Moment, known: Known, code: str) -> bool:
    mine = update(recovery_codes).where(
        recovery_codes.c.account_id == known.id,
        recovery_codes.c.code_hash == credentials.recovery_hash(code),
        recovery_codes.c.used_real.is_(None),
    )
    if conn.execute(mine.values(used_real=moment.real)).rowcount != 1:
        return False
    detail = {"left": codes_left(conn, known.id)}
    trail.record(conn, moment, known.by, "account.recovery_code_used", subject=known.name, detail=detail)
    return True


def codes_left(conn: Connection, account_id: int) -> int:
    """How many recovery codes he has not used."""
    unused = (recovery_codes.c.account_id == account_id, recovery_codes.c.used_real.is_(None))
    left: int = conn.execute(select(func.count()).select_from(recovery_codes).where(*unused)).scalar_one()
    return left


def sealed(box: Box, account_id: int, secret: str) -> bytes:
    """The secret of his application, at rest."""
    return box.seal(secret.encode(), context(account_id))


def opened(box: Box, account_id: int, text: bytes) -> str:
    """The secret of his application; raises Unreadable."""
    return box.open(text, context(account_id)).decode()


def context(account_id: int) -> bytes:
    """What a sealed secret is bound to, so that it does not open in another account."""
    return f"accounts.totp:{account_id}".encode()


def enrol(conn: Connection, moment: Moment, box: Box, known: Known, secret: str, code: str) -> list[RecoveryCode]:
    """He has put the secret into his application, which shows `code`: his new recovery codes; empty: a wrong code."""
    step = credentials.step_of(secret, code.replace(" ", ""), moment.real)
    if step is None:
        return []
    values = {"totp_sealed": sealed(box, known.id, secret), "totp_step": step}
    conn.execute(update(accounts).where(accounts.c.id == known.id).values(values))
    trail.record(conn, moment, known.by, "account.second_factor", subject=known.name)
    return _replace_codes(conn, known.id)


def renew_codes(conn: Connection, moment: Moment, known: Known) -> list[RecoveryCode]:
    """Ten new recovery codes; the old ones are worth nothing."""
    trail.record(conn, moment, known.by, "account.recovery_codes", subject=known.name)
    return _replace_codes(conn, known.id)


def _replace_codes(conn: Connection, account_id: int) -> list[RecoveryCode]:
    conn.execute(delete(recovery_codes).where(recovery_codes.c.account_id == account_id))
    codes: Sequence[RecoveryCode] = credentials.recovery_codes()
    conn.execute(insert(recovery_codes), [{"account_id": account_id, "code_hash": code.hash} for code in codes])
    return list(codes)


def set_password(conn: Connection, moment: Moment, known: Known, password_hash: str, *, stays: str = "") -> None:
    """He chose another password: he is out everywhere but where he `stays` (the token), misses are forgotten."""
    sessions.end_all(conn, known.id, but=stays)
    values = {"password_hash": password_hash, "failures": 0, "locked_until_real": None}
    conn.execute(update(accounts).where(accounts.c.id == known.id).values(values))
    trail.record(conn, moment, known.by, "account.password", subject=known.name)


def invite(conn: Connection, moment: Moment, by: Actor, account_id: int, name: str) -> str:
    """The token of a link with which he chooses his password, once, within seven days; an older link is over."""
    token = secrets.token_urlsafe(32)
    conn.execute(delete(invitations).where(invitations.c.account_id == account_id))
    until: datetime = moment.real + INVITED_FOR
    values = {"token_hash": sessions.hash_of(token), "account_id": account_id, "until_real": until}
    conn.execute(insert(invitations).values(values))
    trail.record(conn, moment, by, "account.invited", subject=name)
    return token


def invitation_path(token: str) -> str:
    """Where the link leads, below our address."""
    return f"/invitation/{token}"


def come(conn: Connection, moment: Moment, account_id: int) -> bool:
    """The invitation is used up; False when it was already, by somebody quicker."""
    mine = update(invitations).where(
        invitations.c.account_id == account_id,
        invitations.c.used_real.is_(None),
        invitations.c.until_real > func.real_now(),
    )
    return conn.execute(mine.values(used_real=moment.real)).rowcount == 1


def link(conn: Connection, moment: Moment, known: Known, subject: str) -> bool:
    """From now on the provider vouches for him: its issuer and subject; False when the invitation was used already."""
    if not come(conn, moment, known.id):
        return False
    conn.execute(update(accounts).where(accounts.c.id == known.id).values(oidc_subject=subject))
    trail.record(conn, moment, known.by, "account.linked", subject=known.name)
    return True
