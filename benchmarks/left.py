"""What sending the outbox came to: the figures of `benchmarks.outbox`, the aims, and both in words. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from benchmarks.slow_carrier import ANSWERS_AFTER, Counted

AT_LEAST = 0.9  # of what the carrier lets one worker send
AT_MOST = 60.0  # seconds that a first alert may wait (design 3)


@dataclass(frozen=True)
class Plan:
    """How many SMS wait for each worker, how often, for how many workers; and the bursts: how many at one instant."""

    each: int
    rounds: int
    workers: tuple[int, ...]
    burst: int
    burst_workers: tuple[int, ...]


@dataclass(frozen=True)
class Pass:
    """So many SMS by so many processes of so many hands: seconds from the first ring to the carrier's last answer.

    `ours`, `postgres`: seconds of processor of these processes and of PostgreSQL's (None: no /proc).
    """

    processes: int
    hands: int
    messages: int
    seconds: float
    ours: float | None
    postgres: float | None
    told: Counted

    @property
    def per_second(self) -> float:
        """Messages."""
        return self.messages / self.seconds

    @property
    def allowed(self) -> float:
        """Messages a second that the carrier would answer so many hands, if they did nothing else."""
        return self.processes * self.hands / ANSWERS_AFTER

    @property
    def of_allowed(self) -> float:
        """A share."""
        return self.per_second / self.allowed


@dataclass(frozen=True)
class Burst:
    """So many of a purpose due at one instant, and an alert each second meanwhile: seconds until the last had left,
    and how long each alert waited for the carrier to have it."""

    purpose: str
    workers: int
    messages: int
    seconds: float
    waited: Sequence[float]
    told: Counted

    @property
    def middle(self) -> float:
        """Seconds that an alert waited, the median."""
        return median(self.waited) if self.waited else 0.0

    @property
    def worst(self) -> float:
        """Seconds that an alert waited at most."""
        return max(self.waited, default=0.0)


@dataclass(frozen=True)
class Figures:
    """By the number of workers: the rounds, ours and the floor's in turns. Then the bursts."""

    plan: Plan
    ours: Mapping[int, Sequence[Pass]]
    floor: Mapping[int, Sequence[Pass]]
    bursts: Sequence[Burst]

    def of_floor(self, workers: int) -> float:
        """Our messages a second to the floor's of the same round, the median."""
        pairs = zip(self.ours[workers], self.floor[workers], strict=True)
        return median(own.per_second / floor.per_second for own, floor in pairs)

    @property
    def right(self) -> bool:
        """Whether the carrier got each message once, in all that was sent from the outbox."""
        return all(each.told.right for passes in self.ours.values() for each in passes) and all(
            burst.told.right for burst in self.bursts
        )


def middle(passes: Sequence[Pass]) -> Pass:
    """The pass in the middle, by its seconds."""
    return sorted(passes, key=lambda each: each.seconds)[len(passes) // 2]


AIMS: tuple[tuple[str, Callable[[Figures], bool]], ...] = (
    (
        f"one worker sends at least {AT_LEAST} of what the carrier lets its hands send",
        lambda found: all(middle(found.ours[each]).of_allowed >= AT_LEAST for each in found.ours if each == 1),
    ),
    (
        f"an alert that falls due in the midst of a burst waits {AT_MOST:.0f} s at most",
        lambda found: all(burst.worst <= AT_MOST for burst in found.bursts),
    ),
    ("none twice, none missing", lambda found: found.right),
)

# In words -----------------------------------------------------------------------------------------------------------

_WHO, _BURST = 24, 34  # letters of the first columns
_COSTS = f"{'msg/s':>8}{'allowed':>9}{'of it':>7}{'of floor':>10}{'ours ms':>9}{'pg ms':>7}{'twice':>7}{'missing':>9}"
_WAITS = f"{'s':>8}{'msg/s':>8}{'alerts':>8}{'waited s':>10}{'worst':>8}{'twice':>7}{'missing':>9}"


def table(found: Figures) -> str:
    """For a reader. Milliseconds are of processor, for a message."""
    lines = [f"{'the carrier takes 100 ms':<{_WHO}}{_COSTS}"]
    for workers, passes in found.ours.items():
        lines.append(_line(_said(workers, "worker"), middle(passes), found.of_floor(workers)))
        lines.append(_line("  the client alone", middle(found.floor[workers]), None))
    lines += ["", f"{'due at one instant':<{_BURST}}{_WAITS}", *map(_burst, found.bursts), ""]
    lines += [f"{says}: {'met' if met(found) else 'missed'}" for says, met in AIMS]
    return "\n".join(lines)


def _said(many: int, what: str) -> str:
    return f"{many} {what}{'s' if many > 1 else ''}"


def _line(who: str, each: Pass, of_floor: float | None) -> str:
    ours, postgres = (None if spent is None else spent / each.messages * 1000 for spent in (each.ours, each.postgres))
    return (
        f"{who:<{_WHO}}{each.per_second:>8.1f}{each.allowed:>9.0f}{each.of_allowed:>7.2f}{_figure(of_floor, 10, 2)}"
        f"{_figure(ours, 9, 1)}{_figure(postgres, 7, 1)}{each.told.twice:>7}{each.told.missing:>9}"
    )


def _burst(each: Burst) -> str:
    who = f"{each.messages} of {each.purpose}, {_said(each.workers, 'worker')}"
    return (
        f"{who:<{_BURST}}{each.seconds:>8.1f}{each.messages / each.seconds:>8.1f}{len(each.waited):>8}"
        f"{each.middle:>10.1f}{each.worst:>8.1f}{each.told.twice:>7}{each.told.missing:>9}"
    )


def _figure(value: float | None, width: int, digits: int) -> str:
    return f"{'—':>{width}}" if value is None else f"{value:>{width}.{digits}f}"


def document(found: Figures) -> dict[str, Any]:
    """As it stands in the JSON."""
    return {
        "plan": asdict(found.plan),
        "carrier_seconds": ANSWERS_AFTER,
        "workers": [
            {
                "workers": workers,
                "of_floor": round(found.of_floor(workers), 3),
                "ours": list(_passes(passes)),
                "floor": list(_passes(found.floor[workers])),
            }
            for workers, passes in found.ours.items()
        ],
        "bursts": [asdict(each) | {"middle": each.middle, "worst": each.worst} for each in found.bursts],
        "aims": [{"aim": says, "met": met(found)} for says, met in AIMS],
    }


def _passes(passes: Sequence[Pass]) -> Iterator[dict[str, Any]]:
    for each in passes:
        yield asdict(each) | {"per_second": each.per_second, "of_allowed": round(each.of_allowed, 3)}
