"""The rota of many wards over a stretch of time: what stands in the table, and what rings because of it.

Three statements, however many wards and shifts: a hospital's month is thirty wards and five thousand shifts.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Connection, Integer, Select, SmallInteger, bindparam, column, func, select, true, values
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range

from scheduling import tables as t
from scheduling.folding import fold
from scheduling.rota import RANKS, Held, Person, Shift, Ward
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
    return (ward_of(row) for row in conn.execute(_WARDS, {"ward_ids": list(ward_ids)}))


def _between(conn: Connection, ward_ids: Iterable[int], start: datetime, end: datetime) -> Iterator[Held]:
    asked = {"ward_ids": list(ward_ids), "stretch": Range(start, end, bounds="[)")}
    rows = conn.execute(_SHIFTS, asked).all()
    people = _people(conn, {row[3] for row in rows})
    for shift_id, ward_id, rank, person_id, since, until in rows:
        yield Held(shift_id, Shift(ward_id, rank, people[person_id], since, until))


def _people(conn: Connection, ids: Collection[int]) -> dict[int, Person]:
    """Each person once: read with every shift, the names would weigh more than the rota."""
    found = (person_or_none(row, "person") for row in conn.execute(_PEOPLE, {"ids": list(ids)}))
    return {person.id: person for person in found if person is not None}


def _wards() -> Select[Any]:
    """The wards asked for, those that cover them, those that cover these, …; each once."""
    links = select(t.wards.c.id, t.wards.c.covered_by_id).where(t.wards.c.id == func.any(bindparam("ward_ids")))
    walk = links.cte("walk", recursive=True)
    cover = t.wards.alias("cover")
    walk = walk.union(select(cover.c.id, cover.c.covered_by_id).join(walk, walk.c.covered_by_id == cover.c.id))
    return select_wards().where(t.wards.c.id.in_(select(walk.c.id)))


def _shifts() -> Select[Any]:
    """Ward by ward and rank by rank, which is how the index is laid: as quick with ten years of shifts as with one."""
    ids = bindparam("ward_ids", type_=ARRAY(Integer))
    wards = func.unnest(ids).table_valued("id").render_derived("asked")
    ranks = values(column("rank", SmallInteger), name="ranks").data([(rank,) for rank in RANKS])
    shift = t.shifts.c
    touching = (
        select(t.shifts)
        .where(shift.ward_id == wards.c.id, shift.rank == ranks.c.rank)
        .where(shift.during.op("&&")(bindparam("stretch", type_=TSTZRANGE)))
        .correlate(wards, ranks)
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
        .select_from(wards)
        .join(ranks, true())
        .join(touching, true())
        .order_by("starts", touching.c.rank)
    )


# Made once: putting a statement together costs as much as asking it.
_WARDS = _wards()
_SHIFTS = _shifts()
_PEOPLE = select(*person_columns(t.people, "person")).where(t.people.c.id == func.any(bindparam("ids")))
_HELD = select(*SHIFT_COLUMNS).join(t.people, t.people.c.id == t.shifts.c.person_id)
