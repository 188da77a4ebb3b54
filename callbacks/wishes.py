"""What an SMS to the line asks for. Pure: its words in, a wish out.

Forgiving of order, accents, spaces and politeness; never of doubt: who denies, names two requests or asks two things
has asked for nothing, and a question is answered, not acted upon.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Wish(StrEnum):
    """What the sender wants of us."""

    STOP = "stop"
    START = "start"
    CLAIM = "claim"
    CLOSE = "close"
    RELEASE = "release"
    REFUSE = "refuse"
    ATTEMPT = "attempt"
    CALL = "call"  # ring him, then the GP
    STATUS = "status"
    OTHER = "other"  # advice, thanks, anything: until a later release reads it


@dataclass(frozen=True)
class Asked:
    """A wish, and the reference of the request it is about (six digits) when it names one."""

    wish: Wish
    reference: str = ""


# The carrier's own words (twilio.md 5.2), which count only alone, and the French ones it does not know.
_ALONE = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "ARRET", "ARRETE"), Wish.STOP),
    **dict.fromkeys(("START", "UNSTOP", "YES", "REPRISE"), Wish.START),
}
_SAID = {
    Wish.CLAIM: "PRIS PRISE PRENDS PREND PRENDRE TAKE TAKEN TAKING CLAIM CLAIMED MINE",
    Wish.CLOSE: "FAIT FAITE FINI FINIE TERMINE TERMINEE CLOS CLOSE CLOSED CLORE CLOTURE CLOTUREE DONE FINISHED",
    Wish.RELEASE: "RENDU RENDUE RENDS RENDRE LIBRE LIBERE LIBEREE RELEASE RELEASED RETURN RETURNED",
    Wish.REFUSE: "REFUSE REFUSEE REFUSED DECLINE DECLINED NON",
    Wish.ATTEMPT: "ESSAI ESSAIS ESSAYE TENTE TENTATIVE INJOIGNABLE TRY TRIED ATTEMPT ATTEMPTED UNREACHABLE",
    Wish.CALL: "RAPPEL RAPPELER RAPPELLE APPEL APPELER APPELLE CALL CALLBACK RING",
    Wish.STATUS: "STATUT STATUTS STATUS ETAT LISTE LIST",
}
_VERBS = {word: wish for wish, words in _SAID.items() for word in words.split()}
# Beside a reference these are plain; alone they are polite.
_WITH_REFERENCE = dict.fromkeys(("OK", "OUI", "YES", "ACCORD", "ACCEPTE", "ACCEPT"), Wish.CLAIM)
_AROUND = """
    BONJOUR BONSOIR HELLO HI MERCI THANKS THANK YOU SVP STP PLEASE OK OUI YES ACCORD BIEN VOICI DEJA ALREADY DR DOCTEUR
    JE J I LL M VE ME AI EST C CEST IT IS S ON A L LE LA LES THE DE DU D UN UNE EN CHARGE MA MON MY POUR FOR ET AND
    REF REFERENCE DEMANDE REQUEST NUMERO N NO"""
_POLITE = frozenset(_AROUND.split())
_DENIAL = "PAS NE NI JAMAIS PLUS ANNULE PERSONNE NOT NEVER DONT DON T CANNOT NOBODY"
_DENIED = frozenset(_DENIAL.split())
# Said together they are one wish: "rappel fait", "pris et fait", "essai fait, sans réponse".
_TOGETHER: Mapping[frozenset[Wish], Wish] = {
    frozenset({Wish.CALL, Wish.CLOSE}): Wish.CLOSE,
    frozenset({Wish.CLAIM, Wish.CLOSE}): Wish.CLOSE,
    frozenset({Wish.ATTEMPT, Wish.CLOSE}): Wish.ATTEMPT,
    frozenset({Wish.ATTEMPT, Wish.CALL}): Wish.ATTEMPT,
    frozenset({Wish.CLAIM, Wish.CALL}): Wish.CALL,
}
# Six digits together, or in pairs or threes; never part of a longer number: a telephone number names no request.
_REFERENCE = re.compile(
    r"(?<!\d)(\d{6})(?!\d)"
    r"|(?<!\d)(?<!\d[ .-])(?:(\d{3})[ .-](\d{3})|(\d\d)[ .-](\d\d)[ .-](\d\d))(?![ .-]?\d)"
)
_WORD = re.compile(r"[A-Z0-9]+")


def read(body: str, opt_out: str = "") -> Asked:
    """What an SMS asks for; `opt_out` is the carrier's own word on STOP and START, which wins."""
    if opt_out in ("STOP", "START"):
        return Asked(Wish(opt_out.lower()))
    text = _folded(body)
    alone = _ALONE.get(text.strip(" .!"))
    if alone is not None:
        return Asked(alone)
    references = {"".join(filter(None, found)) for found in _REFERENCE.findall(text)}
    reference = references.pop() if len(references) == 1 else ""
    if references:
        return Asked(Wish.OTHER)  # of several at once, which is meant?
    wish = _wish(_WORD.findall(_REFERENCE.sub(" ", text)), reference)
    if wish is not Wish.OTHER and "?" in text:
        wish = Wish.STATUS
    return Asked(wish, "" if wish is Wish.OTHER else reference)


def _wish(words: list[str], reference: str) -> Wish:
    """One wish, said first (beside a reference) or with nothing but politeness around it."""
    verbs = _VERBS | _WITH_REFERENCE if reference else _VERBS
    said = [word for word in words if word in verbs or word not in _POLITE]
    if _DENIED & set(said):
        return Wish.OTHER
    if not said:
        return Wish.STATUS if reference else Wish.OTHER
    first, wishes = verbs.get(said[0]), frozenset(verbs[word] for word in said if word in verbs)
    if not all(word in verbs for word in said) and not (reference and first):
        return Wish.OTHER
    return next(iter(wishes)) if len(wishes) == 1 else _TOGETHER.get(wishes, Wish.OTHER)


def _folded(text: str) -> str:
    """Capitals without accents, and what an apostrophe joins apart: a telephone writes `Arrêt` and `d’accord`."""
    apart = unicodedata.normalize("NFKD", text.upper().replace("’", " ").replace("'", " "))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
