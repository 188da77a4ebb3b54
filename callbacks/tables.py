"""Tables of calls, requests and what happened to them, messages to send, recordings."""

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
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from config.database import metadata
from config.sealed_types import Sealed, SealedWithin

_uuid = text("gen_random_uuid()")
_real = text("real_now()")

calls = Table(
    "calls",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=_uuid),  # opaque: it travels in URLs
    Column("sid", Text, nullable=False, unique=True),
    Column("direction", Text, nullable=False, server_default="inbound"),  # inbound | alert | notice | callback | canary
    Column("caller", Sealed),  # E.164, null when hidden
    Column("practitioner_id", ForeignKey("practitioners.id")),
    Column("person_id", ForeignKey("people.id")),  # a senior who calls the line, or is called by it
    Column("ward_id", ForeignKey("wards.id")),
    Column("request_id", ForeignKey("requests.id")),
    Column("result", Text, nullable=False, server_default="open"),
    Column("turn", Integer, nullable=False, server_default="0"),
    Column("step", Text, nullable=False),
    Column("memory", SealedWithin, nullable=False, server_default="{}"),
    Column("kind", Text, nullable=False, server_default="advice"),  # what he asked for
    Column("answered_by", ForeignKey("people.id")),
    Column("outcome", Text),  # how the conversation ended, keyed by the GP or told by the senior
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("answered_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("heard_real", DateTime(timezone=True), nullable=False, server_default=_real),  # last sign of life
    Column("purged_at", DateTime(timezone=True)),  # whose number it was is forgotten
    CheckConstraint("result in ('open','answered','request','lost','switchboard','followup','senior')", name="result"),
    CheckConstraint("direction in ('inbound','alert','notice','callback','canary')", name="direction"),
    Index("ix_calls_caller", "caller", "started_at"),
    Index("ix_calls_ward", "ward_id", "started_at", "id", postgresql_where=text("ward_id is not null")),
    Index("ix_calls_nowhere", "started_at", postgresql_where=text("ward_id is null")),  # lost before one was chosen
    # Not over, or over and not yet known how: the sweep asks the carrier about these. Not on heard_real, which each
    # turn changes: an indexed column that changes costs an entry in every index of the table.
    Index("ix_calls_unsettled", "started_at", postgresql_where=text("ended_at is null or result = 'open'")),
)

# What we answered at each turn of a call: a repeated webhook gets the same bytes (invariant 3).
turns = Table(
    "turns",
    metadata,
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("turn", Integer, primary_key=True),
    Column("answer", Text, nullable=False),
    Column("real", DateTime(timezone=True), nullable=False, server_default=_real),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=_uuid),
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), nullable=False),
    Column("seq", SmallInteger, nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("phone", Sealed, nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("child_sid", Text),
    Column("rung_at", DateTime(timezone=True), nullable=False),
    Column("rung_real", DateTime(timezone=True), nullable=False),
    Column("whispered_real", DateTime(timezone=True)),  # he answered, and was told who is called
    Column("accepted_at", DateTime(timezone=True)),
    Column("accepted_real", DateTime(timezone=True)),
    Column("declined_at", DateTime(timezone=True)),
    Column("ended_real", DateTime(timezone=True)),
    Column("outcome", Text),  # taken | declined | no-answer | busy | failed | canceled | unaccepted
    UniqueConstraint("call_id", "seq"),
    Index("ix_attempts_person", "person_id", "rung_real"),
    Index("ix_attempts_live", "person_id", postgresql_where=text("ended_real is null")),
)

requests = Table(
    "requests",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("ward_id", ForeignKey("wards.id"), nullable=False),
    Column("kind", Text, nullable=False, server_default="advice"),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("caller", Sealed),  # the number to call back, E.164; null while a hidden caller has not keyed one
    Column("mail", Sealed),  # the address he wrote from
    Column("practitioner_id", ForeignKey("practitioners.id")),
    Column("reach", Text, nullable=False, server_default="now"),  # now | noon | evening
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("claimed_by", ForeignKey("people.id")),
    Column("claimed_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    Column("closed_by", ForeignKey("people.id")),
    Column("outcome", Text),
    Column("next_rung", Text),  # name of the rung that `next_step_at` is the time of
    Column("next_step_at", DateTime(timezone=True)),
    Column("climbed_at", DateTime(timezone=True)),  # when the last rung fired: rungs keep ten minutes apart
    Column("notice_at", DateTime(timezone=True)),  # when a word is owed: to the GP, or to the ward
    Column("retry_at", DateTime(timezone=True)),  # when who has it means to try again; counts while it is claimed
    Column("retry_reason", Text),  # a code of `trying.REASONS`
    Column("offered_to", ForeignKey("people.id")),  # who is asked to take it over, and has not answered
    Column("purged_at", DateTime(timezone=True)),  # who asked is forgotten
    Column("about_id", ForeignKey("wards.id")),  # the ward it is about, where another team has it
    Column("event_at", DateTime(timezone=True)),  # a discharge: planned, or past
    CheckConstraint("reference ~ '^[0-9]{6}$'", name="reference_digits"),
    CheckConstraint("channel in ('voice','missed_call','sms','email','page')", name="channel"),
    CheckConstraint("state in ('open','claimed','done','withdrawn','unreachable')", name="state"),
    CheckConstraint("reach in ('now','noon','evening')", name="reach"),
    # Invariant 6.
    CheckConstraint(
        "(state in ('open','claimed')) = (next_step_at is not null and next_rung is not null)", name="next_step"
    ),
    CheckConstraint("(state = 'claimed') <= (claimed_by is not null)", name="claimer"),
    CheckConstraint("(state in ('done','withdrawn','unreachable')) = (closed_at is not null)", name="closed"),
    Index("ix_requests_due", "next_step_at", postgresql_where=text("next_step_at is not null")),
    Index("ix_requests_notice", "notice_at", postgresql_where=text("notice_at is not null")),
    Index("ix_requests_open_caller", "caller", "ward_id", postgresql_where=text("state in ('open','claimed')")),
    # What who writes is owed, whichever way he is known.
    Index("ix_requests_open_mail", "mail", postgresql_where=text("state in ('open','claimed') and mail is not null")),
    Index(
        "ix_requests_open_practitioner",
        "practitioner_id",
        postgresql_where=text("state in ('open','claimed') and practitioner_id is not null"),
    ),
    # The board: what a ward still owes, most urgent first; what it has closed, latest first.
    Index("ix_requests_owed_ward", "ward_id", "due_at", "id", postgresql_where=text("state in ('open','claimed')")),
    Index("ix_requests_claimed_ward", "ward_id", "due_at", "id", postgresql_where=text("state = 'claimed'")),
    # The hand-over: what who leaves has in hand, however much the others have.
    Index("ix_requests_claimed_by", "claimed_by", "ward_id", "claimed_at", postgresql_where=text("state = 'claimed'")),
    Index("ix_requests_filed_ward", "ward_id", "created_at"),  # the figures of a day
    Index("ix_requests_about_id", "about_id", "created_at", postgresql_where=text("about_id is not null")),
    Index("ix_requests_closed_ward", "ward_id", "closed_at", "id", postgresql_where=text("closed_at is not null")),
)

# Append-only: the state of a request is what its events add up to.
events = Table(
    "events",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("request_id", ForeignKey("requests.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("person_id", ForeignKey("people.id")),
    Column("account_id", ForeignKey("accounts.id")),  # who did it on the board
    Column("detail", JSONB, nullable=False, server_default="{}"),
    Index("ix_events_request_id", "request_id", "id"),
)

# A callback through the line: the senior is rung, then the GP. One at a time for a request, and for a senior.
bridges = Table(
    "bridges",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=_uuid),
    Column("request_id", ForeignKey("requests.id"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("how", Text, nullable=False),  # page | phone | sms | board: where he asked for it
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("asked_real", DateTime(timezone=True), nullable=False, server_default=_real),
    Column("call_id", ForeignKey("calls.id")),  # the senior's, once he has answered
    Column("phone", Sealed),  # the GP's, as it was dialled
    Column("child_sid", Text),
    Column("rung_at", DateTime(timezone=True)),  # when the GP's telephone was rung
    Column("rung_real", DateTime(timezone=True)),
    Column("whispered_real", DateTime(timezone=True)),  # the GP answered, and was told who calls back
    Column("accepted_at", DateTime(timezone=True)),  # the GP pressed 1
    Column("accepted_real", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_real", DateTime(timezone=True)),
    Column("outcome", Text),  # a code of `trying.Result`, or not_rung: the senior did not answer
    Column("seconds", Integer),  # they talked for so long
    Index("uq_bridges_live", "request_id", unique=True, postgresql_where=text("outcome is null")),
    Index("uq_bridges_live_person", "person_id", unique=True, postgresql_where=text("outcome is null")),
    Index("ix_bridges_request_id", "request_id", "asked_at"),
    Index("ix_bridges_call_id", "call_id"),
    Index("ix_bridges_asked", "asked_at", "id"),
)

# Ladders as administrators changed them; without a row the file of this release counts.
ladders = Table(
    "ladders",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("ward_id", ForeignKey("wards.id", ondelete="CASCADE")),  # null: every ward that has none of its own
    Column("kind", Text, nullable=False, server_default="advice"),
    Column("rungs", JSONB, nullable=False),  # as in config/ladder.toml
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("account_id", ForeignKey("accounts.id")),
    UniqueConstraint("ward_id", "kind", postgresql_nulls_not_distinct=True),
)

recordings = Table(
    "recordings",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=_uuid),
    Column("sid", Text, nullable=False, unique=True),
    Column("call_id", ForeignKey("calls.id")),
    # announced -> ready -> stored | flagged -> purged; absent, discarded: nothing to fetch
    Column("state", Text, nullable=False, server_default="announced"),
    Column("seconds", Integer),  # as declared by the carrier
    Column("complete", Boolean, nullable=False, server_default="false"),  # the carrier has said that it is all there
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("retry_real", DateTime(timezone=True)),  # null: not to be fetched yet, or no more
    Column("lease_real", DateTime(timezone=True)),
    Column("lease_by", Text),
    Column("file", Text),  # name below the recordings folder
    Column("flag", Text),  # why it is kept at the carrier
    Column("deleted_real", DateTime(timezone=True)),  # when it was deleted at the carrier
    Column("created_real", DateTime(timezone=True), nullable=False, server_default=_real),
    Column("dialogue_id", ForeignKey("dialogues.id")),  # no ward is known: somebody must sort it
    CheckConstraint("state in ('announced','ready','stored','flagged','absent','discarded','purged')", name="state"),
    Index("ix_recordings_due", "retry_real", postgresql_where=text("retry_real is not null")),
    Index("ix_recordings_call_id", "call_id"),
    Index("ix_recordings_created", "created_real"),
    Index("ix_recordings_dialogue_id", "dialogue_id", postgresql_where=text("dialogue_id is not null")),
)

# What a GP said or wrote. A request cannot be closed while a part of it is unheard or unread.
parts = Table(
    "parts",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=_uuid),
    Column("request_id", ForeignKey("requests.id"), nullable=False),
    Column("call_id", ForeignKey("calls.id")),
    Column("recording_id", ForeignKey("recordings.id")),
    Column("body", LargeBinary),  # encrypted text
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("heard_at", DateTime(timezone=True)),
    Column("purged_at", DateTime(timezone=True)),  # its words are gone, by a rule or on somebody's request
    CheckConstraint("(recording_id is null) <> (body is null)", name="voice_or_text"),
    UniqueConstraint("recording_id"),
    Index("ix_parts_request_id", "request_id"),
)

# Every hearing and reading is recorded (invariant 9).
hearings = Table(
    "hearings",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("part_id", ForeignKey("parts.id"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("how", Text, nullable=False),  # page | phone
    Index("ix_hearings_part_id", "part_id"),
    Index("ix_hearings_at", "at", "id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("token", Uuid, nullable=False, unique=True, server_default=_uuid),  # names the row in callback URLs
    Column("key", Text, nullable=False, unique=True),  # what makes it one message
    Column("purpose", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("recipient", Sealed, nullable=False),  # E.164, or an address
    Column("person_id", ForeignKey("people.id")),
    Column("request_id", ForeignKey("requests.id")),
    Column("body", Text, nullable=False, server_default=""),  # SMS text; for a call, the catalogue key it speaks
    Column("detail", JSONB, nullable=False, server_default="{}"),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("due_at", DateTime(timezone=True), nullable=False),  # the one clock
    Column("retry_real", DateTime(timezone=True)),  # real time: back-off
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("ambiguous", Boolean, nullable=False, server_default="false"),  # an attempt's outcome is unknown
    Column("attempted_real", DateTime(timezone=True)),  # when the first attempt in doubt began
    Column("asked_real", DateTime(timezone=True)),  # when the carrier was first asked about the last attempt
    Column("lease_real", DateTime(timezone=True)),
    Column("lease_by", Text),
    Column("provider_sid", Text),
    Column("error", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("sent_real", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True)),
    Column("unwanted", Boolean, nullable=False, server_default="false"),  # taken back while it was being sent
    Column("answered_for", Boolean, nullable=False, server_default="false"),  # its failure was acted upon
    Column("purged_at", DateTime(timezone=True)),  # its words are gone, and to whom it went
    CheckConstraint("channel in ('sms','call','email')", name="channel"),
    CheckConstraint("state in ('waiting','sending','sent','delivered','undelivered','failed','dropped')", name="state"),
    Index("ix_outbox_due", "due_at", postgresql_where=text("state in ('waiting','sending')")),
    Index(
        "ix_outbox_unanswered",
        "sent_at",
        postgresql_where=text("state in ('sent','undelivered','failed') and not answered_for"),
    ),
    # What the carrier accepted once is one message of ours: two attempts in doubt never adopt the same one.
    Index("uq_outbox_provider_sid", "provider_sid", unique=True),
    # A telephone is rung by one call at a time.
    Index(
        "uq_outbox_ringing", "recipient", unique=True, postgresql_where=text("channel = 'call' and state = 'sending'")
    ),
    # Those that may be ringing still (`leases`).
    Index(
        "ix_outbox_rung",
        "recipient",
        postgresql_where=text("channel = 'call' and state = 'sent' and not answered_for and settled_at is null"),
    ),
    Index("ix_outbox_request_id", "request_id"),
    Index("ix_outbox_person_id", "person_id", "created_at"),
    # Of these, what counts in the limit on reminders (`reminders`).
    Index("ix_outbox_limited", "person_id", "created_at", postgresql_where=text("""detail @> '{"limited": true}'""")),
    # How much went to one number lately, whatever for.
    Index("ix_outbox_recipient", "recipient", "created_at"),
    # What somebody outside had sent of late (`recipients`).
    Index(
        "ix_outbox_triggered",
        "created_at",
        postgresql_where=text(
            "purpose in ('addition','answer_code','confirmation','how_to','not_secured','question','refused_sender',"
            "'reply','status')"
        ),
    ),
    # What was said because somebody wrote: how often he was told lately (`written.asking`).
    Index(
        "ix_outbox_answers",
        "recipient",
        "created_at",
        postgresql_where=text("purpose in ('how_to','reply','question','status','not_secured','refused_sender')"),
    ),
)

# The secret in an SMS: the token is this id and a signature over it; one link for one person and one request.
links = Table(
    "links",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("request_id", ForeignKey("requests.id"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    UniqueConstraint("request_id", "person_id"),
)

# SMS that came in, before anything is made of them.
texts_in = Table(
    "texts_in",
    metadata,
    Column("sid", Text, primary_key=True),
    Column("sender", Sealed, nullable=False),
    Column("body", LargeBinary, nullable=False),  # encrypted: a GP may have written of a patient
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_texts_in_sender", "sender", "at"),
)

# What an operator must know; `doctor` and /metrics tell it.
alarms = Table(
    "alarms",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    Column("count", Integer, nullable=False, server_default="1"),
    Column("first_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("last_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("cleared_at", DateTime(timezone=True)),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("process", Text, primary_key=True),  # "tick:host:pid", "worker:host:pid"
    Column("real", DateTime(timezone=True), nullable=False),
)
