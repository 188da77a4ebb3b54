"""The rungs of a promise, as `config/ladder.toml` describes them. Reads a file, decides nothing."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum
from functools import cache
from pathlib import Path
from typing import Any

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
    """The rungs in order; the last is the deadline, and repeats. At most `reminders` to one person `within` a time."""

    rungs: tuple[Rung, ...]
    reminders: int
    within: timedelta

    @property
    def last(self) -> Rung:
        """The deadline."""
        return self.rungs[-1]

    def find(self, name: str | None) -> Rung | None:
        """The rung of this name; None for one that another release knew."""
        return next((rung for rung in self.rungs if rung.name == name), None)

    def above(self, name: str | None) -> tuple[Rung, ...]:
        """The rungs above this one; all of them when none has been climbed, or one that is not known any more."""
        rung = self.find(name)
        return self.rungs if rung is None else self.rungs[self.rungs.index(rung) + 1 :]


class BadLadder(ValueError):
    """A ladder that would not keep the promise. Its text is the reason."""


@cache
def load(path: Path = CONFIG / "ladder.toml") -> Ladder:
    """The ladder of this file; BadLadder."""
    source = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return parse(source.get("rung", ()), source.get("limits", {}))
    except BadLadder as fault:
        raise BadLadder(f"{path.name}: {fault}") from None


def parse(rungs: Iterable[Mapping[str, Any]], limits: Mapping[str, Any]) -> Ladder:
    """The ladder of these entries, each with the fields that `config/ladder.toml` explains; BadLadder."""
    ladder = Ladder(
        rungs=tuple(_rung(entry) for entry in rungs),
        reminders=int(limits.get("reminders", 3)),
        within=duration(limits.get("within", "1h")),
    )
    if fault := _fault(ladder):
        raise BadLadder(fault)
    return ladder


@cache
def promises(path: Path = CONFIG / "kinds.toml") -> Mapping[str, timedelta]:
    """How long the promise of each kind of request is."""
    kinds = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: duration(kind["promise"]) for name, kind in kinds.items()}


_DURATION = re.compile(r"(\d+)([mh])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}


def duration(text: str) -> timedelta:
    """`30m`, `4h`; BadLadder."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise BadLadder(f"not a duration: “{text}” (like 30m or 4h)")
    return int(match[1]) * _UNITS[match[2]]


_KNOWN = {"name", "share", "after_open", "to", "nobody", "by", "while", "repeat"}


def _rung(entry: Mapping[str, Any]) -> Rung:
    name = str(entry.get("name", ""))
    if surplus := set(entry) - _KNOWN:
        raise BadLadder(f"rung “{name}”: unknown {', '.join(sorted(surplus))}")
    try:
        return Rung(
            name=name,
            share=entry.get("share"),
            after_open=duration(entry["after_open"]) if "after_open" in entry else None,
            to=_roles(entry["to"]),
            nobody=_roles(entry.get("nobody", entry["to"])),
            by=tuple(Channel(channel) for channel in entry["by"]),
            unclaimed_only={"unclaimed": True, "any": False}[entry.get("while", "any")],
            repeat=duration(entry["repeat"]) if "repeat" in entry else None,
        )
    except (KeyError, ValueError) as fault:
        raise BadLadder(f"rung “{name}”: {fault}") from None


def _roles(names: list[str]) -> tuple[Role, ...]:
    return tuple(Role[name.upper()] for name in names)


def _fault(ladder: Ladder) -> str | None:
    rungs = ladder.rungs
    shares = [rung.share for rung in rungs if rung.share is not None]
    faults = {
        "it has no rung": not rungs,
        "two rungs have one name": len({rung.name for rung in rungs}) < len(rungs),
        "a rung tells nobody": any(not (rung.to and rung.nobody and rung.by) for rung in rungs),
        "the first rung is at once: neither share nor after_open": bool(rungs) and not rungs[0].at_once,
        "a rung after the first needs either share or after_open": any(
            (rung.share is None) == (rung.after_open is None) for rung in rungs[1:]
        ),
        "the shares must rise to 1.0": shares != sorted(set(shares)) or shares[-1:] != [1.0] or shares[0] <= 0,
        "the last rung, and no other, is at 1.0 and repeats": [rung.repeat is not None for rung in rungs]
        != [rung.share == 1.0 for rung in rungs]
        or not (rungs and rungs[-1].share == 1.0),
        "no rung tells the head of ward before the deadline": not any(Role.HEAD in rung.to for rung in rungs[:-1]),
        "when nobody is on call, the rung must tell somebody above": any(
            role < Role.HEAD for rung in rungs for role in rung.nobody if rung.for_seniors
        ),
        "limits: reminders must be at least 1": ladder.reminders < 1,
    }
    return next((fault for fault, found in faults.items() if found), None)
