"""Trust"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backups",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.Column("snapshot_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("doubt_until_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.CheckConstraint("kind in ('taken','restored')", name=op.f("ck_backups_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backups")),
    )
    op.create_index("ix_backups_real", "backups", ["real"], unique=False)
    op.create_index(
        "ix_backups_restored", "backups", ["id"], unique=False, postgresql_where=sa.text("kind = 'restored'")
    )
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("began_real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.Column("since_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("seen", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("missed", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("differing", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("retry_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_index(
        "ix_reconciliations_until",
        "reconciliations",
        ["until_real"],
        unique=False,
        postgresql_where=sa.text("ended_real is not null"),
    )
    op.create_index(
        "uq_reconciliations_open",
        "reconciliations",
        ["ended_real"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("ended_real is null"),
    )
    op.create_table(
        "information",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("hospital_id", sa.Integer(), nullable=True),
        sa.Column("controller", sa.Text(), server_default="", nullable=False),
        sa.Column("officer", sa.Text(), server_default="", nullable=False),
        sa.Column("mail", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("post", sa.Text(), server_default="", nullable=False),
        sa.Column("basis", sa.Text(), server_default="public", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("basis in ('public','legitimate')", name=op.f("ck_information_basis")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_information_account_id")),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospitals.id"], name=op.f("fk_information_hospital_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information")),
        sa.UniqueConstraint("hospital_id", name=op.f("uq_information_hospital_id"), postgresql_nulls_not_distinct=True),
    )
    op.create_table(
        "retention_rules",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("hospital_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("days > 0", name=op.f("ck_retention_rules_days")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_retention_rules_account_id")),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospitals.id"], name=op.f("fk_retention_rules_hospital_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_rules")),
        sa.UniqueConstraint(
            "hospital_id", "kind", name=op.f("uq_retention_rules_hospital_id_kind"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_table(
        "disposals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("dated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_disposals_account_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_disposals_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposals")),
    )
    op.create_index("ix_disposals_at", "disposals", ["at", "id"], unique=False)
    op.create_index(
        "ix_disposals_request_id",
        "disposals",
        ["request_id"],
        unique=False,
        postgresql_where=sa.text("request_id is not null"),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("practitioner_id", sa.Integer(), nullable=True),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["lifted_by"], ["accounts.id"], name=op.f("fk_holds_lifted_by")),
        sa.ForeignKeyConstraint(["placed_by"], ["accounts.id"], name=op.f("fk_holds_placed_by")),
        sa.ForeignKeyConstraint(["practitioner_id"], ["practitioners.id"], name=op.f("fk_holds_practitioner_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_holds_request_id")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_holds_ward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_request_id", "holds", ["request_id"], unique=False)
    op.create_index("ix_holds_standing", "holds", ["id"], unique=False, postgresql_where=sa.text("lifted_at is null"))
    op.create_table(
        "readings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_readings_account_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_readings_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_readings_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readings")),
    )
    op.create_index("ix_readings_at", "readings", ["at", "id"], unique=False)
    op.create_index(
        "ix_readings_request_id",
        "readings",
        ["request_id"],
        unique=False,
        postgresql_where=sa.text("request_id is not null"),
    )
    op.create_table(
        "canaries",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("placed_real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("heard_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("keyed_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), server_default="placed", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("news", sa.Text(), nullable=True),
        sa.Column("tell_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_real", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("news in ('dead','alive')", name=op.f("ck_canaries_news")),
        sa.CheckConstraint("state in ('placed','well','broken')", name=op.f("ck_canaries_state")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_canaries_call_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canaries")),
    )
    op.create_index(
        "ix_canaries_open", "canaries", ["placed_real"], unique=False, postgresql_where=sa.text("state = 'placed'")
    )
    op.create_index("ix_canaries_placed", "canaries", ["placed_real"], unique=False)
    op.create_index(
        "ix_canaries_tell", "canaries", ["tell_real"], unique=False, postgresql_where=sa.text("tell_real is not null")
    )
    op.add_column("answers", sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("calls", sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_hearings_at", "hearings", ["at", "id"], unique=False)
    op.add_column("outbox", sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_outbox_recipient", "outbox", ["recipient", "created_at"], unique=False)
    op.create_index(
        "ix_outbox_triggered",
        "outbox",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text(
            "purpose in ('addition','answer_code','confirmation','how_to','not_secured','question','refused_sender','reply','status')"
        ),
    )
    op.add_column("parts", sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("people", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("practitioners", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("recordings", sa.Column("dialogue_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_recordings_created", "recordings", ["created_real"], unique=False)
    op.create_index(
        "ix_recordings_dialogue_id",
        "recordings",
        ["dialogue_id"],
        unique=False,
        postgresql_where=sa.text("dialogue_id is not null"),
    )
    op.create_foreign_key(op.f("fk_recordings_dialogue_id"), "recordings", "dialogues", ["dialogue_id"], ["id"])
    op.add_column("requests", sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True))
    _recheck("calls", "direction", "direction in ('inbound','alert','notice','callback','canary')")
    _recheck("recordings", "state", "state in ('announced','ready','stored','flagged','absent','discarded','purged')")
    _recheck("dialogues", "channel", "channel in ('sms','email','voice')")
    _recheck("attachments", "state", "state in ('announced','stored','refused','lost','purged')")


def downgrade() -> None:
    _recheck("calls", "direction", "direction in ('inbound','alert','notice','callback')")
    _recheck("recordings", "state", "state in ('announced','ready','stored','flagged','absent','discarded')")
    _recheck("dialogues", "channel", "channel in ('sms','email')")
    _recheck("attachments", "state", "state in ('announced','stored','refused','lost')")
    op.drop_column("requests", "purged_at")
    op.drop_constraint(op.f("fk_recordings_dialogue_id"), "recordings", type_="foreignkey")
    op.drop_index(
        "ix_recordings_dialogue_id", table_name="recordings", postgresql_where=sa.text("dialogue_id is not null")
    )
    op.drop_index("ix_recordings_created", table_name="recordings")
    op.drop_column("recordings", "dialogue_id")
    op.drop_column("practitioners", "erased_at")
    op.drop_column("people", "erased_at")
    op.drop_column("parts", "purged_at")
    op.drop_index(
        "ix_outbox_triggered",
        table_name="outbox",
        postgresql_where=sa.text(
            "purpose in ('addition','answer_code','confirmation','how_to','not_secured','question','refused_sender','reply','status')"
        ),
    )
    op.drop_index("ix_outbox_recipient", table_name="outbox")
    op.drop_column("outbox", "purged_at")
    op.drop_index("ix_hearings_at", table_name="hearings")
    op.drop_column("calls", "purged_at")
    op.drop_column("answers", "purged_at")
    op.drop_index("ix_canaries_tell", table_name="canaries", postgresql_where=sa.text("tell_real is not null"))
    op.drop_index("ix_canaries_placed", table_name="canaries")
    op.drop_index("ix_canaries_open", table_name="canaries", postgresql_where=sa.text("state = 'placed'"))
    op.drop_table("canaries")
    op.drop_index("ix_readings_request_id", table_name="readings", postgresql_where=sa.text("request_id is not null"))
    op.drop_index("ix_readings_at", table_name="readings")
    op.drop_table("readings")
    op.drop_index("ix_holds_standing", table_name="holds", postgresql_where=sa.text("lifted_at is null"))
    op.drop_index("ix_holds_request_id", table_name="holds")
    op.drop_table("holds")
    op.drop_index("ix_disposals_request_id", table_name="disposals", postgresql_where=sa.text("request_id is not null"))
    op.drop_index("ix_disposals_at", table_name="disposals")
    op.drop_table("disposals")
    op.drop_table("retention_rules")
    op.drop_table("information")
    op.drop_index(
        "uq_reconciliations_open",
        table_name="reconciliations",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("ended_real is null"),
    )
    op.drop_index(
        "ix_reconciliations_until", table_name="reconciliations", postgresql_where=sa.text("ended_real is not null")
    )
    op.drop_table("reconciliations")
    op.drop_index("ix_backups_restored", table_name="backups", postgresql_where=sa.text("kind = 'restored'"))
    op.drop_index("ix_backups_real", table_name="backups")
    op.drop_table("backups")


def _recheck(table: str, name: str, rule: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)
