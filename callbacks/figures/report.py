"""Figures as they are shown: values, how sure they are, what was left out, what nobody may be told. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from callbacks.figures import statistics
from callbacks.figures.definitions import BY_CODE, INDICATORS, Indicator, Statistic
from callbacks.figures.periods import Grain, Period, Scope
from callbacks.figures.statistics import Survival
from callbacks.figures.sums import Sums, Tally

Cells = Mapping[tuple[str, str], int | None]
_QUARTERS = (0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class Figure:
    """An indicator's value. None: there is nothing to measure, or (`suppressed`) too few to be told of.

    `value`: a share from 0 to 1, seconds, minutes, a number. `numerator` and `denominator`: of a share, a ratio, a
    count (of how many), different practitioners (of how many); of a median, a mean and a curve the denominator alone:
    how many.
    `low`, `high`: of 95 %. `excluded`: how many were left out, by why. `missing`: of how many it is not known.
    """

    indicator: Indicator
    value: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    low: float | None = None
    high: float | None = None
    quartiles: tuple[float | None, float | None] | None = None
    p90: float | None = None
    excluded: Mapping[str, int] = field(default_factory=dict)
    missing: int = 0
    censored: int = 0  # of a curve: how many were still waiting when they were last watched
    curve: Survival | None = None
    cells: Cells = field(default_factory=dict)  # of a table; None: too few
    suppressed: bool = False

    @property
    def missing_share(self) -> float | None:
        """Of all that it could be known of; None when there was nothing to know, or nobody may be told of how many.

        Nor of a ratio: its denominator are hours or shifts, what is missing are days.
        """
        of = (self.denominator or 0) + self.missing
        tells = not self.suppressed and self.indicator.statistic is not Statistic.RATIO
        return self.missing / of if of and tells else None


@dataclass(frozen=True)
class Report:
    """Every figure of a scope and a period. `uncounted`: so many of its days are not added up yet."""

    scope: Scope
    period: Period
    figures: tuple[Figure, ...]
    closed: bool
    uncounted: int = 0

    def of(self, code: str) -> Figure:
        """The figure of this indicator; KeyError."""
        return self._by_code[code]

    @cached_property
    def _by_code(self) -> Mapping[str, Figure]:
        return {figure.indicator.code: figure for figure in self.figures}


def figures(tally: Tally, practitioners: int, codes: Collection[str] | None = None) -> tuple[Figure, ...]:
    """Figures as they are, every one or those of these codes; `practitioners`: how many the directory has."""
    asked = INDICATORS if codes is None else [BY_CODE[code] for code in codes]
    return tuple(_made(indicator, tally.get(indicator.code, Sums()), practitioners) for indicator in asked)


def suppressed(figure: Figure) -> Figure:
    """The figure as it may be told: nothing by which a few people are known."""
    if figure.indicator.statistic is Statistic.TABLE:
        shown = statistics.protected({place: count or 0 for place, count in figure.cells.items()})
        return replace(figure, cells=shown, suppressed=None in shown.values())
    return _without(figure) if _few(figure) else figure


def told(figure: Figure, period: Period, *, closed: bool) -> Figure:
    """The figure of that period as it may be told."""
    return suppressed(figure) if tells(figure.indicator, period, closed=closed) else _without(figure)


def tells(indicator: Indicator, period: Period, *, closed: bool) -> bool:
    """Whether anything may be told of such a period: what GPs answered, of months whose figures stay as they are."""
    return not indicator.of_answers or (closed and period.grain is Grain.MONTH)


def _without(figure: Figure) -> Figure:
    return Figure(figure.indicator, excluded=figure.excluded, missing=figure.missing, suppressed=True)


def _few(figure: Figure) -> bool:
    """Whether it would tell of fewer than five people."""
    of, counted = figure.denominator or 0, figure.numerator or 0
    match figure.indicator.statistic:
        case Statistic.COUNT:
            return figure.indicator.sensitive and statistics.small(counted)
        case Statistic.RATIO:
            return False  # of hours, and of rings
        case Statistic.DISTINCT:
            return statistics.small(counted)
        case Statistic.SHARE if figure.indicator.sensitive:
            # All of them, or none, is what each of them said.
            return of > 0 and min(counted, of - counted) < statistics.LEAST
        case _:
            return statistics.small(of)


def _made(indicator: Indicator, sums: Sums, practitioners: int) -> Figure:
    told = Figure(indicator, excluded=dict(sorted(sums.excluded.items())), missing=sums.missing)
    return _MADE[indicator.statistic](told, sums, practitioners)


def _count(told: Figure, sums: Sums, _: int) -> Figure:
    return replace(told, value=float(sums.counted), numerator=sums.counted, denominator=sums.of)


def _share(told: Figure, sums: Sums, _: int) -> Figure:
    told = replace(told, numerator=sums.counted, denominator=sums.of)
    between = statistics.wilson(sums.counted, sums.of)
    if between is None:
        return told
    return replace(told, value=sums.counted / sums.of, low=between[0], high=between[1])


def _median(told: Figure, sums: Sums, _: int) -> Figure:
    first, middle, third, late = statistics.quantiles(sums.values, _QUARTERS)
    low, high = statistics.median_interval(sums.values) or (None, None)
    many = statistics.total(sums.values)
    return replace(told, value=middle, denominator=many, low=low, high=high, quartiles=(first, third), p90=late)


def _mean(told: Figure, sums: Sums, _: int) -> Figure:
    told = replace(told, denominator=statistics.total(sums.values))
    found = statistics.mean(sums.values)
    if found is None:
        return told
    low, high = found.interval or (None, None)
    return replace(told, value=found.value, low=low, high=high)


def _survival(told: Figure, sums: Sums, _: int) -> Figure:
    curve = statistics.survival(sums.values, sums.censored)
    censored = statistics.total(sums.censored)
    first, middle, third, late = (curve.when(share) for share in _QUARTERS)
    low, high = curve.interval(0.5)
    return replace(
        told,
        value=middle,
        denominator=statistics.total(sums.values) + censored,
        low=low,
        high=high,
        quartiles=(first, third),
        p90=late,
        censored=censored,
        curve=curve,
    )


def _ratio(told: Figure, sums: Sums, _: int) -> Figure:
    told = replace(told, numerator=sums.counted, denominator=sums.of)
    return replace(told, value=sums.counted / sums.of) if sums.of else told


def _distinct(told: Figure, sums: Sums, practitioners: int) -> Figure:
    told = replace(told, numerator=sums.different, denominator=practitioners)
    return replace(told, value=sums.different / practitioners) if practitioners else told


def _table(told: Figure, sums: Sums, _: int) -> Figure:
    cells = dict(sorted(sums.cells.items()))
    return replace(told, denominator=sum(cells.values()), cells=cells)


_MADE: Mapping[Statistic, Callable[[Figure, Sums, int], Figure]] = MappingProxyType(
    {
        Statistic.COUNT: _count,
        Statistic.SHARE: _share,
        Statistic.MEDIAN: _median,
        Statistic.MEAN: _mean,
        Statistic.SURVIVAL: _survival,
        Statistic.RATIO: _ratio,
        Statistic.DISTINCT: _distinct,
        Statistic.TABLE: _table,
    }
)
