"""Who runs the line hears by e-mail what stands in its way: each alarm once a day while it stands, and no name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine

from callbacks import alarm_letters, alarms
from callbacks.house import House
from config.clock import Moment
from tests.callbacks.promised import HOUSE, Story

OPERATOR = "exploitation@cochin.test"
WRITES = replace(HOUSE, alert_email=OPERATOR, mail_address="avis@rappel24.test")


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database, house=WRITES)


def change(story: Story, do: Callable[[Connection], object]) -> None:
    with story.engine.begin() as conn:
        do(conn)


def looks(story: Story) -> list[str]:
    """Subjects of what is written now, however often one looks."""
    for _ in range(2):
        with story.engine.begin() as conn:
            alarm_letters.tell(conn, Moment(story.moment.now, story.moment.real), story.house)
    return [f"{row.recipient}: {row.detail['subject']}" for row in story.messages()]


def test_an_alarm_is_told_once_a_day_while_it_stands(story: Story) -> None:
    change(story, lambda conn: alarms.raise_alarm(conn, "opted_out", "opted_out:12", {"person": 12}))
    assert looks(story) == [f"{OPERATOR}: Rappel24 – alarme : opted_out"]
    story.now += timedelta(hours=2)
    assert looks(story) == []
    story.now += timedelta(days=1)
    assert len(looks(story)) == 1
    change(story, lambda conn: alarms.clear(conn, "opted_out:12"))
    story.now += timedelta(days=1)
    assert looks(story) == []


def test_it_says_what_the_register_says_and_where_to_look(story: Story) -> None:
    for _ in range(3):
        change(story, lambda conn: alarms.raise_alarm(conn, "carrier", "carrier", {"code": "20003"}))
    looks(story)
    story._read = 0
    (letter,) = story.messages()
    assert (letter.channel, letter.purpose, letter.person_id) == ("email", "alarm", None)
    assert "https://r24.example : carrier (code 20003)." in letter.body
    assert "Vue 3 fois" in letter.body
    assert "rappel24 doctor" in letter.body


def test_that_no_letter_leaves_is_told_by_no_letter(story: Story) -> None:
    change(story, lambda conn: alarms.raise_alarm(conn, "mail_out", "mail_out"))
    assert looks(story) == []


@pytest.mark.parametrize(
    "house",
    [replace(WRITES, alert_email=None), replace(WRITES, mail_address=None)],
    ids=["nobody to tell", "no address"],
)
def test_a_house_that_cannot_writes_nothing(story: Story, house: House) -> None:
    story.house = house
    change(story, lambda conn: alarms.raise_alarm(conn, "opted_out", "opted_out:12", {"person": 12}))
    assert looks(story) == []


def test_many_alarms_at_once_do_not_flood(story: Story) -> None:
    for person in range(alarm_letters.MOST + 5):
        change(story, lambda conn, n=person: alarms.raise_alarm(conn, "opted_out", f"opted_out:{n}", {"person": n}))  # type: ignore[misc]
    assert len(looks(story)) == alarm_letters.MOST
