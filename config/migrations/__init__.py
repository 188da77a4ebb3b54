"""Alembic migrations, each of which runs beside the previous release."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

HERE = Path(__file__).parent
# One migration at a time, however many processes start together. The number is arbitrary and ours.
LOCK = 2_400_240


def settings() -> Config:
    """Alembic's configuration, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`, under a lock that other starters wait for."""
    with engine.connect() as connection:
        connection.execute(text("set lock_timeout = 0"))
        connection.execute(text("set statement_timeout = 0"))
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK})
        connection.commit()
        try:
            _run(connection, command.upgrade, revision)
        finally:
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": LOCK})
            connection.commit()


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to `revision`; used by the tests and by an operator in trouble."""
    with engine.connect() as connection:
        _run(connection, command.downgrade, revision)
        connection.commit()


def _run(connection: Connection, step: object, revision: str) -> None:
    config = settings()
    config.attributes["connection"] = connection
    step(config, revision)  # type: ignore[operator]
