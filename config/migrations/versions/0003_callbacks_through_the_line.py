"""Callbacks through the line"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ladders",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="advice", nullable=False),
        sa.Column("rungs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_ladders_account_id")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_ladders_ward_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladders")),
        sa.UniqueConstraint(
            "ward_id", "kind", name=op.f("uq_ladders_ward_id_kind"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_table(
        "bridges",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("child_sid", sa.Text(), nullable=True),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_bridges_call_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_bridges_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_bridges_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bridges")),
    )
    op.create_index("ix_bridges_asked", "bridges", ["asked_at", "id"], unique=False)
    op.create_index("ix_bridges_call_id", "bridges", ["call_id"], unique=False)
    op.create_index("ix_bridges_request_id", "bridges", ["request_id", "asked_at"], unique=False)
    op.create_index(
        "uq_bridges_live", "bridges", ["request_id"], unique=True, postgresql_where=sa.text("outcome is null")
    )
    op.create_index(
        "uq_bridges_live_person", "bridges", ["person_id"], unique=True, postgresql_where=sa.text("outcome is null")
    )
    op.create_index("ix_attempts_person", "attempts", ["person_id", "rung_real"], unique=False)
    op.create_index(
        "ix_calls_ward",
        "calls",
        ["ward_id", "started_at", "id"],
        unique=False,
        postgresql_where=sa.text("ward_id is not null"),
    )
    op.add_column("events", sa.Column("account_id", sa.Integer(), nullable=True))
    op.create_foreign_key(op.f("fk_events_account_id"), "events", "accounts", ["account_id"], ["id"])
    op.add_column("requests", sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("requests", sa.Column("retry_reason", sa.Text(), nullable=True))
    op.add_column("requests", sa.Column("offered_to", sa.Integer(), nullable=True))
    op.drop_index(
        op.f("ix_requests_open_ward"),
        table_name="requests",
        postgresql_where="(state = ANY (ARRAY['open'::text, 'claimed'::text]))",
    )
    op.create_index(
        "ix_requests_claimed_by",
        "requests",
        ["claimed_by", "ward_id", "claimed_at"],
        unique=False,
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.create_index(
        "ix_requests_claimed_ward",
        "requests",
        ["ward_id", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.create_index(
        "ix_requests_closed_ward",
        "requests",
        ["ward_id", "closed_at", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at is not null"),
    )
    op.create_index(
        "ix_requests_owed_ward",
        "requests",
        ["ward_id", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state in ('open','claimed')"),
    )
    op.create_foreign_key(op.f("fk_requests_offered_to"), "requests", "people", ["offered_to"], ["id"])
    op.drop_constraint(op.f("ck_calls_direction"), "calls", type_="check")
    op.create_check_constraint(
        op.f("ck_calls_direction"), "calls", "direction in ('inbound','alert','notice','callback')"
    )


def downgrade() -> None:
    op.execute("update calls set direction = 'alert' where direction = 'callback'")
    op.drop_constraint(op.f("ck_calls_direction"), "calls", type_="check")
    op.create_check_constraint(op.f("ck_calls_direction"), "calls", "direction in ('inbound','alert','notice')")
    op.drop_constraint(op.f("fk_requests_offered_to"), "requests", type_="foreignkey")
    op.drop_index(
        "ix_requests_owed_ward", table_name="requests", postgresql_where=sa.text("state in ('open','claimed')")
    )
    op.drop_index("ix_requests_closed_ward", table_name="requests", postgresql_where=sa.text("closed_at is not null"))
    op.drop_index("ix_requests_claimed_by", table_name="requests", postgresql_where=sa.text("state = 'claimed'"))
    op.drop_index("ix_requests_claimed_ward", table_name="requests", postgresql_where=sa.text("state = 'claimed'"))
    op.create_index(
        op.f("ix_requests_open_ward"),
        "requests",
        ["ward_id", "created_at"],
        unique=False,
        postgresql_where="(state = ANY (ARRAY['open'::text, 'claimed'::text]))",
    )
    op.drop_column("requests", "offered_to")
    op.drop_column("requests", "retry_reason")
    op.drop_column("requests", "retry_at")
    op.drop_constraint(op.f("fk_events_account_id"), "events", type_="foreignkey")
    op.drop_column("events", "account_id")
    op.drop_index("ix_calls_ward", table_name="calls", postgresql_where=sa.text("ward_id is not null"))
    op.drop_index("ix_attempts_person", table_name="attempts")
    op.drop_index("uq_bridges_live_person", table_name="bridges", postgresql_where=sa.text("outcome is null"))
    op.drop_index("uq_bridges_live", table_name="bridges", postgresql_where=sa.text("outcome is null"))
    op.drop_index("ix_bridges_request_id", table_name="bridges")
    op.drop_index("ix_bridges_call_id", table_name="bridges")
    op.drop_index("ix_bridges_asked", table_name="bridges")
    op.drop_table("bridges")
    op.drop_table("ladders")
