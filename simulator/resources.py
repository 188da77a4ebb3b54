"""Dates and date filters of REST lists."""

from datetime import UTC, datetime, timedelta

from simulator.office import Office
from simulator.rest import RestError, RestRequest


def date(office: Office, when: datetime | None) -> str | None:
    return office.rfc2822(when) if when else None


def within(request: RestRequest, name: str, when: datetime | None, whole_days: bool = False) -> bool:
    """Filters `Name`, `Name<`, `Name>` (also `Name<=`, `Name>=`): a day in UTC, or an instant."""
    for key, value in request.query:
        operator = key.removeprefix(name) if key.startswith(name) else None
        if operator in ("", "<", ">", "<=", ">=") and not _matches(operator[:1], _span(value, whole_days), when):
            return False
    return True


def _matches(operator: str, span: tuple[datetime, datetime], when: datetime | None) -> bool:
    if when is None:
        return False
    start, end = span
    return {"": start <= when < end, "<": when < end, ">": when >= start}[operator]


def _span(value: str, whole_days: bool) -> tuple[datetime, datetime]:
    """The day or the second a filter names, bounds included. The official client writes a day as its midnight."""
    try:
        start = datetime.fromisoformat(value)
    except ValueError:
        raise RestError(400, 20001, f"Invalid date: {value}") from None
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    if whole_days:
        start = start.replace(hour=0, minute=0, second=0)
    return start, start + (timedelta(days=1) if whole_days or len(value) == 10 else timedelta(seconds=1))
