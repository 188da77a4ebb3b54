"""A database that starts after whoever wants it: waited for when asked to, and said plainly when it is not there."""

import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result

from config.cli import main
from tests.ports import free_port
from tests.relay import Relay

LATE = 1.2  # seconds


def migrate(database_url: str, home: Path, *options: str) -> Result:
    given = {"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:1", "RAPPEL24_HOME": str(home)}
    return CliRunner().invoke(main, ["migrate", *options], env=given)


def through(port: int, database_url: str) -> str:
    parts = urlsplit(database_url)
    who = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{who}@127.0.0.1:{port}").geturl()


def test_a_database_that_starts_late_is_migrated_once_it_answers(database_url: str, tmp_path: Path) -> None:
    port, parts = free_port(), urlsplit(database_url)
    laid: list[Relay] = []

    def lay() -> None:
        server = (parts.hostname or "127.0.0.1", parts.port or 5432)
        laid.append(Relay(server, listening=socket.create_server(("127.0.0.1", port))))

    timer = threading.Timer(LATE, lay)
    timer.start()
    try:
        done = migrate(through(port, database_url), tmp_path, "--wait", "60")
    finally:
        timer.join()
        laid[0].listening.close()
    assert (done.exit_code, done.output) == (0, "")


@pytest.mark.parametrize("options", [(), ("--wait", "1")])
def test_a_database_that_is_not_there_is_said_in_words(options: tuple[str, ...], tmp_path: Path) -> None:
    done = migrate(f"postgresql://nobody:hidden@127.0.0.1:{free_port()}/register", tmp_path, *options)
    assert done.exit_code == 1
    assert done.stderr.startswith("the database cannot be reached: ")
    assert "hidden" not in done.output
    assert "Traceback" not in done.output
