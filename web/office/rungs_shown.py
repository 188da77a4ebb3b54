"""A rung of a ladder in words: when, who, how."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from callbacks import ladder
from callbacks.kinds import kind as kinds
from callbacks.ladder import BadLadder, Role, Rung
from callbacks.promise import PROMISE
from scheduling.rota import Ward
from web.office.guard import Visitor

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Step:
    """A rung in words; `nobody` says who is told when nobody is on call, `unclaimed` that a claim leaves it out."""

    when: str
    who: str
    how: str
    nobody: str
    unclaimed: bool


def steps(visitor: Visitor, rungs: Iterable[Rung], promise: timedelta, ward: Ward | None = None) -> list[Step]:
    """A ladder in words; with a ward, its head and coordinator by name."""
    return [step(visitor, rung, promise, ward) for rung in rungs]


def in_words(visitor: Visitor, detail: Mapping[str, Any], side: str) -> dict[str, tuple[int, str]]:
    """A ladder in the trail, by the names of its rungs: which one it is, and the rung in words."""
    promise = kinds.spans().get(str(detail.get("kind")), PROMISE)
    try:
        rungs = ladder.read(detail.get(side) or ())
    except BadLadder:
        return {}
    return {
        rung.name: (place, _whole(visitor, step(visitor, rung, promise))) for place, rung in enumerate(rungs, start=1)
    }


def _whole(visitor: Visitor, said: Step) -> str:
    nobody = f" {visitor.say('ladders.if_nobody', who=said.nobody)}" if said.nobody else ""
    unclaimed = f" {visitor.say('ladders.if_unclaimed')}" if said.unclaimed else ""
    return f"{said.when} – {said.who} ({said.how}).{nobody}{unclaimed}"


def step(visitor: Visitor, rung: Rung, promise: timedelta, ward: Ward | None = None) -> Step:
    """One rung in words."""
    return Step(
        when=_when(visitor, rung, promise),
        who=", ".join(_who(visitor, ward, role) for role in rung.to),
        how=", ".join(visitor.say(f"directories.by_{channel}") for channel in rung.by),
        nobody=", ".join(_who(visitor, ward, role) for role in rung.nobody) if rung.for_seniors else "",
        unclaimed=rung.unclaimed_only,
    )


def _when(visitor: Visitor, rung: Rung, promise: timedelta) -> str:
    if rung.at_once:
        return visitor.say("directories.rung_at_once")
    if rung.after_open is not None:
        return visitor.say("directories.rung_after_open", minutes=round(rung.after_open / _MINUTE))
    share = rung.share or 0
    after = duration(promise * share)
    if rung.repeat is not None:
        return visitor.say("directories.rung_due", hours=after, again=f"{rung.repeat / _HOUR:g}")
    return visitor.say("directories.rung_share", hours=after, share=f"{share * 100:g}")


def duration(length: timedelta) -> str:
    """`6 h`, `21 h 36`."""
    whole, minutes = divmod(round(length / _MINUTE), 60)
    return f"{whole} h {minutes:02}" if minutes else f"{whole} h"


def _who(visitor: Visitor, ward: Ward | None, role: Role) -> str:
    said = visitor.say(f"directories.role_{role.name.lower()}")
    if ward is None or role not in (Role.HEAD, Role.COORDINATOR):
        return said
    person = ward.head if role is Role.HEAD else ward.coordinator
    if person is None:
        return visitor.say("directories.role_missing", role=said)
    return visitor.say("directories.role_named", role=said, name=person.name)
