"""What became of a request, whatever order its events are handed over in."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from callbacks import going_home
from callbacks.figures import course
from callbacks.figures.course import Happening, Watched
from callbacks.kinds import clocks
from callbacks.states import State
from scheduling.opening import Opening

FILED = datetime(2026, 11, 23, 10, tzinfo=UTC)
DUE = FILED + timedelta(hours=24)


def after(hours: float, kind: str, said: str = "") -> Happening:
    return Happening(FILED + timedelta(hours=hours), kind, said)


def watched(hours: float = 500) -> Watched:
    return Watched.at(FILED + timedelta(hours=hours), FILED, DUE)


def went(*happenings: Happening, hours: float = 500) -> course.Course:
    return course.course(happenings, watched(hours).until)


def hours(at: datetime | None) -> float | None:
    return None if at is None else (at - FILED) / timedelta(hours=1)


REACHED = (
    after(1, "claimed"),
    after(2, "attempted", "busy"),
    after(3, "attempted", "reached"),
    after(3, "done", "CONSEIL"),
)


def test_the_call_before_the_latest_discharge_that_is_taken_comes_due_while_it_is_watched() -> None:
    planned, clock = FILED + going_home.AHEAD, clocks.parse("30m before event, else 4h open, 24h at most")
    due = clocks.due_at(clock, FILED, Opening.parse("", "Europe/Paris"), "Europe/Paris", planned)
    seen = Watched.at(FILED + timedelta(days=90), FILED, due, planned)
    assert course.late(seen, course.course([], seen.until)) == "unclaimed"


@pytest.mark.parametrize("order", [*permutations(range(4))])
def test_the_order_in_which_events_come_changes_nothing(order: tuple[int, ...]) -> None:
    found = went(*(REACHED[place] for place in order))
    assert (hours(found.claim), hours(found.first_try), hours(found.contact), found.tries) == (1, 2, 3, 2)
    assert (found.state, found.outcome) == (State.DONE, "CONSEIL")


@pytest.mark.parametrize(
    ("happened", "first_try", "contact", "tries"),
    [
        ([], None, None, 0),
        ([after(2, "attempted", "canceled")], None, None, 0),  # the senior hung up before anybody answered
        ([after(2, "attempted", "secretariat")], 2, None, 1),  # the practice, not the doctor
        ([after(2, "answered")], 2, 2, 1),  # in writing
        ([after(5, "done", "CONSEIL")], 5, 5, 1),  # nobody noted a try
        ([after(5, "done", "DOUBLON")], None, None, 0),
        ([after(5, "done", "JOINT")], 5, 5, 1),
        ([after(5, "unreachable", "NON_JOINT")], None, None, 0),
        ([after(5, "done", "CONSEIL"), after(6, "denied"), after(6.1, "reopened")], None, None, 0),
        (
            [after(4, "attempted", "reached"), after(5, "done", "CONSEIL"), after(6, "denied")],
            4,
            None,
            1,
        ),  # a try there was
        ([after(5, "done", "CONSEIL"), after(6, "reopened")], 5, 5, 1),  # he added a message: he had been called
        ([after(505, "attempted", "reached")], None, None, 0),  # three weeks later nobody watches
    ],
)
def test_a_try_and_a_contact_are_what_the_events_say(
    happened: list[Happening], first_try: float | None, contact: float | None, tries: int
) -> None:
    found = went(*happened)
    assert (hours(found.first_try), hours(found.contact), found.tries) == (first_try, contact, tries)


@pytest.mark.parametrize(
    ("happened", "now", "late"),
    [
        ([], 23, ""),  # not due yet
        ([], 24, "unclaimed"),
        ([after(2, "claimed")], 24, "untried"),
        ([after(25, "claimed")], 30, "unclaimed"),  # too late
        ([after(24, "attempted", "no-answer")], 30, ""),  # at the last moment
        ([after(24.1, "attempted", "reached")], 30, "unclaimed"),
    ],
)
def test_a_broken_promise_has_its_cause(happened: list[Happening], now: float, late: str) -> None:
    assert course.late(watched(now), went(*happened, hours=now)) == late


def test_who_takes_his_request_back_in_time_is_owed_nothing() -> None:
    taken_back = after(2, "withdrawn", "RETIRE")
    assert course.withdrawn(watched(), went(taken_back))
    assert not course.withdrawn(watched(), went(after(1, "attempted", "busy"), taken_back))
    assert not course.withdrawn(watched(), went(after(30, "withdrawn", "RETIRE")))


def test_who_gave_up_waits_no_more() -> None:
    ended = went(after(7, "unreachable", "NON_JOINT"))
    assert hours(course.observed(watched(), ended)) == 7
    assert hours(course.observed(watched(100), went(hours=100))) == 100
    assert hours(course.observed(watched(900), went(hours=900))) == 21 * 24


@pytest.mark.parametrize(
    ("happened", "settles"),
    [
        ([], 21 * 24),
        ([after(1, "attempted", "busy")], 21 * 24),
        (list(REACHED), 24),
        ([after(9, "withdrawn", "RETIRE")], 24),
    ],
)
def test_it_settles_once_it_is_due_and_over(happened: list[Happening], settles: float) -> None:
    assert hours(course.settles(watched(), went(*happened))) == settles


@pytest.mark.parametrize(
    ("event", "end", "now", "breach"),
    [
        (None, 5, 100, None),  # nobody knows the discharge
        (-40, 5, 100, False),
        (-40, 9, 100, True),
        (-40, None, 7, None),  # not yet
        (-40, None, 9, True),
    ],
)
def test_a_letter_is_late_48_hours_after_the_discharge(
    event: float | None, end: float | None, now: float, breach: bool | None
) -> None:
    discharge = None if event is None else FILED + timedelta(hours=event)
    seen = Watched.at(FILED + timedelta(hours=now), FILED, DUE, discharge)
    happened = [] if end is None else [after(end, "done", "DOCUMENT")]
    assert course.breach(seen, course.course(happened, seen.until)) is breach
