"""A promise that nobody keeps, a second being half an hour: everybody hears of it in order, the GP of its end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.contract.conftest import installed, quiet_hospital
from tests.contract.hospital import AMELIE, BRUNO, COORDINATOR, HEAD
from tests.contract.installation import Installation, wait_until
from tests.contract.people import Caller, Telephone

pytestmark = pytest.mark.timeout(400)

GP = "+33639980160"
QUIET_HOURS = timedelta(hours=12)
PACE = 1800  # twice as fast, and a tick that has to wait three seconds for a busy machine is two hours late
WHOLE_PROMISE = 150.0  # seconds of real time for 24 hours, a night and four more, on a busy machine


@dataclass
class Story:
    """What was sent about one request, in the order it was written."""

    request: dict[str, Any]
    messages: list[dict[str, Any]]

    def first(self, recipient: str, **wanted: str) -> datetime:
        """When somebody was first told; AssertionError when never."""
        for row in self.messages:
            if row["to"] == recipient and wanted.items() <= row.items():
                return datetime.fromisoformat(row["created_at"])
        raise AssertionError(f"{recipient} was never told {wanted}: {self.messages}")

    @property
    def due(self) -> datetime:
        return datetime.fromisoformat(self.request["due_at"])


@pytest.fixture(scope="module")
def story(own_servers: Mapping[str, str]) -> Iterator[Story]:
    """At whatever hour it begins: that depends on how long the machine takes for what comes before."""
    with installed({"RAPPEL24_CLOCK_RATE": str(PACE), **own_servers}) as line, quiet_hospital(line.carrier):
        line.serve()
        line.bring_in_the_hospital("wards", "seniors", "rota")
        gp = Telephone(GP)
        line.carrier.connect(gp)
        line.carrier.dials(Caller(GP, ["633#"]))
        wait_until(lambda: len(apologies(gp)) and past_due_twice(line), WHOLE_PROMISE, lambda: str(gp.texts))
        (request,) = line.export("requests")
        story = Story(request, sorted(line.export("messages"), key=created_at_and_purpose))
        assert line.stop() == 0
        yield story


def created_at_and_purpose(row: dict[str, Any]) -> tuple[str, str]:
    """The alert before the confirmation that was written with it."""
    return row["created_at"], row["purpose"]


def apologies(gp: Telephone) -> list[str]:
    """All he was texted after the confirmation."""
    return [text.body for text in gp.texts][1:]


def past_due_twice(line: Installation) -> bool:
    """Both were told before the deadline, at it and four hours later: as many texts as make that sure."""
    return all(len(line.carrier.telephones[who].texts) >= 3 for who in (HEAD, COORDINATOR))


def test_rank_1_is_told_first_and_again_by_voice(story: Story) -> None:
    made = datetime.fromisoformat(story.request["created_at"])
    assert story.first(AMELIE, channel="sms") == created(story.messages[0])
    assert story.first(AMELIE, channel="call") - made >= timedelta(minutes=30)
    assert story.first(AMELIE, channel="call") < story.first(BRUNO)


def test_each_hears_of_it_in_his_turn_and_the_heads_before_the_deadline(story: Story) -> None:
    told = [story.first(who) for who in (AMELIE, BRUNO, HEAD, COORDINATOR)]
    assert told == sorted(told)
    assert told[-1] < story.due


def test_the_head_is_told_by_sms_and_by_voice(story: Story) -> None:
    assert story.first(HEAD, channel="sms") < story.due
    assert story.first(HEAD, channel="call") < story.due


def test_the_gp_gets_one_confirmation_then_one_apology_and_not_before_the_deadline(story: Story) -> None:
    to_gp = [row for row in story.messages if row["to"] == GP]
    assert [row["purpose"] for row in to_gp] == ["confirmation", "apology"]
    assert datetime.fromisoformat(to_gp[1]["created_at"]) >= story.due
    assert {row["state"] for row in to_gp} == {"delivered"}


def test_after_the_deadline_head_and_coordinator_are_told_and_told_again_four_hours_later(story: Story) -> None:
    for who in (HEAD, COORDINATOR):
        late = sorted(created(row) for row in story.messages if row["to"] == who and created(row) >= story.due)
        assert late[0] - story.due < QUIET_HOURS + timedelta(hours=2)
        assert late[-1] - late[0] >= timedelta(hours=4)


def test_the_deadline_never_moves(story: Story) -> None:
    assert story.due - datetime.fromisoformat(story.request["created_at"]) == timedelta(hours=24)
    assert (story.request["state"], story.request["claimed_by"]) == ("open", None)


def created(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["created_at"])
