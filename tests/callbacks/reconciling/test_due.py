"""When the carrier's lists are read, and from where on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callbacks.reconciling.due import FIRST, OVERLAP, Asked, Known, Why, due, since

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CALM = Known(compared_until=NOW - 20 * MINUTE, began=NOW - 20 * MINUTE, looked=NOW - 10 * SECOND, at_work=True)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, None),
        ({"compared_until": NOW - HOUR}, Why.HOURLY),
        ({"compared_until": NOW - HOUR, "asked": True}, None),  # it is under way, or waits for the carrier
        ({"compared_until": None}, Why.HOURLY),
        ({"looked": None}, Why.START),
        ({"looked": None, "began": NOW - 30 * SECOND}, None),  # another process began with us, and has asked
        ({"looked": NOW - 2 * MINUTE}, Why.OUTAGE),  # the machine stood still
        ({"away": True}, Why.OUTAGE),
        ({"away": True, "asked": True}, Why.OUTAGE),
        ({"restored": NOW - DAY}, Why.RESTORE),
        ({"restored": NOW - DAY, "looked": None}, Why.RESTORE),
    ],
)
def test_it_is_time(changed: dict[str, object], why: Why | None) -> None:
    asked = due(replace(CALM, **changed), NOW)  # type: ignore[arg-type]
    assert (asked and asked.why) == why


def test_it_reaches_back_a_little_before_the_last_time() -> None:
    assert since(CALM, NOW) == NOW - 20 * MINUTE - OVERLAP


def test_after_a_copy_was_put_back_it_reaches_to_the_moment_that_it_shows() -> None:
    assert due(replace(CALM, restored=NOW - DAY), NOW) == Asked(Why.RESTORE, NOW - DAY - OVERLAP)


def test_the_first_time_goes_back_a_day_but_not_before_there_was_a_register() -> None:
    never = Known(compared_until=None)
    assert since(replace(never, at_work=True), NOW) == NOW - FIRST
    assert since(never, NOW) == NOW


def test_a_clock_that_was_put_back_does_not_skip_what_comes_now() -> None:
    assert since(replace(CALM, compared_until=NOW + HOUR), NOW) == NOW - OVERLAP
