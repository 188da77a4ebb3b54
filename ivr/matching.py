"""Which ward was meant by what was said: "l'hépato-gastro d'Avicenne", "cardio cochin", "interne, la médecine".

Accents, order, articles, hospital names, shortened words and small slips are forgiven. Medical names end alike
(neurologie, néphrologie, urologie), so words are compared by what comes before the ending. A wrong ward costs a
doctor's call and another's sleep: in doubt the caller is asked, never guessed at. What was heard is not kept.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

SURE: Final = 0.72  # from here on a lone winner is taken at his word
FLOOR: Final = 0.55  # below this nothing was understood
SLIP: Final = 0.85  # "neumo" is pneumo; "neuro" is not néphro
OTHER_START: Final = 0.9  # words that begin otherwise are rarely slips: stomato, traumato
MARGIN: Final = 0.08  # a race closer than this is put to the caller
_SAID: Final = 0.65  # weight of "all that was said is in the name"; the rest: "all of the name was said"

_FILLERS: Final = frozenset(
    re.findall(
        r"\w+",
        """
        a au aux c ce cela ci d dans de des du en et il j je l la le les m mon n of ou qu s si sur the un une y
        allo alors bon bonjour bonsoir chez euh merci oui please plait svp voila vous
        ai appel appeler appelle besoin demande est faut joignez joindre mettez moi parler passer passez pour pourrais
        pourriez puis souhaite veux voudrais
        avis chef department docteur dr garde madame medecin monsieur pole senior service services soir unite ward
        """,
    )
)
_GENERIC: Final = frozenset(
    re.findall(r"\w+", "centre chu clinique groupe hopital hopitaux hospitalier institut saint sainte site st")
)
# How French is heard rather than spelt; the order matters.
_SOUNDS: Final = tuple(
    (re.compile(pattern), heard)
    for pattern, heard in (
        ("ph", "f"),
        ("eau|au", "o"),
        ("(?<=[rt])h", ""),
        ("y", "i"),
        ("qu|k|c(?=[aour])", "k"),
        ("g(?=[ei])", "j"),
        ("gu(?=[ei])", "g"),
        ("s(?=[ei])|c(?=[ei])", "s"),
        (r"(.)\1", r"\1"),
        ("(?<=...)e?s?$", ""),
    )
)
_ENDING: Final = re.compile("(loj|lojik|log|lojist|iatri|iatr|iatrik)i?$")


@dataclass(frozen=True)
class Candidate:
    """A ward that may be meant; `keywords` are its other names, `keypad` the code that is keyed for it."""

    id: int
    name: str
    hospital: str
    keywords: tuple[str, ...] = ()
    keypad: str = ""


@dataclass(frozen=True)
class Sure:
    """One ward, clearly."""

    id: int


@dataclass(frozen=True)
class Close:
    """Several wards, or one that is only likely: best first, to be put to the caller."""

    ids: tuple[int, ...]


@dataclass(frozen=True)
class Nothing:
    """No ward sounds like it."""


@dataclass(frozen=True)
class _Word:
    sound: str
    stem: str  # the sound without the ending that so many names share


def match(spoken: str, wards: Sequence[Candidate]) -> Sure | Close | Nothing:
    """The ward that was meant; `Close` when two are as near, or when the hospital named has no such ward."""
    said = _words(spoken)
    hospitals = _hospitals(wards)
    named = _named(said, hospitals)
    about = [word for word in said if not any(_alike(word, part) for name in named for part in hospitals[name])]
    here = [ward for ward in wards if ward.hospital in named or not named]
    if ranked := _ranked(about, here):
        return _verdict(about, here, ranked)
    elsewhere = _ranked(about, wards) if named else []
    return Close(_nearest(elsewhere)) if elsewhere else Nothing()


def _verdict(said: Sequence[_Word], wards: Sequence[Candidate], ranked: Sequence[tuple[float, int]]) -> Sure | Close:
    nearest = _nearest(ranked)
    left_over = [word for word in said if not any(_tells(word, ward) for ward in wards if ward.id in nearest)]
    # "Soins intensifs cardio": one ward has the first words, another the last.
    rivals = [ward.id for ward in wards if any(_tells(word, ward) for word in left_over)]
    if len(nearest) == 1 and ranked[0][0] >= SURE and not rivals:
        return Sure(nearest[0])
    return Close((*nearest, *rivals))


def _nearest(ranked: Sequence[tuple[float, int]]) -> tuple[int, ...]:
    return tuple(ward_id for score, ward_id in ranked if score > ranked[0][0] - MARGIN)


def _ranked(said: Sequence[_Word], wards: Iterable[Candidate]) -> list[tuple[float, int]]:
    """(score, ward) of all that is above the floor, best first, else in the order given."""
    scored = [(max(_score(said, name) for name in _names(ward)), ward.id) for ward in wards]
    return sorted((pair for pair in scored if pair[0] >= FLOOR), key=lambda pair: -pair[0])


def _score(said: Sequence[_Word], name: Sequence[_Word]) -> float:
    if not said or not name:
        return 0.0
    if "".join(word.sound for word in said) == "".join(word.sound for word in name):
        return 1.0  # "hépatogastroentérologie" in one word or in three
    likeness = [[_likeness(heard, part) for part in name] for heard in said]
    explained = _mean(said, [max(row) for row in likeness])
    covered = _mean(name, [max(column) for column in zip(*likeness, strict=True)])
    return _SAID * explained + (1 - _SAID) * covered


def _mean(words: Sequence[_Word], scores: Sequence[float]) -> float:
    """Long words weigh more than short ones."""
    sizes = [len(word.sound) for word in words]
    return sum(size * score for size, score in zip(sizes, scores, strict=True)) / sum(sizes)


def _likeness(heard: _Word, part: _Word) -> float:
    """How much a word that was heard is like one of the name, 0 to 1."""
    if heard.sound == part.sound or heard.stem == part.stem:
        return 1.0
    if len(heard.sound) >= 3 and part.sound.startswith(heard.sound):
        return 0.9  # shortened: "réa", "infectio"
    if _made_with(heard.sound, part.sound):
        return 0.85
    if min(len(heard.stem), len(part.stem)) < 4:
        return 0.0
    slip = min(fuzz.ratio(heard.stem, part.stem), fuzz.ratio(heard.sound, part.sound)) / 100
    return 0.95 * slip if slip >= (SLIP if heard.sound[0] == part.sound[0] else OTHER_START) else 0.0


def _made_with(sound: str, compound: str) -> bool:
    """Whether a compound holds the word: "gastroentérologie" and "entérologie", but not "neurologie" and "urologie"."""
    return len(sound) >= 5 and len(compound) - len(sound) >= 4 and sound in compound


def _tells(heard: _Word, ward: Candidate) -> bool:
    return any(_alike(heard, part) for name in _names(ward) for part in name)


def _alike(heard: _Word, part: _Word) -> bool:
    return _likeness(heard, part) >= 0.75


def _named(said: Sequence[_Word], hospitals: Mapping[str, Sequence[_Word]]) -> frozenset[str]:
    """The hospitals of which most was said, if anything."""
    counts = {name: sum(any(_alike(heard, part) for heard in said) for part in hospitals[name]) for name in hospitals}
    most = max(counts.values(), default=0)
    return frozenset(name for name, count in counts.items() if count == most > 0)


def _hospitals(wards: Iterable[Candidate]) -> dict[str, list[_Word]]:
    """What tells each hospital: "Institut de cardiologie" is not told by the name of other hospitals' wards."""
    wards_of: dict[str, set[str]] = {}
    for ward in wards:
        wards_of.setdefault(ward.hospital, set()).update(word.sound for name in _names(ward) for word in name)
    return {
        hospital: [
            word
            for word in _words(hospital)
            if not any(word.sound in sounds for other, sounds in wards_of.items() if other != hospital)
        ]
        for hospital in wards_of
    }


@lru_cache(maxsize=4096)
def _names(ward: Candidate) -> tuple[tuple[_Word, ...], ...]:
    return tuple(_words(name) for name in (ward.name, *ward.keywords))


def _words(text: str) -> tuple[_Word, ...]:
    return tuple(_word(word) for word in _letters(text) if word not in _FILLERS and word not in _GENERIC)


def _letters(text: str) -> list[str]:
    """Words without accents or signs; letters said one by one are one word: "o r l", "O.R.L."."""
    bare = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae"))
    words = re.sub(r"[^a-z0-9]+", " ", re.sub(r"[\u0300-\u036f]", "", bare))
    return re.sub(r"\b([a-z])((?: [a-z]\b)+)", lambda run: run[0].replace(" ", ""), words).split()


def _word(letters: str) -> _Word:
    sound = letters
    for pattern, heard in _SOUNDS:
        sound = pattern.sub(heard, sound)
    stem = _ENDING.sub("", sound)
    return _Word(sound, stem if len(stem) >= 3 else sound)
