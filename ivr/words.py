"""A message as words, and what a word that was mistyped may stand for. Pure.

Written slips are not heard ones: letters are swapped, doubled, left out. "nerologie" is one letter from neurologie,
two from néphrologie; a word that is as near to two is both, and asked about.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

LONGEST: Final = 4_000  # letters of a message that are read for a ward: it is named early, or it is a letter's archive
SHORTENED: Final = 4  # "neph" is the beginning of a word; "neu" is not
SLIPPED: Final = 5  # shorter words are taken as they stand: rein is not rien
LONGEST_WORD: Final = 30  # longer ones are no words
_UNUSED: Final = re.compile(r"https?://\S+|(?<!\S)\S+@\S+\.\S+|[\u0300-\u036f]")
_SPELT: Final = re.compile(r"(?<![a-z0-9])[a-z](?:[. ][a-z]){2,7}(?![a-z0-9])")
_WORD: Final = re.compile(r"[a-z0-9]+")
_SOUNDS: Final = tuple(
    (re.compile(pattern), heard)
    for pattern, heard in (
        ("ph", "f"),
        ("^h|(?<=[rtc])h", ""),
        ("^p(?=[ns])", ""),
        ("y", "i"),
        ("qu|k|c(?=[aour])", "k"),
        ("au|eau", "o"),
        (r"(.)\1", r"\1"),
        ("(?<=...)[es]+$", ""),
    )
)


@dataclass(frozen=True)
class Word:
    """One word in small letters without accents, and what stands between the word before and it."""

    letters: str
    gap: str = ""


def listed(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


def words(text: str) -> tuple[Word, ...]:
    """The words of a message; addresses and signs are no words, "O.R.L." is one."""
    plain = fold(text[:LONGEST])
    joined = _SPELT.sub(lambda spelt: re.sub("[. ]", "", spelt[0]), plain)
    found, end = [], 0
    for match in _WORD.finditer(joined):
        found.append(Word(match[0], joined[end : match.start()]))
        end = match.end()
    return tuple(found)


def fold(text: str) -> str:
    """Small letters without accents; addresses of the web and of e-mail are left out."""
    bare = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae").replace("’", "'"))
    return _UNUSED.sub("", bare)


def slips(letters: str, known: Collection[str]) -> tuple[str, ...]:
    """The known words that this one is most likely a slip of, all that are as near; none when none is near enough."""
    if len(letters) < SLIPPED or letters.isdecimal():
        return ()
    near = process.extract(letters, known, scorer=OSA.distance, score_cutoff=_allowed(letters), limit=20)
    heard = sound(letters)
    costs = {word: _cost(int(distance), OSA.distance(heard, sound(word))) for word, distance, _ in near}
    # A slip in the first letter is rare; but it does not tell two words apart: "rardiologie".
    likely = {word: cost for word, cost in costs.items() if cost + _begins_otherwise(heard, word) <= _most(letters)}
    return tuple(word for word, cost in likely.items() if cost == min(costs.values()) and len(word) >= SLIPPED)


def sound(letters: str) -> str:
    """How it is heard, roughly."""
    for pattern, heard in _SOUNDS:
        letters = pattern.sub(heard, letters)
    return letters


def _cost(written: int, heard: int) -> int:
    """Letters that differ, in writing and in sound; what sounds alike is only spelt otherwise: "néfro"."""
    return written + min(written, heard) if heard else 1


def _begins_otherwise(heard: str, word: str) -> bool:
    return heard[:1] != sound(word)[:1]


def _allowed(letters: str) -> int:
    return 3 if len(letters) >= 9 else 2


def _most(letters: str) -> int:
    """How much may differ, in writing and in sound together."""
    return 4 if len(letters) >= 11 else 3 if len(letters) >= 8 else 2
