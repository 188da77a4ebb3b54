"""A remark in words: days by their name, hours as the ward says them, in the reader's language."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from config import texts
from scheduling.planning.changes import Remark

_DAY = {"fr": "EEEE d MMMM y", "en": "EEEE d MMMM y"}


def said(remark: Remark, language: str = "fr") -> str:
    """The sentence of `remark.<code>`: "Chloé (lundi 23 novembre 2026, 18h00 – 19h00) …"."""
    zone = ZoneInfo(str(remark.values.get("zone", "UTC")))
    values = {name: _written(name, value, zone, language) for name, value in remark.values.items()}
    return texts.say(f"remark.{remark.code}", language, **values)


def all_said(remarks: Iterable[Remark], language: str = "fr") -> list[str]:
    """Each sentence once, in order."""
    return list(dict.fromkeys(said(remark, language) for remark in remarks))


def hours(start: datetime, end: datetime, zone: ZoneInfo, language: str) -> str:
    """ "lundi 23 novembre 2026, 8h30 – 18h30"; with both days when they differ."""
    first, last = (edge.astimezone(zone) for edge in (start, end))
    if first.date() == last.date():
        return f"{_time(first, language)} – {clock(last, language)}"
    return f"{_time(first, language)} – {_time(last, language)}"


def _written(name: str, value: object, zone: ZoneInfo, language: str) -> object:
    match value:
        case (datetime() as start, datetime() as end):
            return hours(start, end, zone, language)
        case datetime():
            return _time(value.astimezone(zone), language)
        case date():
            return format_date(value, "MMMM y" if name == "month" else _DAY[language], locale=language)
        case _:
            return value


def _time(local: datetime, language: str) -> str:
    return f"{format_date(local.date(), _DAY[language], locale=language)}, {clock(local, language)}"


def clock(local: datetime, language: str) -> str:
    """ "8h30" of a local time; with "heure d'été" in the hour that comes twice."""
    which = texts.which_hour(local, language)
    written = texts.written_clock(local, local.tzinfo or ZoneInfo("UTC"), language)
    return f"{written} ({which})" if which else written
