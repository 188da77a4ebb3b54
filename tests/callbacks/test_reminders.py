"""Limits (design 3): on reminders to one person, never on a first alert; a summary names every reference."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, text

from callbacks import gp, requests
from callbacks.tables import outbox
from config.texts import gsm7
from tests.callbacks.promised import AMELIE, CHLOE, EMMA, Story
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


def test_reminders_beyond_five_in_a_quarter_of_an_hour_leave_as_one_summary(story: Story) -> None:
    references = files_many(story, 9)
    story.at(paris(23, 16, 59))
    story.messages()
    story.at(paris(23, 17, 30))  # a quarter of the promise is over for all nine
    sent = [message for message in story.messages() if message.state != "dropped"]
    assert [message.purpose for message in sent] == ["reminder"] * 5 + ["summary"]
    summary = sent[-1]
    assert summary.due_at == paris(23, 17, 15)
    assert [reference in summary.body for reference in references] == [False] * 5 + [True] * 4
    assert "(4)" in summary.body


def test_two_in_a_minute_are_one_and_a_summary_a_minute_later(story: Story) -> None:
    first, second = story.files(), story.files()
    story.at(paris(23, 16, 59))
    story.messages()
    story.at(paris(23, 17, 0))
    sent = [message for message in story.messages() if message.state != "dropped"]
    assert [(message.purpose, message.due_at) for message in sent] == [
        ("reminder", paris(23, 17)),
        ("summary", paris(23, 17, 1)),
    ]
    told_in_the_summary = [story.view_of(id).reference in sent[1].body for id in (first, second)]
    assert sorted(told_in_the_summary) == [False, True]  # both are due at one instant, and nobody is first


def test_a_quarter_of_an_hour_later_reminders_leave_by_themselves_again(story: Story) -> None:
    files_many(story, 6)
    story.at(paris(23, 22, 59))
    story.messages()
    story.at(paris(23, 23, 4))
    sent = [message.purpose for message in story.messages() if message.state != "dropped"]
    assert sent == ["reminder"] * 5


def gathers(story: Story, count: int = 7) -> list[str]:
    """As many requests of which the sixth and later are gathered; the references of these."""
    references = files_many(story, count)
    story.at(paris(23, 17, 5))
    return references[5:]


def summaries(story: Story) -> list[tuple[str, str]]:
    """State and words of each, in order."""
    with story.engine.begin() as conn:
        rows = conn.execute(select(outbox).where(outbox.c.purpose == "summary").order_by(outbox.c.id)).all()
    return [(row.state, row.body) for row in rows]


@pytest.mark.parametrize("doubt", ["state = 'sending'", "ambiguous = true"])
def test_a_summary_that_is_on_its_way_is_not_rewritten(story: Story, doubt: str) -> None:
    [sixth, seventh] = gathers(story)[:2]
    with story.engine.begin() as conn:
        conn.execute(text(f"update outbox set {doubt} where purpose = 'summary'"))
    story.at(paris(23, 17, 6))
    assert [[sixth in body, seventh in body] for _, body in summaries(story)] == [[True, False], [False, True]]


def test_a_summary_names_nothing_that_a_colleague_has_taken_meanwhile(story: Story) -> None:
    [sixth, seventh] = gathers(story)
    story.at(paris(23, 17, 6))
    assert [sixth in summaries(story)[0][1], seventh in summaries(story)[0][1]] == [True, True]
    story.claims(EMMA)
    story.works()
    [(state, body)] = summaries(story)
    assert (state, sixth in body.split("prises")[0], seventh in body.split("prises")[0]) == ("waiting", True, False)
    assert gsm7.segments(body) == 1


def test_a_summary_does_not_say_that_a_colleague_has_what_he_gave_back(story: Story) -> None:
    sixth, seventh = gathers(story)
    story.at(paris(23, 17, 6))
    with story.engine.begin() as conn:
        conn.execute(text("update outbox set state = 'delivered' where purpose = 'alert'"))
    story.claims(EMMA)
    story.works()
    assert seventh in summaries(story)[0][1].split("prises")[1]
    story.gives_back(EMMA)
    story.works()
    [(state, body)] = summaries(story)
    assert (state, sixth in body, seventh in body) == ("waiting", True, False)


def test_a_summary_of_what_is_closed_does_not_leave(story: Story) -> None:
    gathers(story, 6)
    story.hears_everything()
    story.closes(AMELIE)
    story.works()
    assert [state for state, _ in summaries(story)] == ["dropped"]


def test_a_carrier_that_is_away_is_not_sent_a_hundred_reminders_when_it_is_back(story: Story) -> None:
    references = files_many(story, 6)
    story.at(paris(23, 17))
    with story.engine.begin() as conn:  # tried in vain ever since
        conn.execute(text("update outbox set attempts = 9 where purpose = 'reminder' and channel = 'sms'"))
    story.at(paris(23, 23, 10))  # two rungs of six requests
    with story.engine.begin() as conn:
        waiting = text("select purpose, body from outbox where state = 'waiting' and detail @> '{\"limited\": true}'")
        rows = conn.execute(waiting).all()
    assert sorted(row.purpose for row in rows)[:1] == ["reminder"]
    assert [row.purpose for row in rows].count("reminder") == 1
    assert [reference for reference in references if reference not in " ".join(row.body for row in rows)] == []


def test_the_last_rung_before_the_deadline_is_never_gathered(story: Story) -> None:
    references = files_many(story, 8)
    with story.engine.begin() as conn:
        for number in range(story.request_id - 7, story.request_id + 1):
            requests.claim(conn, number, story.ids[AMELIE], story.moment, "page")
    story.at(paris(24, 8, 30))
    story.messages()
    story.at(paris(24, 9, 30))
    reminders = [m for m in story.messages() if m.recipient == AMELIE and m.state != "dropped"]
    assert [reference for reference in references if not any(reference in m.body for m in reminders)] == []
    assert {message.purpose for message in reminders} == {"reminder"}
    assert len(reminders) == 8


def test_a_lost_summary_is_telephoned_and_hurries_nothing(story: Story) -> None:
    gathers(story, 6)
    story.messages()
    planned = story.view.next_step_at
    story.loses("summary")
    assert story.written() == ["17:05 summary call to Amélie"]
    assert story.view.next_step_at == planned


def test_a_summary_lost_after_a_colleague_took_its_first_is_telephoned_about_the_next(story: Story) -> None:
    gathers(story, 7)
    story.at(paris(23, 17, 6))
    first, second = story.request_id - 1, story.request_id
    with story.engine.begin() as conn:
        conn.execute(text("update outbox set state = 'sent' where purpose = 'summary'"))
        requests.claim(conn, first, story.ids[EMMA], story.moment, "page")
    story.messages()
    story.loses("summary")
    [call] = [message for message in story.messages() if message.channel == "call"]
    assert (call.recipient, call.request_id) == (AMELIE, second)


def test_a_summary_names_nothing_that_the_gp_has_withdrawn(story: Story) -> None:
    [sixth] = gathers(story, 6)
    assert sixth in summaries(story)[0][1]
    with story.engine.begin() as conn:
        gp.withdraw(conn, story.request_id, story.moment)
    story.works()
    assert [state for state, _ in summaries(story)] == ["dropped"]


def test_hands_that_remind_at_once_count_each_other(story: Story) -> None:
    ids = [story.files() for _ in range(4)]
    with story.engine.begin() as conn:
        conn.execute(text("update requests set next_rung = 'second', next_step_at = :at"), {"at": paris(23, 17)})
    story.now = paris(23, 17)
    story.messages()
    with ThreadPoolExecutor(4) as hands:
        list(hands.map(story.climbs, ids))
    sent = [message for message in story.messages() if message.state != "dropped"]
    assert sorted(message.purpose for message in sent) == ["reminder", "summary"]
    bodies = " ".join(message.body for message in sent)
    assert [story.view_of(id).reference in bodies for id in ids] == [True] * 4


def test_a_deadline_is_told_by_itself_and_its_repeats_are_limited(story: Story) -> None:
    files_many(story, 5)
    story.at(paris(24, 10, 59))
    story.messages()
    story.at(paris(24, 11, 10))
    overdue = [message for message in story.messages() if message.purpose in ("overdue", "summary")]
    assert [message.purpose for message in overdue] == ["overdue"] * 10  # five to the head, five to the coordinator
    story.at(paris(24, 15, 10))
    repeats = [message.purpose for message in story.messages()]
    assert repeats == ["overdue"] * 10
    assert story.alarms() == []


def test_repeats_of_the_deadline_are_limited(story: Story) -> None:
    references = files_many(story, 9)
    story.at(paris(24, 14, 59))
    story.messages()
    story.at(paris(24, 15, 10))
    told = [message for message in story.messages() if message.recipient == CHLOE and message.state != "dropped"]
    assert [message.purpose for message in told] == ["overdue"] * 5 + ["summary"]
    assert [reference for reference in references if reference not in " ".join(m.body for m in told)] == []
