"""Why was this person rung, in this order: what a call remembers, against the rule it rang by."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks.explained import Elsewhere, End, Explained, Passed, Rung, Why, explain
from ivr.ringing import RING_SECONDS, Candidate, next_to_ring

AMELIE, BRUNO, CHLOE = (Candidate(id, f"+3363998000{id}", id) for id in (1, 2, 3))
BEGAN = datetime(2026, 12, 8, 11, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def rang(who: Candidate, since: float, until: float | None, outcome: str | None = "no-answer") -> Rung:
    ended = None if until is None else at(until)
    accepted = at(since + 5) if outcome == "taken" else None
    return Rung(who.person_id, who.rank, at(since), accepted, ended, outcome == "declined", outcome)


def told(rungs: list[Rung], elsewhere: tuple[Elsewhere, ...] = (), over: float | None = 300) -> Explained:
    ended = None if over is None else at(over)
    return explain([AMELIE, BRUNO], rungs, elsewhere, BEGAN, ended)


def test_two_passes_in_the_order_of_the_rota() -> None:
    seen = told([rang(AMELIE, 0, 15), rang(BRUNO, 15, 30), rang(AMELIE, 30, 45), rang(BRUNO, 45, 60)])
    assert [(each.rung.person_id, each.second) for each in seen.turns] == [(1, False), (2, False), (1, True), (2, True)]
    assert (seen.rest, seen.end) == ((), End.NOBODY_LEFT)
    assert all(each.passed == () for each in seen.turns)


def test_who_talks_in_another_call_is_passed_over_and_rung_at_the_second_pass() -> None:
    amelie = Elsewhere(AMELIE.person_id, at(-60), at(10))
    seen = told([rang(BRUNO, 0, 15), rang(AMELIE, 15, 40, "taken")], (amelie,))
    assert seen.turns[0].passed == (Passed(1, 1, Why.BUSY),)
    assert (seen.turns[1].second, seen.turns[1].passed, seen.end) == (True, (), End.TAKEN)


def test_who_pressed_2_is_not_rung_again() -> None:
    seen = told([rang(AMELIE, 0, 4, "declined"), rang(BRUNO, 4, 19), rang(BRUNO, 19, 34)])
    assert seen.turns[2].passed == (Passed(1, 1, Why.DECLINED),)
    assert seen.end is End.NOBODY_LEFT


@pytest.mark.parametrize(
    ("rungs", "over", "end", "rest"),
    [
        ([], 300, End.GONE, ()),
        ([rang(AMELIE, 0, None, None)], None, End.RINGING, ()),
        ([rang(AMELIE, 0, None, None)], 10, End.GONE, ()),
        ([rang(AMELIE, 0, 9, "canceled")], 9, End.GONE, ()),
        ([rang(AMELIE, 0, 15)], None, End.RINGING, ()),
        (
            [rang(AMELIE, 0, 40), rang(BRUNO, 40, 80)],
            90,
            End.TOO_LATE,
            (Passed(1, 1, Why.TOO_LATE), Passed(2, 2, Why.TOO_LATE)),
        ),
        ([rang(AMELIE, 0, 2, "declined"), rang(BRUNO, 2, 5, "declined")], 60, End.NOBODY_LEFT, None),
    ],
)
def test_why_the_ringing_ended(
    rungs: list[Rung], over: float | None, end: End, rest: tuple[Passed, ...] | None
) -> None:
    seen = told(rungs, over=over)
    assert seen.end is end
    assert rest is None or seen.rest == rest


@pytest.mark.parametrize(
    ("since", "until", "why"),
    [(-9, 10, Why.UNKNOWN), (-9, 30, Why.BUSY), (20, 20, Why.BUSY), (21, None, Why.UNKNOWN), (-9, None, Why.BUSY)],
)
def test_only_a_call_of_that_moment_keeps_somebody_busy(since: float, until: float | None, why: Why) -> None:
    elsewhere = Elsewhere(AMELIE.person_id, at(since), None if until is None else at(until))
    [turn] = told([rang(BRUNO, 20, 35, "taken")], (elsewhere,)).turns
    assert turn.passed == (Passed(1, 1, why),)


def test_nobody_was_rung_because_everybody_was_on_the_telephone() -> None:
    both = tuple(Elsewhere(each.person_id, at(-5), None) for each in (AMELIE, BRUNO))
    seen = told([], both)
    assert (seen.rest, seen.end) == ((Passed(1, 1, Why.BUSY), Passed(2, 2, Why.BUSY)), End.NOBODY_LEFT)


def test_nobody_to_ring() -> None:
    assert explain([], [], (), BEGAN, at(60)).end is End.NOBODY


def test_somebody_who_is_not_in_the_order_was_rung_all_the_same() -> None:
    seen = told([rang(CHLOE, 0, 15), rang(AMELIE, 15, 30, "taken")])
    assert [(each.rung.person_id, each.passed) for each in seen.turns] == [(3, ()), (1, ())]


@given(
    people=st.lists(st.integers(1, 5), min_size=1, max_size=4, unique=True),
    declines=st.sets(st.integers(1, 5)),
    busy=st.sets(st.integers(1, 5)),
)
def test_whoever_the_rule_passes_over_is_explained(people: list[int], declines: set[int], busy: set[int]) -> None:
    """A call rings by `next_to_ring`; everybody it passes over is named with the reason that the rule had."""
    candidates = [Candidate(each, "", rank) for rank, each in enumerate(people, start=1)]
    rungs, position, elapsed, declined = [], 0, 0, set[int]()
    while (found := next_to_ring(candidates, position, declined, busy, elapsed)) is not None:
        who, position = found
        outcome = "declined" if who.person_id in declines else "no-answer"
        rungs.append(rang(who, elapsed, elapsed + RING_SECONDS, outcome))
        declined |= {who.person_id} & declines
        elapsed += RING_SECONDS
    seen = explain(candidates, rungs, [Elsewhere(each, at(-9), None) for each in busy], BEGAN, at(300))
    assert [each.rung for each in seen.turns] == rungs
    assert {each.person_id for turn in seen.turns for each in turn.passed if each.why is Why.BUSY} <= busy
    assert not [each for turn in seen.turns for each in turn.passed if each.why is Why.UNKNOWN]
    rung = {each.person_id for each in rungs}
    named = rung | {each.person_id for each in seen.rest} | {each.person_id for t in seen.turns for each in t.passed}
    assert named == set(people)
