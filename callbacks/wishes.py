"""What an SMS to the line asks for. Pure: its words in, a wish out."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Wish(StrEnum):
    """What the sender wants of us."""

    STOP = "stop"
    START = "start"
    CLAIM = "claim"
    CLOSE = "close"
    RELEASE = "release"
    ATTEMPT = "attempt"
    OTHER = "other"  # advice, thanks, anything: until a later release reads it


@dataclass(frozen=True)
class Asked:
    """A wish, and the reference of the request it is about (six digits) when it is about one."""

    wish: Wish
    reference: str = ""


# The carrier's own words (twilio.md 5.2), which count only alone, and the French ones it does not know.
_ALONE = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "ARRET", "ARRETE"), Wish.STOP),
    **dict.fromkeys(("START", "UNSTOP", "YES", "REPRISE"), Wish.START),
}
_ABOUT_ONE = {
    **dict.fromkeys(("PRIS", "PRISE", "PRENDS", "TAKE", "TAKEN"), Wish.CLAIM),
    **dict.fromkeys(("FAIT", "FAITE", "CLOS", "CLOSE", "DONE"), Wish.CLOSE),
    **dict.fromkeys(("RENDU", "RENDUE", "RENDS", "LIBRE", "RELEASE"), Wish.RELEASE),
    **dict.fromkeys(("ESSAI", "TRIED"), Wish.ATTEMPT),
}
# "PRIS 724193", "pris: 724 193", "Fait 724193 merci"; a longer number is no reference.
_SENTENCE = re.compile(r"\W*([A-Z]+)\W*(\d{3})[ .-]?(\d{3})(?!\d)")


def read(body: str, opt_out: str = "") -> Asked:
    """What an SMS asks for; `opt_out` is the carrier's own word on STOP and START, which wins."""
    if opt_out in ("STOP", "START"):
        return Asked(Wish(opt_out.lower()))
    text = _folded(body)
    alone = _ALONE.get(text.strip(" .!"))
    if alone is not None:
        return Asked(alone)
    sentence = _SENTENCE.match(text)
    wish = _ABOUT_ONE.get(sentence[1]) if sentence else None
    if sentence is None or wish is None:
        return Asked(Wish.OTHER)
    return Asked(wish, sentence[2] + sentence[3])


def _folded(text: str) -> str:
    """Capitals without accents: a telephone writes `Arrêt` by itself."""
    apart = unicodedata.normalize("NFKD", text.upper())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
