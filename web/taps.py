"""Questions that one tap each answers, on the page of a senior or of a GP: what was asked, what came of it, and without
this line? Values in, words out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from callbacks.assessed import Asked, Otherwise, Said

Say = Callable[[str], str]
# What the page offers for each question, by the field of `Said` that it fills.
Offered = Mapping[str, Sequence[str]]
ASKED: Offered = {"asked": tuple(Asked)}
OTHERWISE: Offered = {"otherwise": tuple(Otherwise)}
BESIDES: Offered = {**ASKED, **OTHERWISE}  # once it was said how it ended


@dataclass(frozen=True)
class Tap:
    """One question: the name of its field, its words, its answers in words by code, what was said already."""

    field: str
    legend: str
    choices: Sequence[tuple[str, str]]
    said: str


def taps(said: Said, offered: Offered, say: Say) -> list[Tap]:
    """The questions in their order; `say` knows the page's sentences."""
    return [_tap(field, codes, getattr(said, field), say) for field, codes in offered.items()]


def _tap(field: str, codes: Sequence[str], said: str | None, say: Say) -> Tap:
    choices = [(code, say(_key(field, code))) for code in codes]
    return Tap(field, say(f"assess_{field}"), choices, say(_key(field, said)) if said else "")


def _key(field: str, code: str) -> str:
    prefix = "outcome" if field == "outcome" else f"assess_{field}"
    return f"{prefix}_{code.lower()}"


def tapped(form: Mapping[str, str], offered: Offered) -> Said | None:
    """What a form says; None when it says nothing that is offered."""
    found = {field: form[field] for field, codes in offered.items() if form.get(field) in codes}
    return Said(**found) if found else None
