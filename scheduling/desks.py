"""Which line answers for a ward in which role: the one chosen for it, else the only one of that role in its hospital.

Nothing here commits.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from scheduling.rota import DESKS

# Where consultations are booked: it travels in an SMS.
BOOKING: Final = re.compile(r"https://[\w.-]+\.[\w-]+(/[!-~]*)?", re.ASCII)


@dataclass(frozen=True)
class Line:
    """A line that may answer for others."""

    id: int
    slug: str
    name: str
    role: str
    hospital: str


@dataclass(frozen=True)
class Answering:
    """Who answers for a ward in a role. `line` None: nobody else, the ward does; `chosen`: somebody said so."""

    role: str
    line: Line | None
    chosen: bool
    lines: tuple[Line, ...]  # those that may be chosen


_LINES = text(
    """
    select w.id, w.slug, w.name, w.role, h.name as hospital from wards w join hospitals h on h.id = w.hospital_id
    where w.role <> 'ward' and w.hospital_id = (select hospital_id from wards where id = :ward_id) and w.id <> :ward_id
    order by w.name, w.id"""
)
_CHOSEN = text("select role, desk_id from desks where ward_id = :ward_id")
_EVERY = text("select d.ward_id, d.role, w.slug from desks d join wards w on w.id = d.desk_id")
_TAKE = text("delete from desks where ward_id = :ward_id and role = :role")
_CHOOSE = text(
    """
    insert into desks (ward_id, role, desk_id) values (:ward_id, :role, :desk_id)
    on conflict (ward_id, role) do update set desk_id = excluded.desk_id"""
)


def of(conn: Connection, ward_id: int) -> list[Answering]:
    """Who answers for the ward, role by role."""
    lines, chosen = [_line(row) for row in conn.execute(_LINES, {"ward_id": ward_id})], chosen_for(conn, ward_id)
    return [_answering(role, [line for line in lines if line.role == role], chosen.get(role)) for role in DESKS]


def chosen_for(conn: Connection, ward_id: int) -> dict[str, int]:
    """The lines that were chosen for a ward, by role."""
    return {row.role: row.desk_id for row in conn.execute(_CHOSEN, {"ward_id": ward_id})}


def slugs(conn: Connection) -> dict[int, dict[str, str]]:
    """What was chosen for every ward: the line's slug by role, by ward."""
    found: dict[int, dict[str, str]] = {}
    for row in conn.execute(_EVERY):
        found.setdefault(row.ward_id, {})[row.role] = row.slug
    return found


def choose(conn: Connection, ward_id: int, chosen: Mapping[str, int | None]) -> bool:
    """Choose the lines that answer for the ward, by role (None: as it follows); whether anything was changed."""
    before = chosen_for(conn, ward_id)
    for role, desk_id in chosen.items():
        values = {"ward_id": ward_id, "role": role, "desk_id": desk_id}
        conn.execute(_TAKE if desk_id is None else _CHOOSE, values)
    return chosen_for(conn, ward_id) != before


def _answering(role: str, lines: list[Line], chosen: int | None) -> Answering:
    found = next((line for line in lines if line.id == chosen), None)
    only = lines[0] if len(lines) == 1 else None
    return Answering(role, found or only, found is not None, tuple(lines))


def _line(row: Row[Any]) -> Line:
    return Line(row.id, row.slug, row.name, row.role, row.hospital)
