"""Whether a message holds what identifies a patient: then its sender is told that this way is not a safe one. Pure.

A telephone number, an age or "Mme D." identify nobody here; the colleague who writes or is greeted is no patient. In
doubt it says yes: a sentence too many costs less than a name too many.
"""

import re
import unicodedata
from typing import Final

from ivr.words import fold, listed

_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_DATE: Final = (
    rf"(?:{_DAY}(?:er)?[ /.-](?:{_MONTH}|[^\W\d_]{{3,9}}\.?)[ /.-](?:\d{{4}}|\d\d)|\d{{4}}-\d\d-\d\d|\d{{6,8}})(?!\d)"
)
# Each alone is enough.
_TELLING: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # His social security number: sex, year, month, department (2A, 2B), commune, order; its key may be missing.
        r"(?<!\d)[12378][ .]?\d\d[ .]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .]?(?:\d\d|2[AB])[ .]?"
        r"\d{3}[ .]?\d{3}(?:[ .]?\d\d)?(?!\d)",
        rf"\b(?:n[ée](?:\(e\)|e)?s?|ddn|naissance|born|dob)(?!\w)\W{{0,3}}(?:le|on)?\W{{0,3}}{_DATE}",
        rf"(?<!\d){_DAY}[/.-]{_MONTH}[/.-](?:19\d\d|200\d)(?!\d)",  # so old a date is a birth's
        r"\b(?:ipp|nip|iep|ins|nir)\W{0,3}\d{5,}",  # his number in the hospital, or in the country
        r"\b(?:nom(?: de (?:naissance|famille))?|pr[ée]nom)\s*[:=]\s*[^\W\d_]{2,}",
    )
)
_TITLED: Final = re.compile(
    r"\b(?:(?i:mme|mlle|melle|mrs?|ms|monsieur|madame|mademoiselle)\b\.?|(?i:m)\.|M(?=[ \t]+[A-ZÀ-Ý]))[ \t]*"
    r"([^\W\d_][\w'’-]+)"
)
_GREETED: Final = re.compile(r"(?:bonjour|bonsoir|merci|chers?|ch[eè]res?|dear|hello)[ \t]*$", re.IGNORECASE)
_LONGEST_GREETING: Final = 20
_PATIENT: Final = re.compile(
    r"\b(?i:patiente?|enfant|b[ée]b[ée])[ \t]*:?[ \t]+(?:([A-ZÀ-Ý][a-zà-ÿ]+)|[A-ZÀ-Ý]{2,}[ \t]+([A-ZÀ-Ý][a-zà-ÿ]+))"
)
_NO_NAME: Final = listed(
    """
    de du des d la le les l un une en et est a au avec sans pour par qui que dont sous chez monsieur madame docteur dr
    pr mme mr bonjour bonsoir merci svp stp je j vous avis suivi suivie connu connue age agee vu vue hospitalise
    hospitalisee diabetique hypertendu hypertendue ans patient patiente presente presentant se plaint il elle ayant
    adresse adressee cardiaque alcoolique of with who is the homme femme fille garcon enfant nourrisson sexe
    covid parkinson crohn alzheimer basedow horton cardio nephro pneumo neuro
    """
)


def identifies(text: str) -> bool:
    """Whether somebody could tell from it which patient it is about."""
    plain = unicodedata.normalize("NFC", text)
    return any(pattern.search(plain) for pattern in _TELLING) or _by_title(plain) or _by_name(plain)


def _by_title(text: str) -> bool:
    """ "Mme Durand", also in small letters; not "Mme D.", "Bonjour Madame Durand", "Madame, Monsieur"."""
    titled = (found for found in _TITLED.finditer(text) if not _greeted(text, found.start()))
    return any(_is_name(found[1]) for found in titled)


def _greeted(text: str, at: int) -> bool:
    return _GREETED.search(text[max(at - _LONGEST_GREETING, 0) : at]) is not None


def _by_name(text: str) -> bool:
    """ "Patient Durand", "patiente DURAND Chloé"; not "patient BPCO"."""
    return any(_is_name(found[1] or found[2]) for found in _PATIENT.finditer(text))


def _is_name(word: str) -> bool:
    initials = len(word) == 2 and not (word[0].isupper() and word[1].islower())
    return not initials and fold(word) not in _NO_NAME
