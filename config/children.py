"""One supervised process: how it is started, heard and buried."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from config import orphans

SETTLED = 1.0  # seconds; without a question to ask it, a process that lived this long is ready
LONGEST_LINE = 64 * 1024
REMEMBERED = 20  # lives
NOTHING = re.compile(rb"(?!)")


@dataclass(frozen=True)
class Process:
    """What to run. `env` is added to ours; `ready` answers quickly and never raises."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    once: bool = False  # run to its end, which must be 0, before what follows it in the list
    awaited: bool = True  # what follows it in the list starts when it is ready; else at once, and both stop together
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0  # seconds between the stop signal and SIGKILL
    mute: re.Pattern[bytes] = NOTHING  # lines that tell nobody anything


@dataclass(frozen=True)
class Life:
    """One run of a process, in seconds of a monotonic clock; `ready` is None when it never was."""

    started: float
    ready: float | None
    died: float


class Child:
    """A process, its present life and those before."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.history: tuple[Life, ...] = ()
        self.start_at: float | None = 0.0  # None: not to be started again
        self._popen: subprocess.Popen[bytes] | None = None
        self._watchdog: orphans.Watchdog | None = None
        self._started = 0.0
        self._ready: float | None = None
        self._output: int | None = None
        self._unfinished = b""

    @property
    def alive(self) -> bool:
        return self._popen is not None

    @property
    def output(self) -> int | None:
        """The descriptor to wait on; None when it has said all."""
        return self._output

    @property
    def settled(self) -> bool:
        """True once what follows it in the list may start."""
        if self.process.once:
            return self.start_at is None and not self.alive
        return self._ready is not None or any(life.ready is not None for life in self.history)

    def start(self) -> None:
        """Raises OSError when the system refuses (no memory, no such program); that counts as a life."""
        self._started, self._ready, self.start_at = time.monotonic(), None, None
        self._output, theirs = os.pipe()
        os.set_blocking(self._output, False)
        try:
            self._popen = subprocess.Popen(
                self.process.argv,
                env={**os.environ, **self.process.env},
                stdin=subprocess.DEVNULL,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,  # Ctrl-C in a terminal reaches us alone: the order is ours
                preexec_fn=orphans.tie(os.getpid(), self.process.orphan_signal),
            )
        except OSError:
            self._bury()
            raise
        finally:
            os.close(theirs)
        if not orphans.KERNEL_TELLS:
            self._watchdog = orphans.Watchdog(self._popen.pid, self.process.orphan_signal)

    def look_ready(self) -> None:
        if not self.alive or self._ready is not None or self.process.once:
            return
        now = time.monotonic()
        if self.process.ready() if self.process.ready else now - self._started >= SETTLED:
            self._ready = now

    def said(self) -> list[bytes]:
        """Whole lines since the last look; never waits."""
        if self._output is None:
            return []
        try:
            chunk = os.read(self._output, LONGEST_LINE)
        except BlockingIOError:
            return []
        *lines, self._unfinished = (self._unfinished + chunk).split(b"\n")
        if not chunk:
            self._close_output()
        if self._unfinished and (not chunk or len(self._unfinished) >= LONGEST_LINE):
            lines, self._unfinished = [*lines, self._unfinished], b""
        return lines

    def ended(self) -> int | None:
        """Its exit code (minus the signal) the one time it is found dead, else None."""
        code = self._popen.poll() if self._popen else None
        if code is not None:
            self._bury()
        return code

    def send(self, number: signal.Signals) -> None:
        if self._popen is not None:
            with suppress(ProcessLookupError):
                self._popen.send_signal(number)

    def kill(self) -> None:
        """It and the group it leads, at once."""
        if self._popen is not None:
            _kill_group(self._popen.pid)

    def last_words(self) -> list[bytes]:
        """All that is left of what it said; who outlives it may hold the pipe open for ever, so we close our end."""
        lines = [*self.said(), *([self._unfinished] if self._unfinished else [])]
        self._close_output()
        self._unfinished = b""
        return lines

    def _bury(self) -> None:
        if self._popen is not None:
            _kill_group(self._popen.pid)  # no orphan of his holds the port
        if self._watchdog:
            self._watchdog.release()
        self.history = (*self.history[-REMEMBERED:], Life(self._started, self._ready, time.monotonic()))
        self._popen, self._watchdog, self._ready = None, None, None

    def _close_output(self) -> None:
        if self._output is not None:
            os.close(self._output)
            self._output = None


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
