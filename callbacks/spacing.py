"""Rungs in their order, ten minutes apart at least. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

APART = timedelta(minutes=10)  # between two rungs


def pulled(nominal: Sequence[datetime], settled: Sequence[datetime]) -> list[datetime]:
    """Rungs that quiet hours brought forward take those below them along, ten minutes ahead."""
    times = list(settled)
    ahead = [after < before for before, after in zip(nominal, settled, strict=True)]
    for lower in reversed(range(len(times) - 1)):
        if ahead[lower + 1] and times[lower] > times[lower + 1]:
            times[lower] = times[lower + 1] - APART
            ahead[lower] = True
    return times


def before(deadline: datetime, times: Sequence[datetime]) -> list[datetime]:
    """Those that would push the last one past the deadline make room for it."""
    latest = (deadline - APART * above for above in reversed(range(len(times))))
    return list(map(min, times, latest))


def apart(times: Iterable[datetime], earliest: datetime) -> list[datetime]:
    """In order, ten minutes apart at least, none before `earliest`."""
    spaced = []
    for at in times:
        spaced.append(max(at, earliest))
        earliest = spaced[-1] + APART
    return spaced
