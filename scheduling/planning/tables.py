"""Tables of what is done to a rota: the trail, published months, leave, templates, feeds, proofs that it holds."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

from config.database import metadata

# Append-only: who changed what, when and why. A change of the rota holds the shifts it took out and those it put in.
audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("account_id", ForeignKey("accounts.id")),
    Column("actor", Text, nullable=False),  # as he was called then; "import", "presence" when it was nobody
    Column("what", Text, nullable=False),  # rota.assign, ward.changed, account.created, …
    Column("ward_id", ForeignKey("wards.id")),
    Column("subject", Text, nullable=False, server_default=""),  # what it is about, in the words of then
    Column("detail", JSONB, nullable=False, server_default="{}"),
    Column("why", Text, nullable=False, server_default=""),
    Column("undoes_id", ForeignKey("audit.id"), unique=True),
    Index("ix_audit_ward_id", "ward_id", "id"),
    Index("ix_audit_account_id", "account_id", "id"),
    # Who took this shift out? Asked when two editors meet.
    Index("ix_audit_detail", text("(detail -> 'removed')"), postgresql_using="gin"),
)

# A month without a row is a draft. It rings all the same: what the page shows is what rings.
rota_months = Table(
    "rota_months",
    metadata,
    Column("ward_id", ForeignKey("wards.id"), primary_key=True),
    Column("month", Date, primary_key=True),  # its first day
    Column("published_at", DateTime(timezone=True), nullable=False),
    Column("published_by", ForeignKey("accounts.id")),
    Column("audit_id", ForeignKey("audit.id"), nullable=False),  # changes after this one are amendments
    Column("shifts", JSONB, nullable=False),  # as published
    CheckConstraint("extract(day from month) = 1", name="first_day"),
)

leaves = Table(
    "leaves",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("during", TSTZRANGE, nullable=False),
    Column("kind", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    CheckConstraint("kind in ('leave','training','theatre','rest','other')", name="kind"),
    CheckConstraint("not isempty(during) and lower(during) is not null and upper(during) is not null", name="bounded"),
    Index("ix_leaves_during", "person_id", "during", postgresql_using="gist"),
)

# A band of hours that a ward fills again and again: "mon-fri 18:30-08:30" at one rank.
shift_templates = Table(
    "shift_templates",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("ward_id", ForeignKey("wards.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("hours", Text, nullable=False),  # canonical text of scheduling.opening
    Column("rank", SmallInteger, nullable=False, server_default="1"),
    Column("position", SmallInteger, nullable=False, server_default="0"),
    CheckConstraint("kind in ('day','night','weekend','holiday')", name="kind"),
    CheckConstraint("rank between 1 and 3", name="rank"),
    UniqueConstraint("ward_id", "name"),
)

# Calendars behind secret links; the link is signed over `nonce`, so that a new nonce ends the old link.
feeds = Table(
    "feeds",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("ward_id", ForeignKey("wards.id", ondelete="CASCADE"), unique=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), unique=True),
    Column("nonce", Text, nullable=False),
    Column("renewed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("num_nonnulls(ward_id, person_id) = 1", name="of_one"),
)

# The code that was sent to prove a telephone; the newest alone counts.
phone_codes = Table(
    "phone_codes",
    metadata,
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("phone", Text, nullable=False),
    Column("code_hash", Text, nullable=False),
    Column("sent_real", DateTime(timezone=True), nullable=False, server_default=text("real_now()")),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
)

# "De garde ? 1 oui, 2 non": asked of who begins a shift, once.
presences = Table(
    "presences",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ward_id", ForeignKey("wards.id"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("shift_start", DateTime(timezone=True), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("answer", Text),  # yes | no | silence | void: he was replaced meanwhile, or could not be rung at all
    Column("answered_at", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True)),  # when what follows from the answer was done
    Column("audit_id", ForeignKey("audit.id")),  # the change that put the next person in his place
    CheckConstraint("answer in ('yes','no','silence','void')", name="answer"),
    UniqueConstraint("ward_id", "person_id", "rank", "shift_start"),
    Index("ix_presences_unsettled", "asked_at", postgresql_where=text("settled_at is null")),
)

# A test of the chain: each on call is rung in turn, as for a GP, and what happened is kept.
test_calls = Table(
    "test_calls",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ward_id", ForeignKey("wards.id"), nullable=False),
    Column("account_id", ForeignKey("accounts.id")),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Index("ix_test_calls_ward_id", "ward_id", "id"),
    # One test of a ward at a time.
    Index("uq_test_calls_running", "ward_id", unique=True, postgresql_where=text("ended_at is null")),
)

test_rings = Table(
    "test_rings",
    metadata,
    Column("test_id", ForeignKey("test_calls.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", SmallInteger, primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("rung_at", DateTime(timezone=True)),
    Column("rung_real", DateTime(timezone=True)),
    Column("result", Text),  # taken | passed | answered | no-answer | busy | failed
    Column("ended_at", DateTime(timezone=True)),
)

# What a ward's editors were told to mend and have not mended yet: only what is new makes another message.
told_concerns = Table(
    "told_concerns",
    metadata,
    Column("ward_id", ForeignKey("wards.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)
