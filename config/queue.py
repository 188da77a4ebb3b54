"""The doorbell: tells a worker through Redis that a row waits. The register is PostgreSQL; a lost ring is only late.

Ids alone travel, as JSON. A ring never raises and never keeps its caller long: a door rings after its commit, while
the carrier waits for the answer.
"""

import time
from typing import Any
from uuid import UUID

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from redis.sentinel import Sentinel
from rq import Queue
from rq.serializers import JSONSerializer

from config import redis_address
from config.redis_address import Sentinels

QUEUE = "rappel24"
JOBS = {
    "deliver": "callbacks.jobs.deliver",
    "climb": "callbacks.jobs.climb",
    "fetch": "callbacks.jobs.fetch",
    "picture": "callbacks.jobs.picture",
    "beat": "callbacks.jobs.beat",
}
TIMEOUT_SECONDS = 0.5  # to connect, and for an answer
SENTINEL_SECONDS = 0.3  # for each Sentinel that is asked; of three one always answers
SILENCE_SECONDS = 2.0  # after a failure nobody waits for Redis again
JOB_SECONDS = 30
ENOUGH = 8  # rings that wait: who hears one does all that is due (`callbacks.backlog`), more would only be work
# Before all that waits: eight rings, each worked at for seconds, must not make a busy worker look like a dead one.
FIRST = frozenset({"beat"})
RING_SECONDS = 60  # a ring nobody heard by then is stale: tick has done the work
FAILED_SECONDS = 86_400


def connect(url: str, *, timeout: float | None = TIMEOUT_SECONDS) -> Redis:
    """A connection that gives up early and does not try twice; `timeout=None` for a worker that waits.

    Behind Sentinels each new connection goes to the server that takes writes now.
    """
    once = Retry(NoBackoff(), 0)
    found = redis_address.sentinels(url)
    if found is not None:
        return _behind(found, socket_connect_timeout=timeout or 5.0, socket_timeout=timeout, retry=once)
    return Redis.from_url(url, socket_connect_timeout=timeout or 5.0, socket_timeout=timeout, retry=once)


def _behind(found: Sentinels, **ways: Any) -> Redis:
    waits = {"socket_connect_timeout": SENTINEL_SECONDS, "socket_timeout": SENTINEL_SECONDS, "retry": ways["retry"]}
    asked: Any = Sentinel  # redis has no types for it
    client: Redis = asked(found.hosts, sentinel_kwargs={**waits, **found.own, "ssl": found.tls}).master_for(
        found.service, **ways, **found.server, ssl=found.tls
    )
    return client


def queue(connection: Redis) -> Queue:
    """The one queue: a worker on several would lose what it popped when it dies (engineering A.2)."""
    return Queue(QUEUE, connection=connection, serializer=JSONSerializer, default_timeout=JOB_SECONDS)


class Doorbell:
    """Rings for workers; best effort."""

    def __init__(self, redis_url: str) -> None:
        self._queue = queue(connect(redis_url))
        self._silent_until = 0.0

    def ring(self, kind: str, id: int | str | UUID) -> None:
        """Tell a worker that work of `kind` (a key of JOBS) waits under `id`. Call it after the commit."""
        if self.room():
            self.rings(kind, id)

    def room(self) -> int:
        """How many more rings are of any use; while Redis is away the ring itself finds out."""
        if time.monotonic() < self._silent_until:
            return ENOUGH
        try:
            return max(0, ENOUGH - self._queue.count)
        except (RedisError, OSError):
            self._silent_until = time.monotonic() + SILENCE_SECONDS
            return ENOUGH

    def rings(self, kind: str, id: int | str | UUID) -> bool:
        """Ring, and say whether Redis took it; a worker that hears it is not promised."""
        if kind not in JOBS:
            raise ValueError(f"nobody answers to {kind!r}")
        if time.monotonic() < self._silent_until:
            return False
        try:
            self._enqueue(kind, id if isinstance(id, int) else str(id))
        except (RedisError, OSError):
            self._silent_until = time.monotonic() + SILENCE_SECONDS
            return False
        return True

    def _enqueue(self, kind: str, id: int | str) -> None:
        self._queue.enqueue_call(
            JOBS[kind],
            args=(id,),
            timeout=JOB_SECONDS,
            ttl=RING_SECONDS,
            result_ttl=0,
            failure_ttl=FAILED_SECONDS,
            at_front=kind in FIRST,
        )
