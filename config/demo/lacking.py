"""What an older demo lacks of today's sample hospitals: its desks, with their people and their rota; and practices.

What is there stays as a visitor left it: a number that is already somebody's keeps its name, and nobody is moved.
"""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date

from sqlalchemy import Connection, select, text

from config import numbers
from config.numbers import PARIS
from scheduling import practices, sample
from scheduling.importing import Report, import_rota, import_seniors, import_wards
from scheduling.importing.practices import import_practices
from scheduling.tables import people, wards

Row = Mapping[str, str]
Importer = Callable[[Connection, bytes], Report]
_ABOVE = ("head", "coordinator")
_BOOKED_AT = text("update wards set booking_url = :url where slug = :slug and booking_url is null")


def add(connection: Connection, today: date, weeks: int) -> bool:
    """Add the sample lines that are missing, with so many weeks of rota from today; whether any was added.

    All of them or none: what cannot be added to this database is left out, and the demo opens as it was. Practices are
    tried apart: their doctors may be gone from its directory.
    """
    missing = [row for row in _read(sample.wards_csv()) if row["ward"] not in _slugs(connection)]
    if not missing:
        return False
    _whole(connection, _practices(connection))
    return _whole(connection, _lines(connection, missing, today, weeks))


def _whole(connection: Connection, imports: Iterator[Report]) -> bool:
    """Whether all of it went in; else nothing did."""
    with connection.begin_nested() as tried:
        whole = all(report.ok for report in imports)
        if not whole:
            tried.rollback()
    return whole


def _practices(connection: Connection) -> Iterator[Report]:
    if not practices.every(connection):
        yield import_practices(connection, sample.practices_csv())


def _lines(connection: Connection, missing: list[Row], today: date, weeks: int) -> Iterator[Report]:
    slugs, known = {row["ward"] for row in missing}, _phones(connection)
    yield _load(import_wards, connection, [_without_names(row, known) for row in missing])
    team = [row for row in _read(sample.seniors_csv()) if row["wards"] in slugs and _number(row["phone"]) not in known]
    yield _load(import_seniors, connection, team)
    theirs = {_number(row["phone"]) for row in team}
    rota = _read(sample.rota_csv(today, weeks).encode())
    yield _load(
        import_rota, connection, [row for row in rota if row["ward"] in slugs and _number(row["phone"]) in theirs]
    )
    for row in _read(sample.wards_csv()):
        connection.execute(_BOOKED_AT, {"slug": row["ward"], "url": row["booking_url"] or None})


def _without_names(row: Row, known: Collection[str]) -> Row:
    """Who is on file already is named as he is there: an empty cell says nothing."""
    on_file = [role for role in _ABOVE if row[f"{role}_phone"] and _number(row[f"{role}_phone"]) in known]
    return {**row, **{f"{role}_{field}": "" for role in on_file for field in ("name", "email")}}


def _load(importer: Importer, connection: Connection, rows: Iterable[Row]) -> Report:
    found, written = list(rows), io.StringIO()
    if not found:
        return Report()
    writer = csv.DictWriter(written, list(found[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    return importer(connection, written.getvalue().encode())


def _read(data: bytes) -> list[Row]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def _number(said: str) -> str:
    return numbers.parse(said, PARIS)


def _slugs(connection: Connection) -> set[str]:
    return set(connection.execute(select(wards.c.slug)).scalars())


def _phones(connection: Connection) -> set[str]:
    return set(connection.execute(select(people.c.phone)).scalars())
