"""Migrations go up, down and up again, with data in the tables; and the models are what the last one makes.

They go up beside callers: whoever reads or copies a table for long keeps the migration waiting, never the callers.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from click.testing import CliRunner
from sqlalchemy import Connection, Engine, inspect, text

import callbacks.tables
import config.clock
import scheduling.accounts.tables
import scheduling.planning.tables
import scheduling.tables
from config import migrations
from config.cli import main
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


def test_tables_of_a_later_release_are_used_as_they_are(database: Engine, database_url: str, new_home: Path) -> None:
    """A machine that starts anew in the midst of an upgrade, or after a step back, takes calls."""
    with database.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    migrations.upgrade(database)
    assert revision(database) == "9999"
    settings = {"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:1", "RAPPEL24_HOME": str(new_home)}
    done = CliRunner().invoke(main, ["migrate"], env=settings)
    assert done.exit_code == 0, done.output
    with pytest.raises(CommandError, match="9999"):
        migrations.upgrade(database, "0009")  # who names one wants that one


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


def revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    return ScriptDirectory.from_config(migrations.settings()).get_current_head()


def answers_a_caller(engine: Engine) -> float:
    """How many seconds a turn takes to write to his request; a webhook gives up after two. He comes in a moment."""
    time.sleep(0.02)
    began = time.monotonic()
    with engine.begin() as connection:
        connection.execute(text("set local lock_timeout = '2s'"))
        connection.execute(text("update requests set next_step_at = now()"))
    return time.monotonic() - began


def reads_for_long(connection: Connection, table: str) -> None:
    """As pg_dump does, until this transaction ends."""
    connection.execute(text(f"lock table {table} in access share mode"))


@pytest.mark.parametrize("table", ["wards", "events"])
def test_callers_are_answered_while_a_migration_waits_for_a_table(database: Engine, table: str) -> None:
    fill(database)
    migrations.downgrade(database, "0005")
    with ThreadPoolExecutor() as side, database.connect() as reader:
        if table == "events":  # in the way of a later step than the others
            reader.execute(text("lock table events in row exclusive mode"))
        else:
            reads_for_long(reader, table)
        migrating = side.submit(migrations.upgrade, database)
        waits = [answers_a_caller(database) for _ in range(40)]
        assert not migrating.done()
        reader.rollback()
        migrating.result(timeout=20)
    assert max(waits) < 1.5
    assert revision(database) == head()


def test_a_migration_that_never_gets_its_table_says_why_and_what_was_done_stays(database: Engine) -> None:
    migrations.downgrade(database, "0005")
    with database.connect() as reader:
        reader.execute(text("lock table events in row exclusive mode"))
        with pytest.raises(migrations.InUse, match="in use"):
            migrations.upgrade(database, patience_seconds=0)
    assert revision(database) == "0006"
    migrations.upgrade(database)
    assert revision(database) == head()


def test_a_migration_waits_for_a_copy_and_a_start_without_one_does_not(database: Engine) -> None:
    with database.connect() as copying:
        copying.execute(text("select pg_advisory_xact_lock(:key)"), {"key": migrations.COPYING})
        migrations.upgrade(database, patience_seconds=0)  # it is there already
        migrations.downgrade(database, "0006")
        with pytest.raises(migrations.InUse):
            migrations.upgrade(database, patience_seconds=0)
        copying.rollback()
        migrations.upgrade(database, patience_seconds=0)
    assert revision(database) == head()


def test_whoever_migrated_waits_no_longer_for_a_lock_than_before(database: Engine) -> None:
    migrations.downgrade(database, "0006")
    with database.connect() as connection:
        asked = text("select current_setting('lock_timeout') || current_setting('statement_timeout')")
        before = connection.execute(asked).scalar_one()
    migrations.upgrade(database)
    with database.connect() as connection:
        assert connection.execute(asked).scalar_one() == before
