"""Local times as people write them: `2026-11-23 08:30` in the hospital's zone."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

YEARS = range(2000, 2101)  # a rota's; far from where the calendar's arithmetic overflows
_WRITTEN = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(?::00)?\s*([+-]\d{2}:\d{2})?)?")


class BadTime(ValueError):
    """A local time that cannot be read or does not exist. Its text is the reason, for people; its `code` too."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code  # not_a_time, far_away, no_such_day, no_such_hour, other_offset


@dataclass(frozen=True)
class LocalTime:
    """What was read: the instant (UTC), and whether the clock shows that time twice."""

    at: datetime
    twice: bool


def read(text: str, timezone: str) -> LocalTime:
    """The instant of a local time; a date alone is its midnight. BadTime.

    A time that the clock shows twice (31 October 2027, 02:30 in Paris) is the first of the two, for a start as for an
    end, so that a hand-over has no gap and no overlap; `2027-10-31 02:30+01:00` names the second.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise BadTime("not_a_time", f"“{text}” is not a time like 2026-11-23 08:30")
    day, clock, offset = match.groups()
    if int(day[:4]) not in YEARS:
        raise BadTime("far_away", f"“{text}”: the year must be between {YEARS[0]} and {YEARS[-1]}")
    try:
        wall = datetime.fromisoformat(f"{day} {clock or '00:00'}").replace(tzinfo=ZoneInfo(timezone))
    except ValueError:
        raise BadTime("no_such_day", f"“{text}” does not exist in the calendar") from None
    candidates = _instants(wall)
    if not candidates:
        raise BadTime("no_such_hour", f"“{text}” does not exist: the clock is put forward over it")
    if offset is None:
        return LocalTime(candidates[0], twice=len(candidates) > 1)
    said = datetime.fromisoformat(f"{day} {clock}{offset}").astimezone(UTC)
    if said not in candidates:
        raise BadTime("other_offset", f"“{text}”: the hospital's clock has another offset then")
    return LocalTime(said, twice=False)


def show(at: datetime, timezone: str) -> str:
    """`2026-11-23 08:30`, with its offset in the hour that exists twice, so that `read` gives the instant back."""
    local = at.astimezone(ZoneInfo(timezone))
    written = local.strftime("%Y-%m-%d %H:%M")
    second_time = read(written, timezone).at != at.replace(second=0, microsecond=0)
    return local.isoformat(sep=" ", timespec="minutes") if second_time else written


def _instants(wall: datetime) -> list[datetime]:
    """The instants at which the clock on the wall shows this, in order: one, two, or none."""
    both = sorted({wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1)})
    return [
        instant for instant in both if instant.astimezone(wall.tzinfo).replace(tzinfo=None) == wall.replace(tzinfo=None)
    ]
