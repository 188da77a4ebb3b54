"""Practitioners nobody has ever met, as many as are wanted: a CSV as an administrator would have it. Pure.

Numbers are of the ranges kept for films and tests, sixty thousand in all: where there are more doctors than that, some
share one, as those of a practice do. Each RPPS passes the house's own check; names come back, as they do in France.
"""

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import Final

from scheduling.importing.practitioners import luhn

RANGES: Final = ("019900", "026191", "035301", "046571", "053649", "063998")
NUMBERS: Final = len(RANGES) * 10_000
_GIVEN: Final = [
    "Amélie",
    "Bruno",
    "Chloé",
    "Denis",
    "Élise",
    "Farid",
    "Gaëlle",
    "Hugo",
    "Inès",
    "Jean-Marc",
    "Karine",
    "Léo",
    "Maëlle",
    "Noémie",
    "Odile",
    "Pierre",
    "Quentin",
    "Rachid",
    "Solène",
    "Thibault",
    "Ursule",
    "Valérie",
    "William",
    "Xavier",
    "Yasmina",
    "Zoé",
]
_STARTS: Final = ["Bel", "Cor", "Dau", "Fon", "Gui", "Lar", "Mar", "Nau", "Per", "Riv", "Sau", "Tro", "Vau", "Ber"]
_ENDS: Final = ["taine", "bert", "mont", "champ", "val", "rieu", "nac", "garde", "ville", "court", "zac", "longue"]


@dataclass(frozen=True)
class Gp:
    """A row, by the columns of the file."""

    name: str
    phone: str  # as it is written in France
    email: str
    rpps: str
    practice: str
    postcode: str


def practitioners(many: int, seed: int = 24) -> Sequence[Gp]:
    """So many; the same each time."""
    chance = random.Random(seed)
    return [_one(place, chance) for place in range(many)]


def _one(place: int, chance: random.Random) -> Gp:
    given, surname = chance.choice(_GIVEN), chance.choice(_STARTS) + chance.choice(_ENDS)
    return Gp(
        name=f"{given} {surname}",
        phone=_phone(place % NUMBERS),
        email=f"cabinet{place}@gp.test",
        rpps=rpps(place),
        practice=f"Cabinet {surname}",
        postcode=f"{chance.randrange(1, 96):02}{chance.randrange(1000):03}",
    )


def _phone(place: int) -> str:
    digits = f"{RANGES[place % len(RANGES)]}{place // len(RANGES):04}"
    return " ".join(digits[at : at + 2] for at in range(0, 10, 2))


def rpps(place: int) -> str:
    """Eleven digits, the last of which checks the others."""
    body = f"10{place:08}"
    return next(body + last for last in "0123456789" if luhn(body + last))


def as_csv(rows: Sequence[Gp]) -> str:
    """The file."""
    said = io.StringIO()
    writer = csv.writer(said, delimiter=";")
    writer.writerow(field.name for field in fields(Gp))
    writer.writerows(astuple(row) for row in rows)
    return said.getvalue()
