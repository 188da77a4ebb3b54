"""How an SMS is counted and kept to one segment: GSM-7 (3GPP TS 23.038), 160 septets alone, 153 in a series."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED: Final = frozenset("\f^{}\\[~]|€")  # two septets each
_SPELT: Final = str.maketrans(
    {
        **dict.fromkeys("’‘‛ʼ", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("–—‑−", "-"),
        **dict.fromkeys("\u00a0\u202f\u2009\t", " "),
        **dict.fromkeys("\u200b\u2060\ufeff\u00ad", ""),
        "…": "...",
        "œ": "oe",
        "Œ": "OE",
        "•": "-",
        "°": "o",
    }
)
SHORTEST: Final = 8  # a ward label is not cut below this many characters: "Médecine"


def is_gsm7(text: str) -> bool:
    """Whether the text keeps the 160-character alphabet; one ê and it is 70."""
    return all(letter in BASIC or letter in EXTENDED for letter in text)


def segments(text: str) -> int:
    """How many SMS the carrier bills; at least one."""
    gsm7 = is_gsm7(text)
    alone, joined = (160, 153) if gsm7 else (70, 67)
    costs = [_septets(letter) if gsm7 else _utf16_units(letter) for letter in text]
    return 1 if sum(costs) <= alone else _pages(costs, joined)


def plain(text: str) -> str:
    """The text with only those characters replaced that GSM-7 lacks: "Hôpital du cœur é" → "Hopital du coeur é"."""
    return "".join(_spell(letter) for letter in unicodedata.normalize("NFC", text))


def fit(template: str, values: Mapping[str, object], shorten: Sequence[str] = (), drop: Sequence[str] = ()) -> str:
    """Fill an SMS template and keep it to one segment where that can be done.

    Values named in `shorten` are shortened in that order, then those in `drop` left out (each carries its own
    punctuation); the others, a reference or a deadline, are never touched, even when the text stays too long.
    """
    plain_template = plain(template)
    ready = {name: plain(str(value)) for name, value in values.items()}
    texts = [plain_template.format_map(tried) for tried in _tries(ready, shorten, drop)]
    return min(texts, key=segments)  # the first of the least: nothing is cut in vain


def _tries(values: Mapping[str, str], shorten: Sequence[str], drop: Sequence[str]) -> Iterator[Mapping[str, str]]:
    for left_out in range(len(drop) + 1):
        tried = {**values, **dict.fromkeys(drop[:left_out], "")}
        yield tried
        for name in shorten:
            for label in _shorter(tried[name]):
                tried = {**tried, name: label}
                yield tried


def _shorter(label: str) -> Iterator[str]:
    """Ever shorter forms of a label: "Chirurgie orthopéd.", "Chirurgie ortho.", "Chirurgie"."""
    yield from (_cut(label, room) for room in range(len(label) - 1, SHORTEST - 1, -1))


def _cut(label: str, room: int) -> str:
    """The words there is room for, the last one cut to four letters at least, and none of them "et" or "de"."""
    kept: list[str] = []
    for word in label.split():
        left = room - len(" ".join([*kept, ""]))
        if len(word) > left:
            kept += [word[: left - 1].rstrip("-'") + "."] if left > 4 else []
            break
        kept.append(word)
    while kept and len(kept[-1]) < 4:
        kept.pop()
    return " ".join(kept).rstrip(",;:-")


def _pages(costs: Iterable[int], size: int) -> int:
    """Segments filled in order; a two-unit character is never split between two."""
    pages, room = 1, size
    for cost in costs:
        if cost > room:
            pages, room = pages + 1, size
        room -= cost
    return pages


def _septets(letter: str) -> int:
    return 2 if letter in EXTENDED else 1


def _utf16_units(letter: str) -> int:
    return 2 if ord(letter) > 0xFFFF else 1


def _spell(letter: str) -> str:
    if is_gsm7(letter):
        return letter
    spelt = letter.translate(_SPELT)
    if is_gsm7(spelt):
        return spelt
    bare = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return bare if is_gsm7(bare) else "?"
