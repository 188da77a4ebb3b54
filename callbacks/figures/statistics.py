"""What is said of counted things, and how sure it is: shares, medians, times until something happens. Pure.

Everything comes as counts ({value: how often}): a million calls are a few hundred different numbers of seconds, and
counts of two days add up. Intervals are of 95 %.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

Z = 1.959963984540054  # of the normal distribution: 95 % lie within
LEAST = 5  # fewer people than this are not shown as a figure
EXACT = 1000  # up to so many values the interval of a median is the exact one
Counts = Mapping[int, int]
Interval = tuple[float, float]


def wilson(counted: int, of: int) -> Interval | None:
    """The interval of a share (Wilson 1927); None without a denominator. Never beyond 0 and 1, also of few."""
    if not of:
        return None
    share, width = counted / of, Z * Z / of
    middle = (share + width / 2) / (1 + width)
    half = Z / (1 + width) * math.sqrt(share * (1 - share) / of + width / (4 * of))
    return (0.0 if counted == 0 else max(0.0, middle - half), 1.0 if counted == of else min(1.0, middle + half))


# Values ------------------------------------------------------------------------------------------------------------


def total(counts: Counts) -> int:
    """How many values there are."""
    return sum(counts.values())


def quantile(counts: Counts, share: float) -> float | None:
    """The value that so many are not above, between two by the line (type 7 of Hyndman and Fan, as pandas has it)."""
    return quantiles(counts, (share,))[0]


def quantiles(counts: Counts, shares: Iterable[float]) -> tuple[float | None, ...]:
    """Several at once, which sorts the values once."""
    at = _ranked(counts)
    many = total(counts)
    return tuple(_between(at, many, share) for share in shares)


def _between(at: Callable[[int], int], many: int, share: float) -> float | None:
    if not many:
        return None
    # As a fraction: 0.9 × 11 is a little more than nine and nine tenths to a processor, and then the next value counts.
    place = Fraction(str(share)) * (many - 1)
    below = math.floor(place)
    low, high = at(below), at(min(below + 1, many - 1))
    return float(low + (high - low) * (place - below))


def median_interval(counts: Counts) -> Interval | None:
    """Between which of the values the median lies (order statistics); None below six values: no two say as much."""
    many = total(counts)
    rank = _rank(many)
    if rank < 1:
        return None
    at = _ranked(counts)
    return (float(at(rank - 1)), float(at(many - rank)))


@lru_cache(EXACT)
def _rank(many: int) -> int:
    """The largest rank from either end, counted from 1, that leaves 2.5 % at most beyond it; 0: there is none."""
    if many > EXACT:  # Conover's approximation
        return math.ceil(many / 2 - Z * math.sqrt(many) / 2)
    beyond = accumulate(math.comb(many, below) for below in range(many))
    return sum(1 for _ in _while_at_most(beyond, 2**many))


def _while_at_most(beyond: Iterable[int], every: int) -> Iterable[int]:
    for below in beyond:
        if below * 40 > every:
            return
        yield below


def _ranked(counts: Counts) -> Callable[[int], int]:
    """The value at a place (from 0) among all of them in order."""
    values = sorted(counts)
    until = list(accumulate(counts[value] for value in values))

    def at(place: int) -> int:
        from_, to = 0, len(until) - 1
        while from_ < to:
            middle = (from_ + to) // 2
            from_, to = (from_, middle) if until[middle] > place else (middle + 1, to)
        return values[from_]

    return at


@dataclass(frozen=True)
class Mean:
    """A mean and its interval (normal; None of fewer than two)."""

    value: float
    interval: Interval | None


def mean(counts: Counts) -> Mean | None:
    """The mean of values; None of none."""
    many = total(counts)
    if not many:
        return None
    added = sum(value * often for value, often in counts.items())
    middle = added / many
    if many < 2:
        return Mean(middle, None)
    squares = sum(value * value * often for value, often in counts.items())
    variance = max(0, many * squares - added * added) / (many * (many - 1))  # whole numbers until here: nothing cancels
    half = Z * math.sqrt(variance / many)
    return Mean(middle, (middle - half, middle + half))


# Time until something happens ---------------------------------------------------------------------------------------


_ALMOST = 1e-12  # a share of a few is a product of fractions: a half is met by 0.5000000000000001


class Step(NamedTuple):
    """From `at` on: the share for whom it has not happened; `at_risk` were watched until then.

    `spread`: Greenwood's sum, of which the interval is worked out when it is asked for.
    """

    at: int
    at_risk: int
    happened: int
    left: float
    spread: float

    @property
    def low(self) -> float:
        """At least so many are left, of 95 %."""
        return _log_log(self.left, self.spread)[0]

    @property
    def high(self) -> float:
        """At most."""
        return _log_log(self.left, self.spread)[1]


@dataclass(frozen=True)
class Survival:
    """Kaplan and Meier's curve of who is still waiting; it begins with all of them.

    A column for each field of `Step`: a year of a million calls has a step for each minute of two days and more.
    """

    at: tuple[int, ...]
    at_risk: tuple[int, ...]
    happened: tuple[int, ...]
    share: tuple[float, ...]
    spread: tuple[float, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """Where it goes down."""
        return tuple(map(Step, self.at, self.at_risk, self.happened, self.share, self.spread))

    def when(self, share: float) -> int | None:
        """When it has happened to so many; None: not while they were watched."""
        place = bisect_left(self.share, share - _ALMOST, key=lambda left: 1 - left)
        return self.at[place] if place < len(self.at) else None

    def interval(self, share: float) -> tuple[int | None, int | None]:
        """When it has happened to so many, at the earliest and at the latest (Brookmeyer and Crowley)."""
        return self._bound(0, 1 - share), self._bound(1, 1 - share)

    def left(self, at: int) -> float:
        """The share for whom it has not happened at that time."""
        step = self.step(at)
        return step.left if step else 1.0

    def step(self, at: int) -> Step | None:
        """The last step until that time; None: it has happened to nobody yet."""
        n = bisect_right(self.at, at) - 1
        return None if n < 0 else Step(self.at[n], self.at_risk[n], self.happened[n], self.share[n], self.spread[n])

    def _bound(self, side: int, left: float) -> int | None:
        # The upper limit lies above the share: it is not there before the share is.
        first = bisect_left(self.share, -left - _ALMOST, key=lambda share: -share) if side else 0
        columns = zip(self.at[first:], self.share[first:], self.spread[first:], strict=True)
        return next((at for at, share, spread in columns if _log_log(share, spread)[side] <= left + _ALMOST), None)


def survival(happened: Counts, censored: Counts) -> Survival:
    """The curve of times until it happened, and of times until which it had not (1958).

    Who is no longer watched at the instant when it happens to others was at risk then. The interval is Greenwood's on
    the scale of log(-log), which stays between 0 and 1.
    """
    at_risk = total(happened) + total(censored)
    left, greenwood = 1.0, 0.0
    ats, risks, lefts, spreads = sorted(happened), [], [], []
    gone = sorted(censored, reverse=True)
    for at in ats:
        while gone and gone[-1] < at:
            at_risk -= censored[gone.pop()]
        many = happened[at]
        left *= 1 - many / at_risk
        greenwood += many / (at_risk * (at_risk - many)) if at_risk > many else math.inf
        risks.append(at_risk)
        lefts.append(left)
        spreads.append(greenwood)
        at_risk -= many
    return Survival(tuple(ats), tuple(risks), tuple(happened[at] for at in ats), tuple(lefts), tuple(spreads))


def _log_log(left: float, greenwood: float) -> Interval:
    if left <= 0 or left >= 1:
        return (left, left)
    spread = math.exp(Z * math.sqrt(greenwood) / abs(math.log(left)))
    return (left**spread, left ** (1 / spread))


# Small numbers ------------------------------------------------------------------------------------------------------


def small(count: int) -> bool:
    """Whether so few people are too few to be shown; nobody is no secret."""
    return 0 < count < LEAST


def protected(cells: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int | None]:
    """A table without its small cells (None), nor what gives them away where the sums of rows and columns are known.

    A row or a column with one cell left out would give it back by subtraction: its smallest other goes too, and so on.
    """
    shown: dict[tuple[str, str], int | None] = {
        place: None if small(count) else count for place, count in cells.items()
    }
    while alone := _alone(shown):
        axis, name = alone
        beside = [place for place in shown if shown[place] and place[axis] == name]
        shown[min(beside, key=lambda place: (cells[place], place))] = None
    return shown


def _alone(shown: Mapping[tuple[str, str], int | None]) -> tuple[int, str] | None:
    """A row (0) or a column (1) in which just one cell is left out, and others could hide it."""
    for axis in (0, 1):
        for name in sorted({place[axis] for place in shown}):
            line = [shown[place] for place in shown if place[axis] == name]
            if line.count(None) == 1 and any(line):
                return axis, name
    return None


def protected_row(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Counts that add up to a known sum, without the small ones, nor what gives a single one away."""
    return {
        name: count for (name, _), count in protected({(name, ""): count for name, count in counts.items()}).items()
    }
