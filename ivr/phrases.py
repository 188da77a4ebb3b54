"""Phrases that may stand in a message, and how they are found there: whole, shortened, mistyped. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any, Final

from ivr.words import SHORTENED, listed, slips

CONNECTORS: Final = listed("a au aux d de des du en et l la le les un une the of and")
REMEMBERED: Final = 10_000  # words
_IN_PHRASE: Final = 3  # letters: "chir dig", "mal inf"
# Words of every day, and of medicine, that are no slip of a speciality's name.
_ORDINARY: Final = listed(
    """
    bonjour bonsoir merci confrere consoeur cordialement patient patiente patients docteur medecin cabinet centre
    hopital hospital hospitalier service urgent urgence rappel rappeler demande dossier question possible disponible
    traitement consultation depuis pendant avant apres demain aujourd matin soir madame monsieur interne externe
    biologique pathologique clinique chronique neuropathie nephropathie cardiopathie dermatose pneumopathie aller
    allee internet image images trop cent hematome hepatique hematurie cardiomegalie neutropenie anemie oncle
    urologiques radiotherapie
    """
)


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

    @property
    def kind(self) -> Kind:
        """The best of them."""
        return max(term.kind for term in self.terms)


class Vocabulary:
    """All terms, by their first words."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._by_first: dict[str, list[Term]] = defaultdict(list)
        for term in terms:
            self._by_first[term.words[0]].append(term)
        self._by_beginning: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._known):
            self._by_beginning[word[:_IN_PHRASE]].append(word)
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
        for word in sorted(alone & self._by_first.keys()):
            yield from self._by_first[word]
        for word in self._longer(letters, _IN_PHRASE):
            if word not in alone:
                yield from (term for term in self._by_first.get(word, ()) if len(term.words) > 1)

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
        if letters in _ORDINARY:
            return ()
        begun = [word for word in self._longer(letters, SHORTENED) if word in self._of_names]
        return begun or slips(letters, self._of_names)

    def _longer(self, letters: str, least: int) -> Iterator[str]:
        """The words of ours that this one is the beginning of."""
        return (word for word in self._by_beginning.get(letters[:_IN_PHRASE], ()) if _shortens(letters, word, least))


def _make_room(remembered: dict[str, Any]) -> None:
    """What was understood once is quicker; who writes nonsense does not fill the memory."""
    if len(remembered) >= REMEMBERED:
        remembered.clear()


def _shortens(letters: str, word: str, least: int) -> bool:
    return len(letters) >= least and len(word) >= len(letters) + 2 and word.startswith(letters)
