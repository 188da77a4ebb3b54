"""How days, hours and the state of a monthly table are written, on its page and on its PDF alike."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date

from config import texts
from scheduling.opening import Stretch
from scheduling.planning.patterns import local_day
from scheduling.planning.publication import Line, MonthTable, Published

LOCALES: Final = {"fr": "fr", "en": "en_GB"}


def hours(stretch: Stretch, timezone: str, language: str) -> str:
    """ "08:30–18:30", "18:30–24:00"; with the second day when it lasts longer than a day."""
    start, end = (at.astimezone(ZoneInfo(timezone)) for at in stretch)
    long = stretch[1] - stretch[0] > timedelta(hours=24)
    if long:
        return f"{start:%H:%M}–{dated(end, 'EEE d MMM', language)} {end:%H:%M}"
    clock = f"{end:%H:%M}"
    return f"{start:%H:%M}–{'24:00' if clock == '00:00' else clock}"


def hours_in(month: date, line: Line, timezone: str, language: str) -> str:
    """A shift's hours in the table of `month`; of a night that began in the month before, until when it lasts."""
    if local_day(line.start, timezone) >= month:
        return hours((line.start, line.end), timezone, language)
    return texts.say("months.until", language, end=f"{line.end.astimezone(ZoneInfo(timezone)):%H:%M}")


def moment(at: datetime, timezone: str, language: str) -> str:
    """ "jeudi 17 décembre 2026, 14:05" """
    local = at.astimezone(ZoneInfo(timezone))
    return f"{dated(local, 'EEEE d MMMM y', language)}, {local:%H:%M}"


def dated(day: date, pattern: str, language: str) -> str:
    """A date by Babel's pattern; the first of a French month is "1er"."""
    said = format_date(day, pattern, locale=LOCALES[language])
    return re.sub(r"\b1(?= [^\W\d])", "1er", said) if language == "fr" and day.day == 1 else said


def standing(table: MonthTable, moment: Callable[[datetime], str], language: str) -> str:
    """Where the table stands, in a sentence; `moment` writes an instant."""
    match table.state:
        case Published(amendments=0) as state:
            return texts.say("months.published", language, at=moment(state.at), name=state.by.name)
        case Published() as state:
            last = moment(state.amended_at) if state.amended_at else ""
            values = {"at": moment(state.at), "name": state.by.name, "count": state.amendments, "last": last}
            return texts.say("months.amended", language, **values)
        case _:
            return texts.say("months.draft", language)
