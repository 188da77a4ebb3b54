"""The kinds of request, as `config/kinds.toml` has them and as a hospital may change them. Pure but for that file."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from callbacks.kinds import clocks
from callbacks.kinds.clocks import BadClock, Clock
from callbacks.states import OUTCOMES
from scheduling.opening import Opening

DEFAULTS = Path(__file__).parents[2] / "config" / "kinds.toml"
ADVICE = "advice"
ALWAYS = "AUTRE"  # without it there is a request that cannot be closed truly
BREACH = timedelta(hours=48)  # after a discharge, whatever the clock says (domain 2.8)


class Code(StrEnum):
    """What may be asked. In this order wherever they are listed."""

    ADVICE = "advice"
    ADMISSION = "admission"
    LETTER = "letter"
    APPOINTMENT = "appointment"
    RETURN_HOME = "return_home"
    DIRECTORY = "directory"
    FEEDBACK = "feedback"
    PARTNERSHIP = "partnership"


class Team(StrEnum):
    """Who owes it: a line of this role (`wards.role`)."""

    WARD = "ward"
    BED_DESK = "bed_desk"
    SECRETARIAT = "secretariat"
    CONSULTATIONS = "consultations"
    REFERENT = "referent"


@dataclass(frozen=True)
class Kind:
    """A kind of request as it counts in a hospital."""

    code: str  # of `Code`
    clock: Clock
    team: Team
    rings: bool  # whether somebody is rung while the caller is on the line
    key: str | None  # what he presses after the ward: "2", or "31" in the menu behind 3; None: it has no key
    outcomes: tuple[str, ...]  # codes of `states.OUTCOMES` in the order offered; empty: as config/outcomes.toml says
    reverse: bool = False  # the hospital asks the GP
    offered: bool = True  # whether this hospital takes it
    breach: bool = False  # whether 48 h after a discharge is a breach

    @property
    def public(self) -> bool:
        """Whether it carries the public promise: a senior calls back within 24 hours."""
        return self.code == ADVICE

    def due_at(self, asked_at: datetime, opening: Opening, timezone: str, event_at: datetime | None = None) -> datetime:
        """Until when it is owed by a team of these hours."""
        return clocks.due_at(self.clock, asked_at, opening, timezone, event_at)

    def breach_at(self, event_at: datetime | None) -> datetime | None:
        """When it is a breach whatever was promised; None: never, or nobody knows the discharge."""
        return event_at + BREACH if self.breach and event_at is not None else None


@dataclass(frozen=True)
class Fault:
    """Why settings are refused: a code of `REASONS`, and what of it."""

    code: str
    part: str = ""

    def __str__(self) -> str:
        return REASONS[self.code].format(part=self.part)


# In other words on the page: `kinds.fault_<code>` of the catalogue.
REASONS = {
    "unknown": "unknown {part}",
    "clock": "no clock: “{part}” (like 24h, 2h open, 24h at most, 1 working day)",
    "public": "advice is called back within 24 hours at most: it is the public promise",
    "advice": "advice is asked nothing, answered by the ward itself, and always offered",
    "team": "unknown team “{part}” (ward, bed_desk, secretariat, consultations, referent)",
    "flag": "yes or no, not “{part}”",
    "key": "keys are 2, or 3 and another digit: “{part}”",
    "same_key": "two kinds have one key: “{part}”",
    "outcome": "unknown outcome “{part}”",
    "outcome_twice": "“{part}” stands there twice",
    "no_other": "AUTRE is missing: it is what is chosen when nothing else fits",
}


class BadKind(ValueError):
    """Settings that cannot count. Its text has the reasons; `faults` are they."""

    def __init__(self, *faults: Fault, source: str = "") -> None:
        super().__init__(f"{source}: " * bool(source) + "; ".join(map(str, faults)))
        self.faults = faults


_SETTINGS = {"clock", "team", "rings", "key", "outcomes", "offered"}  # what a hospital may change
_HOUSE = {"reverse", "breach"}  # what the software knows of the kind


@cache
def defaults(path: Path = DEFAULTS) -> Mapping[str, Kind]:
    """The kinds of this file by code, in the order of `Code`; BadKind."""
    source = tomllib.loads(path.read_text(encoding="utf-8"))
    if missing := [*{*Code} - source.keys()]:
        raise BadKind(Fault("unknown", f"no [{missing[0]}]"), source=path.name)
    found = {}
    for code in Code:
        try:
            found[code.value] = _kind(code, source[code])
        except BadKind as bad:
            raise BadKind(*bad.faults, source=f"{path.name} [{code}]") from None
    if twice := same_key(found.values()):
        raise BadKind(Fault("same_key", twice), source=path.name)
    return found


def read(code: str, settings: Mapping[str, Any]) -> Kind:
    """The kind of this code with these settings, as `settings` of a kind writes them; BadKind has every fault."""
    standard = defaults()[code]
    if surplus := settings.keys() - _SETTINGS:
        raise BadKind(Fault("unknown", ", ".join(sorted(surplus))))
    return _kind(Code(code), {**settings, "reverse": standard.reverse, "breach": standard.breach})


def settings(kind: Kind) -> dict[str, Any]:
    """What `read` reads as this kind."""
    written: dict[str, Any] = {
        "clock": str(kind.clock),
        "team": kind.team.value,
        "rings": kind.rings,
        "outcomes": list(kind.outcomes),
        "offered": kind.offered,
    }
    return written | ({"key": kind.key} if kind.key else {})


def same_key(kinds: Iterable[Kind]) -> str | None:
    """A key that two of these have; None: each has its own."""
    keys = [kind.key for kind in kinds if kind.key]
    return next((key for key in keys if keys.count(key) > 1), None)


@cache
def spans() -> Mapping[str, timedelta]:
    """How long each kind is on an ordinary day, as the house has it: what a ladder is drawn along."""
    return {code: clocks.span(kind.clock) for code, kind in defaults().items()}


@cache
def reverse() -> frozenset[str]:
    """The kinds in which the hospital asks the GP: they are not his to withdraw, and he waits for none of them."""
    return frozenset(code for code, kind in defaults().items() if kind.reverse)


def _kind(code: Code, entry: Mapping[str, Any]) -> Kind:
    faults = list(_faults(code, entry))
    if faults:
        raise BadKind(*faults)
    return Kind(
        code=code.value,
        clock=clocks.parse(entry["clock"]),
        team=Team(entry.get("team", Team.WARD)),
        rings=entry.get("rings", False),
        key=entry.get("key"),
        outcomes=tuple(entry.get("outcomes", ())),
        reverse=entry.get("reverse", False),
        offered=entry.get("offered", True),
        breach=entry.get("breach", False),
    )


def _faults(code: Code, entry: Mapping[str, Any]) -> Iterator[Fault]:
    if surplus := entry.keys() - _SETTINGS - _HOUSE:
        yield Fault("unknown", ", ".join(sorted(surplus)))
    if entry.get("team", Team.WARD) not in [*Team]:
        yield Fault("team", str(entry["team"]))
    for flag in ("rings", "offered", *_HOUSE):
        if not isinstance(entry.get(flag, False), bool):
            yield Fault("flag", str(entry[flag]))
    yield from _faults_of_clock(code, entry.get("clock"))
    yield from _faults_of_key(entry.get("key"))
    yield from _faults_of_outcomes(entry.get("outcomes", ()))
    if code is Code.ADVICE and not _is_plain(entry):
        yield Fault("advice")


def _is_plain(entry: Mapping[str, Any]) -> bool:
    """Whether it is the ward's own, at once and without a key: what nobody needs to ask for."""
    ward = entry.get("team", Team.WARD) == Team.WARD and entry.get("rings", False) is True
    return ward and not entry.get("key") and entry.get("offered", True) is True


def _faults_of_clock(code: Code, said: object) -> Iterator[Fault]:
    try:
        clock = clocks.parse(said)
    except BadClock as bad:
        yield Fault("clock", bad.part)
        return
    promised = isinstance(clock, clocks.Elapsed | clocks.Open) and clocks.longest(clock) <= timedelta(hours=24)
    if code is Code.ADVICE and not promised:
        yield Fault("public")


def _faults_of_key(key: object) -> Iterator[Fault]:
    if key is None:
        return
    said = key if isinstance(key, str) else str(key)
    if not (said == "2" or (len(said) == 2 and said[0] == "3" and said[1] in "123456")):
        yield Fault("key", said)


def _faults_of_outcomes(codes: Any) -> Iterator[Fault]:
    if not codes:
        return  # as config/outcomes.toml says
    yield from (Fault("outcome", str(code)) for code in codes if code not in OUTCOMES)
    yield from (Fault("outcome_twice", code) for code in sorted({code for code in codes if codes.count(code) > 1}))
    if ALWAYS not in codes:
        yield Fault("no_other")
