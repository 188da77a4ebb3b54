"""A sheet as rows of cells, whichever program wrote it; here out of CSV, in any encoding of a ward's Excel. Pure."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from scheduling.importing.said import BadFile, Place
from scheduling.importing.sheet import DELIMITERS
from scheduling.importing.written import Cell
from scheduling.plain_text import bare

MOST_ROWS = 3000  # a year of three ranks by day and night is 2200
MOST_COLUMNS = 60
_MOST_LINES = 20 * MOST_ROWS  # blank ones included, which cost time and say nothing
LONGEST_CELL = 300  # characters
_TOLD_BY = 5  # lines that show what separates cells: a title may stand above the header
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Line:
    """A row of a sheet that is not blank: its number from 1, and its cells."""

    number: int
    cells: tuple[Cell, ...]

    def __getitem__(self, column: int) -> Cell:
        """The cell; None beyond the last."""
        return self.cells[column] if column < len(self.cells) else None


@dataclass(frozen=True)
class Table:
    """One sheet. `name` is empty where a file has but one; `in_cells`: it is a spreadsheet, its places have letters."""

    name: str
    lines: tuple[Line, ...]
    in_cells: bool = False

    def place(self, line: Line, column: int = 0) -> Place:
        """Where that is, as the person finds it: line 12, or cell C12."""
        if not self.in_cells:
            return Place("line", str(line.number))
        sheet = f"{self.name} " if self.name else ""
        return Place("cell", f"{sheet}{letters(column)}{line.number}")


def letters(column: int) -> str:
    """The name of a column: 0 is A, 27 is AB."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def from_csv(data: bytes) -> Table:
    """The table of a CSV file. BadFile."""
    text = _decoded(data)
    if text.count("\n") > _MOST_LINES:
        raise BadFile("too_many_rows", most=MOST_ROWS)
    head = "\n".join(text.split("\n", _TOLD_BY)[:_TOLD_BY])
    delimiter = max(DELIMITERS, key=head.count)
    return Table("", tuple(_lines(text, delimiter)))


def _decoded(data: bytes) -> str:
    """UTF-8, UTF-16 with its mark, else what Excel writes in western Europe."""
    for encoding in ("utf-16",) if data.startswith(_UTF16) else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text) is None:
            return text
    raise BadFile("not_text")


def _lines(text: str, delimiter: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number, found = 1, 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found += 1
                _check_size(found, cells)
                yield Line(number, tuple(_cell(cell) for cell in cells))
            number = reader.line_num + 1
    except csv.Error:
        raise BadFile("not_csv", line=number) from None


def _check_size(rows: int, cells: list[str]) -> None:
    if rows > MOST_ROWS:
        raise BadFile("too_many_rows", most=MOST_ROWS)
    if len(cells) > MOST_COLUMNS and any(cell.strip() for cell in cells[MOST_COLUMNS:]):
        raise BadFile("too_many_columns", most=MOST_COLUMNS)


def _cell(text: str) -> Cell:
    return bare(" ".join(text.split()))[:LONGEST_CELL] or None
