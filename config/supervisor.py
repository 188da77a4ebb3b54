"""Runs the house's processes: starts them in order, brings back who dies, stops them in reverse."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType

from config.children import Child, Life, Process

__all__ = ["Life", "Process", "next_restart", "run"]

BREATH = 0.1  # seconds between two looks at the children
AT_ONCE = 0.05
STILLBORN = 3
FIRST_WAIT = 0.5
LONGEST_WAIT = 5.0
STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def next_restart(history: Sequence[Life], now: float) -> float:
    """When to start again what died at `now`: at once, unless it died three times before it was ready (5 s at most)."""
    stillborn = 0
    for life in reversed(history):
        if life.ready is not None:
            break
        stillborn += 1
    if stillborn < STILLBORN:
        return now + AT_ONCE
    return now + min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (stillborn - STILLBORN))


def run(processes: Sequence[Process], *, leash: int | None = None, may_stop: Callable[[], bool] = lambda: True) -> int:
    """Run them until SIGTERM, SIGINT, SIGHUP or the end of `leash` (a descriptor); from the main thread only.

    A first request to stop waits for `may_stop`, a second one does not. Returns 0, or the code of a `once` that failed.
    """
    return _Supervisor(processes, leash, may_stop).run()


class _Supervisor:
    def __init__(self, processes: Sequence[Process], leash: int | None, may_stop: Callable[[], bool]) -> None:
        self.children = [Child(process) for process in processes]
        self.width = max(len(process.name) for process in processes)
        self.leash, self.may_stop = leash, may_stop
        self.asked = 0  # how often we were asked to stop
        self.stopping = False
        self.code = 0

    def run(self) -> int:
        before = {number: signal.signal(number, self._ask_to_stop) for number in STOPS}
        try:
            while not self._over():
                self._start_who_is_due()
                self._look()
            self._stop_all()
        finally:
            for child in self.children:
                child.kill()
            for number, handler in before.items():
                signal.signal(number, handler)
        return self.code

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1

    def _over(self) -> bool:
        return self.code != 0 or self.asked > 1 or (self.asked == 1 and self.may_stop())

    def _start_who_is_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if not child.alive and child.start_at is not None and child.start_at <= now:
                self._start(child)
            if child.process.awaited and not child.settled:
                return

    def _start(self, child: Child) -> None:
        try:
            child.start()
        except OSError as error:
            self._after_the_end(child, str(error), 1)

    def _look(self) -> None:
        """A tenth of a second of their lives: pass on what they say, see who ended and who is ready."""
        self._listen(BREATH)
        for child in self.children:
            code = child.ended()
            if code is not None:
                self._after_the_end(child, f"code {code}" if code >= 0 else f"signal {-code}", code)
            child.look_ready()

    def _listen(self, seconds: float) -> None:
        sources = {child.output: child for child in self.children if child.output is not None}
        leash = [] if self.leash is None else [self.leash]
        for found in select.select([*sources, *leash], [], [], seconds)[0]:
            if found in sources:
                self._pass_on(sources[found], sources[found].said())
            elif not os.read(found, 1024):
                self.leash, self.asked = None, max(self.asked, 1)

    def _pass_on(self, child: Child, lines: list[bytes]) -> None:
        for line in lines:
            if not child.process.mute.search(line):
                _write(child.process.name.ljust(self.width), line)

    def _after_the_end(self, child: Child, how: str, code: int) -> None:
        self._pass_on(child, child.last_words())
        if self.stopping:
            return
        if child.process.once:
            self.code = abs(code)
        else:
            child.start_at = next_restart(child.history, time.monotonic())
        if code or not child.process.once:
            self._pass_on(child, [f"ended ({how})".encode()])

    def _stop_all(self) -> None:
        """In reverse; who started together stops together."""
        self.stopping = True
        for group in reversed(_together(self.children)):
            for child in group:
                child.send(child.process.stop_signal)
            for child in group:
                self._wait_for(child)

    def _wait_for(self, child: Child) -> None:
        """Until it ended, its grace is used up, or somebody asked twice."""
        end, asked = time.monotonic() + child.process.grace, self.asked
        while child.alive:
            if time.monotonic() > end or self.asked > asked:
                child.kill()
            self._look()


def _together(children: Sequence[Child]) -> list[list[Child]]:
    """Groups in their order: one ends with whom the next must await."""
    groups: list[list[Child]] = [[]]
    for child in children:
        groups[-1].append(child)
        if child.process.awaited:
            groups.append([])
    return groups


def _write(name: str, line: bytes) -> None:
    with suppress(OSError):  # nobody reads us any more: no reason to stop
        sys.stderr.buffer.write(name.encode() + b" | " + line + b"\n")
        sys.stderr.buffer.flush()
