"""The kinds of data that a rule may speak of, and the bounds of such a rule. Reads a file, decides nothing."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

CONFIG = Path(__file__).parent.parent.parent / "config"


class Kind(StrEnum):
    """A kind of data. What destroying it does, `destroying` says; what is due, `due`."""

    RECORDINGS = "recordings"  # what GPs said; that they did, when and for how long stays
    TEXTS = "texts"  # what GPs wrote
    PICTURES = "pictures"  # what they sent with it, and what they called it
    ANSWERS = "answers"  # what seniors answered in writing
    LEFTOVERS = "leftovers"  # what came in and became no request
    SENT = "sent"  # the words of SMS and e-mails, and where they went
    CALLERS = "callers"  # numbers and addresses, and who stood behind them
    READINGS = "readings"  # who read what
    TRAIL = "trail"  # who changed what
    ROTA = "rota"  # who was on call, and away
    MACHINERY = "machinery"  # what the line did by itself


# Kinds whose clock is that of a request: a hospital may have a rule of its own for them, and a hold may name it.
OF_REQUESTS = (Kind.RECORDINGS, Kind.TEXTS, Kind.PICTURES, Kind.ANSWERS, Kind.SENT, Kind.CALLERS)


class BadRetention(ValueError):
    """The file of proposals is not one; says what is wrong."""


@dataclass(frozen=True)
class Bounds:
    """What is proposed for a kind, in days, and between which days a rule may be."""

    proposed: int
    least: int
    most: int | None = None

    def allow(self, days: int) -> bool:
        """Whether a rule of so many days may be approved."""
        return self.least <= days and (self.most is None or days <= self.most)


@dataclass(frozen=True)
class Rule:
    """What somebody approved for a kind, in one hospital or (None) in all without their own.

    `days` None: nothing is destroyed until another rule is approved.
    """

    kind: Kind
    hospital_id: int | None
    days: int | None
    approved_by: str
    approved_at: datetime


@dataclass(frozen=True)
class Cutoffs:
    """Before when a kind is to be destroyed: in hospitals with a rule of their own, and elsewhere; None: never."""

    elsewhere: datetime | None
    own: Mapping[int, datetime | None]

    @property
    def never(self) -> bool:
        """Whether nothing of the kind may be destroyed anywhere."""
        return self.elsewhere is None and not any(self.own.values())


def cutoffs(rules: Mapping[tuple[Kind, int | None], Rule], kind: Kind, now: datetime) -> Cutoffs:
    """What the approved rules say of a kind at this instant. Pure."""
    own = {id: _before(rule, now) for (of, id), rule in rules.items() if of is kind and id is not None}
    return Cutoffs(_before(rules.get((kind, None)), now), own)


def days_of(rules: Mapping[tuple[Kind, int | None], Rule], kind: Kind, hospital_id: int | None) -> int | None:
    """How long a hospital keeps a kind, as approved; None: no rule destroys it. Pure."""
    rule = rules.get((kind, hospital_id)) or rules.get((kind, None))
    return None if rule is None else rule.days


@cache
def proposals(path: Path = CONFIG / "retention.toml") -> Mapping[Kind, Bounds]:
    """What the file proposes for each kind; BadRetention."""
    source = tomllib.loads(path.read_text(encoding="utf-8"))
    if source.keys() != set(Kind):
        raise BadRetention(f"{path.name}: not these kinds: {', '.join(sorted(source.keys() ^ set(Kind)))}")
    try:
        found = {kind: Bounds(**source[kind]) for kind in Kind}
    except TypeError as fault:
        raise BadRetention(f"{path.name}: {fault}") from None
    wrong = [kind for kind, bounds in found.items() if not bounds.allow(bounds.proposed)]
    if wrong:
        raise BadRetention(f"{path.name}: proposed outside of its own bounds: {', '.join(wrong)}")
    return found


def _before(rule: Rule | None, now: datetime) -> datetime | None:
    return None if rule is None or rule.days is None else now - timedelta(days=rule.days)
