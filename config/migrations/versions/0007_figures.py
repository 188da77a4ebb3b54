"""Figures, added up by the day; triggers tell which day an event touches."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# A call counts once it is over; what is said of it, or found out, afterwards is told again.
_CALL = "ward_id, result, outcome, kind, direction, practitioner_id, answered_at, ended_at"
_REQUEST = "ward_id, about_id, kind, channel, practitioner_id, due_at, event_at"
_TRIGGERS = {
    ("calls", "update"): f"""
        after update on calls for each row
        when (new.ended_at is not null and ({", ".join(f"old.{name}" for name in _CALL.split(", "))})
            is distinct from ({", ".join(f"new.{name}" for name in _CALL.split(", "))}))
        execute function figures_touch_call()""",
    ("calls", "insert"): """
        after insert on calls for each row when (new.ended_at is not null) execute function figures_touch_call()""",
    ("requests", "update"): f"""
        after update of {_REQUEST} on requests for each row
        when (({", ".join(f"old.{name}" for name in _REQUEST.split(", "))})
            is distinct from ({", ".join(f"new.{name}" for name in _REQUEST.split(", "))}))
        execute function figures_touch_request()""",
    ("events", "insert"): "after insert on events for each row execute function figures_touch_event()",
    ("assessments", "change"): """
        after insert or update or delete on assessments for each row execute function figures_touch_assessed()""",
    ("polls", "change"): "after insert or update on polls for each row execute function figures_touch_poll()",
}
_FUNCTIONS = {
    "figures_touch_call": """
        insert into figure_touched (ward_id, at) values (new.ward_id, new.started_at);
        if tg_op = 'UPDATE' and old.ward_id is distinct from new.ward_id then
            insert into figure_touched (ward_id, at) values (old.ward_id, old.started_at);
        end if;""",
    "figures_touch_request": """
        insert into figure_touched (ward_id, at) values (new.ward_id, new.created_at);
        if old.ward_id <> new.ward_id then
            insert into figure_touched (ward_id, at) values (old.ward_id, old.created_at);
        end if;""",
    "figures_touch_event": """
        insert into figure_touched (ward_id, at) select ward_id, created_at from requests where id = new.request_id;""",
    "figures_touch_assessed": """
        if tg_op = 'DELETE' then new := old; end if;
        insert into figure_touched (ward_id, at)
        select ward_id, created_at from requests where id = new.request_id
        union all select ward_id, started_at from calls where id = new.call_id
        union all select ward_id, asked_at from polls where request_id = new.request_id
        union all select ward_id, asked_at from polls where call_id = new.call_id;""",
    "figures_touch_poll": """
        insert into figure_touched (ward_id, at) values (new.ward_id, new.asked_at);""",
}


def upgrade() -> None:
    op.execute("lock table calls, requests, events, assessments, polls in share row exclusive mode")
    op.create_table(
        "figure_sums",
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("of_id", sa.Integer(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("sums", sa.LargeBinary(), nullable=False),
        sa.Column("forgotten", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("grain in ('day','week','month','year')", name=op.f("ck_figure_sums_grain")),
        sa.CheckConstraint("level in ('everything','hospital','ward')", name=op.f("ck_figure_sums_level")),
        sa.PrimaryKeyConstraint("level", "of_id", "grain", "first", name=op.f("pk_figure_sums")),
    )
    op.create_index("ix_figure_sums_period", "figure_sums", ["level", "grain", "first"])
    op.create_table(
        "figure_days",
        sa.Column("hospital_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hospital_id", "day", name=op.f("pk_figure_days")),
    )
    op.create_table(
        "figure_waiting",
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("settles_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repeats", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["requests.id"], name=op.f("fk_figure_waiting_request_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_figure_waiting")),
    )
    op.create_index("ix_figure_waiting_day", "figure_waiting", ["day"])
    op.create_table(
        "figure_touched",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_touched")),
    )
    # In this transaction, though writers wait for it: a part of a second with a million calls. Concurrently, it
    # would wait for the snapshot of every process that starts now, and these wait for us (`migrations.LOCK`).
    op.create_index("ix_requests_filed_ward", "requests", ["ward_id", "created_at"])
    op.create_index("ix_calls_nowhere", "calls", ["started_at"], postgresql_where=sa.text("ward_id is null"))
    for name, body in _FUNCTIONS.items():
        op.execute(f"create function {name}() returns trigger language plpgsql as $$ begin {body} return null; end $$")
    for (table, when), trigger in _TRIGGERS.items():
        op.execute(f"create trigger figures_{table}_{when} {trigger}")


def downgrade() -> None:
    for table, when in _TRIGGERS:
        op.execute(f"drop trigger figures_{table}_{when} on {table}")
    for name in _FUNCTIONS:
        op.execute(f"drop function {name}()")
    op.drop_index("ix_calls_nowhere", table_name="calls", postgresql_where=sa.text("ward_id is null"))
    op.drop_index("ix_requests_filed_ward", table_name="requests")
    op.drop_table("figure_touched")
    op.drop_table("figure_waiting")
    op.drop_table("figure_days")
    op.drop_table("figure_sums")
