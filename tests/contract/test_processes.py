"""Whatever dies comes back: each process killed in its turn, a text in flight, the whole line killed and stopped."""

import os
import shlex
import signal
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from config.servers import Urls
from tests.contract.conftest import installed, quiet_hospital
from tests.contract.hospital import AMELIE, DENIS
from tests.contract.installation import TREE, Installation, wait_until
from tests.contract.people import Caller, Telephone

pytestmark = pytest.mark.timeout(400)

BACK_WITHIN = 1.0  # seconds until the process is there again; what it imports then takes as long as the machine lets it
LOOKING = 1.0  # what looking costs when the machine is busy
GONE_WITHIN = 15.0  # what a dead process had begun to send may end first
SERVES_WITHIN = 40.0
RESUMES_WITHIN = 60.0  # 30 by the contract, on a machine that has nothing else to do


@dataclass
class BusyCaller(Caller):
    """A GP during whose message something happens."""

    meanwhile: Callable[[], None] = field(default=lambda: None)

    def speaks(self) -> int:
        self.meanwhile()
        return super().speaks()


def words(part: str) -> set[str]:
    """What marks the command of a process, as the Procfile says it."""
    lines = dict(line.split(":", 1) for line in (TREE / "Procfile").read_text().splitlines())
    return {word for word in shlex.split(lines[part]) if word == "gunicorn" or word.startswith("config.")}


def below(pid: int) -> list[int]:
    """The process and all its descendants, nearest first."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            found += [int(child) for child in _read(task).split()]
    return found


def process(line: Installation, part: str) -> int | None:
    """The one that runs this part and that `serve` watches."""
    assert line.process is not None
    marks = words(part)
    return next((p for p in below(line.process.pid)[1:] if marks <= set(_read(f"/proc/{p}/cmdline").split("\0"))), None)


def kill(line: Installation, part: str, *, with_children: bool = False) -> None:
    """SIGKILL; it is back within a second, and soon nothing is left of the old one."""
    dead = process(line, part)
    assert dead is not None, f"there is no {part}"
    family = below(dead)
    for pid in family if with_children else [dead]:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: process(line, part) not in (None, *family), BACK_WITHIN + LOOKING, line.tail)
    wait_until(lambda: not running(family), GONE_WITHIN, lambda: said_of(family))


def _read(path: Path | str) -> str:
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def sent_to(line: Installation, *numbers: str) -> Counter[tuple[str, str]]:
    """Every text the carrier took over for them, and how often."""
    messages = line.carrier.messages.values()
    return Counter((m.recipient, m.body) for m in messages if m.direction != "inbound" and m.recipient in numbers)


KILLED = [("web", "+33639980190"), ("worker", "+33639980191"), ("tick", "+33639980192")]


@pytest.mark.parametrize(("part", "number"), KILLED)
def test_a_process_killed_during_a_call_is_back_and_the_gp_notices_nothing(
    line: Installation, part: str, number: str
) -> None:
    def killed() -> None:
        line.carrier.wire.settle()
        kill(line, part)
        wait_until(lambda: line.get("/healthz").status == 200, SERVES_WITHIN, line.tail)

    before = sent_to(line, DENIS)
    line.carrier.connect(Telephone(number))
    gp = BusyCaller(number, ["437#"], meanwhile=killed)
    line.carrier.dials(gp)
    assert "référence" in gp.heard[-2]
    told = line.carrier.telephones[DENIS]
    wait_until(lambda: told.texts and line.carrier.telephones[number].texts, RESUMES_WITHIN, line.tail)
    line.carrier.settle()
    (row,) = [row for row in line.export("requests") if row["caller"] == number]
    assert (row["state"], row["parts"]) == ("open", 1)
    assert sorted((sent_to(line, number, DENIS) - before).values()) == [1, 1]


def test_a_text_whose_sender_is_killed_before_the_carrier_answers_is_sent_once(line: Installation) -> None:
    number = "+33639980193"
    before = sent_to(line, AMELIE)
    line.carrier.connect(Telephone(number))
    line.carrier.hesitates, line.carrier.mute = 3.0, True
    line.carrier.dials(Caller(number, ["633#"]))
    wait_until(lambda: sent_to(line, number, AMELIE) - before, RESUMES_WITHIN)
    for part in ("worker", "tick"):
        kill(line, part, with_children=True)
    line.carrier.hesitates = 0.0
    wait_until(lambda: states(line, number) <= {"sent", "delivered"}, RESUMES_WITHIN, line.tail)
    line.carrier.mute = False
    assert sorted((sent_to(line, number, AMELIE) - before).values()) == [1, 1]


def states(line: Installation, number: str) -> set[str]:
    """What became of all that was sent about this caller's request."""
    (request,) = [row for row in line.export("requests") if row["caller"] == number]
    return {row["state"] for row in line.export("messages") if row["reference"] == request["reference"]}


@pytest.fixture
def empty_database(servers: Urls, worker_id: str) -> Iterator[str]:
    """The address of a database with nothing in it, on a server that an operator brought himself."""
    name = f"contract_{worker_id}"
    drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    with psycopg.connect(servers.database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        yield f"{servers.database.rsplit('/', 1)[0]}/{name}"
        connection.execute(drop)


def test_a_line_killed_whole_leaves_nothing_running_and_the_next_finds_everything(
    empty_database: str, redis_url: str
) -> None:
    number = "+33639980194"
    with installed({"DATABASE_URL": empty_database, "REDIS_URL": redis_url}) as line, quiet_hospital(line.carrier):
        line.serve()
        line.bring_in_the_hospital("wards", "seniors", "rota")
        line.carrier.connect(Telephone(number))
        line.carrier.dials(Caller(number, ["633#"]))
        kill_whole(line)
        line.serve()
        told = line.carrier.telephones[AMELIE]
        wait_until(lambda: told.texts and line.carrier.telephones[number].texts, RESUMES_WITHIN, line.tail)
        (request,) = line.export("requests")
        assert (request["caller"], request["parts"]) == (number, 1)
        assert set(sent_to(line, number, AMELIE).values()) == {1}
        everybody = below(line.process.pid) if line.process else []
        assert line.stop() == 0
        wait_until(lambda: not running(everybody), GONE_WITHIN, lambda: said_of(everybody))


def kill_whole(line: Installation) -> None:
    """SIGKILL to `serve`: its children die with it and nobody holds the port; callbacks meanwhile reach nobody."""
    assert line.process is not None
    everybody = below(line.process.pid)
    line.process.kill()
    line.process.wait()
    wait_until(lambda: not running(everybody), GONE_WITHIN, lambda: said_of(everybody))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", line.port))
    line.carrier.settle()
    line.carrier.complaints.clear()


def running(pids: list[int]) -> list[int]:
    """Those that still do something; a zombie does not."""
    return [pid for pid in pids if _read(f"/proc/{pid}/stat") and ") Z " not in _read(f"/proc/{pid}/stat")]


def said_of(pids: list[int]) -> str:
    """What those who are still there are."""
    return "\n".join(f"{pid}: {_read(f'/proc/{pid}/cmdline')} {_read(f'/proc/{pid}/stat')}" for pid in running(pids))
