"""Which kind of request a message is, by its own words: advice, unless it clearly asks for something else. Pure.

"Admission" is a word of every second question, and no question of medicine may wait at a bed desk: another kind is
taken where a short message begins with it or asks for it in so many words, for one alone, and not for advice besides.
"""

import re
from collections.abc import Mapping
from typing import Final

from callbacks.kinds.kind import Code
from callbacks.written.said import flat
from ivr.words import listed, words

SHORT: Final = 25  # words: a longer message that begins with "admission" may tell of one

_ASKING: Final = (
    r"(?:demand\w*|souhait\w*|voudr\w*|veux|besoin|cherch\w*|obtenir|avoir|prendre|organiser|pour|proposer"
    r"|need|want|request\w*|book)"
)
_SMALL: Final = r"(?:(?:de|d|une?|l|la|le|en|votre|an?|the|for|rapidement|vite) )*"
_ADMISSION: Final = r"(?:admissions?|hospitalisations?|hospitaliser|admettre|admission)"
_LETTER: Final = (
    r"(?:crh|lettres? de (?:sortie|liaison)|courriers? de sortie|discharge (?:letter|summary)"
    r"|comptes? rendus? (?:(?:d|de l|de) )?(?:hospitalisation|hospi|sortie|sejour))"
)
_EXAMINED: Final = r"(?:(?:d|de|du|des) |echo|irm|scanner|tdm|radio|biolog|anapath|examen|holter|ecg|consult|bilan)"
_POST: Final = rf"(?:{_LETTER}|lettres?|comptes? rendus?|courriers?)"
_MISSING: Final = (
    r"(?:(?:pas|jamais|non|rien) (?:encore |toujours )?(?:ete )?(?:recue?s?|eu|arrivee?s?)"
    r"|manquant\w*|not received|missing)"
)
_APPOINTMENT: Final = r"(?:rdv|rendez vous|appointment)"

# What it may begin with, after a greeting and the ward.
_HEADING: Final[Mapping[Code, str]] = {
    Code.ADMISSION: _ADMISSION,
    Code.LETTER: rf"{_LETTER}|comptes? rendus?(?! {_EXAMINED})",
    Code.APPOINTMENT: _APPOINTMENT,
    Code.DIRECTORY: "erreur (?:\\w+ )?annuaire",
    Code.FEEDBACK: "remarques? sur (?:la ligne|rappel24)",
    Code.PARTNERSHIP: "partenariat|partnership",
}
# What asks for it in so many words, wherever it stands.
_ASKED: Final[Mapping[Code, str]] = {
    Code.ADMISSION: (
        rf"(?:admission|hospitalisation) directe|direct admission|{_ADMISSION} possible|{_ASKING} {_SMALL}{_ADMISSION}"
    ),
    Code.LETTER: rf"{_ASKING} {_SMALL}{_LETTER}|{_POST} (?:\w+ ){{0,6}}?{_MISSING}|{_MISSING} (?:\w+ ){{0,2}}?{_POST}",
    Code.APPOINTMENT: rf"{_ASKING} {_SMALL}{_APPOINTMENT}|{_APPOINTMENT} (?:rapide|urgent)|demande de consultation",
    Code.DIRECTORY: r"erreur (?:\w+ ){0,2}annuaire|directory error",
    Code.FEEDBACK: r"(?:remarques?|reclamation) sur (?:la ligne|rappel24)",
    Code.PARTNERSHIP: rf"{_ASKING} {_SMALL}(?:partenariat|partnership)",
}
_HEADINGS: Final = {code: re.compile(rf"(?:{said})\b") for code, said in _HEADING.items()}
_ANYWHERE: Final = {code: re.compile(rf"\b(?:{said})\b") for code, said in _ASKED.items()}
_ADVICE: Final = re.compile(r"\b(?:avis|conseils?|advice)\b")
# What was, or is no wish: "depuis son admission", "compte rendu ci-joint", "a rdv le 12", "éviter une hospitalisation".
_TOLD: Final = re.compile(
    r"\b(?:apres|depuis|lors|pendant|avant|malgre|eviter|sans|pas|suite a) (?:(?:de|d|une?|l|la|le|son|sa|cette) )*"
    rf"(?:{_ADMISSION}|{_APPOINTMENT})\b"
    rf"|\bci joint\w*\b|\bje joins\b|\b(?:a|avait|aura|ont) (?:un |deja )*{_APPOINTMENT}\b"
    rf"|\b{_APPOINTMENT} (?:prevu|le|du|au|dans)\b"
)
_BEFORE: Final = listed(
    """
    bonjour bonsoir hello hi cher chere confrere consoeur dr docteur pr professeur madame monsieur urgent svp s il vous
    te plait please service pour le la les l un une d de du a au en chu hopital for the
    """
)
_AROUND: Final = _BEFORE | listed(
    """
    demande request rapide directe direct c est non plutot finalement pardon merci je souhaite voudrais veux en
    fait it is rather sorry
    """
)
# "RDV non urgent" and "c'est pour une admission" take nothing back.
_CORRECTING: Final = re.compile(
    r"\b(?:non(?! urgente?s?\b)|plutot|finalement|pardon|en fait|c est(?! (?:pour|urgent)\b)"
    r"|it is(?! (?:for|urgent)\b)|rather|sorry)\b"
)
_NAMES: Final = listed(
    """
    avis conseil conseils advice admission hospitalisation crh lettre sortie liaison compte rendu courrier rdv rendez
    vous appointment partenariat partnership
    """
)


def kind(text: str, ward: frozenset[str] = frozenset()) -> Code:
    """What is asked for; `ward`: the words that name a ward, which may stand before it."""
    said = flat(text)
    if _ADVICE.search(said) or _TOLD.search(said):
        return Code.ADVICE
    found = {code for code, asked in _ANYWHERE.items() if asked.search(said)}
    if len(said.split()) <= SHORT:
        begins = _after_the_ward(said, ward)
        found |= {code for code, heading in _HEADINGS.items() if heading.match(begins)}
    return found.pop() if len(found) == 1 else Code.ADVICE


def alone(text: str) -> Code | None:
    """The kind, when a message says nothing else: "AVIS", "non, plutôt une admission"."""
    plain = {word.letters for word in words(text)}
    if not plain & _NAMES or not plain <= _NAMES | _AROUND:
        return None
    if _ADVICE.search(flat(text)):
        return Code.ADVICE
    found = kind(text, _AROUND)
    return None if found is Code.ADVICE else found


def corrects(text: str) -> bool:
    """Whether it takes back how the last one was understood, when it says a kind alone; AVIS is what our confirmation
    tells him to write for that."""
    said = flat(text)
    return said == "avis" or _CORRECTING.search(said) is not None


def _after_the_ward(said: str, ward: frozenset[str]) -> str:
    left = said.split()
    while left and (left[0] in _BEFORE or left[0] in ward):
        left.pop(0)
    return " ".join(left)
