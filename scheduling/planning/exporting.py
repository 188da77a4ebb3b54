"""A ward's rota for a stretch of time, as files: CSV and XLSX that the import reads back unchanged, ICS for calendars.

Pure. No cell is ever a formula: in CSV what looks like one is guarded, in XLSX every cell is written as text or date.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from config import numbers
from config.lazily import lazily
from scheduling.local_time import show
from scheduling.plain_text import guarded
from scheduling.planning.calendars import Event, calendar
from scheduling.rota import Shift, Ward

openpyxl = lazily("openpyxl")

COLUMNS: Final = ("ward", "start", "end", "rank", "phone", "name")
_WIDTHS: Final = (18, 18, 18, 7, 20, 32)
_BOM: Final = "\ufeff"  # Excel reads UTF-8 when it is told so


def as_csv(ward: Ward, shifts: Iterable[Shift], *, phones: bool = True) -> bytes:
    """The columns of the import's contract, and the name for whoever reads it; without `phones`, empty cells."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([guarded(cell) for cell in _cells(ward, shift, phones=phones)] for shift in shifts)
    return (_BOM + text.getvalue()).encode()


def as_xlsx(ward: Ward, shifts: Iterable[Shift], *, phones: bool = True) -> bytes:
    """The same as a spreadsheet: times are Excel's, except where the clock shows one twice."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Rota")
    sheet.freeze_panes = "A2"
    for column, width in zip("ABCDEF", _WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    sheet.append([_cell(sheet, name, bold=True) for name in COLUMNS])
    for shift in shifts:
        said = _cells(ward, shift, phones=phones)
        cells = [_cell(sheet, text) for text in said]
        cells[1:3] = [
            _time(sheet, at, text, ward) for at, text in zip((shift.start, shift.end), said[1:3], strict=True)
        ]
        sheet.append(cells)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def as_ics(ward: Ward, shifts: Iterable[Shift], made: datetime, language: str) -> bytes:
    """The same as a calendar, names in the titles; `made` is when."""
    return calendar(ward.name, [Event.of(ward, shift, shift.person.name) for shift in shifts], made, language)


def _cells(ward: Ward, shift: Shift, *, phones: bool) -> list[str]:
    times = (show(at, ward.timezone) for at in (shift.start, shift.end))
    phone = _phone(shift.person.phone, ward.timezone) if phones else ""
    return [ward.slug, *times, str(shift.rank), phone, shift.person.name]


def _phone(e164: str, timezone: str) -> str:
    """As the ward writes it, where it reads it so; else with 00, since a + would begin a formula."""
    written = numbers.national(e164)
    try:
        alike = numbers.parse(written, timezone) == e164
    except numbers.BadNumber:
        alike = False
    return written if alike and not written.startswith("+") else f"00 {e164.removeprefix('+')}"


def _cell(sheet: Any, text: str, *, bold: bool = False) -> Any:
    cell = openpyxl.cell.WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # whatever it begins with
    cell.number_format = "@"
    if bold:
        cell.font = openpyxl.styles.Font(bold=True)
    return cell


def _time(sheet: Any, at: datetime, text: str, ward: Ward) -> Any:
    if len(text) > len("2026-11-23 08:30"):
        return _cell(sheet, text)  # the second of two hours with one name keeps its offset
    cell = openpyxl.cell.WriteOnlyCell(sheet, at.astimezone(ZoneInfo(ward.timezone)).replace(tzinfo=None))
    cell.number_format = "yyyy-mm-dd hh:mm"
    cell.alignment = openpyxl.styles.Alignment(horizontal="left")
    return cell


MEDIA_TYPES: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ics": "text/calendar; charset=utf-8",
}


def export(kind: str, ward: Ward, shifts: Sequence[Shift], made: datetime, language: str, *, phones: bool) -> bytes:
    """The file of a kind (KeyError); `made` is when, `language` what a calendar's titles are in; no phone in those."""
    makers: Mapping[str, Callable[[], bytes]] = {
        "csv": lambda: as_csv(ward, shifts, phones=phones),
        "xlsx": lambda: as_xlsx(ward, shifts, phones=phones),
        "ics": lambda: as_ics(ward, shifts, made, language),
    }
    return makers[kind]()
