"""The one clock: now = anchor + (PostgreSQL's now - anchor) x rate, the anchor a row of the database.

The promise, the ladder, opening and quiet hours and the rota use `now`. Leases, back-off, time-outs, heartbeats and the
carrier's dates use `real`. At rate 1 (production) the two are the same.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Connection, DateTime, Double, SmallInteger, Table, text

from config.database import metadata

clock = Table(
    "clock",
    metadata,
    Column("id", SmallInteger, primary_key=True, server_default="1"),
    Column("anchor_real", DateTime(timezone=True), nullable=False),
    Column("anchor", DateTime(timezone=True), nullable=False),
    Column("rate", Double, nullable=False, server_default="1"),
    CheckConstraint("id = 1", name="one_row"),
    CheckConstraint("rate > 0", name="forward"),
)


@dataclass(frozen=True)
class Moment:
    """One instant on both clocks, read together. Both aware, UTC."""

    now: datetime
    real: datetime


def read(connection: Connection) -> Moment:
    """The present moment, in one statement."""
    row = connection.execute(text("select app_now() as now, real_now() as real")).one()
    return Moment(row.now, row.real)


def then(connection: Connection, real: datetime) -> datetime:
    """What the one clock showed at a past instant of real time (the carrier's dates are); never later than now."""
    found: datetime = connection.execute(_THEN, {"real": real}).scalar_one()
    return found


# Before the anchor it ran as real time does: at which pace it was turned before is not kept.
_THEN = text(
    """
    select least(app_now(), anchor + (cast(:real as timestamptz) - anchor_real)
        * case when cast(:real as timestamptz) < anchor_real then 1 else rate end) from clock"""
)


def rate(connection: Connection) -> float:
    """How many seconds of the promise pass in a real second."""
    value: float = connection.execute(text("select rate from clock")).scalar_one()
    return value


def set_rate(connection: Connection, new_rate: float) -> None:
    """Run the clock at another pace from this instant on; it never jumps, never goes back."""
    connection.execute(
        text("update clock set anchor = app_now(), anchor_real = real_now(), rate = :rate"), {"rate": new_rate}
    )


def start_at(connection: Connection, start: datetime, new_rate: float) -> None:
    """Set where the clock starts; only for a database in which nothing has happened yet."""
    connection.execute(
        text("update clock set anchor = :start, anchor_real = real_now(), rate = :rate"),
        {"start": start, "rate": new_rate},
    )
