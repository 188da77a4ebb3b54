"""What is due, of every kind: taken a few rows at a time, and done by several hands at once.

A worker that was rung for one row goes on with the others: so a few rings are enough for a backlog, however long, and
what a job costs before it begins is paid once for many rows.
"""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from callbacks import leases, recordings
from callbacks.leases import Due
from callbacks.written import fetching


@dataclass(frozen=True)
class Heap:
    """Rows that wait for the same: how they are taken, which job does one, and how many hands are kept for them.

    `take` is for who rings for them, `take_in_hand`, if that differs, for who does them himself.
    """

    name: str
    job: str
    take: Callable[[Connection, int], list[Due]]
    hands: int
    take_in_hand: Callable[[Connection, int], list[Due]] | None = None


# Each has hands of its own: a hundred SMS that wait leave a recording its hand, slow downloads leave the SMS theirs.
HEAPS = (
    Heap("send", "deliver", leases.take_to_send, 5, take_in_hand=leases.take_in_hand),
    Heap("unanswered", "deliver", leases.take_unanswered, 2),
    Heap("fetch", "fetch", recordings.take_due, 2),
    Heap("picture", "picture", fetching.take_due, 1),
)
HANDS = sum(heap.hands for heap in HEAPS)
GOES_ON_FOR = 5.0  # seconds, then it begins nothing more: a worker that is told to stop is not waited for long

# Does a job on the row of this id; it never raises.
Do = Callable[[str, Any], None]


def work_off(
    engine: Engine, do: Do, seconds: float = GOES_ON_FOR, stopwatch: Callable[[], float] = time.monotonic
) -> None:
    """Do what is due until nothing is, or for `seconds`. Others who do the same take other rows."""
    end = stopwatch() + seconds
    busy: dict[Future[None], Heap] = {}
    with ThreadPoolExecutor(HANDS, "hand") as hands:
        while stopwatch() < end:
            busy |= {hands.submit(do, heap.job, row.id): heap for heap, row in _taken(engine, [*busy.values()])}
            if not busy:
                break
            for finished in wait(busy, return_when=FIRST_COMPLETED).done:
                del busy[finished]


def _taken(engine: Engine, busy: list[Heap]) -> list[tuple[Heap, Due]]:
    free = {heap: heap.hands - busy.count(heap) for heap in HEAPS}
    with engine.begin() as conn:
        return [
            (heap, row)
            for heap, hands in free.items()
            if hands
            for row in (heap.take_in_hand or heap.take)(conn, hands)
        ]
