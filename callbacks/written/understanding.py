"""What a GP's message means: advice he asks for and of which ward, a command, an answer to our question, or thanks.

Pure. What is not understood asks for advice: it is kept, and its sender asked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from callbacks.kinds.kind import ADVICE
from callbacks.written import asked_for, said
from callbacks.written.said import Wish as Wish
from ivr import finding
from ivr.matching import Candidate, Close, Nothing, Sure
from ivr.words import words

Found = Sure | Close | Nothing

_NOTHING: Final = Nothing()
_REPLY: Final = re.compile(r"\s*(?:\[[^]]*\]\s*)?(?:re|r[ée]p|aw|antw|sv)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)


@dataclass(frozen=True)
class Meaning:
    """What a message means, as far as its own words tell.

    `number`: what he chose of a numbered list; `yes`: a plain yes or no; `rpps`: eleven digits; `hospitals`: named in
    it; `changes_mind`: it says that another ward was meant than before; `anew`: that it is about something else.
    `kind`: what is asked for; `only_kind`: the same of a message that says nothing else; `corrects`: it says besides
    that we took it for something else.
    """

    wish: Wish
    ward: Found = _NOTHING
    references: tuple[str, ...] = ()
    number: int | None = None
    hospitals: tuple[str, ...] = ()
    changes_mind: bool = False
    anew: bool = False
    yes: bool | None = None
    rpps: str = ""
    kind: str = ADVICE
    only_kind: str | None = None
    corrects: bool = False


def understand(
    text: str, subject: str = "", wards: Sequence[Candidate] = (), where: str = "", opt_out: str = ""
) -> Meaning:
    """What a message means. `where`: the address it was sent to, which may name a ward before its @ (a number names
    none); `opt_out`: the carrier's own word on STOP, START and HELP, which wins.
    """
    if opt_out.upper() in ("STOP", "START", "HELP"):
        return Meaning(Wish(opt_out.lower()))
    plain, whole = words(text), f"{subject}\n{text}"
    if (between_him_and_the_carrier := said.alone(plain)) is not None:
        return Meaning(between_him_and_the_carrier)
    answers = _REPLY.match(subject) is not None
    other = said.changes_mind(text)
    ward = _ward(text, subject, wards, where, own_words=answers or other)
    his = text if answers else whole  # a letter may say all in its subject; the subject of an answer is ours
    naming, only_kind = finding.named(his, wards), asked_for.alone(his)
    return Meaning(
        wish=said.wish(his, naming),
        ward=ward,
        references=said.references(whole),
        number=said.number(plain),
        hospitals=finding.hospitals(his, wards),
        changes_mind=other and not isinstance(ward, Nothing),
        anew=said.anew(text),
        yes=said.yes(plain),
        rpps=said.rpps(whole),
        kind=asked_for.kind(his, naming),
        only_kind=only_kind,
        corrects=only_kind is not None and asked_for.corrects(his),
    )


def _ward(text: str, subject: str, wards: Sequence[Candidate], where: str, own_words: bool) -> Found:
    """`own_words`: what he writes now counts before the address and the subject, which he may only have answered."""
    own = finding.find(text, wards) if own_words else _NOTHING
    if isinstance(own, Sure):
        return own
    return finding.find(text, wards, where, subject if isinstance(own, Nothing) else "")


def among(meaning: Meaning, choices: Sequence[Candidate]) -> Found:
    """Which of the wards he was offered he chose: by number, by the ward's or the hospital's name; a ward that he
    names clearly wins even when it was not offered.
    """
    if isinstance(meaning.ward, Sure):
        return meaning.ward
    if meaning.number is not None and meaning.number <= len(choices):
        return Sure(choices[meaning.number - 1].id)
    likely = frozenset(meaning.ward.ids) if isinstance(meaning.ward, Close) else frozenset()
    there = frozenset(meaning.hospitals)
    left = [
        ward.id
        for ward in choices
        if (not likely or ward.id in likely) and (not there or ward.hospital in there) and (likely or there)
    ]
    if len(left) == 1:
        return Sure(left[0])
    return Close(tuple(left)) if left else meaning.ward
