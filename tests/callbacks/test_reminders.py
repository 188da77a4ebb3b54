"""Limits (design 3): on reminders to one person, never on a first alert; a summary names every reference."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, text

from callbacks.tables import outbox
from tests.callbacks.promised import AMELIE, LADDER, Story
from tests.callbacks.rotas import paris


@pytest.fixture
def story(database: Engine) -> Story:
    """A rota of one: Amélie hears every rung."""
    story = Story(database)
    story.empties_the_rota()
    story.puts_on_call(AMELIE)
    return story


def files_many(story: Story, count: int) -> list[str]:
    """As many requests, a minute apart; their references."""
    references = []
    for _ in range(count):
        story.files()
        references.append(story.view.reference)
        story.after(minutes=1)
    return references


def test_first_alerts_are_never_held_back(story: Story) -> None:
    references = files_many(story, 12)
    alerts = [message for message in story.messages() if message.purpose == "alert"]
    assert [reference for reference, alert in zip(references, alerts, strict=True) if reference not in alert.body] == []
    assert all(alert.due_at - alert.created_at <= timedelta(seconds=60) for alert in alerts)


def test_reminders_beyond_the_limit_leave_as_one_summary_an_hour_after_the_first(story: Story) -> None:
    references = files_many(story, 6)
    story.at(paris(23, 16, 59))
    story.messages()
    story.at(paris(23, 17, 30))  # a quarter of the promise is over for all six
    written = story.messages()
    assert [message.purpose for message in written] == ["reminder"] * LADDER.reminders + ["summary"]
    summary = written[-1]
    assert summary.due_at == paris(23, 18)
    assert [reference for reference in references[3:] if reference not in summary.body] == []
    assert [reference for reference in references[:3] if reference in summary.body] == []
    assert "(3)" in summary.body


def test_after_the_hour_reminders_leave_by_themselves_again(story: Story) -> None:
    files_many(story, 6)
    story.at(paris(23, 22, 59))
    story.messages()
    story.at(paris(23, 23, 2))
    assert [message.purpose for message in story.messages()] == ["reminder"] * 3


def test_a_summary_that_is_on_its_way_is_not_rewritten(story: Story) -> None:
    references = files_many(story, 5)
    story.at(paris(23, 17, 3))  # the fourth request is gathered
    with story.engine.begin() as conn:
        conn.execute(text("update outbox set state = 'sending' where purpose = 'summary'"))
    story.at(paris(23, 17, 4))
    with story.engine.begin() as conn:
        bodies = list(conn.execute(select(outbox.c.body).where(outbox.c.purpose == "summary")).scalars())
    assert [[reference for reference in references if reference in body] for body in bodies] == [
        references[3:4],
        references[4:5],
    ]


def test_a_lost_summary_is_telephoned_and_hurries_nothing(story: Story) -> None:
    files_many(story, 4)
    story.at(paris(23, 17, 3))
    story.messages()
    planned = story.view.next_step_at
    story.loses("summary")
    assert story.written() == ["17:03 summary call to Amélie"]
    assert story.view.next_step_at == planned


def test_a_deadline_is_told_by_itself_and_its_repeats_are_limited(story: Story) -> None:
    files_many(story, 5)
    story.at(paris(24, 10, 59))
    story.messages()
    story.at(paris(24, 11, 10))
    overdue = [message for message in story.messages() if message.purpose in ("overdue", "summary")]
    assert [message.purpose for message in overdue] == ["overdue"] * 10  # five to the head, five to the coordinator
    story.at(paris(24, 15, 10))
    repeats = [message.purpose for message in story.messages()]
    assert sorted(repeats) == ["overdue"] * 6 + ["summary"] * 2
