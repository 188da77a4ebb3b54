"""What went wrong behind the doors, counted in Redis for whoever scrapes: workers and ticks have no address.

Every process adds, /metrics of any machine tells the sum. Emptied, Redis counts from nought again, which a Prometheus
takes for a restart; away, what was counted waits here, and is lost with the process. Nothing of ours depends on it.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from redis import Redis
from redis.exceptions import RedisError

KEY = "rappel24:tally"
SILENCE_SECONDS = 2.0  # after a failure nobody waits for Redis again
_BETWEEN = "|"


@dataclass(frozen=True)
class Count:
    """Something that is counted: its name, what it says, and every value that each of its labels takes."""

    name: str
    says: str
    labels: dict[str, tuple[str, ...]]

    def all(self) -> Iterator[tuple[str, ...]]:
        """Every series, so that each begins at nought: the first error is a rise, too."""
        names: list[tuple[str, ...]] = [()]
        for values in self.labels.values():
            names = [(*before, value) for before in names for value in values]
        return iter(names)


CARRIER_ERRORS: Final = Count(
    "rappel24_carrier_errors",
    "Requests that the carrier did not answer well",
    {
        "asked": ("messages", "calls", "recordings", "media", "other"),
        "answer": ("refused", "denied", "busy", "failed", "silent"),
    },
)
JOB_FAILURES: Final = Count(
    "rappel24_job_failures",
    "Jobs and chores that ended in an exception, done by a worker or by the tick",
    {"job": ("deliver", "climb", "fetch", "picture", "beat", "chore")},
)
COUNTS: Final = (CARRIER_ERRORS, JOB_FAILURES)


class Tally:
    """Adds to the house's counts; never raises, and keeps nobody longer than Redis may be silent."""

    def __init__(self, redis: Redis | None = None, silence_seconds: float = SILENCE_SECONDS) -> None:
        self._redis, self._silence = redis, silence_seconds
        self._waiting: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._silent_until = 0.0

    def add(self, count: Count, *values: str) -> None:
        """One more of it."""
        with self._lock:
            self._waiting[_BETWEEN.join((count.name, *values))] += 1
        self.hand_over()

    def hand_over(self) -> None:
        """Give Redis what waits, if it takes it."""
        if self._redis is None or time.monotonic() < self._silent_until:
            return
        with self._lock:
            taken, self._waiting = self._waiting, Counter()
        try:
            for field, number in taken.items():
                self._redis.hincrby(KEY, field, number)
                taken[field] = 0
        except (RedisError, OSError):
            self._silent_until = time.monotonic() + self._silence
            with self._lock:
                self._waiting.update(+taken)


def read(redis: Redis) -> dict[str, dict[tuple[str, ...], int]]:
    """Each count by its name, each of its series, nought included. Raises RedisError, OSError."""
    kept: Any = redis.hgetall(KEY)
    found = {tuple(field.decode().split(_BETWEEN)): int(number) for field, number in kept.items()}
    return {count.name: {values: found.get((count.name, *values), 0) for values in count.all()} for count in COUNTS}


_ours = Tally()


def configure(redis: Redis | None) -> None:
    """From here on this process, and those it forks, count there; None: nowhere that anybody looks."""
    global _ours
    _ours = Tally(redis)


def add(count: Count, *values: str) -> None:
    """One more of it; before `configure` it is counted nowhere that anybody looks."""
    _ours.add(count, *values)


def hand_over() -> None:
    """Give Redis what waits: for who lives on, since after an outage there may be nothing more to count for a week."""
    _ours.hand_over()
