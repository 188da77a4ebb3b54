"""Files made to do harm, and files of the wrong kind, are refused at once, with a sentence that says what to do."""

import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from scheduling.importing import reading
from scheduling.importing.said import BadFile
from scheduling.importing.table import MOST_COLUMNS, MOST_ROWS
from tests.scheduling.brought import asked, cell, read, said, tampered, workbook
from web.office.transfer_shown import bad_file

PLAIN = workbook(("Nom", "Début", "Fin"), ("Amélie", cell("2026-11-23 08:30"), cell("2026-11-23 18:30")))
SHEET, STYLES, TYPES = "xl/worksheets/sheet1.xml", "xl/styles.xml", "[Content_Types].xml"
LAUGHS = [b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in range(ord("b"), ord("i"))]
MEMORY = 150 * 1024 * 1024


def with_entities(*entities: bytes) -> bytes:
    """A workbook with a name that is an entity."""
    declared = b'<?xml version="1.0"?><!DOCTYPE x [' + b"".join(entities) + b"]><worksheet "
    named = tampered(PLAIN, change={SHEET: ("Amélie".encode(), b"&h;")})
    return tampered(named, change={SHEET: (b"<worksheet ", declared)})


def bomb(parts: int = 1, megabytes: int = 400) -> bytes:
    """A workbook of some hundred kilobytes that would be some hundred megabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        new.writestr(TYPES, "<Types/>")
        for number in range(parts):
            with new.open(f"xl/part{number}.xml", "w") as part:
                for _ in range(megabytes // parts):
                    part.write(b" " * 1_000_000)
    return out.getvalue()


def liar() -> bytes:
    """A workbook whose directory says that its sheet is small; it is not."""
    real = tampered(PLAIN, change={SHEET: (b"<sheetData>", b"<sheetData>" + b"<row></row>" * 500_000)})
    with zipfile.ZipFile(io.BytesIO(real)) as book:
        size = book.getinfo(SHEET).file_size
    return real.replace(size.to_bytes(4, "little"), (5000).to_bytes(4, "little"))


def sheet_with(cells: bytes) -> bytes:
    """A workbook with these cells before its own."""
    return tampered(PLAIN, change={SHEET: (b"<sheetData>", b"<sheetData>" + cells)})


FAR = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
RICH = b'<row r="1"><c r="A1" t="inlineStr"><is>%s</is></c></row>'
LOOKS = b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>' * 100_000 + b"</cellXfs>"
WORKED_OUT = b'<row r="1"><c r="H1" t="str"><f>A1</f><v>Am\xc3\xa9lie</v></c></row>'
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "50 MB": (lambda: b"a,b\n" * 13_000_000, "too_large"),
    "nothing": (lambda: b"  \r\n \n", "empty"),
    "zip bomb": (bomb, "swells"),
    "zip bomb in parts": (lambda: bomb(parts=390), "swells"),
    "a zip of a thousand parts": (lambda: bomb(parts=1000), "swells"),
    "a zip that lies about its size": (liar, "not_xlsx"),
    "a formula": (lambda: workbook(("Nom", "Début", "Fin"), ('=HYPERLINK("http://x.example")', 1, 2)), "formulas"),
    "a formula beside the table": (lambda: workbook(("Nom", "Début", "Fin"), (*[None] * 20, "=1+1")), "formulas"),
    "a formula that Excel has worked out": (lambda: sheet_with(WORKED_OUT), "formulas"),
    "macros": (lambda: tampered(PLAIN, put={"xl/vbaProject.bin": b"x"}), "macros"),
    "macros of 1992": (lambda: tampered(PLAIN, put={"xl/macrosheets/sheet1.xml": b"x"}), "macros"),
    "an old Excel, or a password": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_office"),
    "LibreOffice": (lambda: tampered(PLAIN, put={"mimetype": b"x"}), "open_document"),
    "a zip of something else": (lambda: bomb(megabytes=1).replace(b"xl/", b"zz/"), "not_xlsx"),
    "half a workbook": (lambda: PLAIN[: len(PLAIN) // 2], "not_xlsx"),
    "a workbook with damage": (lambda: tampered(PLAIN, change={SHEET: (b"</sheetData>", b"</sheet")}), "not_xlsx"),
    "a workbook without sheets": (lambda: tampered(PLAIN, put={SHEET: b""}), "not_xlsx"),
    "a billion laughs": (lambda: with_entities(b'<!ENTITY a "aaaaaaaaaa">', *LAUGHS), "not_xlsx"),
    "a file of the house as entity": (lambda: with_entities(b'<!ENTITY h SYSTEM "file:///etc/passwd">'), "not_xlsx"),
    "a cell at the end of the sheet": (lambda: sheet_with(FAR), "too_many_rows"),
    "a row of a million empty cells": (lambda: sheet_with(b"<row>" + b"<c/>" * 1_000_000 + b"</row>"), "swells"),
    "a cell of a million runs": (lambda: sheet_with(RICH % (b"<r/>" * 1_000_000)), "swells"),
    "a hundred thousand looks": (lambda: tampered(PLAIN, change={STYLES: (b"</cellXfs>", LOOKS)}), "swells"),
    "too many rows": (lambda: workbook(*[("x",)] * (MOST_ROWS + 1)), "too_many_rows"),
    "too many columns": (lambda: workbook(("x",) * (MOST_COLUMNS + 1)), "too_many_columns"),
    "too many sheets": (lambda: workbook(("x",), sheets=[f"S{n}" for n in range(40)]), "too_many_sheets"),
    "too many lines": (lambda: b"a\n" * (MOST_ROWS + 1), "too_many_rows"),
    "five million blank lines": (lambda: b"nom,debut,fin\n" + b"\n" * 5_000_000, "too_many_rows"),
    "a line of commas": (lambda: b"," * 4_000_000 + b"x", "too_many_columns"),
    "a quotation mark that never ends": (lambda: b'nom,debut,fin\n"' + b"a\n" * 50_000 + b"a" * 200_000, "not_csv"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "not_text"),
    "UTF-16 without its mark": (lambda: "nom,début,fin".encode("utf-16-le"), "not_text"),
    "UTF-16 cut in two": (lambda: b"\xff\xfe" + "nom".encode("utf-16-le") + b"x", "not_text"),
    "no rota": (lambda: b"Bonjour,\nvoici le planning.\n", "no_table"),
    "an empty workbook": (lambda: workbook((None,)), "no_table"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_hostile_file_is_refused_at_once_with_a_sentence(what: str) -> None:
    make, code = REFUSED[what]
    data = make()
    tracemalloc.start()
    began = time.monotonic()
    with pytest.raises(BadFile) as refused:
        read(data)
    took, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.code == code
    assert took < 30  # minutes, without the bounds; a busy machine is slow, not wrong
    assert peak < MEMORY
    for language in ("fr", "en"):
        assert len(bad_file(refused.value, language)) > 40


@pytest.mark.parametrize("name", ["garde.xlsm", "GARDE.XLSB", "modele.xltm"])
def test_a_name_that_promises_macros_is_believed(name: str) -> None:
    with pytest.raises(BadFile) as refused:
        reading.read(name, PLAIN, asked())
    assert refused.value.code == "macros"


def test_what_a_file_is_is_told_by_what_is_in_it() -> None:
    assert said(reading.read("garde.csv", PLAIN, asked())) == ["1 Amélie 2026-11-23 08:30 – 2026-11-23 18:30"]


def test_formulas_are_told_by_their_cells() -> None:
    with pytest.raises(BadFile) as refused:
        read(workbook(("Nom", "Début", "Fin"), *[("=1", "=2", "=3")] * 4, sheets=["Nov."]))
    assert bad_file(refused.value, "en").startswith(
        "12 cells of the sheet “Nov.” are formulas (first A2, B2, C2, A3, B3)"
    )


def test_a_text_that_looks_like_a_formula_is_a_text() -> None:
    """Written by a program as text: it is read as a name, and found nowhere."""
    data = tampered(PLAIN, change={SHEET: ("Amélie".encode(), b"=Am")})
    assert said(read(data)) == ["1 =Am 2026-11-23 08:30 – 2026-11-23 18:30"]


def test_rows_that_only_look_used_do_not_count() -> None:
    """A ward's sheet has a thousand bordered rows below its month."""
    empty = b"".join(b'<row r="%d"><c r="A%d"/></row>' % (number, number) for number in range(3, 9000))
    data = tampered(PLAIN, change={SHEET: (b"</sheetData>", empty + b"</sheetData>")})
    assert len(read(data).rows) == 1
