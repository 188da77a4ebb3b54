"""What facts add up to: counts that add up again, whatever their order, and that can be taken back. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from callbacks.figures.definitions import INDICATORS, WATCHED, Indicator, Statistic, Table, Unit
from callbacks.figures.facts import Fact, Facts
from callbacks.figures.where import alike

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
        count(found, table, rows)
    return found


def count(found: Tally, table: Table, facts: Iterable[Fact]) -> None:
    """Add facts of one table. Those that count alike are looked at once: of a day there are some hundred kinds."""
    by_kind: dict[Hashable, list[Fact]] = defaultdict(list)
    kind = _KIND[table]
    for fact in facts:
        by_kind[kind(fact)].append(fact)
    for some in by_kind.values():
        _count_some(found, table, some)


def _count_some(found: Tally, table: Table, some: Sequence[Fact]) -> None:
    """Facts of one kind: what holds of the first holds of all."""
    for indicator in _OF[table]:
        if indicator.among(some[0]):
            sums = found.get(indicator.code)
            if sums is None:
                sums = found[indicator.code] = Sums()
            _count(indicator, sums, some)


_OF: Mapping[Table, tuple[Indicator, ...]] = MappingProxyType(
    {table: tuple(each for each in INDICATORS if table in each.tables) for table in Table}
)


def _kind(table: Table) -> Callable[[Fact], Hashable]:
    """Whatever an indicator of this table asks of a fact, but for its values."""
    asked = [
        where
        for each in _OF[table]
        for where in (each.among, each.counted, each.known, *(every.where for every in each.exclusions))
    ]
    columns = {column for each in _OF[table] for column in (each.rows, each.columns) if column}
    return alike(asked, {"exclusion", *columns})


_KIND: Mapping[Table, Callable[[Fact], Hashable]] = MappingProxyType({table: _kind(table) for table in Table})


def _count(indicator: Indicator, sums: Sums, some: Sequence[Fact]) -> None:
    one = some[0]
    if why := left_out(indicator, one):
        sums.excluded[why] += len(some)
    elif not indicator.known(one):
        sums.missing += len(some)
    else:
        _COUNTED[indicator.statistic](indicator, sums, some)


def left_out(indicator: Indicator, fact: Fact) -> str:
    """Why a fact does not count for an indicator; "": it does."""
    if fact.exclusion and fact.exclusion not in indicator.keeps:
        return fact.exclusion
    return next((each.code for each in indicator.exclusions if each.where(fact)), "")


def _share(indicator: Indicator, sums: Sums, some: Sequence[Fact]) -> None:
    sums.of += len(some)
    sums.counted += len(some) * indicator.counted(some[0])


def _values(indicator: Indicator, sums: Sums, some: Sequence[Fact]) -> None:
    sums.values.update(map(attrgetter(indicator.value), some))


def in_unit(indicator: Indicator, seconds: int) -> int:
    """Seconds as the indicator counts them: of minutes, each that has begun."""
    return -(-seconds // MINUTE) if indicator.unit is Unit.MINUTES else seconds


def _times(indicator: Indicator, sums: Sums, some: Sequence[Fact]) -> None:
    for fact in some:
        at = getattr(fact, indicator.value)
        if at is None:
            sums.censored[in_unit(indicator, getattr(fact, WATCHED))] += 1
        else:
            sums.values[in_unit(indicator, at)] += 1


def _ratio(indicator: Indicator, sums: Sums, some: Sequence[Fact]) -> None:
    sums.counted += sum(map(attrgetter(indicator.value), some))
    sums.of += sum(map(attrgetter(indicator.per), some))


def _who(indicator: Indicator, sums: Sums, some: Sequence[Fact]) -> None:
    sums.who.update(int(getattr(fact, indicator.value)) for fact in some)


def _cell(indicator: Indicator, sums: Sums, some: Sequence[Fact]) -> None:
    sums.cells[getattr(some[0], indicator.rows), getattr(some[0], indicator.columns)] += len(some)


_COUNTED: Mapping[Statistic, Callable[[Indicator, Sums, Sequence[Fact]], None]] = MappingProxyType(
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
