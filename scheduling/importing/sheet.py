"""A CSV file as an administrator saves it, and the report of what was made of it. Pure."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from config import texts
from scheduling.plain_text import bare

DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, order=True)
class RowError:
    """Why a row cannot be imported. Line 0: the command, not the file."""

    line: int
    reason: str  # in English, as the command says it
    code: str = field(default="", compare=False)  # of `imports` in the catalogue
    values: Mapping[str, object] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason

    def words(self, language: str) -> str:
        """The reason in a language."""
        said = {name: value(language) if callable(value) else value for name, value in self.values.items()}
        return texts.say(f"imports.{self.code}", language, **said) if self.code else self.reason


@dataclass(frozen=True)
class Report:
    """What an import did, in rows of the file; with errors, nothing was written."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0  # shifts taken out of the replaced stretch
    warnings: tuple[RowError, ...] = ()
    errors: tuple[RowError, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the file was imported."""
        return not self.errors


def _row_error(row: int, code: str, values: Mapping[str, object]) -> RowError:
    unsaid = RowError(row, "", code, values)
    return RowError(row, unsaid.words("en"), code, values)


@dataclass
class Findings:
    """Collects what is wrong, and what is merely odd, while a file is read."""

    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowError] = field(default_factory=list)

    def error(self, row: int, code: str, /, **values: object) -> None:
        """The file cannot be imported because of this; a value may be words by language."""
        self.errors.append(_row_error(row, code, values))

    def warn(self, row: int, code: str, /, **values: object) -> None:
        """Worth telling; the import goes on."""
        self.warnings.append(_row_error(row, code, values))

    def refusal(self) -> Report:
        """The report of a file that is not imported: all that is wrong, in the order of its lines."""
        return Report(errors=tuple(sorted(set(self.errors))), warnings=tuple(sorted(set(self.warnings))))


@dataclass(frozen=True)
class Columns:
    """The columns a file must have and those it may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> frozenset[str]:
        return frozenset(self.required + self.optional)


@dataclass(frozen=True)
class Line:
    """One row: where it begins in the file, and the cells of the columns that the file has."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """The cell, stripped; empty when the file has no such column."""
        return self.cells.get(column, "")

    def has(self, column: str) -> bool:
        """Whether the file has this column: a missing one leaves what is known, an empty cell says "none"."""
        return column in self.cells

    def items(self, column: str) -> tuple[str, ...]:
        """The `;`-separated things of a cell, each once."""
        return tuple(dict.fromkeys(item.strip() for item in self[column].split(";") if item.strip()))


def read(data: bytes, columns: Columns, findings: Findings) -> list[Line]:
    """The rows of a UTF-8 file: Excel's BOM accepted, delimiter from the header line, columns in any order."""
    text = _decode(data, findings)
    records = list(_records(text, _delimiter(text, columns), findings))
    if not records:
        if not findings.errors:
            findings.error(1, "empty_file")
        return []
    number, header = records[0]
    names = [_plain(cell).lower() for cell in header]
    if not _header_is_right(number, names, columns, findings):
        return []
    return [_line(where, names, cells, columns, findings) for where, cells in records[1:]]


def _decode(data: bytes, findings: Findings) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.error(line, "not_utf8")
        return ""


def _delimiter(text: str, columns: Columns) -> str:
    """The one that finds most known columns in the header line."""
    header = next((line for line in text.splitlines() if line.strip()), "")

    def found(delimiter: str) -> int:
        try:
            names = {_plain(cell).lower() for row in csv.reader([header], delimiter=delimiter) for cell in row}
        except csv.Error:  # a cell longer than any; the reading says so
            return 0
        return len(names & columns.known)

    return max(DELIMITERS, key=found)


def _records(text: str, delimiter: str, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every record that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        findings.error(number, "not_csv", fault=str(error))


def _header_is_right(number: int, names: list[str], columns: Columns, findings: Findings) -> bool:
    missing = [name for name in columns.required if name not in names]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    unknown = [name for name in names if name and name not in columns.known]
    if missing:
        findings.error(number, "missing_column", columns=", ".join(missing))
    if twice:
        findings.error(number, "column_twice", columns=", ".join(twice))
    if unknown:
        findings.warn(number, "unknown_column", columns=", ".join(dict.fromkeys(unknown)))
    return not missing and not twice


def _line(number: int, names: list[str], cells: list[str], columns: Columns, findings: Findings) -> Line:
    if any(cell.strip() for cell in cells[len(names) :]):
        findings.error(number, "too_many_cells")
    padded = [*cells, *[""] * len(names)]  # Excel drops empty cells at the end
    known = columns.known
    line = Line(number, {name: _plain(cell) for name, cell in zip(names, padded, strict=False) if name in known})
    for name, cell in line.cells.items():
        if not cell.isprintable() and any(unicodedata.category(c) == "Cc" for c in cell):
            findings.error(number, "unreadable", column=name)
    for name in columns.required:
        if not line[name].strip("; "):
            findings.error(number, "empty", column=name)
    return line


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFC", bare(" ".join(cell.split())))
