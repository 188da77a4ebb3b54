"""Practices and health centres on file: their shared numbers, and who works there. Nothing here commits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, true, update

from scheduling import store
from scheduling import tables as t
from scheduling.partner_tables import practice_members, practice_phones, practices

KINDS: Final = ("practice", "health_centre", "group")
COLUMNS: Final = ("name", "kind", "postcode", "town", "finess")


@dataclass(frozen=True)
class Entry:
    """What the directory says of a practice."""

    name: str
    kind: str  # of KINDS
    postcode: str
    town: str
    finess: str | None
    phones: tuple[str, ...]  # E.164, the first one first
    members: frozenset[int]  # ids of practitioners


@dataclass(frozen=True)
class Practice:
    """A practice on file, as a list shows it."""

    id: int
    entry: Entry


@dataclass(frozen=True)
class Place:
    """Where a number rings: the practice, and who works there, by name."""

    name: str
    town: str
    members: tuple[str, ...]


def entry(conn: Connection, practice_id: int, *, hold: bool = False) -> Entry | None:
    """What is on file; `hold` keeps others from changing it until the commit."""
    if hold:
        conn.execute(select(practices.c.id).where(practices.c.id == practice_id).with_for_update(key_share=True))
    return next((one.entry for one in every(conn, [practice_id])), None)


def every(conn: Connection, ids: Sequence[int] | None = None) -> list[Practice]:
    """All on file, or those of these ids, by name."""
    wanted = true() if ids is None else practices.c.id.in_(ids)
    rows = conn.execute(select(practices).where(wanted).order_by(practices.c.folded, practices.c.id)).all()
    of_these = [row.id for row in rows]
    phones = _several(conn, practice_phones.c.practice_id, practice_phones.c.phone, of_these)
    members = _several(conn, practice_members.c.practice_id, practice_members.c.practitioner_id, of_these)
    return [
        Practice(
            row.id,
            Entry(
                **{name: row._mapping[name] for name in COLUMNS},
                phones=tuple(phones.get(row.id, ())),
                members=frozenset(members.get(row.id, ())),
            ),
        )
        for row in rows
    ]


def _several(conn: Connection, of: Any, column: Any, ids: Sequence[int]) -> dict[int, list[Any]]:
    order = practice_phones.c.position if column is practice_phones.c.phone else column
    found: dict[int, list[Any]] = {}
    for practice_id, value in conn.execute(select(of, column).where(of.in_(ids)).order_by(order)):
        found.setdefault(practice_id, []).append(value)
    return found


def of_practitioner(conn: Connection, practitioner_id: int) -> list[Practice]:
    """Where he works."""
    his = select(practice_members.c.practice_id).where(practice_members.c.practitioner_id == practitioner_id)
    return every(conn, conn.execute(his).scalars().all())


def of_him_alone(conn: Connection, practitioner_id: int) -> list[Practice]:
    """Where nobody else works: mostly they are named after him, and the line is his."""
    return [one for one in of_practitioner(conn, practitioner_id) if one.entry.members == {practitioner_id}]


def forget(conn: Connection, practice_id: int) -> None:
    """Its row, with its numbers and who works there."""
    conn.execute(delete(practices).where(practices.c.id == practice_id))


def where_it_rings(conn: Connection, phone: str | None) -> list[Place]:
    """The practices that have this number (E.164): a senior who calls back asks for one of their doctors."""
    if phone is None:
        return []
    having = select(practice_phones.c.practice_id).where(practice_phones.c.phone == phone)
    found = every(conn, conn.execute(having).scalars().all())
    return [Place(one.entry.name, one.entry.town, tuple(names_of(conn, one.entry.members).values())) for one in found]


def doctors_at(conn: Connection, phone: str | None) -> dict[int, str]:
    """Who works where this number (E.164) rings, by name."""
    if phone is None:
        return {}
    return names_of(conn, conn.execute(store.ids_at_practice(phone)).scalars().all())


def members_of(conn: Connection, said: Entry) -> dict[int, str]:
    """Who works there, by name."""
    return names_of(conn, said.members)


def names_of(conn: Connection, ids: Collection[int]) -> dict[int, str]:
    """What these practitioners are called, in the order of their names."""
    his = t.practitioners.c
    found = select(his.id, his.name).where(his.id.in_(ids)).order_by(his.folded, his.id)
    return {row.id: row.name for row in conn.execute(found)}


def write(conn: Connection, practice_id: int | None, draft: Entry) -> int:
    """The rows themselves; the id."""
    columns = {name: getattr(draft, name) for name in COLUMNS}
    if practice_id is None:
        practice_id = conn.execute(insert(practices).values(columns).returning(practices.c.id)).scalar_one()
    else:
        conn.execute(update(practices).where(practices.c.id == practice_id).values(columns))
    for table in (practice_phones, practice_members):
        conn.execute(delete(table).where(table.c.practice_id == practice_id))
    phones = [{"phone": phone, "position": place} for place, phone in enumerate(draft.phones)]
    members = [{"practitioner_id": member} for member in sorted(draft.members)]
    for table, rows in ((practice_phones, phones), (practice_members, members)):
        if rows:
            conn.execute(insert(table), [row | {"practice_id": practice_id} for row in rows])
    return practice_id
