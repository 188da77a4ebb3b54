"""How late each rung was: the promise's clock, which ran at several paces and leapt, read on the wall. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from tests.faults.day.evidence import Evidence, Mark, Step


def latenesses(evidence: Evidence) -> Iterator[tuple[Step, float]]:
    """Each rung that was climbed, as it had been planned, and for how long it had been due (real seconds)."""
    by_request: dict[int, list[Step]] = defaultdict(list)
    for step in evidence.steps:
        by_request[step.request_id].append(step)
    for steps in by_request.values():
        for before, after in pairwise(steps):
            if after.climbed != before.climbed and before.due is not None:
                yield before, _lateness(evidence, before, after)


def _lateness(evidence: Evidence, planned: Step, climbed: Step) -> float:
    assert planned.due is not None
    due = max(wall_of(planned.due, evidence.marks), planned.wall)
    away = sum(max(0.0, min(each.until, climbed.wall) - max(each.since, due)) for each in evidence.away)
    return max(0.0, climbed.wall - due - away)


def wall_of(instant: datetime, marks: Sequence[Mark]) -> float:
    """When the promise's clock first showed this instant, in seconds since the epoch."""
    for mark, after in pairwise([*marks, None]):
        assert mark is not None
        if instant <= mark.app:
            return mark.wall
        reached = mark.wall + (instant - mark.app).total_seconds() / mark.rate
        if after is None or reached < after.wall:
            return reached
    raise ValueError("no marks")
