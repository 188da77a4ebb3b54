"""What is due, of every kind: taken a few rows at a time, and done by several hands at once.

A worker that was rung for one row goes on with the others: so a few rings are enough for a backlog, however long, and
what a job costs before it begins is paid once for many rows.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine

from callbacks import leases, recordings
from callbacks.leases import Due
from callbacks.written import fetching


@dataclass(frozen=True)
class Heap:
    """Rows that wait for the same: how they are taken, which job does one, and how many hands are kept for them.

    `take` is for who rings for them, `take_in_hand`, if that differs, for who does them himself.
    `ahead`: so many more are taken while the hands are busy, so that who is done goes on without asking the database.
    """

    name: str
    job: str
    take: Callable[[Connection, int], list[Due]]
    hands: int
    ahead: int = 0
    take_in_hand: Callable[[Connection, int], list[Due]] | None = None


# Each has hands of its own: a hundred SMS that wait leave a recording its hand, slow downloads leave the SMS theirs.
HEAPS = (
    Heap("send", "deliver", leases.take_to_send, 5, ahead=5, take_in_hand=leases.take_in_hand),
    Heap("unanswered", "deliver", leases.take_unanswered, 2),
    Heap("fetch", "fetch", recordings.take_due, 2),
    Heap("picture", "picture", fetching.take_due, 1),
)
HANDS = sum(heap.hands for heap in HEAPS)
GOES_ON_FOR = 5.0  # seconds, then it begins nothing more: a worker that is told to stop is not waited for long
# Seconds before that in which nothing is taken ahead: what is left untouched waits until its mark runs out.
TO_THE_LAST = 1.0
LOOKS_AGAIN = 0.25  # seconds until a heap in which nothing was found is looked at again; or before, once all is done

# Does a job on the row of this id; it never raises.
Do = Callable[[str, Any], None]


@dataclass
class _Pile:
    """What we have of a heap: rows that wait for a hand, and those that a hand is at."""

    heap: Heap
    waits: deque[Any] = field(default_factory=deque)
    begun: set[Future[None]] = field(default_factory=set)
    empty_at: float | None = None  # when nothing was found

    def begin(self, hands: Executor, do: Do) -> None:
        """Each free hand takes one."""
        self.begun = {work for work in self.begun if not work.done()}
        while self.waits and len(self.begun) < self.heap.hands:
            self.begun.add(hands.submit(do, self.heap.job, self.waits.popleft()))

    def room(self, ahead: bool) -> int:
        """For how many more; none while some wait."""
        if self.waits:
            return 0
        return self.heap.hands + (self.heap.ahead if ahead else 0) - len(self.begun)

    def may_have_more(self, now: float) -> bool:
        """Not when it was empty a moment ago."""
        return self.empty_at is None or now >= self.empty_at + LOOKS_AGAIN

    def take(self, conn: Connection, room: int, now: float) -> None:
        """As many as there is room for."""
        found = (self.heap.take_in_hand or self.heap.take)(conn, room)
        # One that a hand has just come to may be among them: it waits for us, and who claims it second does nothing.
        self.waits += [row.id for row in found]
        self.empty_at = None if found else now


def work_off(
    engine: Engine,
    do: Do,
    seconds: float = GOES_ON_FOR,
    stopwatch: Callable[[], float] = time.monotonic,
    first: tuple[str, Any] | None = None,
) -> None:
    """Do what is due until nothing is, or for `seconds`. Others who do the same take other rows.

    `first`: a job and its row, begun before anything is looked for.
    """
    end = stopwatch() + seconds
    piles = [_Pile(heap) for heap in HEAPS]
    if first is not None:
        next(pile for pile in piles if pile.heap.job == first[0]).waits.append(first[1])
    with ThreadPoolExecutor(HANDS, "hand") as hands:
        while (now := stopwatch()) < end:
            _begin(piles, hands, do)
            _look(engine, piles, now, ahead=now < end - TO_THE_LAST)
            _begin(piles, hands, do)
            begun = [work for pile in piles for work in pile.begun]
            if not begun:
                break
            wait(begun, LOOKS_AGAIN, FIRST_COMPLETED)


def _begin(piles: Sequence[_Pile], hands: Executor, do: Do) -> None:
    for pile in piles:
        pile.begin(hands, do)


def _look(engine: Engine, piles: Sequence[_Pile], now: float, *, ahead: bool) -> None:
    """Into each heap that may have something for us; once all is done, into all of them."""
    idle = not any(pile.begun for pile in piles)
    rooms = [(pile, pile.room(ahead)) for pile in piles if idle or pile.may_have_more(now)]
    if any(room > 0 for _, room in rooms):
        with engine.begin() as conn:
            for pile, room in rooms:
                if room > 0:
                    pile.take(conn, room, now)
