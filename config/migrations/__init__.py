"""Alembic migrations, each of which runs beside the previous release, on a line that is in use."""

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from config import revisions

HERE = Path(__file__).parent
HEAD = "head"
# One migration at a time, however many processes start together. The number is arbitrary and ours.
LOCK = 2_400_240
COPYING = 0x636F7079  # "copy": held while a copy is taken, which reads every table to its end
# Whoever asks for a table after us waits behind us, and a webhook gives up after two seconds. Shorter than PostgreSQL's
# deadlock_timeout: of the two of us it is never a caller's turn that is broken off.
LOCK_TIMEOUT = "800ms"
PAUSE_SECONDS = 2.0  # in which those who waited behind us are served
PATIENCE_SECONDS = 300.0
_IN_USE = frozenset({"55P03", "40P01"})  # lock_not_available, deadlock_detected


class InUse(Exception):
    """Others have had the tables for minutes; what was migrated until then is whole, and stays."""


def settings() -> Config:
    """Alembic's configuration, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    return config


def upgrade(engine: Engine, revision: str = HEAD, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Bring the database to `revision`, each step in a transaction of its own. Raises InUse.

    Other starters wait until it is done; so does it, for a copy that is being taken.
    """
    with engine.connect() as connection:
        connection.execute(text("set statement_timeout = 0"))
        connection.execute(text("set lock_timeout = 0"))
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK})
        connection.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        try:
            _until_done(connection, revision, time.monotonic() + patience_seconds)
        finally:
            connection.rollback()
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": LOCK})
            for setting in ("statement_timeout", "lock_timeout"):
                connection.execute(text(f"reset {setting}"))
            connection.commit()


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to `revision`; used by the tests and by an operator in trouble."""
    with engine.connect() as connection:
        _run(connection, command.downgrade, revision)
        connection.commit()


def _until_done(connection: Connection, revision: str, give_up: float) -> None:
    while not _is_at(connection, revision):
        try:
            _beside_no_copy(connection, revision)
        except OperationalError as fault:
            connection.rollback()
            if getattr(fault.orig, "sqlstate", None) not in _IN_USE:
                raise
            if time.monotonic() > give_up:
                raise InUse(
                    "The database cannot be migrated: its tables are in use, by a copy that is being taken, a pg_dump"
                    " or a long query. Nobody was kept waiting; end it, or wait for it, and start again."
                ) from None
            time.sleep(PAUSE_SECONDS)


def _is_at(connection: Connection, revision: str) -> bool:
    """Whether it is there already, as at nearly every start: then nothing is waited for.

    Tables of a later release are: beside one, or after a step back from it, this one starts as ever.
    """
    wanted = ScriptDirectory.from_config(settings()).get_revision(revision)
    here = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return here == wanted.revision or (revision == HEAD and revisions.is_later(here))


def _beside_no_copy(connection: Connection, revision: str) -> None:
    connection.execute(text("select pg_advisory_lock(:key)"), {"key": COPYING})
    connection.commit()
    try:
        _run(connection, command.upgrade, revision)
    finally:
        connection.rollback()
        connection.execute(text("select pg_advisory_unlock(:key)"), {"key": COPYING})
        connection.commit()


def _run(connection: Connection, step: object, revision: str) -> None:
    config = settings()
    config.attributes["connection"] = connection
    step(config, revision)  # type: ignore[operator]
