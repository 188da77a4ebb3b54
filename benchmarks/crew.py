"""Climbers (`benchmarks.climber`) as processes: started together, told to begin, asked what they did."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from benchmarks.climber import READY, Report
from config import orphans


class Silent(Exception):
    """One of them has gone without a word; the text is the last that it wrote in its log."""


@dataclass(frozen=True)
class Climber:
    """One process, and its log."""

    process: subprocess.Popen[str]
    log: Path

    def begin(self) -> None:
        """Tell it to climb."""
        assert self.process.stdin
        self.process.stdin.write("climb\n")
        self.process.stdin.flush()

    def report(self) -> Report:
        """What it did, once nothing is due any more; raises Silent."""
        return Report(**json.loads(self.hear()))

    def hear(self) -> str:
        """The next line that it says; raises Silent."""
        assert self.process.stdout
        said = self.process.stdout.readline().strip()
        if not said:
            raise Silent(self.log.read_text(errors="replace")[-2000:])
        return said


@contextmanager
def crew(how: str, many: int, env: Mapping[str, str], folder: Path) -> Iterator[Sequence[Climber]]:
    """So many of them (`how`: see `benchmarks.climber`), all of them ready; raises Silent."""
    with ExitStack() as held:
        climbers = [held.enter_context(_started(how, env, folder)) for _ in range(many)]
        for each in climbers:
            if each.hear() != READY:
                raise Silent(f"{how}: something else than {READY}")
        yield climbers


@contextmanager
def _started(how: str, env: Mapping[str, str], folder: Path) -> Iterator[Climber]:
    log = folder / f"{how}-{uuid4().hex}.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            (sys.executable, "-m", "benchmarks.climber", how),
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            start_new_session=True,
            preexec_fn=orphans.tie(os.getpid(), signal.SIGTERM),
        ) as process,
    ):
        try:
            yield Climber(process, log)
        finally:
            process.terminate()
