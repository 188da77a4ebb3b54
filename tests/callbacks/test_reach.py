"""Reaching the GP (design 3): the best channel he has, each word once, no landline texted, nobody rung at night."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, insert

from callbacks import errand, reach, requests, telling
from callbacks.reach import Way, best_way
from config import texts
from config.numbers import PARIS
from scheduling.store import Practitioner
from scheduling.tables import practitioner_phones, practitioners
from tests.callbacks.promised import GP, PRACTICE, Story
from tests.callbacks.rotas import paris

OTHER_MOBILE = "+33639980102"
PREMIUM = "+33899700000"


def gp(*phones: str, email: str = "") -> Practitioner:
    return Practitioner(1, "Dr Inès Morel", email, None, "", phones)


# What he called from or keyed; his record; where he is reached.
WAYS = {
    "the mobile he called from": ((GP,), None, Way("sms", GP)),
    "the mobile he keyed before the landline he called from": ((GP, PRACTICE), None, Way("sms", GP)),
    "the mobile he called from, when he keyed a landline": ((PRACTICE, GP), None, Way("sms", GP)),
    "the mobile of his record": ((PRACTICE,), gp(PRACTICE, OTHER_MOBILE), Way("sms", OTHER_MOBILE)),
    "his e-mail": ((PRACTICE,), gp(PRACTICE, email="ines@example.org"), Way("email", "ines@example.org")),
    "a call to his practice": ((PRACTICE,), gp(PRACTICE), Way("call", PRACTICE)),
    "a call to the number of his record": ((), gp(PRACTICE), Way("call", PRACTICE)),
    "an overseas mobile": (("+262692000001",), None, Way("sms", "+262692000001")),
    "never a premium number": ((PREMIUM,), None, None),
    "nothing": ((), None, None),
}


@pytest.mark.parametrize(("own", "record", "way"), WAYS.values(), ids=WAYS)
def test_the_best_channel(own: tuple[str, ...], record: Practitioner | None, way: Way | None) -> None:
    assert best_way(own, record, PARIS, channels=("sms", "email", "call")) == way


def test_while_the_house_sends_no_mail_he_is_phoned() -> None:
    assert best_way((PRACTICE,), gp(email="ines@example.org"), PARIS) == Way("call", PRACTICE)


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


def texts_to_gp(story: Story) -> list[str]:
    return [message.body for message in story.messages() if message.person_id is None]


def test_the_confirmation_of_a_message(story: Story) -> None:
    story.files()
    (text,) = texts_to_gp(story)
    assert text == (
        f"Rappel24 Cochin : message enregistré (réf. {story.view.reference}). Un médecin senior vous rappelle avant le"
        " 24/11 à 11h00. Urgence vitale : 15. SMS sans réponse possible."
    )


def test_a_line_that_hears_replies_does_not_say_it_does_not(story: Story) -> None:
    story.house = replace(story.house, sms_sender="+33937000024")
    story.files()
    (text,) = texts_to_gp(story)
    assert text.endswith("Urgence vitale : 15.")


def test_who_hung_up_is_told_that_he_is_called_back_all_the_same(story: Story) -> None:
    story.files(message=False)
    (text,) = texts_to_gp(story)
    assert "appel sans message enregistré" in text
    assert "avant le 24/11 à 11h00" in text


def test_a_practice_that_heard_its_reference_is_not_phoned_again(story: Story) -> None:
    story.files(PRACTICE)
    assert story.written() == ["11:00 alert sms to Amélie"]


def test_a_practice_that_hung_up_is_phoned_by_day(story: Story) -> None:
    story.now = paris(23, 21)
    story.files(PRACTICE, message=False)
    assert story.written() == ["21:00 confirmation call to practice at 08:00", "21:00 alert sms to Amélie"]


def test_who_hid_his_number_and_left_none_is_heard_all_the_same(story: Story) -> None:
    story.files(caller=None)
    assert story.written() == ["11:00 alert sms to Amélie"]


def test_the_mobile_he_called_from_is_texted_when_he_wants_the_call_at_his_practice(story: Story) -> None:
    story.files(ended=False)
    with story.engine.begin() as conn:
        requests.set_reach(conn, story.request_id, story.moment, caller=PRACTICE)
    story.hangs_up()
    story.works()
    assert "11:00 confirmation sms to GP" in story.written()


def test_the_mobile_of_his_record(story: Story) -> None:
    with story.engine.begin() as conn:
        conn.execute(insert(practitioners).values(id=7, name="Dr Inès Morel"))
        conn.execute(insert(practitioner_phones).values(practitioner_id=7, phone=OTHER_MOBILE))
    story.files(PRACTICE, practitioner_id=7)
    assert story.written()[0] == f"11:00 confirmation sms to {OTHER_MOBILE}"


def test_each_added_message_is_confirmed_once(story: Story) -> None:
    story.files()
    story.written()
    for minutes in (10, 20):
        story.after(minutes=minutes)
        story.leaves_message()
        story.hangs_up()
        story.works()
        story.works()
    additions = [line for line in story.written() if "GP" in line]
    assert additions == ["11:10 addition sms to GP", "11:30 addition sms to GP"]


# The apology ------------------------------------------------------------------------------------------------------


def test_one_apology_says_the_head_knows_and_promises_no_new_time(story: Story) -> None:
    story.files()
    story.at(paris(26, 12))
    (apology,) = (message.body for message in story.messages() if message.purpose == "apology")
    said = (story.view.reference, "01 99 00 00 24", "excuses", "Le chef de service est prévenu", "15")
    assert [words for words in said if words not in apology] == []
    assert "/11" not in apology
    assert story.view.due_at == paris(24, 11)


def test_a_ward_without_head_does_not_say_that_its_head_knows(story: Story) -> None:
    story.changes_ward(head_id=None)
    story.files()
    story.at(paris(24, 11))
    (apology,) = (message.body for message in story.messages() if message.purpose == "apology")
    assert "chef" not in apology


def test_a_practice_hears_the_apology_by_day(story: Story) -> None:
    story.now = paris(23, 3)
    story.files(PRACTICE)
    story.at(paris(24, 3))
    assert story.written()[-1] == "03:00 apology call to practice at 08:00"


def test_an_apology_goes_out_even_if_the_request_is_closed_while_it_waits(story: Story) -> None:
    story.now = paris(23, 3)
    story.files(PRACTICE)
    story.at(paris(24, 3))
    story.hears_everything()
    story.closes("+33639980001")
    assert [message.state for message in story.messages() if message.purpose == "apology"] == ["waiting"]


def test_a_gp_nobody_can_reach_is_no_reason_to_stop(story: Story) -> None:
    story.files(caller=None)
    story.at(paris(24, 15))
    assert "apology" not in " ".join(story.written())
    assert story.view.next_rung == "due"


def test_a_confirmation_that_does_not_arrive_was_spoken(story: Story) -> None:
    story.files()
    story.written()
    story.loses("confirmation")
    assert story.written() == []


def test_the_words_of_calls_are_in_the_catalogue() -> None:
    spoken = {reach.APOLOGY_WORDS, reach.CONFIRMATION_WORDS, errand.CALL_WORDS, telling.HOUSE_CALL_WORDS}
    assert spoken <= texts.keys("voice")
