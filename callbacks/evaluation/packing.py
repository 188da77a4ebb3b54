"""Files as they are handed over: the same rows make the same bytes, today and next year, here and on any machine. Pure.

Text is UTF-8, lines end with a line feed, a cell that is not known is empty, yes and no are 1 and 0.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256

from scheduling.plain_text import guarded

Cell = str | int | float | bool | date | None
Files = Mapping[str, bytes]

SUMS = "SHA256SUMS"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day that a ZIP archive knows: it says nothing of when it was made


def sheet(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file: a header, then a line for each row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def summed(files: Files) -> dict[str, bytes]:
    """The files by name, and `SHA256SUMS` as `sha256sum --check` reads it."""
    named = dict(sorted(files.items()))
    sums = "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in named.items())
    return {**named, SUMS: sums.encode()}


def archive(files: Files) -> bytes:
    """The files as one ZIP archive; not compressed, for another release of the library may compress otherwise."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as into:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o640 << 16
            into.writestr(entry, content)
    return packed.getvalue()


def _written(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return str(int(cell))
        case float():
            return repr(cell)  # the shortest text that is read back as the same number
        case date():
            return cell.isoformat()
        case str():
            return guarded(cell)
        case _:
            return str(cell)
