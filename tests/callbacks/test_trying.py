"""Calling a GP back: when to try again, and when it was tried enough (domain.md 1.5)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks.trying import ENOUGH, PAUSE, Result, Tried, enough, next_try, window_of, windows_tried
from tests.callbacks.rotas import PARIS, paris

pytestmark = pytest.mark.dates

FILED, DUE = paris(23, 11), paris(24, 11)
GUADELOUPE = ZoneInfo("America/Guadeloupe")
CLOCKS_GO = {"forward": datetime(2027, 3, 28, tzinfo=PARIS), "back": datetime(2027, 10, 31, tzinfo=PARIS)}


def tried(*at: datetime, result: Result = Result.NO_ANSWER) -> list[Tried]:
    return [Tried(each, result) for each in at]


WINDOWS = [
    (paris(23, 0), "night"),
    (paris(23, 7, 59), "night"),
    (paris(23, 8), "morning"),
    (paris(23, 11, 59), "morning"),
    (paris(23, 12), "noon"),
    (paris(23, 14), "afternoon"),
    (paris(23, 18), "evening"),
    (paris(23, 23, 59), "evening"),
]


@pytest.mark.parametrize(("at", "part"), WINDOWS)
def test_the_parts_of_a_day(at: datetime, part: str) -> None:
    assert window_of(at, PARIS) == (at.date(), part)


def test_a_window_is_one_of_the_hospital_wherever_the_server_stands() -> None:
    noon_in_paris = paris(23, 12, 30).astimezone(UTC)
    assert window_of(noon_in_paris, PARIS)[1] == "noon"
    assert window_of(noon_in_paris, GUADELOUPE)[1] == "night"  # 07:30


@pytest.mark.parametrize("day", CLOCKS_GO.values(), ids=CLOCKS_GO)
def test_windows_are_hours_of_the_wall_clock_on_the_day_it_changes(day: datetime) -> None:
    assert window_of(day.replace(hour=8).astimezone(UTC), PARIS) == (day.date(), "morning")
    assert window_of(day.replace(hour=7, minute=59).astimezone(UTC), PARIS) == (day.date(), "night")


TRIES: dict[str, tuple[list[Tried], int]] = {
    "nobody tried": ([], 0),
    "twice in one morning is one": (tried(paris(23, 11), paris(23, 11, 50)), 1),
    "the same hour of two days is two": (tried(paris(23, 11), paris(24, 11)), 2),
    "morning, noon, afternoon": (tried(paris(23, 11), paris(23, 12, 30), paris(23, 15)), 3),
    "who was reached was not missed": (tried(paris(23, 11), result=Result.REACHED), 0),
    "who hung up himself did not try": (tried(paris(23, 11), result=Result.CANCELED), 0),
}


@pytest.mark.parametrize(("tries", "windows"), TRIES.values(), ids=TRIES)
def test_tries_count_once_a_window(tries: list[Tried], windows: int) -> None:
    assert windows_tried(tries, PARIS) == windows
    assert enough(tries, PARIS) == (windows >= ENOUGH)


def test_every_result_but_a_conversation_and_a_hang_up_of_ones_own_counts() -> None:
    assert {result for result in Result if not result.counts} == {Result.REACHED, Result.CANCELED}


# reach, tries, now, due, when
NEXT: dict[str, tuple[str, list[Tried], datetime, datetime, datetime]] = {
    "now, not tried yet: at once": ("now", [], paris(23, 11), DUE, paris(23, 11)),
    "now, tried: two hours later": ("now", tried(FILED), paris(23, 11, 5), DUE, paris(23, 13, 5)),
    "now, in the evening: in the morning": ("now", tried(FILED), paris(23, 19), DUE, paris(24, 8, 30)),
    "noon, in the morning": ("noon", [], paris(23, 11), DUE, paris(23, 12, 15)),
    "noon, within it": ("noon", [], paris(23, 13), DUE, paris(23, 13)),
    "noon, tried in it: tomorrow's would be too late, so soon": (
        "noon",
        tried(paris(23, 12, 20)),
        paris(23, 12, 25),
        DUE,
        paris(23, 12, 55),
    ),
    "noon, tried in it, and there is time until tomorrow's": (
        "noon",
        tried(paris(23, 12, 20)),
        paris(23, 12, 25),
        paris(24, 14),
        paris(24, 12, 15),
    ),
    "noon, tried in the morning": ("noon", tried(paris(23, 11, 30)), paris(23, 11, 35), DUE, paris(23, 12, 15)),
    "evening": ("evening", [], paris(23, 11), DUE, paris(23, 18, 15)),
    "evening, too late for today's": ("evening", [], paris(23, 20), DUE, paris(23, 20, 30)),
    "just before the deadline: while there is time": ("now", tried(FILED), paris(24, 10, 30), DUE, paris(24, 10, 45)),
    "after the deadline: soon": ("noon", tried(FILED), paris(24, 14, 30), DUE, paris(24, 15)),
}


@pytest.mark.parametrize(("reach", "tries", "now", "due", "expected"), NEXT.values(), ids=NEXT)
def test_when_to_try_again(reach: str, tries: list[Tried], now: datetime, due: datetime, expected: datetime) -> None:
    assert next_try(reach, tries, now, due, PARIS) == expected


@pytest.mark.parametrize("day", CLOCKS_GO.values(), ids=CLOCKS_GO)
def test_tomorrow_at_noon_is_noon_when_the_clocks_change_in_the_night(day: datetime) -> None:
    evening = day.replace(hour=21) - timedelta(days=1)
    due = evening.astimezone(UTC) + timedelta(hours=24)
    assert next_try("noon", [], evening, due, PARIS).astimezone(PARIS) == day.replace(hour=12, minute=15)


@given(
    reach=st.sampled_from(("now", "noon", "evening")),
    before=st.lists(st.integers(0, 24 * 60), max_size=4),
    minutes=st.integers(0, 30 * 60),
    start=st.sampled_from((FILED, *(day - timedelta(hours=12) for day in CLOCKS_GO.values()))),
)
def test_the_next_try_is_never_in_the_past_nor_after_a_deadline_that_still_stands(
    reach: str, before: list[int], minutes: int, start: datetime
) -> None:
    filed = start.astimezone(UTC)
    now, due = filed + timedelta(minutes=minutes), filed + timedelta(hours=24)
    found = next_try(reach, tried(*(filed + timedelta(minutes=each) for each in before)), now, due, PARIS)
    assert found >= now
    assert found < due or now >= due
    assert found - now <= timedelta(hours=24) + PAUSE
