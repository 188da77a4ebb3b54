"""Tables of hospitals, wards, people, shifts and practitioners."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
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
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint

from config.database import metadata
from scheduling.folding import folded_sql

hospitals = Table(
    "hospitals",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("timezone", Text, nullable=False, server_default="Europe/Paris"),
    # Who writes and is not on file: taken like the others, asked who he is, or kindly sent to the telephone.
    Column("unknown_senders", Text, nullable=False, server_default="ask"),
    CheckConstraint("unknown_senders in ('accept','ask','refuse')", name="unknown_senders"),
)

# Seniors, heads of ward and coordinators are one kind of row: each can be rung, texted, and hold a link and a PIN.
people = Table(
    "people",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("phone", Text, nullable=False),  # E.164
    Column("email", Text, nullable=False, server_default=""),
    Column("pin_hash", Text),
    Column("pin_failures", SmallInteger, nullable=False, server_default="0"),
    Column("pin_locked_at", DateTime(timezone=True)),
    Column("opted_out_at", DateTime(timezone=True)),  # texted STOP: alerts go by voice, and an alarm stands
    Column("category", Text, nullable=False, server_default=""),  # PU-PH, PH, CCA, …: the monthly table names it
    Column("phone_verified_at", DateTime(timezone=True)),  # he keyed or told the code we sent to this number
    Column("left_at", DateTime(timezone=True)),  # gone: history names him, his number may be somebody else's
    Column("erased_at", DateTime(timezone=True)),  # on his request: nothing personal is left in this row
    Column("folded", Text, Computed(folded_sql("name"), persisted=True)),
    # One number, one person; of those who are here.
    Index("ix_people_phone", "phone", unique=True, postgresql_where=text("left_at is null")),
)

wards = Table(
    "wards",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("hospital_id", ForeignKey("hospitals.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("keypad", Text, nullable=False),
    Column("keywords", ARRAY(Text), nullable=False, server_default="{}"),
    Column("opening", Text, nullable=False, server_default=""),  # canonical text, empty = always open
    Column("covered_by_id", ForeignKey("wards.id")),
    Column("head_id", ForeignKey("people.id")),
    Column("coordinator_id", ForeignKey("people.id")),
    Column("switchboard", Text),  # E.164
    Column("announces_shift", Boolean, nullable=False, server_default="true"),  # "vous prenez la ligne" at its start
    Column("asks_presence", Boolean, nullable=False, server_default="false"),  # "de garde ? 1 oui, 2 non"
    Column("checked_at", DateTime(timezone=True)),  # when somebody last said that its entry is right
    # A bed desk, a secretariat … is a line with a rota like a ward's; GPs are not offered it by name.
    Column("role", Text, nullable=False, server_default="ward"),
    Column("booking_url", Text, nullable=False, server_default=""),  # where its consultations are booked
    # GPs reach it from then on; null: it is being prepared. A ward that nobody says anything of is open.
    Column("live_from", DateTime(timezone=True), server_default="2000-01-01 00:00:00+00"),
    CheckConstraint("role in ('ward','bed_desk','secretariat','consultations','referent')", name="role"),
    CheckConstraint("keypad ~ '^[2-9]{2,6}$'", name="keypad_digits"),
    CheckConstraint("covered_by_id <> id", name="covers_another"),
    Index("ix_wards_keypad", "keypad"),
    Index("ix_wards_hospital_id", "hospital_id"),
)

ward_seniors = Table(
    "ward_seniors",
    metadata,
    Column("ward_id", ForeignKey("wards.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
)

shifts = Table(
    "shifts",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("ward_id", ForeignKey("wards.id"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("during", TSTZRANGE, nullable=False),
    CheckConstraint("rank between 1 and 3", name="rank"),
    # An empty range never overlaps, so the exclusion below would let it in.
    CheckConstraint(
        "not isempty(during) and lower(during) is not null and upper(during) is not null"
        " and lower_inc(during) and not upper_inc(during)",
        name="bounded",
    ),
    # Invariant 7. Deferrable: a hand-over is moved inside one transaction.
    ExcludeConstraint(
        ("ward_id", "="),
        ("rank", "="),
        ("during", "&&"),
        name="shifts_one_person_at_a_time",
        using="gist",
        deferrable=True,
        initially="IMMEDIATE",
    ),
    Index("ix_shifts_person_id", "person_id"),
    Index("ix_shifts_start", "ward_id", "rank", text("lower(during)")),
)

_SAID_OF_A_PRACTITIONER = (
    "((((((name || ' '::text) || practice) || ' '::text) || email) || ' '::text) || COALESCE(rpps, ''::text))"
)

practitioners = Table(
    "practitioners",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False, server_default=""),
    Column("rpps", Text, unique=True),
    Column("practice", Text, nullable=False, server_default=""),
    Column("postcode", Text, nullable=False, server_default=""),
    Column("mssante", Text, nullable=False, server_default=""),  # his address in the secure network
    Column("preferred", Text, nullable=False, server_default=""),  # sms | email | mssante | call; empty: as he came
    Column("reach", Text, nullable=False, server_default=""),  # now | noon | evening: where he says none; empty: now
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("preferred in ('','sms','email','mssante','call')", name="preferred"),
    CheckConstraint("reach in ('','now','noon','evening')", name="reach"),
    Column("erased_at", DateTime(timezone=True)),  # on his request: nothing personal is left in this row
    # Begins with the name, so that the order of names is its order too.
    Column("folded", Text, Computed(folded_sql(_SAID_OF_A_PRACTITIONER), persisted=True)),
    Index("ix_practitioners_folded", "folded", "id"),
)

practitioner_phones = Table(
    "practitioner_phones",
    metadata,
    Column("practitioner_id", ForeignKey("practitioners.id", ondelete="CASCADE"), primary_key=True),
    Column("phone", Text, primary_key=True),
    Column("position", SmallInteger, nullable=False, server_default="0"),
    UniqueConstraint("practitioner_id", "position", deferrable=True, initially="DEFERRED"),
    Index("ix_practitioner_phones_phone", "phone"),
)
