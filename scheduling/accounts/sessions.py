"""Where somebody is signed in: a row for each browser. The browser holds the token, the row its hash alone."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, func, insert, select

from config.clock import Moment
from config.database import shaped
from scheduling.accounts.roles import Account
from scheduling.accounts.rows import account_of
from scheduling.accounts.tables import sessions

# Of real time: a table of names and numbers is not left open on a ward's computer.
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)  # one long shift

# Who comes, what he may do and what time it is, in one statement; seen at most once a minute, to spare the disk.
_ARRIVAL = shaped(
    """
    with found as (
      select s.token_hash, s.account_id, s.seen_real from sessions s join accounts a on a.id = s.account_id
       where s.token_hash = :token_hash and a.disabled_at is null
         and s.until_real > real_now() and s.seen_real > real_now() - cast(:idle as interval)
    ), seen as (
      update sessions s set seen_real = real_now() from found
       where :present and s.token_hash = found.token_hash and found.seen_real < real_now() - interval '1 minute'
    )
    select a.id, a.email, a.name, a.phone, a.language, a.role, a.all_wards,
           array(select w.ward_id from account_wards w where w.account_id = a.id), app_now(), real_now()
      from found join accounts a on a.id = found.account_id
    """,
    *("id", "email", "name", "phone", "language", "role", "all_wards", "ward_ids", "now", "real"),
)


@dataclass(frozen=True)
class Arrival:
    """Who came with a token, and when."""

    account: Account
    moment: Moment


@dataclass(frozen=True)
class Session:
    """Where an account is signed in. Real time."""

    began: datetime
    seen: datetime
    here: bool  # it is the one that asks


def begin(conn: Connection, account_id: int) -> str:
    """Sign an account in; the token that its browser keeps. Sessions that are over are swept on the way."""
    token = secrets.token_urlsafe(32)
    conn.execute(delete(sessions).where(sessions.c.until_real < func.real_now()))
    until = func.real_now() + LONGEST
    conn.execute(insert(sessions).values(token_hash=hash_of(token), account_id=account_id, until_real=until))
    return token


def arrive(conn: Connection, token: str, *, present: bool = True) -> Arrival | None:
    """Who holds this token; None when it is unknown, over, idle for too long, or its account is disabled.

    `present` False: a page that is left open asks by itself, and nobody need be sitting before it.
    """
    row = conn.execute(_ARRIVAL, {"token_hash": hash_of(token), "idle": IDLE, "present": present}).one_or_none()
    if row is None:
        return None
    return Arrival(account_of(row), Moment(row.now, row.real))


def end(conn: Connection, token: str) -> None:
    """Sign this browser out."""
    conn.execute(delete(sessions).where(sessions.c.token_hash == hash_of(token)))


def end_all(conn: Connection, account_id: int, *, but: str = "") -> int:
    """Sign an account out everywhere, but for the browser with that token; how many were ended."""
    theirs = delete(sessions).where(sessions.c.account_id == account_id, sessions.c.token_hash != hash_of(but))
    return conn.execute(theirs).rowcount


def of(conn: Connection, account_id: int, token: str = "") -> list[Session]:
    """Where an account is signed in now, the latest seen first; `token` is of the browser that asks."""
    live = (
        select(sessions)
        .where(
            sessions.c.account_id == account_id,
            sessions.c.until_real > func.real_now(),
            sessions.c.seen_real > func.real_now() - IDLE,
        )
        .order_by(sessions.c.seen_real.desc())
    )
    mine = hash_of(token)
    return [Session(row.began_real, row.seen_real, bytes(row.token_hash) == mine) for row in conn.execute(live)]


def hash_of(token: str) -> bytes:
    """What the table keeps of a token: 256 random bits need no salt."""
    return sha256(token.encode()).digest()
