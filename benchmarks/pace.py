"""How long people and machines take: the one table that every menu is reckoned by, ours and the peers'. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_KEYSTROKES = "Card, Moran & Newell, The keystroke-level model, CACM 23 (1980) 396"
_PROMPTS = "IBM/Blueworx Voice Response, Creating recorded prompts (docs.blueworx.com, gsrecorded)"


class Takes(StrEnum):
    """What takes time in a call."""

    SYLLABLE = "a syllable that is said"
    COMMA = "the pause at a comma or a colon"
    SENTENCE = "the pause at the end of a sentence"
    THINK = "before one acts: what is asked, what is my answer"
    KEY_BY_HEART = "a key that the hand knows"
    KEY_COPIED = "a key of a number that is read off"
    KEY_LOOKED_FOR = "a key that is looked for: letters on a telephone"
    TURN = "the silence after which speech is over"
    HOP = "the carrier fetches the next document"


@dataclass(frozen=True)
class Pace:
    """So many seconds, and who says so."""

    seconds: float
    source: str


PACE: Final[Mapping[Takes, Pace]] = {
    Takes.SYLLABLE: Pace(
        60 / 344,
        "Malécot, Johnston & Kizziar, Syllabic rate in French (1972): 344 a minute; no other in English (Grosjean)",
    ),
    Takes.COMMA: Pace(0.25, _PROMPTS),
    Takes.SENTENCE: Pace(0.5, _PROMPTS),
    Takes.THINK: Pace(1.35, f"{_KEYSTROKES}: M"),
    Takes.KEY_BY_HEART: Pace(0.28, f"{_KEYSTROKES}: K, average non-secretary typist"),
    Takes.KEY_COPIED: Pace(0.5, f"{_KEYSTROKES}: K, random letters"),
    Takes.KEY_LOOKED_FOR: Pace(1.2, f"{_KEYSTROKES}: K, worst typist, unfamiliar with the keyboard"),
    Takes.TURN: Pace(0.75, "ACIxD, Prosody: turn-taking pauses should be about 750 ms"),
    Takes.HOP: Pace(
        0.25, "taken, for all alike: a round trip and an answer (this table's webhooks answer in far less)"
    ),
}

_WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+")
_VOWELS = "aeiouyàâäéèêëîïôöùûüœæ"
_NUCLEI = re.compile(f"[{_VOWELS}]+")
_MUTE = re.compile(f"[^{_VOWELS}]e(?:s|nt|d)?$")  # tapez trois lettr(es), plac(ed)
# Numbers that prompts hold, as the voice says them: quinze, vingt-quatre; any other digit by digit.
_NUMBERS: Mapping[str, Mapping[str, int]] = {
    "fr": {"0": 2, "15": 1, "24": 3},
    "en": {"0": 2, "7": 2, "15": 2, "24": 3},
}


def seconds(words: str, language: str = "fr") -> float:
    """How long a voice takes for these words, with the pauses that their punctuation asks for."""
    commas, ends = len(re.findall(r"[,:;]", words)), len(re.findall(r"[.?!](?=\s|$)", words))
    return syllables(words, language) * of(Takes.SYLLABLE) + commas * of(Takes.COMMA) + ends * of(Takes.SENTENCE)


def syllables(words: str, language: str = "fr") -> int:
    """Nuclei of vowels; a mute end is none. Near enough for a prompt: one syllable in twenty."""
    return sum(_of_word(word, _NUMBERS[language]) for word in _WORDS.findall(words.lower()))


def of(what: Takes) -> float:
    """Seconds, by the table."""
    return PACE[what].seconds


def _of_word(word: str, numbers: Mapping[str, int]) -> int:
    if word.isdecimal():
        return numbers.get(word) or sum(numbers.get(digit, 1) for digit in word)
    return max(1, len(_NUCLEI.findall(word)) - bool(_MUTE.search(word)))
