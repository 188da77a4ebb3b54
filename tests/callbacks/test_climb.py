"""The ladder against a real database: what is written, once, in one transaction, and what is planned next."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from callbacks import climb, register
from callbacks.climb import Climbed
from callbacks.outbox import take_back_call
from callbacks.states import Kind
from callbacks.tables import outbox
from tests.callbacks.promised import AMELIE, BRUNO, CHLOE, DENIS, EMMA, PRACTICE, Story
from tests.callbacks.rotas import PARIS, paris


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


def test_a_promise_left_alone(story: Story) -> None:
    story.files()
    story.at(paris(24, 15, 30))
    assert story.written() == [
        "11:00 confirmation sms to GP",
        "11:00 alert sms to Amélie",
        "11:30 reminder call to Amélie",
        "17:00 alert sms to Bruno",
        "23:00 reminder sms to Amélie",
        "23:00 reminder sms to Bruno",
        "08:00 escalation sms to Chloé",
        "08:00 escalation call to Chloé",
        "08:36 escalation sms to Denis",
        "11:00 overdue sms to Chloé",
        "11:00 overdue sms to Denis",
        "11:00 apology sms to GP",
        "15:00 overdue sms to Chloé",
        "15:00 overdue sms to Denis",
    ]
    assert story.view.next_step_at == paris(24, 19)
    assert (story.happened(Kind.RUNG), story.happened(Kind.APOLOGY)) == (8, 1)


def test_the_alert_carries_reference_ward_deadline_window_and_link_and_nobody(story: Story) -> None:
    story.files(reach="noon")
    alert = next(message for message in story.messages() if message.purpose == "alert")
    start = f"Rappel24 : rappel à faire {story.view.reference}, Cardiologie, 12h-14h. Limite 24/11 à 11h00."
    assert alert.body.startswith(start)
    assert "https://r24.example/r/" in alert.body
    assert "0639" not in alert.body
    assert "06 39" not in alert.body


def test_the_first_alert_leaves_when_the_gp_hangs_up(story: Story) -> None:
    story.files(ended=False)
    story.after(minutes=2)
    assert story.written() == []
    story.hangs_up()
    story.works()
    assert story.written() == ["11:02 confirmation sms to GP", "11:02 alert sms to Amélie"]


def test_the_first_alert_leaves_five_minutes_after_filing_at_most(story: Story) -> None:
    story.files(ended=False)
    story.after(minutes=6)
    assert story.written() == ["11:05 alert sms to Amélie"]  # the GP still speaks: he is not told yet
    story.hangs_up()
    story.works()
    assert story.written() == ["11:06 confirmation sms to GP"]


def test_a_lost_hang_up_does_not_keep_the_confirmation_for_ever(story: Story) -> None:
    story.files(ended=False)
    story.after(minutes=31)
    assert "11:30 confirmation sms to GP" in story.written()


def test_a_rung_is_climbed_once_however_often_it_is_rung_for(story: Story) -> None:
    story.files()
    for _ in range(3):
        story.climbs(story.request_id)
    assert story.written() == ["11:00 confirmation sms to GP", "11:00 alert sms to Amélie"]


def test_who_finds_somebody_else_at_it_waits_for_nobody(story: Story) -> None:
    story.files()
    assert len(story.written()) == 2
    story.now += timedelta(hours=1)
    with story.engine.begin() as conn:
        register.locked(conn, story.request_id)
        story.climbs(story.request_id)
    assert story.written() == []
    story.climbs(story.request_id)
    assert story.written() == ["12:00 reminder call to Amélie"]


def test_a_try_that_comes_too_late_asks_the_register_once(story: Story, counted: list[str]) -> None:
    story.files()
    with story.engine.begin() as conn:
        begun = len(counted)
        assert climb.climb(conn, story.request_id, story.moment, story.house) is None
    assert len(counted) - begun == 1


def test_a_first_rung_with_its_confirmation_costs_the_register_fifteen_questions(
    story: Story, counted: list[str]
) -> None:
    story.files(ended=False)
    story.hangs_up()
    with story.engine.begin() as conn:
        begun = len(counted)
        assert climb.climb(conn, story.request_id, story.moment, story.house) == Climbed("first", told=1)
    assert len(counted) - begun <= 15, counted[begun:]


def test_a_rung_put_off_to_the_opening_says_the_word_that_is_owed_and_once(story: Story) -> None:
    story.changes_ward(opening="mon-fri 14:00-18:00")
    story.files()
    assert story.written() == ["11:00 confirmation sms to GP"]
    assert (story.view.notice_at, story.view.next_step_at, story.view.climbed_at) == (None, paris(23, 14), None)
    story.at(paris(23, 14))
    assert story.written() == ["14:00 alert sms to Amélie"]
    assert story.view.climbed_at == paris(23, 14)


def test_two_who_ask_what_is_due_are_given_as_much_as_they_ask_for_in_no_order_and_all_of_less_in_its_own(
    story: Story,
) -> None:
    filed = []
    for _ in range(30):
        filed.append(story.files(ended=False))
        story.now += timedelta(seconds=1)
    story.now += timedelta(hours=1)
    with story.engine.begin() as conn:
        some, every = climb.due(conn, story.moment, 20), climb.due(conn, story.moment, 31)
    assert sorted(some) == filed[:20]
    assert some != filed[:20]  # once in 20! it were
    assert every == filed


def test_a_request_that_was_closed_meanwhile_is_left_alone(story: Story) -> None:
    story.files(ended=False)
    story.hears_everything()
    story.claims(AMELIE)
    story.closes(AMELIE)
    story.climbs(story.request_id)
    story.after(hours=40)
    assert story.written() == ["11:00 asked sms to GP"]


def test_a_claim_takes_back_what_waits_and_the_ladder_goes_on_above(story: Story) -> None:
    story.files()
    story.after(minutes=1)
    story.claims(AMELIE)
    assert {message.state for message in story.messages() if message.purpose == "alert"} == {"dropped"}
    story.at(paris(24, 11))
    assert story.written() == [
        "11:01 named sms to GP",
        "17:00 reminder sms to Amélie",
        "23:00 reminder sms to Amélie",
        "23:00 alert sms to Bruno",
        "08:00 reminder sms to Amélie",
        "08:00 escalation sms to Chloé",
        "08:00 escalation call to Chloé",
        "08:36 reminder sms to Amélie",
        "08:36 escalation sms to Denis",
        "11:00 reminder sms to Amélie",
        "11:00 overdue sms to Chloé",
        "11:00 overdue sms to Denis",
        "11:00 apology sms to GP",
    ]


def test_a_request_given_back_is_told_to_the_next_on_call_at_once(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    story.works()
    story.written()
    story.after(hours=1)
    story.gives_back(AMELIE)
    story.works()
    assert story.written() == ["12:00 returned sms to Bruno"]
    story.at(paris(23, 17))
    assert story.written() == ["17:00 reminder sms to Bruno"]


def test_a_message_that_comes_after_the_claim_is_pointed_out_to_the_claimer(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    story.works()
    story.written()
    story.after(minutes=10)
    story.leaves_message()
    story.hangs_up()
    story.works()
    assert story.written() == ["11:10 addition sms to GP", "11:10 added sms to Amélie"]


# A message that does not arrive is not an alert -------------------------------------------------------------------


def test_who_did_not_get_the_sms_is_telephoned_and_the_next_rung_comes_soon(story: Story) -> None:
    story.files()
    story.written()
    story.at(paris(23, 11, 3))
    story.loses("alert")
    assert story.written() == ["11:03 alert call to Amélie"]
    story.at(paris(23, 11, 12))
    assert story.written() == ["11:10 reminder call to Amélie"]
    assert story.view.next_step_at == paris(23, 17)  # the rungs after it keep their share


def test_when_nobody_answers_the_ladder_hurries_up_to_the_head_and_no_further_than_the_deadline(story: Story) -> None:
    story.files()
    for _ in range(6):
        story.after(minutes=3)
        for purpose in {message.purpose for message in story.messages()} & {"alert", "reminder", "escalation"}:
            story.loses(purpose)
        story.after(minutes=8)
    assert story.view.last_rung == "coordinator"
    assert story.view.next_step_at == story.view.due_at


def test_a_loss_that_is_known_after_the_next_rung_hurries_nothing(story: Story) -> None:
    story.files()
    story.at(paris(23, 11, 31))
    story.loses("alert")
    assert story.written()[-1] == "11:31 alert call to Amélie"
    assert story.view.next_step_at == paris(23, 17)


def test_an_alert_lost_after_somebody_claimed_disturbs_nobody(story: Story) -> None:
    story.files()
    story.claims(BRUNO)
    story.written()
    story.loses("alert")
    assert story.written() == []


def overdue(story: Story) -> list[int]:
    """Three requests are past their deadline, and the head was told by SMS, of one after the other: in this order."""
    for story.request_id in [story.files() for _ in range(3)]:
        story.at(paris(24, 12))
    story.written()
    told = (outbox.c.purpose == "overdue") & (outbox.c.recipient == CHLOE)
    with story.engine.connect() as conn:
        return list(conn.execute(select(outbox.c.request_id).where(told).order_by(outbox.c.id)).scalars())


def waiting_calls(story: Story) -> list[tuple[int, str]]:
    """Which requests the head is still to be telephoned about, and when."""
    with story.engine.connect() as conn:
        found = select(outbox.c.request_id, outbox.c.due_at).order_by(outbox.c.id)
        rows = conn.execute(found.where(outbox.c.channel == "call", outbox.c.purpose == "overdue", WAITS)).all()
    return [(row.request_id, f"{row.due_at.astimezone(PARIS):%H:%M}") for row in rows]


WAITS = outbox.c.state == "waiting"


def test_a_head_whose_sms_do_not_arrive_is_not_telephoned_about_all_that_is_overdue_at_once(story: Story) -> None:
    ids = overdue(story)
    story.loses_all("overdue", CHLOE)
    assert waiting_calls(story) == list(zip(ids, ["12:00", "12:10", "12:20"], strict=True))
    with story.engine.connect() as conn:
        pending = register.pending_for_person(conn, story.ids[CHLOE], story.now)
    assert {each.id for each in pending} == set(ids)  # in the first call he is led from one to the next


def test_of_what_he_has_heard_in_the_first_call_he_is_telephoned_no_more(story: Story) -> None:
    first, second, third = overdue(story)
    story.loses_all("overdue", CHLOE)
    with story.engine.begin() as conn:
        take_back_call(conn, second, story.ids[CHLOE], "overdue")
        take_back_call(conn, second, story.ids[DENIS], "overdue")
    assert waiting_calls(story) == [(first, "12:00"), (third, "12:20")]


def test_the_call_about_one_that_was_closed_takes_the_others_not_with_it(story: Story) -> None:
    ids = overdue(story)
    story.loses_all("overdue", CHLOE)
    story.request_id = ids[0]
    story.hears_everything()
    story.claims(AMELIE)
    story.closes(AMELIE)
    assert waiting_calls(story) == [(ids[1], "12:10"), (ids[2], "12:20")]


def test_a_call_that_still_waits_is_not_written_again_by_the_next_repeat(story: Story) -> None:
    overdue(story)
    story.loses_all("overdue", CHLOE)
    before = waiting_calls(story)
    story.at(paris(24, 16))
    story.loses_all("overdue", CHLOE)
    assert waiting_calls(story) == before


def test_a_stop_is_an_alarm_and_the_alerts_go_by_telephone(story: Story) -> None:
    story.files()
    story.written()
    story.loses("alert", error="21610")
    assert story.written() == ["11:00 alert call to Amélie"]
    assert story.alarms() == ["opted_out"]
    story.files()
    story.works()
    assert "11:00 alert call to Amélie" in story.written()


def test_an_apology_that_does_not_arrive_is_spoken(story: Story) -> None:
    story.files()
    story.at(paris(24, 11))
    story.written()
    story.loses("apology")
    assert story.written() == ["11:00 apology call to GP"]
    story.loses("apology")
    assert story.written() == []


# Nobody, somebody missing, closed ---------------------------------------------------------------------------------


def test_nobody_on_call_tells_the_head_at_once_even_at_night(story: Story) -> None:
    story.empties_the_rota()
    story.at(paris(23, 22))
    story.files()
    story.works()
    _confirmation, alert = story.messages()
    assert (alert.person_id, alert.purpose, alert.due_at) == (story.ids[CHLOE], "alert", paris(23, 22))
    assert alert.body.startswith("Rappel24 : personne de garde, Cardiologie. Rappel à faire")


def test_a_ward_without_anybody_tells_the_house(story: Story) -> None:
    story.empties_the_rota()
    story.changes_ward(head_id=None, coordinator_id=None)
    story.files()
    story.works()
    last = story.messages()[-1]
    assert (last.recipient, last.purpose, last.person_id) == (story.house.alert_phone, "last_resort", None)
    assert last.body.startswith("Rappel24 : personne à prévenir, Cardiologie (Cochin). Rappel à faire")
    assert "/r/" not in last.body


def test_a_house_without_alert_phone_raises_an_alarm_and_the_promise_goes_on(story: Story) -> None:
    story.house = replace(story.house, alert_phone=None)
    story.empties_the_rota()
    story.changes_ward(head_id=None, coordinator_id=None)
    story.files(PRACTICE)
    story.works()
    assert story.written() == []
    assert story.alarms() == ["nobody_to_tell"]
    assert story.view.next_rung == "again"


def test_a_closed_ward_keeps_its_request_and_its_cover_is_alerted(story: Story) -> None:
    cover = story.opens_ward("urgences", "Urgences")
    story.puts_on_call(EMMA, ward_id=cover)
    story.changes_ward(opening="mon-fri 08:30-18:30", covered_by_id=cover)
    story.at(paris(23, 19))
    story.files()
    story.works()
    assert story.written() == ["19:00 confirmation sms to GP", "19:00 alert sms to Emma"]
    assert story.view.ward == "Cardiologie"


def test_a_closed_ward_without_cover_waits_for_opening_but_the_gp_is_told_at_once(story: Story) -> None:
    story.changes_ward(opening="mon-fri 08:30-18:30")
    story.at(paris(23, 19))
    story.files()
    story.at(paris(24, 8, 30))
    assert story.written() == ["19:00 confirmation sms to GP", "08:30 alert sms to Amélie"]


def test_a_ward_closed_for_the_weekend_tells_its_head_by_day(story: Story) -> None:
    story.changes_ward(opening="mon-fri 08:30-18:30")
    story.at(paris(27, 21))
    story.files()
    story.at(paris(28, 8, 5))
    _confirmation, alert = story.messages()
    assert (alert.person_id, alert.created_at) == (story.ids[CHLOE], paris(28, 8))
    assert alert.body.startswith("Rappel24 : service fermé sans relais, Cardiologie.")
