"""From `rappel24 serve` to ready, from SIGTERM to stopped with a webhook in hand, and what the processes weigh.

A part of `make bench`; `python -m benchmarks.start --hours 1` is this part alone, under load for an hour.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import click
import structlog
from sqlalchemy import text

from benchmarks import cpu, load, memory, stage, where
from benchmarks.carrier import FIELDS, Web, signed
from benchmarks.stage import Stage
from benchmarks.steps import STEPS, requests
from config import orphans, serving

BARE = "benchmarks.bare:create_app()"
PATIENCE = 180.0  # seconds, for a house to be ready or gone
REST = 0.02
HELD = 1.0  # seconds that a webhook is held up while the house is told to stop
LOADS = 40  # how often the house is weighed in the course of a load
AT_ONCE = 8
HOUR = 3600.0
RESULTS = Path(__file__).parent / "results" / "start.json"
PACKAGES = ("flask", "gunicorn", "sqlalchemy", "psycopg", "redis", "rq")


class NotReady(Exception):
    """The house did not come up; the text is its last words."""


@dataclass(frozen=True)
class Plan:
    """How often it is started, and with how many requests it is weighed; `hours`: for so long instead."""

    rounds: int
    requests: int
    hours: float = 0.0


FULL = Plan(rounds=3, requests=20_000)
QUICK = Plan(rounds=1, requests=2_000)


@dataclass(frozen=True)
class Stopped:
    """How it stopped: seconds since SIGTERM less those that the webhook was held up, and what the webhook got."""

    seconds: float
    answered: bool
    code: int


@dataclass(frozen=True)
class Round:
    """One start and one stop, of the house and of the bare server. Seconds; processor time is of all processes."""

    ready: float
    ready_cpu: float
    bare: float
    bare_cpu: float
    stopped: Stopped
    bare_stopped: float


@dataclass(frozen=True)
class Figures:
    """All rounds, and what the house weighed: megabytes by kind of process, and all along a load."""

    rounds: tuple[Round, ...]
    at_start: Mapping[str, float]
    after: Mapping[str, float]
    load: memory.Load

    def middle(self, what: Callable[[Round], float]) -> float:
        """The median of the rounds."""
        return median(what(each) for each in self.rounds)


def figures(of: Stage, env: Mapping[str, str], folder: Path, plan: Plan, tell: Callable[[str], None]) -> Figures:
    """Start it, weigh it, stop it, round after round; `env`: settings with a port of its own, on `of`'s servers."""
    rounds, weighed = [], None
    for turn in range(plan.rounds):
        tell(f"start {turn + 1} of {plan.rounds}")
        bare, bare_cpu, bare_stopped = _bare(env, folder)
        with house(env, folder) as (web, ready):
            spent = cpu.spent(web.pid) or 0.0
            here = replace(of, app=web)
            if weighed is None:
                tell(f"a load of {plan.hours} h" if plan.hours else f"a load of {plan.requests} requests")
                weighed = memory.by_kind(web.pid), *_weigh(here, plan)
            stopped = _stop(here)
        rounds.append(Round(ready, spent, bare, bare_cpu, stopped, bare_stopped))
    assert weighed is not None
    at_start, along, after = weighed
    return Figures(tuple(rounds), at_start, after, along)


@contextmanager
def house(env: Mapping[str, str], folder: Path) -> Iterator[tuple[Web, float]]:
    """`rappel24 serve` with these settings, and after how many seconds it was ready; raises NotReady."""
    words, port = folder / "serve.log", int(env["PORT"])
    with words.open("wb") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            (sys.executable, "-m", "config.cli", "serve"),
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=orphans.tie(os.getpid(), signal.SIGTERM),
        )
    try:
        _until(partial(serving.answers, port, "/readyz"), process, words)
        yield Web(port, process.pid), time.monotonic() - began
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _until(ready: Callable[[], bool], process: subprocess.Popen[bytes], words: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            raise NotReady(words.read_text(errors="replace")[-2000:])
        time.sleep(REST)


def _bare(env: Mapping[str, str], folder: Path) -> tuple[float, float, float]:
    """Seconds and processor seconds until the bare server answers, and the seconds until it has stopped."""
    began = time.monotonic()
    with stage.web(BARE, env, folder) as web:
        while not serving.answers(web.port, "/readyz"):
            time.sleep(REST)
        ready, spent = time.monotonic() - began, cpu.spent(web.pid) or 0.0
        told = time.monotonic()
    return ready, spent, time.monotonic() - told


def _stop(here: Stage) -> Stopped:
    """SIGTERM while an SMS is being put on file: it waits for a lock that we hold for a second."""
    heard: list[load.Load] = []
    form = FIELDS | {"MessageSid": f"SM{os.getpid():032}", "Body": "Bonjour"}
    sms = threading.Thread(
        target=lambda: heard.append(load.run(here.app.port, [signed(here.app, here.token, "/webhooks/sms", form)], 1))
    )
    with here.engine.begin() as connection:
        connection.execute(text("lock table written in exclusive mode"))
        sms.start()
        while not connection.execute(_WAITING).scalar_one():
            time.sleep(REST)
        os.kill(here.app.pid, signal.SIGTERM)
        told = time.monotonic()
        time.sleep(HELD)
    code = os.waitstatus_to_exitcode(os.waitpid(here.app.pid, 0)[1])
    seconds = time.monotonic() - told - HELD
    sms.join()
    return Stopped(seconds, [each.refused for each in heard] == [0], code)


_WAITING = text("select count(*) from pg_locks where not granted and relation = 'written'::regclass")


def _weigh(here: Stage, plan: Plan) -> tuple[memory.Load, dict[str, float]]:
    """Load it with every step in turns and weigh it all along."""
    done, counts, weights = 0, list[int](), list[float]()
    end = time.monotonic() + plan.hours * HOUR
    steps = [step for step in STEPS if not step.floor]
    each = max(1, plan.requests // LOADS // len(steps))
    while len(counts) < LOADS or time.monotonic() < end:
        for step in steps:
            load.run(here.app.port, requests(here, step, each), AT_ONCE, step.expected)
            done += each
        counts.append(done)
        weights.append(sum(memory.by_kind(here.app.pid).values()))
    return memory.Load(counts, weights), memory.by_kind(here.app.pid)


def table(found: Figures) -> str:
    """The figures and the aims, for a reader."""
    ready, bare = found.middle(lambda each: each.ready), found.middle(lambda each: each.bare)
    spent, bare_cpu = found.middle(lambda each: each.ready_cpu), found.middle(lambda each: each.bare_cpu)
    stopped = found.middle(lambda each: each.stopped.seconds)
    bare_stopped = found.middle(lambda each: each.bare_stopped)
    kinds = [f"{kind} {found.at_start.get(kind, 0):.0f} → {now:.0f}" for kind, now in sorted(found.after.items())]
    return "\n".join(
        (
            f"serve to ready      {ready:>6.1f} s   × {ready / bare:.1f} of bare Flask's {bare:.1f} s",
            f"  processor time    {spent:>6.1f} s   × {spent / bare_cpu:.1f} of bare Flask's {bare_cpu:.1f} s"
            if bare_cpu
            else "  processor time         —",
            f"SIGTERM to stopped  {stopped:>6.1f} s   bare Flask {bare_stopped:.1f} s; a webhook in hand is answered",
            f"memory, MB          {sum(found.at_start.values()):>6.0f} → {sum(found.after.values()):.0f}"
            f" after {found.load.requests[-1]} requests ({found.load.growth:+.1%}): {', '.join(kinds)}",
            *(f"{says}: {'met' if met(found) else 'missed'}" for says, met in AIMS),
        )
    )


AIMS: tuple[tuple[str, Callable[[Figures], bool]], ...] = (
    (
        "stopped without cutting a call",
        lambda found: all(each.stopped.answered and each.stopped.code == 0 for each in found.rounds),
    ),
    ("memory flat under load: 2 % at most between the second quarter and the last", lambda found: found.load.flat),
)


def document(found: Figures) -> dict[str, Any]:
    """As it stands in the JSON."""
    return {
        "rounds": [asdict(each) for each in found.rounds],
        "ready_of_bare": found.middle(lambda each: each.ready / each.bare),
        "memory": {"at_start": dict(found.at_start), "after": dict(found.after), "growth": found.load.growth},
        "load": {"requests": list(found.load.requests), "megabytes": [round(each, 1) for each in found.load.megabytes]},
        "aims": [{"aim": says, "met": met(found)} for says, met in AIMS],
    }


@click.command()
@click.option("--hours", type=float, default=0.0, help="Weigh the processes under load for so long.")
@click.option("--quick", is_flag=True, help="A few minutes, for a look.")
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), help="The JSON file to write.")
def main(hours: float, quick: bool, into: Path | None) -> None:
    """From `rappel24 serve` to ready, to stopped, and what the processes weigh under load.

    A whole run is kept in results/start.json unless another file is named; a quick one is not kept.
    """
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=sys.stderr))  # standard output is the table's
    with stage.servers() as (urls, folder), stage.on(urls, folder) as ready:
        plan = replace(QUICK if quick else FULL, hours=hours)
        found = figures(ready, stage.environment(urls, folder, ready.token), folder, plan, _tell)
        around = where.circumstances(ready.engine, PACKAGES)
    if into or not quick:
        written = json.dumps({**around, "hours": hours, **document(found)}, indent=1, ensure_ascii=False)
        (into or RESULTS).write_text(written + "\n", encoding="utf-8")
    print(table(found))
    sys.exit(0 if all(met(found) for _, met in AIMS) else 1)


def _tell(said: str) -> None:
    """Progress is no result."""
    print(said, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
