"""What climbing ten thousand rungs came to: the figures of `benchmarks.ladder`, the aims, and both in words. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

AT_MOST = 1.2  # times the cost, with a million open


@dataclass(frozen=True)
class Counted:
    """Rungs of a name that were climbed; climbed twice, or told twice, by one request; due and not climbed or told."""

    climbed: int
    twice: int
    left_out: int


@dataclass(frozen=True)
class Plan:
    """How many requests are open, those that are due among them; and how many fall due at once, for how many hands."""

    few: int
    many: int
    due: int
    rounds: int
    climbers: tuple[int, ...]
    second: int  # of the second rung, for several climbers
    as_it_runs: int  # for a tick with its rests
    workers: tuple[int, ...]
    rung_for: int  # and rung for twice
    warm: int = 100


@dataclass(frozen=True)
class Pass:
    """All that was due, climbed by so many: seconds, and seconds of processor, ours and PostgreSQL's (None: no /proc).

    `taken_up`: how often a climber took up a request, be it climbed already or in another's hands; `failed`: jobs.
    """

    due: int
    climbers: int
    seconds: float
    ours: float
    postgres: float | None
    taken_up: int
    failed: int
    told: Counted

    @property
    def per_second(self) -> float:
        """Rungs."""
        return self.due / self.seconds

    @property
    def processor(self) -> float | None:
        """Seconds of it for a rung, ours and PostgreSQL's."""
        return None if self.postgres is None else (self.ours + self.postgres) / self.due

    @property
    def right(self) -> bool:
        """Whether each rung that was due was climbed once, and no other."""
        return self.told == Counted(self.due, 0, 0)


@dataclass(frozen=True)
class Rings:
    """So many requests, each rung for twice, and RQ's workers: seconds until nothing was left in the queue."""

    workers: int
    requests: int
    seconds: float
    told: Counted

    @property
    def per_second(self) -> float:
        """Rings that were heard."""
        return 2 * self.requests / self.seconds

    @property
    def right(self) -> bool:
        """Whether each rung that was due was climbed once, and no other."""
        return self.told == Counted(self.requests, 0, 0)


@dataclass(frozen=True)
class Figures:
    """Rounds with few and with many open, in turns; several at once, by the rung; a tick as it runs; RQ's workers."""

    plan: Plan
    few: Sequence[Pass]
    many: Sequence[Pass]
    at_once: Mapping[str, Sequence[Pass]]
    as_it_runs: Pass
    rings: Sequence[Rings]

    @property
    def ratio(self) -> float:
        """What a rung costs in seconds, many open to few: the median of the rounds."""
        return median(many.seconds / few.seconds for few, many in zip(self.few, self.many, strict=True))

    @property
    def processor_ratio(self) -> float | None:
        """The same of the processor's time; None where it cannot be read."""
        both = [(few.processor, many.processor) for few, many in zip(self.few, self.many, strict=True)]
        known = [many / few for few, many in both if few and many is not None]
        return median(known) if known else None

    @property
    def right(self) -> bool:
        """Whether in every pass each rung that was due was climbed once."""
        passes = [*self.few, *self.many, *(each for found in self.at_once.values() for each in found), self.as_it_runs]
        return all(each.right for each in passes) and all(each.right for each in self.rings)


def factor(one: Pass | Rings, others: Sequence[Pass | Rings]) -> float:
    """How many times as fast as the first of the others."""
    return one.per_second / others[0].per_second


AIMS: tuple[tuple[str, Callable[[Figures], bool]], ...] = (
    (
        f"a rung takes at most {AT_MOST} times as long with many requests open as with few",
        lambda found: found.ratio <= AT_MOST,
    ),
    (
        f"and at most {AT_MOST} times the processor's time",
        lambda found: found.processor_ratio is None or found.processor_ratio <= AT_MOST,
    ),
    ("nothing climbed twice, nothing left out", lambda found: found.right),
)

# In words -----------------------------------------------------------------------------------------------------------

_FIRST = 32  # letters of the first column
_COSTS = f"{'rungs/s':>9}{'of one':>8}{'ms':>8}{'ours':>8}{'pg':>8}{'taken up':>10}{'failed':>8}{'twice':>7}{'left':>6}"
_RINGS = f"{'rings/s':>9}{'of one':>8}{'twice':>7}{'left':>6}"


def table(found: Figures) -> str:
    """For a reader. Milliseconds are of a rung: by the clock, of our processors, of PostgreSQL's."""
    due, few, many = (_grouped(number) for number in (found.plan.due, found.plan.few, found.plan.many))
    lines = [
        _titled(f"{due} due, one climber", _COSTS),
        _titled(f"{few} open", _costs(_middle(found.few))),
        _titled(f"{many} open", _costs(_middle(found.many))),
        f"× {found.ratio:.2f} the time, ×{_figure(found.processor_ratio, 5, 2)} the processor's",
        "",
        _titled("several at once", _COSTS),
        *(line for rung, passes in found.at_once.items() for line in _several(rung, passes)),
        _titled(f"{_grouped(found.as_it_runs.due)}, a tick as it runs", _costs(found.as_it_runs)),
        "",
        _titled("a job of RQ, rung for twice", _RINGS),
        *(_titled(f"{each.requests} by {each.workers}", _rings(each, found.rings)) for each in found.rings),
        "",
        *(f"{says}: {'met' if met(found) else 'missed'}" for says, met in AIMS),
    ]
    return "\n".join(lines)


def _titled(title: str, rest: str) -> str:
    return f"{title:<{_FIRST}}{rest}"


def _middle(passes: Sequence[Pass]) -> Pass:
    return sorted(passes, key=lambda each: each.seconds)[len(passes) // 2]


def _several(rung: str, passes: Sequence[Pass]) -> Iterator[str]:
    for each in passes:
        yield _titled(f"{_grouped(each.due)} of rung {rung} by {each.climbers}", _costs(each, factor(each, passes)))


def _costs(each: Pass, times: float | None = None) -> str:
    clock, ours = (seconds / each.due * 1000 for seconds in (each.seconds, each.ours))
    postgres = None if each.postgres is None else each.postgres / each.due * 1000
    return (
        f"{each.per_second:>9.1f}{_figure(times, 8, 2)}{clock:>8.1f}{ours:>8.1f}{_figure(postgres, 8, 1)}"
        f"{each.taken_up:>10}{each.failed:>8}{each.told.twice:>7}{each.told.left_out:>6}"
    )


def _rings(each: Rings, others: Sequence[Rings]) -> str:
    return f"{each.per_second:>9.1f}{factor(each, others):>8.2f}{each.told.twice:>7}{each.told.left_out:>6}"


def _figure(value: float | None, width: int, digits: int) -> str:
    return f"{'—':>{width}}" if value is None else f"{value:>{width}.{digits}f}"


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def document(found: Figures) -> dict[str, Any]:
    """As it stands in the JSON."""
    return {
        "plan": asdict(found.plan),
        "few": [asdict(each) for each in found.few],
        "many": [asdict(each) for each in found.many],
        "ratio": found.ratio,
        "processor_ratio": found.processor_ratio,
        "at_once": {rung: _compared(passes) for rung, passes in found.at_once.items()},
        "as_it_runs": asdict(found.as_it_runs) | {"per_second": found.as_it_runs.per_second},
        "rings": _compared(found.rings),
        "aims": [{"aim": says, "met": met(found)} for says, met in AIMS],
    }


def _compared(found: Sequence[Pass | Rings]) -> list[dict[str, Any]]:
    return [asdict(each) | {"per_second": each.per_second, "factor": factor(each, found)} for each in found]
