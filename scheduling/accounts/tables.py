"""Tables of accounts, of what proves them, and of where they are signed in."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)

from config.database import metadata

_real = text("real_now()")

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("email", Text, nullable=False, unique=True),  # lower case: what he signs in with
    Column("name", Text, nullable=False),
    Column("phone", Text),  # E.164: where he is told of holes in his rota
    Column("language", Text, nullable=False, server_default="fr"),
    Column("role", Text, nullable=False),
    Column("all_wards", Boolean, nullable=False, server_default="false"),  # a reader of the whole house
    Column("password_hash", Text),  # null: invited and not come yet, or signs in elsewhere
    Column("totp_sealed", LargeBinary),  # null: no second factor yet
    Column("totp_step", BigInteger),  # of the last code that was taken: none is taken twice
    Column("oidc_subject", Text, unique=True),  # issuer and subject of the provider he signs in with
    Column("failures", SmallInteger, nullable=False, server_default="0"),
    Column("locked_until_real", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("disabled_at", DateTime(timezone=True)),
    CheckConstraint("role in ('admin','editor','reader')", name="role"),
    CheckConstraint("email = lower(email)", name="email_is_lower"),
    CheckConstraint("role = 'reader' or not all_wards", name="all_wards_of_a_reader"),
)

account_wards = Table(
    "account_wards",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("ward_id", ForeignKey("wards.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_account_wards_ward_id", "ward_id"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", Text, primary_key=True),
    Column("used_real", DateTime(timezone=True)),
)

# A link that lets an account choose its password, once.
invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("until_real", DateTime(timezone=True), nullable=False),
    Column("used_real", DateTime(timezone=True)),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("began_real", DateTime(timezone=True), nullable=False, server_default=_real),
    Column("seen_real", DateTime(timezone=True), nullable=False, server_default=_real),
    Column("until_real", DateTime(timezone=True), nullable=False),
    Index("ix_sessions_account_id", "account_id"),
)
