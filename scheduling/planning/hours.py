"""The hours of a shift as somebody typed them, in the ward's zone: what was meant, or a remark that helps. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling.local_time import BadTime, LocalTime, read
from scheduling.planning.changes import Refused, Remark

# Typed by hand, it is a mistake; a file that others write may hold longer ones (the contract sets no bound).
LONGEST = timedelta(days=31)
_LONGEST_TEXT = 40  # of what was typed, given back in a remark


@dataclass(frozen=True)
class Hours:
    """From `start` to before `end` (UTC); the clock may show one of them twice, then the first is meant."""

    start: datetime
    end: datetime
    warnings: tuple[Remark, ...] = ()


def read_hours(start: str, end: str, timezone: str) -> Hours | Refused:
    """Two local times like `2026-11-23 08:30` or `2026-11-23T08:30`; every fault of both is told.

    `2027-10-31 02:30` is the first of the two, `2027-10-31 02:30+01:00` the second; `2027-03-28 02:30` is none.
    """
    since, until = _read(start, timezone), _read(end, timezone)
    if isinstance(since, Remark) or isinstance(until, Remark):
        return Refused(tuple(fault for fault in (since, until) if isinstance(fault, Remark)))
    values = {"start": since.at, "end": until.at, "zone": timezone}
    if until.at <= since.at:
        return Refused((Remark("ends_before_start", values),))
    if until.at - since.at > LONGEST:
        return Refused((Remark("too_long", {**values, "days": LONGEST.days}),))
    return Hours(since.at, until.at, tuple(_twice((start, since), (end, until))))


def _read(text: str, timezone: str) -> LocalTime | Remark:
    try:
        return read(text, timezone)
    except BadTime as reason:
        return Remark(reason.code, {"text": text.strip()[:_LONGEST_TEXT]})


def _twice(*said: tuple[str, LocalTime]) -> Iterator[Remark]:
    for text, found in said:
        if found.twice:
            yield Remark("twice", {"text": text.strip().replace("T", " ")})
