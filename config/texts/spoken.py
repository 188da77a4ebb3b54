"""Times, references and numbers as they are said aloud or written in an SMS.

A time is never said later than the truth: seconds are dropped, midnight belongs to the day that ends with it, and an
hour that the clock change brings twice is told apart.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

# fmt: off
_FRENCH: Final = (
    "zéro", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
)
_ENGLISH: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
_FRENCH_TENS: Final = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante"}
_ENGLISH_TENS: Final = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty"}
_WEEKDAYS: Final[Mapping[str, Sequence[str]]] = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS: Final[Mapping[str, Sequence[str]]] = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}
# fmt: on
_NEAR: Final[Mapping[str, Mapping[int, str]]] = {
    "fr": {-1: "hier", 0: "aujourd'hui", 1: "demain"},
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
}
_SUMMER: Final[Mapping[str, Sequence[str]]] = {
    "fr": ("heure d'hiver", "heure d'été"),
    "en": ("winter time", "summer time"),
}
# France and the territories that dial each other with a 0 and nine digits.
_TEN_DIGITS: Final = ("+33", "+262", "+590", "+594", "+596")


def spoken_time(at: datetime, now: datetime, tz: tzinfo, language: str = "fr") -> str:
    """A clock time with its day as seen from `now`: "demain dix heures quinze", "ten fifteen a.m. tomorrow"."""
    local = at.astimezone(tz)
    midnight = local.hour == local.minute == 0
    # "demain minuit" is heard as the end of tomorrow.
    day = local.date() - timedelta(days=1) if midnight else local.date()
    said_day = _day(day, now.astimezone(tz).date(), language)
    clock = " ".join(filter(None, (_clock(local, language), which_hour(local, language))))
    return f"{said_day} {clock}" if language == "fr" else f"{clock} {said_day}"


def written_time(at: datetime, tz: tzinfo, language: str = "fr") -> str:
    """A day and a time for an SMS, in GSM-7: "22/11 à 10h15", "22/11 at 10:15"."""
    local = at.astimezone(tz)
    which = f" ({said})" if (said := which_hour(local, language)) else ""
    return f"{local:%d/%m} {'à' if language == 'fr' else 'at'} {written_clock(local, tz, language)}{which}"


def written_clock(at: datetime, tz: tzinfo, language: str = "fr") -> str:
    """A time of day for an SMS: "9h05", "9:05"."""
    local = at.astimezone(tz)
    return f"{local.hour}{'h' if language == 'fr' else ':'}{local.minute:02d}"


def spoken_digits(digits: str, language: str = "fr") -> str:
    """A reference or a code, digit by digit: "7, 2, 4, 1, 9, 3"; the voice of each language reads the figures."""
    return _joined(digits, 1)


def spoken_number(e164: str, language: str = "fr") -> str:
    """A telephone number as it is dictated: in pairs in French ("06, 39, 98, 00, 01"), else digit by digit."""
    digits = national_digits(e164)
    if not digits:
        return f"plus {_grouped(e164.removeprefix('+'), language)}"
    return _grouped(digits, language)


def national_digits(e164: str) -> str:
    """ "0639980001" for a number that is dialled with a 0 and nine digits, else nothing."""
    prefix = next((prefix for prefix in _TEN_DIGITS if e164.startswith(prefix)), None)
    subscriber = e164.removeprefix(prefix) if prefix else ""
    return f"0{subscriber}" if len(subscriber) == 9 else ""


def which_hour(local: datetime, language: str) -> str:
    """Which of the two, for a local time that comes twice in the night of the clock change; else nothing."""
    first, second = (local.replace(fold=fold).utcoffset() for fold in (0, 1))
    if first is None or second is None or first <= second:
        return ""
    return _SUMMER[language][local.fold == 0]


def _grouped(digits: str, language: str) -> str:
    return _joined(digits, 2 if language == "fr" else 1)


def _joined(digits: str, size: int) -> str:
    return ", ".join(digits[start : start + size] for start in range(0, len(digits), size))


def _day(day: date, today: date, language: str) -> str:
    ahead = (day - today).days
    if said := _NEAR[language].get(ahead):
        return said
    weekday = _WEEKDAYS[language][day.weekday()]
    if 1 < ahead < 7:
        return weekday if language == "fr" else f"on {weekday}"
    month = _MONTHS[language][day.month - 1]
    if language == "fr":
        return f"le {weekday} {'premier' if day.day == 1 else day.day} {month}"
    return f"on {weekday} {day.day} {month}"


def _clock(local: datetime, language: str) -> str:
    return _french_clock(local.hour, local.minute) if language == "fr" else _english_clock(local.hour, local.minute)


def _french_clock(hour: int, minute: int) -> str:
    minutes = f" {_french(minute)}" if minute else ""
    match hour:
        case 0 if not minute:
            return "minuit"
        case 12:
            return f"midi{minutes}"
        case 0 | 1:
            return f"{_french(hour)} heure{minutes}"
        case _:
            return f"{_french(hour)} heures{minutes}"


def _english_clock(hour: int, minute: int) -> str:
    if minute == 0 and hour in (0, 12):
        return "midnight" if hour == 0 else "noon"
    minutes = "" if minute == 0 else f" oh {_english(minute)}" if minute < 10 else f" {_english(minute)}"
    return f"{_english(hour % 12 or 12)}{minutes} {'a.m.' if hour < 12 else 'p.m.'}"


def _french(number: int) -> str:
    """0 to 59, counting hours and minutes: both are feminine."""
    if number < len(_FRENCH):
        return _FRENCH[number]
    tens, unit = number // 10 * 10, number % 10
    joint = " et " if unit == 1 else "-"
    return _FRENCH_TENS[tens] + (f"{joint}{_FRENCH[unit]}" if unit else "")


def _english(number: int) -> str:
    if number < len(_ENGLISH):
        return _ENGLISH[number]
    tens, unit = number // 10 * 10, number % 10
    return _ENGLISH_TENS[tens] + (f"-{_ENGLISH[unit]}" if unit else "")
