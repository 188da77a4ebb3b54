"""Which ward a GP writes to, in free French: "avis cardio cochin pour un patient sous AVK", "hosp. avicenne: rhumato".

Unlike what is said on the telephone (`matching`), a message speaks of the patient too. A speciality that is asked for
("avis", "service de", beside a hospital) counts before one that is only mentioned, that before one where the patient
is known ("suivi en néphro"), and words of illness count last. In doubt the GP is asked: a wrong ward costs a day.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from ivr.matching import Candidate, Close, Nothing, Sure, match
from ivr.places import GENERIC, SAINTS, Place, places
from ivr.terms import CONNECTORS, Found, Hold, Kind, vocabulary
from ivr.words import Word, listed, words

Answer = Sure | Close | Nothing

MOST_OFFERED: Final = 9  # a digit each
FEW: Final = 6  # wards of a hospital that is named alone
_CODE: Final = re.compile("[2-9]{2,6}")
_STOP: Final = re.compile(r"[.;!?\n]")
_APART: Final = re.compile(r"[^\s-]")  # anything between two words but a blank or a hyphen
_JOINERS: Final = CONNECTORS | listed("ou or and sinon voire soit puis defaut either")
_REACH: Final = 5  # how many words a cue may stand before what it is about
_AFTER: Final = 6
_SHORT: Final = 8  # words of a message that is nothing but a name
_POLITE: Final = listed(
    """
        bonjour bonsoir hello hi allo cher chere confrere consoeur confreres svp stp please merci s il te vous plait
        urgent urgence dr docteur pr pour je j i m ai need would like want to with at from in vers chez objet sujet
        re tr fwd concernant
    """
)
_ASK: Final = listed(
    """
        avis advice opinion question questions questionnement service services unite equipe besoin demande demandes
        joindre contacter parler rappel rappele rappeler rappelle rappelez passer adresser senior referent
        interlocuteur orientation souhaite souhaiterais voudrais aimerais cherche recherche pour pole specialiste
        call speak reach disponible garde plutot finalement destinataire attention ward department doctor
    """
)
_KNOWN: Final = listed(
    """
        suivi suivie suivis suivies suit vu vue vus connu connue hospitalise hospitalisee opere operee sorti sortie
        sortant sortante traite traitee son sa ses mon ma suis consulte deja antecedent antecedents atcd refuse
        adressee envoye envoyee cr courrier bilan revu revue seen followed known discharged externe etudiant rdv
        transfere transferee prescrit prescrite selon
    """
)
_NOT: Final = listed("pas not non ni sauf jamais")
# Keywords of a ward that also stand in messages to any other.
ANYBODYS: Final = listed(
    """
    douleur douleurs ventre sang enfant enfants bebe tabac alcool nez gorge oreille bouche dents dent os cerveau coeur
    yeux oeil poumon personnes interne urgence urgences antibiotiques antibiotique scanner imagerie grossesse
    """
)
_UNITS: Final = listed("ans an mois jours jour mg g ml kg cm mmhg min h ui l bpm years")
_CODED: Final = listed("code touche codes tapez tape numero")


class Weight(IntEnum):
    """How a ward is spoken of."""

    WEAK = 0  # words of illness; where the patient is known
    NAMED = 1
    ASKED = 2


@dataclass(frozen=True)
class _Group:
    """What is named in one breath: "cardio ou pneumo"."""

    found: tuple[Found, ...]

    @property
    def start(self) -> int:
        return self.found[0].start

    @property
    def end(self) -> int:
        return self.found[-1].end

    @property
    def named(self) -> bool:
        return any(_kind(found) is Kind.NAME for found in self.found)


@dataclass(frozen=True)
class _Mention:
    """A term, how it is spoken of, the hospitals it is meant at (none: not said), and whether it may decide alone."""

    found: Found
    weight: Weight
    hospitals: frozenset[str]
    firm: bool


@dataclass(frozen=True)
class _Message:
    """The words of a message, and the hospitals in it."""

    said: tuple[Word, ...]
    places: tuple[Place, ...]

    def letters(self, at: int) -> str:
        return self.said[at].letters

    def stops(self, start: int, end: int) -> bool:
        """Whether a sentence ends before one of the words after `start` up to `end`."""
        return any(_STOP.search(word.gap) for word in self.said[start + 1 : end + 1])


def find(text: str, wards: Sequence[Candidate], where: str = "") -> Answer:
    """The ward that is meant; `where`: the address it was sent to, of which what stands before the @ counts first."""
    known = tuple(wards)
    address = re.sub(r"[\W\d_]+", " ", where.partition("@")[0]).strip()
    if not address:
        return _find(text, known, frozenset())
    addressed = _find(address, known, frozenset())
    if isinstance(addressed, Sure):
        return addressed
    if isinstance(addressed, Close):
        narrowed = _find(text, tuple(ward for ward in known if ward.id in addressed.ids), frozenset())
        return narrowed if isinstance(narrowed, Sure) else addressed
    return _find(text, known, frozenset(hospitals(address, known)))


def hospitals(text: str, wards: Sequence[Candidate]) -> tuple[str, ...]:
    """The hospitals that are named, in the order of the message, each once."""
    found = places(words(text), tuple(wards))
    return tuple(dict.fromkeys(name for place in found for name in sorted(place.hospitals)))


def _find(text: str, wards: tuple[Candidate, ...], at: frozenset[str]) -> Answer:
    said = words(text)
    message = _Message(said, places(said, wards))
    groups = _groups(message, wards)
    if coded := _coded(message, wards, groups):
        return _answer(coded, sure=True)
    mentions = _mentions(message, groups, at)
    if mentions:
        return _decide(mentions, wards)
    sounding = _sounding(text, said, wards)
    return _all_there(message, wards) if isinstance(sounding, Nothing) else sounding


# What is named ----------------------------------------------------------------------------------------------------


def _groups(message: _Message, wards: tuple[Candidate, ...]) -> tuple[_Group, ...]:
    taken = {at for place in message.places for at in range(place.start, place.end)}
    letters = ["" if at in taken else word.letters for at, word in enumerate(message.said)]
    groups: list[list[Found]] = []
    for found in vocabulary(wards).scan(letters):
        if groups and _together(message, groups[-1][-1], found, taken):
            groups[-1].append(found)
        else:
            groups.append([found])
    return tuple(_Group(tuple(group)) for group in groups)


def _together(message: _Message, one: Found, other: Found, taken: set[int]) -> bool:
    between = range(one.end, other.start)
    joined = all(at not in taken and message.letters(at) in _JOINERS for at in between)
    return joined and not message.stops(one.end - 1, other.start)


def _mentions(message: _Message, groups: Sequence[_Group], at: frozenset[str]) -> list[_Mention]:
    """Each term with its weight and its hospitals; what is denied ("pas la cardio") is left out."""
    attached = [_attached(message, group, groups) for group in groups]
    bound = {place for group, place in zip(groups, attached, strict=True) if place and group.named}
    free = [place for place in message.places if place not in bound and not _known_there(message, place)]
    anywhere = frozenset(name for place in free for name in place.hospitals) or at
    mentions: list[_Mention] = []
    since = 0
    for group, place in zip(groups, attached, strict=True):
        meant_at = _with_next(message, place) if place else anywhere
        beside = place is not None and _distance(message, group, place) <= 1
        weight = _weight(message, group, since, beside)
        since = group.end
        for found in group.found:
            if not _denied(message, found):
                own = _own_weight(message, found, group, weight, beside)
                mentions.append(_Mention(found, own, meant_at, own > Weight.WEAK or _firm(message, found)))
    return mentions


def _attached(message: _Message, group: _Group, groups: Sequence[_Group]) -> Place | None:
    """The hospital that belongs to it: the nearest, with nobody else between, else none."""
    near: list[tuple[int, int, Place]] = []
    for place in message.places:
        before = place.end <= group.start
        start, end = (place.end, group.start) if before else (group.end, place.start)
        if end - start > (_REACH if before else _AFTER) or message.stops(start - 1, end):
            continue
        others = any(other.named and other.start >= start and other.end <= end for other in groups)
        if not others and not any(message.letters(at) in _KNOWN for at in range(start, end)):
            near.append((end - start, int(before), place))
    return min(near, key=lambda each: each[:2])[2] if near else None


def _with_next(message: _Message, place: Place) -> frozenset[str]:
    """ "Cochin ou Avicenne"."""
    names = set(place.hospitals)
    for other in message.places:
        if other.start > place.end and all(message.letters(at) in _JOINERS for at in range(place.end, other.start)):
            names |= other.hospitals
    return frozenset(names)


def _known_there(message: _Message, place: Place) -> bool:
    """ "Patient hospitalisé à Cochin"."""
    return _cue(message, place.start) is Weight.WEAK


# How it is spoken of ----------------------------------------------------------------------------------------------


def _weight(message: _Message, group: _Group, since: int, beside: bool) -> Weight:
    cue = _cue(message, group.start, since)
    if cue is not None:
        return cue
    return Weight.ASKED if beside or _opens(message, group.start) else Weight.NAMED


def _distance(message: _Message, group: _Group, place: Place) -> int:
    between = range(group.end, place.start) if group.end <= place.start else range(place.end, group.start)
    return sum(message.letters(at) not in CONNECTORS | GENERIC | SAINTS for at in between)


def _cue(message: _Message, start: int, since: int = 0) -> Weight | None:
    """What the words before say of it, the nearest first, back to what was named before."""
    for at in range(start - 1, max(start - 1 - _REACH, since - 1), -1):
        letters, gap = message.letters(at), message.said[at + 1].gap
        if _STOP.search(gap):
            return None
        if letters in _KNOWN:
            return None if "," in gap else Weight.WEAK
        if letters in ("dr", "docteur", "pr") and any("," in word.gap for word in message.said[at + 1 : start + 1]):
            return Weight.WEAK  # "Dr Fontaine, cardiologue": who writes
        if letters in _ASK:
            return Weight.ASKED
    return None


def _opens(message: _Message, start: int, besides: Found | None = None) -> bool:
    """Whether nothing but politeness and hospitals stands before it."""
    inside = {at for place in message.places for at in range(place.start, place.end)}
    inside |= set(range(besides.start, besides.end)) if besides else set()
    plain = _POLITE | CONNECTORS | GENERIC
    return all(at in inside or message.letters(at) in plain for at in range(start))


def _own_weight(message: _Message, found: Found, group: _Group, weight: Weight, beside: bool) -> Weight:
    kind = _kind(found)
    if kind is Kind.NAME:
        return weight
    if _compound(message, found, group) if kind is Kind.ADJECTIVE else _or_else(message, found, group):
        return weight
    before = range(max(found.start - 2, 0), found.start)
    asked = any(message.letters(at) in _ASK for at in before) or (kind is Kind.ADJECTIVE and beside)
    if weight is not Weight.ASKED or not asked:
        return Weight.WEAK
    return Weight.ASKED if kind is Kind.ADJECTIVE else Weight.WEAK if group.named else Weight.NAMED


def _firm(message: _Message, found: Found) -> bool:
    """Whether what is only mentioned may decide: a name; an illness that a short message is about. A pain may be
    anybody's.
    """
    if _kind(found) is not Kind.TOPIC:
        return True
    if len(message.said) > _SHORT or not _opens(message, found.start):
        return False
    return message.letters(found.start) not in ANYBODYS or _opens(message, len(message.said), besides=found)


def _or_else(message: _Message, found: Found, group: _Group) -> bool:
    """ "Foie ou onco"."""
    pairs = zip(group.found, group.found[1:], strict=False)
    between = (range(one.end, other.start) for one, other in pairs if found in (one, other))
    return group.named and any(message.letters(at) in ("ou", "or") for gap in between for at in gap)


def _compound(message: _Message, found: Found, group: _Group) -> bool:
    """ "Cardio pédiatrique"."""
    beside = any(_kind(other) is Kind.NAME and other.end == found.start for other in group.found)
    return beside and not _APART.search(message.said[found.start].gap)


def _denied(message: _Message, found: Found) -> bool:
    before = range(max(found.start - 2, 0), found.start)
    return any(
        message.letters(at) in _NOT
        and not any(_APART.search(word.gap) for word in message.said[at + 1 : found.start + 1])
        for at in before
    )


def _kind(found: Found) -> Kind:
    return max(term.kind for term in found.terms)


# Which ward -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Meant:
    """The wards of one mention; not `here`: the hospital that was named has none of the kind."""

    wards: dict[int, Hold]
    here: bool = True


def _decide(mentions: Sequence[_Mention], wards: Sequence[Candidate]) -> Answer:
    """The wards of what is spoken of most firmly; one alone, held by more than a hint, is sure."""
    best = max(mention.weight for mention in mentions)
    meant = [_meant(mention, wards) for mention in mentions if mention.weight == best]
    here = [each for each in meant if each.here and each.wards]
    if here:
        unknown = any(not each.wards for each in meant)  # a speciality that we do not have is not another
        held: dict[int, Hold] = {}
        for each in here:
            held |= {ward_id: max(hold, held.get(ward_id, hold)) for ward_id, hold in each.wards.items()}
        return _answer(held, sure=not unknown and max(held.values()) > Hold.HINT)
    near = [each for each in (*meant, *(_meant(mention, wards) for mention in mentions)) if each.wards]
    return _answer([ward_id for each in near for ward_id in each.wards], sure=False)


def _meant(mention: _Mention, wards: Sequence[Candidate]) -> _Meant:
    held: dict[int, Hold] = {}
    for term in mention.found.terms:
        held |= _firmest(term.wards, wards)
    if not mention.firm:
        held = dict.fromkeys(held, Hold.HINT)
    by_id = {ward.id: ward.hospital for ward in wards}
    here = {ward_id: hold for ward_id, hold in held.items() if by_id[ward_id] in mention.hospitals}
    return _Meant(here or held, here=bool(here) or not mention.hospitals)


def _firmest(held: dict[int, Hold], wards: Sequence[Candidate]) -> dict[int, Hold]:
    """In each hospital, the wards that hold the term most firmly."""
    most: dict[str, Hold] = {}
    for ward in wards:
        if ward.id in held:
            most[ward.hospital] = max(held[ward.id], most.get(ward.hospital, Hold.HINT))
    return {ward.id: held[ward.id] for ward in wards if ward.id in held and held[ward.id] == most[ward.hospital]}


def _answer(ids: Iterable[int], *, sure: bool) -> Answer:
    each = tuple(dict.fromkeys(ids))
    if not each:
        return Nothing()
    return Sure(each[0]) if sure and len(each) == 1 else Close(each[:MOST_OFFERED])


def _sounding(text: str, said: Sequence[Word], wards: Sequence[Candidate]) -> Answer:
    """A short message that says a name as it sounds; never sure of it."""
    heard = match(text, wards) if len(said) <= _SHORT else Nothing()
    return Close((heard.id,)) if isinstance(heard, Sure) else heard


def _all_there(message: _Message, wards: Sequence[Candidate]) -> Answer:
    """A hospital and nothing else: its wards, when they are so few that they can be offered."""
    named = frozenset(name for place in message.places if not _known_there(message, place) for name in place.hospitals)
    there = [ward.id for ward in wards if ward.hospital in named]
    return _answer(there, sure=True) if len(there) <= FEW else Nothing()


# By its code ------------------------------------------------------------------------------------------------------


def _coded(message: _Message, wards: Sequence[Candidate], groups: Sequence[_Group]) -> list[int]:
    """The wards of a keypad code, at the hospitals named if there are such."""
    if any(group.named for group in groups):
        return []
    named = frozenset(name for place in message.places for name in place.hospitals)
    for at, word in enumerate(message.said):
        if _CODE.fullmatch(word.letters) and _is_code(message, at):
            coded = [ward for ward in wards if word.letters in (ward.keypad, *ward.keywords)]
            here = [ward for ward in coded if ward.hospital in named]
            if coded:
                return [ward.id for ward in here or coded]
    return []


def _is_code(message: _Message, at: int) -> bool:
    """Whether a number is a code: called so, or said first, and no age and no dose."""
    if at and message.letters(at - 1) in _CODED:
        return True
    following = message.letters(at + 1) if at + 1 < len(message.said) else ""
    return _opens(message, at) and following not in _UNITS and not following.isdecimal()
