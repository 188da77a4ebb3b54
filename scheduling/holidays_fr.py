"""Public holidays of France and its territories, in the zone's own calendar days (library `holidays`)."""

from datetime import date
from functools import lru_cache

# Imported here, not looked up by name: that would load two hundred countries inside somebody's first call.
from holidays.countries.france import France

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


def is_holiday(day: date, timezone: str) -> bool:
    """Whether this calendar day is a public holiday in the territory of the zone."""
    return day in _of_year(day.year, timezone)


@lru_cache(maxsize=256)
def _of_year(year: int, timezone: str) -> frozenset[date]:
    return frozenset(France(subdiv=_SUBDIVISIONS.get(timezone), years=year))  # type: ignore[no-untyped-call]
