"""Between two people: who was alerted hears that a colleague has it; who is asked hears of it, and who set a time."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, text

from callbacks import entries, handover, requests
from callbacks.states import Kind
from callbacks.tables import outbox
from config.texts import gsm7
from tests.callbacks.promised import AMELIE, BRUNO, CHLOE, EMMA, Story
from tests.callbacks.rotas import paris


@pytest.fixture
def story(database: Engine) -> Story:
    """A request is on file, and Amélie has her alert."""
    story = Story(database)
    story.files()
    arrives(story)
    return story


def arrives(story: Story) -> None:
    """What is due by now has arrived; what was written so far has been seen."""
    with story.engine.begin() as conn:
        arrived = "update outbox set state = 'delivered', sent_at = due_at where state = 'waiting' and due_at <= :now"
        conn.execute(text(arrived), {"now": story.now})
    story.messages()


def works(story: Story) -> list[str]:
    """What is written now, and it arrives."""
    story.works()
    written = [line for line in story.written() if "to GP" not in line]
    arrives(story)
    return written


def denies(story: Story) -> None:
    """The GP says that nobody called him back."""
    with story.engine.begin() as conn:
        entries.log(conn, story.request_id, Kind.DENIED, story.moment)
        requests.reopen(conn, story.request_id, story.moment, denied=True)


# A colleague has it -----------------------------------------------------------------------------------------------


def test_who_was_alerted_is_told_once_that_a_colleague_has_it(story: Story) -> None:
    story.claims(BRUNO)
    story.works()
    [told] = [message for message in story.messages() if message.purpose == "taken"]
    assert (told.recipient, told.channel, told.due_at) == (AMELIE, "sms", story.now)
    assert story.view.reference in told.body
    assert "un confrère" in told.body
    assert "Bruno" not in told.body
    for _ in range(3):
        story.leaves_message()
        story.hangs_up()
        assert not [line for line in works(story) if "taken" in line]


def test_who_was_not_reached_or_has_it_himself_hears_nothing(story: Story) -> None:
    story.claims(AMELIE)
    assert works(story) == []
    story.gives_back(AMELIE)
    assert works(story) == ["11:00 returned sms to Bruno"]
    with story.engine.begin() as conn:
        conn.execute(text("update outbox set state = 'undelivered' where purpose = 'returned'"))
    story.claims(AMELIE)
    assert works(story) == []


def test_who_hears_of_it_after_the_claim_knows_who_has_it(story: Story) -> None:
    story.claims(BRUNO)
    works(story)
    story.at(paris(24, 8, 5))  # the head of ward was told that it is not closed yet
    assert [message.recipient for message in story.messages() if message.purpose == "escalation"] == [CHLOE, CHLOE]
    arrives(story)
    story.leaves_message()
    story.hangs_up()
    assert works(story) == ["08:05 added sms to Bruno"]


def test_who_was_told_already_is_not_told_of_the_next_who_takes_it(story: Story) -> None:
    story.puts_on_call(EMMA, rank=3)
    story.after(minutes=1)
    story.claims(AMELIE)
    works(story)
    story.after(minutes=1)
    story.gives_back(AMELIE)
    assert works(story) == ["11:02 returned sms to Bruno"]
    story.after(minutes=1)
    story.claims(EMMA)
    assert works(story) == ["11:03 taken sms to Bruno"]


def test_an_alert_that_has_not_left_is_taken_back_and_nobody_is_told_of_it(database: Engine) -> None:
    story = Story(database)
    story.files()
    story.claims(BRUNO)
    story.messages()
    assert works(story) == []


def test_at_night_who_is_off_duty_sleeps_and_who_is_on_duty_hears(story: Story) -> None:
    story.at(paris(23, 17))  # rank 2 was alerted too
    arrives(story)
    with story.engine.begin() as conn:
        conn.execute(text("delete from shifts where rank = 2"))
    story.now = paris(23, 21)
    story.claims(EMMA)
    assert works(story) == ["21:00 taken sms to Amélie", "21:00 taken sms to Bruno at 08:00"]


def test_who_texted_stop_is_not_telephoned_because_a_colleague_has_it(story: Story) -> None:
    story.knows_stop_of(AMELIE)
    story.claims(BRUNO)
    assert works(story) == []


def test_it_counts_as_a_reminder(database: Engine) -> None:
    story = Story(database)
    ids = [story.files() for _ in range(3)]
    arrives(story)
    for story.request_id in ids:
        story.claims(BRUNO)
        story.works()
    sent = [message for message in story.messages() if message.state != "dropped" and message.recipient == AMELIE]
    assert [message.purpose for message in sent] == ["taken", "summary"]
    assert sent[1].due_at - sent[0].due_at == timedelta(minutes=1)
    assert [story.view_of(id).reference in sent[1].body for id in ids] == [False, True, True]
    assert "Rien à faire" in sent[1].body
    assert gsm7.segments(sent[1].body) == 1


def test_who_closes_at_once_has_had_it_too(story: Story) -> None:
    story.hears_everything()
    story.claims(BRUNO)
    story.closes(BRUNO)
    assert "11:00 taken sms to Amélie" in works(story)


def test_what_is_given_back_before_he_could_be_told_is_not_said_to_be_taken(story: Story) -> None:
    story.claims(BRUNO)
    story.works()
    story.gives_back(BRUNO)
    story.works()
    with story.engine.begin() as conn:
        states = conn.execute(
            select(outbox.c.purpose, outbox.c.state).where(outbox.c.recipient == AMELIE).order_by(outbox.c.id)
        )
        assert [tuple(row) for row in states][1:] == [("taken", "dropped"), ("returned", "waiting")]


# Somebody is asked ------------------------------------------------------------------------------------------------


def test_who_is_asked_to_take_it_over_hears_of_it_once_and_who_had_it_that_he_has(story: Story) -> None:
    story.claims(AMELIE)
    story.offers(BRUNO, by=AMELIE)
    story.works()
    [asked] = [message for message in story.messages() if message.purpose == "offered"]
    assert (asked.recipient, asked.channel) == (BRUNO, "sms")
    assert "un confrère vous" in asked.body
    assert "https://r24.example/r/" in asked.body
    arrives(story)
    story.offers(BRUNO, by=AMELIE)
    assert works(story) == []
    story.claims(BRUNO)
    assert works(story) == ["11:00 taken sms to Amélie"]


def test_what_the_coordinator_asks_does_not_come_from_a_colleague(story: Story) -> None:
    story.offers(EMMA)
    story.works()
    [asked] = [message for message in story.messages() if message.purpose == "offered"]
    assert asked.body.startswith("Rappel24 : on vous demande de prendre")
    story.refuses(EMMA)
    assert works(story) == []  # the board shows it


def test_who_asked_is_told_that_his_colleague_does_not_take_it(story: Story) -> None:
    story.claims(AMELIE)
    story.after(minutes=5)
    story.offers(BRUNO, by=AMELIE)
    assert works(story) == ["11:05 offered sms to Bruno"]
    story.refuses(BRUNO)
    assert works(story) == ["11:05 refused sms to Amélie"]
    story.leaves_message()
    story.hangs_up()
    assert works(story) == ["11:05 added sms to Amélie"]


def test_who_is_asked_and_cannot_be_texted_is_telephoned(story: Story) -> None:
    story.knows_stop_of(EMMA)
    story.claims(AMELIE)
    story.offers(EMMA, by=AMELIE)
    assert works(story) == ["11:00 offered call to Emma"]


def test_what_does_not_reach_who_is_asked_is_told_by_voice(story: Story) -> None:
    story.claims(AMELIE)
    story.offers(EMMA, by=AMELIE)
    works(story)
    story.loses("offered")
    assert story.written() == ["11:00 offered call to Emma"]


@pytest.mark.parametrize(
    ("hour", "when"), [(21, "21:00 offered sms to Emma at 08:00"), (22, "22:00 offered sms to Emma")]
)
def test_who_is_asked_at_night_sleeps_if_the_deadline_leaves_him_the_morning(
    story: Story, hour: int, when: str
) -> None:
    with story.engine.begin() as conn:  # at ten o'clock in the morning, or half an hour too early
        due = paris(24, 10) if hour == 21 else paris(24, 9, 30)
        conn.execute(text("update requests set due_at = :due"), {"due": due})
    story.now = paris(23, hour)
    story.offers(EMMA)
    assert [line for line in works(story) if "Emma" in line] == [when]


def test_an_offer_that_nobody_waits_for_any_more_is_taken_back(story: Story) -> None:
    story.now = paris(23, 21)
    story.offers(EMMA)
    works(story)
    story.claims(BRUNO)
    with story.engine.begin() as conn:
        state = conn.execute(text("select state from outbox where purpose = 'offered'")).scalar_one()
    assert state == "dropped"


# Later ------------------------------------------------------------------------------------------------------------


def test_who_put_it_off_is_reminded_at_his_time_once_and_not_before(story: Story) -> None:
    story.claims(AMELIE)
    works(story)
    story.puts_off(AMELIE, paris(23, 18, 15))
    story.at(paris(23, 18, 14))
    assert [line for line in story.written() if "Amélie" in line] == []
    story.at(paris(23, 18, 40))
    retries = [message for message in story.messages() if message.purpose == "retry"]
    assert [(message.recipient, message.created_at) for message in retries] == [(AMELIE, paris(23, 18, 15))]
    assert f"il est l'heure de rappeler {story.view.reference}" in retries[0].body


def test_his_time_is_never_held_back_by_a_limit(database: Engine) -> None:
    story = Story(database)
    for _ in range(7):
        story.files()
        story.claims(AMELIE)
        story.puts_off(AMELIE, paris(23, 18, 15))
    story.at(paris(23, 18, 15))
    retries = [message for message in story.messages() if message.purpose == "retry"]
    assert [(message.state, message.due_at) for message in retries] == [("waiting", paris(23, 18, 15))] * 7


def test_a_time_missed_by_an_outage_is_made_up_for_unless_it_was_given_back(story: Story) -> None:
    story.claims(AMELIE)
    story.puts_off(AMELIE, paris(23, 14))
    works(story)
    story.now = paris(23, 16)
    assert works(story) == ["16:00 retry sms to Amélie"]
    story.puts_off(AMELIE, paris(23, 17))
    story.gives_back(AMELIE)
    story.now = paris(23, 19)
    assert not [line for line in works(story) if "retry" in line]


# It is the ward's again -------------------------------------------------------------------------------------------


def test_at_the_end_of_his_shift_the_next_on_call_hears_why(story: Story) -> None:
    with story.engine.begin() as conn:
        conn.execute(text("delete from shifts where rank = 1"))
    story.puts_on_call(AMELIE, start=paris(23, 8, 30), end=paris(23, 18, 30))
    story.claims(AMELIE)
    works(story)
    story.now = paris(23, 19)
    with story.engine.begin() as conn:
        handover.announce(conn, story.moment, story.house)
    story.works()
    [told] = [message for message in story.messages() if message.purpose == "returned"]
    assert told.recipient == BRUNO
    assert "fin de garde" in told.body


def test_a_no_of_the_gp_is_told_at_once_to_all_on_call_and_to_the_head(story: Story) -> None:
    story.hears_everything()
    story.claims(AMELIE)
    story.closes(AMELIE)
    works(story)
    story.now = paris(23, 15)
    denies(story)
    story.works()
    told = [message for message in story.messages() if message.recipient not in ("+33639980101",)]
    assert [(message.purpose, message.channel, message.recipient) for message in told] == [
        ("returned", "sms", AMELIE),
        ("returned", "sms", BRUNO),
        ("escalation", "sms", CHLOE),
        ("escalation", "call", CHLOE),
    ]
    assert "dit ne pas avoir été rappelé" in told[0].body
    for _ in range(2):
        story.leaves_message()
        story.hangs_up()
        assert not [line for line in works(story) if "returned" in line]


def test_a_no_to_a_request_that_had_climbed_nothing_is_told_all_the_same(database: Engine) -> None:
    story = Story(database)
    story.files(ended=False)
    story.hears_everything()
    story.claims(AMELIE)
    story.closes(AMELIE)
    story.works()
    denies(story)
    assert works(story)[:2] == ["11:00 returned sms to Amélie", "11:00 returned sms to Bruno"]


def test_what_is_opened_again_is_told_once_even_when_a_rung_is_due_for_the_same_person(story: Story) -> None:
    story.hears_everything()
    story.at(paris(23, 17, 30))  # rank 2 was alerted
    arrives(story)
    story.claims(AMELIE)
    story.closes(AMELIE)
    works(story)
    with story.engine.begin() as conn:
        requests.reopen(conn, story.request_id, story.moment)
    assert works(story) == ["17:30 returned sms to Amélie", "17:30 returned sms to Bruno"]
    assert story.view.last_rung == "both"


def test_what_nobody_on_call_can_hear_the_head_does(story: Story) -> None:
    story.hears_everything()
    story.claims(AMELIE)
    works(story)
    story.empties_the_rota()
    story.gives_back(AMELIE)
    assert works(story) == ["11:00 returned sms to Chloé"]
    story.changes_ward(head_id=None)
    story.claims(EMMA)
    works(story)
    story.gives_back(EMMA)
    assert works(story) == ["11:00 returned sms to Denis"]
