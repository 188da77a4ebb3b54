"""A child does not outlive its parent, however the parent ended (kill -9 too)."""

import ctypes
import functools
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self

PR_SET_PDEATHSIG = 1  # linux/prctl.h
KERNEL_TELLS = sys.platform == "linux"
RELEASED = b"."
LIBC = ctypes.CDLL(None, use_errno=True)  # before any fork


def tie(parent: int, last_signal: signal.Signals) -> Callable[[], None] | None:
    """What a child runs between fork and exec, to be sent `last_signal` when `parent` ends; None where it cannot."""
    return functools.partial(die_with_parent, parent, last_signal) if KERNEL_TELLS else None


def die_with_parent(parent: int, last_signal: signal.Signals) -> None:
    """Ask the kernel for `last_signal` at the parent's end.

    Survives exec, but not a change of account: then it is asked again. The kernel watches the *thread* that forked,
    so children are started from a main thread.
    """
    if not KERNEL_TELLS:
        return
    if LIBC.prctl(PR_SET_PDEATHSIG, int(last_signal), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), last_signal)


class Watchdog:
    """Where the kernel cannot tell (macOS): a small process at the other end of a pipe that closes when we end."""

    def __init__(self, pid: int, last_signal: signal.Signals) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", os.path.abspath(__file__), str(pid), str(int(last_signal))],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def release(self) -> None:
        """The child has ended by itself: its number may soon be somebody else's."""
        self._process.communicate(RELEASED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.release()


def _watch(pid: int, last_signal: int) -> None:
    if sys.stdin.buffer.read(1) != RELEASED:
        os.kill(pid, last_signal)


if __name__ == "__main__":
    _watch(int(sys.argv[1]), int(sys.argv[2]))
