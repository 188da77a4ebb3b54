"""Whom to ring next: rota order, then a second pass; pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

RING_SECONDS = 15  # the carrier may add five
LAST_START = 75.0  # seconds after the first ring began: nobody is rung later than this
PASSES = 2
TALKED = 15.0  # seconds after the 1: a leg that lasted so long was a conversation


class Dialled(StrEnum):
    """How one attempt ended."""

    TAKEN = "taken"
    DECLINED = "declined"
    UNACCEPTED = "unaccepted"  # somebody or something answered, and nobody pressed 1
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True)
class Candidate:
    """A senior who may be rung in this call."""

    person_id: int
    phone: str
    rank: int


@dataclass(frozen=True)
class Verdict:
    """What the dial's result means; `alarm` names what an operator must know."""

    outcome: Dialled
    alarm: str | None = None


def next_to_ring(
    candidates: Sequence[Candidate], position: int, declined: Collection[int], busy: Collection[int], elapsed: float
) -> tuple[Candidate, int] | None:
    """The next senior and the position after him; None: nobody is left, or it is too late to start.

    `position` counts candidates already considered, over both passes. Busy ones are passed over and may be free at the
    second pass; who declined is not rung again in this call.
    """
    if elapsed > LAST_START:
        return None
    for index in range(position, len(candidates) * PASSES):
        candidate = candidates[index % len(candidates)]
        if candidate.person_id not in declined and candidate.person_id not in busy:
            return candidate, index + 1
    return None


# The carrier's word for a leg that nobody took. An unknown word is an error that we see (`KeyError`).
_UNTAKEN = {
    "no-answer": Dialled.NO_ANSWER,
    "busy": Dialled.BUSY,
    "failed": Dialled.FAILED,
    "canceled": Dialled.CANCELED,
    "completed": Dialled.UNACCEPTED,
    "answered": Dialled.UNACCEPTED,
}


def verdict(status: str, bridged: bool | None, accepted: bool, declined: bool) -> Verdict:
    """Taken = our own record of the 1 and `DialBridged=true` (twilio.md 0.1).

    `bridged` None means the carrier did not say: then our 1 and `completed` count, and an alarm.
    """
    untaken = Dialled.DECLINED if declined else _UNTAKEN.get(status, Dialled.FAILED)
    if status not in _UNTAKEN:
        return Verdict(untaken, alarm="unknown_dial_status")
    if bridged is None:
        answered = accepted and status in ("completed", "answered")
        return Verdict(Dialled.TAKEN, "dial_bridged_absent") if answered else Verdict(untaken)
    if bridged and accepted:
        return Verdict(Dialled.TAKEN)
    return Verdict(untaken, "bridged_without_acceptance" if bridged else None)


def verdict_without_action(seconds_after_acceptance: float | None) -> Dialled:
    """The dial's result was lost and the child leg was fetched: how long did it last after the 1?"""
    if seconds_after_acceptance is not None and seconds_after_acceptance >= TALKED:
        return Dialled.TAKEN
    return Dialled.UNACCEPTED
