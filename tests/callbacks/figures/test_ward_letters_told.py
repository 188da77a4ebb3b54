"""A line's weekly letter: figures with how many they are of, nothing that a few people are known by, what drifts."""

from datetime import timedelta

from callbacks.figures.drift import Way
from callbacks.figures.periods import Period
from callbacks.figures.ward_letters import drifts, has_anything, lines, to_look_at
from tests.callbacks.figures.reported import calls, report, requests


def told(*args: object, group: dict[str, float] | None = None, language: str = "fr") -> list[str]:
    found = report(*args)  # type: ignore[arg-type]
    return [line.replace("\xa0", " ") for line in lines(found, group or {}, language)]


def test_a_share_stands_beside_how_many_of_how_many_and_the_median_of_the_lines() -> None:
    (line,) = [each for each in told(calls(8, 2), group={"answered": 0.74}) if "80 %" in each]
    assert "80 % (8 sur 10)" in line
    assert "médiane du groupe 74 %" in line


def test_fewer_than_five_are_not_told() -> None:
    assert not any("75 %" in line for line in told(calls(3, 1)))
    assert any("moins de 5" in line for line in told(calls(3, 1)))


def test_what_cannot_be_measured_is_left_out() -> None:
    with_requests, without = told(calls(9, 1), requests(*[600] * 6)), told(calls(9, 1))
    assert len(with_requests) > len(without)


def test_it_is_told_in_english_too() -> None:
    assert any("80% (8 of 10)" in line for line in told(calls(8, 2), language="en"))


def test_a_week_without_a_call_or_a_request_has_nothing() -> None:
    assert not has_anything(report())
    assert has_anything(report(calls(1)))
    assert has_anything(report(requests=requests(None)))


def test_a_line_that_answers_less_for_eight_weeks_drifts() -> None:
    weeks = [report(calls(9, 1)), report(calls(8, 2))] * 4 + [report(calls(5, 5)), report(calls(6, 4))] * 4
    assert {code: found.way for code, found in drifts(weeks).items()} == {"answered": Way.DOWN}


def test_a_line_that_answers_more_is_no_alarm() -> None:
    weeks = [report(calls(5, 5)), report(calls(6, 4))] * 4 + [report(calls(9, 1)), report(calls(8, 2))] * 4
    assert drifts(weeks) == {}


def test_seniors_who_take_longer_each_week_are_an_alarm() -> None:
    waits = (40, 30, 42, 31, 43, 30, 35, 38, 41, 44, 50)
    assert {code: found.way for code, found in drifts([report(calls(6, wait=wait)) for wait in waits]).items()} == {
        "access_time": Way.UP
    }


def test_weeks_are_looked_at_once_all_their_days_are_added_up() -> None:
    weeks = [Period.week(2026, week) for week in (45, 46, 47)]
    begins = weeks[1].first + timedelta(days=2)
    made = {day for week in weeks[1:] for day in week.days() if day >= begins}
    assert to_look_at(weeks, made, begins) == weeks[1:]
    assert to_look_at(weeks, made - {weeks[2].last}, begins) == []
    assert to_look_at(weeks, set(), weeks[2].last + timedelta(days=1)) == []
