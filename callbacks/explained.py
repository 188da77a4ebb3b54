"""Why was this person rung, in this order? What a call remembers, read backwards through the rule it rang by. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ivr.ringing import LAST_START, Candidate, Dialled


class Why(StrEnum):
    """Why somebody of the rota was passed over."""

    DECLINED = "declined"  # he pressed 2 earlier in this call
    BUSY = "busy"  # rung, or talking, in another call at that moment
    UNKNOWN = "unknown"  # counted as busy, and nothing tells any more by what
    TOO_LATE = "too_late"  # it was too late to start


class End(StrEnum):
    """Why the ringing ended."""

    TAKEN = "taken"
    RINGING = "ringing"  # it has not ended
    TOO_LATE = "too_late"
    NOBODY_LEFT = "nobody_left"  # two passes, or all that were left had declined or were busy
    GONE = "gone"  # the caller hung up
    NOBODY = "nobody"  # there was nobody to ring


@dataclass(frozen=True)
class Rung:
    """One attempt of the call. Instants are real time; `ended` None: it still rings, or they talk."""

    person_id: int
    rank: int
    at: datetime
    accepted: datetime | None
    ended: datetime | None
    declined: bool
    outcome: str | None  # a code of `ringing.Dialled`


@dataclass(frozen=True)
class Elsewhere:
    """Somebody's telephone in another call: from `since` to `until` (None: still)."""

    person_id: int
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Passed:
    """Somebody whose turn it was, and who was not rung."""

    person_id: int
    rank: int
    why: Why


@dataclass(frozen=True)
class Turn:
    """One ring, who was passed over before it, and whether it belongs to the second pass."""

    rung: Rung
    passed: tuple[Passed, ...]
    second: bool


@dataclass(frozen=True)
class Explained:
    """The whole ringing of a call; `rest`: those whose turn came after the last ring."""

    turns: tuple[Turn, ...]
    rest: tuple[Passed, ...]
    end: End


def explain(
    candidates: Sequence[Candidate],
    rungs: Sequence[Rung],
    elsewhere: Collection[Elsewhere],
    began: datetime,
    over: datetime | None,
) -> Explained:
    """`began`: when the first telephone was rung, or would have been; `over`: when the call ended (None: it lasts)."""
    turns: list[Turn] = []
    position = 0
    for number, rung in enumerate(rungs):
        declined = {each.person_id for each in rungs[:number] if each.declined}
        found = _position(candidates, position, rung.person_id)
        passed = _passed(candidates, position, found, declined, elsewhere, rung.at) if found is not None else ()
        turns.append(Turn(rung, passed, found is not None and found >= len(candidates)))
        position = position if found is None else found + 1
    rest, end = _ending(candidates, position, rungs, elsewhere, began, over)
    return Explained(tuple(turns), rest, end)


def _position(candidates: Sequence[Candidate], start: int, person_id: int) -> int | None:
    """Where he stands in the two passes, from `start` on; None: not there (he was rung about something else)."""
    both = range(start, 2 * len(candidates))
    return next((index for index in both if candidates[index % len(candidates)].person_id == person_id), None)


def _passed(
    candidates: Sequence[Candidate],
    start: int,
    end: int,
    declined: Collection[int],
    elsewhere: Collection[Elsewhere],
    at: datetime,
) -> tuple[Passed, ...]:
    people = (candidates[index % len(candidates)] for index in range(start, end))
    return tuple(Passed(each.person_id, each.rank, _why(each.person_id, declined, elsewhere, at)) for each in people)


def _why(person_id: int, declined: Collection[int], elsewhere: Collection[Elsewhere], at: datetime) -> Why:
    if person_id in declined:
        return Why.DECLINED
    busy = any(
        each.person_id == person_id and each.since <= at and (each.until is None or at <= each.until)
        for each in elsewhere
    )
    return Why.BUSY if busy else Why.UNKNOWN


def _ending(
    candidates: Sequence[Candidate],
    position: int,
    rungs: Sequence[Rung],
    elsewhere: Collection[Elsewhere],
    began: datetime,
    over: datetime | None,
) -> tuple[tuple[Passed, ...], End]:
    last = rungs[-1] if rungs else None
    if not candidates and last is None:
        return (), End.NOBODY
    if last is not None and last.outcome == Dialled.TAKEN:
        return (), End.TAKEN
    if last is not None and last.ended is None:
        return (), End.RINGING if over is None else End.GONE
    at = began if last is None or last.ended is None else last.ended
    left = _passed(candidates, position, 2 * len(candidates), _declined(rungs), elsewhere, at)
    if (at - began).total_seconds() > LAST_START:
        return _once(Passed(each.person_id, each.rank, Why.TOO_LATE) for each in left), End.TOO_LATE
    if any(each.why is Why.UNKNOWN for each in left):
        return (), End.GONE if over is not None else End.RINGING
    return _once(left), End.NOBODY_LEFT


def _declined(rungs: Sequence[Rung]) -> set[int]:
    return {each.person_id for each in rungs if each.declined}


def _once(passed: Iterable[Passed]) -> tuple[Passed, ...]:
    return tuple(dict.fromkeys(passed))
