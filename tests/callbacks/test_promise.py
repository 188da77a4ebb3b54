"""The promise (design 3), sentence by sentence: when each rung comes, and who is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callbacks import promise
from callbacks.ladder import Channel, Role
from callbacks.promise import Cover
from callbacks.quiet import by_day, quiet_hours
from scheduling.rota import OnCall, Person, Shift
from tests.callbacks.rotas import (
    AMELIE,
    BRUNO,
    CHLOE,
    DAY,
    DENIS,
    EMMA,
    LADDER,
    PARIS,
    Climbed,
    always,
    claimed,
    cover,
    left_alone,
    paris,
    person,
    request,
    ward,
)

pytestmark = pytest.mark.dates

WEEK = "mon-fri 08:30-18:30"
USUAL = cover([ward()], always(AMELIE, BRUNO))
CLOSED_AT_NIGHT = cover([ward(opening=WEEK)], always(AMELIE, BRUNO))
COVERED = cover([ward(opening=WEEK, covered_by=2), ward(2)], always(AMELIE, BRUNO) + always(EMMA, ward_id=2))
NOBODY = cover([ward()], [])


def story(
    created_at: datetime, on_call: Cover, rungs: int = 7, claim: tuple[Person, datetime] | None = None
) -> list[str]:
    """The promise left alone, a line a rung: when (local), which, who, and when that person hears it if later."""
    return [line(climbed) for climbed in islice(left_alone(request(created_at), on_call, claim=claim), rungs)]


def line(climbed: Climbed) -> str:
    return f"{local(climbed.at)} {climbed.rung}: {', '.join(told(climbed))}"


def told(climbed: Climbed) -> list[str]:
    later = [f" at {local(alert.at)}" if alert.at > climbed.at else "" for alert in climbed.alerts]
    return [words + wait for words, wait in zip(climbed.told, later, strict=True)]


def local(at: datetime) -> str:
    return f"{at.astimezone(PARIS):%a %H:%M}"


def test_a_promise_left_alone_climbs_the_whole_ladder() -> None:
    assert story(paris(23, 11), USUAL, rungs=9) == [
        "Mon 11:00 first: Amélie sms",
        "Mon 11:30 again: Amélie call",
        "Mon 17:00 second: Bruno sms",
        "Mon 23:00 both: Amélie sms, Bruno sms",  # both are on shift: no hour is quiet for them
        "Tue 08:00 head: Chloé sms, Chloé call",  # 75 % is at 05:00
        "Tue 08:36 coordinator: Denis sms",
        "Tue 11:00 due: Chloé sms, Denis sms",
        "Tue 15:00 due: Chloé sms, Denis sms",
        "Tue 19:00 due: Chloé sms, Denis sms",
    ]


QUIET = {
    "moved to their end, the next ten minutes later; a deadline two hours after it leaves just enough": (
        paris(23, 10),
        ["Tue 08:00 head", "Tue 08:10 coordinator", "Tue 10:00 due"],
    ),
    "a deadline a minute sooner does not: half an hour before their start, and what is below comes along": (
        paris(23, 9, 59),
        ["Mon 19:20 both", "Mon 19:30 head", "Mon 19:40 coordinator", "Tue 09:59 due"],
    ),
    "a deadline in the night": (
        paris(23, 3),
        ["Mon 15:00 both", "Mon 19:30 head", "Mon 19:40 coordinator", "Tue 03:00 due"],
    ),
    "only the coordinator's share falls in them": (
        paris(23, 23),
        ["Tue 11:00 both", "Tue 17:00 head", "Tue 19:30 coordinator", "Tue 23:00 due"],
    ),
    "at 20:00 they have begun": (
        paris(23, 2),
        ["Mon 14:00 both", "Mon 19:30 head", "Mon 19:40 coordinator", "Tue 02:00 due"],
    ),
    "at 19:59 they have not, but the head makes room for the coordinator": (
        paris(23, 1, 59),
        ["Mon 13:59 both", "Mon 19:20 head", "Mon 19:30 coordinator", "Tue 01:59 due"],
    ),
}


@pytest.mark.parametrize(("created_at", "expected"), QUIET.values(), ids=QUIET)
def test_quiet_hours_move_what_is_above_the_rota(created_at: datetime, expected: list[str]) -> None:
    found = [f"{local(climbed.at)} {climbed.rung}" for climbed in islice(left_alone(request(created_at), USUAL), 7)]
    assert found[-len(expected) :] == expected


def test_the_deadline_in_the_night_is_told_now_and_again_by_day() -> None:
    deadline, first_repeat, second_repeat = story(paris(23, 3), USUAL, rungs=9)[6:]
    assert deadline == "Tue 03:00 due: Chloé sms, Denis sms"
    assert first_repeat == "Tue 08:00 due: Chloé sms, Denis sms"  # 07:00 would wake them, and can save nothing
    assert second_repeat == "Tue 12:00 due: Chloé sms, Denis sms"


def test_the_first_alert_of_a_request_wakes_the_one_who_is_on_call() -> None:
    assert story(paris(23, 2, 30), USUAL, rungs=2) == ["Mon 02:30 first: Amélie sms", "Mon 03:00 again: Amélie call"]


def test_no_first_alert_waits_for_the_morning_whoever_a_ladder_sends_it_to() -> None:
    first = replace(LADDER.rungs[0], nobody=(Role.COORDINATOR,))
    night = paris(23, 2, 30)
    (alert,) = promise.who(first, request(night), NOBODY(night), night)
    assert (alert.person, alert.at) == (DENIS, night)


def test_a_head_on_the_rota_is_on_shift_like_anyone() -> None:
    chloe_on_call = cover([ward()], always(AMELIE, CHLOE))
    assert story(paris(23, 11), chloe_on_call)[4] == "Tue 05:00 head: Chloé sms, Chloé call"


# A closed ward ----------------------------------------------------------------------------------------------------


def test_a_closed_ward_with_cover_is_answered_by_who_covers_but_keeps_its_head() -> None:
    assert story(paris(27, 19), COVERED) == [
        "Fri 19:00 first: Emma sms",
        "Fri 19:30 again: Emma call",  # somebody answers the line: these are opening hours
        "Sat 01:00 second: Emma sms",
        "Sat 07:00 both: Emma sms",
        "Sat 13:00 head: Chloé sms, Chloé call",
        "Sat 16:36 coordinator: Denis sms",
        "Sat 19:00 due: Chloé sms, Denis sms",
    ]


def test_a_closed_ward_that_opens_in_time_is_told_when_it_opens() -> None:
    assert story(paris(26, 19), CLOSED_AT_NIGHT) == [
        "Fri 08:30 first: Amélie sms",
        "Fri 09:00 again: Amélie call",
        "Fri 09:10 second: Bruno sms",
        "Fri 09:20 both: Amélie sms, Bruno sms",
        "Fri 13:00 head: Chloé sms, Chloé call",
        "Fri 16:36 coordinator: Denis sms",
        "Fri 19:00 due: Chloé sms, Denis sms",
    ]


# Opening Saturday at 08:30 leaves six hours of a promise that ends at 14:30, and 5:59 of one that ends a minute sooner.
SIX_HOURS = [
    (paris(27, 14, 30), "Sat 08:30 first: Amélie sms"),
    (paris(27, 14, 29), "Fri 14:29 first: Chloé sms"),
]


@pytest.mark.parametrize(("created_at", "first"), SIX_HOURS)
def test_the_first_rung_waits_for_opening_if_that_leaves_six_hours(created_at: datetime, first: str) -> None:
    on_saturday = cover([ward(opening="sat 08:30-12:30")], always(AMELIE, BRUNO))
    assert story(created_at, on_saturday, rungs=1) == [first]


def test_a_ward_closed_for_the_weekend_has_its_head_told_by_day() -> None:
    assert story(paris(27, 20, 30), CLOSED_AT_NIGHT) == [
        "Sat 08:00 first: Chloé sms",
        "Sat 08:10 second: Chloé sms",  # no voice alert: opening hours are two days away
        "Sat 08:30 both: Chloé sms, Denis sms",
        "Sat 14:30 head: Chloé sms, Chloé call",
        "Sat 18:06 coordinator: Denis sms",
        "Sat 20:30 due: Chloé sms, Denis sms",
        "Sun 08:00 due: Chloé sms, Denis sms",
    ]


AGAIN = {
    "half an hour of an open ward": (paris(23, 14), CLOSED_AT_NIGHT, "Mon 14:30 again: Amélie call"),
    "a quarter of an hour before closing, the rest at opening": (
        paris(23, 18, 15),
        CLOSED_AT_NIGHT,
        "Tue 08:45 again: Amélie call",
    ),
    "closing time, and another ward goes on": (paris(23, 18, 15), COVERED, "Mon 18:45 again: Emma call"),
    "the lunch hour does not count": (
        paris(23, 12, 20),
        cover([ward(opening="mon-fri 08:30-12:30, 14:00-18:30")], always(AMELIE)),
        "Mon 14:20 again: Amélie call",
    ),
}


@pytest.mark.parametrize(("created_at", "on_call", "expected"), AGAIN.values(), ids=AGAIN)
def test_the_voice_alert_comes_after_half_an_hour_of_opening(
    created_at: datetime, on_call: Cover, expected: str
) -> None:
    assert story(created_at, on_call, rungs=2)[1] == expected


# Nobody on call, somebody missing ---------------------------------------------------------------------------------


def test_nobody_on_call_is_an_answer_the_head_is_told_at_once_then_the_coordinator() -> None:
    assert story(paris(23, 22), NOBODY) == [
        "Mon 22:00 first: Chloé sms",
        "Mon 22:30 again: Chloé call, Denis call at Tue 08:00",  # the head's hours are not quiet, the coordinator's are
        "Tue 04:00 second: Chloé sms",
        "Tue 10:00 both: Chloé sms, Denis sms",
        "Tue 16:00 head: Chloé sms, Chloé call",
        "Tue 19:36 coordinator: Denis sms",
        "Tue 22:00 due: Chloé sms, Denis sms",
    ]


MISSING = {
    "no head": (
        cover([ward(head=None)], always(AMELIE, BRUNO)),
        ["head: Denis sms, Denis call", "coordinator: Denis sms", "due: Denis sms"],
    ),
    "no coordinator": (
        cover([ward(coordinator=None)], always(AMELIE, BRUNO)),
        ["head: Chloé sms, Chloé call", "coordinator: house sms", "due: Chloé sms, house sms"],
    ),
    "neither": (
        cover([ward(head=None, coordinator=None)], always(AMELIE, BRUNO)),
        ["head: house sms, house call", "coordinator: house sms", "due: house sms"],
    ),
    "a rota of one": (
        cover([ward()], always(AMELIE)),
        ["second: Amélie sms", "both: Amélie sms", "head: Chloé sms, Chloé call", "coordinator: Denis sms"],
    ),
    "nobody on call and no head": (
        cover([ward(head=None)], []),
        ["first: Denis sms", "again: Denis call", "second: Denis sms", "both: Denis sms"],
    ),
    "nobody at all": (
        cover([ward(head=None, coordinator=None)], []),
        ["first: house sms", "again: house call", "second: house sms", "both: house sms"],
    ),
}


@pytest.mark.parametrize(("on_call", "expected"), MISSING.values(), ids=MISSING)
def test_who_is_missing_is_skipped_upward(on_call: Cover, expected: list[str]) -> None:
    lines = [text[len("Mon 12:00 ") :] for text in story(paris(23, 11), on_call)]
    assert [text for text in lines if text.split(":")[0] in {each.split(":")[0] for each in expected}] == expected


LANDLINE = person(6, "Farid", phone="+33199000006")
STOPPED = person(7, "Gaëlle", opted_out=True)


@pytest.mark.parametrize("senior", [LANDLINE, STOPPED], ids=["a landline", "texted STOP"])
def test_who_cannot_be_texted_is_phoned(senior: Person) -> None:
    on_call = cover([ward(head=senior)], always(senior))
    first, *_, head = islice(left_alone(request(paris(23, 11)), on_call), 5)
    assert [alert.channel for alert in first.alerts] == [Channel.CALL]
    assert [alert.channel for alert in head.alerts] == [Channel.CALL]  # one call, not two


# Claimed but not done ---------------------------------------------------------------------------------------------


def test_the_claimer_is_reminded_then_the_ladder_goes_on_above_him() -> None:
    assert story(paris(23, 11), USUAL, claim=(AMELIE, paris(23, 12))) == [
        "Mon 11:00 first: Amélie sms",
        "Mon 11:30 again: Amélie call",
        "Mon 17:00 second: Amélie sms",
        "Mon 23:00 both: Amélie sms, Bruno sms",
        "Tue 08:00 head: Amélie sms, Chloé sms, Chloé call",
        "Tue 08:36 coordinator: Amélie sms, Denis sms",
        "Tue 11:00 due: Amélie sms, Chloé sms, Denis sms",
    ]


CLAIMERS = {
    "who claims before anybody was alerted is reminded first": (
        (BRUNO, paris(23, 11)),
        ["Mon 17:00 second: Bruno sms", "Mon 23:00 both: Bruno sms"],
    ),
    "who is off duty in the night is not woken by his reminder": (
        (EMMA, paris(23, 18)),
        ["Tue 08:00 both: Emma sms", "Tue 08:10 head: Emma sms, Chloé sms, Chloé call"],
    ),
    "the head has nobody but the coordinator above her": (
        (CHLOE, paris(24, 8, 30)),
        ["Tue 08:36 coordinator: Chloé sms, Denis sms", "Tue 11:00 due: Chloé sms, Denis sms"],
    ),
    "the head learns of what the coordinator has in hand": (
        (DENIS, paris(24, 7)),
        ["Tue 08:00 head: Denis sms, Chloé sms, Chloé call", "Tue 08:36 coordinator: Denis sms"],
    ),
    "a late claim does not hide the request from the head": (
        (AMELIE, paris(24, 7, 59)),
        ["Tue 08:00 head: Amélie sms, Chloé sms, Chloé call", "Tue 08:36 coordinator: Amélie sms, Denis sms"],
    ),
}


@pytest.mark.parametrize(("claim", "expected"), CLAIMERS.values(), ids=CLAIMERS)
def test_claimed_but_not_done(claim: tuple[Person, datetime], expected: list[str]) -> None:
    climbs = islice(left_alone(request(paris(23, 11)), USUAL, claim=claim), 8)
    assert [line(climbed) for climbed in climbs if climbed.at > claim[1]][: len(expected)] == expected


def test_a_claim_of_the_morning_does_not_wake_the_head_for_a_deadline_of_the_morning() -> None:
    lines = story(paris(23, 9), USUAL, claim=(AMELIE, paris(23, 9, 30)))
    assert "Mon 19:30 head: Amélie sms, Chloé sms, Chloé call" in lines


# Hurry ------------------------------------------------------------------------------------------------------------


def test_an_alert_that_did_not_arrive_brings_the_next_rung_ten_minutes_after_the_last() -> None:
    climbed_at = paris(23, 11)
    view = request(
        climbed_at, last_rung="first", climbed_at=climbed_at, next_rung="again", next_step_at=paris(23, 11, 30)
    )
    soon = promise.hurried(view, USUAL, LADDER, paris(23, 11, 3))
    assert soon == promise.Step("again", paris(23, 11, 10).astimezone(UTC))
    late = promise.hurried(view, USUAL, LADDER, paris(23, 11, 25))
    assert late == promise.Step("again", paris(23, 11, 25).astimezone(UTC))


def test_a_lost_alert_wakes_nobody_who_is_off_duty_and_never_brings_the_deadline_forward() -> None:
    at = paris(23, 23)
    view = request(paris(23, 11), last_rung="both", climbed_at=at, next_rung="head", next_step_at=paris(24, 8, 5))
    assert promise.hurried(view, USUAL, LADDER, at) == promise.Step("head", paris(24, 8).astimezone(UTC))
    last = request(paris(23, 11), last_rung="coordinator", climbed_at=at, next_rung="due", next_step_at=paris(24, 11))
    assert promise.hurried(last, USUAL, LADDER, at) is None


# Put off, and given back late ---------------------------------------------------------------------------------------

FILED = paris(23, 11)
FIRST_AT_ONCE = {"last_rung": "first", "climbed_at": FILED}


def put_off(until: datetime, by: Person = AMELIE, **changes: object) -> list[str]:
    """Claimed at noon and put off: what its ladder does for a day and a quarter, if nobody does anything more."""
    view = claimed(request(FILED, **FIRST_AT_ONCE), by, paris(23, 12))
    step = promise.next_step(view, USUAL, LADDER, paris(23, 12))
    view = replace(view, next_rung=step.rung, next_step_at=step.at, retry_at=until, **changes)  # type: ignore[arg-type]
    return [line(climbed) for climbed in islice(left_alone(view, USUAL), 5)]


ABOVE = [
    "Tue 08:00 head: Amélie sms, Chloé sms, Chloé call",
    "Tue 08:36 coordinator: Amélie sms, Denis sms",
    "Tue 11:00 due: Amélie sms, Chloé sms, Denis sms",
    "Tue 15:00 due: Amélie sms, Chloé sms, Denis sms",
]
RETRIES = {
    "before any rung: all of them": (
        paris(23, 16),
        ["Mon 17:00 second: Amélie sms", "Mon 23:00 both: Amélie sms, Bruno sms", *ABOVE],
    ),
    "at a rung: that one too": (
        paris(23, 17),
        ["Mon 17:00 second: Amélie sms", "Mon 23:00 both: Amélie sms, Bruno sms", *ABOVE],
    ),
    "after a rung of hers: the next is the first that reminds her": (
        paris(23, 18),
        ["Mon 23:00 both: Amélie sms", *ABOVE],
    ),
    "after both: neither": (paris(24, 7), ABOVE),
    "until just before the deadline: the head and the coordinator hear of it as ever": (paris(24, 10, 59), ABOVE),
}


@pytest.mark.parametrize(("until", "expected"), RETRIES.values(), ids=RETRIES)
def test_nobody_below_the_head_is_reminded_of_what_is_put_off(until: datetime, expected: list[str]) -> None:
    assert put_off(until)[: len(expected)] == expected[:5]


def test_a_rung_that_tells_the_head_besides_is_never_put_off() -> None:
    both = replace(LADDER.find("both") or LADDER.last, to=(Role.SENIOR, Role.HEAD))
    ladder = replace(LADDER, rungs=tuple(both if rung.name == "both" else rung for rung in LADDER.rungs))
    view = replace(claimed(request(FILED, **FIRST_AT_ONCE), AMELIE, FILED), retry_at=paris(24, 10))
    assert [step.rung for step in promise.plan(view, USUAL, ladder, FILED)] == ["both", "head", "coordinator", "due"]


def test_what_is_put_off_counts_only_in_the_hands_of_who_has_it() -> None:
    given_back = request(FILED, **FIRST_AT_ONCE, next_rung="second", next_step_at=paris(23, 17), retry_at=paris(24, 7))
    assert line(next(left_alone(given_back, USUAL))) == "Mon 17:00 second: Bruno sms"


# Given back, or opened again, at that minute: the rung that comes at once, and what is told before the deadline.
LATE = {
    "time enough": (
        paris(24, 9),
        [
            "Tue 09:00 second: Bruno sms",
            "Tue 09:10 both: Amélie sms, Bruno sms",
            "Tue 09:20 head: Chloé sms, Chloé call",
            "Tue 09:30 coordinator: Denis sms",
        ],
    ),
    "forty minutes: just enough": (
        paris(24, 10, 20),
        [
            "Tue 10:20 second: Bruno sms",
            "Tue 10:30 both: Amélie sms, Bruno sms",
            "Tue 10:40 head: Chloé sms, Chloé call",
            "Tue 10:50 coordinator: Denis sms",
        ],
    ),
    "no room for both": (
        paris(24, 10, 25),
        ["Tue 10:25 second: Bruno sms", "Tue 10:35 head: Chloé sms, Chloé call", "Tue 10:45 coordinator: Denis sms"],
    ),
    "room for one: the head": (
        paris(24, 10, 40),
        ["Tue 10:40 second: Bruno sms", "Tue 10:50 head: Chloé sms, Chloé call"],
    ),
    "none": (paris(24, 10, 50), ["Tue 10:50 second: Bruno sms"]),
}


@pytest.mark.parametrize(("at", "expected"), LATE.values(), ids=LATE)
def test_what_comes_late_pushes_nothing_past_the_deadline(at: datetime, expected: list[str]) -> None:
    view = request(FILED, **FIRST_AT_ONCE, next_rung="second", next_step_at=at)
    lines = [line(climbed) for climbed in islice(left_alone(view, USUAL), len(expected) + 1)]
    assert lines == [*expected, "Tue 11:00 due: Chloé sms, Denis sms"]


def test_in_the_last_ten_minutes_the_deadline_keeps_its_distance_to_the_rung_before() -> None:
    view = request(FILED, **FIRST_AT_ONCE, next_rung="second", next_step_at=paris(24, 10, 55))
    assert [line(climbed) for climbed in islice(left_alone(view, USUAL), 2)] == [
        "Tue 10:55 second: Bruno sms",
        "Tue 11:05 due: Chloé sms, Denis sms",
    ]


# Elapsed time -----------------------------------------------------------------------------------------------------

CLOCK_CHANGES = [
    (datetime(2027, 3, 27, 12, 0, tzinfo=PARIS), "Sun 13:00"),  # the night has 23 hours
    (datetime(2027, 10, 30, 12, 0, tzinfo=PARIS), "Sun 11:00"),  # and this one 25
    (datetime(2027, 6, 1, 12, 0, tzinfo=PARIS), "Wed 12:00"),
]


@pytest.mark.parametrize(("created_at", "due"), CLOCK_CHANGES)
def test_twenty_four_hours_are_elapsed_time(created_at: datetime, due: str) -> None:
    deadline = promise.due_at(created_at)
    assert deadline - created_at.astimezone(UTC) == DAY
    assert local(deadline) == due


def test_quiet_hours_are_the_hours_of_the_wall_clock() -> None:
    spring = quiet_hours(datetime(2027, 3, 28, 1, 0, tzinfo=PARIS), PARIS)
    autumn = quiet_hours(datetime(2027, 10, 31, 1, 0, tzinfo=PARIS), PARIS)
    assert spring is not None
    assert autumn is not None
    assert (spring[1] - spring[0], autumn[1] - autumn[0]) == (timedelta(hours=11), timedelta(hours=13))
    assert local(by_day(datetime(2027, 3, 28, 2, 59, tzinfo=PARIS), PARIS)) == "Sun 08:00"


# Properties -------------------------------------------------------------------------------------------------------

PEOPLE = (AMELIE, BRUNO, CHLOE, DENIS, EMMA)
OPENINGS = ("", WEEK, "mon-fri 08:30-12:30, 14:00-18:30", "sat 08:30-12:30", "mon-sun 20:00-08:00")
# Around both clock changes, the weekend of a public holiday, and an ordinary week.
STARTS = [datetime(*day, tzinfo=UTC) for day in ((2027, 3, 26), (2027, 10, 29), (2027, 5, 5), (2026, 11, 23))]
INSTANTS = st.builds(
    lambda start, minutes: start + timedelta(minutes=minutes), st.sampled_from(STARTS), st.integers(0, 4 * 24 * 60)
)


@st.composite
def covers(draw: st.DrawFn) -> Cover:
    """Any ward: its hours, its cover, people missing, a rota with changes of shift and holes."""
    covered = draw(st.booleans())
    own = ward(
        opening=draw(st.sampled_from(OPENINGS)),
        covered_by=2 if covered else None,
        head=draw(st.sampled_from((CHLOE, CHLOE, None))),
        coordinator=draw(st.sampled_from((DENIS, DENIS, None))),
    )
    shifts = []
    for rank in draw(st.sampled_from(((), (1,), (1, 2)))):
        at = datetime(2026, 11, 1, tzinfo=UTC)
        for hours, senior in draw(st.lists(st.tuples(st.integers(9, 40), st.sampled_from(PEOPLE)), max_size=4)):
            at += timedelta(hours=hours)
            shifts.append(Shift(1, rank, senior, at, at + timedelta(hours=hours)))
        shifts += [
            Shift(1, rank, PEOPLE[(rank + day) % 3], start + timedelta(days=day), start + timedelta(days=day, hours=20))
            for start in STARTS
            for day in range(-1, 7)
        ]
    chain = [own, ward(2, opening=draw(st.sampled_from(OPENINGS)))] if covered else [own]
    return cover(chain, shifts + (always(EMMA, ward_id=2) if covered else []))


CLAIMS = st.none() | st.tuples(st.sampled_from(PEOPLE), st.integers(0, 30 * 60))


@settings(max_examples=60, deadline=None)
@given(created_at=INSTANTS, on_call=covers(), by=st.sampled_from(PEOPLE), until=st.integers(1, 24 * 60 - 1))
# Quiet hours bring its rung forward, to a minute before he tries again.
@example(created_at=datetime(2027, 3, 26, 7, 11, tzinfo=UTC), on_call=USUAL, by=EMMA, until=660)
def test_whatever_is_put_off_until_when_the_head_hears_before_the_deadline(
    created_at: datetime, on_call: Cover, by: Person, until: int
) -> None:
    retry_at = created_at + timedelta(minutes=until)
    view = replace(claimed(request(created_at), by, created_at), retry_at=retry_at)
    before, after = _split(list(islice(left_alone(view, on_call), 9)))
    told = {alert.person for climbed in before for alert in climbed.alerts}
    above = [person for person in (on_call(created_at).ward.head, on_call(created_at).ward.coordinator) if person]
    assert set(above) - {by} <= told, "who is above hears as ever"
    assert after[0].at == promise.due_at(created_at), "the deadline never moves"
    seniors = {rung.name for rung in LADDER.rungs if rung.for_seniors}
    assert all(climbed.at >= retry_at for climbed in before if climbed.rung in seniors), "nobody else is told before"


@settings(max_examples=150, deadline=None)
@given(created_at=INSTANTS, on_call=covers(), claim=CLAIMS)
@example(created_at=datetime(2027, 3, 27, 8, 30, tzinfo=UTC), on_call=USUAL, claim=None)
@example(created_at=datetime(2027, 10, 30, 7, 30, tzinfo=UTC), on_call=USUAL, claim=(AMELIE, 30))
def test_whatever_the_ward_the_promise_holds(
    created_at: datetime, on_call: Cover, claim: tuple[Person, int] | None
) -> None:
    claimed_at = None if claim is None else (claim[0], created_at + timedelta(minutes=claim[1]))
    climbs = list(islice(left_alone(request(created_at), on_call, claim=claimed_at), 12))
    due = promise.due_at(created_at)
    order = [rung.name for rung in LADDER.rungs]
    before, after = _split(climbs)

    assert all(order.index(one.rung) < order.index(two.rung) for one, two in pairwise(before)), "in order"
    assert all(two.at - one.at >= promise.APART for one, two in pairwise(climbs)), "ten minutes apart"
    assert [climbed.at for climbed in after[:1]] == [due], "the deadline never moves"
    assert {climbed.rung for climbed in after} == {"due"}, "and then repeats"
    assert all(one.at + timedelta(hours=4) <= two.at <= one.at + timedelta(hours=17) for one, two in pairwise(after))
    early = [alert for climbed in before for alert in climbed.alerts if alert.at < due]
    assert any(alert.role >= Role.HEAD or alert.person in (CHLOE, DENIS) for alert in early), "the head first"
    assert all(climbed.alerts for climbed in climbs), "every rung tells somebody"
    for climbed in climbs:
        _no_night_is_broken_without_cause(climbed, on_call(climbed.at), due)


def _split(climbs: list[Climbed]) -> tuple[list[Climbed], list[Climbed]]:
    before = list(takewhile(lambda climbed: climbed.rung != "due", climbs))
    return before, climbs[len(before) :]


def _no_night_is_broken_without_cause(climbed: Climbed, on_call: OnCall, due: datetime) -> None:
    for alert in climbed.alerts:
        quiet = quiet_hours(alert.at, PARIS)
        shift = alert.person is not None and promise.on_shift(alert.person, on_call)
        assert alert.at == climbed.at or not shift, "nobody on shift is told later"
        if quiet is None or alert.person is None or shift:
            continue
        first = climbed.rung == "first" and on_call.answering is not None
        nobody = on_call.answering is not None and not on_call.seniors
        stands_for_head = alert.person == (on_call.ward.head or on_call.ward.coordinator)
        deadline = climbed.at == due
        too_late = climbed.rung != "due" and due - quiet[1] < promise.QUIET_LEAVES
        assert first or deadline or too_late or (nobody and stands_for_head), f"{alert.person.name} was woken"


@pytest.mark.parametrize(
    ("kind", "owed_for", "left"),
    [
        ("advice", timedelta(hours=24), timedelta(hours=6)),
        ("advice", timedelta(hours=8), timedelta(hours=2)),  # a hospital that promises more
        ("admission", timedelta(hours=16), timedelta(minutes=30)),  # two hours of opening time, across a night
        ("return_home", timedelta(hours=1), timedelta(minutes=15)),  # the patient leaves soon
        ("of another release", timedelta(hours=2), timedelta(minutes=30)),
    ],
)
def test_a_rung_waits_for_the_opening_while_a_quarter_of_its_own_promise_is_left(
    kind: str, owed_for: timedelta, left: timedelta
) -> None:
    asked_at = paris(23, 16)
    assert promise.room(request(asked_at, kind=kind, due_at=asked_at + owed_for)) == left
