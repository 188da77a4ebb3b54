"""Coroutines on virtual time: one-shot events, mailboxes and interruptible tasks (no asyncio, no threads)."""

from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, Protocol, TypeVar, cast

T = TypeVar("T")


class Cancellable(Protocol):
    """Something scheduled that may still be called off."""

    def cancel(self) -> None: ...


class Scheduler(Protocol):
    """What tasks need of a clock: seconds and thunks."""

    def soon(self, action: Callable[[], None]) -> Cancellable: ...

    def after(self, seconds: float, action: Callable[[], None], background: bool = False) -> Cancellable: ...


class Event(Generic[T]):
    """A value that will be there later; awaited by one task."""

    def __init__(self) -> None:
        self.done = False
        self._value: T | None = None
        self._error: BaseException | None = None
        self._listener: Callable[[], None] | None = None

    @property
    def awaited(self) -> bool:
        return self._listener is not None

    def set(self, value: T) -> None:
        """The first value wins; later ones are dropped."""
        self._settle(value, None)

    def fail(self, error: BaseException) -> None:
        self._settle(None, error)

    def listen(self, listener: Callable[[], None] | None) -> None:
        self._listener = listener
        if self.done and listener:
            listener()

    def _settle(self, value: T | None, error: BaseException | None) -> None:
        if self.done:
            return
        self.done, self._value, self._error = True, value, error
        if self._listener:
            self._listener()

    def __await__(self) -> Generator["Event[Any]", None, T]:
        if not self.done:
            yield self
        if self._error:
            raise self._error
        return cast(T, self._value)


class Task:
    """Drives one coroutine; `interrupt` throws into it at the point where it waits."""

    def __init__(
        self, clock: Scheduler, work: Coroutine[Event[Any], None, None], crashed: Callable[[BaseException], None]
    ) -> None:
        self._clock = clock
        self._work = work
        self._crashed = crashed
        self._waiting: Event[Any] | None = None
        self._thrown: BaseException | None = None
        self._turn = 0
        self.done = False
        self._wake()

    def __del__(self) -> None:
        self._work.close()

    def interrupt(self, error: BaseException) -> None:
        """The last interruption before the task runs again is the one it sees."""
        if self.done:
            return
        if self._turn == 0:
            self._work.close()
            self.done = True
            return
        if self._waiting:
            self._waiting.listen(None)
        self._thrown = error
        self._wake()

    def _wake(self) -> None:
        turn = self._turn
        self._clock.soon(lambda: self._step(turn))

    def _step(self, turn: int) -> None:
        if self.done or turn != self._turn:
            return  # an interruption and an event at one instant wake it once
        self._turn += 1
        try:
            self._waiting = self._resume()
        except StopIteration:
            self.done = True
            return
        except BaseException as error:  # noqa: BLE001 - the edge: whoever runs the clock gets it
            self.done = True
            self._crashed(error)
            return
        self._waiting.listen(self._wake)

    def _resume(self) -> Event[Any]:
        thrown, self._thrown, self._waiting = self._thrown, None, None
        return self._work.throw(thrown) if thrown else self._work.send(None)


async def sleep(clock: Scheduler, seconds: float) -> None:
    """Wait on the clock; interruptible."""
    over: Event[None] = Event()
    timer = clock.after(max(0.0, seconds), lambda: over.set(None))
    try:
        await over
    finally:
        timer.cancel()


class Mailbox(Generic[T]):
    """What somebody did, in order, for one reader."""

    def __init__(self, clock: Scheduler) -> None:
        self._clock = clock
        self._items: deque[T] = deque()
        self._reader: Event[None] | None = None

    def put(self, item: T) -> None:
        self._items.append(item)
        if self._reader:
            self._reader.set(None)

    def clear(self) -> None:
        self._items.clear()

    async def get(self, timeout: float | None) -> T | None:
        """The next item, or None after `timeout` seconds (None waits for ever)."""
        if not self._items:
            await self._wait(timeout)
        return self._items.popleft() if self._items else None

    async def _wait(self, timeout: float | None) -> None:
        self._reader = ready = Event[None]()
        timer = self._clock.after(timeout, lambda: ready.set(None)) if timeout is not None else None
        try:
            await ready
        finally:
            self._reader = None
            if timer:
                timer.cancel()
