"""Migrations go up, down and up again, with data in the tables; and the models are what the last one makes."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

import callbacks.tables
import config.clock
import scheduling.accounts.tables
import scheduling.planning.tables
import scheduling.tables
from config import migrations
from config.database import metadata
from scheduling import importing

REGISTERED = (
    callbacks.tables,
    config.clock,
    scheduling.tables,
    scheduling.accounts.tables,
    scheduling.planning.tables,
)

WARDS = b"ward;hospital;name\ncardio;Cochin;Cardiologie\n"
SENIORS = "name;phone;wards\nAmélie;+33639980001;cardio\n".encode()
ROTA = b"ward;start;end;rank;phone\ncardio;2026-11-23 08:30;2026-11-24 08:30;1;+33639980001\n"


def fill(engine: Engine) -> None:
    with engine.begin() as connection:
        assert importing.import_wards(connection, WARDS).ok
        assert importing.import_seniors(connection, SENIORS).ok
        assert importing.import_rota(connection, ROTA).ok
        connection.execute(
            text(
                "insert into requests (reference, ward_id, channel, created_at, due_at, next_rung, next_step_at)"
                " select '724193', id, 'voice', now(), now() + interval '24 hours', 'first', now() from wards"
            )
        )


def test_the_models_are_what_the_migrations_make(database: Engine) -> None:
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_they_go_up_down_and_up_with_data_in_the_tables(database: Engine) -> None:
    fill(database)
    migrations.downgrade(database, "base")
    left = set(inspect(database).get_table_names()) - {"alembic_version"}
    assert left == set()
    migrations.upgrade(database)
    fill(database)
    with database.connect() as connection:
        assert connection.execute(text("select count(*) from requests")).scalar_one() == 1
        assert connection.execute(text("select app_now() <= clock_timestamp()")).scalar_one() is True


def test_each_step_down_is_a_step_up_again(database: Engine) -> None:
    script = ScriptDirectory.from_config(migrations.settings())
    for revision in script.walk_revisions():
        migrations.downgrade(database, revision.down_revision if isinstance(revision.down_revision, str) else "base")
        migrations.upgrade(database, revision.revision)
    migrations.upgrade(database)


def test_a_second_upgrade_changes_nothing(database: Engine) -> None:
    fill(database)
    migrations.upgrade(database)
    with database.connect() as connection:
        assert connection.execute(text("select reference from requests")).scalar_one() == "724193"
