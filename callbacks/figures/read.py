"""The figures of a scope and a period: what is added up, set right by what has happened since, as of now.

Days that are over are added up beforehand (`keeping`). Today, days that are not added up yet, requests that time alone
still changes and days in which something has happened since are read from the register itself, so that the figures are
those of this moment, to the unit.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from callbacks.figures import extent, gathering, store, sums
from callbacks.figures.definitions import BY_CODE, Statistic
from callbacks.figures.extent import ELSEWHERE, Line
from callbacks.figures.facts import Facts, RequestFact
from callbacks.figures.periods import Grain, Level, Period, Scope, local_day
from callbacks.figures.report import Report, figures, told
from callbacks.figures.store import Stored
from callbacks.figures.sums import Tally

LIVE = 31  # days that are read from the register at most, when they are not added up yet
NOWHERE = 0  # the hospital, and the ward, of calls that have none
WardDay = tuple[int, date]


def report(conn: Connection, scope: Scope, period: Period, now: datetime, *, whole: bool = False) -> Report:
    """Every figure; `whole`: small numbers too, for who answers for them."""
    return Reader.of(conn, scope, now).report(period, whole=whole)


def together(conn: Connection, scope: Scope, months: Sequence[Period], now: datetime) -> Report:
    """Several periods as one, none of them twice: a year until the end of its last month.

    Without how many different practitioners there were: who called in two months is one of them, and is not known here.
    """
    return Reader.of(conn, scope, now).together(months)


def series(
    conn: Connection, scope: Scope, periods: Iterable[Period], now: datetime, codes: Collection[str] | None = None
) -> list[Report]:
    """The same of several periods, in their order: a run of weeks; `codes`: of these figures alone."""
    return Reader.of(conn, scope, now).series(periods, codes)


@dataclass(frozen=True)
class Reader:
    """Who reads several periods of one scope, as of one moment, asks once what they share.

    Which lines there are, and since when; what is counted in a day that is not over, and how the requests stand that
    time alone still changes. For one page: it knows nothing of what happens after it has looked.
    """

    conn: Connection
    scope: Scope
    now: datetime
    lines: Mapping[int, Line]
    begins: Mapping[int, date]
    _days: dict[tuple[date, frozenset[int]], Tally] = field(default_factory=dict)
    _waiting: dict[int, RequestFact] = field(default_factory=dict)

    @classmethod
    def of(cls, conn: Connection, scope: Scope, now: datetime) -> "Reader":
        lines = {line.id: line for line in gathering.lines(conn, scope)}
        return cls(conn, scope, now, lines, gathering.begins(conn))

    def report(self, period: Period, *, whole: bool = False, codes: Collection[str] | None = None) -> Report:
        return self._report(period, self._stored([period], codes)[0], codes, whole=whole)

    def series(self, periods: Iterable[Period], codes: Collection[str] | None = None) -> list[Report]:
        asked = list(periods)
        read = self._stored(asked, codes)
        return [self._report(period, stored, codes) for period, stored in zip(asked, read, strict=True)]

    def _report(self, period: Period, stored: Stored, codes: Collection[str] | None, *, whole: bool = False) -> Report:
        tally, live = self._tally(period, stored, LIVE)
        found = figures(tally, self._practitioners(period, codes), codes)
        closed = self._closed(period)
        shown = found if whole else tuple(told(figure, period, closed=closed) for figure in found)
        return Report(self.scope, period, shown, closed, max(0, live - LIVE))

    def together(self, months: Sequence[Period]) -> Report:
        whole: Tally = {}
        live = 0
        # Of all of them the latest days, where many are not added up.
        for month, stored in reversed(list(zip(months, self._stored(months), strict=True))):
            tally, more = self._tally(month, stored, max(0, LIVE - live))
            sums.add(whole, tally)
            live += more
        period = Period(months[0].first, months[-1].last, Grain.YEAR)
        closed = self._closed(months[-1])
        made = (figure for figure in figures(whole, 0) if figure.indicator.statistic is not Statistic.DISTINCT)
        shown = (told(figure, period, closed=closed) for figure in made)
        return Report(self.scope, period, tuple(shown), closed, max(0, live - LIVE))

    def _tally(self, period: Period, stored: Stored, most: int) -> tuple[Tally, int]:
        """What is counted of a period; how many of its days are not added up, of which the latest `most` are read.

        Of figures that were not asked for in what is stored there may be anything.
        """
        missing = set(self._live(period, stored))
        days = sorted({day for _, day in missing}, reverse=True)
        live = {(ward, day) for ward, day in missing if day in days[:most]}
        tally = self._set_right(stored)
        sums.add(tally, self._counted(live))
        return tally, len(days)

    def _practitioners(self, period: Period, codes: Collection[str] | None) -> int:
        """How many are in the directory; not asked for figures that do not count them."""
        wanted = BY_CODE if codes is None else codes
        counted = any(BY_CODE[code].statistic is Statistic.DISTINCT for code in wanted)
        return gathering.practitioners(self.conn, period) if counted else 0

    def _stored(self, periods: Sequence[Period], codes: Collection[str] | None = None) -> list[Stored]:
        """What is added up of each; of single days only each ward's."""
        if self.scope.level is Level.WARD:
            return store.read(self.conn, self.scope, periods, codes)
        kept = [period for period in periods if period.grain is not Grain.DAY]
        found = iter(store.read(self.conn, self.scope, kept, codes) if kept else [])
        return [Stored({}, {}, {}, {}) if period.grain is Grain.DAY else next(found) for period in periods]

    def _live(self, period: Period, stored: Stored) -> Iterator[WardDay]:
        """Wards' days that are not added up: today, and what the chore has not come to."""
        missing: dict[int, list[date]] = {}
        for ward in self._wards():
            hospital = self._hospital(ward)
            if hospital not in missing:
                first, today = self.begins.get(hospital, date.max), local_day(self.now, self._zone(ward))
                made = stored.days.get(hospital, frozenset())
                missing[hospital] = [day for day in period.days() if first <= day <= today and day not in made]
            yield from ((ward, day) for day in missing[hospital])

    def _set_right(self, stored: Stored) -> Tally:
        """What is added up, with the days in which something has happened since as they are now, and who waits."""
        tally = stored.tally
        touched = {
            (ward or NOWHERE, day)
            for ward, day in stored.touched
            if day in stored.days.get(self._hospital(ward or NOWHERE), ())
            and not Period.day(day).closed(self.now, self._zone(ward or NOWHERE))
        }
        for ward, day in touched:
            sums.add(tally, stored.touched[ward or None, day], -1)
        sums.add(tally, self._counted(touched))
        waiting = {id: each.repeats for id, each in stored.waiting.items() if (each.ward_id, each.day) not in touched}
        sums.add(tally, self._as_they_stand(waiting))
        return tally

    def _as_they_stand(self, waiting: Mapping[int, bool]) -> Tally:
        """What single requests count for now, by their ids; whether each repeats another."""
        new = {id: repeats for id, repeats in waiting.items() if id not in self._waiting}
        if new:
            found = gathering.read_some(self.conn, self.lines, new, self.now).requests
            self._waiting.update((int(fact.request_key), fact) for fact in found)
        facts = [self._waiting[id] for id in waiting if id in self._waiting]
        return sums.tally(Facts(requests=facts))

    def _counted(self, days: Collection[WardDay]) -> Tally:
        """What these wards' days are now, whoever waits among them."""
        whole: Tally = {}
        for day, its in groupby(sorted(days, key=lambda each: each[1]), key=lambda each: each[1]):
            wards = frozenset(ward for ward, _ in its)
            if (day, wards) not in self._days:
                self._days[day, wards] = self._counted_on(day, wards)
            sums.add(whole, self._days[day, wards])
        return whole

    def _counted_on(self, day: date, wards: Collection[int]) -> Tally:
        lines = [self.lines[ward] for ward in wards if ward in self.lines]
        wanted = extent.wanted(lines, Period.day(day), self.begins, nowhere=NOWHERE in wards)
        return sums.merged(sums.tally(gathering.read_wanted(self.conn, each, self.now)) for each in wanted)

    def _wards(self) -> list[int]:
        return [*self.lines, *([NOWHERE] if self.scope.level is Level.EVERYTHING else [])]

    def _hospital(self, ward: int) -> int:
        return self.lines[ward].hospital_id if ward in self.lines else NOWHERE

    def _zone(self, ward: int) -> ZoneInfo:
        return self.lines[ward].zone if ward in self.lines else ELSEWHERE

    def _closed(self, period: Period) -> bool:
        return all(period.closed(self.now, self._zone(ward)) for ward in self._wards())
