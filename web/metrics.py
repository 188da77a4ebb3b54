"""Figures for an operator's monitoring: what the doors did, and what stands in the register now. No names, no wards."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from callbacks.house import Desk
from callbacks.shelf import Shelf
from config import tally
from config.doors import anyone
from config.queue import queue
from web.gauges import GAUGES
from web.health import Pulse, room
from web.health import blueprint as health

blueprint = Blueprint("metrics", __name__)

_own = CollectorRegistry()
_answers = Counter("rappel24_answers", "Answers given at a door", ["door", "status"], registry=_own)
_errors = Counter("rappel24_door_errors", "Answers that were an error of ours", ["status"], registry=_own)
ERRORS = ("500", "503")  # from nought, so that the first of each is a rise
for _status in ERRORS:
    _errors.labels(_status)
# The carrier gives up after fifteen seconds, and tries again after four.
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
_seconds = Histogram("rappel24_answer_seconds", "Time to an answer", ["door"], buckets=_BUCKETS, registry=_own)

CLOCK = ("rappel24_clock_difference_seconds", "How far the register's clock is ahead of this machine's")
RINGS = ("rappel24_queue", "Rings that wait for a worker")
FAILED = ("rappel24_jobs_failed", "Jobs of the last day that a worker could not do")
ROOM = ("rappel24_recordings_free_bytes", "Room on the disk of the recordings, on this machine")


class Register(Collector):
    """What stands in the register now; `rappel24_database_up` 0, and nothing else, when it is away."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """The gauges, read in one transaction: one that cannot be read hides those behind it, not the register."""
        found: list[Metric] = []
        with suppress(SQLAlchemyError):
            found.extend(self._read())  # what came before a failure stays
        yield _gauge("rappel24_database_up", "Whether PostgreSQL answers", bool(found))
        yield from found

    def _read(self) -> Iterator[Metric]:
        with self._engine.connect() as conn:
            ours, theirs = time.time(), conn.execute(text("select extract(epoch from clock_timestamp())")).scalar_one()
            yield _gauge(*CLOCK, float(theirs) - ours)
            for gauge in GAUGES:
                family = GaugeMetricFamily(gauge.name, gauge.says, labels=gauge.labels)
                for *values, number in conn.execute(text(gauge.query)):
                    family.add_metric(values, float(number))
                yield family


class Queue(Collector):
    """The doorbell, and what is counted beside it; `rappel24_redis_up` 0, and nothing else, when it is away."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def collect(self) -> Iterator[Metric]:
        """Rings that wait, jobs that failed, and what went wrong behind the doors."""
        try:
            found = list(self._read())
        except (RedisError, OSError):
            found = []
        yield _gauge("rappel24_redis_up", "Whether Redis answers", bool(found))
        yield from found

    def _read(self) -> Iterator[Metric]:
        jobs = queue(self._redis)
        yield _gauge(*RINGS, jobs.count)
        yield _gauge(*FAILED, jobs.failed_job_registry.get_job_count(cleanup=False))
        counted = tally.read(self._redis)
        for count in tally.COUNTS:
            family = CounterMetricFamily(count.name, count.says, labels=[*count.labels])
            for values, number in counted[count.name].items():
                family.add_metric(values, number)
            yield family


class Disk(Collector):
    """Room for recordings and pictures, on the disk that this machine keeps them on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        """Nothing where the folder cannot be looked at."""
        with suppress(OSError):
            yield _gauge(*ROOM, room(self._folder))


def _gauge(name: str, says: str, number: float) -> Metric:
    family = GaugeMetricFamily(name, says)
    family.add_metric([], float(number))
    return family


@blueprint.get("/metrics")
@anyone
def metrics() -> Response:
    """For a scraper; the doors' counters of all processes of this web, then the register."""
    parts = current_app.extensions
    house = CollectorRegistry()
    house.register(Register(cast(Desk, parts["desk"]).engine))
    house.register(Queue(cast(Pulse, parts["pulse"]).redis))
    house.register(Disk(cast(Shelf, parts["shelf"]).folder))
    return Response(generate_latest(_doors()) + generate_latest(house), content_type=CONTENT_TYPE_LATEST)


def _doors() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return _own
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


def add(app: Flask) -> None:
    """Count what every door answers."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        door = request.endpoint or "none"
        _answers.labels(door, response.status_code).inc()
        if response.status_code >= 500 and request.blueprint != health.name:  # there a 503 is the answer
            _errors.labels(ERRORS[response.status_code == 503]).inc()
        if "began" in g:
            _seconds.labels(door).observe(time.perf_counter() - g.began)
        return response
