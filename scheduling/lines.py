"""The lines as anybody may see them: wards, codes, hours, and when each was last checked. Nobody is named in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, func, select

from scheduling import tables as t
from scheduling.folding import fold
from scheduling.opening import Opening

WARD, CONSULTATIONS = "ward", "consultations"  # what callers are offered, and where appointments are made


@dataclass(frozen=True)
class Line:
    """A ward as a caller finds it."""

    name: str
    keypad: str
    opening: Opening
    covered_by: str  # the ward that answers when it is closed; "" when none does
    checked_on: date | None  # on the hospital's calendar, when somebody last said that all this is right
    booking_url: str = ""  # where its appointments are made on line; "" nowhere


@dataclass(frozen=True)
class House:
    """A hospital and its lines, by name, accents aside."""

    id: int
    name: str
    lines: tuple[Line, ...]
    bookings: tuple[Line, ...] = ()  # its consultations that can be booked on line

    @property
    def shared(self) -> frozenset[str]:
        """Codes that several of its wards have: the caller is offered a menu."""
        codes = [line.keypad for line in self.lines]
        return frozenset(code for code in codes if codes.count(code) > 1)


_cover = t.wards.alias("cover")
_LINES: Select[Any] = (
    select(
        t.wards.c.name,
        t.wards.c.keypad,
        t.wards.c.opening,
        t.wards.c.checked_at,
        t.wards.c.role,
        t.wards.c.booking_url,
        _cover.c.name.label("cover"),
        t.hospitals.c.id.label("hospital_id"),
        t.hospitals.c.name.label("hospital"),
        t.hospitals.c.timezone,
    )
    .join(t.hospitals, t.hospitals.c.id == t.wards.c.hospital_id)
    .outerjoin(_cover, (_cover.c.id == t.wards.c.covered_by_id) & (_cover.c.live_from <= func.app_now()))
    .where(t.wards.c.role.in_((WARD, CONSULTATIONS)), t.wards.c.live_from <= func.app_now())
)


def public(conn: Connection) -> list[House]:
    """Every hospital that has a line, by name, with the wards that GPs reach."""
    rows = sorted(conn.execute(_LINES), key=lambda row: (fold(row.hospital), row.hospital_id, fold(row.name), row.name))
    houses = (_house(list(found)) for _, found in groupby(rows, key=lambda row: row.hospital_id))
    return [house for house in houses if house.lines]


def _house(rows: Sequence[Row[Any]]) -> House:
    lines = tuple(_line(row) for row in rows if row.role == WARD)
    bookings = tuple(_line(row) for row in rows if row.role == CONSULTATIONS and row.booking_url)
    return House(rows[0].hospital_id, rows[0].hospital, lines, bookings)


def _line(row: Row[Any]) -> Line:
    checked = row.checked_at.astimezone(ZoneInfo(row.timezone)).date() if row.checked_at else None
    opening = Opening.parse(row.opening, row.timezone)
    return Line(row.name, row.keypad, opening, row.cover or "", checked, row.booking_url)
