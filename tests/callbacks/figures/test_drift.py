"""A run chart says when a figure has changed for good, and is silent about the noise of weeks."""

import pytest

from callbacks.figures.drift import Drift, Rule, Way, drifts, middle, standing

# Eight weeks up and eight down, in turn: nothing has changed.
RESTLESS = [0.7, 0.8] * 8


def test_weeks_that_go_up_and_down_are_no_drift() -> None:
    assert drifts(RESTLESS) == []


def test_eight_weeks_below_the_median_are_a_drift_that_stands() -> None:
    worse = [0.80, 0.78] * 4 + [0.60, 0.62] * 4
    assert standing(worse) == Drift(Rule.SHIFT, Way.DOWN, 8, 15, stands=True)


def test_seven_weeks_below_the_median_are_not() -> None:
    assert drifts([*([0.80, 0.78] * 4), *([0.60, 0.62] * 3), 0.60, 0.79]) == []


def test_six_weeks_that_each_take_longer_than_the_one_before_are_a_drift() -> None:
    slower = [50.0, 40.0, 52.0, 41.0, 53.0, 40.0, 45.0, 48.0, 51.0, 54.0, 60.0]
    assert standing(slower) == Drift(Rule.TREND, Way.UP, 5, 10, stands=True)


def test_five_are_not() -> None:
    assert drifts([41.0, 50.0, 40.0, 52.0, 41.0, 53.0, 40.0, 45.0, 48.0, 51.0, 54.0]) == []


def test_what_has_come_back_does_not_stand_any_more_and_is_still_seen() -> None:
    came_back = [0.60, 0.62] * 4 + [0.80, 0.78] * 4 + [0.60]
    assert standing(came_back) is None
    assert {drift.stands for drift in drifts(came_back)} == {False}


def test_a_week_on_the_median_neither_counts_nor_breaks() -> None:
    with_it = [0.80] * 8 + [0.60] * 4 + [0.70] + [0.60] * 4 + [0.70]
    assert middle(with_it) == 0.70
    assert standing(with_it) == Drift(Rule.SHIFT, Way.DOWN, 8, 16, stands=True)


def test_a_week_without_a_value_neither_counts_nor_breaks() -> None:
    before: list[float | None] = [0.80, 0.78] * 4
    after: list[float | None] = [0.60, 0.62, None, None] * 4
    found = standing(before + after)
    assert found is not None
    assert (found.first, found.last) == (8, 21)


def test_two_equal_weeks_are_one_step_of_a_trend() -> None:
    level = [50.0, 40.0, 52.0, 41.0, 53.0, 40.0, 45.0, 45.0, 48.0, 51.0, 54.0, 60.0]
    assert [drift for drift in drifts(level) if drift.rule is Rule.TREND] == [
        Drift(Rule.TREND, Way.UP, 5, 11, stands=True)
    ]


def test_where_every_other_week_lies_on_the_median_no_side_means_anything() -> None:
    assert middle([0.7, 0.8] * 8 + [0.8]) == 0.8
    assert drifts([0.7, 0.8] * 8 + [0.8]) == []


@pytest.mark.parametrize("weeks", [[], [None] * 26, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]])
def test_nothing_is_said_of_too_few_weeks(weeks: list[float | None]) -> None:
    assert middle(weeks) is None
    assert drifts(weeks) == []


def test_a_change_that_lasts_becomes_the_usual_and_is_told_no_more() -> None:
    assert standing([0.80, 0.78] * 4 + [0.60, 0.62] * 9) is None
