"""A process that climbs: `python -m benchmarks.climber HOW`, with the settings of a house in its environment.

It says READY, and then, for each line that it is told, climbs until nothing is due and says in one of JSON what it did.

passes   the ladder's part of a tick alone: what is due is asked for, fifty at a time, and climbed one by one; no rest
tick     a tick as it runs, with its rests, and with the messages that it hands out or sends; without chores
worker   no climber, but a worker of RQ, as the house starts it: it works until SIGTERM, and is told nothing

Nothing leaves the machine: what is sent is taken by a carrier in this process, at once.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, Engine

from callbacks import climb, jobs
from callbacks.backlog import HANDS
from callbacks.carrier import Call, NotThere, Seen, Sms
from callbacks.jobs import JobFailed, Workshop
from config import clock, logs, worker
from config.assembly import database_url, numbers_at_rest, redis_url
from config.clock import Moment
from config.database import forked_engine, job_engine
from config.queue import Doorbell
from config.settings import Settings, load
from config.tick import BATCH, Tick
from config.workshop import workshop_of

READY = "ready"
WORKER = "worker"
MOST_FAILURES = 100  # a tick lives with a failure now and then; more than a few and nothing is measured


@dataclass(frozen=True)
class Report:
    """How often a request was taken up, as two climbers may do with one; jobs that failed; seconds of processor."""

    taken_up: int
    failed: int
    processor: float


def main() -> None:
    """Do as the first argument says until nobody tells us anything more."""
    how = sys.argv[1]
    logs.configure(how)
    settings = load(os.environ, Settings, dotenv=None)
    numbers_at_rest(settings)
    url, database = redis_url(settings), database_url(settings)
    bell = Doorbell(url)
    engine = forked_engine(database, HANDS) if how == WORKER else job_engine(database, pool_size=HANDS + 1)
    shop = replace(workshop_of(settings, engine, bell), carrier=Takes())
    print(READY, flush=True)
    if how == WORKER:
        worker.work(shop, url)
        return
    for _ in sys.stdin:
        before = time.process_time()
        taken_up, failed = WAYS[how](shop, bell)
        print(json.dumps(asdict(Report(taken_up, failed, time.process_time() - before))), flush=True)


def passes(shop: Workshop, bell: Doorbell) -> tuple[int, int]:
    """Climb until nothing is due: how many requests were taken up, how many of these jobs failed."""
    taken_up, failed = 0, 0
    while found := _due(shop.engine):
        for request_id in found:
            taken_up += 1
            try:
                if not jobs.climbs(shop, request_id) and len(found) == BATCH:
                    break  # others are at the same, and more is due
            except JobFailed:  # the log has it; it is due at the next pass
                failed += 1
        if failed > MOST_FAILURES:
            raise JobFailed(f"{failed} of {taken_up}")
    return taken_up, failed


def _due(engine: Engine) -> Sequence[int]:
    with engine.begin() as conn:
        return climb.due(conn, clock.read(conn), BATCH)


def tick(shop: Workshop, bell: Doorbell) -> tuple[int, int]:
    """The same by a tick, pass after pass with its rests; its failures are in its log."""
    stop, taken_up = threading.Event(), 0

    def due(conn: Connection, moment: Moment, limit: int) -> Sequence[int]:
        nonlocal taken_up
        found = climb.due(conn, moment, limit)
        taken_up += len(found)
        if not found:
            stop.set()
        return found

    Tick(shop, bell.rings, due, room=bell.room).run(stop)
    return taken_up, 0


WAYS: Mapping[str, Callable[[Workshop, Doorbell], tuple[int, int]]] = {"passes": passes, "tick": tick}


class Takes:
    """A carrier that takes everything at once, and has delivered it when it is asked."""

    def send_sms(self, sms: Sms) -> str:
        """Taken."""
        return f"SM{uuid4().hex}"

    def place_call(self, call: Call) -> str:
        """Taken."""
        return f"CA{uuid4().hex}"

    def messages_like(self, to: str, body: str, since: datetime) -> list[str]:
        """Never in doubt: nothing is asked twice."""
        return []

    def calls_like(self, to: str, since: datetime) -> list[str]:
        """The same."""
        return []

    def message(self, sid: str) -> Seen:
        """It has arrived."""
        return Seen(sid, "delivered")

    def call(self, sid: str) -> Seen:
        """It is over."""
        return Seen(sid, "completed")

    def recording(self, sid: str) -> Seen:
        """Nobody has spoken."""
        raise NotThere("none")

    def media(self, sid: str) -> bytes:
        """Nobody has spoken."""
        raise NotThere("none")

    def delete_recording(self, sid: str) -> None:
        """Gone already."""

    def picture(self, source: str) -> bytes:
        """None was sent."""
        raise NotThere("none")

    def delete_picture(self, source: str) -> None:
        """Gone already."""


if __name__ == "__main__":
    main()
