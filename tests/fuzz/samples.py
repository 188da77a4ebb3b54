"""Files and letters as people send them, whole and spoiled."""

import io
import zipfile
from functools import cache
from pathlib import Path
from random import Random

from tests.fuzz import hostile
from tests.fuzz.forms import File
from tests.scheduling.brought import cell, workbook

LETTERS = Path(__file__).parents[1] / "webhooks" / "mail" / "samples"
WARDS = (
    "ward;hospital;name;keypad;keywords;opening;covered_by;head_name;head_phone;head_email;timezone\r\n"
    "ortho;Cochin;Orthopédie;678;os;mon-fri 08:30-18:30;;Dr Roux;+33639980091;roux@aphp.example;Europe/Paris\r\n"
    "cardio;Cochin;Cardiologie;227;;;;;;;\r\n"
)
SENIORS = "name;phone;email;title;wards\r\nInès Rey;+33639980081;ines@aphp.example;Dr;cardio;pneumo\r\n"
PRACTITIONERS = "name,phone,email,rpps,practice\r\nDr Noé Blanc,+33639980071;+33199001212,,10101010103,Cabinet\r\n"
ROTA = "nom;debut;fin;rang\r\nAmélie Durand;23/11/2026 08:30;23/11/2026 18:30;1\r\nBruno;24/11/2026 08:30;18:30;2\r\n"
MONTH = "date;rang 1;rang 2\r\n23/11/2026;Amélie Durand;Petit\r\n24/11/2026;Bruno;-\r\n"
CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Garde Dr Durand\r\n"
    "DTSTART;TZID=Europe/Paris:20261123T183000\r\nDTEND;TZID=Europe/Paris:20261124T083000\r\n"
    "RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=5\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
DIRECTORIES = tuple(text.encode() for text in (WARDS, SENIORS, PRACTITIONERS))


@cache
def book() -> bytes:
    """A rota as a spreadsheet."""
    day = ("Amélie Durand", cell("2026-11-23 08:30"), cell("2026-11-23 18:30"), 1)
    return workbook(("Nom", "Début", "Fin", "Rang"), day, ("Bruno", cell("2026-11-24 08:30"), "18:30", 2))


@cache
def letters() -> tuple[bytes, ...]:
    """Letters as programs really write them."""
    return tuple(path.read_bytes() for path in sorted(LETTERS.glob("*.eml")))


def spoiled_book(rng: Random, whole: bytes) -> bytes:
    """The same spreadsheet with faults inside one of its parts, packed anew: a zip that is whole."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        hit = rng.choice(old.namelist())
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, hostile.spoiled(rng, content) if name == hit else content)
    return out.getvalue()


def upload(rng: Random, rule: str) -> File:
    """A file for the door that takes files at this rule."""
    rota = ((ROTA.encode(), "garde.csv"), (MONTH.encode(), "mois.csv"), (CALENDAR.encode(), "garde.ics"),
            (book(), "garde.xlsx"))  # fmt: skip
    content, name = rng.choice(rota) if rule.startswith("/transfer") else (rng.choice(DIRECTORIES), "annuaire.csv")
    if content[:2] == b"PK" and rng.random() < 0.7:
        content = spoiled_book(rng, content)
    elif rng.random() < 0.8:
        content = hostile.spoiled(rng, content)
    return File("file", hostile.value(rng, name)[:300] if rng.random() < 0.2 else name, content)


def letter(rng: Random) -> bytes:
    """A letter, as it came or spoiled."""
    whole = rng.choice(letters())
    return hostile.spoiled(rng, whole) if rng.random() < 0.85 else whole
