"""Sums in the database: written by whoever adds them up, read with all that must be set right about them.

What is read together is read in one statement: between two, the sums of a day could take in what the second then adds.
"""

import json
import zlib
from base64 import b64decode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, text

from callbacks.figure_tables import figure_days, figure_sums
from callbacks.figures.definitions import EDITION
from callbacks.figures.periods import Grain, Level, Period, Scope
from callbacks.figures.sums import Sums, Tally

_LOCK = 0x66696775726573  # "figures"


@dataclass(frozen=True, order=True)
class Place:
    """Whose sums, of which period."""

    level: Level
    of_id: int
    grain: Grain
    first: date


@dataclass(frozen=True)
class Waiting:
    """A request of a day that is added up, which time alone still changes."""

    request_id: int
    ward_id: int
    day: date
    repeats: bool
    settles_at: datetime


@dataclass(frozen=True)
class Stored:
    """What is added up of a scope and a period, and what of it must be looked at again.

    `days`: by hospital (0: calls without a ward), which are in it. `waiting`: requests that are not, by whether they
    repeat another. `touched`: wards' days that have changed since, as they are in it.
    """

    tally: Tally
    days: Mapping[int, frozenset[date]]
    waiting: Mapping[int, Waiting]
    touched: Mapping[tuple[int | None, date], Tally]


# Sums as bytes ------------------------------------------------------------------------------------------------------


def packed(tally: Tally) -> bytes:
    """A tally as it lies in the database."""
    whole = {code: _written(sums) for code, sums in sorted(tally.items()) if not sums.empty}
    return zlib.compress(json.dumps(whole, separators=(",", ":")).encode(), 1)


def unpacked(content: bytes | None, codes: Collection[str] | None = None) -> Tally:
    """The tally of these bytes, or as much of it as these codes are; an empty one of none."""
    if content is None:
        return {}
    whole = json.loads(zlib.decompress(content))
    return {code: _read(*fields) for code, fields in whole.items() if codes is None or code in codes}


def _written(sums: Sums) -> list[Any]:
    cells = [[*place, often] for place, often in sorted(sums.cells.items())]
    numbers = [_pairs(each) for each in (sums.values, sums.censored, sums.who)]
    return [sums.counted, sums.of, sums.missing, sums.forgotten, dict(sorted(sums.excluded.items())), cells, *numbers]


def _pairs(counts: Mapping[int, int]) -> list[list[int]]:
    ordered = sorted(counts)
    return [ordered, [counts[value] for value in ordered]]


def _read(
    counted: int,
    of: int,
    missing: int,
    forgotten: int,
    excluded: dict[str, int],
    cells: list[tuple[str, str, int]],
    *numbers: tuple[list[int], list[int]],
) -> Sums:
    sums = Sums(counted, of, missing, forgotten)
    sums.excluded.update(excluded)
    sums.cells.update({(row, column): often for row, column, often in cells})
    for mine, (values, often) in zip((sums.values, sums.censored, sums.who), numbers, strict=True):
        mine.update(dict(zip(values, often, strict=True)))
    return sums


# Reading ------------------------------------------------------------------------------------------------------------

# The days of calls and requests are those of their hospital; without a ward, of the first.
_DAY = "cast(t.at at time zone coalesce(h.timezone, 'Europe/Paris') as date)"
_OF_SCOPE = """(:level = 'everything' or :level = 'hospital' and w.hospital_id = :id
        or :level = 'ward' and w.id = :id)"""
_TOUCHED = f"""
    select distinct t.ward_id, {_DAY} as day from figure_touched t
    left join wards w on w.id = t.ward_id left join hospitals h on h.id = w.hospital_id
    where {_OF_SCOPE}"""
_STORED = text(
    f"""
    select
      (select sums from figure_sums
        where level = :level and of_id = :id and grain = asked.grain and first = asked.first and edition = :edition
      ) as sums,
      (select coalesce(jsonb_object_agg(hospital_id, days), '{{}}') from (
        select hospital_id, jsonb_agg(day) as days from figure_days
        where day between asked.first and asked.last and edition = :edition group by hospital_id) as made) as days,
      (select coalesce(jsonb_agg(jsonb_build_array(x.request_id, x.ward_id, x.day, x.repeats, x.settles_at)), '[]')
        from figure_waiting x join wards w on w.id = x.ward_id
        where x.day between asked.first and asked.last and {_OF_SCOPE}) as waiting,
      (select coalesce(jsonb_agg(jsonb_build_array(t.ward_id, t.day, encode(s.sums, 'base64'))), '[]')
        from ({_TOUCHED}) as t
        left join figure_sums s on s.level = 'ward' and s.of_id = coalesce(t.ward_id, 0) and s.grain = 'day'
            and s.first = t.day and s.edition = :edition
        where t.day between asked.first and asked.last) as touched
    from unnest(cast(:grains as text[]), cast(:firsts as date[]), cast(:lasts as date[]))
        with ordinality as asked(grain, first, last, place)
    order by asked.place"""
)


def read(
    conn: Connection, scope: Scope, periods: Sequence[Period], codes: Collection[str] | None = None
) -> list[Stored]:
    """What is added up of each of these periods, in one statement; `codes`: for these figures alone."""
    values = {"level": scope.level, "id": scope.id, "edition": EDITION}
    spans = {
        "grains": [str(each.grain) for each in periods],
        "firsts": [each.first for each in periods],
        "lasts": [each.last for each in periods],
    }
    return [_stored(row, codes) for row in conn.execute(_STORED, values | spans)]


def _stored(row: Row[Any], codes: Collection[str] | None) -> Stored:
    waiting = [_waiting(*each) for each in row.waiting]
    return Stored(
        tally=unpacked(row.sums, codes),
        days={int(id): frozenset(date.fromisoformat(day) for day in days) for id, days in row.days.items()},
        waiting={each.request_id: each for each in waiting},
        touched={(ward, date.fromisoformat(day)): _decoded(sums, codes) for ward, day, sums in row.touched},
    )


def _waiting(request_id: int, ward_id: int, day: str, repeats: bool, settles_at: str) -> Waiting:
    return Waiting(request_id, ward_id, date.fromisoformat(day), repeats, datetime.fromisoformat(settles_at))


def _decoded(sums: str | None, codes: Collection[str] | None) -> Tally:
    return unpacked(None if sums is None else b64decode(sums), codes)


def of_wards(conn: Connection, period: Period, role: str) -> dict[int, bytes]:
    """The sums of every line of this role in a period, packed."""
    values = {"grain": period.grain, "first": period.first, "edition": EDITION, "role": role}
    return {row.of_id: bytes(row.sums) for row in conn.execute(_OF_WARDS, values)}


_OF_WARDS = text(
    """
    select s.of_id, s.sums from figure_sums s join wards w on w.id = s.of_id
    where s.level = 'ward' and s.grain = :grain and s.first = :first and s.edition = :edition and w.role = :role"""
)


# Writing ------------------------------------------------------------------------------------------------------------


def alone(conn: Connection) -> bool:
    """Whether nobody else adds up now; until the transaction ends nobody will."""
    return bool(conn.execute(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar_one())


def begin_anew(conn: Connection) -> None:
    """Forget what was added up by other definitions than ours."""
    for table in (figure_sums, figure_days):
        conn.execute(delete(table).where(table.c.edition != EDITION))


def sums_at(conn: Connection, places: Iterable[Place]) -> dict[Place, Tally]:
    """The sums of these places; those that have none are left out."""
    asked = list(places)
    columns = {
        "levels": [str(each.level) for each in asked],
        "ids": [each.of_id for each in asked],
        "grains": [str(each.grain) for each in asked],
        "firsts": [each.first for each in asked],
    }
    rows = conn.execute(_SUMS_AT, columns)
    return {Place(Level(row.level), row.of_id, Grain(row.grain), row.first): unpacked(row.sums) for row in rows}


_SUMS_AT = text(
    """
    select s.level, s.of_id, s.grain, s.first, s.sums
    from unnest(cast(:levels as text[]), cast(:ids as integer[]), cast(:grains as text[]), cast(:firsts as date[]))
        as asked(level, of_id, grain, first)
    join figure_sums s using (level, of_id, grain, first)"""
)


def write(conn: Connection, tallies: Mapping[Place, Tally]) -> None:
    """Keep these sums in place of what was there."""
    rows = [
        {
            "level": place.level,
            "of_id": place.of_id,
            "grain": place.grain,
            "first": place.first,
            "edition": EDITION,
            "sums": packed(tally),
        }
        for place, tally in sorted(tallies.items())
    ]
    if rows:
        conn.execute(_WRITE, rows)


_WRITE = text(
    """
    insert into figure_sums (level, of_id, grain, first, edition, sums)
    values (:level, :of_id, :grain, :first, :edition, :sums)
    on conflict (level, of_id, grain, first)
    do update set edition = excluded.edition, sums = excluded.sums, forgotten = false"""
)


def made(conn: Connection, hospital_id: int, days: Sequence[date], now: datetime) -> None:
    """These days of a hospital are added up."""
    rows = [{"hospital": hospital_id, "day": day, "edition": EDITION, "now": now} for day in days]
    conn.execute(_MADE, rows)


_MADE = text(
    """
    insert into figure_days (hospital_id, day, edition, made_at) values (:hospital, :day, :edition, :now)
    on conflict (hospital_id, day) do update set edition = excluded.edition, made_at = excluded.made_at"""
)


def made_days(conn: Connection) -> dict[int, set[date]]:
    """The days that are added up, by hospital."""
    found: dict[int, set[date]] = {}
    ours = select(figure_days.c.hospital_id, figure_days.c.day).where(figure_days.c.edition == EDITION)
    for row in conn.execute(ours):
        found.setdefault(row.hospital_id, set()).add(row.day)
    return found


def wait(conn: Connection, days: Iterable[tuple[int, date]], waiting: Iterable[Waiting]) -> None:
    """Of these wards' days, these requests wait, and no other."""
    gone = [{"ward": ward, "day": day} for ward, day in days]
    if gone:
        conn.execute(text("delete from figure_waiting where ward_id = :ward and day = :day"), gone)
    rows = [
        {"id": each.request_id, "ward": each.ward_id, "day": each.day, "at": each.settles_at, "again": each.repeats}
        for each in waiting
    ]
    if rows:
        conn.execute(_WAIT, rows)


# A request that was carried to another ward waits there.
_WAIT = text(
    """
    insert into figure_waiting (request_id, ward_id, day, settles_at, repeats) values (:id, :ward, :day, :at, :again)
    on conflict (request_id) do update set ward_id = excluded.ward_id, day = excluded.day,
        settles_at = excluded.settles_at, repeats = excluded.repeats"""
)


def settled(conn: Connection, now: datetime) -> set[tuple[int | None, date]]:
    """Wards' days with a request that waits no longer."""
    rows = conn.execute(text("select distinct ward_id, day from figure_waiting where settles_at <= :now"), {"now": now})
    return {(row.ward_id, row.day) for row in rows}


def take_touched(conn: Connection) -> set[tuple[int | None, date]]:
    """Wards' days in which something has happened, and no longer noted: in this transaction they are added up again."""
    return {(row.ward_id, row.day) for row in conn.execute(_TAKE_TOUCHED)}


_TAKE_TOUCHED = text(
    f"""
    with t as (delete from figure_touched returning ward_id, at)
    select distinct t.ward_id, {_DAY} as day from t
    left join wards w on w.id = t.ward_id left join hospitals h on h.id = w.hospital_id"""
)


def to_forget(conn: Connection, before: Mapping[Grain, date], most: int) -> list[Place]:
    """Sums of periods that began before these days and still know which practitioners they are of."""
    return [
        Place(Level(row.level), row.of_id, Grain(row.grain), row.first)
        for grain, first in before.items()
        for row in conn.execute(_TO_FORGET, {"grain": grain, "before": first, "most": most})
    ]


_TO_FORGET = text(
    """
    select level, of_id, grain, first from figure_sums
    where not forgotten and grain = :grain and first < :before limit :most"""
)


def forgotten(conn: Connection, tallies: Mapping[Place, Tally]) -> None:
    """Keep these sums, of which nobody knows any more which practitioners they are of."""
    write(conn, tallies)
    rows = [{"level": at.level, "of_id": at.of_id, "grain": at.grain, "first": at.first} for at in tallies]
    if rows:
        conn.execute(_FORGOTTEN, rows)


_FORGOTTEN = text(
    """
    update figure_sums set forgotten = true
    where level = :level and of_id = :of_id and grain = :grain and first = :first"""
)
