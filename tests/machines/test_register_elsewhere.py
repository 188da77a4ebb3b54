"""The register on two servers, of which one takes writes: when it dies the other is promoted, and the line goes on."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from config import orphans
from config.cli import main
from config.copies import taking
from config.database import is_away, job_engine, web_engine
from config.migrations import upgrade
from config.patience import give_up_in
from tests.machines.doorbells import eventually
from tests.machines.registers import Registers

WRITES = "insert into heartbeats (process, real) values ('here:now:' || gen_random_uuid(), real_now())"


@pytest.fixture(autouse=True)
def _no_caller_waits() -> None:
    give_up_in(None)  # a test before this one may have been a caller in this thread


@pytest.fixture
def registers(new_home: Path) -> Iterator[Registers]:
    found = Registers(new_home)
    yield found
    found.close()


def writes(engine: Engine) -> bool:
    """Whether something could be written; what was said otherwise is that the register is away."""
    try:
        with engine.begin() as connection:
            connection.execute(text(WRITES))
    except OperationalError as error:
        if not is_away(error):
            raise
        return False
    return True


def test_a_server_that_is_not_there_is_passed_over(database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        gone = closed.getsockname()[1]
    url = database_url.replace("@", f"@127.0.0.1:{gone},").partition("?")[0] + "?target_session_attrs=read-write"
    for engine in (web_engine(url), job_engine(url)):
        assert writes(engine)
        engine.dispose()


@pytest.mark.alone
def test_the_line_goes_on_at_the_server_that_took_over(
    registers: Registers, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = registers.server()
    with registers.connection(first) as connection:
        connection.execute("create database rappel24")
    second = registers.standby(first)
    # The one that only reads stands first: it is asked, and left alone.
    url = f"postgresql://rappel24@127.0.0.1:{second},127.0.0.1:{first}/rappel24?target_session_attrs=read-write"
    door, job = web_engine(url), job_engine(url)
    upgrade(job)
    assert writes(door)
    assert writes(job)
    with registers.connection(second, "rappel24") as connection:
        eventually(lambda: connection.execute("select count(*) from heartbeats").fetchone() == (2,), 30)
    registers.kill(first)
    assert not writes(door)
    with registers.connection(second) as connection:
        connection.execute("select pg_promote()")
    eventually(lambda: writes(door), 30)
    eventually(lambda: writes(job), 30)
    upgrade(job)
    copy = taking.take(job, url, tmp_path / "recordings", tmp_path / "copy")
    assert copy.rows["heartbeats"] == 4
    env = {"DATABASE_URL": url, "REDIS_URL": redis_url, "RAPPEL24_HOME": str(tmp_path)}
    taken = CliRunner().invoke(main, ["backup", str(tmp_path / "another")], env=env)
    assert taken.exit_code == 0, taken.output
    for engine in (door, job):
        engine.dispose()


# Takes a row and holds it, as a process does in the middle of its work.
HOLDS = """
import sys, time
from sqlalchemy import text
from config.database import job_engine
with job_engine(sys.argv[1]).begin() as connection:
    connection.execute(text("select * from held for update"))
    print("holds", flush=True)
    time.sleep(600)
"""
LET_GO_WITHIN = 30.0  # work resumes within thirty seconds (invariant 4)


@pytest.mark.alone
def test_what_a_machine_held_that_went_without_a_word_is_free_again(registers: Registers, cable: "Cable") -> None:
    port = registers.server(cable.here)
    with registers.connection(port) as connection:
        connection.execute("create table held as select 1 as id")
        holder = cable.there([sys.executable, "-c", HOLDS, f"postgresql://rappel24@{cable.here}:{port}/postgres"])
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"holds\n"
        cable.pull()
        began = time.monotonic()
        connection.execute("set statement_timeout = '90s'")
        connection.execute("select * from held for update")
        assert time.monotonic() - began < LET_GO_WITHIN


class Cable:
    """Another machine of this kernel, at the other end of a cable; pulled, nobody hears that it is gone."""

    def __init__(self) -> None:
        self.name = f"r24-{os.getpid()}"
        net = f"10.241.{os.getpid() % 250}"
        self.here, self._there = f"{net}.1", f"{net}.2"
        self._running: list[subprocess.Popen[bytes]] = []
        self._ip("netns", "add", self.name)
        try:
            self._lay()
        except subprocess.CalledProcessError:  # what was allowed is taken back
            self.close()
            raise

    def _lay(self) -> None:
        self._ip("link", "add", self._end, "type", "veth", "peer", "name", "cable", "netns", self.name)
        for where, device, address in (((), self._end, self.here), (("-n", self.name), "cable", self._there)):
            self._ip(*where, "addr", "add", f"{address}/24", "dev", device)
            self._ip(*where, "link", "set", device, "up")

    @property
    def _end(self) -> str:
        return f"r24v{os.getpid()}"[:15]

    def there(self, argv: list[str]) -> "subprocess.Popen[bytes]":
        """Start it on that machine."""
        root = Path(__file__).parents[2]
        self._running.append(
            subprocess.Popen(
                ["ip", "netns", "exec", self.name, *argv],
                cwd=root,
                env={**os.environ, "PYTHONPATH": str(root)},
                stdout=subprocess.PIPE,
                preexec_fn=orphans.tie(os.getpid(), signal.SIGKILL),
            )
        )
        return self._running[-1]

    def pull(self) -> None:
        """From here on not a word gets through."""
        self._ip("-n", self.name, "link", "set", "cable", "down")

    def close(self) -> None:
        for process in self._running:
            process.kill()
            process.communicate()
        self._ip("netns", "del", self.name)

    @staticmethod
    def _ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def cable() -> Iterator[Cable]:
    """Needs the right to make network namespaces (root has it, in most containers too)."""
    try:
        found = Cable()
    except (OSError, subprocess.CalledProcessError) as refused:
        pytest.skip(f"no network of its own for another machine: {refused}")
    yield found
    found.close()
