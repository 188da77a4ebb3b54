"""PostgreSQL and Redis killed under worker and tick: neither of the two exits, and work resumes by itself."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from config import servers
from config.database import job_engine
from config.embedded.place import Place
from config.migrations import upgrade
from simulator import Account, RealClock, Simulator
from simulator import Line as SimulatedLine
from simulator.server import Server
from tests.callbacks.sending import BRUNO, message, put
from tests.faults.house import LINE, Processes, eventually
from tests.faults.test_killed_at_any_moment import accepted, open_rows


@dataclass
class Town:
    """Servers of this test's own, a worker and a tick, and a carrier."""

    home: Path
    engine: Engine
    redis: Redis
    office: Simulator
    processes: Processes

    def kill_postgres(self) -> None:
        """Its backends outlive the postmaster by a moment: wait for the next one."""
        killed = self._postmaster()
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: self._postmaster() not in (None, killed) and self._answers(), 60, "PostgreSQL")

    def _postmaster(self) -> int | None:
        place = Place.known(self.home)
        assert place is not None
        try:
            return int((place.postgres_data / "postmaster.pid").read_text().split()[0])
        except (OSError, IndexError, ValueError):
            return None

    def kill_redis(self) -> None:
        os.kill(int(self.redis.info("server")["process_id"]), signal.SIGKILL)

    def _answers(self) -> bool:
        try:
            return open_rows(self.engine) >= 0
        except OperationalError:
            return False


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    home = Path(tempfile.mkdtemp(prefix="rappel24-faults-"))
    home.chmod(0o755)  # as root, the servers run under another account
    clock = RealClock()
    clock.start()
    office = Simulator([SimulatedLine(LINE)], account=Account(), clock=clock, strict=False)
    with servers.running(home, durable=False) as urls, Server(office) as carrier:
        engine = job_engine(urls.database)
        upgrade(engine)
        processes = Processes(
            urls.database, urls.redis, carrier.url, tmp_path, office.account.auth_token, office.account.sid
        )
        yield Town(home, engine, Redis.from_url(urls.redis), office, processes)
        processes.stop()
        engine.dispose()
    office.run_until_idle()
    clock.stop()
    shutil.rmtree(home, ignore_errors=True)


@pytest.mark.timeout(240)
def test_the_same_worker_and_tick_go_on_when_postgresql_and_redis_were_killed(town: Town) -> None:
    began = [town.processes.start(name) for name in ("worker-1", "tick-1")]
    put(town.engine, message("first"))
    eventually(lambda: open_rows(town.engine) == 0, 60, "the first SMS")

    town.kill_postgres()
    put(town.engine, message("second"))
    assert eventually(lambda: open_rows(town.engine) == 0, 60, "the second SMS") < 30

    town.kill_redis()
    put(town.engine, message("third"), message("fourth", recipient=BRUNO))
    assert eventually(lambda: open_rows(town.engine) == 0, 60, "the third SMS") < 30

    assert dict(accepted(town.office)) == {f"Demande {each}": 1 for each in ("first", "second", "third", "fourth")}
    assert [process.poll() for process in began] == [None, None]
