"""Which senior a file means: by number, address or name, whatever its accents, capitals, order, titles. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from rapidfuzz import fuzz

from scheduling.folding import fold
from scheduling.importing.said import Who
from scheduling.rota import Person

_TITLES = frozenset(
    {"dr", "docteur", "doctor", "pr", "professeur", "prof", "mme", "m", "mr", "mlle", "monsieur", "madame"}
)
_ALIKE = 70  # of 100: below it a suggestion is a guess
_SUGGESTIONS = 3
_WORD = 3  # letters a word needs to be somebody's name inside a sentence


@dataclass(frozen=True)
class Unknown:
    """Nobody is called so, or several are; who might be meant, the likeliest first."""

    suggestions: tuple[Person, ...]
    several: bool


@dataclass(frozen=True)
class Seniors:
    """Who may be meant: by number and address all of the house, by name those of the ward."""

    by_phone: dict[str, Person]
    by_email: dict[str, Person]
    of_ward: tuple[Person, ...]

    @classmethod
    def of(cls, everybody: Iterable[Person], of_ward: Sequence[Person]) -> "Seniors":
        """Out of lists of people; an address that two share is nobody's."""
        people = list({person.id: person for person in [*everybody, *of_ward]}.values())
        emails = Counter(person.email.casefold() for person in people if person.email)
        alone = {person.email.casefold(): person for person in people if emails[person.email.casefold()] == 1}
        return cls({person.phone: person for person in people}, alone, tuple(of_ward))

    def find(self, who: Who) -> Person | Unknown:
        """The senior; a number or an address that is somebody's has the last word."""
        if who.phone:
            return self.by_phone.get(who.phone) or Unknown((), several=False)
        known = {self.by_email[email] for email in who.emails if email in self.by_email}
        if len(known) == 1:
            return known.pop()
        meant = self._mentioned(who.text) if who.sentence else self._called(who.text)
        if len(meant) == 1:
            return meant[0]
        return Unknown(tuple(meant[:_SUGGESTIONS]) or self._alike(who.text), several=len(meant) > 1)

    def _called(self, text: str) -> list[Person]:
        """Those of the whole name; else those a part of it fits, initials too."""
        said = _words(text)
        if not said:
            return []
        whole = [person for person in self.of_ward if sorted(_words(person.name)) == sorted(said)]
        return whole or [person for person in self.of_ward if _fits(said, _words(person.name))]

    def _mentioned(self, text: str) -> list[Person]:
        """Those whose whole name stands in a sentence; else those of whom a word does that is nobody else's."""
        said = set(_words(text))
        whole = [person for person in self.of_ward if set(_words(person.name)) <= said]
        if whole:
            return whole
        bearers = Counter(word for person in self.of_ward for word in set(_words(person.name)))
        own = [
            {word for word in _words(person.name) if len(word) >= _WORD and bearers[word] == 1}
            for person in self.of_ward
        ]
        return [person for person, words in zip(self.of_ward, own, strict=True) if words & said]

    def _alike(self, text: str) -> tuple[Person, ...]:
        """Those of whom a word is spelt nearly so: "Petti" is likely Bruno Petit."""
        said = [word for word in _words(text) if len(word) >= _WORD]
        scores = {person: _likeness(said, _words(person.name)) for person in self.of_ward}
        likely = sorted((person for person in self.of_ward if scores[person] >= _ALIKE), key=lambda one: -scores[one])
        return tuple(likely[:_SUGGESTIONS])


def _likeness(said: Sequence[str], name: Sequence[str]) -> float:
    """Of the two words that are spelt most alike; 100: the same."""
    return max((fuzz.ratio(one, other) for one, other in product(said, name)), default=0.0)


def _words(name: str) -> list[str]:
    """The words of a name without its titles: a person may be called by one alone."""
    words = fold(name).split()
    return [word for word in words if word not in _TITLES] or words


def _fits(said: Sequence[str], name: Sequence[str]) -> bool:
    """Whether each word said is one of the name's, or the initial of one that is left; one word at least is whole."""
    left = list(name)
    initials = [word for word in said if word not in left]
    for word in said:
        if word in left:
            left.remove(word)
    if len(initials) == len(said):
        return False
    for initial in initials:
        other = next((word for word in left if len(initial) == 1 and word.startswith(initial)), None)
        if other is None:
            return False
        left.remove(other)
    return True
