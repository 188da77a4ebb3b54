"""The SMS, measured after filling: GSM-7, one segment with the sample data, nothing about a patient or a person."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from callbacks import wording
from callbacks.promise import RequestView
from callbacks.register import Open
from callbacks.states import State
from config import texts
from config.texts.gsm7 import is_gsm7, segments
from scheduling import sample
from tests.callbacks.promised import GP, HOUSE
from tests.callbacks.rotas import PARIS, request

LINK = "https://rappel24.example/r/1abcdefghijklm"
TO_THE_WARD = (
    "alert",
    "reminder",
    "reminder_claimed",
    "escalation",
    "nobody",
    "closed",
    "overdue",
    "returned",
    "returned_shift_end",
    "reopened",
    "denied",
    "offered",
    "offered_by_colleague",
    "refused",
    "retry",
    "added",
)
TO_THE_GP = ("confirmation", "confirmation_missed", "addition", "apology", "unreached")
WARDS = [(row["name"], row["hospital"]) for row in csv.DictReader(io.StringIO(sample.wards_csv().decode("utf-8-sig")))]
LANGUAGES = pytest.mark.parametrize("language", texts.LANGUAGES)


def requests(**changes: object) -> list[RequestView]:
    """A request of every sample ward, its deadline as long as it is ever written on an ordinary day."""
    view = request(datetime(2026, 11, 23, 22, 59, tzinfo=UTC), **changes)
    return [replace(view, ward=ward, hospital=hospital) for ward, hospital in WARDS]


@LANGUAGES
@pytest.mark.parametrize("reach", ["now", "noon", "evening"])
@pytest.mark.parametrize("shows_caller", [False, True])
def test_every_alert_is_one_segment_and_keeps_what_counts(language: str, reach: str, shows_caller: bool) -> None:
    house = replace(HOUSE, language=language, shows_caller=shows_caller)
    for key, view in product(TO_THE_WARD, requests(reach=reach)):
        written = wording.to_ward(house, key, view, LINK)
        assert is_gsm7(written), written
        assert segments(written) == 1, (len(written), written)
        deadline = texts.written_time(view.due_at, view.zone, language)
        assert [part for part in (view.reference, deadline, LINK) if part not in written] == [], written


@LANGUAGES
def test_every_word_to_the_gp_is_one_segment_with_the_emergency_number(language: str) -> None:
    house = replace(HOUSE, language=language)
    for key, view, told in product(TO_THE_GP, requests(), (True, False)):
        written = wording.to_gp(house, key, view, told)
        assert is_gsm7(written), written
        assert segments(written) == 1, (len(written), written)
        assert view.reference in written
        assert " 15" in written


GP_LINK = "https://rappel24.example/g/724193abcdefghijkl"
NAMES = ("Amélie Blanc", "Pr Anne-Sophie de La Rochefoucauld-Delacroix")


@LANGUAGES
@pytest.mark.parametrize("name", NAMES)
def test_who_has_his_request_is_one_segment_and_promises_no_time_that_is_past(language: str, name: str) -> None:
    house = replace(HOUSE, language=language)
    for view, late in product(requests(), (False, True)):
        now = view.due_at + timedelta(hours=1 if late else -1)
        written = wording.named(house, view, name, GP_LINK, now)
        assert is_gsm7(written), written
        assert segments(written) == 1, (len(written), written)
        assert view.reference in written
        assert wording.without_title(name) in written
        assert (texts.written_time(view.due_at, view.zone, language) in written) is not late


@LANGUAGES
def test_a_try_is_one_segment_with_how_to_call_first(language: str) -> None:
    house = replace(HOUSE, language=language)
    for view, hours in product(requests(), (-1, 1)):
        again = replace(view, retry_at=view.due_at + timedelta(hours=2))
        for each in (view, again):
            written = wording.tried(house, each, view.created_at, view.due_at + timedelta(hours=hours))
            assert is_gsm7(written), written
            assert segments(written) == 1, (len(written), written)
            assert f"{view.reference}#" in written
            assert "01 99 00 00 24" in written


@LANGUAGES
@pytest.mark.parametrize("link", [GP_LINK, GP_LINK.replace("example", "un-grand-hopital.example")])
def test_the_question_is_one_segment_and_keeps_its_link(language: str, link: str) -> None:
    house = replace(HOUSE, language=language)
    for view in requests():
        written = wording.asked(house, view, link)
        assert is_gsm7(written), written
        assert segments(written) == 1, (len(written), written)
        assert f" {link}" in written
        assert view.reference in written


@LANGUAGES
def test_the_last_resort_is_one_segment(language: str) -> None:
    for view in requests():
        assert segments(wording.to_house(replace(HOUSE, language=language), view)) == 1


@pytest.mark.parametrize("key", sorted(set(TO_THE_WARD) - {"added", "refused"}))
def test_the_number_of_the_gp_stands_in_an_alert_only_where_the_hospital_allows_it(key: str) -> None:
    view = request(datetime(2026, 11, 23, 10, tzinfo=UTC))
    assert "06 39 98 01 01" not in wording.to_ward(HOUSE, key, view, LINK)
    assert GP not in wording.to_ward(HOUSE, key, view, LINK)
    assert "06 39 98 01 01" in wording.to_ward(replace(HOUSE, shows_caller=True), key, view, LINK)


def test_the_window_is_dropped_before_reference_and_deadline() -> None:
    view = replace(request(datetime(2026, 11, 23, 10, tzinfo=UTC), reach="noon"), ward="Médecine")
    short = wording.to_ward(HOUSE, "alert", view, LINK)
    long = wording.to_ward(HOUSE, "alert", view, LINK + "x" * 30)
    assert "12h-14h" in short
    assert "12h-14h" not in long
    assert segments(long) == 1


WARD = "Gynécologie-obstétrique"


def waiting(count: int) -> list[Open]:
    due_at = datetime(2026, 11, 24, 22, 59, tzinfo=UTC)
    return [Open(n, f"{724193 + n}", 1, WARD, State.OPEN, due_at) for n in range(count)]


@LANGUAGES
@pytest.mark.parametrize("count", [1, 2, 9])
def test_a_summary_names_every_reference_it_stands_for(language: str, count: int) -> None:
    house = replace(HOUSE, language=language)
    end = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
    summaries = [
        wording.summary(house, waiting(count), PARIS, LINK),
        wording.summary(house, waiting(count), PARIS, LINK, waiting(count)),
        wording.shift_start(house, WARD, waiting(count), end, end - timedelta(hours=10), PARIS, LINK),
        wording.shift_end(house, WARD, waiting(count), end, PARIS, LINK),
    ]
    for written in summaries:
        assert [each.reference for each in waiting(count) if each.reference not in written] == []
        assert LINK in written
        assert is_gsm7(written)
        assert segments(written) == 1 or count > 2, written


ANSWERS = sorted(
    key
    for key in texts.keys("sms")
    if key.startswith(("sms.reply_", "sms.status_", "sms.how_to")) and key != "sms.status_list"
)


@LANGUAGES
@pytest.mark.parametrize("key", ANSWERS)
def test_every_answer_to_who_writes_is_one_segment(language: str, key: str) -> None:
    values = {
        "reference": "724193",
        "references": "724193, 724194, 724195",
        "ward": "Gynécologie-obstétrique",
        "deadline": "24/11 à 23h59",
        "line": "01 99 00 00 24",
        "link": LINK,
        "mine": "",
    }
    assert segments(texts.say(key, language, **values)) == 1


@LANGUAGES
def test_what_was_given_back_is_named_in_one_segment_or_two(language: str) -> None:
    for count, most in ((1, 1), (3, 1), (12, 2)):
        written = wording.given_back(replace(HOUSE, language=language), WARD, waiting(count))
        assert [each.reference for each in waiting(count) if each.reference not in written] == []
        assert segments(written) <= most, written
