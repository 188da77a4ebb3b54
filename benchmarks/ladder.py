"""`python -m benchmarks.ladder`: ten thousand rungs due at once, with a thousand requests open and with a million.

Who climbs the ladder is the tick: it asks what is due and climbs, fifty at a time, each rung in a transaction of its
own. That alone is measured first, in a process of its own (`climber.passes`) and on a durable PostgreSQL, in turns with
few and with many requests open. Then several climb at once among many, as several ticks do: the first rung, and one of
those rungs that count what a person gets, one hand a person. Then one whole tick as it runs, with its rests.

RQ's workers climb what a door has just rung for: that comes last, real workers on their queue, each request rung for
twice. How fast they send what waits in the outbox is no question of the ladder, and is not measured here.

After each pass the register is asked whether all that was due was climbed, and nothing twice; if not, the bench fails.
"""

import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rq import Worker
from sqlalchemy import Engine

from benchmarks import cpu, rungs, stage, where
from benchmarks.climbed import Figures, Pass, Plan, Rings, document, table
from benchmarks.climber import WORKER
from benchmarks.crew import Climber, crew
from benchmarks.rungs import FIRST, SECOND
from config.queue import Doorbell, connect, queue
from config.servers import Urls

AT_ONCE = (1, 2, 4, 8)
FULL = Plan(11_000, rungs.MOST, 10_000, 3, AT_ONCE, second=2_000, as_it_runs=1_000, workers=AT_ONCE, rung_for=100)
QUICK = Plan(1_300, 50_000, 300, 2, AT_ONCE, second=100, as_it_runs=100, workers=AT_ONCE, rung_for=10, warm=20)
RESULTS = Path(__file__).parent / "results" / "ladder.json"
PATIENCE = 60.0  # seconds, for workers to be there, and to hear all rings: by then a ring is stale
REST = 0.02
BREATH = 1.0  # who has just heard the last ring has begun by then
PACKAGES = ("sqlalchemy", "psycopg", "redis", "rq")
Tell = Callable[[str], None]


@click.command()
@click.option("--quick", is_flag=True, help="A small part of it, for a look.")
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), help="The JSON file to write.")
def main(quick: bool, into: Path | None) -> None:
    """Rungs a second with 10,000 due at once, with 1,000 and with 1,000,000 open besides, and by one to eight at once.

    A whole run is kept in results/ladder.json unless another file is named; a small part of one is not kept.
    """
    with stage.servers() as (urls, folder):
        found, around = figures(urls, folder, QUICK if quick else FULL, _tell)
    if into or not quick:
        written = json.dumps({**around, **document(found)}, indent=1, ensure_ascii=False)
        (into or RESULTS).write_text(written + "\n", encoding="utf-8")
    print(table(found))
    sys.exit(0 if found.right else 1)


def _tell(said: str) -> None:
    """Progress is no result."""
    print(said, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Place:
    """A register, the settings of a house on it, and who climbs there. `postgres`: the process at its head."""

    engine: Engine
    env: Mapping[str, str]
    climbers: Sequence[Climber]
    postgres: int | None


def figures(urls: Urls, folder: Path, plan: Plan, tell: Tell = lambda said: None) -> tuple[Figures, dict[str, Any]]:
    """All of it, on these servers, in databases of their own; and the circumstances. Raises `crew.Silent`."""
    with ExitStack() as held:
        tell(f"{plan.few} requests open, and {plan.many}")
        few = held.enter_context(staffed(urls, folder, "ladder_few", plan.few, 1))
        many = held.enter_context(staffed(urls, folder, "ladder_many", plan.many, max(plan.climbers)))
        for each in (few, many):
            climb(each, each.climbers, FIRST, plan.warm, 0)  # connections are made, statements prepared
        pairs = [_in_turns(few, many, plan, turn, tell) for turn in range(1, plan.rounds + 1)]
        at_once = {
            rung: [_several(many, climbers, rung, due, tell) for climbers in plan.climbers]
            for rung, due in ((FIRST, plan.due), (SECOND, plan.second))
        }
        as_it_runs = _as_it_runs(many, folder, plan, tell)
        rings = [_rung_for(many, urls, folder, workers, plan.rung_for, tell) for workers in plan.workers]
        around = where.circumstances(many.engine, PACKAGES)
    rounds_few, rounds_many = [one for one, _ in pairs], [other for _, other in pairs]
    return Figures(plan, rounds_few, rounds_many, at_once, as_it_runs, rings), around


@contextmanager
def staffed(urls: Urls, folder: Path, name: str, requests: int, climbers: int) -> Iterator[Place]:
    """A register of that name with so many requests open, and so many climbers who wait to be told."""
    with rungs.register(urls, name, requests) as engine:
        env = settings(urls, folder, engine)
        with crew("passes", climbers, env, folder) as started:
            yield Place(engine, env, started, stage.postmaster(engine))


def settings(urls: Urls, folder: Path, engine: Engine) -> dict[str, str]:
    """Those of a house on this register, that nobody can telephone."""
    database = engine.url.render_as_string(hide_password=False)
    return stage.environment(Urls(database, urls.redis), folder, secrets.token_hex(16))


def climb(place: Place, climbers: Sequence[Climber], rung: str, due: int, seed: int) -> Pass:
    """So many rungs fall due, and are climbed."""
    rungs.fall_due(place.engine, rung, due, seed)
    before = _spent(place)
    began = time.perf_counter()
    for each in climbers:
        each.begin()
    reports = [each.report() for each in climbers]
    seconds = time.perf_counter() - began
    after = _spent(place)
    return Pass(
        due=due,
        climbers=len(climbers),
        seconds=seconds,
        ours=sum(each.processor for each in reports),
        postgres=None if before is None or after is None else after - before,
        taken_up=sum(each.taken_up for each in reports),
        failed=sum(each.failed for each in reports),
        told=rungs.counted(place.engine, rung),
    )


def _spent(place: Place) -> float | None:
    return None if place.postgres is None else cpu.spent(place.postgres)


def _in_turns(few: Place, many: Place, plan: Plan, turn: int, tell: Tell) -> tuple[Pass, Pass]:
    """One with few open and one with many; now the one first, now the other."""
    tell(f"{plan.due} due, round {turn} of {plan.rounds}")
    if turn % 2:
        one = climb(few, few.climbers, FIRST, plan.due, turn)
        return one, climb(many, many.climbers[:1], FIRST, plan.due, turn)
    other = climb(many, many.climbers[:1], FIRST, plan.due, turn)
    return climb(few, few.climbers, FIRST, plan.due, turn), other


def _several(many: Place, climbers: int, rung: str, due: int, tell: Tell) -> Pass:
    tell(f"{due} due, rung {rung}, {climbers} at once")
    return climb(many, many.climbers[:climbers], rung, due, 100 + climbers)


def _as_it_runs(many: Place, folder: Path, plan: Plan, tell: Tell) -> Pass:
    tell(f"{plan.as_it_runs} due, a tick as it runs")
    with crew("tick", 1, many.env, folder) as ticks:
        return climb(many, ticks, FIRST, plan.as_it_runs, 200)


def _rung_for(many: Place, urls: Urls, folder: Path, workers: int, requests: int, tell: Tell) -> Rings:
    tell(f"{requests} due and rung for twice, {workers} workers")
    rungs.fall_due(many.engine, FIRST, requests, 300 + workers)
    ids, bell = rungs.due(many.engine), Doorbell(urls.redis)
    with connect(urls.redis) as connection:
        jobs: Any = queue(connection)  # RQ has no types for `empty`
        jobs.empty()  # what was rung for before, and nobody heard
        with crew(WORKER, workers, many.env, folder):
            _until(lambda: Worker.count(connection=connection) >= workers)
            began = time.perf_counter()
            if not all(bell.rings("climb", each) for each in ids for _ in range(2)):
                raise RuntimeError("Redis did not take a ring")
            _until(lambda: jobs.count == 0)
            seconds = time.perf_counter() - began
            time.sleep(BREATH)
    # Told to stop, each of them has ended what it had in hand.
    return Rings(workers, requests, seconds, rungs.counted(many.engine, FIRST))


def _until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not so():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(REST)


if __name__ == "__main__":
    main()
