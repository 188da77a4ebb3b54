"""The month as a ward keeps it on the wall: a row a day, a column for each rank or band, names in the cells. Pure.

A column's hours are, first that is there: those in its heading ("Nuit 18h30-8h30"), those of the ward's template of
that name, from one hand-over to the next day's ("Rang 2").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from scheduling.folding import fold
from scheduling.importing import written
from scheduling.importing.layout import days_of
from scheduling.importing.said import Finding, Place, Row, Who
from scheduling.importing.table import Line, Table
from scheduling.importing.written import Cell, Days, Unclear
from scheduling.opening import Stretch
from scheduling.planning.patterns import Template, places

_DATE_COLUMNS = 3  # "lundi | 23 | …": the date is not always first
_DAY = 24 * 60
_RANK = re.compile(r"\b(?:rang|rank|r|senior|ligne)\s?([123])\b|^([123])(?:er|e|eme)?\b(?: rang| senior| ligne)?")
_EMPTY = frozenset({"", "-", "–", "—", "/", "x", ".", "?", "neant", "ras", "aucun"})
_ASIDE = frozenset(
    {"observations", "observation", "remarques", "remarque", "commentaire", "commentaires", "notes", "ferie", "semaine"}
)


@dataclass(frozen=True)
class Column:
    """What a column's cells hold: a rank, and the hours of a day (minutes after midnight) or a template's."""

    index: int
    heading: str
    rank: int
    hours: tuple[int, int] | None
    template: Template | None

    def stretches(self, day: date, timezone: str) -> list[Stretch]:
        """When the person of that day is on call. Unclear: the clock skips an hour of it."""
        if self.template is not None:
            return [(place.start, place.end) for place in places([self.template], [day], timezone)]
        start, end = self.hours or (0, _DAY)
        return [(written.instant(day, start, timezone).at, written.instant(day, end, timezone).at)]


def dates(table: Table, finding: Finding) -> tuple[int, list[Line]]:
    """The column of the days, and the rows that begin with one; no row: this is no such table."""
    days = days_of(finding)
    by_column = [
        (column, [line for line in table.lines if _is_day(line[column], days)]) for column in range(_DATE_COLUMNS)
    ]
    return max(by_column, key=lambda found: (len(found[1]), -found[0]))


def _is_day(cell: Cell, days: Days) -> bool:
    try:
        written.day(cell, days)
    except Unclear as why:
        return why.code not in ("bad_day",)
    return True


def read(table: Table, date_column: int, dated: list[Line], finding: Finding) -> None:
    """Every name below the headings."""
    above = [line for line in table.lines if line.number < dated[0].number]
    if not above:
        finding.fault(table.place(dated[0]), "no_header")
        return
    below = [line for line in table.lines if line.number >= dated[0].number]
    columns = list(_columns(table, above[-1], below, date_column, finding))
    if not columns:
        finding.fault(table.place(above[-1]), "no_column")
    for line in below:
        _read_line(table, line, date_column, columns, finding)


def _columns(table: Table, heading: Line, below: list[Line], date_column: int, finding: Finding) -> Iterator[Column]:
    width = max(len(line.cells) for line in [heading, *below])
    for index in range(date_column + 1, width):
        text = written.show(heading[index])
        filled = [written.show(line[index]) for line in below if not _is_empty(line[index])]
        if not filled or fold(text) in _ASIDE or all(written.is_weekday(cell) for cell in filled):
            continue
        column = _column(index, text, finding)
        if column is None:
            finding.note(table.place(heading, index), "column_unread", text=text or "–")
        else:
            yield column


def _column(index: int, heading: str, finding: Finding) -> Column | None:
    try:
        hours = written.hours(heading)
    except Unclear:
        return None
    asked, rest = finding.asked, fold(written.without_hours(heading))
    template = next((template for template in asked.templates if fold(template.name) in (rest, fold(heading))), None)
    rank = _RANK.search(rest)
    said = int(rank[1] or rank[2]) if rank else None
    if hours is not None:
        return Column(index, heading, said or (template.rank if template else 1), hours, None)
    if template is not None:
        return Column(index, heading, template.rank, None, template)
    if said is not None:
        return Column(index, heading, said, (asked.hand_over, asked.hand_over + _DAY), None)
    return None


def _read_line(table: Table, line: Line, date_column: int, columns: list[Column], finding: Finding) -> None:
    named = [column for column in columns if not _is_empty(line[column.index])]
    if not named:
        return
    try:
        day = written.day(line[date_column], days_of(finding))
    except Unclear as why:
        finding.fault(table.place(line, date_column), why.code, **why.values)
        return
    for column in named:
        _read_cell(table.place(line, column.index), line[column.index], day, column, finding)


def _read_cell(place: Place, cell: Cell, day: date, column: Column, finding: Finding) -> None:
    try:
        stretches = column.stretches(day, finding.asked.timezone)
    except Unclear as why:
        finding.fault(place, why.code, **why.values)
        return
    if not stretches:
        finding.fault(place, "no_hours_that_day", column=column.heading)
    for start, end in stretches:
        finding.row(Row(place, Who(written.show(cell)), column.rank, start, end))


def _is_empty(cell: Cell) -> bool:
    return cell is None or written.show(cell).casefold() in _EMPTY
