"""Invariant 4: Redis emptied and processes killed at any moment, a carrier that stumbles; none lost, none doubled.

Real worker and tick processes, real PostgreSQL and Valkey, the unmodified `twilio` client over HTTP.
"""

import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from simulator import RestFault, Simulator
from tests.callbacks.sending import AMELIE, message, put
from tests.faults.conftest import SEED
from tests.faults.house import Processes, chaos, eventually, hurry

MESSAGES = 60
CHAOS_SECONDS = 10.0
FASTER = 3.0  # PostgreSQL's clock: a lease is 5 s, the second asking comes after 3.3 s


def accepted(office: Simulator) -> Counter[str]:
    with office.clock.lock:
        return Counter(sms.body for sms in office.messages.by_sid.values())


def open_rows(engine: Engine) -> int:
    with engine.connect() as conn:
        found: int = conn.execute(
            text("select count(*) from outbox where state not in ('sent', 'delivered')")
        ).scalar_one()
        return found


@pytest.mark.timeout(240)
def test_none_is_lost_and_none_is_doubled(
    database: Engine, redis: Any, office: Simulator, processes: Processes
) -> None:
    hurry(database, FASTER)
    for share, fault in (
        (0.10, RestFault.TOO_MANY),
        (0.05, RestFault.SERVER_ERROR),
        (0.08, RestFault.ACCEPT_500),
        (0.08, RestFault.ACCEPT_CUT),
        (0.05, RestFault.REFUSE_CUT),
    ):
        office.faults.rest_share(fault, share, on="POST */Messages.json")
    for name in ("worker-1", "worker-2", "tick-1", "tick-2"):
        processes.start(name)
    bodies = [f"Demande {100000 + n}" for n in range(MESSAGES)]
    waiting = list(bodies)

    def more() -> None:
        for body in waiting[:6]:
            put(database, message(body, body=body))
        del waiting[:6]

    workers = ["worker-1", "worker-2"]
    draw = random.Random(SEED)
    more()
    eventually(lambda: accepted(office).total() > 0, 60, "the first SMS")
    chaos(
        CHAOS_SECONDS,
        0.1,
        [
            (12, lambda: processes.kill_horse(draw.choice(workers), draw.random() * 0.15)),
            (6, more),
            (4, redis.flushdb),
            (1, lambda: processes.kill(draw.choice(workers))),
            (1, lambda: processes.kill(draw.choice(["tick-1", "tick-2"]))),
        ],
        SEED,
    )
    while waiting:
        more()
    eventually(lambda: open_rows(database) == 0, 90, "the end of the queue")

    counts = accepted(office)
    assert processes.kills > 5
    assert {body: counts[body] for body in bodies if counts[body] != 1} == {}


@pytest.mark.timeout(120)
def test_work_resumes_within_thirty_seconds_of_everything_being_killed(
    database: Engine, redis: Any, office: Simulator, processes: Processes
) -> None:
    processes.start("worker-1")
    processes.start("tick-1")
    put(database, message("before"))
    eventually(lambda: open_rows(database) == 0, 60, "the first SMS")
    put(database, message("after", due_at=datetime(2020, 1, 1, tzinfo=UTC)))
    redis.flushdb()
    for name in list(processes.running):
        processes.kill(name)
    took = eventually(lambda: open_rows(database) == 0, 60, "the second SMS")
    assert took < 30
    assert accepted(office) == {"Demande before": 1, "Demande after": 1}
    assert {sms.to for sms in office.messages.by_sid.values()} == {AMELIE}


@pytest.mark.timeout(120)
def test_worker_and_tick_report_that_they_work(database: Engine, processes: Processes) -> None:
    processes.start("worker-1")
    processes.start("tick-1")

    def reported() -> bool:
        with database.connect() as conn:
            found = set(conn.execute(text("select split_part(process, ':', 1) from heartbeats")).scalars())
        return found == {"tick", "worker"}

    eventually(reported, 60, "a sign of life")
    for process in processes.running.values():
        process.terminate()
    assert [process.wait(20) for process in processes.running.values()] == [0, 0]
