"""What is planned for a request of each kind that nobody touches: hand-worked, to the minute."""

from datetime import datetime

import pytest

from callbacks import ladder, promise
from callbacks.kinds.kind import defaults
from tests.callbacks.rotas import AMELIE, BRUNO, PARIS, always, cover, paris, request, ward

DAYTIME = "mon-fri 08:30-18:30"
PLANS = [
    (
        "admission",
        "",
        paris(23, 11),
        [
            *("first 23 11:00", "again 23 11:15", "second 23 11:36"),
            *("head 23 12:12", "coordinator 23 12:36", "due 23 13:00"),
        ],
    ),
    (  # asked in the evening: two hours of the desk's morning, which it is told of when it opens
        "admission",
        DAYTIME,
        paris(23, 20),
        [
            *("first 24 08:30", "again 24 08:45", "second 24 08:55"),
            *("head 24 09:05", "coordinator 24 09:15", "due 24 10:30"),
        ],
    ),
    (  # a Friday evening: nobody looks for a letter on Sunday
        "letter",
        DAYTIME,
        paris(27, 17),
        ["first 27 17:00", "half 30 08:30", "head 30 08:40", "coordinator 30 13:24", "due 30 17:00"],
    ),
]


@pytest.mark.parametrize(("kind", "hours", "asked", "planned"), PLANS)
def test_a_request_that_nobody_touches_goes_up_the_ladder_of_its_kind(
    kind: str, hours: str, asked: datetime, planned: list[str]
) -> None:
    team = ward(opening=hours)
    due = defaults()[kind].due_at(asked, team.opening, team.timezone)
    view = request(asked, kind=kind, due_at=due)
    steps = promise.plan(view, cover([team], always(AMELIE, BRUNO)), ladder.load(kind=kind), asked)
    assert [f"{step.rung} {step.at.astimezone(PARIS):%d %H:%M}" for step in steps] == planned


@pytest.mark.parametrize(("kind", "minutes"), [("advice", 360), ("admission", 30), ("letter", 360), ("telepathy", 360)])
def test_a_rung_waits_for_the_team_to_open_when_a_quarter_of_the_promise_is_left(kind: str, minutes: int) -> None:
    assert promise.room(request(paris(23, 11), kind=kind)).total_seconds() == minutes * 60
