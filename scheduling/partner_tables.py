"""Tables of the partner directory: practices with their shared numbers, who agreed to what, who asks to be on file."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)

from config.database import metadata
from scheduling.folding import folded_sql

# A group practice or a health centre: one number, several doctors, a secretary who asks for one of them.
practices = Table(
    "practices",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default="practice"),
    Column("postcode", Text, nullable=False, server_default=""),
    Column("town", Text, nullable=False, server_default=""),
    Column("finess", Text, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("folded", Text, Computed(folded_sql("((name || ' '::text) || town)"), persisted=True)),
    CheckConstraint("kind in ('practice','health_centre','group')", name="kind"),
    Index("ix_practices_folded", "folded", "id"),
)

practice_phones = Table(
    "practice_phones",
    metadata,
    Column("practice_id", ForeignKey("practices.id", ondelete="CASCADE"), primary_key=True),
    Column("phone", Text, primary_key=True),  # E.164
    Column("position", SmallInteger, nullable=False, server_default="0"),
    UniqueConstraint("practice_id", "position", deferrable=True, initially="DEFERRED"),
    Index("ix_practice_phones_phone", "phone"),
)

practice_members = Table(
    "practice_members",
    metadata,
    Column("practice_id", ForeignKey("practices.id", ondelete="CASCADE"), primary_key=True),
    Column("practitioner_id", ForeignKey("practitioners.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_practice_members_practitioner_id", "practitioner_id"),
)

# Who agreed to what, when, and where he said so; a row that was taken back stays.
opt_ins = Table(
    "opt_ins",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("practitioner_id", ForeignKey("practitioners.id", ondelete="CASCADE"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("source", Text, nullable=False),  # where: a page, a list, a meeting
    Column("given_at", DateTime(timezone=True), nullable=False),
    Column("withdrawn_at", DateTime(timezone=True)),
    CheckConstraint("purpose in ('newsletter','poll')", name="purpose"),
    Index(
        "uq_opt_ins_given",
        "practitioner_id",
        "purpose",
        unique=True,
        postgresql_where=text("withdrawn_at is null"),
    ),
)

# Doctors who ask to be on file: they prove their number or address, then somebody of the hospital says yes.
registrations = Table(
    "registrations",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),  # opaque: it travels in a link
    Column("state", Text, nullable=False, server_default="unproved"),
    Column("said", LargeBinary),  # what he wrote, sealed; null once it was decided
    Column("proof", Text, nullable=False),  # sms | email
    Column("code_hash", Text),
    Column("code_tries", SmallInteger, nullable=False, server_default="0"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("proved_at", DateTime(timezone=True)),
    Column("decided_at", DateTime(timezone=True)),
    Column("account_id", ForeignKey("accounts.id")),
    Column("practitioner_id", ForeignKey("practitioners.id", ondelete="SET NULL")),  # who he has become
    CheckConstraint("state in ('unproved','proved','approved','refused')", name="state"),
    CheckConstraint("proof in ('sms','email')", name="proof"),
    Index("ix_registrations_created", "created_at", "id"),
    Index("ix_registrations_to_decide", "proved_at", postgresql_where=text("state = 'proved'")),
)
