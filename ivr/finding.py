"""Which ward a GP writes to, in free French: "avis cardio cochin pour un patient sous AVK", "hosp. avicenne: rhumato".

Unlike what is said on the telephone (`matching`), a message speaks of the patient too (`mentions`). A speciality that
is asked for counts before one that is only named, that before one where the patient is known, and words of illness
count last. In doubt the GP is asked: a wrong ward costs a day.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ivr.matching import Candidate, Close, Nothing, Sure, match
from ivr.mentions import SHORT, Group, Mention, Message, groups, known_there, mentions
from ivr.phrases import CONNECTORS, Hold
from ivr.places import GENERIC, places
from ivr.terms import vocabulary
from ivr.words import LONGEST_WORD, listed, words

Answer = Sure | Close | Nothing

MOST_OFFERED: Final = 9  # a digit each
FEW: Final = 6  # wards of a hospital that is named alone
_CODE: Final = re.compile("[2-9]{2,6}")
_CODED: Final = listed("code touche codes tapez tape numero")
_UNITS: Final = listed("ans an mois jours jour mg g ml kg cm mmhg min h ui l bpm years")
_NO_WORD: Final = re.compile(r"[\W\d_]+")


def find(text: str, wards: Sequence[Candidate], where: str = "", subject: str = "") -> Answer:
    """The ward that is meant; `where`: the address it was sent to, of which what stands before the @ counts first."""
    written, titled = (f"{subject}\n{text}", len(words(subject))) if subject else (text, 0)
    known, address = tuple(wards), _NO_WORD.sub(" ", where.partition("@")[0]).strip()
    addressed = _find(address, known) if address else Nothing()
    match addressed:
        case Sure():
            return addressed
        case Close(ids=ids):
            narrowed = _find(written, tuple(ward for ward in known if ward.id in ids), titled)
            return narrowed if isinstance(narrowed, Sure) else addressed
        case Nothing():
            return _find(written, known, titled, frozenset(hospitals(address, known)))


def hospitals(text: str, wards: Sequence[Candidate]) -> tuple[str, ...]:
    """The hospitals that are named, in the order of the message, each once."""
    found = places(words(text), tuple(wards))
    return tuple(dict.fromkeys(name for place in found for name in sorted(place.hospitals)))


def named(text: str, wards: Sequence[Candidate]) -> frozenset[str]:
    """The words of a message that name a ward or a hospital: what a command may say besides itself."""
    known = tuple(wards)
    message = _read(text, known)
    spans = [(place.start, place.end) for place in message.places]
    spans += [(group.start, group.end) for group in groups(message, vocabulary(known)) if group.named]
    inside = {word.letters for start, end in spans for word in message.said[start:end]}
    return frozenset(inside | GENERIC | CONNECTORS) if spans else frozenset()


def _read(text: str, wards: tuple[Candidate, ...], titled: int = 0) -> Message:
    said = words(text)
    return Message(said, places(said, wards), titled)


def _find(text: str, wards: tuple[Candidate, ...], titled: int = 0, at: frozenset[str] = frozenset()) -> Answer:
    message = _read(text, wards, titled)
    together = groups(message, vocabulary(wards))
    if coded := _coded(message, wards, together):
        return _answer(coded, sure=True)
    if spoken_of := mentions(message, together, at):
        return _decide(spoken_of, wards)
    sounding = _sounding(text, message, wards)
    return _all_there(message, wards) if isinstance(sounding, Nothing) else sounding


# By what is named -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Meant:
    """The wards of one mention; not `here`: the hospital that was named has none of the kind."""

    wards: Mapping[int, Hold]
    here: bool = True


def _decide(spoken_of: Sequence[Mention], wards: Sequence[Candidate]) -> Answer:
    """The wards of what is spoken of most firmly; one alone, held by more than a hint, is sure."""
    best = max(mention.weight for mention in spoken_of)
    meant = [_meant(mention, wards) for mention in spoken_of if mention.weight == best]
    here = [each for each in meant if each.here and each.wards]
    if not here:
        others = (_meant(mention, wards) for mention in spoken_of)
        return _answer([ward_id for each in (*meant, *others) for ward_id in each.wards], sure=False)
    unknown = any(not each.wards for each in meant)  # a speciality that we do not have is not another
    held: dict[int, Hold] = {}
    for each in here:
        held |= {ward_id: max(hold, held.get(ward_id, hold)) for ward_id, hold in each.wards.items()}
    return _answer(held, sure=not unknown and max(held.values()) > Hold.HINT)


def _meant(mention: Mention, wards: Sequence[Candidate]) -> _Meant:
    held: dict[int, Hold] = {}
    for term in mention.found.terms:
        held |= _firmest(term.wards, wards)
    if not mention.firm:
        held = dict.fromkeys(held, Hold.HINT)
    there = {ward.id for ward in wards if ward.hospital in mention.hospitals}
    here = {ward_id: hold for ward_id, hold in held.items() if ward_id in there}
    return _Meant(here or held, here=bool(here) or not mention.hospitals)


def _firmest(held: Mapping[int, Hold], wards: Sequence[Candidate]) -> dict[int, Hold]:
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


def _sounding(text: str, message: Message, wards: Sequence[Candidate]) -> Answer:
    """A short message that says a name as it sounds; never sure of it."""
    short = len(message.said) <= SHORT and all(len(word.letters) <= LONGEST_WORD for word in message.said)
    heard = match(text, wards) if short else Nothing()
    return Close((heard.id,)) if isinstance(heard, Sure) else heard


def _all_there(message: Message, wards: Sequence[Candidate]) -> Answer:
    """A hospital and no ward: its wards, when they are so few that they can be offered."""
    there = {name for place in message.places if not known_there(message, place) for name in place.hospitals}
    theirs = [ward.id for ward in wards if ward.hospital in there]
    return _answer(theirs, sure=True) if len(theirs) <= FEW else Nothing()


# By its code ------------------------------------------------------------------------------------------------------


def _coded(message: Message, wards: Sequence[Candidate], together: Sequence[Group]) -> list[int]:
    """The wards of a keypad code, at the hospitals named if they have such; a name counts before a code."""
    if any(group.named for group in together):
        return []
    there = {name for place in message.places for name in place.hospitals}
    codes = (word for at, word in enumerate(message.letters) if _CODE.fullmatch(word) and _is_code(message, at))
    coded = [ward for code in codes for ward in wards if code in (ward.keypad, *ward.keywords)]
    return [ward.id for ward in coded if ward.hospital in there] or [ward.id for ward in coded]


def _is_code(message: Message, at: int) -> bool:
    """Whether a number is a code: called so, or said first, and no age and no dose."""
    if message.any(_CODED, at - 1, at):
        return True
    following = message.letters[at + 1 : at + 2]
    return message.opens(at) and not any(word in _UNITS or word.isdecimal() for word in following)
