"""Letters without their accents and capitals, alike in Python and in PostgreSQL: what a search compares. Pure.

The database folds in a generated column: a cluster without ICU knows neither French capitals nor accents (`lower`
under the C locale leaves É alone), and `unaccent` cannot stand in one.
"""

import unicodedata
from typing import Final

_TWO_LETTERS: Final = {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"}
_STROKED: Final = {"ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d"}
_GAPS: Final = "-'’.,;/()_"  # between words, as a blank is


def _base(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter)[0]
    return plain.lower() if plain.isascii() and plain.isalpha() else ""


_LETTERS: Final = {**{c: base for c in map(chr, range(0xC0, 0x180)) if (base := _base(c))}, **_STROKED}


def fold(text: str) -> str:
    """`Élise N’Guyen-Œil` is `elise n guyen oeil`; runs of blanks are one."""
    whole = unicodedata.normalize("NFC", text)
    for letter, two in _TWO_LETTERS.items():
        whole = whole.replace(letter, two)
    return " ".join(whole.translate(_TABLE).lower().split())


_TABLE: Final = str.maketrans({**_LETTERS, **dict.fromkeys(_GAPS, " ")})


def folded_sql(expression: str) -> str:
    """The same of an SQL expression (runs of blanks stay), from immutable functions, as PostgreSQL itself writes it."""
    for letter, two in _TWO_LETTERS.items():
        expression = f"replace({expression}, '{letter}'::text, '{two}'::text)"
    letters, plain = "".join(_LETTERS), "".join(_LETTERS.values())
    gaps = _GAPS.replace("'", "''")
    return f"lower(translate({expression}, '{letters}{gaps}'::text, '{plain}{' ' * len(_GAPS)}'::text))"
