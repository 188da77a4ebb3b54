"""Public holidays, in the mother country and overseas."""

from datetime import date

import pytest

from scheduling.holidays_fr import is_holiday, name_of

PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("zone", "day", "holiday"),
    [
        *((PARIS, day, True) for day in ("2027-01-01", "2027-03-29", "2027-05-01", "2027-05-06", "2027-05-08")),
        *((PARIS, day, True) for day in ("2027-05-17", "2027-07-14", "2027-08-15", "2027-11-01", "2027-11-11")),
        (PARIS, "2027-12-25", True),
        (PARIS, "2028-04-17", True),  # Easter Monday moves
        (PARIS, "2027-12-26", False),  # a holiday in Alsace and Moselle, which share the zone
        (PARIS, "2027-03-26", False),
        (PARIS, "2027-05-27", False),
        ("America/Guadeloupe", "2027-05-27", True),
        ("America/Guadeloupe", "2027-07-21", True),
        ("America/Guadeloupe", "2027-12-20", False),
        ("America/Martinique", "2027-05-22", True),
        ("America/Cayenne", "2027-06-10", True),
        ("Indian/Reunion", "2027-12-20", True),
        ("Indian/Reunion", "2027-07-14", True),
        ("Indian/Mayotte", "2027-04-27", True),
        ("America/St_Barthelemy", "2027-10-09", True),
        ("America/Marigot", "2027-05-28", True),
        ("Pacific/Noumea", "2027-09-24", True),
        ("Europe/Brussels", "2027-07-14", True),  # an unknown territory has the national list
    ],
)
def test_each_territory_has_its_days(zone: str, day: str, holiday: bool) -> None:
    assert is_holiday(date.fromisoformat(day), zone) is holiday


@pytest.mark.parametrize(
    ("zone", "day", "language", "name"),
    [
        (PARIS, "2027-11-01", "fr", "Toussaint"),
        (PARIS, "2027-11-01", "en", "All Saints' Day"),
        (PARIS, "2027-03-29", "fr", "Lundi de Pâques"),
        (PARIS, "2027-11-02", "fr", None),
        ("Indian/Reunion", "2027-12-20", "fr", "Abolition de l'esclavage"),
        (PARIS, "2027-12-20", "fr", None),
    ],
)
def test_a_holiday_is_called_by_its_name(zone: str, day: str, language: str, name: str | None) -> None:
    assert name_of(date.fromisoformat(day), zone, language) == name
