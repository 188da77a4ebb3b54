"""The line's processes as two machines would run them: two web servers on one port, two workers, two ticks, mail.

One that ends is started again at once, as a supervisor does; what was killed on purpose is counted.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from config import orphans

NAMES = ("web-1", "web-2", "worker-1", "worker-2", "tick-1", "tick-2", "mail-1")
MODULES = {"web": ("gunicorn", "-c", "python:config.gunicorn", "--reuse-port")}
RESTARTED_AFTER = 0.05  # seconds, as the supervisor's
HORSE_WITHIN = 0.5
LEAVING = 20.0


@dataclass(frozen=True)
class Kill:
    """A SIGKILL that was sent: to what, and when (seconds since the epoch)."""

    at: float
    what: str


@dataclass(frozen=True)
class Launch:
    """How a process is started: the tree it runs, its command, what it is told."""

    root: Path
    argv: Sequence[str]
    env: Mapping[str, str]


@dataclass
class House:
    """Processes of the tree at `root`, which say what they say into `log`."""

    root: Path
    env: Mapping[str, str]
    log: Path
    kills: list[Kill] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)  # who ended without being told to
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _told: set[int] = field(default_factory=set)
    _stopping: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """What its processes, and any command, are told."""
        return {**os.environ, **self.env, "PYTHONPATH": str(self.root)}

    @property
    def names(self) -> Sequence[str]:
        """Of its processes: a kind and a number."""
        return NAMES

    def launch(self, name: str) -> Launch:
        """How that one is started."""
        kind = name.partition("-")[0]
        argv = (sys.executable, "-P", "-m", *MODULES.get(kind, (f"config.{kind}",)))
        return Launch(self.root, argv, self.environment)

    def start(self) -> None:
        """All of them. Called from the main thread: the kernel ends them with it."""
        for name in self.names:
            self._start(name)

    def restart_the_dead(self) -> None:
        """What a supervisor does ten times a second."""
        for name, process in list(self._running.items()):
            if process.poll() is None:
                continue
            _to_group(process.pid)  # no orphan of his holds the port
            if process.pid not in self._told:
                self.ended.append(f"{name} ended with {process.returncode}")
            time.sleep(RESTARTED_AFTER)
            self._start(name)

    def kill(self, target: str) -> None:
        """SIGKILL: `web-1`, `worker-2` …; `horse-1` is what worker-1 forked for a job, `hand-2` a process of web-2."""
        kind, _, number = target.partition("-")
        if kind == "horse":
            if not self._kill_child(f"worker-{number}", target):
                self._kill(self._running[f"worker-{number}"].pid, f"worker-{number}")
        elif kind == "hand":
            # A server that is just starting has none: then one of the other's, so that it is not killed over and over.
            if not self._kill_child(f"web-{number}", target):
                self._kill_child(f"web-{3 - int(number)}", target)
        else:
            self._kill(self._running[target].pid, target)

    def stop(self) -> list[int]:
        """Ask all to end, then make them; their exit codes."""
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.terminate()
        end = time.monotonic() + LEAVING
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, end - time.monotonic()))
        for process in self._running.values():
            _to_group(process.pid)
        return [process.wait() for process in self._running.values()]

    def _start(self, name: str) -> None:
        launch = self.launch(name)
        with self.log.open("ab") as said:
            self._running[name] = subprocess.Popen(
                launch.argv,
                cwd=launch.root,
                env=launch.env,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                preexec_fn=orphans.tie(os.getpid(), signal.SIGKILL),
            )

    def _kill_child(self, parent: str, target: str) -> bool:
        """One of its children; False: it has none in time."""
        end = time.monotonic() + HORSE_WITHIN
        while not (children := list(_children(self._running[parent].pid))) and time.monotonic() < end:
            time.sleep(0.005)
        if children:
            self._kill(children[len(self.kills) % len(children)], target)
        return bool(children)

    def _kill(self, pid: int, what: str) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self._told.add(pid)
            self.kills.append(Kill(time.time(), what))


def _children(pid: int) -> Iterator[int]:
    with suppress(OSError):
        yield from map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def _to_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
