"""What tests of the callbacks share."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

import callbacks.tables
import scheduling.tables
from config.database import job_engine, metadata
from config.servers import Urls

TABLES = sorted({*metadata.tables} - {"clock"})  # every table of callbacks.tables and scheduling.tables


@pytest.fixture(scope="session")
def _register(servers: Urls, _template: str, worker_id: str) -> Iterator[Engine]:
    """One migrated database for all who leave its functions alone: copying one for each test costs half a second."""
    name = f"register_{worker_id}"
    server = create_engine(servers.database, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as conn:
        conn.execute(text(f"drop database if exists {name} with (force)"))
        conn.execute(text(f"create database {name} template {_template} strategy file_copy"))
    engine = job_engine(f"{servers.database.rsplit('/', 1)[0]}/{name}")
    yield engine
    engine.dispose()


@pytest.fixture
def emptied(_register: Engine) -> Engine:
    """That database without a row."""
    assert {callbacks.tables.requests.name, scheduling.tables.wards.name} <= {*TABLES}
    with _register.begin() as conn:
        conn.execute(text(f"truncate {', '.join(TABLES)} restart identity cascade"))
    return _register


@pytest.fixture
def counted(emptied: Engine) -> Iterator[list[str]]:
    """Every statement that goes to the database, as it goes."""
    statements: list[str] = []

    def note(*execution: object) -> None:
        statements.append(str(execution[2]))

    event.listen(emptied, "before_cursor_execute", note)
    yield statements
    event.remove(emptied, "before_cursor_execute", note)
