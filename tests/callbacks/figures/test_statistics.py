"""Shares, medians and curves against published examples and against the standard library."""

import random
import statistics as standard
from collections import Counter

import pytest

from callbacks.figures.statistics import (
    mean,
    median_interval,
    protected,
    protected_row,
    quantile,
    quantiles,
    small,
    survival,
    wilson,
)


@pytest.mark.parametrize(
    ("counted", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_the_interval_of_a_share_is_wilsons(counted: int, of: int, low: float, high: float) -> None:
    found = wilson(counted, of)
    assert found is not None
    assert found == pytest.approx((low, high), abs=1e-4)


def test_of_nobody_there_is_no_share() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize("many", [1, 2, 3, 7, 50, 1001])
def test_quartiles_are_those_of_the_standard_library(many: int) -> None:
    chance = random.Random(many)
    values = [chance.randrange(200) for _ in range(many)]
    first, middle, third, late = quantiles(Counter(values), (0.25, 0.5, 0.75, 0.9))
    assert middle == standard.median(values)
    if many > 1:
        of_four = standard.quantiles(values, n=4, method="inclusive")
        assert [first, third] == pytest.approx([of_four[0], of_four[2]])
        assert late == pytest.approx(standard.quantiles(values, n=10, method="inclusive")[8])


def test_no_value_has_no_median() -> None:
    assert quantile({}, 0.5) is None
    assert median_interval({}) is None


@pytest.mark.parametrize(
    ("many", "low", "high"),
    [(6, 1, 6), (8, 1, 8), (9, 2, 8), (10, 2, 9), (20, 6, 15), (50, 18, 33), (100, 40, 61)],
)
def test_a_median_lies_between_the_ranks_of_the_binomial_table(many: int, low: int, high: int) -> None:
    assert median_interval(dict.fromkeys(range(1, many + 1), 1)) == (low, high)


def test_five_values_say_nothing_of_their_median() -> None:
    assert median_interval(dict.fromkeys(range(5), 1)) is None


def test_many_values_are_as_sure_as_the_exact_interval() -> None:
    exact, near = (median_interval(dict.fromkeys(range(many), 1)) for many in (1000, 1001))
    assert exact is not None
    assert near is not None
    assert abs(exact[0] - near[0]) <= 1
    assert abs(exact[1] - near[1]) <= 2


def test_a_mean_has_its_interval() -> None:
    found = mean({1: 3, 2: 1, 6: 1})
    assert found is not None
    assert found.value == pytest.approx(2.2)
    assert found.interval is not None
    half = 1.959964 * standard.stdev([1, 1, 1, 2, 6]) / 5**0.5
    assert found.interval[0] == pytest.approx(2.2 - half)


def test_of_one_value_nobody_knows_how_sure_it_is() -> None:
    found = mean({4: 1})
    assert found is not None
    assert (found.value, found.interval) == (4, None)


# Freireich et al., Blood 1963; 21: 699: weeks in remission under 6-mercaptopurine, as SAS and R print them (log-log).
REMISSION = ({6: 3, 7: 1, 10: 1, 13: 1, 16: 1, 22: 1, 23: 1}, [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])
PRINTED = [
    (6, 21, 0.8571, 0.6197, 0.9516),
    (7, 17, 0.8067, 0.5631, 0.9228),
    (10, 15, 0.7529, 0.5032, 0.8894),
    (13, 12, 0.6902, 0.4316, 0.8491),
    (16, 11, 0.6275, 0.3675, 0.8049),
    (22, 7, 0.5378, 0.2678, 0.7468),
    (23, 6, 0.4482, 0.1881, 0.6801),
]


def test_the_curve_of_who_still_waits_is_the_published_one() -> None:
    curve = survival(REMISSION[0], Counter(REMISSION[1]))
    found = [
        (step.at, step.at_risk, *(round(each, 4) for each in (step.left, step.low, step.high))) for step in curve.steps
    ]
    assert found == PRINTED
    assert curve.when(0.5) == 23
    assert curve.interval(0.5) == (13, None)


def test_when_everybody_was_called_back_the_curve_ends_at_nought() -> None:
    curve = survival({10: 2, 20: 2}, {})
    assert [step.left for step in curve.steps] == [0.5, 0]
    assert (curve.when(0.5), curve.when(0.9), curve.left(9), curve.left(15)) == (10, 20, 1, 0.5)


def test_when_nobody_was_called_back_there_is_no_time_until_half_were() -> None:
    assert survival({}, {60: 9}).when(0.5) is None


@pytest.mark.parametrize(("count", "is_small"), [(0, False), (1, True), (4, True), (5, False)])
def test_small_is_one_to_four(count: int, is_small: bool) -> None:
    assert small(count) is is_small


def test_a_small_cell_takes_those_with_it_that_would_give_it_away() -> None:
    cells = {("a", "x"): 3, ("a", "y"): 20, ("b", "x"): 30, ("b", "y"): 9}
    assert set(protected(cells).values()) == {None}


def test_two_small_cells_of_a_row_hide_each_other_there() -> None:
    cells = {("a", "x"): 3, ("a", "y"): 2, ("a", "z"): 40, ("b", "x"): 30, ("b", "y"): 9, ("b", "z"): 50}
    shown = protected(cells)
    assert shown["a", "z"] == 40
    assert shown["b", "z"] == 50
    assert {place for place, count in shown.items() if count is None} == {
        ("a", "x"),
        ("a", "y"),
        ("b", "x"),
        ("b", "y"),
    }


def test_a_table_of_large_cells_is_shown_whole() -> None:
    cells = {("a", "x"): 5, ("a", "y"): 0, ("b", "x"): 12}
    assert protected(cells) == cells


def test_in_one_row_the_smallest_other_hides_the_small_one() -> None:
    assert protected_row({"a": 2, "b": 9, "c": 7}) == {"a": None, "b": 9, "c": None}
