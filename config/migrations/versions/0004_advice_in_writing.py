"""Advice in writing"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailboxes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("validity", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_uid", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("aside", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("read_real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.Column("lease_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mailboxes")),
    )
    op.create_table(
        "answer_templates",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_answer_templates_account_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_answer_templates_person_id")),
        sa.ForeignKeyConstraint(
            ["ward_id"], ["wards.id"], name=op.f("fk_answer_templates_ward_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_templates")),
        sa.UniqueConstraint(
            "ward_id", "title", name=op.f("uq_answer_templates_ward_id_title"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_table(
        "answers",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("code_to", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_how", sa.Text(), nullable=True),
        sa.Column("told_unread_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at is not null and way is not null)", name=op.f("ck_answers_sent")
        ),
        sa.CheckConstraint("state in ('draft','sent')", name=op.f("ck_answers_state")),
        sa.CheckConstraint("way in ('sms','email','mssante')", name=op.f("ck_answers_way")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_answers_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_answers_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
    )
    op.create_index("ix_answers_request_id", "answers", ["request_id"], unique=False)
    op.create_index(
        "ix_answers_unread",
        "answers",
        ["sent_at"],
        unique=False,
        postgresql_where=sa.text("state = 'sent' and read_at is null and told_unread_at is null"),
    )
    op.create_index(
        "uq_answers_draft",
        "answers",
        ["request_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_table(
        "dialogues",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("choices", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("asked", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("practitioner_id", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sort_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.CheckConstraint("(state <> 'open') = (closed_at is not null)", name=op.f("ck_dialogues_closed")),
        sa.CheckConstraint("channel in ('sms','email')", name=op.f("ck_dialogues_channel")),
        sa.CheckConstraint("question in ('ward','among','which','instead','who')", name=op.f("ck_dialogues_question")),
        sa.CheckConstraint("state in ('open','filed','refused','idle','sorted')", name=op.f("ck_dialogues_state")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_dialogues_account_id")),
        sa.ForeignKeyConstraint(["practitioner_id"], ["practitioners.id"], name=op.f("fk_dialogues_practitioner_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_dialogues_request_id")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_dialogues_ward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogues")),
    )
    op.create_index("ix_dialogues_request_id", "dialogues", ["request_id"], unique=False)
    op.create_index("ix_dialogues_sender", "dialogues", ["channel", "sender", "id"], unique=False)
    op.create_index(
        "ix_dialogues_sort", "dialogues", ["sort_at"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "uq_dialogues_open", "dialogues", ["channel", "sender"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "answer_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("made_real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("used_real", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_answer_codes_answer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_codes")),
    )
    op.create_index("ix_answer_codes_answer_id", "answer_codes", ["answer_id", "made_real"], unique=False)
    op.create_table(
        "answer_links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("made_real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.Column("opened_real", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answers.id"], name=op.f("fk_answer_links_answer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_links")),
    )
    op.create_index("ix_answer_links_answer_id", "answer_links", ["answer_id", "id"], unique=False)
    op.create_table(
        "written",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dialogue_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("channel in ('sms','email')", name=op.f("ck_written_channel")),
        sa.CheckConstraint(
            "verdict in ('waiting','filed','joined','command','idle','refused','ignored')",
            name=op.f("ck_written_verdict"),
        ),
        sa.ForeignKeyConstraint(["dialogue_id"], ["dialogues.id"], name=op.f("fk_written_dialogue_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_written_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_written")),
        sa.UniqueConstraint("key", name=op.f("uq_written_key")),
    )
    op.create_index("ix_written_dialogue_id", "written", ["dialogue_id"], unique=False)
    op.create_index(
        "ix_written_kept",
        "written",
        ["at"],
        unique=False,
        postgresql_where=sa.text("verdict in ('command','idle','refused','ignored') and body <> ''"),
    )
    op.create_index(
        "ix_written_message_id",
        "written",
        ["message_id"],
        unique=False,
        postgresql_where=sa.text("message_id is not null"),
    )
    op.create_index("ix_written_request_id", "written", ["request_id"], unique=False)
    op.create_index("ix_written_sender", "written", ["channel", "sender", "at"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("written_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("retry_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.Text(), nullable=True),
        sa.Column("deleted_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.CheckConstraint("state in ('announced','stored','refused','lost')", name=op.f("ck_attachments_state")),
        sa.ForeignKeyConstraint(
            ["written_id"], ["written.id"], name=op.f("fk_attachments_written_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("written_id", "seq", name=op.f("uq_attachments_written_id_seq")),
    )
    op.create_index(
        "ix_attachments_due",
        "attachments",
        ["retry_real"],
        unique=False,
        postgresql_where=sa.text("retry_real is not null"),
    )
    op.add_column("hospitals", sa.Column("unknown_senders", sa.Text(), server_default="ask", nullable=False))
    op.create_index(
        "ix_outbox_answers",
        "outbox",
        ["recipient", "created_at"],
        unique=False,
        postgresql_where=sa.text("purpose in ('how_to','reply','question','status','not_secured','refused_sender')"),
    )
    op.add_column("requests", sa.Column("mail", sa.Text(), nullable=True))
    op.create_index(
        "ix_requests_open_mail",
        "requests",
        ["mail"],
        unique=False,
        postgresql_where=sa.text("state in ('open','claimed') and mail is not null"),
    )
    op.create_index(
        "ix_requests_open_practitioner",
        "requests",
        ["practitioner_id"],
        unique=False,
        postgresql_where=sa.text("state in ('open','claimed') and practitioner_id is not null"),
    )
    op.create_check_constraint(
        op.f("ck_hospitals_unknown_senders"), "hospitals", "unknown_senders in ('accept','ask','refuse')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_hospitals_unknown_senders"), "hospitals", type_="check")
    op.drop_index(
        "ix_requests_open_practitioner",
        table_name="requests",
        postgresql_where=sa.text("state in ('open','claimed') and practitioner_id is not null"),
    )
    op.drop_index(
        "ix_requests_open_mail",
        table_name="requests",
        postgresql_where=sa.text("state in ('open','claimed') and mail is not null"),
    )
    op.drop_column("requests", "mail")
    op.drop_index(
        "ix_outbox_answers",
        table_name="outbox",
        postgresql_where=sa.text("purpose in ('how_to','reply','question','status','not_secured','refused_sender')"),
    )
    op.drop_column("hospitals", "unknown_senders")
    op.drop_index("ix_attachments_due", table_name="attachments", postgresql_where=sa.text("retry_real is not null"))
    op.drop_table("attachments")
    op.drop_index("ix_written_sender", table_name="written")
    op.drop_index("ix_written_request_id", table_name="written")
    op.drop_index("ix_written_message_id", table_name="written", postgresql_where=sa.text("message_id is not null"))
    op.drop_index(
        "ix_written_kept",
        table_name="written",
        postgresql_where=sa.text("verdict in ('command','idle','refused','ignored') and body <> ''"),
    )
    op.drop_index("ix_written_dialogue_id", table_name="written")
    op.drop_table("written")
    op.drop_index("ix_answer_links_answer_id", table_name="answer_links")
    op.drop_table("answer_links")
    op.drop_index("ix_answer_codes_answer_id", table_name="answer_codes")
    op.drop_table("answer_codes")
    op.drop_index("uq_dialogues_open", table_name="dialogues", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_dialogues_sort", table_name="dialogues", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_dialogues_sender", table_name="dialogues")
    op.drop_index("ix_dialogues_request_id", table_name="dialogues")
    op.drop_table("dialogues")
    op.drop_index("uq_answers_draft", table_name="answers", postgresql_where=sa.text("state = 'draft'"))
    op.drop_index(
        "ix_answers_unread",
        table_name="answers",
        postgresql_where=sa.text("state = 'sent' and read_at is null and told_unread_at is null"),
    )
    op.drop_index("ix_answers_request_id", table_name="answers")
    op.drop_table("answers")
    op.drop_table("answer_templates")
    op.drop_table("mailboxes")
