"""A register that is filled as an administrator does it: with CSV files."""

from dataclasses import dataclass
from datetime import datetime
from textwrap import dedent
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from scheduling import tables as t
from scheduling.importing import Report, import_practitioners, import_rota, import_seniors, import_wards


@dataclass(frozen=True)
class Register:
    """The importing administrator: each file as text, the report back."""

    connection: Connection

    def wards(self, text: str) -> Report:
        return import_wards(self.connection, dedent(text).encode())

    def seniors(self, text: str) -> Report:
        return import_seniors(self.connection, dedent(text).encode())

    def rota(self, text: str, replace: tuple[str, str] | None = None) -> Report:
        return import_rota(self.connection, dedent(text).encode(), replace=replace)

    def practitioners(self, text: str) -> Report:
        return import_practitioners(self.connection, dedent(text).encode())

    def ward_id(self, slug: str) -> int:
        found: int = self.connection.execute(select(t.wards.c.id).where(t.wards.c.slug == slug)).scalar_one()
        return found

    def shifts(self, zone: str = "Europe/Paris") -> list[str]:
        """The rota as one reads it: `cardio 1 Amélie 2026-11-23 08:30 – 2026-11-23 18:30`."""
        query = (
            select(t.wards.c.slug, t.shifts.c.rank, t.people.c.name, t.shifts.c.during)
            .join(t.wards, t.wards.c.id == t.shifts.c.ward_id)
            .join(t.people, t.people.c.id == t.shifts.c.person_id)
            .order_by(t.wards.c.slug, t.shifts.c.rank, t.shifts.c.during)
        )
        rows = self.connection.execute(query)
        return [
            f"{slug} {rank} {name} {_local(d.lower, zone)} – {_local(d.upper, zone)}" for slug, rank, name, d in rows
        ]


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
