"""The first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create extension if not exists btree_gist")
    # Tests replace real_now() in their own database; everything else takes its time from these two functions.
    op.execute("create function real_now() returns timestamptz language sql volatile as 'select clock_timestamp()'")
    op.create_table(
        "alarms",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alarms")),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("anchor_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("anchor", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rate", sa.Double(), server_default="1", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_clock_one_row")),
        sa.CheckConstraint("rate > 0", name=op.f("ck_clock_forward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("real", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "hospitals",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), server_default="Europe/Paris", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hospitals")),
        sa.UniqueConstraint("name", name=op.f("uq_hospitals_name")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("pin_hash", sa.Text(), nullable=True),
        sa.Column("pin_failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("pin_locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("phone", name=op.f("uq_people_phone")),
    )
    op.create_table(
        "practitioners",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("rpps", sa.Text(), nullable=True),
        sa.Column("practice", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practitioners")),
        sa.UniqueConstraint("rpps", name=op.f("uq_practitioners_rpps")),
    )
    op.create_table(
        "texts_in",
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_texts_in")),
    )
    op.create_index("ix_texts_in_sender", "texts_in", ["sender", "at"], unique=False)
    op.create_table(
        "practitioner_phones",
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["practitioner_id"],
            ["practitioners.id"],
            name=op.f("fk_practitioner_phones_practitioner_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("practitioner_id", "phone", name=op.f("pk_practitioner_phones")),
        sa.UniqueConstraint(
            "practitioner_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_practitioner_phones_practitioner_id_position"),
        ),
    )
    op.create_index("ix_practitioner_phones_phone", "practitioner_phones", ["phone"], unique=False)
    op.create_table(
        "wards",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("keypad", sa.Text(), nullable=False),
        sa.Column("keywords", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("opening", sa.Text(), server_default="", nullable=False),
        sa.Column("covered_by_id", sa.Integer(), nullable=True),
        sa.Column("head_id", sa.Integer(), nullable=True),
        sa.Column("coordinator_id", sa.Integer(), nullable=True),
        sa.Column("switchboard", sa.Text(), nullable=True),
        sa.CheckConstraint("keypad ~ '^[2-9]{2,6}$'", name=op.f("ck_wards_keypad_digits")),
        sa.CheckConstraint("covered_by_id <> id", name=op.f("ck_wards_covers_another")),
        sa.ForeignKeyConstraint(["coordinator_id"], ["people.id"], name=op.f("fk_wards_coordinator_id")),
        sa.ForeignKeyConstraint(["covered_by_id"], ["wards.id"], name=op.f("fk_wards_covered_by_id")),
        sa.ForeignKeyConstraint(["head_id"], ["people.id"], name=op.f("fk_wards_head_id")),
        sa.ForeignKeyConstraint(["hospital_id"], ["hospitals.id"], name=op.f("fk_wards_hospital_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wards")),
        sa.UniqueConstraint("slug", name=op.f("uq_wards_slug")),
    )
    op.create_index("ix_wards_hospital_id", "wards", ["hospital_id"], unique=False)
    op.create_index("ix_wards_keypad", "wards", ["keypad"], unique=False)
    op.create_table(
        "requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="advice", nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("caller", sa.Text(), nullable=True),
        sa.Column("practitioner_id", sa.Integer(), nullable=True),
        sa.Column("reach", sa.Text(), server_default="now", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Integer(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("next_rung", sa.Text(), nullable=True),
        sa.Column("next_step_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("climbed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'claimed') <= (claimed_by is not null)", name=op.f("ck_requests_claimer")),
        sa.CheckConstraint(
            "(state in ('done','withdrawn','unreachable')) = (closed_at is not null)", name=op.f("ck_requests_closed")
        ),
        sa.CheckConstraint(
            "(state in ('open','claimed')) = (next_step_at is not null and next_rung is not null)",
            name=op.f("ck_requests_next_step"),
        ),
        sa.CheckConstraint("channel in ('voice','missed_call','sms','email')", name=op.f("ck_requests_channel")),
        sa.CheckConstraint("reach in ('now','noon','evening')", name=op.f("ck_requests_reach")),
        sa.CheckConstraint("reference ~ '^[0-9]{6}$'", name=op.f("ck_requests_reference_digits")),
        sa.CheckConstraint(
            "state in ('open','claimed','done','withdrawn','unreachable')", name=op.f("ck_requests_state")
        ),
        sa.ForeignKeyConstraint(["claimed_by"], ["people.id"], name=op.f("fk_requests_claimed_by")),
        sa.ForeignKeyConstraint(["closed_by"], ["people.id"], name=op.f("fk_requests_closed_by")),
        sa.ForeignKeyConstraint(["practitioner_id"], ["practitioners.id"], name=op.f("fk_requests_practitioner_id")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_requests_ward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sa.UniqueConstraint("reference", name=op.f("uq_requests_reference")),
    )
    op.create_index(
        "ix_requests_due",
        "requests",
        ["next_step_at"],
        unique=False,
        postgresql_where=sa.text("next_step_at is not null"),
    )
    op.create_index(
        "ix_requests_notice", "requests", ["notice_at"], unique=False, postgresql_where=sa.text("notice_at is not null")
    )
    op.create_index(
        "ix_requests_open_caller",
        "requests",
        ["caller", "ward_id"],
        unique=False,
        postgresql_where=sa.text("state in ('open','claimed')"),
    )
    op.create_index(
        "ix_requests_open_ward",
        "requests",
        ["ward_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("state in ('open','claimed')"),
    )
    op.create_table(
        "shifts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("ward_id"), "="),
            (sa.column("rank"), "="),
            (sa.column("during"), "&&"),
            deferrable="True",
            initially="IMMEDIATE",
            using="gist",
            name="shifts_one_person_at_a_time",
        ),
        sa.CheckConstraint(
            "not isempty(during) and lower(during) is not null and upper(during) is not null and lower_inc(during) and not upper_inc(during)",
            name=op.f("ck_shifts_bounded"),
        ),
        sa.CheckConstraint("rank between 1 and 3", name=op.f("ck_shifts_rank")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_shifts_person_id")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_shifts_ward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    op.create_index("ix_shifts_person_id", "shifts", ["person_id"], unique=False)
    op.create_table(
        "ward_seniors",
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_ward_seniors_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_ward_seniors_ward_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ward_id", "person_id", name=op.f("pk_ward_seniors")),
    )
    op.create_table(
        "calls",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), server_default="inbound", nullable=False),
        sa.Column("caller", sa.Text(), nullable=True),
        sa.Column("practitioner_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.Text(), server_default="open", nullable=False),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("memory", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.CheckConstraint("direction in ('inbound','alert','notice')", name=op.f("ck_calls_direction")),
        sa.CheckConstraint(
            "result in ('open','answered','request','lost','switchboard','followup','senior')",
            name=op.f("ck_calls_result"),
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["people.id"], name=op.f("fk_calls_answered_by")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_calls_person_id")),
        sa.ForeignKeyConstraint(["practitioner_id"], ["practitioners.id"], name=op.f("fk_calls_practitioner_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_calls_request_id")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_calls_ward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("sid", name=op.f("uq_calls_sid")),
    )
    op.create_index("ix_calls_caller", "calls", ["caller", "started_at"], unique=False)
    op.create_index(
        "ix_calls_unsettled",
        "calls",
        ["started_at"],
        unique=False,
        postgresql_where=sa.text("ended_at is null or result = 'open'"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_events_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_events_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_request_id", "events", ["request_id", "id"], unique=False)
    op.create_table(
        "links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_links_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_links_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("request_id", "person_id", name=op.f("uq_links_request_id_person_id")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("ambiguous", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("attempted_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.Text(), nullable=True),
        sa.Column("provider_sid", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unwanted", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("answered_for", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("channel in ('sms','call','email')", name=op.f("ck_outbox_channel")),
        sa.CheckConstraint(
            "state in ('waiting','sending','sent','delivered','undelivered','failed','dropped')",
            name=op.f("ck_outbox_state"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_outbox_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_outbox_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sa.UniqueConstraint("token", name=op.f("uq_outbox_token")),
    )
    op.create_index(
        "ix_outbox_due", "outbox", ["due_at"], unique=False, postgresql_where=sa.text("state in ('waiting','sending')")
    )
    op.create_index("ix_outbox_person_id", "outbox", ["person_id", "created_at"], unique=False)
    op.create_index("ix_outbox_request_id", "outbox", ["request_id"], unique=False)
    op.create_index(
        "ix_outbox_unanswered",
        "outbox",
        ["sent_at"],
        unique=False,
        postgresql_where=sa.text("state in ('sent','undelivered','failed') and not answered_for"),
    )
    op.create_index("uq_outbox_provider_sid", "outbox", ["provider_sid"], unique=True)
    op.create_index(
        "uq_outbox_ringing",
        "outbox",
        ["recipient"],
        unique=True,
        postgresql_where=sa.text("channel = 'call' and state = 'sending'"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("child_sid", sa.Text(), nullable=True),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rung_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_attempts_call_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_attempts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("call_id", "seq", name=op.f("uq_attempts_call_id_seq")),
    )
    op.create_index(
        "ix_attempts_live", "attempts", ["person_id"], unique=False, postgresql_where=sa.text("ended_real is null")
    )
    op.create_table(
        "recordings",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), server_default="announced", nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("complete", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("retry_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.Text(), nullable=True),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("deleted_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.CheckConstraint(
            "state in ('announced','ready','stored','flagged','absent','discarded')", name=op.f("ck_recordings_state")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_recordings_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("sid", name=op.f("uq_recordings_sid")),
    )
    op.create_index("ix_recordings_call_id", "recordings", ["call_id"], unique=False)
    op.create_index(
        "ix_recordings_due",
        "recordings",
        ["retry_real"],
        unique=False,
        postgresql_where=sa.text("retry_real is not null"),
    )
    op.create_table(
        "turns",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_turns_call_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", "turn", name=op.f("pk_turns")),
    )
    op.create_table(
        "parts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("recording_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(recording_id is null) <> (body is null)", name=op.f("ck_parts_voice_or_text")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_parts_call_id")),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name=op.f("fk_parts_recording_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_parts_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parts")),
        sa.UniqueConstraint("recording_id", name=op.f("uq_parts_recording_id")),
    )
    op.create_index("ix_parts_request_id", "parts", ["request_id"], unique=False)
    op.create_table(
        "hearings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["part_id"], ["parts.id"], name=op.f("fk_hearings_part_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_hearings_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hearings")),
    )
    op.create_index("ix_hearings_part_id", "hearings", ["part_id"], unique=False)
    op.execute("insert into clock (anchor_real, anchor) select t, t from (select clock_timestamp() as t) as present")
    op.execute(
        "create function app_now() returns timestamptz language sql volatile as"
        " 'select anchor + (real_now() - anchor_real) * rate from clock'"
    )


def downgrade() -> None:
    op.execute("drop function app_now()")
    op.drop_index("ix_hearings_part_id", table_name="hearings")
    op.drop_table("hearings")
    op.drop_index("ix_parts_request_id", table_name="parts")
    op.drop_table("parts")
    op.drop_table("turns")
    op.drop_index("ix_recordings_due", table_name="recordings", postgresql_where=sa.text("retry_real is not null"))
    op.drop_index("ix_recordings_call_id", table_name="recordings")
    op.drop_table("recordings")
    op.drop_index("ix_attempts_live", table_name="attempts", postgresql_where=sa.text("ended_real is null"))
    op.drop_table("attempts")
    op.drop_index(
        "uq_outbox_ringing", table_name="outbox", postgresql_where=sa.text("channel = 'call' and state = 'sending'")
    )
    op.drop_index("uq_outbox_provider_sid", table_name="outbox")
    op.drop_index(
        "ix_outbox_unanswered",
        table_name="outbox",
        postgresql_where=sa.text("state in ('sent','undelivered','failed') and not answered_for"),
    )
    op.drop_index("ix_outbox_request_id", table_name="outbox")
    op.drop_index("ix_outbox_person_id", table_name="outbox")
    op.drop_index("ix_outbox_due", table_name="outbox", postgresql_where=sa.text("state in ('waiting','sending')"))
    op.drop_table("outbox")
    op.drop_table("links")
    op.drop_index("ix_events_request_id", table_name="events")
    op.drop_table("events")
    op.drop_index(
        "ix_calls_unsettled", table_name="calls", postgresql_where=sa.text("ended_at is null or result = 'open'")
    )
    op.drop_index("ix_calls_caller", table_name="calls")
    op.drop_table("calls")
    op.drop_table("ward_seniors")
    op.drop_index("ix_shifts_person_id", table_name="shifts")
    op.drop_table("shifts")
    op.drop_index(
        "ix_requests_open_ward", table_name="requests", postgresql_where=sa.text("state in ('open','claimed')")
    )
    op.drop_index(
        "ix_requests_open_caller", table_name="requests", postgresql_where=sa.text("state in ('open','claimed')")
    )
    op.drop_index("ix_requests_notice", table_name="requests", postgresql_where=sa.text("notice_at is not null"))
    op.drop_index("ix_requests_due", table_name="requests", postgresql_where=sa.text("next_step_at is not null"))
    op.drop_table("requests")
    op.drop_index("ix_wards_keypad", table_name="wards")
    op.drop_index("ix_wards_hospital_id", table_name="wards")
    op.drop_table("wards")
    op.drop_index("ix_practitioner_phones_phone", table_name="practitioner_phones")
    op.drop_table("practitioner_phones")
    op.drop_index("ix_texts_in_sender", table_name="texts_in")
    op.drop_table("texts_in")
    op.drop_table("practitioners")
    op.drop_table("people")
    op.drop_table("hospitals")
    op.drop_table("heartbeats")
    op.drop_table("clock")
    op.drop_table("alarms")
    op.execute("drop function real_now()")
