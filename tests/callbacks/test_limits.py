"""How many reminders one person gets, and when there is room for one more."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks import limits
from callbacks.ladder import BadLadder
from callbacks.limits import BadLimits, Limit, room_from

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUSE = (Limit(1, timedelta(minutes=1)), Limit(5, timedelta(minutes=15)))


def at(*minutes: float) -> list[datetime]:
    """Instants, in minutes after noon."""
    return [NOON + timedelta(minutes=each) for each in minutes]


def test_the_limits_of_the_house_are_one_a_minute_and_five_in_fifteen() -> None:
    assert limits.load() == HOUSE


@pytest.mark.parametrize(
    ("taken", "room"),
    [
        ([], 0),
        ([-1], 0),
        ([-0.5], 0.5),
        ([0], 1),
        ([0.5], 1.5),  # one that waits for its time counts too
        ([1], 0),
        ([-4, -3, -2, -1], 0),
        ([-5, -4, -3, -2, -1], 10),
        ([-14.5, -4, -3, -2, -1], 0.5),
        ([1, 2, 3, 4, 5], 16),
        ([1, 2, 3, 4, 14], 16),
        ([-0.2, -0.1], 0.9),  # what went beyond is past mending, and holds nothing up for longer
    ],
)
def test_when_there_is_room(taken: list[float], room: float) -> None:
    assert room_from(NOON, at(*taken), HOUSE) == at(room)[0]


@given(st.lists(st.tuples(st.integers(0, 3600), st.integers(0, 600)), max_size=60))
def test_nobody_gets_more_than_he_may_however_it_comes(burst: list[tuple[int, int]]) -> None:
    taken: list[datetime] = []
    for second, later in burst:
        asked = NOON + timedelta(seconds=second + later)
        room = room_from(asked, taken, HOUSE)
        assert room >= asked
        taken.append(room)
    taken.sort()
    for limit in HOUSE:
        ends = zip(taken, taken[limit.at_most :], strict=False)
        assert all(last - first >= limit.within for first, last in ends)


@given(st.lists(st.integers(0, 3600), max_size=60))
def test_nobody_waits_longer_than_for_the_longest_limit(seconds: list[int]) -> None:
    """Whatever has left, an hour of bursts included: after the last of them there is room in a quarter of an hour."""
    taken = [NOON + timedelta(seconds=second) for second in seconds]
    assert room_from(NOON, taken, HOUSE) <= max([NOON, *(time + HOUSE[1].within for time in taken)])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", BadLimits),
        ('[[limit]]\nat_most = 0\nwithin = "1m"', BadLimits),
        ('[[limit]]\nat_most = true\nwithin = "1m"', BadLimits),
        ('[[limit]]\nat_most = "5"\nwithin = "1m"', BadLimits),
        ('[[limit]]\nat_most = 5\nwithin = "0m"', BadLimits),
        ("[[limit]]\nat_most = 5", BadLimits),
        ('[[limit]]\nat_most = 5\nwithin = "1m"\nper = "person"', BadLimits),
        ('[[limit]]\nat_most = 5\nwithin = "a while"', BadLadder),
    ],
)
def test_limits_that_are_none_are_refused(tmp_path: Path, text: str, fault: type[Exception]) -> None:
    path = tmp_path / "ladder.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(fault):
        limits.load(path)
