"""Tables of what makes the promise trustworthy: who read what, what is kept how long, the line called by itself."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from config.database import metadata
from config.sealed_types import Sealed

_uuid = text("gen_random_uuid()")
_real = text("real_now()")

# Who read what, other than the hearings of parts: answers, files, what waits to be sorted, exports. Append-only.
readings = Table(
    "readings",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("person_id", ForeignKey("people.id")),  # a senior behind his PIN
    Column("account_id", ForeignKey("accounts.id")),  # somebody signed in; neither: the command line
    Column("kind", Text, nullable=False),  # answer | file | to_sort | export | ...
    Column("object", Text, nullable=False),  # which: an id
    Column("request_id", ForeignKey("requests.id")),
    Column("how", Text, nullable=False),  # page | phone | command
    Index("ix_readings_request_id", "request_id", postgresql_where=text("request_id is not null")),
    Index("ix_readings_at", "at", "id"),
)

# What a caller is told of his data: who answers for it, whom to ask. Without a row: what is missing is said.
information = Table(
    "information",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("hospital_id", ForeignKey("hospitals.id", ondelete="CASCADE")),  # null: every hospital without its own
    Column("controller", Text, nullable=False, server_default=""),  # the establishment, as it is registered
    Column("officer", Text, nullable=False, server_default=""),  # its data protection officer: a name, or a function
    Column("mail", Text, nullable=False, server_default=""),
    Column("phone", Text),  # E.164; said on the telephone too
    Column("post", Text, nullable=False, server_default=""),
    Column("basis", Text, nullable=False, server_default="public"),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("account_id", ForeignKey("accounts.id")),
    CheckConstraint("basis in ('public','legitimate')", name="basis"),
    UniqueConstraint("hospital_id", postgresql_nulls_not_distinct=True),
)

# How long each kind of data is kept, as somebody approved it. Without a row: it is kept.
retention_rules = Table(
    "retention_rules",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("hospital_id", ForeignKey("hospitals.id", ondelete="CASCADE")),  # null: every hospital without its own
    Column("kind", Text, nullable=False),  # a code of callbacks.retention
    Column("days", Integer),  # null: kept until another rule is approved
    Column("approved_by", Text, nullable=False),  # who said so: the data protection officer, the archivist
    Column("approved_at", DateTime(timezone=True), nullable=False),
    Column("account_id", ForeignKey("accounts.id")),
    CheckConstraint("days > 0", name="days"),
    UniqueConstraint("hospital_id", "kind", postgresql_nulls_not_distinct=True),
)

# What must not be destroyed, whatever the rules say, until somebody lifts it.
holds = Table(
    "holds",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("request_id", ForeignKey("requests.id")),
    Column("practitioner_id", ForeignKey("practitioners.id")),
    Column("ward_id", ForeignKey("wards.id")),  # none of the three: everything
    Column("reason", Sealed, nullable=False),  # in somebody's own words: they may tell of a request
    Column("placed_at", DateTime(timezone=True), nullable=False),
    Column("placed_by", ForeignKey("accounts.id")),
    Column("lifted_at", DateTime(timezone=True)),
    Column("lifted_by", ForeignKey("accounts.id")),
    Index("ix_holds_standing", "id", postgresql_where=text("lifted_at is null")),
    Index("ix_holds_request_id", "request_id"),
)

# The register of what was destroyed: which, when, by which rule; never what stood in it. Append-only.
disposals = Table(
    "disposals",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("object", Text, nullable=False),  # an id
    Column("request_id", ForeignKey("requests.id")),
    Column("dated", DateTime(timezone=True)),  # of what was destroyed
    Column("why", Text, nullable=False),  # rule | asked | command
    Column("days", Integer),  # of the rule
    Column("account_id", ForeignKey("accounts.id")),
    Index("ix_disposals_at", "at", "id"),
    Index("ix_disposals_request_id", "request_id", postgresql_where=text("request_id is not null")),
)

# The carrier's own lists against ours: up to where they were compared, and what differed.
reconciliations = Table(
    "reconciliations",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("began_real", DateTime(timezone=True), nullable=False, server_default=_real),
    Column("since_real", DateTime(timezone=True), nullable=False),
    Column("until_real", DateTime(timezone=True), nullable=False),
    Column("ended_real", DateTime(timezone=True)),
    Column("why", Text, nullable=False),  # hourly | outage | restore | asked
    Column("seen", JSONB, nullable=False, server_default="{}"),  # how many of each kind the carrier has
    Column("missed", JSONB, nullable=False, server_default="{}"),  # what we did not have, and took in
    Column("differing", JSONB, nullable=False, server_default="{}"),
    Column("error", Text),
    Column("retry_real", DateTime(timezone=True)),  # the carrier did not answer: not before then
    Column("lease_real", DateTime(timezone=True)),  # one process compares at a time
    Column("lease_by", Text),
    # One that is not ended is what there is to do: whoever asks for more while it waits widens it.
    Index(
        "uq_reconciliations_open",
        "ended_real",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=text("ended_real is null"),
    ),
    Index("ix_reconciliations_until", "until_real", postgresql_where=text("ended_real is not null")),
)

# Calls that the line places to itself, through the carrier, to see that it answers.
canaries = Table(
    "canaries",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=_uuid),
    Column("placed_real", DateTime(timezone=True), nullable=False, server_default=_real),
    Column("sid", Text),  # of the call that was placed
    Column("call_id", ForeignKey("calls.id", ondelete="SET NULL")),  # as it came in
    Column("heard_real", DateTime(timezone=True)),  # the line answered
    Column("keyed_real", DateTime(timezone=True)),  # the key was understood
    Column("ended_real", DateTime(timezone=True)),
    Column("state", Text, nullable=False, server_default="placed"),  # placed | well | broken
    Column("reason", Text),  # why it is broken: a code
    Column("news", Text),  # what it showed that somebody must hear: dead | alive
    Column("tell_real", DateTime(timezone=True)),  # when to try to tell it; null: nothing to tell, or told
    Column("told_real", DateTime(timezone=True)),
    CheckConstraint("state in ('placed','well','broken')", name="state"),
    CheckConstraint("news in ('dead','alive')", name="news"),
    Index("ix_canaries_placed", "placed_real"),
    Index("ix_canaries_open", "placed_real", postgresql_where=text("state = 'placed'")),
    Index("ix_canaries_tell", "tell_real", postgresql_where=text("tell_real is not null")),
)

# Copies taken of the register, and the register put back from one.
backups = Table(
    "backups",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),  # taken | restored
    Column("real", DateTime(timezone=True), nullable=False, server_default=_real),
    Column("snapshot_real", DateTime(timezone=True), nullable=False),  # the moment it shows
    # Restored: until then what is written down to be sent may have been sent before (null: nobody has begun yet).
    Column("doubt_until_real", DateTime(timezone=True)),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    CheckConstraint("kind in ('taken','restored')", name="kind"),
    Index("ix_backups_real", "real"),
    Index("ix_backups_restored", "id", postgresql_where=text("kind = 'restored'")),
)
