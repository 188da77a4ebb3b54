"""A year's figures as anybody may read them, hospital by hospital: worked out once a day, and kept.

Of the running year until the end of last month: it does not change with each call.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import takewhile
from threading import Lock
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from callbacks.figures import gathering, read
from callbacks.figures.definitions import Statistic
from callbacks.figures.periods import Grain, Period, Scope, local_day
from callbacks.figures.report import Figure, Report
from callbacks.figures.statistics import small
from config.numbers import PARIS
from scheduling import store

# In the words of the letter: is a senior reached, is one called back, and is one called back in time.
SHOWN = ("presented", "answered", "access_time", "requests", "tried_in_time", "reached_in_time")
TOGETHER = ""
UNCOUNTED_SECONDS = 300.0  # while days are not added up yet: then it is looked at again
_ZONE = ZoneInfo(PARIS)


class BeingMade(Exception):
    """Somebody else works this year out now, and there is none of yesterday."""


@dataclass(frozen=True)
class Year:
    """Figures by hospital's name (`TOGETHER`: all), in the order of `SHOWN`. `until`: the last day; None: none yet."""

    until: date | None
    closed: bool
    rows: Mapping[str, tuple[Figure, ...]]
    uncounted: int = 0


def years(conn: Connection, now: datetime) -> list[int]:
    """Those of which there is anything, the latest first; in January last year's is the latest."""
    today = local_day(now, _ZONE)
    first = min(gathering.begins(conn).values(), default=today).year
    return list(range(today.year if months(today.year, today) else max(first, today.year - 1), first - 1, -1))


def months(year: int, today: date) -> list[Period]:
    """The months of a year that are over. Pure."""
    every = (Period.month(year, number) for number in range(1, 13))
    return list(takewhile(lambda month: month.last < today, every))


def work_out(conn: Connection, year: int, now: datetime) -> Year:
    """The figures of a year, as of now."""
    over = months(year, local_day(now, _ZONE))
    if not over:
        return Year(None, closed=False, rows={})
    scopes = {house.name: Scope.hospital(house.id) for house in store.hospitals(conn)}
    scopes = scopes if len(scopes) == 1 else {**scopes, TOGETHER: Scope.everything()}
    reports = {name: _report(conn, scope, over, now) for name, scope in scopes.items()}
    return Year(
        until=over[-1].last,
        closed=len(over) == 12 and all(report.closed for report in reports.values()),
        rows=told({name: tuple(map(report.of, SHOWN)) for name, report in reports.items()}),
        uncounted=max((report.uncounted for report in reports.values()), default=0),
    )


def _report(conn: Connection, scope: Scope, over: list[Period], now: datetime) -> Report:
    whole = Period.of(Grain.YEAR, over[0].first)
    return read.report(conn, scope, whole, now) if len(over) == 12 else read.together(conn, scope, over, now)


def told(rows: Mapping[str, tuple[Figure, ...]]) -> dict[str, tuple[Figure, ...]]:
    """What anybody may read: counts of fewer than five neither, nor of all together what would give one back. Pure."""
    shown = {name: tuple(map(_told, figures)) for name, figures in rows.items()}
    few = {
        each.indicator.code
        for name, figures in shown.items()
        for each in figures
        if name != TOGETHER and each.suppressed
    }
    together = tuple(_hidden(each) if each.indicator.code in few else each for each in shown.get(TOGETHER, ()))
    return {**shown, TOGETHER: together} if together else shown


def _told(figure: Figure) -> Figure:
    counts = figure.indicator.statistic is Statistic.COUNT and small(figure.numerator or 0)
    return _hidden(figure) if counts else replace(figure, curve=None)


def _hidden(figure: Figure) -> Figure:
    return Figure(figure.indicator, suppressed=True)


# Kept ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Held:
    day: date
    until: float  # of this process's own clock
    year: Year


@dataclass
class Shelf:
    """The years that this process has worked out today; one at a time, and nobody waits for another's."""

    _held: dict[int, _Held] = field(default_factory=dict)
    _one: Lock = field(default_factory=Lock)

    def of(self, engine: Engine, year: int, now: datetime) -> Year:
        """Today's; while somebody works it out, yesterday's. BeingMade when there is none."""
        held, today = self._held.get(year), local_day(now, _ZONE)
        if held is not None and held.day == today and time.monotonic() < held.until:
            return held.year
        if not self._one.acquire(blocking=False):
            if held is None:
                raise BeingMade
            return held.year
        try:
            with engine.begin() as conn:
                made = work_out(conn, year, now)
            until = time.monotonic() + UNCOUNTED_SECONDS if made.uncounted else math.inf
            self._held[year] = _Held(today, until, made)
            return made
        finally:
            self._one.release()
