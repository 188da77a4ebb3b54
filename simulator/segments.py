"""Segments of an SMS: GSM 03.38 with its extension table, else UCS-2 in UTF-16 code units."""

from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True)
class Encoding:
    name: str
    single: int
    part: int


GSM7 = Encoding("GSM-7", 160, 153)
UCS2 = Encoding("UCS-2", 70, 67)


def encoding(body: str) -> Encoding:
    return GSM7 if all(character in BASIC or character in EXTENDED for character in body) else UCS2


def segments(body: str) -> int:
    """How many parts are sent and billed; an empty body is one."""
    kind = encoding(body)
    sizes = [_size(character, kind) for character in body]
    if sum(sizes) <= kind.single:
        return 1
    return _parts(sizes, kind.part)


def _size(character: str, kind: Encoding) -> int:
    if kind is GSM7:
        return 2 if character in EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1


def _parts(sizes: list[int], room: int) -> int:
    """An escape sequence or a surrogate pair is never split between parts."""
    parts, used = 1, 0
    for size in sizes:
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts
