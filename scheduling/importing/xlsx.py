"""A spreadsheet's sheets as tables. What computes (formulas, macros) or swells (a zip bomb) is refused. Pure.

Only values are read: nothing of a stranger's workbook is ever worked out, and no entity of its XML is expanded
(openpyxl parses with defusedxml, which is a dependency for that).
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException

from config.lazily import lazily
from scheduling.importing.said import BadFile
from scheduling.importing.table import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, Line, Table, letters
from scheduling.importing.written import Cell

openpyxl = lazily("openpyxl")

ZIP: Final = b"PK\x03\x04"
OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"  # .xls of before 2007, and any workbook under a password
_UNPACKED = 20 * 1024 * 1024
_PARTS = 400  # files in the zip; a workbook of twelve sheets has some thirty
_SHEETS = 24
# What openpyxl makes of a tag weighs a hundred times the tag: a part with more of them than any rota has is not parsed.
_TAGS = {"xl/worksheets/": 250_000, "xl/sharedStrings.xml": 120_000, "": 40_000}
_CELLS = 60_000  # of a sheet, empty ones with a border included
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_TOLD = 5  # cells named in a refusal
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})[\"']")
_BROKEN = (
    *(DefusedXmlException, ParseError, zipfile.BadZipFile, NotImplementedError, RuntimeError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, EOFError, AssertionError, OSError),
)


def tables(data: bytes) -> list[Table]:
    """The visible sheets that hold anything. BadFile."""
    parts = _parts(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of ornaments that it does not read
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if len(sheets) > _SHEETS:
            raise BadFile("too_many_sheets", most=_SHEETS)
        alone = len(sheets) == 1
        found = [_table(sheet, "" if alone else sheet.title, parts) for sheet in sheets]
    except (*_BROKEN, openpyxl.utils.exceptions.InvalidFileException):  # of all that damage does to a reader
        raise BadFile("not_xlsx") from None
    return [table for table in found if table.lines]


def _parts(data: bytes) -> zipfile.ZipFile:
    """The zip, once it is sure that it is a workbook without macros, and of a size; a reader stops at that size."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise BadFile("not_xlsx") from None
    inside = parts.infolist()
    names = {part.filename for part in inside}
    if len(inside) > _PARTS or len(names) < len(inside) or sum(part.file_size for part in inside) > _UNPACKED:
        raise BadFile("swells", most=_UNPACKED // 1024 // 1024)
    if any(part.flag_bits & 1 for part in inside):
        raise BadFile("locked")
    if "mimetype" in names:
        raise BadFile("open_document")
    if any(name.lower().endswith("vbaproject.bin") or "/macrosheets/" in name.lower() for name in names):
        raise BadFile("macros")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise BadFile("not_xlsx")
    if any(_swells(name, parts) for name in names):
        raise BadFile("swells", most=_UNPACKED // 1024 // 1024)
    return parts


def _swells(name: str, parts: zipfile.ZipFile) -> bool:
    try:
        content = parts.read(name)
    except _BROKEN:
        raise BadFile("not_xlsx") from None
    most = next(tags for start, tags in _TAGS.items() if name.startswith(start))
    return content.count(b"<") > most or sum(1 for _ in _CELL.finditer(content)) > _CELLS


def _table(sheet: Any, name: str, parts: zipfile.ZipFile) -> Table:
    sheet.reset_dimensions()  # a file may say it has one cell, or a million rows
    rows = {number: list(cells) for number, cells in _rows(sheet)}
    _refuse_formulas(sheet.title, rows)
    values = {number: [_value(cell) for cell in cells] for number, cells in rows.items()}
    _spread(values, parts.read(sheet._worksheet_path))
    lines = (Line(number, tuple(cells)) for number, cells in sorted(values.items()))
    return Table(name, tuple(line for line in lines if any(cell is not None for cell in line.cells)), in_cells=True)


def _rows(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows that hold something, by number. Those that a file leaves out are not counted: they come for free."""
    found = 0
    for number, cells in enumerate(sheet.rows, 1):
        last = max((place for place, cell in enumerate(cells, 1) if cell.value is not None), default=0)
        found += last > 0
        if last > MOST_COLUMNS:
            raise BadFile("too_many_columns", most=MOST_COLUMNS)
        if found > MOST_ROWS or number > 10 * MOST_ROWS:
            raise BadFile("too_many_rows", most=MOST_ROWS)
        if last:
            yield number, cells[:last]


def _refuse_formulas(sheet: str, rows: Mapping[int, list[Any]]) -> None:
    found = [
        f"{letters(column)}{number}"
        for number, cells in rows.items()
        for column, cell in enumerate(cells)
        if cell.data_type == "f"
    ]
    if found:
        raise BadFile("formulas", sheet=sheet, cells=", ".join(found[:_TOLD]), count=len(found))


def _value(cell: Any) -> Cell:
    value = cell.value
    if isinstance(value, str):
        return " ".join(value.split())[:LONGEST_CELL] or None
    if cell.data_type == "e" or isinstance(value, bool):
        return str(value)
    return value  # type: ignore[no-any-return]  # openpyxl publishes no types


def _spread(rows: dict[int, list[Cell]], xml: bytes) -> None:
    """Merged cells all say what the first of them does: a name across Saturday and Sunday holds both days."""
    for found in _MERGED.findall(xml)[:MOST_ROWS]:
        left, top, right, bottom = openpyxl.utils.cell.range_boundaries(found.decode())
        if not (right <= MOST_COLUMNS and bottom - top <= MOST_ROWS and top in rows and left <= len(rows[top])):
            continue
        for number in range(top, bottom + 1):
            cells = rows.setdefault(number, [])
            cells += [None] * (right - len(cells))
            cells[left - 1 : right] = [rows[top][left - 1]] * (right - left + 1)
