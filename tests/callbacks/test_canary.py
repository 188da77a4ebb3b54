"""What a call of the line to itself shows: well, broken, and from when on the line is dead."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from callbacks.canary import SURE_AFTER, WITHIN, Canary, State, Verdict, is_dead, is_due, verdict

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


def canary(ago: timedelta, state: State = State.PLACED, **known: object) -> Canary:
    return Canary(UUID(int=1), NOW - ago, state, **known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "found"),
    [
        (canary(WITHIN), None),
        (canary(SECOND, heard_real=NOW), None),
        (canary(10 * SECOND, heard_real=NOW, keyed_real=NOW), Verdict(State.WELL)),
        (canary(WITHIN, heard_real=NOW, keyed_real=NOW), Verdict(State.WELL)),
        (canary(WITHIN + SECOND, heard_real=NOW, keyed_real=NOW), Verdict(State.BROKEN, "late")),
        (canary(WITHIN + SECOND), Verdict(State.BROKEN, "not_answered")),
        (canary(WITHIN + SECOND, heard_real=NOW), Verdict(State.BROKEN, "not_understood")),
        (canary(SECOND, reason="refused 20003"), Verdict(State.BROKEN, "refused 20003")),
    ],
    ids=["may still", "was answered", "well", "at the last second", "late", "silence", "deaf", "refused"],
)
def test_what_one_shows(one: Canary, found: Verdict | None) -> None:
    assert verdict(one, NOW) == found


WELL, BROKEN, PLACED = State.WELL, State.BROKEN, State.PLACED


@pytest.mark.parametrize(
    ("states", "ago", "due"),
    [
        ((), FIVE, True),
        ((WELL,), FIVE, True),
        ((WELL,), FIVE - SECOND, False),
        ((PLACED, WELL), FIVE, False),
        ((BROKEN, WELL), SURE_AFTER, True),
        ((BROKEN, WELL), SURE_AFTER - SECOND, False),
        ((BROKEN,), SURE_AFTER, True),
        ((BROKEN, BROKEN), SURE_AFTER, False),
        ((BROKEN, BROKEN), FIVE, True),
    ],
)
def test_a_broken_one_is_soon_followed_by_another(states: tuple[State, ...], ago: timedelta, due: bool) -> None:
    latest = [canary(ago + n * FIVE, state) for n, state in enumerate(states)]
    assert is_due(latest, FIVE, NOW) is due


@pytest.mark.parametrize(
    ("states", "dead"),
    [
        ((), False),
        ((BROKEN,), False),
        ((BROKEN, WELL), False),
        ((WELL, BROKEN), False),
        ((BROKEN, BROKEN), True),
        ((BROKEN, BROKEN, WELL), True),
    ],
)
def test_one_broken_call_is_the_carriers_bad_minute_two_are_a_dead_line(states: tuple[State, ...], dead: bool) -> None:
    assert is_dead([canary(n * FIVE, state) for n, state in enumerate(states)]) is dead
