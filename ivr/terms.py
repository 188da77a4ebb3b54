"""What may be said for each ward: its name, its keywords, and the names and topics of its speciality. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from ivr.matching import Candidate
from ivr.phrases import CONNECTORS, Hold, Kind, Term, Vocabulary
from ivr.specialities import SPECIALITIES
from ivr.words import listed, words

_GENERIC: Final = listed("service unite departement pole centre consultation consultations ward department")
_TOO_COMMON: Final = _GENERIC | listed("soins maladies maladie mobile equipe clinique hopital")
_SURGERY: Final = ("chirurgie", "chirurgien", "chirurgienne", "surgery", "surgeon")
_ENDINGS: Final = {
    "o": ("", "logie", "logies", "logue", "logues", "logiste", "logistes", "logy", "logist"),
    "atr": ("e", "es", "ie", "ics", "y", "ist", "ician"),
}
_AS_ADJECTIVE: Final = {"o": ("logique", "logiques", "logical"), "atr": ("ique", "iques", "ic")}


@lru_cache(maxsize=8)
def vocabulary(wards: tuple[Candidate, ...]) -> Vocabulary:
    """What may be said for these wards."""
    terms: dict[tuple[str, ...], Term] = {}
    for ward in wards:
        for words_, kind, hold in _of(ward):
            term = terms.setdefault(words_, Term(words_))
            term.kind = max(term.kind, kind)
            term.means(ward.id, hold)
    holders = [_holders(number, wards) for number in range(len(SPECIALITIES))]
    for number, words_, kind in _LEXICON:
        term = terms.setdefault(words_, Term(words_))
        term.kind = max(term.kind, kind)
        for ward_id, hold in holders[number].items():
            term.means(ward_id, Hold.HINT if kind is Kind.TOPIC else hold)
    return Vocabulary(terms.values())


def _of(ward: Candidate) -> Iterator[tuple[tuple[str, ...], Kind, Hold]]:
    """What a ward's own name and keywords give."""
    name = _phrase(ward.name)
    if name:
        yield name, Kind.NAME, Hold.OWN_NAME
    for part in _parts(name):
        yield (part,), Kind.TOPIC, Hold.HINT
    for keyword in ward.keywords:
        if (phrase := _phrase(keyword)) and not keyword.isdecimal():  # a code is told from a dose elsewhere
            yield phrase, Kind.NAME if _specialities(keyword)[0] else Kind.TOPIC, Hold.KEYWORD


def _parts(name: tuple[str, ...]) -> Iterator[str]:
    """The words of a name, each a hint; "un chirurgien" may be any of those who operate."""
    if len(name) > 1:
        yield from (part for part in name if len(part) >= 4 and part not in _TOO_COMMON)
    if any("chirurgie" in part for part in name):
        yield from _SURGERY


def _holders(number: int, wards: Sequence[Candidate]) -> dict[int, Hold]:
    """The wards of a speciality."""
    held: dict[int, Hold] = {}
    for ward in wards:
        named, whole = _specialities(ward.name)
        if number in named:
            held[ward.id] = Hold.WHOLE if whole and len(named) == 1 else Hold.AMONG_OTHERS
        elif any(number in _specialities(keyword)[0] for keyword in ward.keywords):
            held[ward.id] = Hold.KEYWORD
    return held


def _without_connectors(said: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for word in said if word not in CONNECTORS)


def _phrase(text: str) -> tuple[str, ...]:
    plain = _without_connectors(word.letters for word in words(text))
    return tuple(word for word in plain if word not in _GENERIC) or plain


@lru_cache(maxsize=4096)
def _specialities(text: str) -> tuple[frozenset[int], bool]:
    """The specialities that a name calls, and whether it says nothing else."""
    said = _phrase(text)
    named, covered = set(), 0
    for found in _PLAIN.scan(said):
        covered += found.end - found.start
        named |= {ward for term in found.terms if term.kind is not Kind.TOPIC for ward in term.wards}
    return frozenset(named), covered == len(said)


def _expanded() -> Iterator[tuple[int, tuple[str, ...], Kind]]:
    for number, speciality in enumerate(SPECIALITIES):
        for form in speciality.forms:
            yield from ((number, _without_connectors(words_), kind) for words_, kind in _variants(form))
        for topic in speciality.topics:
            yield number, _without_connectors(topic.split()), Kind.TOPIC


def _variants(form: str) -> Iterator[tuple[tuple[str, ...], Kind]]:
    *before, last = form.split()
    if last.endswith("?"):
        yield (*before, last.removesuffix("?")), Kind.ADJECTIVE
        return
    if not last.endswith("~"):
        yield (*before, last), Kind.NAME
        return
    root = last.removesuffix("~")
    ending = next((ending for ending in _ENDINGS if root.endswith(ending)), None)
    for kind, table in ((Kind.NAME, _ENDINGS), (Kind.ADJECTIVE, _AS_ADJECTIVE)):
        for more in table[ending] if ending else ("",) if kind is Kind.NAME else ():
            yield (*before, root + more), kind


def _plain() -> Vocabulary:
    """The specialities alone; the "wards" of its terms are their numbers."""
    terms: dict[tuple[str, ...], Term] = {}
    for number, words_, kind in _LEXICON:
        terms.setdefault(words_, Term(words_, kind)).means(number, Hold.WHOLE)
    return Vocabulary(terms.values())


_LEXICON: Final = tuple(_expanded())
_PLAIN: Final = _plain()
