"""Machines of one line, each with its address and its own web, worker, tick and mail, behind a balancer.

They share the register, the doorbell and a folder, and nothing else. One that is switched off stays off.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tests.faults.day.house import House, Kill, Launch
from tests.machines.fronts import READY, THERE, Front, Ours, said
from tests.ports import free_port

NUMBERS = (1, 2, 3)
KINDS = ("web", "worker", "tick", "mail")
LEAVES_WITHIN = 90.0  # seconds


@dataclass
class Machines(House):
    """`trees`: of those which run another release than `root`; `apart`: each keeps its recordings for itself.

    `behind`: what stands before them.
    """

    trees: dict[int, Path] = field(default_factory=dict)
    apart: bool = False
    off: set[int] = field(default_factory=set)
    behind: type[Front] = Ours
    port: int = field(default_factory=free_port)

    @property
    def names(self) -> Sequence[str]:
        return tuple(f"{kind}-{number}" for number in NUMBERS for kind in KINDS)

    def launch(self, name: str) -> Launch:
        kind, _, digit = name.partition("-")
        number, usual = int(digit), super().launch(name)
        root = self.trees.get(number, self.root)
        bound = ("--bind", self._listens(number)) if kind == "web" else ()
        argv = tuple(each for each in usual.argv if each != "--reuse-port")
        return Launch(root, (*argv, *bound), {**usual.env, **self._own(number, usual.env), "PYTHONPATH": str(root)})

    def start(self) -> None:
        super().start()
        self.front.start()

    @cached_property
    def front(self) -> Front:
        """What stands before them; it begins beside the release that they begin with."""
        listening = [self._listens(number) for number in NUMBERS]
        return self.behind(int(self.env["PORT"]), listening, self.log, asks=THERE if self.trees else READY)

    def lead_to(self, *numbers: int) -> None:
        """From here on nothing is handed to other machines than these."""
        self.front.lead_to([self._listens(number) for number in numbers])

    def _listens(self, number: int) -> str:
        return f"{address(number)}:{self.port}"

    def renew(self, number: int, tree: Path) -> None:
        """Its processes finish what they are at, and start again with another release."""
        ours = self._of(number)
        for process in ours:
            process.terminate()
        for process in ours:
            process.wait(LEAVES_WITHIN)
        self.trees[number] = tree
        for kind in KINDS:
            self._start(f"{kind}-{number}")

    def ready(self, number: int) -> bool:
        """Whether its web says so, and who leads to it has heard it: nobody is led to whom it thinks down."""
        its = self._listens(number)
        return said(its, READY) is not None and its in self.front.up()

    def switch_off(self, number: int) -> None:
        """Every process of it at once, without a word."""
        ours = self._of(number)
        everybody = [pid for process in ours for pid in (process.pid, *_descendants(process.pid))]
        self.off.add(number)
        self.kills.append(Kill(time.time(), f"machine-{number}"))
        for pid in everybody:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in ours:
            process.wait()

    def stop(self) -> list[int]:
        codes = super().stop()
        self.front.stop()
        return codes

    def _of(self, number: int) -> "list[subprocess.Popen[bytes]]":
        """Its processes, which nobody starts again."""
        return [self._running.pop(f"{kind}-{number}") for kind in KINDS]

    def _own(self, number: int, env: Mapping[str, str]) -> dict[str, str]:
        """What this machine is told otherwise: the door for letters is open on the first alone."""
        own = {"TRUSTED_PROXIES": "1", "SMTP_DOOR": env["SMTP_DOOR"] if number == NUMBERS[0] else ""}
        return own | ({"RAPPEL24_HOME": f"{env['RAPPEL24_HOME']}/own-{number}"} if self.apart else {})


def address(number: int) -> str:
    """Of a machine, on this one."""
    return f"127.0.1.{number}"


def _descendants(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            yield child
            yield from _descendants(child)
