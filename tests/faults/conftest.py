"""A carrier in real time, and the house's processes beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import Account, Line, RealClock, Simulator
from simulator.server import Server
from tests.faults.house import LINE, Processes

SEED = 24


@pytest.fixture
def office() -> Iterator[Simulator]:
    """Its faults are drawn from one seed; nobody hears its status callbacks."""
    clock = RealClock()
    clock.start()
    simulator = Simulator([Line(LINE)], account=Account(), clock=clock, strict=False, seed=SEED)
    yield simulator
    simulator.run_until_idle()
    clock.stop()


@pytest.fixture
def processes(office: Simulator, database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Processes]:
    """None is started yet; all are stopped at the end."""
    with Server(office) as server:
        found = Processes(database_url, redis_url, server.url, tmp_path, office.account.auth_token, office.account.sid)
        yield found
        found.stop()
