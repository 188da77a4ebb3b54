"""A file that somebody brings, whatever it is: told by what is in it, never by its name. Pure."""

import re
from typing import Final

from scheduling.importing import grid, ics, layout, table, xlsx
from scheduling.importing.said import Asked, BadFile, Finding, Parsed, Place
from scheduling.importing.table import Table

LARGEST: Final = 5 * 1024 * 1024
_MACRO_NAMES = re.compile(r"\.(xlsm|xltm|xlam|xlsb)$", re.IGNORECASE)


def read(name: str, data: bytes, asked: Asked) -> Parsed:
    """What the file says of the ward's rota, and what is wrong with it. BadFile: it cannot be read at all."""
    if len(data) > LARGEST:
        raise BadFile("too_large", most=LARGEST // 1024 // 1024)
    if not data.strip():
        raise BadFile("empty")
    if _MACRO_NAMES.search(name):
        raise BadFile("macros")
    finding = Finding(asked)
    if data.startswith(xlsx.OLD_OFFICE):
        raise BadFile("old_office")
    if data.startswith(xlsx.ZIP):
        _read_tables(xlsx.tables(data), finding)
    elif ics.BEGINS in data[:1000].upper():
        ics.read(data, finding)
    else:
        _read_tables([table.from_csv(data)], finding)
    return finding.parsed()


def _read_tables(tables: list[Table], finding: Finding) -> None:
    read_any = [_read_table(one, finding) for one in tables]
    if not any(read_any):
        raise BadFile("no_table")
    for one, was_read in zip(tables, read_any, strict=True):
        if not was_read:
            finding.note(Place("sheet", one.name), "sheet_unread")


def _read_table(one: Table, finding: Finding) -> bool:
    """Whether this sheet holds a rota, in rows or as a month."""
    found = layout.header(one)
    if found is not None:
        layout.read(one, *found, finding)
        return True
    column, dated = grid.dates(one, finding)
    if dated:
        grid.read(one, column, dated, finding)
    return bool(dated)
