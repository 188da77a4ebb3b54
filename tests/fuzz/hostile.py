"""What nobody should send, and what becomes of what somebody did: values, and ways to spoil a value."""

from collections.abc import Callable, Sequence
from random import Random

MARK = "<rx9 onx=\"'>"  # stands in a page as it is only where nobody escaped it
LONG = 10_000
NAMES = (
    "O'Brien-L'Hôpital", 'Dr "Zoé" Müller', "Łukasz Ærø", "👩‍⚕️ Amélie 🏥", "שלום עולם", "محمد الطبيب",
    "\u202eeilemA\u202c", "A\u200bm\u200dé\ufeff", "e\u0301" * 60, "Z" + "\u0335\u0336\u0337" * 200, "ﬁﬂ Ⅷ ½ ①",
    "İstanbul ıI", "ß" * 99, "\ud800", "nul\0l", "\x01\x02\x1b[31m\x7f\x85", "a\r\nSet-Cookie: x=1", "\u2028\u2029",
    "x" * LONG, "é" * LONG, "👩" * 5000, MARK, "{{7*7}}${7*7}#{7*7}%{7*7}", "%s%n%d{0}{x}", "'; drop table people;--",
    "../../../../etc/passwd", "C:\\nul", "file:///etc/passwd", "http://169.254.169.254/", "//evil.example/x",
    "/\\evil.example", "javascript:alert(1)", "=1+1", "+33", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1+1", "\r=1",
    "%00", "%ff", "%c0%af", "%u0041", "&lt;&#0;", "]]>", "<!--", "<![CDATA[", "\\", "\\u0000", "a" * 255, "a" * 256,
)  # fmt: skip
NUMBERS = (
    "", "0", "-0", "-1", "1", "2", "9", "007", "1.5", "1,5", "1e9", "1e400", "NaN", "inf", "-inf", "0x10", "0b1", "1_0",
    "²", "१२३", "٣", "½", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808",
    "1" * 400, "1" * 5000, " 1", "1\n", "+1", "00000000-0000-0000-0000-000000000000", "true", "null", "None", "[]",
)  # fmt: skip
TIMES = (
    "2026-11-23 08:30", "2026-11-23T08:30", "2027-03-28 02:30", "2027-10-31 02:30", "0001-01-01 00:00", "0000-00-00",
    "9999-12-31 23:59", "9999-12", "10000-01-01", "2026-02-30", "2026-11", "2026-13", "0001-01", "2026-W53", "2026-W00",
    "24:00", "25:00", "08:60", "8h30", "mon-fri 08:30-18:30; sat 08:30-12:30", "mon 24:00-00:00", "dim-lun 22h-06h",
    "mon-fri", ";;;;", "mon " * 500, "1970-01-01T00:00:00Z", "-0001-01-01", "２０２６-11-23", "2026-11-23 08:30 Z",
)  # fmt: skip
PHONES = (
    "+33639980011", "+33639980001", "0639980011", "01 99 00 24 24", "+262639980011", "+44 7700 900123", "+", "++33",
    "anonymous", "+266696687", "Restricted", "sip:x@y.example", "112", "3237", "+33 6 39 98 00 1১", "+" + "9" * 40,
    "client:amelie", "+33899700000", "+1900555", "+881612345678",
)  # fmt: skip
ADDRESSES = (
    "dr.roux@cabinet.example", "a@b", "@", "a@", "@b.example", "a b@c.example", "\"a\"@b.example", "a@b.example,c@d.e",
    "a" * 300 + "@b.example", "a@" + "b" * 300 + ".example", "a@b.example\r\nBcc: x@y.example", "é@é.example",
    "a@[127.0.0.1]", "<a@b.example>",
)  # fmt: skip
WORDS = (
    "Patient de 80 ans, INR à 6, que faire ?", "cardio: palpitations depuis deux jours", "oui", "non", "1", "2", "STOP",
    "START", "PRIS 123456", "FAIT 123456", "RENDU", "STATUT", "annuler 123456", "#", "*", "0", "12#", "ORL svp", "???",
)  # fmt: skip
VALUES: tuple[str, ...] = (*NAMES, *NUMBERS, *TIMES, *PHONES, *ADDRESSES, *WORDS)
PIECES = (
    "\0", "'", '"', "<", "&", "\u202e", "\ud83d", "👩", "é", "\n", "\r\n", " ", "\t", "%", ";", ",", "=", "+", "0", "9",
    "/", "\\", "..", "\ufeff", "\u00a0", "\u0301", "}", "{", "]", "\x1f", "|", "@", "-", ":",
)  # fmt: skip

Spoil = Callable[[Random, str], str]


def _cut(rng: Random, value: str) -> str:
    return value[: rng.randint(0, len(value))]


def _doubled(rng: Random, value: str) -> str:
    start = rng.randint(0, len(value))
    end = rng.randint(start, len(value))
    return value[:start] + value[start:end] * rng.choice((2, 3, 50)) + value[end:]


def _without(rng: Random, value: str) -> str:
    start = rng.randint(0, len(value))
    return value[:start] + value[start + rng.randint(1, 4) :]


def _with(rng: Random, value: str) -> str:
    at = rng.randint(0, len(value))
    return value[:at] + rng.choice(PIECES) + value[at:]


def _changed(rng: Random, value: str) -> str:
    if not value:
        return rng.choice(PIECES)
    at = rng.randrange(len(value))
    return value[:at] + chr(ord(value[at]) ^ (1 << rng.randrange(7))) + value[at + 1 :]


def _with_another(rng: Random, value: str) -> str:
    return rng.choice((value + rng.choice(VALUES), rng.choice(VALUES) + value, value + " " + rng.choice(WORDS)))


SPOILS: Sequence[Spoil] = (_cut, _doubled, _without, _with, _with, _changed, _changed, _with_another)


def value(rng: Random, was: str = "") -> str:
    """Something else than `was`: foreign to it, or `was` with a fault or three."""
    if not was or rng.random() < 0.4:
        return rng.choice(VALUES)
    for _ in range(rng.choice((1, 1, 2, 3))):
        was = rng.choice(SPOILS)(rng, was)
    return was[: 3 * LONG]


def spoiled(rng: Random, content: bytes) -> bytes:
    """Bytes with a fault or several."""
    found = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randint(0, len(found))
        end = min(len(found), at + rng.choice((1, 2, 8, 64)))
        match rng.randrange(5):
            case 0:
                found[at:end] = rng.randbytes(end - at)
            case 1:
                del found[at:end]
            case 2:
                found[at:at] = bytes(found[at:end]) * rng.choice((1, 3, 40))
            case 3:
                found[at:at] = rng.choice(VALUES)[:2000].encode("utf-8", "surrogatepass")
            case _ if at < len(found):
                found[at] ^= 1 << rng.randrange(8)
    return bytes(found)
