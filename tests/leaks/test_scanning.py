"""The scanner finds what is planted however it is written; each place that is scanned is seen to leak once."""

import base64
import html
import json
import quopri
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from tests.leaks.scanning import Plant, scan

PATIENT = Plant("patient", "Ombeline Vauquelin")
NUMBER = Plant("number", "+33639980191", number=True)
PHRASE = Plant("phrase", "plaie creusée du mollet gauche")
PLANTED = (PATIENT, NUMBER, PHRASE)

DISGUISES: dict[str, Callable[[str], bytes | str]] = {
    "as it is": lambda words: words,
    "in a line of a log": lambda words: json.dumps({"event": "failed", "error": f"('{words}',)"}),
    "in JSON with its letters": lambda words: json.dumps({"event": words}, ensure_ascii=False),
    "in an address": lambda words: f"https://line.example/r/1?q={quote(words)}",
    "in a form": lambda words: f"Body={quote_plus(words)}&To=1",
    "in an address in an address": lambda words: f"https://line.example/?next={quote('/a?q=' + quote(words))}",
    "on a page": lambda words: f"<title>{html.escape(words)}</title>",
    "as numbers of letters": lambda words: "".join(f"&#{ord(each)};" for each in words),
    "in a letter": lambda words: quopri.encodestring(f"Bonjour, {words} va mieux depuis hier, merci".encode()),
    "in base64": lambda words: b"ref " + base64.b64encode(f"un avis pour {words} svp".encode()),
    "in base64 for addresses": lambda words: base64.urlsafe_b64encode(f"un avis pour {words} ?>?".encode()).rstrip(
        b"="
    ),
    "as PostgreSQL shows bytes": lambda words: json.dumps({"body": f"\\x{words.encode().hex()}"}),
    "compressed": lambda words: b"\x00data\x00" + zlib.compress(f'["deliver", ["{words}"]]'.encode()),
    "loudly": str.upper,
    "without accents": lambda words: words.replace("é", "e"),
    "over two lines": lambda words: words.replace(" ", "\n   "),
    "with hard blanks": lambda words: words.replace(" ", "\u00a0"),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.name)
def test_what_was_planted_is_found_however_it_is_written(disguise: str, plant: Plant) -> None:
    leaks = scan("here", DISGUISES[disguise](plant.words), PLANTED)
    assert [leak.plant for leak in leaks] == [plant.name]


WRITTEN = (
    *("+33639980191", "0639980191", "06 39 98 01 91", "06.39.98.01.91", "06-39-98-01-91", "+33 6 39 98 01 91"),
    *("(+33) 639980191", "0033639980191", "06\u202f39\u202f98\u202f01\u202f91", "0, 6, 3, 9, 9, 8, 0, 1, 9, 1"),
)


@pytest.mark.parametrize("written", WRITTEN)
def test_a_number_is_found_in_every_way_of_writing_it(written: str) -> None:
    assert scan("here", f"rappeler le {written} demain", PLANTED)


MASKED = ("+33 6 •• •• •• 91", "un avis pour Mme V. svp", "plaie du pied", "2026-11-23T06:39:98.0191")


@pytest.mark.parametrize("harmless", MASKED)
def test_what_is_masked_or_something_else_is_no_leak(harmless: str) -> None:
    assert scan("here", harmless, PLANTED) == []
