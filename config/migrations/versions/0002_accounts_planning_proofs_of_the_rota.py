"""Accounts, planning, proofs of the rota"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default="fr", nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("all_wards", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=True),
        sa.Column("oidc_subject", sa.Text(), nullable=True),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("locked_until_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role = 'reader' or not all_wards", name=op.f("ck_accounts_all_wards_of_a_reader")),
        sa.CheckConstraint("role in ('admin','editor','reader')", name=op.f("ck_accounts_role")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_accounts_email_is_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
        sa.UniqueConstraint("oidc_subject", name=op.f("uq_accounts_oidc_subject")),
    )
    op.create_table(
        "invitations",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("until_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_real", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_invitations_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_invitations")),
    )
    op.create_table(
        "leaves",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind in ('leave','training','theatre','rest','other')", name=op.f("ck_leaves_kind")),
        sa.CheckConstraint(
            "not isempty(during) and lower(during) is not null and upper(during) is not null",
            name=op.f("ck_leaves_bounded"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_leaves_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaves")),
    )
    op.create_index("ix_leaves_during", "leaves", ["person_id", "during"], unique=False, postgresql_using="gist")
    op.create_table(
        "phone_codes",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("sent_real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_phone_codes_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_phone_codes")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_real", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_recovery_codes_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "code_hash", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("began_real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.Column("seen_real", sa.DateTime(timezone=True), server_default=sa.text("real_now()"), nullable=False),
        sa.Column("until_real", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"], unique=False)
    op.create_table(
        "account_wards",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_wards_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_account_wards_ward_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "ward_id", name=op.f("pk_account_wards")),
    )
    op.create_index("ix_account_wards_ward_id", "account_wards", ["ward_id"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("undoes_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_audit_account_id")),
        sa.ForeignKeyConstraint(["undoes_id"], ["audit.id"], name=op.f("fk_audit_undoes_id")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_audit_ward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_audit_undoes_id")),
    )
    op.create_index("ix_audit_account_id", "audit", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_audit_detail", "audit", [sa.literal_column("(detail -> 'removed')")], unique=False, postgresql_using="gin"
    )
    op.create_index("ix_audit_ward_id", "audit", ["ward_id", "id"], unique=False)
    op.create_table(
        "feeds",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("num_nonnulls(ward_id, person_id) = 1", name=op.f("ck_feeds_of_one")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_feeds_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_feeds_ward_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("person_id", name=op.f("uq_feeds_person_id")),
        sa.UniqueConstraint("ward_id", name=op.f("uq_feeds_ward_id")),
    )
    op.create_table(
        "shift_templates",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("kind in ('day','night','weekend','holiday')", name=op.f("ck_shift_templates_kind")),
        sa.CheckConstraint("rank between 1 and 3", name=op.f("ck_shift_templates_rank")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_shift_templates_ward_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_templates")),
        sa.UniqueConstraint("ward_id", "name", name=op.f("uq_shift_templates_ward_id_name")),
    )
    op.create_table(
        "test_calls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_test_calls_account_id")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_test_calls_ward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_calls")),
    )
    op.create_index("ix_test_calls_ward_id", "test_calls", ["ward_id", "id"], unique=False)
    op.create_index(
        "uq_test_calls_running", "test_calls", ["ward_id"], unique=True, postgresql_where=sa.text("ended_at is null")
    )
    op.create_table(
        "told_concerns",
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_told_concerns_ward_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ward_id", "key", name=op.f("pk_told_concerns")),
    )
    op.create_table(
        "presences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("shift_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("answer in ('yes','no','silence','void')", name=op.f("ck_presences_answer")),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_presences_audit_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_presences_person_id")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_presences_ward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presences")),
        sa.UniqueConstraint(
            "ward_id", "person_id", "rank", "shift_start", name=op.f("uq_presences_ward_id_person_id_rank_shift_start")
        ),
    )
    op.create_index(
        "ix_presences_unsettled",
        "presences",
        ["asked_at"],
        unique=False,
        postgresql_where=sa.text("settled_at is null"),
    )
    op.create_table(
        "rota_months",
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("shifts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("extract(day from month) = 1", name=op.f("ck_rota_months_first_day")),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name=op.f("fk_rota_months_audit_id")),
        sa.ForeignKeyConstraint(["published_by"], ["accounts.id"], name=op.f("fk_rota_months_published_by")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_rota_months_ward_id")),
        sa.PrimaryKeyConstraint("ward_id", "month", name=op.f("pk_rota_months")),
    )
    op.create_table(
        "test_rings",
        sa.Column("test_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("rung_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung_real", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_test_rings_person_id")),
        sa.ForeignKeyConstraint(["test_id"], ["test_calls.id"], name=op.f("fk_test_rings_test_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("test_id", "seq", name=op.f("pk_test_rings")),
    )
    op.add_column("people", sa.Column("category", sa.Text(), server_default="", nullable=False))
    op.add_column("people", sa.Column("phone_verified_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("people", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "people",
        sa.Column(
            "folded",
            sa.Text(),
            sa.Computed(
                "lower(translate(replace(replace(replace(replace(replace(name, 'œ'::text, 'oe'::text), 'Œ'::text, 'oe'::text), 'æ'::text, 'ae'::text), 'Æ'::text, 'ae'::text), 'ß'::text, 'ss'::text), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĲĳĴĵĶķĹĺĻļĽľĿŀŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžſøØłŁđĐ-''’.,;/()_'::text, 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyyaaaaaaccccccccddeeeeeeeeeegggggggghhiiiiiiiiiiijjkkllllllllnnnnnnoooooorrrrrrssssssssttttuuuuuuuuuuuuwwyyyzzzzzzsoolldd          '::text))",
                persisted=True,
            ),
            nullable=True,
        ),
    )
    op.drop_constraint(op.f("uq_people_phone"), "people", type_="unique")
    op.create_index("ix_people_phone", "people", ["phone"], unique=True, postgresql_where=sa.text("left_at is null"))
    op.add_column(
        "practitioners",
        sa.Column(
            "folded",
            sa.Text(),
            sa.Computed(
                "lower(translate(replace(replace(replace(replace(replace(((((((name || ' '::text) || practice) || ' '::text) || email) || ' '::text) || COALESCE(rpps, ''::text)), 'œ'::text, 'oe'::text), 'Œ'::text, 'oe'::text), 'æ'::text, 'ae'::text), 'Æ'::text, 'ae'::text), 'ß'::text, 'ss'::text), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĲĳĴĵĶķĹĺĻļĽľĿŀŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžſøØłŁđĐ-''’.,;/()_'::text, 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyyaaaaaaccccccccddeeeeeeeeeegggggggghhiiiiiiiiiiijjkkllllllllnnnnnnoooooorrrrrrssssssssttttuuuuuuuuuuuuwwyyyzzzzzzsoolldd          '::text))",
                persisted=True,
            ),
            nullable=True,
        ),
    )
    op.create_index("ix_practitioners_folded", "practitioners", ["folded", "id"], unique=False)
    op.create_index("ix_shifts_start", "shifts", ["ward_id", "rank", sa.literal_column("lower(during)")], unique=False)
    op.add_column("wards", sa.Column("announces_shift", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("wards", sa.Column("asks_presence", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("wards", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("wards", "checked_at")
    op.drop_column("wards", "asks_presence")
    op.drop_column("wards", "announces_shift")
    op.drop_index("ix_shifts_start", table_name="shifts")
    op.drop_index("ix_practitioners_folded", table_name="practitioners")
    op.drop_column("practitioners", "folded")
    op.drop_index("ix_people_phone", table_name="people", postgresql_where=sa.text("left_at is null"))
    op.create_unique_constraint(op.f("uq_people_phone"), "people", ["phone"], postgresql_nulls_not_distinct=False)
    op.drop_column("people", "folded")
    op.drop_column("people", "left_at")
    op.drop_column("people", "phone_verified_at")
    op.drop_column("people", "category")
    op.drop_table("test_rings")
    op.drop_table("rota_months")
    op.drop_index("ix_presences_unsettled", table_name="presences", postgresql_where=sa.text("settled_at is null"))
    op.drop_table("presences")
    op.drop_table("told_concerns")
    op.drop_index("uq_test_calls_running", table_name="test_calls", postgresql_where=sa.text("ended_at is null"))
    op.drop_index("ix_test_calls_ward_id", table_name="test_calls")
    op.drop_table("test_calls")
    op.drop_table("shift_templates")
    op.drop_table("feeds")
    op.drop_index("ix_audit_ward_id", table_name="audit")
    op.drop_index("ix_audit_detail", table_name="audit", postgresql_using="gin")
    op.drop_index("ix_audit_account_id", table_name="audit")
    op.drop_table("audit")
    op.drop_index("ix_account_wards_ward_id", table_name="account_wards")
    op.drop_table("account_wards")
    op.drop_index("ix_sessions_account_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("recovery_codes")
    op.drop_table("phone_codes")
    op.drop_index("ix_leaves_during", table_name="leaves", postgresql_using="gist")
    op.drop_table("leaves")
    op.drop_table("invitations")
    op.drop_table("accounts")
