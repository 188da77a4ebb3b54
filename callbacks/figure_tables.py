"""Tables of figures that are added up: what they are of, which days are in them, what of those has changed since."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from config.database import metadata

# Counts that add up (callbacks.figures.sums), of days that are over; numbers alone.
figure_sums = Table(
    "figure_sums",
    metadata,
    Column("level", Text, nullable=False),
    Column("of_id", Integer, nullable=False),  # the hospital or the ward; 0: everybody's
    Column("grain", Text, nullable=False),
    Column("first", Date, nullable=False),
    Column("edition", Text, nullable=False),  # of the definitions that they were made by
    Column("sums", LargeBinary, nullable=False),  # compressed: a year of times until a callback is read in one go
    Column("forgotten", Boolean, nullable=False, server_default="false"),  # which practitioners: only how many is left
    PrimaryKeyConstraint("level", "of_id", "grain", "first"),
    CheckConstraint("level in ('everything','hospital','ward')", name="level"),
    CheckConstraint("grain in ('day','week','month','year')", name="grain"),
    Index("ix_figure_sums_period", "level", "grain", "first"),
)

# Local days of a hospital that are in them. Hospital 0: calls that were lost before a ward was chosen.
figure_days = Table(
    "figure_days",
    metadata,
    Column("hospital_id", Integer, nullable=False),
    Column("day", Date, nullable=False),
    Column("edition", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("hospital_id", "day"),
)

# Requests of those days that time alone still changes: they are not in the sums, and are looked at each time.
figure_waiting = Table(
    "figure_waiting",
    metadata,
    Column("request_id", ForeignKey("requests.id", ondelete="CASCADE"), primary_key=True),
    Column("ward_id", Integer, nullable=False),
    Column("day", Date, nullable=False),
    Column("settles_at", DateTime(timezone=True), nullable=False),
    Column("repeats", Boolean, nullable=False),
    Index("ix_figure_waiting_day", "day"),
)

# What has happened since to calls and requests, written by triggers: a process that is killed forgets none. A row each
# time, with no constraint: two transactions that touch one day do not wait for each other.
figure_touched = Table(
    "figure_touched",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ward_id", Integer),
    Column("at", DateTime(timezone=True), nullable=False),  # when the call or request began: which day is touched
)
