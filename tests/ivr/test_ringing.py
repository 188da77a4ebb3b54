"""Whom to ring next, and what the end of a ringing means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.ringing import LAST_START, PASSES, Candidate, Dialled, next_to_ring, verdict, verdict_without_action

AMELIE, BRUNO, CHLOE = (Candidate(number, f"+3363998000{number}", number) for number in (1, 2, 3))
ALL = (AMELIE, BRUNO, CHLOE)


def test_seniors_are_rung_in_rota_order_and_then_once_more() -> None:
    rung, position = [], 0
    while found := next_to_ring(ALL, position, (), (), elapsed=0):
        candidate, position = found
        rung.append(candidate)
    assert rung == [AMELIE, BRUNO, CHLOE, AMELIE, BRUNO, CHLOE]


def test_who_declined_is_not_rung_again_and_who_is_busy_may_be_free_the_second_time() -> None:
    assert next_to_ring(ALL, 0, (), {AMELIE.person_id}, 0) == (BRUNO, 2)
    assert next_to_ring(ALL, 3, {BRUNO.person_id}, (), 20) == (AMELIE, 4)
    assert next_to_ring(ALL, 4, {BRUNO.person_id}, (), 20) == (CHLOE, 6)


@pytest.mark.parametrize(("elapsed", "rings"), [(0.0, True), (LAST_START, True), (LAST_START + 0.1, False)])
def test_no_attempt_starts_after_75_seconds(elapsed: float, rings: bool) -> None:
    assert (next_to_ring(ALL, 0, (), (), elapsed) is not None) is rings


def test_nobody_on_the_rota_is_an_answer() -> None:
    assert next_to_ring((), 0, (), (), 0) is None


@given(st.sets(st.integers(1, 3)), st.sets(st.integers(1, 3)), st.integers(0, 6), st.floats(0, 200))
def test_the_position_only_goes_forward_and_nobody_unwilling_is_rung(
    declined: set[int], busy: set[int], position: int, elapsed: float
) -> None:
    found = next_to_ring(ALL, position, declined, busy, elapsed)
    if found is None:
        return
    candidate, after = found
    assert position < after <= len(ALL) * PASSES
    assert candidate.person_id not in declined | busy
    assert elapsed <= LAST_START


@pytest.mark.parametrize(
    ("status", "bridged", "accepted", "declined", "outcome", "alarm"),
    [
        ("completed", True, True, False, Dialled.TAKEN, None),
        ("completed", False, True, False, Dialled.UNACCEPTED, None),  # the caller left in the same second
        ("completed", False, False, False, Dialled.UNACCEPTED, None),  # a voicemail
        ("completed", False, False, True, Dialled.DECLINED, None),
        ("completed", True, False, False, Dialled.UNACCEPTED, "bridged_without_acceptance"),
        ("completed", None, True, False, Dialled.TAKEN, "dial_bridged_absent"),
        ("completed", None, False, False, Dialled.UNACCEPTED, None),
        ("no-answer", None, True, False, Dialled.NO_ANSWER, None),
        ("no-answer", False, False, False, Dialled.NO_ANSWER, None),
        ("busy", False, False, False, Dialled.BUSY, None),
        ("failed", False, False, False, Dialled.FAILED, None),
        ("canceled", False, False, False, Dialled.CANCELED, None),
        ("teleported", True, True, False, Dialled.FAILED, "unknown_dial_status"),
    ],
)
def test_taken_is_our_own_1_and_the_carriers_word(
    status: str, bridged: bool | None, accepted: bool, declined: bool, outcome: Dialled, alarm: str | None
) -> None:
    judged = verdict(status, bridged, accepted, declined)
    assert (judged.outcome, judged.alarm) == (outcome, alarm)


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    [(None, Dialled.UNACCEPTED), (14.9, Dialled.UNACCEPTED), (15.0, Dialled.TAKEN), (600.0, Dialled.TAKEN)],
)
def test_a_lost_result_is_judged_by_how_long_they_talked(seconds: float | None, outcome: Dialled) -> None:
    assert verdict_without_action(seconds) is outcome
