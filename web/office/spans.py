"""A stretch of time as a filter asks for it: the last day, week or month, or from one day to another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LAST = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}
ANY, CHOSEN = "any", "chosen"
EARLIEST, LATEST = date(2000, 1, 1), date(2900, 1, 1)


@dataclass(frozen=True)
class Span:
    """[since, until), None: without an end. `name`: any, day, week, month, chosen; the days are as they were given."""

    name: str
    since: datetime | None = None
    until: datetime | None = None
    first: str = ""
    last: str = ""


def asked(fields: Mapping[str, str], now: datetime, timezone: str, usual: str = ANY) -> Span:
    """What the fields `time`, `since` and `until` ask for; both days are in. What cannot be read asks for nothing."""
    name = fields.get("time", usual)
    if name in LAST:
        return Span(name, now - LAST[name])
    first, last = (_day(fields.get(edge, "")) for edge in ("since", "until"))
    if name != CHOSEN or (first is None and last is None):
        return Span(ANY)
    return Span(
        CHOSEN,
        None if first is None else _midnight(first, timezone),
        None if last is None else _midnight(last + timedelta(days=1), timezone),
        "" if first is None else first.isoformat(),
        "" if last is None else last.isoformat(),
    )


def _day(said: str) -> date | None:
    try:
        found = date.fromisoformat(said)
    except ValueError:
        return None
    return found if EARLIEST < found < LATEST else None


def _midnight(day: date, timezone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(timezone))
