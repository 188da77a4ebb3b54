"""What facts add up to: counts that add up again, whatever their order, and that can be taken back. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from callbacks.figures.definitions import INDICATORS, WATCHED, Indicator, Statistic, Table, Unit
from callbacks.figures.facts import Fact, Facts

MINUTE = 60  # seconds


@dataclass
class Sums:
    """What one indicator's facts add up to.

    `counted` and `of`: numerator and denominator; `values` and `censored`: how often each number, in its unit; `who`:
    how often each practitioner, until the period is closed: then only how many they were is kept (`forgotten`).
    """

    counted: int = 0
    of: int = 0
    missing: int = 0
    forgotten: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    values: Counter[int] = field(default_factory=Counter)
    censored: Counter[int] = field(default_factory=Counter)
    cells: Counter[tuple[str, str]] = field(default_factory=Counter)
    who: Counter[int] = field(default_factory=Counter)

    @property
    def different(self) -> int:
        """How many practitioners."""
        return self.forgotten + len(self.who)

    def add(self, other: "Sums", times: int = 1) -> None:
        """Add what others' facts add up to; -1 times: take it back."""
        self.counted += times * other.counted
        self.of += times * other.of
        self.missing += times * other.missing
        self.forgotten += times * other.forgotten
        for mine, theirs in zip(self.counters, other.counters, strict=True):
            if theirs:
                _add(mine, theirs, times)

    def forget(self) -> None:
        """Keep how many practitioners there were, and none of them."""
        self.forgotten = self.different
        self.who.clear()

    @property
    def counters(self) -> "tuple[Counter[Any], ...]":
        """All that is counted by something."""
        return self.excluded, self.values, self.censored, self.cells, self.who

    @property
    def empty(self) -> bool:
        """Whether nothing was counted at all."""
        return not (self.counted or self.of or self.missing or self.forgotten or any(self.counters))


Tally = dict[str, Sums]  # by indicator


def _add(mine: "Counter[Any]", theirs: "Counter[Any]", times: int) -> None:
    for what, often in theirs.items():
        left = mine[what] + times * often
        if left:
            mine[what] = left
        else:
            mine.pop(what, None)


def merged(tallies: Iterable[Tally]) -> Tally:
    """What several add up to."""
    whole: Tally = {}
    for tally in tallies:
        add(whole, tally)
    return whole


def add(whole: Tally, part: Tally, times: int = 1) -> None:
    """Add a part to the whole; -1 times: take it back."""
    for code, sums in part.items():
        mine = whole.get(code)
        if mine is None:
            mine = whole[code] = Sums()
        mine.add(sums, times)


def tally(facts: Facts) -> Tally:
    """What these facts add up to."""
    found: Tally = {}
    for table, rows in facts.by_table().items():
        for fact in rows:
            count(found, table, fact)
    return found


def count(found: Tally, table: Table, fact: Fact) -> None:
    """Add one fact."""
    for indicator in _OF[table]:
        if indicator.among(fact):
            sums = found.get(indicator.code)
            if sums is None:
                sums = found[indicator.code] = Sums()
            _count(indicator, sums, fact)


_OF: Mapping[Table, tuple[Indicator, ...]] = MappingProxyType(
    {table: tuple(each for each in INDICATORS if table in each.tables) for table in Table}
)


def _count(indicator: Indicator, sums: Sums, fact: Fact) -> None:
    if why := left_out(indicator, fact):
        sums.excluded[why] += 1
    elif not indicator.known(fact):
        sums.missing += 1
    else:
        _COUNTED[indicator.statistic](indicator, sums, fact)


def left_out(indicator: Indicator, fact: Fact) -> str:
    """Why a fact does not count for an indicator; "": it does."""
    if fact.exclusion and fact.exclusion not in indicator.keeps:
        return fact.exclusion
    return next((each.code for each in indicator.exclusions if each.where(fact)), "")


def _share(indicator: Indicator, sums: Sums, fact: Fact) -> None:
    sums.of += 1
    sums.counted += indicator.counted(fact)


def _values(indicator: Indicator, sums: Sums, fact: Fact) -> None:
    sums.values[getattr(fact, indicator.value)] += 1


def in_unit(indicator: Indicator, seconds: int) -> int:
    """Seconds as the indicator counts them: of minutes, each that has begun."""
    return -(-seconds // MINUTE) if indicator.unit is Unit.MINUTES else seconds


def _times(indicator: Indicator, sums: Sums, fact: Fact) -> None:
    at = getattr(fact, indicator.value)
    if at is None:
        sums.censored[in_unit(indicator, getattr(fact, WATCHED))] += 1
    else:
        sums.values[in_unit(indicator, at)] += 1


def _ratio(indicator: Indicator, sums: Sums, fact: Fact) -> None:
    sums.counted += getattr(fact, indicator.value)
    sums.of += getattr(fact, indicator.per)


def _who(indicator: Indicator, sums: Sums, fact: Fact) -> None:
    sums.who[int(getattr(fact, indicator.value))] += 1


def _cell(indicator: Indicator, sums: Sums, fact: Fact) -> None:
    sums.cells[getattr(fact, indicator.rows), getattr(fact, indicator.columns)] += 1


_COUNTED: Mapping[Statistic, Callable[[Indicator, Sums, Fact], None]] = MappingProxyType(
    {
        Statistic.COUNT: _share,
        Statistic.SHARE: _share,
        Statistic.MEDIAN: _values,
        Statistic.MEAN: _values,
        Statistic.SURVIVAL: _times,
        Statistic.RATIO: _ratio,
        Statistic.DISTINCT: _who,
        Statistic.TABLE: _cell,
    }
)
