"""Tables of what may be asked of a hospital besides advice, and of what came of it, from both sides."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from config.database import metadata

# Kinds of request as administrators changed them; without a row the file of this release counts (config/kinds.toml).
kinds = Table(
    "kinds",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("hospital_id", ForeignKey("hospitals.id", ondelete="CASCADE")),  # null: every hospital without its own
    Column("code", Text, nullable=False),
    Column("settings", JSONB, nullable=False),  # as in config/kinds.toml
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("account_id", ForeignKey("accounts.id")),
    UniqueConstraint("hospital_id", "code", postgresql_nulls_not_distinct=True),
)

# Which team answers for a ward where its kind of request is another team's: a bed desk, a secretariat, a referent.
desks = Table(
    "desks",
    metadata,
    Column("ward_id", ForeignKey("wards.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("desk_id", ForeignKey("wards.id", ondelete="CASCADE"), nullable=False),
    CheckConstraint("role in ('bed_desk','secretariat','consultations','referent')", name="role"),
    CheckConstraint("desk_id <> ward_id", name="another"),
    Index("ix_desks_desk_id", "desk_id"),
)

# What was asked, what was answered, what would have been done without the line (domain 1.5): one row a side.
assessments = Table(
    "assessments",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("request_id", ForeignKey("requests.id")),
    Column("call_id", ForeignKey("calls.id")),  # a call that a senior took at once
    Column("side", Text, nullable=False),  # hospital | practice
    Column("asked", Text),  # AVIS_DIAG …
    Column("outcome", Text),  # CONSEIL …
    Column("otherwise", Text),  # without this line: urgences, 15 …
    Column("how", Text, nullable=False),  # page | phone | poll
    Column("person_id", ForeignKey("people.id")),
    Column("at", DateTime(timezone=True), nullable=False),
    CheckConstraint("side in ('hospital','practice')", name="side"),
    CheckConstraint("(request_id is null) <> (call_id is null)", name="of_one"),
    # Who says it again means what he said last.
    Index("uq_assessments_request", "request_id", "side", unique=True, postgresql_where=text("request_id is not null")),
    Index("uq_assessments_call", "call_id", "side", unique=True, postgresql_where=text("call_id is not null")),
)

# Three questions to the GP once it is over, in the words of the questionnaire of 2016.
polls = Table(
    "polls",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),  # opaque: it travels in a link
    Column("request_id", ForeignKey("requests.id")),
    Column("call_id", ForeignKey("calls.id")),
    Column("ward_id", ForeignKey("wards.id"), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("answered_at", DateTime(timezone=True)),
    Column("declined_at", DateTime(timezone=True)),  # he wants no more of them
    Column("how", Text),  # page
    Column("access", SmallInteger),  # satisfied with reaching a senior: 1 yes, 0 no (32 % in 2016)
    Column("admission", SmallInteger),  # with direct admission (18 %)
    Column("document", SmallInteger),  # with the document on the day of discharge (26 %)
    Column("access_wanted", SmallInteger),  # expected of the hospital: 1 yes, 0 no (80 %)
    Column("admission_wanted", SmallInteger),  # (79 %)
    Column("document_wanted", SmallInteger),  # (77 %)
    CheckConstraint("(request_id is null) <> (call_id is null)", name="of_one"),
    Index("uq_polls_request_id", "request_id", unique=True, postgresql_where=text("request_id is not null")),
    Index("uq_polls_call_id", "call_id", unique=True, postgresql_where=text("call_id is not null")),
    Index("ix_polls_asked", "asked_at", "id"),
)
