"""Public holidays of France and its territories, in the zone's own calendar days (library `holidays`)."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import holidays

# Zone -> subdivision of the library. Alsace and Moselle share Europe/Paris and so keep the national list.
_SUBDIVISIONS = {
    "America/Guadeloupe": "971",
    "America/Martinique": "972",
    "America/Cayenne": "973",
    "Indian/Reunion": "974",
    "Indian/Mayotte": "976",
    "America/St_Barthelemy": "BL",
    "America/Marigot": "MF",
    "America/Miquelon": "PM",
    "Pacific/Noumea": "NC",
    "Pacific/Tahiti": "PF",
    "Pacific/Marquesas": "PF",
    "Pacific/Gambier": "PF",
    "Pacific/Wallis": "WF",
}


# Language of ours -> of the library.
_LANGUAGES = {"fr": "fr", "en": "en_US"}


def _france() -> type[holidays.HolidayBase]:
    """The library's France, by its file: by its name it comes with two hundred countries, 0.3 s at every start."""
    spec = spec_from_file_location("holidays_of_france", Path(holidays.__file__).with_name("countries") / "france.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: type[holidays.HolidayBase] = module.France
    return found


# Here, not at the first question: that would be inside somebody's call.
_FRANCE = _france()


def is_holiday(day: date, timezone: str) -> bool:
    """Whether this calendar day is a public holiday in the territory of the zone."""
    return day in _of_year(day.year, timezone, "fr")


def name_of(day: date, timezone: str, language: str = "fr") -> str | None:
    """What the holiday is called ("Toussaint", "All Saints' Day"); None on any other day."""
    return _of_year(day.year, timezone, language).get(day)


@lru_cache(maxsize=256)
def _of_year(year: int, timezone: str, language: str) -> Mapping[date, str]:
    days = _FRANCE(subdiv=_SUBDIVISIONS.get(timezone), years=year, language=_LANGUAGES[language])
    return dict(days.items())
