"""A table with a shift in every row: the columns of the import's contract, under English or French names. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from config import numbers
from scheduling.folding import fold
from scheduling.importing import written
from scheduling.importing.said import BadFile, Finding, Place, Row, Who
from scheduling.importing.table import Line, Table
from scheduling.importing.written import Days, Unclear
from scheduling.local_time import LocalTime

_HEADERS = {
    "ward": ("ward", "service", "ligne", "specialite"),
    "date": ("date", "jour", "day"),
    "start": ("start", "debut", "du", "de", "date de debut", "heure de debut", "debut de garde", "from"),
    "end": ("end", "fin", "au", "a", "date de fin", "heure de fin", "fin de garde", "to", "until"),
    "rank": ("rank", "rang"),
    "phone": ("phone", "telephone", "tel", "numero", "portable", "mobile", "telephone portable"),
    "name": ("name", "nom", "senior", "medecin", "nom du senior", "nom du medecin", "praticien"),
}
_MEANINGS = {spelling: meaning for meaning, spellings in _HEADERS.items() for spelling in spellings}
_ROWS_ABOVE = 20  # a title, the hospital's address: the header is not always first
_RANKS = {"1": 1, "2": 2, "3": 3}


def header(table: Table) -> tuple[Line, Mapping[str, int]] | None:
    """The row that names the columns, and the column of each meaning; None: this is no such table."""
    for line in table.lines[:_ROWS_ABOVE]:
        names = [_MEANINGS.get(fold(written.show(cell))) for cell in line.cells]
        columns = {name: names.index(name) for name in names if name is not None}
        if {"start", "end"} <= columns.keys() and columns.keys() & {"phone", "name"}:
            twice = sorted({name for name in names if name is not None and names.count(name) > 1})
            if twice:
                raise BadFile("column_twice", column=written.show(line[columns[twice[0]]]))
            return line, columns
    return None


def read(table: Table, first: Line, columns: Mapping[str, int], finding: Finding) -> None:
    """Every row below the header."""
    unread = [written.show(cell) for place, cell in enumerate(first.cells) if place not in columns.values()]
    for name in filter(None, unread):
        finding.note(table.place(first), "column_unread", text=name)
    if "rank" not in columns:
        finding.note(table.place(first), "no_rank")
    for line in table.lines:
        if line.number > first.number:
            _Reader(table, line, columns, finding).read()


@dataclass(frozen=True)
class _Reader:
    """One row being read."""

    table: Table
    line: Line
    columns: Mapping[str, int]
    finding: Finding

    def read(self) -> None:
        said = [self._ward(), self._who(), self._rank(), *self._stretch()]
        match said:
            case [True, Who() as who, int(rank), LocalTime() as start, LocalTime() as end]:
                self.finding.row(Row(self._place("start"), who, rank, start.at, end.at))
            case _:
                return  # what is wrong with it is listed

    def _place(self, meaning: str) -> Place:
        return self.table.place(self.line, self.columns.get(meaning, 0))

    def _text(self, meaning: str) -> str:
        return written.show(self.line[self.columns[meaning]]) if meaning in self.columns else ""

    def _ward(self) -> bool:
        """Whether the row is about the ward of the page; a row that names none is."""
        said, asked = self._text("ward"), self.finding.asked
        ours = not said or fold(said) in (fold(asked.slug), fold(asked.name))
        if not ours:
            self.finding.fault(self._place("ward"), "other_ward", text=said)
        return ours

    def _rank(self) -> int | None:
        said = self._text("rank")
        rank = _RANKS.get(said.casefold().removeprefix("rang").strip() if said else "1")
        if rank is None:
            self.finding.fault(self._place("rank"), "bad_rank", text=said)
        return rank

    def _who(self) -> Who | None:
        phone, name = self._text("phone"), self._text("name")
        if not phone and not name:
            self.finding.fault(self._place("phone" if "phone" in self.columns else "name"), "nobody")
            return None
        if not phone:
            return Who(name)
        try:
            return Who(name or phone, phone=numbers.parse(_with_zero(phone), self.finding.asked.timezone))
        except numbers.BadNumber:
            self.finding.fault(self._place("phone"), "bad_phone", text=phone)
            return None

    def _stretch(self) -> tuple[LocalTime | None, LocalTime | None]:
        on = self._day() if self._text("date") else None
        if self._text("date") and on is None:
            return None, None
        start = self._time("start", on)
        end = self._time("end", on)
        if on is not None and start and end and end.at <= start.at:
            end = self._time("end", on, later=1)  # a night, told by its day and two hours
        return start, end

    def _day(self) -> date | None:
        days = days_of(self.finding)
        try:
            return written.day(self.line[self.columns["date"]], days)
        except Unclear as why:
            self.finding.fault(self._place("date"), why.code, **why.values)
            return None

    def _time(self, meaning: str, on: date | None, *, later: int = 0) -> LocalTime | None:
        cell, zone = self.line[self.columns[meaning]], self.finding.asked.timezone
        if cell is None:
            self.finding.fault(self._place(meaning), "no_time")
            return None
        try:
            if on is not None:
                found = written.instant(on, written.clock(cell) + later * 24 * 60, zone)
            else:
                found = written.moment(cell, days_of(self.finding), zone)
        except Unclear as why:
            self.finding.fault(self._place(meaning), why.code, **why.values)
            return None
        if found.twice:
            self.finding.note(self._place(meaning), "twice", text=written.show(cell))
        return found


def days_of(finding: Finding) -> Days:
    """The days that are wanted, by the ward's calendar."""
    first, last = (written.local_day(at, finding.asked.timezone) for at in (finding.asked.start, finding.asked.end))
    return Days(first, last)


def _with_zero(phone: str) -> str:
    """Excel takes the 0 off a number it was not told to leave alone: 639980001 is 06 39 98 00 01."""
    return f"0{phone}" if phone.isdigit() and len(phone) == 9 and not phone.startswith("0") else phone
