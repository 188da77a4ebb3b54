"""One event heap. Virtual time for tests (a day in milliseconds), real time times a factor for the demo."""

import heapq
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from simulator.tasks import Event, Task

T = TypeVar("T")
log = logging.getLogger("simulator")
DEFAULT_START = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)  # a Monday, 14:00 in Paris


@dataclass(order=True)
class Timer:
    """One entry of the heap; order: time, then insertion."""

    at: float
    order: int
    action: Callable[[], None] = field(compare=False)
    background: bool = field(compare=False, default=False)
    waiting: bool = field(compare=False, default=True)
    settled: Callable[["Timer"], None] = field(compare=False, default=lambda timer: None, repr=False)

    def cancel(self) -> None:
        """Also what happens when it fires: it waits no longer."""
        if self.waiting:
            self.waiting = False
            self.settled(self)


class Clock:
    """Virtual time: it moves only inside `advance`, `run_until`, `run_while` and `run_until_idle`."""

    virtual = True

    def __init__(self, start: datetime = DEFAULT_START) -> None:
        if start.tzinfo is None:
            raise ValueError("the clock needs an aware datetime")
        self.lock = threading.RLock()
        self._start = start
        self._elapsed = 0.0
        self._order = 0
        self._heap: list[Timer] = []
        self._pending = 0  # timers that wait and are not background
        self._outside: deque[Callable[[], None]] = deque()
        self._crash: BaseException | None = None
        self._running = False

    @property
    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.seconds())

    def seconds(self) -> float:
        """Seconds since the start."""
        return self._elapsed

    def on_the_network(self, seconds: float) -> float:
        """How long a limit of a connection lasts on this clock."""
        return seconds

    # -- scheduling ----------------------------------------------------------------------------------------------

    def after(self, seconds: float, action: Callable[[], None], background: bool = False) -> Timer:
        """Background timers do not keep `run_until_idle` going."""
        with self.lock:
            self._order += 1
            timer = Timer(self.seconds() + seconds, self._order, action, background, settled=self._settled)
            self._pending += not background
            heapq.heappush(self._heap, timer)
            self._wake()
            return timer

    def _settled(self, timer: Timer) -> None:
        self._pending -= not timer.background

    def soon(self, action: Callable[[], None]) -> Timer:
        return self.after(0.0, action)

    def at(self, when: datetime, action: Callable[[], None]) -> Timer:
        """`action` runs outside the lock, so it may call the REST side over HTTP."""
        delay = max(0.0, (when - self.now).total_seconds())
        return self.after(delay, lambda: self._unawaited(action))

    def every(self, seconds: float, action: Callable[[], None]) -> None:
        """For ever, in the background (an application's tick)."""

        def again() -> None:
            self._unawaited(action)
            self.after(seconds, again, background=True)

        self.after(seconds, again, background=True)

    def spawn(self, work: Coroutine[Event[Any], None, None]) -> Task:
        return Task(self, work, self.crashed)

    def outside(self, work: Callable[[], T]) -> Event[T]:
        """Run what may block (a webhook) without holding the lock; the event carries its result."""
        done: Event[T] = Event()
        self._submit(lambda: self._carry_out(work, done))
        return done

    def _unawaited(self, action: Callable[[], None]) -> None:
        self.outside(action)

    def crashed(self, error: BaseException) -> None:
        """A task died of `error`: whoever runs the clock gets it."""
        self._crash = self._crash or error

    def _carry_out(self, work: Callable[[], T], done: Event[T]) -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - the edge: whoever awaits the event answers it
            caught = error
            with self.lock:
                self.soon(lambda: self._failed(done, caught))
            return
        with self.lock:
            self.soon(lambda: done.set(result))

    def _failed(self, done: Event[T], error: Exception) -> None:
        if not done.awaited:
            self.crashed(error)
        done.fail(error)

    def _submit(self, job: Callable[[], None]) -> None:
        self._outside.append(job)

    def _wake(self) -> None:
        """Virtual time has no sleeper to wake."""

    # -- running -------------------------------------------------------------------------------------------------

    def advance(self, **delta: float) -> None:
        """`advance(minutes=30)`."""
        self.run_until(self.now + timedelta(**delta))

    def run_until(self, when: datetime) -> None:
        limit = (when - self._start).total_seconds()
        self._run(limit, lambda: True)
        with self.lock:
            self._elapsed = max(self._elapsed, limit)

    def run_while(self, going: Callable[[], bool], limit: float) -> bool:
        """Run until `going()` is false; False when `limit` seconds passed first (the clock then stands there)."""
        end = self.seconds() + limit
        self._run(end, going)
        if going():
            with self.lock:
                self._elapsed = max(self._elapsed, end)
        return not going()

    def run_until_idle(self, limit: float = 86400.0) -> None:
        """Until only background timers are left, `limit` seconds at most."""
        self._run(self.seconds() + limit, self._busy)

    def _busy(self) -> bool:
        return bool(self._outside) or self._pending > 0

    def _run(self, limit: float, going: Callable[[], bool]) -> None:
        if self._running:
            raise RuntimeError("the clock is already running: do not run it from a webhook or a hook")
        self._running = True
        try:
            self._raise_crash()
            while going() and self._turn(limit):
                self._raise_crash()
        finally:
            self._running = False

    def _turn(self, limit: float) -> bool:
        """One event, or one blocking job; False when nothing is due before `limit`."""
        if self._outside:
            self._outside.popleft()()
            return True
        with self.lock:
            timer = self._due(limit)
            if timer:
                self._elapsed = max(self._elapsed, timer.at)
                timer.action()
        return timer is not None

    def _due(self, limit: float) -> Timer | None:
        while self._heap and not self._heap[0].waiting:
            heapq.heappop(self._heap)
        if not self._heap or self._heap[0].at > limit:
            return None
        timer = heapq.heappop(self._heap)
        timer.cancel()
        return timer

    def _raise_crash(self) -> None:
        crash, self._crash = self._crash, None
        if crash:
            raise crash


class RealClock(Clock):
    """Real time × factor on a thread of its own; blocking work runs on a pool, several at once."""

    virtual = False

    def __init__(self, factor: float = 1.0, workers: int = 64) -> None:
        super().__init__(datetime.now(UTC))
        self.factor = factor
        self._began = time.monotonic()
        self._changed = threading.Condition(self.lock)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="simulator-webhook")
        self._stopping = False
        self._thread = threading.Thread(target=self._live, name="simulator-clock", daemon=True)

    def seconds(self) -> float:
        return (time.monotonic() - self._began) * self.factor

    def on_the_network(self, seconds: float) -> float:
        """Connections are as slow as the machine makes them, however fast people telephone."""
        return seconds * self.factor

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(timeout=2)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, limit: float, going: Callable[[], bool]) -> None:
        """Real time runs by itself: just wait."""
        with self._changed:
            while going() and self.seconds() < limit:
                self._changed.wait(min(0.02, max(0.0, (limit - self.seconds()) / self.factor)))

    def _submit(self, job: Callable[[], None]) -> None:
        if not self._stopping:
            self._pool.submit(job)

    def _wake(self) -> None:
        self._changed.notify_all()

    def crashed(self, error: BaseException) -> None:
        log.error("a simulated call crashed", exc_info=error)

    def _live(self) -> None:
        with self._changed:
            while not self._stopping:
                timer = self._due(self.seconds())
                if timer:
                    self._fire(timer)
                else:
                    self._changed.wait(self._pause())

    def _fire(self, timer: Timer) -> None:
        try:
            timer.action()
        except Exception as error:  # noqa: BLE001 - the edge: one call's fault must not stop the exchange
            self.crashed(error)

    def _pause(self) -> float | None:
        if not self._heap:
            return None
        return max(0.001, (self._heap[0].at - self.seconds()) / self.factor)
