"""What the desk answers, as people read it."""

import string
from datetime import date, timedelta

import pytest

from config import texts
from scheduling.planning.changes import Refused, Remark
from scheduling.planning.wording import all_said, said
from tests.scheduling.planning.editors import Secretary, paris
from tests.scheduling.planning.test_desk import DAY

ZONE = {"zone": "Europe/Paris"}


def test_an_overlap_names_both_and_their_hours(sophie: Secretary) -> None:
    sophie.assigns("Amélie", *DAY).assigns("Chloé", "2026-11-23 18:00", "2026-11-24 08:30")
    assert isinstance(sophie.answer, Refused)
    (french,) = all_said(sophie.answer.remarks, "fr")
    assert french.startswith(
        "Chloé (lundi 23 novembre 2026, 18h00 – mardi 24 novembre 2026, 8h30) et Amélie (lundi 23 novembre 2026,"
        " 8h30 – 18h30) se chevauchent au rang 1."
    )
    (english,) = all_said(sophie.answer.remarks, "en")
    assert english.startswith("Chloé (Monday 23 November 2026, 18:00 – Tuesday 24 November 2026, 8:30) and Amélie")


def test_a_refused_change_of_a_published_month_names_the_month() -> None:
    remark = Remark("needs_why", {"month": date(2026, 8, 1)})
    assert "Le tableau (août 2026) est publié" in said(remark, "fr")
    assert "The table of August 2026 is published" in said(remark, "en")


@pytest.mark.dates
def test_hours_of_the_night_of_the_clock_change_are_told_apart() -> None:
    midnight = paris("2027-10-31 00:00")
    for hours, which in ((2.5, "2h30 (heure d'été)"), (3.5, "2h30 (heure d'hiver)"), (4, "3h00.")):
        absent = midnight, midnight + timedelta(hours=hours)
        remark = Remark("on_leave", {"name": "Amélie", "count": 1, "hours": absent, **ZONE})
        assert f"dimanche 31 octobre 2027, 0h00 – {which}" in said(remark, "fr")


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("key", sorted(texts.keys("remark")))
def test_every_remark_can_be_said_once_and_several_times(key: str, language: str) -> None:
    hours = paris(DAY[0]), paris(DAY[1])
    names = [name for _, name, _, _ in string.Formatter().parse(texts.template(key, language)) if name]
    values = {
        "hours": hours,
        "other_hours": hours,
        "start": hours[0],
        "end": hours[1],
        "at": hours[0],
        "month": date(2026, 12, 1),
        "week": date(2026, 12, 7),
        **ZONE,
    }
    for count in (1, 2):
        told = said(
            Remark(key.removeprefix("remark."), {**dict.fromkeys(names, "X"), **values, "count": count}), language
        )
        assert told[0].isupper() or not told[0].isalpha()
        assert told.endswith(".")
        assert "None" not in told
        assert "00:00" not in told, "an instant that nobody put into words"
