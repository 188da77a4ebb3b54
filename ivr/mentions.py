"""How a message speaks of wards: asked for, named, known to the patient, or only told by his illness. Pure.

"Patient suivi en cardio à Avicenne, avis néphro Cochin": néphrologie is asked for, at Cochin; cardiologie, at Avicenne,
is where the patient is known.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Final

from ivr.phrases import CONNECTORS, Found, Kind, Vocabulary
from ivr.places import GENERIC, SAINTS, Place
from ivr.words import Word, listed

SHORT: Final = 8  # words of a message that is about nothing but what it names
_BEFORE: Final = 5  # how many words a cue, or a hospital, may stand before what it is about
_AFTER: Final = 6  # and a hospital after it
_STOP: Final = re.compile(r"[.;!?\n]")
_PARTED: Final = re.compile(r"[^\s-]")  # anything between two words but a blank or a hyphen
_OR: Final = listed("ou or")
_JOINERS: Final = CONNECTORS | _OR | listed("and sinon voire soit puis defaut either")
_POLITE: Final = CONNECTORS | listed(
    """
    bonjour bonsoir hello hi allo cher chere confrere consoeur confreres svp stp please merci s il te vous plait
    urgent urgence dr docteur pr pour je j i m ai need would like want to with at from in vers chez objet sujet re tr
    fwd concernant
    """
)
_ASKING: Final = listed(
    """
    avis advice opinion question questions questionnement service services unite equipe besoin demande demandes
    joindre contacter parler rappel rappele rappeler rappelle rappelez passer adresser senior referent interlocuteur
    orientation souhaite souhaiterais voudrais aimerais cherche recherche pour pole specialiste call speak reach
    disponible garde plutot finalement destinataire attention ward department doctor
    """
)
_KNOWN: Final = listed(
    """
    suivi suivie suivis suivies suit vu vue vus connu connue hospitalise hospitalisee opere operee sort sorti sortie
    sortant sortante traite traitee suis consulte deja antecedent antecedents atcd refuse adressee envoye envoyee cr
    courrier bilan revu revue seen followed known discharged externe etudiant rdv transfere transferee prescrit
    prescrite selon
    """
)
_HIS: Final = listed("son sa ses mon ma mes notre his her my")  # "son cardiologue"
_NOT: Final = listed("pas not non ni sauf jamais")
_TITLES: Final = listed("dr docteur pr professeur")
# Keywords of some ward that stand in messages to any other too.
_ANYBODYS: Final = listed(
    """
    douleur douleurs ventre sang enfant enfants bebe tabac alcool nez gorge oreille bouche dents dent os cerveau coeur
    yeux oeil poumon personnes interne urgence urgences antibiotiques antibiotique scanner imagerie grossesse
    """
)


class Weight(IntEnum):
    """How a ward is spoken of."""

    WEAK = 0  # words of illness; where the patient is known
    NAMED = 1
    ASKED = 2
    TITLE = 3  # asked for in the subject of a letter


@dataclass(frozen=True)
class Message:
    """The words of a message, the hospitals in it, and how many of its words are its subject."""

    said: tuple[Word, ...]
    places: tuple[Place, ...]
    titled: int = 0

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """Its words, nothing where a hospital is named."""
        return tuple("" if at in self._of_places else word.letters for at, word in enumerate(self.said))

    @cached_property
    def _of_places(self) -> frozenset[int]:
        return frozenset(at for place in self.places for at in range(place.start, place.end))

    def any(self, cues: frozenset[str], start: int, end: int) -> bool:
        """Whether one of these stands from the word `start` to before `end`."""
        return not cues.isdisjoint(self.letters[max(start, 0) : end])

    def only(self, plain: frozenset[str], start: int, end: int) -> bool:
        """Whether nothing else does; not even a hospital."""
        return plain.issuperset(self.letters[start:end])

    def parted(self, by: re.Pattern[str], start: int, end: int) -> bool:
        """Whether a sign of these stands between the words from `start` to before `end`."""
        return any(by.search(word.gap) for word in self.said[start + 1 : end])

    def opens(self, start: int) -> bool:
        """Whether nothing but politeness and hospitals stands before a word."""
        return (_POLITE | GENERIC | {""}).issuperset(self.letters[:start])


@dataclass(frozen=True)
class Group:
    """What is named in one breath: "cardio ou pneumo"."""

    found: tuple[Found, ...]

    @property
    def start(self) -> int:
        """Its first word."""
        return self.found[0].start

    @property
    def end(self) -> int:
        """The word behind its last."""
        return self.found[-1].end

    @property
    def named(self) -> bool:
        """Whether a ward is called by its name in it."""
        return any(found.kind is Kind.NAME for found in self.found)


@dataclass(frozen=True)
class Mention:
    """A term, how it is spoken of, the hospitals it is meant at (none: not said), and whether it may decide alone."""

    found: Found
    weight: Weight
    hospitals: frozenset[str]
    firm: bool


def groups(message: Message, known: Vocabulary) -> tuple[Group, ...]:
    """All that is named, in the order of the message."""
    together: list[list[Found]] = []
    for found in known.scan(message.letters):
        if together and _in_one_breath(message, together[-1][-1], found):
            together[-1].append(found)
        else:
            together.append([found])
    return tuple(Group(tuple(each)) for each in together)


def mentions(message: Message, named: Sequence[Group], at: frozenset[str]) -> list[Mention]:
    """Each term with its weight and its hospitals; what is denied ("pas la cardio") is left out. `at`: the hospitals
    that are meant where none is said.
    """
    names = frozenset(group.start for group in named if group.named)
    beside = [_beside(message, group, names) for group in named]
    bound = {place for group, place in zip(named, beside, strict=True) if place and group.named}
    free = [place for place in message.places if place not in bound and not known_there(message, place)]
    anywhere = frozenset(name for place in free for name in place.hospitals) or at
    ends = [0, *(group.end for group in named)]
    return [
        mention
        for group, place, since in zip(named, beside, ends, strict=False)
        for mention in _of_group(message, group, place, since, anywhere)
    ]


def known_there(message: Message, place: Place) -> bool:
    """ "Patient hospitalisé à Cochin"."""
    return _cue(message, place.start, 0) is Weight.WEAK


def _in_one_breath(message: Message, one: Found, other: Found) -> bool:
    joined = message.only(_JOINERS, one.end, other.start)
    return joined and not message.parted(_STOP, one.end - 1, other.start + 1)


def _of_group(
    message: Message, group: Group, place: Place | None, since: int, anywhere: frozenset[str]
) -> Iterator[Mention]:
    hospitals = _with_next(message, place) if place else anywhere
    touches = place is not None and _steps(message, group, place) <= 1
    weight = _weight(message, group, since, touches)
    for found in group.found:
        if not _denied(message, found):
            own = _own_weight(message, found, group, weight, touches)
            titled = own is Weight.ASKED and found.end <= message.titled
            firm = own > Weight.WEAK or _firm(message, found)
            yield Mention(found, Weight.TITLE if titled else own, hospitals, firm)


# At which hospital ------------------------------------------------------------------------------------------------


def _beside(message: Message, group: Group, names: frozenset[int]) -> Place | None:
    """The hospital that belongs to it: the nearest, with no name between (`names`: where they begin), else none."""
    near = [
        (end - start, place.end <= group.start, place)
        for place in message.places
        for start, end in [_gap(group, place)]
        if end - start <= (_BEFORE if place.end <= group.start else _AFTER)
        and not message.parted(_STOP, start - 1, end + 1)
        and not message.any(_KNOWN, start, end)
        and names.isdisjoint(range(start, end))
    ]
    return min(near, key=lambda each: each[:2])[2] if near else None


def _gap(group: Group, place: Place) -> tuple[int, int]:
    return (place.end, group.start) if place.end <= group.start else (group.end, place.start)


def _steps(message: Message, group: Group, place: Place) -> int:
    """How many words stand between, "à l'hôpital" aside."""
    start, end = _gap(group, place)
    return sum(letters not in CONNECTORS | GENERIC | SAINTS for letters in message.letters[start:end])


def _with_next(message: Message, place: Place) -> frozenset[str]:
    """ "Cochin ou Avicenne"."""
    nexts = (other for other in message.places if other.start > place.end)
    joined = (other.hospitals for other in nexts if message.only(_JOINERS, place.end, other.start))
    return place.hospitals.union(*joined)


# How it is spoken of ----------------------------------------------------------------------------------------------


def _weight(message: Message, group: Group, since: int, touches: bool) -> Weight:
    cue = Weight.WEAK if _signed(message, group.start) else _cue(message, group.start, since)
    if cue is not None:
        return cue
    return Weight.ASKED if touches or message.opens(group.start) else Weight.NAMED


def _cue(message: Message, start: int, since: int) -> Weight | None:
    """What the words before say of it, the nearest first, back to what was named before."""
    if start > since and message.letters[start - 1] in _HIS:
        return Weight.WEAK
    for at in range(start - 1, max(start - _BEFORE, since) - 1, -1):
        letters = message.letters[at]
        if message.parted(_STOP, at, start + 1):
            return None
        apart = message.parted(_PARTED, at, start + 1)
        if (letters in _KNOWN and not apart) or (letters in _TITLES and apart):  # "Dr Fontaine, cardiologue"
            return Weight.WEAK
        if letters in _ASKING:
            return Weight.ASKED
    return None


def _signed(message: Message, start: int) -> bool:
    """Whether it is the line below a name: "Dr Perrin", then "Gériatre"."""
    if "\n" not in message.said[start].gap:
        return False
    lines = (at for at in range(start - 1, -1, -1) if at == 0 or "\n" in message.said[at].gap)
    above = next(lines, start)
    return 0 < start - above <= _BEFORE and message.letters[above] in _TITLES


def _own_weight(message: Message, found: Found, group: Group, weight: Weight, touches: bool) -> Weight:
    """A name has the weight of its group; what is less than a name has it only when it is asked for by itself."""
    adjective = found.kind is Kind.ADJECTIVE
    if found.kind is Kind.NAME or (_compound(message, found, group) if adjective else _or_else(message, found, group)):
        return weight
    asked = message.any(_ASKING, found.start - 2, found.start) or (adjective and touches)
    if weight is not Weight.ASKED or not asked:
        return Weight.WEAK
    return Weight.ASKED if adjective else Weight.WEAK if group.named else Weight.NAMED


def _compound(message: Message, found: Found, group: Group) -> bool:
    """ "Cardio pédiatrique"."""
    names = any(other.kind is Kind.NAME and other.end == found.start for other in group.found)
    return names and not message.parted(_PARTED, found.start - 1, found.start + 1)


def _or_else(message: Message, found: Found, group: Group) -> bool:
    """ "Foie ou onco"."""
    pairs = [pair for pair in zip(group.found, group.found[1:], strict=False) if found in pair]
    return group.named and any(message.any(_OR, one.end, other.start) for one, other in pairs)


def _firm(message: Message, found: Found) -> bool:
    """Whether what is only mentioned may decide: a name, or what a short message is about; a pain may be anybody's."""
    if found.kind is not Kind.TOPIC:
        return True
    if len(message.said) > SHORT or not message.opens(found.start):
        return False
    alone = (_POLITE | GENERIC | {""}).issuperset(message.letters[found.end :])
    return alone or message.letters[found.start] not in _ANYBODYS


def _denied(message: Message, found: Found) -> bool:
    """ "Pas la cardio"; but "non, cardio"."""
    return any(
        message.letters[at] in _NOT and not message.parted(_PARTED, at, found.start + 1)
        for at in range(max(found.start - 2, 0), found.start)
    )
