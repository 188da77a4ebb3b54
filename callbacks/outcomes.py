"""Which outcomes are offered when a request is over: of advice as `config/outcomes.toml` says, else as its kind does.

Reads a file only.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from callbacks.kinds.kind import Kind
from callbacks.ladder import CONFIG
from callbacks.states import OUTCOMES
from config import texts

KEYS = tuple("1234567")  # 8 (the secretariat) and 9 (not finished) are the line's own
BY_THE_LINE = "JOINT"  # put through by the line itself: nobody picks it by hand
NOT_REACHED = "NON_JOINT"
ALWAYS = "AUTRE"  # without it there is a callback that cannot be closed truly
_FIELDS = {"code", "group", "key"}


class Group(StrEnum):
    """The heading an outcome stands under."""

    ADVICE = "advice"
    VISIT = "visit"
    ADMISSION = "admission"
    URGENT = "urgent"
    OTHER = "other"
    HANDLED = "handled"  # done without a conversation: a letter was sent, an entry put right
    UNSPOKEN = "unspoken"  # the two doctors have not talked


@dataclass(frozen=True)
class Outcome:
    """A code of `states.OUTCOMES`, where it stands, and the key of the commonest ("1" to "7")."""

    code: str
    group: Group
    key: str | None

    @property
    def spoken(self) -> bool:
        """Whether it says that somebody has talked with the GP."""
        return self.group not in (Group.UNSPOKEN, Group.HANDLED)


# What only other kinds than advice end with, and what the file of outcomes may leave out.
_GROUPS: Mapping[str, Group] = {
    "CONSEIL": Group.ADVICE,
    "TRAITEMENT": Group.ADVICE,
    "EXAMENS": Group.ADVICE,
    "CONSULT_RAPIDE": Group.VISIT,
    "CONSULT_PROG": Group.VISIT,
    "HDJ": Group.VISIT,
    "DOMICILE": Group.VISIT,
    "RDV_DONNE": Group.VISIT,
    "RDV_ATTENTE": Group.VISIT,
    "RDV_REFUSE": Group.VISIT,
    "ADM_DIRECTE": Group.ADMISSION,
    "ADM_DIFFEREE": Group.ADMISSION,
    "URGENCES": Group.URGENT,
    "SAMU": Group.URGENT,
    "DOC_MSSANTE": Group.HANDLED,
    "DOC_COURRIER": Group.HANDLED,
    "CORRIGE": Group.HANDLED,
    "SANS_SUITE": Group.HANDLED,
    "TRANSMIS": Group.HANDLED,
    "NON_JOINT": Group.UNSPOKEN,
    "RETIRE": Group.UNSPOKEN,
    "DOUBLON": Group.UNSPOKEN,
    "HORS_CHAMP": Group.UNSPOKEN,
}


class BadOutcomes(ValueError):
    """A list that cannot be offered. Its text is the reason."""


@cache
def offered(path: Path = CONFIG / "outcomes.toml") -> tuple[Outcome, ...]:
    """The outcomes of this file, in their order; BadOutcomes."""
    try:
        source = tomllib.loads(path.read_text(encoding="utf-8"))
        return parse(source.get("outcome", ()))
    except (BadOutcomes, tomllib.TOMLDecodeError) as fault:
        raise BadOutcomes(f"{path.name}: {fault}") from None


def of(kind: Kind) -> tuple[Outcome, ...]:
    """The outcomes of a kind of request, in their order; the first seven after a conversation have the keys."""
    if not kind.outcomes:
        return offered()
    groups = [(code, _GROUPS.get(code, Group.OTHER)) for code in kind.outcomes]
    keyed = (code for code, group in groups if group is not Group.UNSPOKEN)
    keys = dict(zip(keyed, KEYS, strict=False))
    return tuple(Outcome(code, group, keys.get(code)) for code, group in groups)


def by_key(found: Sequence[Outcome]) -> Mapping[str, Outcome]:
    """Those of them that a key of the telephone stands for, by their keys."""
    return {outcome.key: outcome for outcome in found if outcome.key is not None}


def words(code: str, language: str) -> str:
    """The outcome in words; one that only another release knows by its code."""
    key = f"page.outcome_{code.lower()}"
    return texts.say(key, language) if key in _WORDS else code


_WORDS = texts.keys("page")


def parse(entries: Sequence[Mapping[str, Any]]) -> tuple[Outcome, ...]:
    """The outcomes of these entries, each with the fields that the file explains; BadOutcomes."""
    if not all(isinstance(entry, Mapping) for entry in entries):
        raise BadOutcomes("each outcome begins with [[outcome]]")
    if fault := next((fault for entry in entries for fault in _faults(entry)), None):
        raise BadOutcomes(fault)
    found = tuple(
        Outcome(entry["code"], Group(entry["group"]), str(entry["key"]) if "key" in entry else None)
        for entry in entries
    )
    if fault := _fault_among(found):
        raise BadOutcomes(fault)
    return found


def _faults(entry: Mapping[str, Any]) -> Iterator[str]:
    code = entry.get("code")
    if code not in [*OUTCOMES] or code == BY_THE_LINE:
        yield f"{code!r} is no outcome that a senior can choose"
    if unknown := sorted(entry.keys() - _FIELDS):
        yield f"{code}: unknown field {', '.join(unknown)}"
    if entry.get("group") not in [*Group]:
        yield f"{code}: group is one of {', '.join(Group)}"
    if "key" in entry and str(entry["key"]) not in KEYS:
        yield f"{code}: key is a number from {KEYS[0]} to {KEYS[-1]}"
    if code == NOT_REACHED and "key" in entry:
        yield f"{code}: the key is pressed after a conversation"


def _fault_among(found: Sequence[Outcome]) -> str | None:
    """What is wrong with them together."""
    codes = Counter(outcome.code for outcome in found)
    keys = Counter(outcome.key for outcome in found if outcome.key is not None)
    if twice := [name for name, count in (codes + keys).items() if count > 1]:
        return f"{', '.join(twice)} stands there twice"
    if ALWAYS not in codes:
        return f"{ALWAYS} is missing: it is what a senior chooses when nothing else fits"
    return None if keys else "no outcome has a key: nobody could say by telephone how it ended"
