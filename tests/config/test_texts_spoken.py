"""A time is said as people say it, and never later than the truth."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks import kind_words
from callbacks.kinds.kind import ADVICE
from config import texts
from config.texts import gsm7

PARIS = ZoneInfo("Europe/Paris")
CAYENNE = ZoneInfo("America/Cayenne")
DAY = timedelta(days=1)
SUMMER_HALF_PAST_TWO = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
WINTER_HALF_PAST_TWO = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=PARIS)  # a Saturday

HOURS = {
    0: "zéro", 1: "une", 2: "deux", 3: "trois", 4: "quatre", 5: "cinq", 6: "six", 7: "sept", 8: "huit", 9: "neuf",
    10: "dix", 11: "onze", 13: "treize", 14: "quatorze", 15: "quinze", 16: "seize", 17: "dix-sept", 18: "dix-huit",
    19: "dix-neuf", 20: "vingt", 21: "vingt et une", 22: "vingt-deux", 23: "vingt-trois",
}  # fmt: skip
MINUTES = HOURS | {12: "douze", 24: "vingt-quatre", 25: "vingt-cinq", 26: "vingt-six", 27: "vingt-sept",
                   28: "vingt-huit", 29: "vingt-neuf", 30: "trente", 31: "trente et une", 45: "quarante-cinq",
                   41: "quarante et une", 51: "cinquante et une", 59: "cinquante-neuf"}  # fmt: skip


def at(day: int, hour: int, minute: int = 0, second: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, second, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("when", "french", "english"),
    [
        (at(22, 10, 15), "demain dix heures quinze", "ten fifteen a.m. tomorrow"),
        (at(22, 10, 15, 59), "demain dix heures quinze", "ten fifteen a.m. tomorrow"),
        (at(21, 15), "aujourd'hui quinze heures", "three p.m. today"),
        (at(22, 0, 1), "demain zéro heure une", "twelve oh one a.m. tomorrow"),
        (at(22, 1), "demain une heure", "one a.m. tomorrow"),
        (at(22, 12), "demain midi", "noon tomorrow"),
        (at(22, 12, 30), "demain midi trente", "twelve thirty p.m. tomorrow"),
        (at(22, 21, 21), "demain vingt et une heures vingt et une", "nine twenty-one p.m. tomorrow"),
        (at(22, 23, 59, 59), "demain vingt-trois heures cinquante-neuf", "eleven fifty-nine p.m. tomorrow"),
        (at(23, 10, 15), "lundi dix heures quinze", "ten fifteen a.m. on Monday"),
        (at(27, 8, 5), "vendredi huit heures cinq", "eight oh five a.m. on Friday"),
        (at(28, 8), "le samedi 28 novembre huit heures", "eight a.m. on Saturday 28 November"),
        (at(1, 8, month=12), "le mardi premier décembre huit heures", "eight a.m. on Tuesday 1 December"),
        (at(20, 22, 40), "hier vingt-deux heures quarante", "ten forty p.m. yesterday"),
        (at(19, 9), "le jeudi 19 novembre neuf heures", "nine a.m. on Thursday 19 November"),
    ],
)
def test_the_gp_hears_a_day_and_a_clock_time(when: datetime, french: str, english: str) -> None:
    assert texts.spoken_time(when, NOON, PARIS) == french
    assert texts.spoken_time(when, NOON, PARIS, "en") == english


@pytest.mark.parametrize(
    ("when", "french", "english"),
    [
        (at(22, 0), "aujourd'hui minuit", "midnight today"),
        (at(23, 0), "demain minuit", "midnight tomorrow"),
        (at(24, 0), "lundi minuit", "midnight on Monday"),
    ],
)
def test_midnight_belongs_to_the_day_that_ends_with_it(when: datetime, french: str, english: str) -> None:
    """ "Avant demain minuit" is heard as the end of tomorrow: said of its beginning it would promise too late."""
    assert texts.spoken_time(when, NOON, PARIS) == french
    assert texts.spoken_time(when, NOON, PARIS, "en") == english


def test_the_promise_reads_as_one_sentence() -> None:
    deadline = texts.spoken_time(NOON + timedelta(hours=22, minutes=15), NOON, PARIS)
    answers = kind_words.of_kind("voice.answers", ADVICE, "fr")
    said = texts.say("voice.promise", answers=answers, deadline=deadline)
    assert said == "Un médecin senior vous rappelle avant demain dix heures quinze."


@pytest.mark.parametrize(
    ("created", "spoken", "written"),
    [
        # Saturday 30 October 2027, 18:30: the night has 25 hours, so 24 hours end at 17:30.
        (datetime(2027, 10, 30, 18, 30, tzinfo=PARIS), "demain dix-sept heures trente", "31/10 à 17h30"),
        (datetime(2027, 3, 27, 18, 30, tzinfo=PARIS), "demain dix-neuf heures trente", "28/03 à 19h30"),
        # Created in the last half hour of a day of 23 hours: neither today nor tomorrow.
        (datetime(2027, 3, 27, 23, 30, tzinfo=PARIS), "lundi zéro heure trente", "29/03 à 0h30"),
        # A day of 25 hours begins and ends within the promise.
        (datetime(2027, 10, 31, 0, 10, tzinfo=PARIS), "aujourd'hui vingt-trois heures dix", "31/10 à 23h10"),
        # Half past two comes twice.
        (SUMMER_HALF_PAST_TWO - DAY, "demain deux heures trente heure d'été", "31/10 à 2h30 (heure d'été)"),
        (WINTER_HALF_PAST_TWO - DAY, "demain deux heures trente heure d'hiver", "31/10 à 2h30 (heure d'hiver)"),
        # Half past two does not exist: what is said does.
        (datetime(2027, 3, 27, 2, 30, tzinfo=PARIS), "demain trois heures trente", "28/03 à 3h30"),
    ],
)  # fmt: skip
def test_twenty_four_hours_are_elapsed_time_on_the_days_the_clock_changes(
    created: datetime, spoken: str, written: str
) -> None:
    due = created.astimezone(UTC) + timedelta(hours=24)
    assert texts.spoken_time(due, created, PARIS) == spoken
    assert texts.written_time(due, PARIS) == written
    assert gsm7.is_gsm7(texts.written_time(due, PARIS))


def test_a_time_is_told_in_the_hospitals_zone() -> None:
    due = datetime(2026, 11, 22, 1, 15, tzinfo=UTC)
    assert texts.spoken_time(due, due - timedelta(hours=24), PARIS) == "demain deux heures quinze"
    assert texts.spoken_time(due, due - timedelta(hours=24), CAYENNE) == "demain vingt-deux heures quinze"
    assert texts.written_time(due, CAYENNE) == "21/11 à 22h15"
    assert texts.written_time(due, CAYENNE, "en") == "21/11 at 22:15"
    assert texts.written_clock(due, PARIS) == "2h15"
    assert texts.written_clock(due, PARIS, "en") == "2:15"


@given(st.timedeltas(timedelta(0), timedelta(days=1000)))
def test_the_spoken_time_is_the_written_one_and_never_later_than_the_truth(elapsed: timedelta) -> None:
    due = datetime(2026, 1, 1, tzinfo=UTC) + elapsed
    written, spoken = texts.written_time(due, PARIS), texts.spoken_time(due, due - timedelta(hours=24), PARIS)
    day, month, hour, minute = map(int, re.findall(r"\d+", written))
    told = datetime(due.astimezone(PARIS).year, month, day, hour, minute, tzinfo=PARIS, fold="hiver" in written)
    assert timedelta(0) <= due - told < timedelta(minutes=1)
    if minute in MINUTES and hour in HOURS and (hour, minute) != (0, 0):
        plural = "heure" if hour < 2 else "heures"
        minutes = f" {MINUTES[minute]}" if minute else ""
        assert f" {HOURS[hour]} {plural}{minutes}" in f" {spoken}"


@given(st.integers(0, 48 * 60))
def test_two_hours_of_the_night_of_october_never_sound_alike(minutes: int) -> None:
    due = datetime(2027, 10, 30, tzinfo=UTC) + timedelta(minutes=minutes)
    later = due + timedelta(hours=1)
    now = due - timedelta(days=1)
    assert texts.spoken_time(due, now, PARIS) != texts.spoken_time(later, now, PARIS)


@pytest.mark.parametrize(
    ("e164", "french", "english"),
    [
        ("+33639980001", "06, 39, 98, 00, 01", "0, 6, 3, 9, 9, 8, 0, 0, 0, 1"),
        ("+33199002424", "01, 99, 00, 24, 24", "0, 1, 9, 9, 0, 0, 2, 4, 2, 4"),
        ("+590690001122", "06, 90, 00, 11, 22", "0, 6, 9, 0, 0, 0, 1, 1, 2, 2"),
        ("+262692001122", "06, 92, 00, 11, 22", "0, 6, 9, 2, 0, 0, 1, 1, 2, 2"),
        ("+508551234", "plus 50, 85, 51, 23, 4", "plus 5, 0, 8, 5, 5, 1, 2, 3, 4"),
        ("+3222345678", "plus 32, 22, 34, 56, 78", "plus 3, 2, 2, 2, 3, 4, 5, 6, 7, 8"),
    ],
)
def test_a_number_is_dictated_as_its_owner_would(e164: str, french: str, english: str) -> None:
    assert texts.spoken_number(e164) == french
    assert texts.spoken_number(e164, "en") == english


def test_a_reference_is_spoken_digit_by_digit() -> None:
    assert texts.spoken_digits("724193") == texts.spoken_digits("724193", "en") == "7, 2, 4, 1, 9, 3"
