"""The rota of many wards over stretches of time: what stands in the table, and what rings because of it.

Three statements, however many wards and shifts: a hospital's month is thirty wards and five thousand shifts.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    DateTime,
    Integer,
    Select,
    TableValuedAlias,
    bindparam,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range

from scheduling import rota
from scheduling import tables as t
from scheduling.folding import fold
from scheduling.opening import Stretch, join
from scheduling.rota import RANKS, Held, OnCall, Person, Shift, Ward
from scheduling.rows import SHIFT_COLUMNS, person_columns, person_or_none, select_wards, shift_or_none, ward_of
from scheduling.timeline import Segment, timeline


@dataclass(frozen=True)
class Line:
    """One ward: its shifts in the order they begin, and who is on call for it from start to end of the stretch."""

    ward: Ward
    held: tuple[Held, ...]
    segments: tuple[Segment, ...]


def read(conn: Connection, ward_ids: Collection[int], start: datetime, end: datetime) -> list[Line]:
    """The lines of these wards, by hospital and name, accents aside."""
    known = {ward.id: ward for ward in _with_their_covers(conn, ward_ids)}
    held = defaultdict[int, list[Held]](list)
    for each in _between(conn, known, start, end):
        held[each.shift.ward_id].append(each)
    lines = (_line(_chain(ward, known), held, start, end) for ward in known.values() if ward.id in set(ward_ids))
    return sorted(lines, key=lambda line: (fold(line.ward.hospital), fold(line.ward.name), line.ward.id))


@dataclass(frozen=True)
class Duty:
    """Who is on call for some wards at any instant of the stretches that were read."""

    chains: Mapping[int, Sequence[Ward]]  # by ward: itself, and those that cover it
    stretches: Mapping[int, Sequence[Stretch]]  # by ward
    shifts: Mapping[int, Sequence[Shift]]  # by ward, those that cover it among them

    def on_call(self, ward_id: int, at: datetime) -> OnCall | None:
        """As `store.on_call`; None: it was not read."""
        if not any(since <= at < until for since, until in self.stretches.get(ward_id, ())):
            return None
        chain = self.chains[ward_id]
        return rota.on_call(chain, (shift for ward in chain for shift in self.shifts.get(ward.id, ())), at)


def duty(conn: Connection, wanted: Mapping[int, Iterable[Stretch]]) -> Duty:
    """Who is on call for each of these wards in its stretches."""
    known = {ward.id: ward for ward in _with_their_covers(conn, wanted.keys())}
    chains = {ward_id: _chain(known[ward_id], known) for ward_id in wanted if ward_id in known}
    stretches = {ward_id: join(wanted[ward_id]) for ward_id in chains}
    asked, shifts = defaultdict[int, list[Stretch]](list), defaultdict[int, list[Shift]](list)
    for ward_id, chain in chains.items():
        for ward in chain:
            asked[ward.id] += stretches[ward_id]
    for each in _in_each(conn, asked):
        shifts[each.shift.ward_id].append(each.shift)
    return Duty(chains, stretches, shifts)


def held(conn: Connection, ward_id: int, shift_id: int) -> Held | None:
    """One shift of a ward; None when it is not there (any more)."""
    query = _HELD.where(t.shifts.c.id == shift_id, t.shifts.c.ward_id == ward_id)
    row = conn.execute(query).one_or_none()
    shift = None if row is None else shift_or_none(row)
    return None if shift is None else Held(shift_id, shift)


def _line(chain: list[Ward], held: Mapping[int, list[Held]], start: datetime, end: datetime) -> Line:
    shifts = [each.shift for ward in chain for each in held.get(ward.id, ())]
    return Line(chain[0], tuple(held.get(chain[0].id, ())), tuple(timeline(chain, shifts, start, end)))


def _chain(ward: Ward, known: Mapping[int, Ward]) -> list[Ward]:
    """As `store.chain`: a ward met twice ends it."""
    chain = [ward]
    while chain[-1].covered_by_id is not None and known[chain[-1].covered_by_id] not in chain:
        chain.append(known[chain[-1].covered_by_id])
    return chain


def _with_their_covers(conn: Connection, ward_ids: Collection[int]) -> Iterator[Ward]:
    return (ward_of(row) for row in conn.execute(_WARDS, {"ward_ids": list(ward_ids)}).all())


def _between(conn: Connection, ward_ids: Iterable[int], start: datetime, end: datetime) -> Iterator[Held]:
    asked = {"ward_ids": list(ward_ids), "stretch": Range(start, end, bounds="[)")}
    return _with_people(conn, conn.execute(_SHIFTS, asked).all())


def _in_each(conn: Connection, wanted: Mapping[int, Iterable[Stretch]]) -> Iterator[Held]:
    asked = [(ward_id, since, until) for ward_id, stretches in wanted.items() for since, until in join(stretches)]
    sides = {name: [each[place] for each in asked] for place, name in enumerate(("ward_ids", "starts", "ends"))}
    rows = conn.execute(_SHIFTS_OF_EACH, sides).all()
    return _with_people(conn, {row[0]: row for row in rows}.values())  # who is on call in two of them comes once


def _with_people(conn: Connection, rows: Collection[Sequence[Any]]) -> Iterator[Held]:
    people = _people(conn, {row[3] for row in rows})
    for shift_id, ward_id, rank, person_id, since, until in rows:
        yield Held(shift_id, Shift(ward_id, rank, people[person_id], since, until))


def _people(conn: Connection, ids: Collection[int]) -> dict[int, Person]:
    """Each person once: read with every shift, the names would weigh more than the rota."""
    found = (person_or_none(row, "person") for row in conn.execute(_PEOPLE, {"ids": list(ids)}).all())
    return {person.id: person for person in found if person is not None}


def _wards() -> Select[Any]:
    """The wards asked for, those that cover them, those that cover these, …; each once."""
    links = select(t.wards.c.id, t.wards.c.covered_by_id).where(t.wards.c.id == func.any(bindparam("ward_ids")))
    walk = links.cte("walk", recursive=True)
    cover = t.wards.alias("cover")
    walk = walk.union(select(cover.c.id, cover.c.covered_by_id).join(walk, walk.c.covered_by_id == cover.c.id))
    return select_wards().where(t.wards.c.id.in_(select(walk.c.id)))


def _shifts(asked: TableValuedAlias, stretch: ColumnElement[Any]) -> Select[Any]:
    """Ward by ward and rank by rank, which is how the index is laid: as quick with ten years of shifts as with one."""
    ranks = func.unnest(_RANKS).table_valued("rank").render_derived("ranks")
    shift = t.shifts.c
    touching = (
        select(t.shifts)
        .where(shift.ward_id == asked.c.id, shift.rank == ranks.c.rank)
        .where(shift.during.op("&&")(stretch))
        .offset(literal_column("0"))  # a wall: of stretches it knows nothing, so it would join the whole table
        .correlate(asked, ranks)
        .lateral("touching")
    )
    return (
        select(
            touching.c.id,
            touching.c.ward_id,
            touching.c.rank,
            touching.c.person_id,
            func.lower(touching.c.during).label("starts"),
            func.upper(touching.c.during),
        )
        .select_from(asked)
        .join(ranks, true())
        .join(touching, true())
        .order_by("starts", touching.c.rank)
    )


def _shifts_of_all() -> Select[Any]:
    """Of these wards, in one stretch."""
    asked = func.unnest(_WARD_IDS).table_valued("id").render_derived("asked")
    return _shifts(asked, bindparam("stretch", type_=TSTZRANGE))


def _shifts_of_each() -> Select[Any]:
    """Of each ward in its own stretches: the lists run side by side, a ward as often as it has stretches."""
    edges = (bindparam(name, type_=ARRAY(DateTime(timezone=True))) for name in ("starts", "ends"))
    asked = func.unnest(_WARD_IDS, *edges).table_valued("id", "since", "until").render_derived("asked")
    return _shifts(asked, func.tstzrange(asked.c.since, asked.c.until))


# Made once: putting a statement together costs as much as asking it.
_WARDS = _wards()
# Not VALUES, of which SQLAlchemy keeps no compiled form; of the column's type, so that its index knows them.
_RANKS: ColumnElement[Any] = literal_column(f"cast('{{{','.join(map(str, RANKS))}}}' as smallint[])")
_WARD_IDS = bindparam("ward_ids", type_=ARRAY(Integer))
_SHIFTS, _SHIFTS_OF_EACH = _shifts_of_all(), _shifts_of_each()
_PEOPLE = select(*person_columns(t.people, "person")).where(t.people.c.id == func.any(bindparam("ids")))
_HELD = select(*SHIFT_COLUMNS).join(t.people, t.people.c.id == t.shifts.c.person_id)
