"""Commitments and figures"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


# All that callers' turns write to, at once and before anything is done: there is nothing to undo when one is in use.
_LOCKS = (
    "lock table calls, practitioners, requests, wards in access exclusive mode",
    "lock table accounts, hospitals, people in share row exclusive mode",
)


def upgrade() -> None:
    for lock in _LOCKS:
        op.execute(lock)
    op.create_table(
        "practices",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="practice", nullable=False),
        sa.Column("postcode", sa.Text(), server_default="", nullable=False),
        sa.Column("town", sa.Text(), server_default="", nullable=False),
        sa.Column("finess", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "folded",
            sa.Text(),
            sa.Computed(
                "lower(translate(replace(replace(replace(replace(replace(((name || ' '::text) || town), 'œ'::text, 'oe'::text), 'Œ'::text, 'oe'::text), 'æ'::text, 'ae'::text), 'Æ'::text, 'ae'::text), 'ß'::text, 'ss'::text), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĲĳĴĵĶķĹĺĻļĽľĿŀŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžſøØłŁđĐ-''’.,;/()_'::text, 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyyaaaaaaccccccccddeeeeeeeeeegggggggghhiiiiiiiiiiijjkkllllllllnnnnnnoooooorrrrrrssssssssttttuuuuuuuuuuuuwwyyyzzzzzzsoolldd          '::text))",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.CheckConstraint("kind in ('practice','health_centre','group')", name=op.f("ck_practices_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practices")),
        sa.UniqueConstraint("finess", name=op.f("uq_practices_finess")),
    )
    op.create_index("ix_practices_folded", "practices", ["folded", "id"], unique=False)
    op.create_table(
        "kinds",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("hospital_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_kinds_account_id")),
        sa.ForeignKeyConstraint(
            ["hospital_id"], ["hospitals.id"], name=op.f("fk_kinds_hospital_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kinds")),
        sa.UniqueConstraint(
            "hospital_id", "code", name=op.f("uq_kinds_hospital_id_code"), postgresql_nulls_not_distinct=True
        ),
    )
    op.create_table(
        "opt_ins",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose in ('newsletter','poll')", name=op.f("ck_opt_ins_purpose")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioners.id"], name=op.f("fk_opt_ins_practitioner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_ins")),
    )
    op.create_index(
        "uq_opt_ins_given",
        "opt_ins",
        ["practitioner_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )
    op.create_table(
        "practice_members",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("practitioner_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practices.id"], name=op.f("fk_practice_members_practice_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"],
            ["practitioners.id"],
            name=op.f("fk_practice_members_practitioner_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("practice_id", "practitioner_id", name=op.f("pk_practice_members")),
    )
    op.create_index("ix_practice_members_practitioner_id", "practice_members", ["practitioner_id"], unique=False)
    op.create_table(
        "practice_phones",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practices.id"], name=op.f("fk_practice_phones_practice_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("practice_id", "phone", name=op.f("pk_practice_phones")),
        sa.UniqueConstraint(
            "practice_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_practice_phones_practice_id_position"),
        ),
    )
    op.create_index("ix_practice_phones_phone", "practice_phones", ["phone"], unique=False)
    op.create_table(
        "registrations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("state", sa.Text(), server_default="unproved", nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=True),
        sa.Column("code_tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("practitioner_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("proof in ('sms','email')", name=op.f("ck_registrations_proof")),
        sa.CheckConstraint("state in ('unproved','proved','approved','refused')", name=op.f("ck_registrations_state")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_registrations_account_id")),
        sa.ForeignKeyConstraint(
            ["practitioner_id"],
            ["practitioners.id"],
            name=op.f("fk_registrations_practitioner_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
    )
    op.create_index("ix_registrations_created", "registrations", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_registrations_to_decide",
        "registrations",
        ["proved_at"],
        unique=False,
        postgresql_where=sa.text("state = 'proved'"),
    )
    op.create_table(
        "desks",
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("role in ('bed_desk','secretariat','consultations','referent')", name=op.f("ck_desks_role")),
        sa.CheckConstraint("desk_id <> ward_id", name=op.f("ck_desks_another")),
        sa.ForeignKeyConstraint(["desk_id"], ["wards.id"], name=op.f("fk_desks_desk_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_desks_ward_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ward_id", "role", name=op.f("pk_desks")),
    )
    op.create_index("ix_desks_desk_id", "desks", ["desk_id"], unique=False)
    op.create_table(
        "assessments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("otherwise", sa.Text(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side in ('hospital','practice')", name=op.f("ck_assessments_side")),
        sa.CheckConstraint("(request_id is null) <> (call_id is null)", name=op.f("ck_assessments_of_one")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_assessments_call_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_assessments_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_assessments_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments")),
    )
    op.create_index(
        "uq_assessments_call",
        "assessments",
        ["call_id", "side"],
        unique=True,
        postgresql_where=sa.text("call_id is not null"),
    )
    op.create_index(
        "uq_assessments_request",
        "assessments",
        ["request_id", "side"],
        unique=True,
        postgresql_where=sa.text("request_id is not null"),
    )
    op.create_table(
        "polls",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("how", sa.Text(), nullable=True),
        sa.Column("access", sa.SmallInteger(), nullable=True),
        sa.Column("admission", sa.SmallInteger(), nullable=True),
        sa.Column("document", sa.SmallInteger(), nullable=True),
        sa.Column("access_wanted", sa.SmallInteger(), nullable=True),
        sa.Column("admission_wanted", sa.SmallInteger(), nullable=True),
        sa.Column("document_wanted", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint("(request_id is null) <> (call_id is null)", name=op.f("ck_polls_of_one")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_polls_call_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_polls_request_id")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_polls_ward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polls")),
    )
    op.create_index("ix_polls_asked", "polls", ["asked_at", "id"], unique=False)
    op.create_index(
        "uq_polls_call_id", "polls", ["call_id"], unique=True, postgresql_where=sa.text("call_id is not null")
    )
    op.create_index(
        "uq_polls_request_id", "polls", ["request_id"], unique=True, postgresql_where=sa.text("request_id is not null")
    )
    op.add_column("calls", sa.Column("kind", sa.Text(), server_default="advice", nullable=False))
    op.add_column("practitioners", sa.Column("postcode", sa.Text(), server_default="", nullable=False))
    op.add_column("practitioners", sa.Column("mssante", sa.Text(), server_default="", nullable=False))
    op.add_column("practitioners", sa.Column("preferred", sa.Text(), server_default="", nullable=False))
    op.add_column("practitioners", sa.Column("reach", sa.Text(), server_default="", nullable=False))
    op.add_column("requests", sa.Column("about_id", sa.Integer(), nullable=True))
    op.add_column("requests", sa.Column("event_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_requests_about_id",
        "requests",
        ["about_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("about_id is not null"),
    )
    op.create_foreign_key(op.f("fk_requests_about_id"), "requests", "wards", ["about_id"], ["id"])
    op.add_column("wards", sa.Column("role", sa.Text(), server_default="ward", nullable=False))
    op.add_column("wards", sa.Column("booking_url", sa.Text(), server_default="", nullable=False))
    _recheck("requests", "channel", "channel in ('voice','missed_call','sms','email','page')")
    op.create_check_constraint(
        op.f("ck_wards_role"), "wards", "role in ('ward','bed_desk','secretariat','consultations','referent')"
    )
    op.create_check_constraint(
        op.f("ck_practitioners_preferred"), "practitioners", "preferred in ('','sms','email','mssante','call')"
    )
    op.create_check_constraint(op.f("ck_practitioners_reach"), "practitioners", "reach in ('','now','noon','evening')")


def downgrade() -> None:
    _recheck("requests", "channel", "channel in ('voice','missed_call','sms','email')")
    op.drop_column("wards", "booking_url")
    op.drop_column("wards", "role")
    op.drop_constraint(op.f("fk_requests_about_id"), "requests", type_="foreignkey")
    op.drop_index("ix_requests_about_id", table_name="requests", postgresql_where=sa.text("about_id is not null"))
    op.drop_column("requests", "event_at")
    op.drop_column("requests", "about_id")
    op.drop_column("practitioners", "reach")
    op.drop_column("practitioners", "preferred")
    op.drop_column("practitioners", "mssante")
    op.drop_column("practitioners", "postcode")
    op.drop_column("calls", "kind")
    op.drop_index("uq_polls_request_id", table_name="polls", postgresql_where=sa.text("request_id is not null"))
    op.drop_index("uq_polls_call_id", table_name="polls", postgresql_where=sa.text("call_id is not null"))
    op.drop_index("ix_polls_asked", table_name="polls")
    op.drop_table("polls")
    op.drop_index(
        "uq_assessments_request", table_name="assessments", postgresql_where=sa.text("request_id is not null")
    )
    op.drop_index("uq_assessments_call", table_name="assessments", postgresql_where=sa.text("call_id is not null"))
    op.drop_table("assessments")
    op.drop_index("ix_desks_desk_id", table_name="desks")
    op.drop_table("desks")
    op.drop_index(
        "ix_registrations_to_decide", table_name="registrations", postgresql_where=sa.text("state = 'proved'")
    )
    op.drop_index("ix_registrations_created", table_name="registrations")
    op.drop_table("registrations")
    op.drop_index("ix_practice_phones_phone", table_name="practice_phones")
    op.drop_table("practice_phones")
    op.drop_index("ix_practice_members_practitioner_id", table_name="practice_members")
    op.drop_table("practice_members")
    op.drop_index("uq_opt_ins_given", table_name="opt_ins", postgresql_where=sa.text("withdrawn_at is null"))
    op.drop_table("opt_ins")
    op.drop_table("kinds")
    op.drop_index("ix_practices_folded", table_name="practices")
    op.drop_table("practices")


def _recheck(table: str, name: str, rule: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)
