"""Rows of the tables as values: the columns to select, and what is made of them."""

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.sql.selectable import FromClause

from scheduling import tables as t
from scheduling.opening import Opening
from scheduling.rota import Person, Shift, Ward

_head = t.people.alias("head")
_coordinator = t.people.alias("coordinator")


def person_columns(source: FromClause, prefix: str) -> list[ColumnElement[Any]]:
    """The columns of a person, named after his part."""
    plain = [source.c[name].label(f"{prefix}_{name}") for name in ("id", "name", "title", "phone", "email")]
    return [*plain, source.c.opted_out_at.is_not(None).label(f"{prefix}_opted_out")]


def person_or_none(row: Row[Any], prefix: str) -> Person | None:
    """The person who plays that part in the row."""
    values = row._mapping
    if values[f"{prefix}_id"] is None:
        return None
    return Person(
        id=values[f"{prefix}_id"],
        name=values[f"{prefix}_name"],
        title=values[f"{prefix}_title"],
        phone=values[f"{prefix}_phone"],
        email=values[f"{prefix}_email"],
        opted_out=values[f"{prefix}_opted_out"],
    )


def shift_columns(source: FromClause) -> list[ColumnElement[Any]]:
    """The columns of a shift, out of its table or a query of it, and of the person who holds it."""
    return [
        source.c.id.label("shift_id"),
        source.c.ward_id.label("shift_ward_id"),
        source.c.rank.label("shift_rank"),
        func.lower(source.c.during).label("shift_start"),
        func.upper(source.c.during).label("shift_end"),
        *person_columns(t.people, "holder"),
    ]


SHIFT_COLUMNS = shift_columns(t.shifts)


def shift_or_none(row: Row[Any]) -> Shift | None:
    """The shift of the row and who holds it."""
    holder = person_or_none(row, "holder")
    if holder is None:
        return None
    return Shift(row.shift_ward_id, row.shift_rank, holder, row.shift_start, row.shift_end)


_WARD_COLUMNS = [
    t.wards.c[name]
    for name in (
        *("id", "slug", "name", "keypad", "keywords", "opening", "covered_by_id", "switchboard"),
        *("role", "booking_url", "live_from"),
    )
]


def select_wards(*more: ColumnElement[Any]) -> Select[Any]:
    """Wards with their hospital, head and coordinator."""
    return (
        select(
            *_WARD_COLUMNS,
            t.hospitals.c.name.label("hospital"),
            t.hospitals.c.timezone,
            *person_columns(_head, "head"),
            *person_columns(_coordinator, "coordinator"),
            *more,
        )
        .join(t.hospitals, t.hospitals.c.id == t.wards.c.hospital_id)
        .outerjoin(_head, _head.c.id == t.wards.c.head_id)
        .outerjoin(_coordinator, _coordinator.c.id == t.wards.c.coordinator_id)
    )


def ward_of(row: Row[Any]) -> Ward:
    """The ward of a row of `select_wards`."""
    return Ward(
        id=row.id,
        slug=row.slug,
        name=row.name,
        hospital=row.hospital,
        timezone=row.timezone,
        keypad=row.keypad,
        keywords=tuple(row.keywords),
        opening=Opening.parse(row.opening, row.timezone),
        covered_by_id=row.covered_by_id,
        head=person_or_none(row, "head"),
        coordinator=person_or_none(row, "coordinator"),
        switchboard=row.switchboard,
        role=row.role,
        booking_url=row.booking_url,
        live_from=row.live_from,
    )
