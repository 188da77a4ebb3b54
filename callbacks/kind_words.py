"""How a kind of request is spoken and written of; one that only another release knows is spoken of as advice."""

from collections.abc import Sequence

from callbacks.kinds.kind import ADVICE, Code
from config import texts

Offer = Sequence[str]  # a kind (or "other"), and the key that chooses it


def of_kind(what: str, kind: str | None, language: str) -> str:
    """A word of this kind; `what`: section and name, as "voice.answers" or "sms.what"."""
    code = kind if kind in [*Code] else ADVICE
    return texts.say(f"{what}_{code}", language)


def offered(offers: Sequence[Offer], language: str) -> str:
    """What may be keyed: "Admission directe, tapez 2. Autre demande, 3." The key is named last, the verb but once."""
    said = (
        texts.say(
            "voice.offer_first" if place == 0 else "voice.offer_next", language, kind=_name(kind, language), key=key
        )
        for place, (kind, key) in enumerate(offers)
    )
    return " ".join(said)


def offered_briefly(offers: Sequence[Offer], language: str) -> str:
    """The same while a senior's telephone waits to ring: "admission touche 2, autre 3"."""
    said = (
        texts.say(
            "voice.brief_first" if place == 0 else "voice.brief_next",
            language,
            kind=_name(kind, language, "voice.brief"),
            key=key,
        )
        for place, (kind, key) in enumerate(offers)
    )
    return ", ".join(said)


def _name(kind: str, language: str, what: str = "voice.kind") -> str:
    return texts.say(f"{what}_{OTHER}", language) if kind == OTHER else of_kind(what, kind, language)


# A senior calls; whoever answers for another team need not be a doctor.
_CALLS = dict.fromkeys((ADVICE, Code.ADMISSION), "calls_back") | {Code.RETURN_HOME: "calls_first"}


def calls(kind: str | None, name: str, language: str) -> str:
    """Who calls, to the GP who picks up: he is called back, unless it is the hospital that asks."""
    return texts.say(f"voice.{_CALLS.get(kind or ADVICE, 'team_calls_back')}", language, name=name)


OTHER = "other"  # among offers: the menu of the rest
