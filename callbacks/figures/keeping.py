"""Adds up the days that are over, once; and again those in which something has happened since.

A day's sums go into those of its week, month and year by what has changed of them. A request that time alone still
changes is not added up before it has settled: until then it is looked at each time (`figures.read`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine

from callbacks.figures import extent, gathering, store, sums
from callbacks.figures.extent import ELSEWHERE, Line, Wanted
from callbacks.figures.facts import Fact, Facts, RequestFact
from callbacks.figures.periods import DAY, FOLLOWED, Grain, Level, Period, Scope, local_day, running
from callbacks.figures.store import Place, Waiting
from callbacks.figures.sums import Tally
from config import clock

DAYS = 42  # of a hospital, at once: nobody's transaction lasts for minutes
BATCHES = 5  # of one visit of the tick: its interpreter is shared with what has a clock
FORGET = 500
NOWHERE = 0  # the hospital, and the ward, of calls that have none
WardDay = tuple[int, date]
log = structlog.get_logger(__name__)


@dataclass
class Added:
    """What one batch changes: the sums of wards' days as they are now, what they add to others, who waits."""

    days: dict[Place, Tally] = field(default_factory=dict)
    more: dict[Place, Tally] = field(default_factory=lambda: defaultdict(dict))
    waiting: list[Waiting] = field(default_factory=list)


def keep(engine: Engine, batches: int | None = None) -> int:
    """Add up what there is to add up, in so many batches at most; how many wards' days that was.

    Another who is at it is left to it.
    """
    done = 0
    for _ in count() if batches is None else range(batches):
        batch, left = _one_batch(engine)
        done += batch
        if not left:
            break
    if done:
        log.info("figures.kept", days=done)
    return done


def _one_batch(engine: Engine) -> tuple[int, bool]:
    """One transaction, which sees the register as it is at one moment; whether days are left."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as conn, conn.begin():
        if not store.alone(conn):
            return 0, False
        now = clock.read(conn).now
        store.begin_anew(conn)
        every = {line.id: line for line in gathering.lines(conn, Scope.everything())}
        changed = _changed(conn, every, now)
        missing = list(_missing(conn, every, now))
        batch = missing[:DAYS]
        _add_up(conn, every, {*changed, *_wards_of(every, batch)}, now)
        for hospital, day in batch:
            store.made(conn, hospital, [day], now)
        left = len(missing) > len(batch)
        if not left:  # a month that is still being put together must tell one practitioner from another
            _forget(conn, now)
        return len(changed) + len(batch), left


# Which days ---------------------------------------------------------------------------------------------------------


def _changed(conn: Connection, every: Mapping[int, Line], now: datetime) -> set[WardDay]:
    """Wards' days that are added up and have changed; of a closed one nothing counts any more."""
    noted = {(ward or NOWHERE, day) for ward, day in store.take_touched(conn) | store.settled(conn, now)}
    made = store.made_days(conn)
    return {
        (ward, day)
        for ward, day in noted
        if day in made.get(_hospital(every, ward), ()) and not Period.day(day).closed(now, _zone(every, ward))
    }


def _missing(conn: Connection, every: Mapping[int, Line], now: datetime) -> Iterator[tuple[int, date]]:
    """Days of hospitals that are over and not added up, the latest first: this month is what is looked at."""
    made = store.made_days(conn)
    zones = {line.hospital_id: line.zone for line in every.values()} | {NOWHERE: ELSEWHERE}
    found = (
        (hospital, day)
        for hospital, first in gathering.begins(conn).items()
        for day in running(first, now, zones[hospital])
        if day < local_day(now, zones[hospital]) and day not in made.get(hospital, ())
    )
    return iter(sorted(found, key=lambda each: (each[1], each[0]), reverse=True))


def _wards_of(every: Mapping[int, Line], days: Iterable[tuple[int, date]]) -> Iterator[WardDay]:
    for hospital, day in days:
        if hospital == NOWHERE:
            yield NOWHERE, day
        yield from ((line.id, day) for line in every.values() if line.hospital_id == hospital)


def _hospital(every: Mapping[int, Line], ward: int) -> int:
    return every[ward].hospital_id if ward in every else NOWHERE


def _zone(every: Mapping[int, Line], ward: int) -> ZoneInfo:
    return every[ward].zone if ward in every else ELSEWHERE


# Adding up ----------------------------------------------------------------------------------------------------------


def _add_up(conn: Connection, every: Mapping[int, Line], days: Collection[WardDay], now: datetime) -> None:
    added = Added()
    since = gathering.begins(conn)
    for day in sorted({day for _, day in days}):
        wards = {ward for ward, its in days if its == day}
        for asked in _wanted(every, wards, day, since):
            _count(added, gathering.read_wanted(conn, asked, now), asked, now)
    _roll_up(conn, added, every)
    store.wait(conn, days, added.waiting)


def _wanted(every: Mapping[int, Line], wards: set[int], day: date, since: Mapping[int, date]) -> Iterator[Wanted]:
    """What to read for these wards' day; a zone in which none of them lies is left out."""
    found = [every[ward] for ward in wards if ward in every]
    nowhere = NOWHERE in wards
    return extent.wanted(found, Period.day(day), since, nowhere=nowhere)


def _count(added: Added, facts: Facts, asked: Wanted, now: datetime) -> None:
    """Each ward's day of these, without what still waits."""
    for ward in (*asked.lines, *([NOWHERE] if asked.nowhere else [])):
        added.days[_of_day(ward, asked.first)] = {}
    for table, rows in facts.by_table().items():
        of_wards: dict[Place, list[Fact]] = defaultdict(list)
        for fact in rows:
            if not _waits(added, facts, fact, now):
                of_wards[_of_day(fact.ward_id or NOWHERE, fact.day)].append(fact)
        for place, theirs in of_wards.items():
            sums.count(added.days[place], table, theirs)


def _waits(added: Added, facts: Facts, fact: Fact, now: datetime) -> bool:
    """Whether time alone still changes it; it is noted then."""
    if not isinstance(fact, RequestFact) or facts.settles[fact.request_key] <= now:
        return False
    waiting = Waiting(
        request_id=int(fact.request_key),
        ward_id=fact.ward_id or NOWHERE,
        day=fact.day,
        repeats=fact.repeat,
        settles_at=facts.settles[fact.request_key],
    )
    added.waiting.append(waiting)
    return True


def _of_day(ward: int, day: date) -> Place:
    return Place(Level.WARD, ward, Grain.DAY, day)


def _roll_up(conn: Connection, added: Added, every: Mapping[int, Line]) -> None:
    """Write the days, and what they change of all that they are part of."""
    was = store.sums_at(conn, added.days)
    for place, tally in added.days.items():
        for above in _above(place, every):
            sums.add(added.more[above], tally)
            sums.add(added.more[above], was.get(place, {}), -1)
    whole = store.sums_at(conn, added.more)
    for place, more in added.more.items():
        sums.add(more, whole.get(place, {}))
    store.write(conn, {**added.days, **added.more})


def _above(place: Place, every: Mapping[int, Line]) -> Iterator[Place]:
    """The weeks, months and years that a ward's day is part of: the ward's, the hospital's, everybody's."""
    scopes = [(Level.EVERYTHING, 0)]
    if place.of_id != NOWHERE:
        scopes += [(Level.HOSPITAL, every[place.of_id].hospital_id), (Level.WARD, place.of_id)]
    for grain in (Grain.WEEK, Grain.MONTH, Grain.YEAR):
        first = Period.of(grain, place.first).first
        yield from (Place(level, of_id, grain, first) for level, of_id in scopes)


# Forgetting ---------------------------------------------------------------------------------------------------------


def _forget(conn: Connection, now: datetime) -> None:
    """Of closed periods only how many practitioners called is kept, not which."""
    last = local_day(now, ELSEWHERE) - FOLLOWED - 2 * DAY  # over everywhere, and nothing of it is watched
    before = {grain: Period.of(grain, last).first for grain in Grain}
    places = store.to_forget(conn, before, FORGET)
    tallies = store.sums_at(conn, places)
    for tally in tallies.values():
        for each in tally.values():
            if each.who:
                each.forget()
    store.forgotten(conn, tallies)
