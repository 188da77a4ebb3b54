"""The rungs of a promise, as `config/ladder.toml` describes them. Reads a file, decides nothing."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import IntEnum, StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

_T = TypeVar("_T")
CONFIG = Path(__file__).parent.parent / "config"


class Role(IntEnum):
    """Who can be told, from the bedside up; a missing one is skipped upward."""

    SENIOR = 0
    SECOND = 1
    HEAD = 2
    COORDINATOR = 3
    HOUSE = 4  # ALERT_PHONE, when there is nobody else


class Channel(StrEnum):
    """How somebody is told."""

    SMS = "sms"
    CALL = "call"


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: when, who, how."""

    name: str
    share: float | None
    after_open: timedelta | None
    to: tuple[Role, ...]
    nobody: tuple[Role, ...]  # whom instead, when nobody is on call
    by: tuple[Channel, ...]
    unclaimed_only: bool
    repeat: timedelta | None

    @property
    def at_once(self) -> bool:
        """Whether it is the first: it waits for nothing but the end of the call."""
        return self.share is None and self.after_open is None

    @property
    def for_seniors(self) -> bool:
        """Whether it speaks to who is on call, not to who is above them."""
        return min(self.to, default=Role.HOUSE) <= Role.SECOND


@dataclass(frozen=True)
class Ladder:
    """The rungs in order; the last is the deadline, and repeats."""

    rungs: tuple[Rung, ...]

    @property
    def last(self) -> Rung:
        """The deadline."""
        return self.rungs[-1]

    def find(self, name: str | None) -> Rung | None:
        """The rung of this name; None for one that another release knew."""
        return next((rung for rung in self.rungs if rung.name == name), None)

    def above(self, *climbed: str | None) -> tuple[Rung, ...]:
        """The rungs above the first of these names that is known; all of them when none is, or none was climbed.

        Named latest first: a request keeps its place when a rung that it has climbed is taken out of the ladder.
        """
        rung = next((found for name in climbed if (found := self.find(name))), None)
        return self.rungs if rung is None else self.rungs[self.rungs.index(rung) + 1 :]


@dataclass(frozen=True)
class Fault:
    """Why a ladder is refused: a code of `REASONS`, which rung (from 1; 0: the ladder as a whole), and what of it."""

    code: str
    rung: int = 0
    part: str = ""

    def __str__(self) -> str:
        said = REASONS[self.code].format(part=self.part)
        return f"rung {self.rung}: {said}" if self.rung else said


# In other words for who sets a ladder on its page: `ladders.fault_<code>` of the catalogue.
REASONS = {
    "empty": "it has no rung",
    "long": "it has more than 12 rungs",
    "unknown": "unknown {part}",
    "name": "a name is letters, digits and _: “{part}”",
    "same_name": "two rungs have one name: “{part}”",
    "first_name": "the first rung is called “first”, and no other",
    "role": "unknown role “{part}” (senior, second, head, coordinator)",
    "channel": "unknown channel “{part}” (sms, call)",
    "while": "“while” is unclaimed or any, not “{part}”",
    "nobody_told": "it tells nobody",
    "no_channel": "it tells nobody: by sms, call or both",
    "duration": "not a duration: “{part}” (like 30m or 4h)",
    "share": "a share is above 0 and 1.0 at most, not “{part}”",
    "first_when": "the first rung is at once: neither share nor after_open",
    "first_to": "the first rung tells who is on call",
    "when": "a rung after the first needs either share or after_open",
    "late_open": "a rung by opening time comes before those by share, each later than the one before it",
    "rise": "its share must be above the one before it, by a hundredth at least",
    "last": "the last rung, and no other, is at 1.0 and repeats",
    "often": "it repeats after half an hour at least, and a day at most",
    "last_to": "at the deadline the head of ward or the coordinator must be told",
    "no_head": "no rung tells the head of ward before the deadline, claimed or not",
    "nobody_above": "when nobody is on call, the rung must tell somebody above",
}


class BadLadder(ValueError):
    """A ladder that would not keep the promise. Its text has the reasons, for the operator; `faults` are they."""

    def __init__(self, *faults: Fault, source: str = "") -> None:
        super().__init__(f"{source}: " * bool(source) + "; ".join(map(str, faults)))
        self.faults = faults


@cache
def load(path: Path = CONFIG / "ladder.toml", kind: str = "") -> Ladder:
    """The ladder of this file for a kind of request: its own, else that of all; BadLadder."""
    source = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return Ladder(read(_of_kind(source, kind).get("rung", ())))
    except BadLadder as bad:
        raise BadLadder(*bad.faults, source=path.name) from None


def _of_kind(source: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """Where the rungs of this kind stand in the file."""
    name = source.get("kinds", {}).get(kind)
    found: Mapping[str, Any] = source.get(name, {}) if name else source
    return found


def read(entries: Iterable[object]) -> tuple[Rung, ...]:
    """The rungs of these entries, with the fields that `config/ladder.toml` explains; BadLadder has every fault."""
    rungs, faults = [], []
    for place, entry in enumerate(entries, start=1):
        try:
            rungs.append(_rung(entry))
        except BadLadder as bad:
            faults += [replace(fault, rung=place) for fault in bad.faults]
    found = faults or list(_faults(rungs))
    if found:
        raise BadLadder(*found)
    return tuple(rungs)


def written(rung: Rung) -> dict[str, Any]:
    """The entry that `read` reads as this rung."""
    entry: dict[str, Any] = {"name": rung.name}
    if rung.after_open is not None:
        entry["after_open"] = f"{rung.after_open // _UNITS['m']}m"
    if rung.share is not None:
        entry["share"] = rung.share
    entry["to"] = [role.name.lower() for role in rung.to]
    entry["nobody"] = [role.name.lower() for role in rung.nobody]
    entry["by"] = [channel.value for channel in rung.by]
    if rung.unclaimed_only:
        entry["while"] = "unclaimed"
    if rung.repeat is not None:
        entry["repeat"] = f"{rung.repeat // _UNITS['m']}m"
    return entry


_DURATION = re.compile(r"(\d{1,5})([mh])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}


def duration(text: object) -> timedelta:
    """`30m`, `4h`; BadLadder."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise BadLadder(Fault("duration", part=str(text)))
    return int(match[1]) * _UNITS[match[2]]


FIRST = "first"
NEAR = 0.0099  # a hundredth, as floating point has it: of 24 hours, more than the ten minutes between two rungs
MOST = 12  # each ten minutes after the one before: when quiet hours hold them all up, the deadline still stands
OFTEN, SELDOM = timedelta(minutes=30), timedelta(hours=24)  # how soon, and how late, the deadline's rung repeats
_KNOWN = {"name", "share", "after_open", "to", "nobody", "by", "while", "repeat"}
_NAME = re.compile(r"[a-z0-9_]{1,40}")
_ROLES = {role.name.lower(): role for role in Role if role is not Role.HOUSE}
_CHANNELS = {channel.value: channel for channel in Channel}
_WHILE = {"unclaimed": True, "any": False}


def _rung(entry: object) -> Rung:
    if not isinstance(entry, Mapping):
        raise BadLadder(Fault("unknown", part=str(entry)))
    if surplus := set(entry) - _KNOWN:
        raise BadLadder(Fault("unknown", part=", ".join(sorted(surplus))))
    name, to = str(entry.get("name", "")), entry.get("to", ())
    if _NAME.fullmatch(name) is None:
        raise BadLadder(Fault("name", part=name))
    return Rung(
        name=name,
        share=_share(entry["share"]) if "share" in entry else None,
        after_open=duration(entry["after_open"]) if "after_open" in entry else None,
        to=tuple(_each(to, _ROLES, "role")),
        nobody=tuple(_each(entry.get("nobody", to), _ROLES, "role")),
        by=tuple(_each(entry.get("by", ()), _CHANNELS, "channel")),
        unclaimed_only=next(_each([entry.get("while", "any")], _WHILE, "while")),
        repeat=duration(entry["repeat"]) if "repeat" in entry else None,
    )


def _each(names: object, known: Mapping[str, _T], code: str) -> Iterator[_T]:
    for name in names if isinstance(names, list | tuple) else (names,):
        if not isinstance(name, str) or name not in known:
            raise BadLadder(Fault(code, part=str(name)))
        yield known[name]


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise BadLadder(Fault("share", part=str(value)))
    return float(value)


def _faults(rungs: Sequence[Rung]) -> Iterator[Fault]:
    """What stands against these rungs, which can be read one by one."""
    if not rungs:
        yield Fault("empty")
        return
    for place, rung in enumerate(rungs, start=1):
        yield from (replace(fault, rung=place) for fault in _faults_of(rung, place == 1))
    yield from _faults_of_times(rungs)
    names = [rung.name for rung in rungs]
    twice = next((name for name in names if names.count(name) > 1), "")
    whole = {
        Fault("long"): len(rungs) > MOST,
        Fault("same_name", part=twice): twice != "",
        Fault("first_name"): [place for place, name in enumerate(names) if name == FIRST] != [0],
        Fault("no_head"): not any(Role.HEAD in rung.to and not rung.unclaimed_only for rung in rungs[:-1]),
        Fault("last_to", len(rungs)): max(rungs[-1].to, default=Role.SENIOR) < Role.HEAD,
    }
    yield from (fault for fault, found in whole.items() if found)


def _faults_of(rung: Rung, first: bool) -> Iterator[Fault]:
    """What stands against one rung, wherever it stands after the first."""
    found = {
        "nobody_told": not (rung.to and rung.nobody),
        "no_channel": not rung.by,
        "first_when": first and not rung.at_once,
        "first_to": first and not rung.for_seniors,
        "when": not first and (rung.share is None) == (rung.after_open is None),
        "nobody_above": rung.for_seniors and any(role < Role.HEAD for role in rung.nobody),
        "often": rung.repeat is not None and not OFTEN <= rung.repeat <= SELDOM,
    }
    yield from (Fault(code) for code, stands in found.items() if stands)


def _faults_of_times(rungs: Sequence[Rung]) -> Iterator[Fault]:
    """Rungs come in the order of their times, and the last is the deadline."""
    numbered = list(enumerate(rungs, start=1))
    opened = [(place, rung.after_open) for place, rung in numbered if rung.after_open is not None]
    shares = [(place, rung.share) for place, rung in numbered if rung.share is not None]
    first_share = shares[0][0] if shares else len(rungs)
    before = timedelta()
    for place, after in opened:
        if place > first_share or after <= before:
            yield Fault("late_open", place)
        before = after
    yield from (Fault("rise", place) for (_, lower), (place, share) in pairwise(shares) if share - lower < NEAR)
    if any((rung.repeat is not None) != (rung.share == 1.0) for rung in rungs) or rungs[-1].share != 1.0:
        yield Fault("last")
