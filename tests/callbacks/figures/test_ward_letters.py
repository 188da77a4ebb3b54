"""Each Monday a line's head and coordinator read its week, once, by day; what got worse for good raises an alarm."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert, text
from structlog.testing import capture_logs

from callbacks import alarms
from callbacks.figures import keeping
from callbacks.figures.ward_letters import Watch
from callbacks.tables import calls
from config import clock
from tests.callbacks.promised import CHLOE, HOUSE, Story
from tests.callbacks.rotas import paris

MONDAY = paris(23, 9)
WRITES = replace(HOUSE, mail_address="avis@rappel24.test")
CHLOES = "chloe@cochin.test"


@pytest.fixture
def story(database: Engine) -> Story:
    """It is Monday, nine o'clock; Chloé has an address, Denis has none."""
    story = Story(database, house=WRITES)
    with database.begin() as conn:
        clock.start_at(conn, MONDAY, 1)
        conn.execute(text("update people set email = :email where phone = :phone"), {"email": CHLOES, "phone": CHLOE})
    return story


def week_of(story: Story, answered: int, at: datetime) -> None:
    """Ten GPs called, of whom so many were put through."""
    rows = [
        {
            "sid": f"CA{uuid4().hex}",
            "caller": f"+336399810{number:02}",
            "ward_id": story.ward_id,
            "result": "answered" if number < answered else "lost",
            "step": "x",
            "started_at": at,
            "ended_at": at + timedelta(minutes=4),
            "answered_at": at + timedelta(minutes=1) if number < answered else None,
        }
        for number in range(10)
    ]
    with story.engine.begin() as conn:
        conn.execute(insert(calls), rows)


def looks(story: Story, watch: Watch | None = None) -> list[tuple[str, str]]:
    """(recipient, text) of what is written now."""
    keeping.keep(story.engine)
    (watch or Watch(story.engine, story.house)).look()
    return [(message.recipient, message.body.replace("\xa0", " ")) for message in story.messages()]


def standing(story: Story) -> set[str]:
    with story.engine.begin() as conn:
        return {alarm.key for alarm in alarms.standing(conn)}


def test_the_head_of_ward_reads_the_week_once(story: Story) -> None:
    week_of(story, 8, paris(17, 10))
    [(to, body)] = looks(story)
    assert to == CHLOES
    assert "Cardiologie (Cochin), du 16/11/2026 au 22/11/2026." in body
    assert "80 % (8 sur 10)" in body
    assert "https://r24.example/figures?place=cardiologie&period=2026-W47" in body
    assert looks(story) == []  # another process, after a restart


def test_a_week_is_not_written_of_before_it_is_added_up(story: Story) -> None:
    week_of(story, 8, paris(17, 10))
    assert Watch(story.engine, story.house).look() == 0


def test_a_line_of_which_something_is_broken_stops_no_other(story: Story) -> None:
    with story.engine.begin() as conn:
        allergology = conn.execute(_ALLERGOLOGY, {"like": story.ward_id}).scalar_one()
        conn.execute(_ITS_CALL, {"ward": allergology, "at": paris(3, 10)})
    week_of(story, 8, paris(17, 10))
    keeping.keep(story.engine)
    with story.engine.begin() as conn:
        broken = conn.execute(_BREAKS, {"ward": allergology}).rowcount
    with capture_logs() as logs:
        [(to, _)] = looks(story)
    assert (broken, to) == (1, CHLOES)
    assert [(entry["event"], entry["ward"]) for entry in logs if "failed" in entry["event"]] == [
        ("ward_letter.failed", "allergologie")
    ]


_ALLERGOLOGY = text(
    "insert into wards (slug, hospital_id, name, keypad)"
    " select 'allergologie', hospital_id, 'Allergologie', '255' from wards where id = :like returning id"
)
_ITS_CALL = text(
    "insert into calls (sid, step, result, ward_id, started_at, ended_at) values ('CAx', 'x', 'lost', :ward, :at, :at)"
)
_BREAKS = text(
    "update figure_sums set sums = 'not sums' where level = 'ward' and of_id = :ward and grain = 'week'"
    " and first = '2026-11-02'"
)


def test_nobody_is_written_to_by_night(story: Story) -> None:
    week_of(story, 8, paris(17, 10))
    with story.engine.begin() as conn:
        clock.start_at(conn, paris(23, 6), 1)
    assert looks(story) == []


def test_a_line_that_nobody_called_is_written_nothing(story: Story) -> None:
    week_of(story, 8, paris(10, 10))
    assert looks(story) == []


def test_a_line_that_got_worse_for_good_is_an_alarm_until_it_is_well_again(story: Story) -> None:
    for ago, answered in enumerate([5, 6, 7, 8, 9, 10, 9, 8, 9, 8]):
        week_of(story, answered, paris(17, 10) - timedelta(weeks=ago))
    watch = Watch(story.engine, replace(story.house, mail_address=None))
    assert looks(story, watch) == []
    assert standing(story) == {f"drift:{story.ward_id}:answered"}
    week_of(story, 10, paris(24, 10))
    with story.engine.begin() as conn:
        clock.start_at(conn, MONDAY + timedelta(weeks=1), 1)
    looks(story, watch)
    assert standing(story) == set()
