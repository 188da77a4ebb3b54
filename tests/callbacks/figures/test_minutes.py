"""Waits are counted in minutes that have begun; whether a promise was kept is judged to the second."""

from dataclasses import replace

import pytest

from callbacks.figures import sums
from callbacks.figures.definitions import BY_CODE, INDICATORS, Statistic, Unit
from callbacks.figures.facts import Facts, RequestFact
from callbacks.figures.sums import Tally
from tests.callbacks.figures.reported import requests


def tally(*found: RequestFact) -> Tally:
    return sums.tally(Facts(requests=found))


@pytest.mark.parametrize(("seconds", "minutes"), [(0, 0), (1, 1), (60, 1), (61, 2), (86_400, 1440), (86_401, 1441)])
def test_a_minute_that_has_begun_is_one(seconds: int, minutes: int) -> None:
    assert sums.in_unit(BY_CODE["contact_time"], seconds) == minutes
    assert tally(*requests(seconds))["first_try"].values == {minutes: 1}
    (waits,) = requests(None)
    assert tally(replace(waits, observed_s=seconds))["contact_time"].censored == {minutes: 1}


@pytest.mark.parametrize(("after", "kept"), [(90, 1), (91, 0), (119, 0)])
def test_who_is_called_back_a_second_late_in_the_same_minute_is_late(after: int, kept: int) -> None:
    (fact,) = requests(after)
    found = tally(replace(fact, due_s=90))
    assert (found["tried_in_time"].counted, found["reached_in_time"].counted) == (kept, kept)
    assert found["contact_time"].values == {2: 1}


def test_every_curve_is_counted_in_minutes_and_nothing_else_is() -> None:
    curves = {each.code for each in INDICATORS if each.statistic is Statistic.SURVIVAL}
    assert curves == {each.code for each in INDICATORS if each.unit is Unit.MINUTES} == {"first_try", "contact_time"}
