"""A register with something in it, a place for copies, and an empty place to put one back into."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import sql

from config.cli import main
from config.servers import Urls


@pytest.fixture
def empty_url(servers: Urls) -> Iterator[str]:
    """A database with nothing in it."""
    name = f"empty_{uuid4().hex}"
    with psycopg.connect(servers.database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
        yield f"{servers.database.rsplit('/', 1)[0]}/{name}"
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def rappel24(redis_url: str) -> Callable[..., Result]:
    """The command, on a database and a home: `rappel24(url, home, "backup", folder)`."""

    def command(url: str, home: Path, *words: object, **env: str) -> Result:
        given = {"DATABASE_URL": url, "REDIS_URL": redis_url, "RAPPEL24_HOME": str(home)} | env
        return CliRunner().invoke(main, [str(word) for word in words], env=given)

    return command
