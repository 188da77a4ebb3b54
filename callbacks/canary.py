"""Whether the line answers: calls that it places to itself, through the carrier, and what they show. Pure.

A canary is well when the line answered it and understood its key in time. One that is broken may be the carrier's bad
minute; after two in a row the line is dead until one is well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

# The carrier's queue (a call a second), the first ring, three seconds of the first sentence, the key, and its repeats.
WITHIN = timedelta(seconds=45)
SURE_AFTER = timedelta(minutes=1)  # a broken one is followed by another, however seldom they are
IN_A_ROW = 2
AGAIN = timedelta(hours=4)  # who was told that the line is dead is told again while it is
# The hospitals: answered from the register, leads to nobody. Nothing of ours is asked for the call that presses them.
KEYS = "0#"


class State(StrEnum):
    """What is known of one."""

    PLACED = "placed"
    WELL = "well"
    BROKEN = "broken"


class News(StrEnum):
    """What somebody must hear."""

    DEAD = "dead"
    ALIVE = "alive"


@dataclass(frozen=True)
class Canary:
    """A call to ourselves. Instants are real time; `reason`: the carrier refused it."""

    id: UUID
    placed_real: datetime
    state: State
    heard_real: datetime | None = None
    keyed_real: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Verdict:
    """How one ended; `reason` when it is broken."""

    state: State
    reason: str | None = None


def is_due(latest: Sequence[Canary], every: timedelta, now: datetime) -> bool:
    """Whether another is to be placed; `latest` is newest first."""
    if not latest:
        return True
    last, *before = latest
    if last.state is State.PLACED:
        return False
    first_broken = last.state is State.BROKEN and not (before and before[0].state is State.BROKEN)
    return now - last.placed_real >= (min(SURE_AFTER, every) if first_broken else every)


def verdict(canary: Canary, now: datetime) -> Verdict | None:
    """What it showed; None while it may still succeed."""
    if canary.reason is not None:
        return Verdict(State.BROKEN, canary.reason)
    if canary.keyed_real is not None:
        in_time = canary.keyed_real - canary.placed_real <= WITHIN
        return Verdict(State.WELL) if in_time else Verdict(State.BROKEN, "late")
    if now - canary.placed_real <= WITHIN:
        return None
    return Verdict(State.BROKEN, "not_answered" if canary.heard_real is None else "not_understood")


def is_dead(judged: Sequence[Canary]) -> bool:
    """Whether the latest of those that ended (newest first) show that callers do not get through."""
    return len(judged) >= IN_A_ROW and all(each.state is State.BROKEN for each in judged[:IN_A_ROW])
