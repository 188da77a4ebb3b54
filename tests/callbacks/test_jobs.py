"""What a job does about a request, and for what it rings after that."""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from callbacks import climb, jobs
from callbacks.jobs import JobFailed, Workshop
from callbacks.shelf import Shelf
from config import clock
from config.crypto import Box
from tests.callbacks.promised import HOUSE, MONDAY, Story
from tests.callbacks.sending import Hands, MemoryCarrier


@dataclass
class Bells:
    """Remembers what was rung for."""

    rung: list[tuple[str, Any]] = field(default_factory=list)

    def ring(self, kind: str, id: int | str) -> None:
        self.rung.append((kind, id))


@pytest.fixture
def story(database: Engine) -> Story:
    with database.begin() as conn:
        clock.start_at(conn, MONDAY, 1)  # a job reads the clock: whatever day it is today, no rung is due yet
    return Story(database)


@pytest.fixture
def bells() -> Bells:
    return Bells()


@pytest.fixture
def shop(database: Engine, tmp_path: Path, bells: Bells) -> Workshop:
    return Workshop(
        database,
        MemoryCarrier(now=Hands(database).now),
        HOUSE,
        Shelf(tmp_path, Box([b"1" * 32])),
        bells,
        partial(climb.climb, house=HOUSE),
        partial(climb.alert_failed, house=HOUSE),
    )


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs(processors=[merge_contextvars]) as logs:
        yield logs


def waiting(story: Story) -> list[int]:
    """What was written for the last request, and could leave now."""
    due = "update outbox set due_at = app_now() - interval '1 minute' where request_id = :id returning id"
    with story.engine.begin() as conn:
        return sorted(conn.execute(text(due), {"id": story.request_id}).scalars())


def test_what_a_door_wrote_is_rung_for_though_no_rung_is_due(story: Story, shop: Workshop, bells: Bells) -> None:
    story.files()
    written = waiting(story)
    jobs.run(shop, "climb", story.request_id)
    assert len(written) == 2
    assert bells.rung == [("deliver", each) for each in written]


def test_who_finds_a_request_climbed_already_leaves_the_ring_to_who_climbed_it(
    story: Story, shop: Workshop, bells: Bells
) -> None:
    story.files()
    assert waiting(story)
    assert not jobs.climbs(shop, story.request_id)
    assert bells.rung == []


def test_that_a_rung_was_climbed_is_said_once_it_is_committed(
    story: Story, shop: Workshop, logged: list[MutableMapping[str, Any]]
) -> None:
    story.files(ended=False)
    with story.engine.begin() as conn:
        conn.execute(text("update requests set next_step_at = app_now() - interval '1 second'"))
        conn.execute(text(_FULL_UP))
        conn.execute(text(_REFUSE))
    with pytest.raises(JobFailed):
        jobs.climbs(shop, story.request_id)
    assert [each["event"] for each in logged] == ["job.failed"]
    with story.engine.begin() as conn:
        conn.execute(text("drop trigger full_up on events"))
    assert jobs.climbs(shop, story.request_id)
    said = logged[-1]
    assert (said["event"], said["rung"], said["told"]) == ("rung.climbed", "first", 1)
    assert said["request"] == story.request_id
    assert said["story"]


_FULL_UP = "create function full_up() returns trigger language plpgsql as $$ begin raise 'full up'; end $$"
_REFUSE = """create constraint trigger full_up after insert on events deferrable initially deferred
    for each row execute function full_up()"""
