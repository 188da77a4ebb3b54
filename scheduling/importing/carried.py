"""What was read of a file, as bytes: sealed, it travels with the page of its preview, and is kept nowhere. Pure."""

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scheduling.importing.said import Fault, Parsed, Place, Row, Who


def pack(parsed: Parsed) -> bytes:
    """Small enough for a form: a year of three ranks is 30 KB."""
    said = {
        "rows": [_row(row) for row in parsed.rows],
        "faults": [_fault(fault) for fault in parsed.faults],
        "notes": [_fault(note) for note in parsed.notes],
    }
    return zlib.compress(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())


def unpack(packed: bytes) -> Parsed:
    """What was packed; the bytes are ours: whoever hands them in has opened our seal."""
    said = json.loads(zlib.decompress(packed))
    return Parsed(
        tuple(_row_of(row) for row in said["rows"]),
        tuple(_fault_of(fault) for fault in said["faults"]),
        tuple(_fault_of(note) for note in said["notes"]),
    )


def _row(row: Row) -> list[object]:
    who = row.who
    named = [who.text, who.phone, list(who.emails), who.sentence]
    return [row.place.kind, row.place.name, named, row.rank, int(row.start.timestamp()), int(row.end.timestamp())]


def _row_of(said: list[Any]) -> Row:
    kind, name, (text, phone, emails, sentence), rank, start, end = said
    who = Who(text, phone, tuple(emails), sentence)
    return Row(Place(kind, name), who, rank, datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))


def _fault(fault: Fault) -> list[object]:
    return [fault.place.kind, fault.place.name, fault.code, fault.values]


def _fault_of(said: list[Any]) -> Fault:
    kind, name, code, values = said
    found: Mapping[str, object] = values
    return Fault(Place(kind, name), code, found)
