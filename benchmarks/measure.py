"""Passes, one after another and in turns, so that a noisy minute of the machine falls on all alike."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median

from benchmarks import cpu, load, memory
from benchmarks.stage import Stage
from benchmarks.steps import FLOORS, SAME, STEPS, Step, requests

WARM_UP, AT_ONCE = 100, 10  # requests a step: connections are made, statements prepared
MICRO = 1_000_000


@dataclass(frozen=True)
class Plan:
    """How long to measure: requests of a pass by how many at once, and how often it all goes round."""

    rounds: int
    requests: Mapping[int, int]


FULL = Plan(5, {1: 100, 10: 400, 50: 600, 200: 800})
QUICK = Plan(1, {1: 20, 10: 100, 50: 150, 200: 250})


@dataclass(frozen=True)
class Pass:
    """One step, so many at once, once. Times in milliseconds, processor time in microseconds a request; `megabytes`:
    what the web server weighs afterwards."""

    requests: int
    per_second: float
    p50: float
    p99: float
    app_cpu: float | None
    postgres_cpu: float | None
    refused: int
    megabytes: float | None = None


@dataclass(frozen=True)
class Ratios:
    """A step against a floor of the same round, the median of the rounds."""

    per_second: float
    p99: float
    app_cpu: float | None


@dataclass(frozen=True)
class Row:
    """A step, so many at once: the median pass, all that was refused, and how it stands against its floors: that which
    reads or writes one thing, and that which does the same SQL. None for the floors themselves."""

    step: Step
    at_once: int
    median: Pass
    ratios: Ratios | None
    same: Ratios | None = None


Passes = dict[tuple[str, int], list[Pass]]


def rows(
    stage: Stage, plan: Plan, tell: Callable[[str], None] = lambda said: None, warm_up: int = WARM_UP
) -> list[Row]:
    """Measure every step; `tell` hears how far it is."""
    for step in STEPS:
        _once(stage, step, AT_ONCE, warm_up)
    passes: Passes = {(step.name, at_once): [] for step, at_once in product(STEPS, plan.requests)}
    for turn in range(plan.rounds):
        tell(f"round {turn + 1} of {plan.rounds}")
        for at_once, count in plan.requests.items():
            for step in STEPS:
                passes[step.name, at_once].append(_once(stage, step, at_once, count))
    return list(_rows(passes, plan))


def _rows(passes: Passes, plan: Plan) -> Iterator[Row]:
    for at_once, step in product(plan.requests, STEPS):
        own = passes[step.name, at_once]
        if step.floor:
            yield Row(step, at_once, middle(own), None)
            continue
        bare, same = (ratios(own, passes[floor.name, at_once]) for floor in (FLOORS[step.kind], SAME[step.name]))
        yield Row(step, at_once, middle(own), bare, same)


def _once(stage: Stage, step: Step, at_once: int, count: int) -> Pass:
    web = stage.floors if step.floor else stage.app
    prepared = requests(stage, step, count)
    heads = (web.pid, stage.postgres)
    before = [_spent(head) for head in heads]
    done = load.run(web.port, prepared, at_once, step.expected)
    app, postgres = (_each(_spent(head), was, count) for head, was in zip(heads, before, strict=True))
    return Pass(
        requests=count,
        per_second=count / done.seconds,
        p50=percentile(done.latencies, 50) * 1000,
        p99=percentile(done.latencies, 99) * 1000,
        app_cpu=app,
        postgres_cpu=postgres,
        refused=done.refused,
        megabytes=_weight(web.pid),
    )


def _weight(pid: int) -> float | None:
    return sum(memory.by_kind(pid).values()) or None


def _spent(pid: int | None) -> float | None:
    return None if pid is None else cpu.spent(pid)


def _each(now: float | None, was: float | None, count: int) -> float | None:
    return None if now is None or was is None else (now - was) / count * MICRO


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` per cent of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


def middle(passes: Sequence[Pass]) -> Pass:
    """The median of each figure; requests and refusals add up."""
    return Pass(
        requests=sum(each.requests for each in passes),
        per_second=median(each.per_second for each in passes),
        p50=median(each.p50 for each in passes),
        p99=median(each.p99 for each in passes),
        app_cpu=_known([each.app_cpu for each in passes]),
        postgres_cpu=_known([each.postgres_cpu for each in passes]),
        refused=sum(each.refused for each in passes),
        megabytes=_known([each.megabytes for each in passes]),
    )


def ratios(own: Sequence[Pass], floor: Sequence[Pass]) -> Ratios:
    """Round by round, then the median."""
    pairs = list(zip(own, floor, strict=True))
    return Ratios(
        per_second=median(mine.per_second / bare.per_second for mine, bare in pairs),
        p99=median(mine.p99 / bare.p99 for mine, bare in pairs),
        app_cpu=_known(
            [mine.app_cpu / bare.app_cpu if mine.app_cpu and bare.app_cpu else None for mine, bare in pairs]
        ),
    )


def _known(figures: Sequence[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return median(known) if known else None
