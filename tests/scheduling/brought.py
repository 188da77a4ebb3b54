"""Files as a ward brings them: spreadsheets, calendars, and what somebody made of them to do harm."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook

from scheduling.importing import reading
from scheduling.importing.said import Asked, Parsed, Row
from scheduling.planning.patterns import Template

PARIS = ZoneInfo("Europe/Paris")


def asked(
    first: str = "2026-11-01", last: str = "2027-11-01", templates: Sequence[Template] = (), hand_over: int = 510
) -> Asked:
    """What cardiology wants of a file: from midnight to midnight in Paris."""
    start, end = (datetime.fromisoformat(day).replace(tzinfo=PARIS).astimezone(UTC) for day in (first, last))
    return Asked("cardio", "Cardiologie", "Europe/Paris", start, end, hand_over, tuple(templates))


def read(data: bytes | str, wanted: Asked | None = None, name: str = "planning") -> Parsed:
    """What the reader makes of a file."""
    return reading.read(name, data.encode() if isinstance(data, str) else data, wanted or asked())


def said(parsed: Parsed) -> list[str]:
    """Its shifts as one reads them: `1 Amélie 2026-11-23 08:30 – 2026-11-23 18:30`, by start and rank."""
    in_order = sorted(parsed.rows, key=lambda row: (row.start, row.rank))
    return [f"{row.rank} {row.who.text} {_local(row)}" for row in in_order]


def wrong(parsed: Parsed) -> list[tuple[str, str]]:
    """What is wrong, and where."""
    return [(fault.place.name, fault.code) for fault in parsed.faults]


def told(parsed: Parsed) -> list[tuple[str, str]]:
    """What is worth telling, and where."""
    return [(note.place.name, note.code) for note in parsed.notes]


def _local(row: Row) -> str:
    return " – ".join(at.astimezone(PARIS).strftime("%Y-%m-%d %H:%M") for at in (row.start, row.end))


def cell(text: str) -> datetime:
    """A time as Excel keeps it: without a zone."""
    return datetime.fromisoformat(text)


def workbook(*rows: Sequence[Any], merged: Iterable[str] = (), sheets: Sequence[str] = ("Planning",)) -> bytes:
    """A spreadsheet with these rows on each of its sheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for cells in merged:
            sheet.merge_cells(cells)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def tampered(
    data: bytes, *, put: dict[str, bytes] | None = None, change: dict[str, tuple[bytes, bytes]] | None = None
) -> bytes:
    """The same workbook with parts put into it, or bytes of a part replaced."""
    put, change = put or {}, change or {}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in (name for name in old.namelist() if name not in put):
            before, after = change.get(name, (b"", b""))
            content = old.read(name)
            assert before in content
            new.writestr(name, content.replace(before, after, 1) if before else content)
        for name, content in put.items():
            new.writestr(name, content)
    return out.getvalue()


def calendar(*events: str, head: str = "") -> bytes:
    """A calendar of these events, each the lines between BEGIN and END."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//FR", *head.split()]
    for number, event in enumerate(events):
        uid = [] if "UID:" in event else [f"UID:{number}"]
        lines += ["BEGIN:VEVENT", *uid, *(line.strip() for line in event.strip().splitlines()), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


MONDAY_NIGHT = (
    "DTSTART;TZID=Europe/Paris:20261123T183000\nDTEND;TZID=Europe/Paris:20261124T083000\nSUMMARY:Garde Dr Durand"
)
