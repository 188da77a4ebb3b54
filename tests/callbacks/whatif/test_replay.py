"""Et si ? What a rota may expect by how its people answered: by hand where it can be, never surer than is known."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from callbacks.whatif.habits import WHISPER, Chances, Habits, Ring, When, learned, when
from callbacks.whatif.replay import Plan, Rate, Replayed, Situation, answered, moved, replay, situation
from tests.callbacks.rotas import AMELIE, BRUNO, EMMA, PARIS, always, cover, paris, ward

LATER = 18.0  # seconds from one ring of fifteen to the next


def rings(person_id: int, taken: int, missed: int, when: When = When.DAY) -> list[Ring]:
    """Somebody who took so many calls, six seconds after his telephone began to ring, and missed so many."""
    took = [Ring(person_id, when, 6 + WHISPER, declined=False, gave_up=False, rang=11)] * taken
    return took + [Ring(person_id, when, None, declined=False, gave_up=False, rang=15)] * missed


SELDOM_AGAIN = rings(1, 0, 200, When.AGAIN)  # who did not answer does not a minute later either


def met(*people: int, ring_seconds: float = 15) -> Situation:
    return Situation(people, When.DAY, ring_seconds)


def certain(
    *shares: float, again: float = 0.0, leaves: float = 0.0, declines: float = 0.0, late: float = 0.0
) -> Chances:
    """Nothing is left to chance: person 1 answers with the first share, …"""
    first = {(person, When.DAY): share for person, share in enumerate(shares, 1)}
    first |= {(person, When.AGAIN): again for person in range(1, len(shares) + 1)}
    return Chances(first, declines, leaves, late, (2.0, 4.0, 6.0, 12.0))


def expected(habits: Habits, *plans: tuple[int, ...], calls: int = 200, draws: int = 100) -> Replayed:
    """Of each plan (who is rung, in order) for so many calls by day."""
    found = replay([tuple(met(*people) for people in plans)] * calls, habits, calls, draws)
    assert found is not None
    return found


def width(rate: Rate) -> float:
    return rate.high - rate.low


# One call, by hand --------------------------------------------------------------------------------------------------


def test_a_second_senior_answers_what_the_first_did_not() -> None:
    assert answered(met(1), certain(0.6)) == pytest.approx(0.6)
    assert answered(met(1, 2), certain(0.6, 0.5)) == pytest.approx(0.6 + 0.4 * 0.5)


def test_who_did_not_answer_is_rung_once_more_unless_he_declined() -> None:
    assert answered(met(1), certain(0.6, again=0.25)) == pytest.approx(0.6 + 0.4 * 0.25)
    assert answered(met(1), certain(0.6, again=0.25, declines=0.2)) == pytest.approx(0.6 + 0.4 * 0.25 * 0.8)


def test_who_waits_for_the_second_senior_may_be_gone() -> None:
    leaves = 0.01
    first, second = 0.6 * math.exp(-leaves * 7.5), 0.4 * 0.5 * math.exp(-leaves * (LATER + 7.5))
    assert answered(met(1, 2), certain(0.6, 0.5, leaves=leaves)) == pytest.approx(first + second)


def test_nobody_is_rung_after_seventy_five_seconds() -> None:
    """Three seniors at 25 seconds each fill the time; at 15 the first two are rung twice."""
    three = certain(0.0, 0.0, 0.0, again=0.5)
    assert answered(met(1, 2, 3, ring_seconds=25), three) == 0
    assert answered(met(1, 2, 3), three) == pytest.approx(0.75)  # at 54 and at 72 seconds


def test_nobody_on_call_answers_nothing() -> None:
    assert answered(met(), certain()) == 0


@pytest.mark.parametrize(
    ("seconds", "share"),
    [(15, 0.8), (12, 0.8 * (4 + 0.8) / 5), (5, 0.8 * (2 + 1 / 3) / 5)],  # of four, all within twelve, two within five
)
def test_a_shorter_ring_loses_those_who_pick_up_late(seconds: float, share: float) -> None:
    assert answered(met(1, ring_seconds=seconds), certain(0.8)) == pytest.approx(share)


def test_a_longer_ring_gains_what_the_last_seconds_gained_and_no_more() -> None:
    assert answered(met(1, ring_seconds=25), certain(0.6)) == pytest.approx(0.6)
    gained = 0.4 * (1 - math.exp(-0.02 * 10))
    longer = certain(0.6, late=0.02, declines=1.0)
    assert answered(met(1, ring_seconds=25), longer) == pytest.approx(0.6 + gained)


# What is expected ---------------------------------------------------------------------------------------------------


def test_a_rota_that_answered_four_of_five_is_expected_to_go_on() -> None:
    seen = expected(learned(rings(1, 800, 200) + SELDOM_AGAIN), (1,))
    assert seen.rates[0].low < 0.8 < seen.rates[0].high
    assert seen.rates[0].mean == pytest.approx(0.8, abs=0.03)
    assert seen.strangers == frozenset()


def test_a_senior_behind_one_who_seldom_answers_is_a_gain_that_chance_does_not_explain() -> None:
    seen = expected(learned(rings(1, 30, 70) + rings(2, 80, 20) + SELDOM_AGAIN), (1,), (1, 2))
    assert seen.changes[0] == Rate(0, 0, 0)
    assert seen.changes[1].low > 0.2


def test_bruno_in_the_place_of_amelie_loses_what_she_answered_more() -> None:
    seen = expected(learned(rings(1, 90, 10) + rings(2, 30, 70) + SELDOM_AGAIN), (1,), (2,))
    assert seen.changes[1].high < -0.2


def test_the_difference_of_two_rotas_is_known_better_than_either() -> None:
    """Amélie is in both: how often she answers is uncertain, but the same in both."""
    seen = expected(learned(rings(1, 6, 6) + rings(2, 200, 200)), (1,), (1, 2))
    assert width(seen.changes[1]) < width(seen.rates[0])


def test_who_was_rung_seldom_is_told_and_makes_it_less_sure() -> None:
    known = learned(rings(1, 300, 100) + rings(2, 2, 1) + SELDOM_AGAIN)
    seen = expected(known, (1,), (2,), calls=500)
    assert seen.strangers == {2}
    assert width(seen.rates[1]) > 3 * width(seen.rates[0])


def test_who_was_never_rung_answers_like_his_team() -> None:
    seen = expected(learned(rings(1, 700, 300) + rings(3, 700, 300) + SELDOM_AGAIN), (9,), calls=500)
    assert seen.rates[0].mean == pytest.approx(0.7, abs=0.05)


def test_calls_that_find_nobody_are_counted() -> None:
    entries = [(met(1), met())] * 3 + [(met(1), met(1))]
    seen = replay(entries, learned(rings(1, 9, 1)), 4)
    assert seen is not None
    assert seen.unmanned == (0.0, 0.75)


def test_the_same_question_has_the_same_answer_in_whatever_order_the_calls_are() -> None:
    habits = learned(rings(1, 8, 4) + rings(2, 5, 5))
    entries = [(met(1), met(1, 2)), (met(2), met(1)), (met(1, 2), met())] * 7
    assert replay(entries, habits, 21) == replay(sorted(entries, key=repr), habits, 21)


def test_a_call_in_four_weeks_is_no_more_certain_than_in_one() -> None:
    habits = learned(rings(1, 8, 4))
    assert replay([(met(1),)] * 80, habits, 20) == replay([(met(1),)] * 20, habits, 20)


def test_without_calls_there_is_nothing_to_say() -> None:
    assert replay([], Habits(), 0) is None


def test_nine_months_of_ten_lie_where_they_were_expected() -> None:
    """Months are thrown with known chances; each is expected from ninety days of rings thrown before it."""
    dice, inside, months = Random(7), 0, 30
    for _ in range(months):
        chances = {1: dice.uniform(0.3, 0.9), 2: dice.uniform(0.3, 0.9)}
        habits = learned(ring for person, chance in chances.items() for ring in thrown(dice, person, chance, 40))
        rate = expected(habits, (1, 2), calls=60).rates[0]
        truth = chances[1] + (1 - chances[1]) * chances[2]
        month = sum(dice.random() < truth for _ in range(60)) / 60
        inside += rate.low <= month <= rate.high
    assert inside / months >= 0.8


def thrown(dice: Random, person: int, chance: float, count: int) -> Iterable[Ring]:
    taken = sum(dice.random() < chance for _ in range(count))
    return [*rings(person, taken, count - taken), *rings(person, 0, 40, When.AGAIN)]


# What was seen ------------------------------------------------------------------------------------------------------


def test_a_caller_who_hung_up_says_nothing_of_the_senior() -> None:
    gone = Ring(1, When.DAY, None, declined=False, gave_up=True, rang=8)
    habits = learned([*rings(1, 3, 1), gone])
    assert habits.rung(1) == 4
    assert (habits.gave_up, habits.waited) == (1, 3 * 11 + 15 + 8)


def test_who_pressed_two_counts_as_a_no_and_as_declined() -> None:
    declined = Ring(1, When.DAY, None, declined=True, gave_up=False, rang=7)
    habits = learned([declined, *rings(1, 1, 2)])
    assert (habits.own[1, When.DAY].no, habits.declined.yes, habits.declined.no) == (3, 1, 2)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (paris(23, 8), When.DAY),
        (paris(23, 19, 59), When.DAY),
        (paris(23, 20), When.NIGHT),
        (paris(23, 7, 59), When.NIGHT),
        (paris(28, 11), When.NIGHT),  # a Saturday
        (paris(23, 7, 30).astimezone(UTC), When.NIGHT),
    ],
    ids=str,
)
def test_a_ring_is_by_day_or_by_night_on_the_hospital_s_clock(at: datetime, expected: When) -> None:
    assert when(at, PARIS) is expected


# Who would be rung --------------------------------------------------------------------------------------------------


def test_a_call_meets_who_is_on_call_then_the_second_line_each_once() -> None:
    own, other = cover([ward()], always(AMELIE, BRUNO)), cover([ward(2)], always(BRUNO, EMMA, ward_id=2))
    assert situation(Plan(own), paris(23, 10), PARIS).people == (AMELIE.id, BRUNO.id)
    assert situation(Plan(own, other), paris(23, 10), PARIS).people == (AMELIE.id, BRUNO.id, EMMA.id)


def test_a_closed_ward_without_cover_rings_nobody() -> None:
    by_day = cover([ward(opening="mon-fri 08:30-18:30")], always(AMELIE))
    assert situation(Plan(by_day), paris(23, 22), PARIS).people == ()


@pytest.mark.dates
@pytest.mark.parametrize(
    ("call", "start", "end", "there"),
    [
        (paris(3, 10), paris(24, 8), paris(24, 18), [paris(24, 10)]),  # a Tuesday to a Tuesday
        (paris(3, 19), paris(24, 8), paris(24, 18), []),
        (paris(2, 10), paris(24, 8), paris(24, 18), []),
        (paris(3, 10), paris(9, 0), paris(23, 0), [paris(10, 10), paris(17, 10)]),
        (paris(24, 8), paris(24, 8), paris(24, 18), [paris(24, 8)]),
        (paris(24, 18), paris(24, 8), paris(24, 18), []),
        # October's summer time, November's winter: ten o'clock is ten o'clock.
        (datetime(2026, 10, 20, 10, tzinfo=PARIS), paris(2, 0), paris(9, 0), [paris(3, 10)]),
    ],
)
def test_a_call_moves_by_whole_weeks_to_the_same_hour(
    call: datetime, start: datetime, end: datetime, there: list[datetime]
) -> None:
    found = moved(call.astimezone(UTC), start, end, PARIS)
    assert [at.astimezone(PARIS) for at in found] == there
    assert all(
        (at.astimezone(PARIS).replace(tzinfo=None) - call.replace(tzinfo=None)) % timedelta(days=7) == timedelta()
        for at in found
    )
