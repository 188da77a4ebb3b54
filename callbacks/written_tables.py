"""Tables of what is asked and answered in writing: messages that came in, talks about them, pictures, answers."""

from sqlalchemy import (
    BigInteger,
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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from config.database import metadata
from config.sealed_types import Sealed

_uuid = text("gen_random_uuid()")
_real = text("real_now()")

# What is not yet clear between a sender and us: which ward, which request, who he is. One at a time for each sender.
dialogues = Table(
    "dialogues",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("channel", Text, nullable=False),  # sms | email | voice: a message whose ward nobody knows
    Column("sender", Sealed, nullable=False),  # E.164, an address in small letters; a hidden caller's: his call's sid
    Column("state", Text, nullable=False, server_default="open"),  # open | filed | refused | idle | sorted
    Column("question", Text),  # ward | among | which | instead | who: what he was asked last
    Column("choices", JSONB, nullable=False, server_default="[]"),  # ids, in the order of the numbers he was shown
    Column("asked", SmallInteger, nullable=False, server_default="0"),  # how often
    Column("ward_id", ForeignKey("wards.id")),  # known, while something else is asked
    Column("practitioner_id", ForeignKey("practitioners.id")),
    Column("request_id", ForeignKey("requests.id")),  # what became of it
    Column("created_at", DateTime(timezone=True), nullable=False),  # of its first message: the promise counts from it
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("sort_at", DateTime(timezone=True), nullable=False),  # from then on somebody must sort it
    Column("told_at", DateTime(timezone=True)),  # when somebody was last told so
    Column("told", SmallInteger, nullable=False, server_default="0"),
    Column("closed_at", DateTime(timezone=True)),
    Column("account_id", ForeignKey("accounts.id")),  # who sorted it
    Column("detail", JSONB, nullable=False, server_default="{}"),
    CheckConstraint("channel in ('sms','email','voice')", name="channel"),
    CheckConstraint("state in ('open','filed','refused','idle','sorted')", name="state"),
    CheckConstraint("question in ('ward','among','which','instead','who')", name="question"),
    CheckConstraint("(state <> 'open') = (closed_at is not null)", name="closed"),
    Index("uq_dialogues_open", "channel", "sender", unique=True, postgresql_where=text("state = 'open'")),
    Index("ix_dialogues_sender", "channel", "sender", "id"),
    Index("ix_dialogues_sort", "sort_at", postgresql_where=text("state = 'open'")),
    Index("ix_dialogues_request_id", "request_id"),
)

# Every message that came in, once, whatever became of it. When it is part of a request, the part has the same id.
written = Table(
    "written",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=_uuid),
    Column("key", Text, nullable=False, unique=True),  # what makes it one, whichever door it came by
    Column("channel", Text, nullable=False),
    Column("sender", Sealed, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),  # sealed: a GP may have written of a patient
    Column("message_id", Text),  # an e-mail's own name, which answers to it carry
    Column("verdict", Text, nullable=False),  # waiting | filed | joined | command | idle | refused | ignored
    Column("reason", Text),  # a code: why it was ignored, or why its sender gets no automatic answer
    Column("at", DateTime(timezone=True), nullable=False),
    Column("dialogue_id", ForeignKey("dialogues.id")),
    Column("request_id", ForeignKey("requests.id")),
    CheckConstraint("channel in ('sms','email')", name="channel"),
    CheckConstraint(
        "verdict in ('waiting','filed','joined','command','idle','refused','ignored')",
        name="verdict",
    ),
    Index("ix_written_sender", "channel", "sender", "at"),
    Index("ix_written_message_id", "message_id", postgresql_where=text("message_id is not null")),
    Index("ix_written_dialogue_id", "dialogue_id"),
    Index("ix_written_request_id", "request_id"),
    # What is forgotten after a while.
    Index(
        "ix_written_kept",
        "at",
        postgresql_where=text("verdict in ('command','idle','refused','ignored') and body <> ''"),
    ),
)

# Pictures and documents: those of an SMS are fetched at the carrier, those of an e-mail came with it.
attachments = Table(
    "attachments",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=_uuid),
    Column("written_id", ForeignKey("written.id", ondelete="CASCADE"), nullable=False),
    Column("seq", SmallInteger, nullable=False),
    Column("state", Text, nullable=False),  # announced -> stored | refused | lost; stored -> purged
    Column("name", LargeBinary),  # sealed: a file is often called by the patient's name
    Column("media_type", Text),  # as its bytes say, never as its sender says
    Column("size", Integer),  # bytes
    Column("file", Text),  # name below the recordings folder
    Column("source", Text),  # where the carrier keeps it
    Column("reason", Text),  # why it was refused, is lost or was purged: a code
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("retry_real", DateTime(timezone=True)),  # null: nothing more is to be done
    Column("lease_real", DateTime(timezone=True)),
    Column("lease_by", Text),
    Column("deleted_real", DateTime(timezone=True)),  # when it was deleted at the carrier
    Column("created_real", DateTime(timezone=True), nullable=False, server_default=_real),
    UniqueConstraint("written_id", "seq"),
    CheckConstraint("state in ('announced','stored','refused','lost','purged')", name="state"),
    Index("ix_attachments_due", "retry_real", postgresql_where=text("retry_real is not null")),
)

# A senior's answer in writing. A draft is his alone; once sent it never changes.
answers = Table(
    "answers",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=_uuid),
    Column("request_id", ForeignKey("requests.id"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("state", Text, nullable=False, server_default="draft"),  # draft | sent
    Column("body", LargeBinary, nullable=False),  # sealed
    Column("way", Text),  # sms | email: a notice without content; mssante: sent whole
    Column("recipient", Sealed),  # where that went
    Column("code_to", Sealed),  # the mobile that the code to read it goes to
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("read_at", DateTime(timezone=True)),
    Column("read_how", Text),  # page | phone | mail
    Column("told_unread_at", DateTime(timezone=True)),
    Column("purged_at", DateTime(timezone=True)),
    CheckConstraint("state in ('draft','sent')", name="state"),
    CheckConstraint("way in ('sms','email','mssante')", name="way"),
    CheckConstraint("(state = 'sent') = (sent_at is not null and way is not null)", name="sent"),
    Index("uq_answers_draft", "request_id", "person_id", unique=True, postgresql_where=text("state = 'draft'")),
    Index("ix_answers_request_id", "request_id"),
    Index(
        "ix_answers_unread",
        "sent_at",
        postgresql_where=text("state = 'sent' and read_at is null and told_unread_at is null"),
    ),
)

# The second proof of who reads an answer: six digits sent to his registered mobile, a few minutes, a few tries.
answer_codes = Table(
    "answer_codes",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("answer_id", ForeignKey("answers.id", ondelete="CASCADE"), nullable=False),
    Column("hash", Text, nullable=False),
    Column("made_real", DateTime(timezone=True), nullable=False, server_default=_real),
    Column("tries", SmallInteger, nullable=False, server_default="0"),
    Column("used_real", DateTime(timezone=True)),
    Index("ix_answer_codes_answer_id", "answer_id", "made_real"),
)

# The link in the notice of an answer: good for one opening. The latest of an answer is the only one that opens it.
answer_links = Table(
    "answer_links",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),  # its signature makes it a token
    Column("answer_id", ForeignKey("answers.id", ondelete="CASCADE"), nullable=False),
    Column("made_real", DateTime(timezone=True), nullable=False, server_default=_real),
    Column("opened_real", DateTime(timezone=True)),  # by the right code: a while later it is spent
    Index("ix_answer_links_answer_id", "answer_id", "id"),
)

# Sentences that a ward answers with again and again; without a ward, every ward's.
templates = Table(
    "answer_templates",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("ward_id", ForeignKey("wards.id", ondelete="CASCADE")),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("account_id", ForeignKey("accounts.id")),
    Column("person_id", ForeignKey("people.id")),
    UniqueConstraint("ward_id", "title", postgresql_nulls_not_distinct=True),
)

# How far each mailbox was read. A server that numbers anew says so by another validity.
mailboxes = Table(
    "mailboxes",
    metadata,
    Column("name", Text, primary_key=True),  # user@host/folder
    Column("validity", BigInteger, nullable=False, server_default="0"),  # 0: never looked into
    Column("last_uid", BigInteger, nullable=False, server_default="0"),
    Column("aside", JSONB, nullable=False, server_default="{}"),  # letters to try again: uid -> tries, since, again
    Column("read_real", DateTime(timezone=True), nullable=False, server_default=_real),  # when it was last looked into
    Column("lease_real", DateTime(timezone=True)),  # one process reads it at a time
    Column("lease_by", Text),
)
