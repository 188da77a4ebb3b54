"""A concern in words: one short sentence in lower case, for a list, an SMS, a terminal."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from config import texts
from scheduling.checks import Concern


def words(concern: Concern, language: str = "fr") -> str:
    """What is wrong, times in the ward's zone: "personne de garde du mer. 25/11 à 18h30 au jeu. 26/11 à 8h30"."""
    zone = ZoneInfo(concern.ward.timezone)
    values = {name: _written(value, zone, language) for name, value in concern.values.items()}
    # Which ward it is may be none of the reader's business.
    hidden = "_elsewhere" if values.get("other") == "" else ""
    return texts.say(f"checks.{concern.code}{hidden}", language, **values)


def sentence(concern: Concern, language: str = "fr") -> str:
    """The same, as a sentence begins."""
    said = words(concern, language)
    return said[:1].upper() + said[1:]


def _written(value: object, zone: ZoneInfo, language: str) -> object:
    match value:
        case datetime():
            day = format_date(value.astimezone(zone).date(), "EEE", locale=language)
            return f"{day} {texts.written_time(value, zone, language)}"
        case date():
            return format_date(value, "MMMM yyyy", locale=language)
        case _:
            return value
