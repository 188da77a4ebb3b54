"""The doorbell in TLS, and behind Sentinels: when its server dies, the next ring goes to the one that took over."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as Away

from config.queue import QUEUE, SENTINEL_SECONDS, TIMEOUT_SECONDS, Doorbell, connect
from tests.machines.doorbells import (
    PASSWORD,
    SENTINELS_PASSWORD,
    SERVICE,
    Authority,
    Doorbells,
    authority,
    eventually,
    in_tls,
)
from tests.ports import free_port

FAILOVER_WITHIN = 30.0
BUSY = 1.0  # a machine that has other tests to play


@pytest.fixture
def doorbells(tmp_path: Path) -> Iterator[Doorbells]:
    found = Doorbells(tmp_path)
    yield found
    found.close()


@pytest.fixture
def vouched(tmp_path: Path) -> Authority:
    return authority(tmp_path)


def address(*sentinels: int, tls: str = "") -> str:
    hosts = ",".join(f"127.0.0.1:{port}" for port in sentinels)
    own = f"?sentinel_password={quote(SENTINELS_PASSWORD)}"
    return f"redis{'s' if tls else ''}+sentinel://:{quote(PASSWORD)}@{hosts}/{SERVICE}/1{own}{tls}"


def waiting(port: int) -> int:
    """How many rings wait on that server."""
    with Redis(port=port, password=PASSWORD, db=1) as client:
        return int(client.llen(f"rq:queue:{QUEUE}"))


def followed(port: int) -> bool:
    with Redis(port=port, password=PASSWORD) as client:
        return bool(client.info("replication")["connected_slaves"] == 1)


def knows_both(sentinel: int) -> bool:
    with Redis(port=sentinel, password=SENTINELS_PASSWORD) as client:
        return bool(client.sentinel_masters()[SERVICE]["num-slaves"] == 1)


def heard(url: str, number: int) -> None:
    """Rung until it is heard: a busy machine may take longer than a doorbell waits, and then be rung twice."""
    eventually(lambda: Doorbell(url).rings("deliver", number), 10)


def test_a_server_that_proves_who_it_is_is_rung(doorbells: Doorbells, vouched: Authority) -> None:
    server = doorbells.server()
    with in_tls(server, vouched) as port:
        url = f"rediss://:{quote(PASSWORD)}@127.0.0.1:{port}/1?ssl_ca_certs={vouched.ca}"
        heard(url, 12)
    assert waiting(server) >= 1


def test_a_server_that_nobody_vouches_for_is_told_nothing(doorbells: Doorbells, vouched: Authority) -> None:
    server = doorbells.server()
    with in_tls(server, vouched) as port:
        url = f"rediss://:{quote(PASSWORD)}@127.0.0.1:{port}/1"  # by the system's authorities, which do not know it
        assert not Doorbell(url).rings("deliver", 12)
        with pytest.raises(Away):
            connect(url).ping()
    assert waiting(server) == 0


def test_when_the_doorbell_dies_the_one_that_took_over_is_rung(doorbells: Doorbells) -> None:
    first = doorbells.server()
    second = doorbells.server(follows=first)
    sentinels = [doorbells.sentinel(first, quorum=2) for _ in range(3)]
    eventually(lambda: followed(first) and all(map(knows_both, sentinels)), 30)
    gone = free_port()  # a Sentinel's machine that is gone, asked first
    bell = Doorbell(address(gone, *sentinels))
    eventually(lambda: bell.rings("deliver", 1), 10)
    assert waiting(first) >= 1
    doorbells.kill(first)
    began = time.monotonic()
    bell.ring("deliver", 2)
    # Nobody waits for a failover: it is the tick that does the work meanwhile.
    assert time.monotonic() - began < 4 * SENTINEL_SECONDS + 2 * TIMEOUT_SECONDS + BUSY
    eventually(lambda: bell.rings("deliver", 3), FAILOVER_WITHIN)
    assert waiting(second) >= 1


def test_sentinels_and_servers_that_prove_who_they_are(doorbells: Doorbells, vouched: Authority) -> None:
    server = doorbells.server()
    with in_tls(server, vouched) as seen_at:
        sentinel = doorbells.sentinel(seen_at, quorum=1)
        with in_tls(sentinel, vouched) as port:
            url = address(port, tls=f"&ssl_ca_certs={vouched.ca}")
            heard(url, 12)
            with pytest.raises(Away):
                connect(address(port, tls="&db=1")).ping()
    assert waiting(server) >= 1


WORKER = """
import sys
from rq import Worker
from config import worker
worker.RETRY_SECONDS = 0.2
worker.jobs.equip = lambda shop: None
worker.work(None, sys.argv[1])
"""


@pytest.mark.alone
def test_a_worker_goes_on_where_the_doorbell_went(doorbells: Doorbells) -> None:
    first = doorbells.server()
    second = doorbells.server(follows=first)
    sentinels = [doorbells.sentinel(first, quorum=2) for _ in range(3)]
    eventually(lambda: followed(first) and all(map(knows_both, sentinels)), 30)
    url = address(*sentinels)
    worker = subprocess.Popen([sys.executable, "-c", WORKER, url], start_new_session=True)
    try:
        heard(url, 1)
        eventually(lambda: waiting(first) == 0, 60)  # it was heard; that the work fails without a shop is no matter
        doorbells.kill(first)
        bell = Doorbell(url)
        eventually(lambda: bell.rings("deliver", 2), FAILOVER_WITHIN)
        eventually(lambda: waiting(second) == 0, 60)
        assert worker.poll() is None
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
