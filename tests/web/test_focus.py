"""The one thing that the page of a request asks of who looks at it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from callbacks.bridge import NOT_RUNG, Bridge
from callbacks.sheet import Sheet
from callbacks.trying import Result, Tried
from web import focus
from web.focus import Focus

AMELIE, BRUNO, CHLOE = 1, 2, 3
NOON = datetime(2027, 3, 15, 11, tzinfo=UTC)  # in Paris; a Monday
OPEN = Sheet(
    id=7,
    reference="724193",
    ward_id=1,
    state="open",
    channel="voice",
    reach="now",
    created_at=NOON - timedelta(hours=4),
    due_at=NOON + timedelta(hours=20),
    closed_at=None,
    outcome=None,
    claimed_by=None,
    claimed_at=None,
    claimer=None,
    offered_to=None,
    asked=None,
    retry_at=None,
    retry_reason=None,
    caller="+33639980011",
    practitioner=None,
    ward="Cardiologie",
    hospital="Cochin",
    timezone="Europe/Paris",
    parts=(),
)
HERS = replace(OPEN, state="claimed", claimed_by=AMELIE, claimed_at=NOON, claimer="Amélie Durand")
DONE = replace(HERS, state="done", closed_at=NOON, outcome="CONSEIL")


def bridge(person_id: int, outcome: str | None = None, minutes: float = 1) -> Bridge:
    """A callback asked for so many minutes after noon; over a minute later, if it has an outcome."""
    at = NOON + timedelta(minutes=minutes)
    ended = at + timedelta(minutes=1) if outcome else None
    values: dict[str, object] = dict.fromkeys(Bridge.__dataclass_fields__)
    values |= {"id": uuid4(), "request_id": 7, "person_id": person_id, "how": "page", "asked_at": at, "asked_real": at}
    return Bridge(**(values | {"ended_at": ended, "outcome": outcome}))  # type: ignore[arg-type]


def tried(result: Result, by: int = AMELIE, minutes: float = 5) -> Tried:
    return Tried(NOON + timedelta(minutes=minutes), result, by)


@pytest.mark.parametrize(
    ("sheet", "last", "tries", "found"),
    [
        (OPEN, None, [], Focus.READY),
        (HERS, None, [], Focus.READY),
        (DONE, None, [], Focus.CLOSED),
        (DONE, bridge(AMELIE), [], Focus.CLOSED),
        (replace(HERS, claimed_by=BRUNO), None, [], Focus.THEIRS),
        (replace(HERS, claimed_by=BRUNO, offered_to=AMELIE), None, [], Focus.ASKED),
        (replace(HERS, claimed_by=BRUNO, offered_to=CHLOE), None, [], Focus.THEIRS),
        (replace(HERS, offered_to=BRUNO), None, [], Focus.READY),
        (replace(OPEN, offered_to=AMELIE), None, [], Focus.ASKED),
        (replace(OPEN, offered_to=BRUNO), None, [], Focus.READY),
        (HERS, bridge(AMELIE), [], Focus.CALLING),
        (replace(HERS, claimed_by=BRUNO), bridge(BRUNO), [], Focus.THEIRS),
        (HERS, bridge(AMELIE, NOT_RUNG), [], Focus.READY),
        (HERS, bridge(AMELIE, Result.CANCELED), [], Focus.READY),
        (HERS, bridge(AMELIE, Result.REACHED), [], Focus.TALKED),
        (HERS, bridge(AMELIE, Result.NO_ANSWER), [], Focus.MISSED),
        (HERS, bridge(AMELIE, Result.REACHED), [tried(Result.NO_ANSWER)], Focus.MISSED),
        (HERS, bridge(AMELIE, Result.NO_ANSWER), [tried(Result.REACHED)], Focus.TALKED),
        (HERS, bridge(AMELIE, Result.SECRETARIAT), [tried(Result.REACHED, minutes=2)], Focus.TALKED),
        (HERS, bridge(BRUNO, Result.REACHED), [], Focus.READY),  # a colleague's, before she had it
        (HERS, bridge(AMELIE, Result.REACHED, minutes=-60), [], Focus.READY),  # before she gave it back
        (HERS, None, [tried(Result.BUSY, BRUNO)], Focus.READY),
        (HERS, None, [tried(Result.BUSY)], Focus.MISSED),
        (replace(HERS, retry_at=NOON + timedelta(hours=2)), None, [tried(Result.BUSY)], Focus.READY),
        (replace(HERS, retry_at=NOON + timedelta(hours=2)), None, [tried(Result.REACHED)], Focus.READY),  # a result
        (replace(HERS, retry_at=NOON + timedelta(hours=2)), None, [tried(Result.BUSY, minutes=130)], Focus.MISSED),
    ],
)
def test_the_page_asks_one_thing(sheet: Sheet, last: Bridge | None, tries: list[Tried], found: Focus) -> None:
    assert focus.focus(sheet, AMELIE, last, tries) is found


@pytest.mark.parametrize(
    ("tries", "found"),
    [
        ([], None),
        ([tried(Result.FAILED)], Result.FAILED),
        ([tried(Result.SECRETARIAT, BRUNO)], Result.SECRETARIAT),
        ([tried(Result.UNACCEPTED), tried(Result.NO_ANSWER)], None),
        ([tried(Result.REACHED)], None),
    ],
)
def test_a_number_that_leads_to_no_doctor_is_known_before_it_is_called_again(
    tries: list[Tried], found: Result | None
) -> None:
    assert focus.warning(tries) is found


@pytest.mark.dates
@pytest.mark.parametrize(
    ("reach", "hour", "due", "first"),
    [
        ("now", 12, 20, "15 14:00"),  # two hours after a try
        ("noon", 12, 30, "16 12:15"),  # this noon was tried
        ("evening", 12, 20, "15 18:15"),
        ("evening", 12, 3, "15 12:30"),  # too late for his window: soon
        ("noon", 12, -1, None),  # past the deadline nothing is put off any more
        ("now", 12, 0.05, None),
    ],
)
def test_what_is_proposed_is_in_his_window_and_inside_the_promise(
    reach: str, hour: int, due: float, first: str | None
) -> None:
    sheet = replace(HERS, reach=reach, due_at=NOON + timedelta(hours=due))
    found = focus.times(sheet, [tried(Result.NO_ANSWER, minutes=0)], NOON)
    assert [f"{at.astimezone(sheet.tz):%d %H:%M}" for at in found[:1]] == ([first] if first else [])
    assert all(NOON < at < sheet.due_at for at in found)
    assert len(set(found)) == len(found)
    assert found[1:] == sorted(found[1:])


@pytest.mark.parametrize(
    ("at", "shown"), [("12:00:00", "12:00"), ("12:00:01", "12:05"), ("12:04:59", "12:05"), ("12:57:30", "13:00")]
)
def test_times_are_those_of_a_clock_on_a_wall(at: str, shown: str) -> None:
    assert f"{focus.rounded(datetime.fromisoformat(f'2027-03-15T{at}+00:00')):%H:%M}" == shown
