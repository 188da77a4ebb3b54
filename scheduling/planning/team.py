"""Who belongs to a ward, and in which category the law names them."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select

from scheduling import tables as t
from scheduling.folding import fold
from scheduling.rota import Person
from scheduling.rows import person_columns, person_or_none


@dataclass(frozen=True)
class Member:
    """A senior of some ward; `category` is "PH", "CCA", …, "" when it is not known."""

    person: Person
    category: str


def of_wards(conn: Connection, ward_ids: Collection[int]) -> list[Member]:
    """The seniors of these wards who have not left, each once, by name."""
    members = select(t.ward_seniors.c.person_id).where(t.ward_seniors.c.ward_id.in_(list(ward_ids)))
    return _members(conn, t.people.c.id.in_(members) & t.people.c.left_at.is_(None))


def of_ids(conn: Connection, ids: Collection[int]) -> list[Member]:
    """The people of these ids, by name."""
    return _members(conn, t.people.c.id.in_(list(ids)))


def _members(conn: Connection, condition: ColumnElement[bool]) -> list[Member]:
    query = select(*person_columns(t.people, "person")).add_columns(t.people.c.category).where(condition)
    rows = conn.execute(query).all()
    found = [Member(person, row.category) for row in rows if (person := person_or_none(row, "person")) is not None]
    return sorted(found, key=lambda member: (fold(member.person.name), member.person.id))
