"""When a figure drifts: two rules of run charts that find a lasting change and leave the noise of weeks alone. Pure.

Perla, Provost and Murray (BMJ Quality & Safety 2011; 20: 46) ask for six points on one side of the median, or five that
rise or fall; here eight and six: dozens of lines are watched at once, and an alarm that means nothing is soon unread.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from statistics import median

SHIFT, TREND = 8, 6  # points
ON_MEDIAN = 4  # of so many points of a shift, one more may lie on the median: where most do, no side means anything
LEAST = 10  # weeks with a value, below which a median says nothing (same source)


class Rule(StrEnum):
    """What the points do."""

    SHIFT = "shift"  # all on one side of the median
    TREND = "trend"  # each further than the one before


class Way(StrEnum):
    """Where they go."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Drift:
    """A run of points that chance hardly makes: which rule, which way, from `first` to `last` (places, both in).

    `stands`: no later week speaks against it.
    """

    rule: Rule
    way: Way
    first: int
    last: int
    stands: bool


# A week: where it stands in the series, and its value.
_Point = tuple[int, float]


def middle(values: Sequence[float | None]) -> float | None:
    """The median of the weeks that have a value; None when they are too few."""
    known = [value for value in values if value is not None]
    return median(known) if len(known) >= LEAST else None


def drifts(values: Sequence[float | None]) -> list[Drift]:
    """Every drift in a series of weeks, the oldest first. A week without a value neither counts nor breaks a run."""
    between = middle(values)
    if between is None:
        return []
    points = [(place, value) for place, value in enumerate(values) if value is not None]
    return sorted((*_shifts(points, between), *_trends(points)), key=lambda drift: (drift.last, drift.first))


def standing(values: Sequence[float | None]) -> Drift | None:
    """What has changed, and lasts."""
    return next((drift for drift in drifts(values) if drift.stands), None)


def _shifts(points: Sequence[_Point], between: float) -> Iterator[Drift]:
    """A point on the median itself neither counts nor breaks, unless there are many."""
    beside = [point for point in points if point[1] != between]
    runs = [(above, list(run)) for above, run in groupby(beside, key=lambda point: point[1] > between)]
    on_it = [place for place, value in points if value == between]
    for found in _long(Rule.SHIFT, runs, SHIFT):
        within = sum(found.first < place < found.last for place in on_it)
        if within * ON_MEDIAN <= sum(found.first <= place <= found.last for place, _ in beside):
            yield found


def _trends(points: Sequence[_Point]) -> Iterator[Drift]:
    """Of equal neighbours, the first alone counts."""
    turning = [point for place, point in enumerate(points) if not place or point[1] != points[place - 1][1]]
    legs = [(rising, list(run)) for rising, run in groupby(pairwise(turning), key=_rises)]
    return _long(Rule.TREND, [(rising, [run[0][0], *(end for _, end in run)]) for rising, run in legs], TREND)


def _rises(leg: tuple[_Point, _Point]) -> bool:
    return leg[1][1] > leg[0][1]


def _long(rule: Rule, runs: Sequence[tuple[bool, list[_Point]]], least: int) -> Iterator[Drift]:
    """Those runs that are long enough."""
    for number, (up, run) in enumerate(runs, 1):
        if len(run) >= least:
            yield Drift(rule, Way.UP if up else Way.DOWN, run[0][0], run[-1][0], stands=number == len(runs))
