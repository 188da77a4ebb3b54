"""What may be said for each ward: its name, its keywords, and the names and topics of its speciality. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property, lru_cache
from typing import Any, Final

from ivr.matching import Candidate
from ivr.specialities import SPECIALITIES
from ivr.words import SHORTENED, listed, slips, words

CONNECTORS: Final = listed("a au aux d de des du en et l la le les ou un une the of and") - {"ou"}
_GENERIC: Final = listed("service unite departement pole centre consultation consultations ward department")
_TOO_COMMON: Final = _GENERIC | listed("soins maladies maladie mobile equipe clinique hopital")
_SURGERY: Final = ("chirurgie", "chirurgien", "chirurgienne", "surgery", "surgeon")
_IN_PHRASE: Final = 3  # "chir dig", "mal inf"
REMEMBERED: Final = 10_000  # words
_ENDINGS: Final = {
    "o": ("", "logie", "logies", "logue", "logues", "logiste", "logistes", "logy", "logist"),
    "atr": ("e", "es", "ie", "ics", "y", "ist", "ician"),
}
_AS_ADJECTIVE: Final = {"o": ("logique", "logiques", "logical"), "atr": ("ique", "iques", "ic")}


class Kind(IntEnum):
    """How a term speaks of a ward."""

    TOPIC = 0  # what its patients have; or a part of its name
    ADJECTIVE = 1  # "neurologique", "radio": the ward only when it is asked for
    NAME = 2


class Hold(IntEnum):
    """How firmly a term belongs to a ward; in one hospital the firmest wins."""

    HINT = 0  # never enough to be sure
    KEYWORD = 1
    AMONG_OTHERS = 2  # "Endocrinologie et diabétologie"
    WHOLE = 3
    OWN_NAME = 4


@dataclass
class Term:
    """A phrase, and the wards it may mean."""

    words: tuple[str, ...]
    kind: Kind = Kind.TOPIC
    wards: dict[int, Hold] = field(default_factory=dict)

    def means(self, ward_id: int, hold: Hold) -> None:
        self.wards[ward_id] = max(hold, self.wards.get(ward_id, hold))


@dataclass(frozen=True)
class Found:
    """Terms of one length that begin at one word: several when the word stands for several."""

    start: int
    end: int  # before this word
    terms: tuple[Term, ...]


class Vocabulary:
    """All terms, by their first words."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._by_first: dict[str, list[Term]] = defaultdict(list)
        for term in terms:
            self._by_first[term.words[0]].append(term)
        self._stands: dict[str, frozenset[str]] = {}
        self._begun: dict[str, tuple[Term, ...]] = {}

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(word for terms in self._by_first.values() for term in terms for word in term.words)

    @cached_property
    def _of_names(self) -> frozenset[str]:
        """Words that may be shortened or mistyped: those of names."""
        terms = (term for several in self._by_first.values() for term in several if term.kind is not Kind.TOPIC)
        return frozenset(word for term in terms for word in term.words)

    def scan(self, said: Sequence[str]) -> Iterator[Found]:
        """What is named, from left to right, the longest first."""
        at = 0
        while at < len(said):
            found = self._at(said, at)
            if found:
                yield found
            at = found.end if found else at + 1

    def _at(self, said: Sequence[str], at: int) -> Found | None:
        if said[at] in CONNECTORS:
            return None
        ends = [(end, term) for term in self._beginning(said[at]) if (end := self._end(term, said, at))]
        if not ends:
            return None
        last = max(end for end, _ in ends)
        return Found(at, last, tuple(term for end, term in ends if end == last))

    def _beginning(self, letters: str) -> tuple[Term, ...]:
        """The terms that may begin with this word."""
        if letters not in self._begun:
            _make_room(self._begun)
            self._begun[letters] = tuple(self._begins(letters))
        return self._begun[letters]

    def _begins(self, letters: str) -> Iterator[Term]:
        alone = self._stands_for(letters)
        for word in self._by_first if len(letters) >= _IN_PHRASE else alone:
            if word in alone:
                yield from self._by_first[word]
            elif _shortens(letters, word, _IN_PHRASE):
                yield from (term for term in self._by_first[word] if len(term.words) > 1)

    def _end(self, term: Term, said: Sequence[str], at: int) -> int:
        """Where the phrase ends that begins here; 0 when it is not there."""
        at += 1
        for word in term.words[1:]:
            while at < len(said) and said[at] in CONNECTORS:
                at += 1
            if at >= len(said) or not self._is(said[at], word):
                return 0
            at += 1
        return at

    def _is(self, letters: str, word: str) -> bool:
        return _shortens(letters, word, _IN_PHRASE) or word in self._stands_for(letters)

    def _stands_for(self, letters: str) -> frozenset[str]:
        """The words of ours that this one may be: itself, its singular, what it shortens, what it is a slip of."""
        if letters not in self._stands:
            _make_room(self._stands)
            self._stands[letters] = frozenset(self._standing(letters))
        return self._stands[letters]

    def _standing(self, letters: str) -> Iterable[str]:
        for exact in (letters, letters.removesuffix("s"), letters.removesuffix("x")):
            if exact in self._known:
                return (exact,)
        if letters in ORDINARY:
            return ()
        return [word for word in self._of_names if _shortens(letters, word, SHORTENED)] or slips(
            letters, self._of_names
        )


def _make_room(remembered: dict[str, Any]) -> None:
    """What was understood once is quicker; who writes nonsense does not fill the memory."""
    if len(remembered) >= REMEMBERED:
        remembered.clear()


def _shortens(letters: str, word: str, least: int) -> bool:
    return len(letters) >= least and len(word) >= len(letters) + 2 and word.startswith(letters)


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


# Words of every day, and of medicine, that are no slip of a speciality's name.
ORDINARY: Final[frozenset[str]] = frozenset(
    re.findall(
        r"\w+",
        """
        bonjour bonsoir merci confrere consoeur cordialement patient patiente patients docteur medecin cabinet centre
        hopital hospital hospitalier service urgent urgence rappel rappeler demande dossier question possible disponible
        traitement consultation depuis pendant avant apres demain aujourd matin soir madame monsieur interne externe
        biologique pathologique clinique chronique neuropathie nephropathie cardiopathie dermatose pneumopathie
        aller allee internet image images trop cent hematome hepatique hematurie cardiomegalie neutropenie anemie oncle urologiques radiotherapie
        """,
    )
)
_LEXICON: Final = tuple(_expanded())
_PLAIN: Final = _plain()
