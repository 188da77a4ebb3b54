"""Quiet hours, 20:00 to 08:00 in the hospital's zone. Pure."""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

FROM, UNTIL = time(20), time(8)


@lru_cache(maxsize=4096)  # a rehearsal asks of one instant again and again
def quiet_hours(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Start and end (UTC) of the quiet hours that hold this instant; None by day."""
    local = at.astimezone(zone)
    if UNTIL <= local.time() < FROM:
        return None
    evening = local.date() if local.time() >= FROM else local.date() - timedelta(days=1)
    morning = evening + timedelta(days=1)
    return utc(datetime.combine(evening, FROM, zone)), utc(datetime.combine(morning, UNTIL, zone))


def by_day(at: datetime, zone: ZoneInfo) -> datetime:
    """This instant, or the end of the quiet hours that hold it."""
    quiet = quiet_hours(at, zone)
    return utc(at) if quiet is None else quiet[1]


def utc(at: datetime) -> datetime:
    """The same instant in UTC, where adding hours adds hours: Python adds wall time in other zones."""
    return at.astimezone(UTC)
