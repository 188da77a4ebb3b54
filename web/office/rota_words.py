"""Names, days and hours as a rota writes them, in the reader's language and on the hospital's clock."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

LOCALES = {"fr": "fr", "en": "en_GB"}


def surname(name: str) -> str:
    """What a name is shortened to: "Durand" for "Amélie Durand", "de la Tour" for "Jean de la Tour"."""
    first, _, rest = name.partition(" ")
    return rest or first


def initials(name: str) -> str:
    """Of a month of thirty wards there is room for no more: "AD", "JT" for "Jean de la Tour"."""
    parts = [part for part in name.replace("-", " ").split() if part[:1].isupper()]
    return "".join(part[0] for part in parts[:1] + parts[1:][-1:]) or name[:2]


def written(at: date | datetime, pattern: str, language: str) -> str:
    """A date by Babel's pattern ("EEE d")."""
    return format_date(at, pattern, locale=LOCALES[language])


def month_of(day: date, language: str) -> str:
    """ "décembre 2026" """
    return written(day, "MMMM y", language)


def clock(at: datetime, zone: ZoneInfo) -> str:
    """ "08:30", on the hospital's clock."""
    return at.astimezone(zone).strftime("%H:%M")


def hours(start: datetime, end: datetime, timezone: str, language: str) -> str:
    """ "lun. 23 nov. 08:30 – 18:30", and the second day when it ends on another."""
    since, until = (edge.astimezone(ZoneInfo(timezone)) for edge in (start, end))
    last = "" if since.date() == until.date() else f"{written(until.date(), 'EEE d MMM', language)} "
    return f"{written(since.date(), 'EEE d MMM', language)} {since:%H:%M} – {last}{until:%H:%M}"


def moment(at: datetime, timezone: str, language: str) -> str:
    """ "lundi 23 novembre, 08:30" """
    there = at.astimezone(ZoneInfo(timezone))
    return f"{written(there.date(), 'EEEE d MMMM', language)}, {there:%H:%M}"


def local(at: datetime, zone: ZoneInfo) -> str:
    """ "2026-11-23T08:30", as a field of a form holds it."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def offset(at: datetime, zone: ZoneInfo) -> str:
    """ "+01:00": which of the two, where the clock shows a time twice."""
    return at.astimezone(zone).isoformat()[-6:]
