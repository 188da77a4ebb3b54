"""The register of what was destroyed: which, when, by which rule; never what stood in it. It only grows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from callbacks.retention.kinds import Kind
from callbacks.tables import requests
from callbacks.trust_tables import disposals
from scheduling.accounts.tables import accounts

RULE, ASKED = "rule", "asked"  # why: a rule that was approved, or who it is about


@dataclass(frozen=True)
class Gone:
    """One thing that was destroyed, or several of one kind under one name ("12–340 (200)")."""

    object: str
    request_id: int | None
    dated: datetime | None
    days: int | None = None  # of the rule


@dataclass(frozen=True)
class Disposal:
    """One line of the register."""

    id: int
    at: datetime
    kind: str
    object: str
    reference: str | None  # of its request
    dated: datetime | None
    why: str
    days: int | None
    account: str | None


def record(
    conn: Connection, now: datetime, kind: Kind, gone: Sequence[Gone], why: str, account_id: int | None = None
) -> None:
    """Write these lines."""
    said = {"at": now, "kind": kind, "why": why, "account_id": account_id}
    rows = [
        said | {"object": each.object, "request_id": each.request_id, "dated": each.dated, "days": each.days}
        for each in gone
    ]
    if rows:
        conn.execute(insert(disposals), rows)


def latest(conn: Connection, limit: int = 50) -> list[Disposal]:
    """The newest lines first."""
    return [Disposal(**row._mapping) for row in conn.execute(_LINES.order_by(disposals.c.id.desc()).limit(limit))]


def every(conn: Connection) -> Iterator[Disposal]:
    """The whole register, oldest first, as it is read."""
    # Of this statement alone: said of the connection, it would hold for whatever comes after.
    found = conn.execute(_LINES.order_by(disposals.c.id), execution_options={"yield_per": 1000})
    return (Disposal(**row._mapping) for row in found)


_LINES = (
    select(
        *(disposals.c[name] for name in ("id", "at", "kind", "object")),
        requests.c.reference,
        *(disposals.c[name] for name in ("dated", "why", "days")),
        accounts.c.name.label("account"),
    )
    .outerjoin(requests, requests.c.id == disposals.c.request_id)
    .outerjoin(accounts, accounts.c.id == disposals.c.account_id)
)
