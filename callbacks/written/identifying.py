"""Whether a message holds what identifies a patient: then its sender is told that this way is not a safe one. Pure.

A telephone number, an age or "Mme D." identify nobody here; the colleague who writes or is greeted is no patient. In
doubt it says yes: a sentence too many costs less than a name too many.
"""

import re
from typing import Final

from ivr.words import listed

# Sex, year, month, department (2A and 2B in Corsica), commune, order; the two digits of its key may be missing.
_NIR: Final = re.compile(
    r"(?<!\d)[12378][ .]?\d\d[ .]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .]?(?:\d\d|2[ABab])[ .]?"
    r"\d{3}[ .]?\d{3}(?:[ .]?\d\d)?(?!\d)"
)
_DATE: Final = r"(?:\d{1,2}[ /.-](?:\d{1,2}|[a-zûéA-Z]{3,9})[ /.-](?:\d{4}|\d\d)|\d{4}-\d\d-\d\d)(?!\d)"
_BORN: Final = re.compile(
    rf"(?:\bn[ée]e?s?\b|\bddn\b|\bdn\b|naissance|\bborn\b|\bdob\b)\W{{0,3}}(?:le|on|en)?\W{{0,3}}(?:{_DATE}|\d{{6,8}}\b)",
    re.IGNORECASE,
)
_OLD_DATE: Final = re.compile(r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])[/.-](?:0?[1-9]|1[0-2])[/.-](?:19\d\d|200\d)(?!\d)")
_FILE_NUMBER: Final = re.compile(r"\b(?:ipp|nip|iep|ins|nir|dossier n[°o]?)\W{0,3}\d{5,}", re.IGNORECASE)
_LABELLED: Final = re.compile(
    r"\b(?:nom(?: de naissance)?|pr[ée]nom|patiente?)\s*[:=]\s*[A-Za-zÀ-ÿ]{2,}", re.IGNORECASE
)
_TITLE: Final = re.compile(
    r"\b(?:mme|mlle|mrs?|ms|m\.|monsieur|madame|mademoiselle|melle)\.?[ \t]+([^\W\d_][\w'’-]+)", re.I
)
_GREETED: Final = re.compile(r"(?:bonjour|bonsoir|cher|ch[eè]re|dear|hello|,)[ \t]*$", re.IGNORECASE)
_PATIENT: Final = re.compile(
    r"\b(?:[Pp]atiente?|[Ee]nfant|[Bb]ébé|PATIENTE?)[ \t]+"
    r"(?:[A-ZÀ-Ý][a-zà-ÿ]+(?:[ -][A-ZÀ-Ý][A-Za-zà-ÿ]+)*|[A-ZÀ-Ý]{2,}[ -][A-ZÀ-Ý][a-zà-ÿ]+)"
)
_NO_NAME: Final = listed(
    """
        de du des d la le les l un une en et est a au avec sans pour par qui que dont sous chez monsieur madame
        docteur dr pr mme mr bonjour bonsoir merci svp stp je j vous avis suivi suivie connu connue age agee vu vue
        hospitalise hospitalisee diabetique diabétique hypertendu hypertendue agé agée âgé âgée ans patient patiente
        presente présente se plaint il elle of with who is the
    """
)
_NO_PERSON: Final = listed(
    "Cardio Néphro Covid Parkinson Crohn Alzheimer Basedow Horton Cochin Avicenne Diabétique Hypertendu Suivi Suivie"
)


def identifies(text: str) -> bool:
    """Whether somebody could tell from it which patient it is about."""
    return bool(
        _NIR.search(text)
        or _BORN.search(text)
        or _OLD_DATE.search(text)
        or _FILE_NUMBER.search(text)
        or _LABELLED.search(text)
        or _by_title(text)
        or _by_name(text)
    )


def _by_title(text: str) -> bool:
    """ "Mme Durand", also in small letters; not "Bonjour Madame Durand", not "Madame, Monsieur"."""
    for found in _TITLE.finditer(text):
        named = found[1].lower() not in _NO_NAME and len(found[1].strip("'’-")) > 2
        if named and not _GREETED.search(text[: found.start()]):
            return True
    return False


def _by_name(text: str) -> bool:
    """ "Patient Durand", "patiente DURAND Chloé"."""
    return any(found[0].split()[1] not in _NO_PERSON for found in _PATIENT.finditer(text))
