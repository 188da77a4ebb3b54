"""Who takes the place of a senior who is not there: nobody is lost, nobody stands twice, no hour goes astray."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from callbacks.stand_in import StandIn, stand_in
from scheduling.opening import join
from scheduling.rota import Held, Shift
from tests.callbacks.rotas import AMELIE, BRUNO, CHLOE, DENIS, paris

EVENING, MORNING = paris(23, 18, 30), paris(24, 8, 30)
AT = paris(23, 18, 34)
MINE = Held(1, Shift(1, 1, AMELIE, EVENING, MORNING))
BEHIND = Held(2, Shift(1, 2, BRUNO, EVENING, MORNING))


def told(found: StandIn) -> list[str]:
    """ "1 Bruno 18:34-08:30", as the rota says it once the change is made."""
    names = {each.id: each.name for each in (AMELIE, BRUNO, CHLOE, DENIS)}
    slots = sorted(found.added, key=lambda slot: (slot.rank, slot.start))
    return [f"{s.rank} {names[s.person_id]} {_clock(s.start)}-{_clock(s.end)}" for s in slots]


def _clock(at: datetime) -> str:
    return f"{at.astimezone(EVENING.tzinfo):%H:%M}"


def test_who_said_no_leaves_and_the_next_moves_up() -> None:
    found = stand_in(MINE, [MINE, BEHIND], AT, {AMELIE.id}, stays=False)
    assert found.person == BRUNO
    assert found.removed_ids == (1, 2)
    assert told(found) == ["1 Amélie 18:30-18:34", "1 Bruno 18:34-08:30", "2 Bruno 18:30-18:34"]


def test_who_said_nothing_changes_places() -> None:
    found = stand_in(MINE, [MINE, BEHIND], AT, {AMELIE.id}, stays=True)
    assert told(found) == [
        "1 Amélie 18:30-18:34",
        "1 Bruno 18:34-08:30",
        "2 Bruno 18:30-18:34",
        "2 Amélie 18:34-08:30",
    ]


def test_who_is_behind_for_some_hours_takes_the_line_for_those() -> None:
    short = Held(2, Shift(1, 2, BRUNO, EVENING, paris(23, 22)))
    after = Held(3, Shift(1, 2, CHLOE, paris(23, 22), paris(24, 6)))
    found = stand_in(MINE, [MINE, short, after], AT, {AMELIE.id}, stays=True)
    assert told(found) == [
        "1 Amélie 18:30-18:34",
        "1 Bruno 18:34-22:00",
        "1 Chloé 22:00-06:00",
        "1 Amélie 06:00-08:30",  # she keeps what nobody else can hold
        "2 Bruno 18:30-18:34",
        "2 Amélie 18:34-22:00",
        "2 Amélie 22:00-06:00",
    ]


def test_who_was_found_absent_himself_is_passed_over() -> None:
    third = Held(3, Shift(1, 3, CHLOE, EVENING, MORNING))
    found = stand_in(MINE, [MINE, BEHIND, third], AT, {AMELIE.id, BRUNO.id}, stays=False)
    assert found.person == CHLOE
    assert found.removed_ids == (1, 3)


def test_nobody_is_left_a_no_makes_a_hole_and_silence_changes_nothing() -> None:
    assert told(stand_in(MINE, [MINE], AT, {AMELIE.id}, stays=False)) == ["1 Amélie 18:30-18:34"]
    silent = stand_in(MINE, [MINE], AT, {AMELIE.id}, stays=True)
    assert (silent.person, silent.removed_ids, silent.added) == (None, (), ())


def test_at_the_very_start_nothing_of_his_is_kept() -> None:
    found = stand_in(MINE, [MINE, BEHIND], EVENING, {AMELIE.id}, stays=False)
    assert told(found) == ["1 Bruno 18:30-08:30"]


minutes = st.integers(-600, 1400)


@given(
    behind=st.lists(st.tuples(st.sampled_from([2, 3]), st.sampled_from([BRUNO, CHLOE, DENIS]), minutes, minutes)),
    passed=st.integers(0, 800),
    stays=st.booleans(),
)
def test_whatever_stands_behind_no_rank_is_held_twice_and_no_hour_of_others_is_lost(
    behind: Sequence[tuple[int, object, int, int]], passed: int, stays: bool
) -> None:
    held = [MINE]
    for rank, person, start, end in behind:
        shift = Shift(1, rank, person, EVENING + timedelta(minutes=start), EVENING + timedelta(minutes=end))  # type: ignore[arg-type]
        free = all(
            each.shift.rank != rank or each.shift.end <= shift.start or shift.end <= each.shift.start for each in held
        )
        if shift.start < shift.end and free:
            held.append(Held(len(held) + 1, shift))
    at = EVENING + timedelta(minutes=passed)
    found = stand_in(MINE, held, at, {AMELIE.id}, stays=stays)
    kept = [each.shift for each in held if each.id not in found.removed_ids]
    after = [(s.rank, s.person_id, s.start, s.end) for s in found.added]
    after += [(s.rank, s.person.id, s.start, s.end) for s in kept]
    for rank in (1, 2, 3):
        stretches = sorted((start, end) for each, _, start, end in after if each == rank)
        assert all(one[1] <= two[0] for one, two in pairwise(stretches))
    for person in (BRUNO, CHLOE, DENIS):
        before = [(each.shift.start, each.shift.end) for each in held if each.shift.person == person]
        now = [(start, end) for _, holder, start, end in after if holder == person.id]
        assert join(before) == join(now)  # whatever his rank, he is on call at the hours he was
