"""Looks for what was planted in whatever came out: in clear, in another spelling, quoted, encoded or compressed.

Pure: bytes in, names of what was found out.
"""

import base64
import binascii
import html
import json
import quopri
import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

DEPTH = 3  # encodings inside one another
# A run of letters that may be base64 of something; shorter ones are words.
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEXADECIMAL = re.compile(rb"\\\\?x((?:[0-9a-f]{2}){8,})")  # as PostgreSQL and JSON show bytes
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s.,()/\u00a0\u202f-]{1,3}(?=\d)")


@dataclass(frozen=True)
class Plant:
    """Something that must be found nowhere. `number`: a telephone number in E.164, found in any way of writing it."""

    name: str
    words: str
    number: bool = False

    def spellings(self) -> tuple[str, ...]:
        """What is looked for in a text that `plain` has smoothed."""
        if not self.number:
            return (plain(self.words),)
        digits = self.words.removeprefix("+")
        return tuple({digits, f"0{digits[2:]}"} if digits.startswith("33") else {digits})


@dataclass(frozen=True)
class Leak:
    """What was found, and where."""

    plant: str
    place: str
    around: str

    def __str__(self) -> str:
        return f"{self.plant} in {self.place}: …{self.around}…"


def scan(place: str, content: bytes | str, planted: Sequence[Plant]) -> list[Leak]:
    """Every plant that the content carries, once each."""
    found: dict[str, Leak] = {}
    spelled = [(plant, plant.spellings()) for plant in planted]
    for layer in layers(content.encode(errors="surrogateescape") if isinstance(content, str) else content):
        text = plain(layer.decode(errors="replace"))
        for plant, spellings in spelled:
            at = next((at for each in spellings if (at := text.find(each)) >= 0), -1)
            if at >= 0 and plant.name not in found:
                found[plant.name] = Leak(plant.name, place, text[max(0, at - 60) : at + 60])
    return list(found.values())


def plain(text: str) -> str:
    """Without case, accents and repeated blanks; digits that belong together written together."""
    bare = text if text.isascii() else _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return _BETWEEN_DIGITS.sub("", " ".join(bare.casefold().replace("\u2019", "'").split()))


def layers(content: bytes) -> Iterator[bytes]:
    """The content itself, and what it is when it is unwrapped; the same but once, by whatever way it is come to."""
    seen, outer = {content}, [content]
    yield content
    for _ in range(DEPTH):
        inner = {each for one in outer for each in _unwrapped(one) if each} - seen
        yield from inner
        seen |= inner
        outer = list(inner)


def _unwrapped(content: bytes) -> Iterator[bytes]:
    text = content.decode(errors="replace")
    yield unquote_plus(text).encode()
    yield html.unescape(text).encode()
    yield _json(text)
    if b"=" in content:
        yield quopri.decodestring(content)
    for found in _BASE64.findall(content):
        yield _base64(found)
    for found in _HEXADECIMAL.findall(content):
        yield bytes.fromhex(found.decode())
    for start in (at.start() for at in re.finditer(rb"x[\x01\x5e\x9c\xda]", content)):
        yield _inflated(content[start:])


def _json(text: str) -> bytes:
    """What stands behind `\\u00e9` and `\\n`."""
    return re.sub(r"(?:\\u[0-9a-fA-F]{4})+|\\[nrt\"/]", lambda it: json.loads(f'"{it[0]}"'), text).encode(
        errors="replace"
    )


def _base64(run: bytes) -> bytes:
    try:
        found = base64.b64decode(run.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(run) % 4))
    except binascii.Error:
        return b""
    return found if _is_text(found) else b""


def _is_text(found: bytes) -> bool:
    """Whether anybody wrote it; what is sealed, signed or random is none."""
    return sum(each in b"\t\n\r" or each >= 32 for each in found) >= 0.9 * len(found) and b"\0" not in found


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed)
    except zlib.error:
        return b""
