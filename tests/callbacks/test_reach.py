"""Reaching the GP (design 3): the best channel he has, each word once, no landline texted, nobody rung at night."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert, update

from callbacks import bridge, errand, gp, holding, reach, requests, telling
from callbacks.requests import Bridged
from callbacks.tables import bridges
from callbacks.trying import Result
from callbacks.ways import Way, in_order
from config import texts
from config.numbers import PARIS
from scheduling.store import Practitioner
from scheduling.tables import people, practitioner_phones, practitioners
from tests.callbacks.promised import AMELIE, BRUNO, GP, PRACTICE, Story
from tests.callbacks.rotas import paris

OTHER_MOBILE = "+33639980102"
PREMIUM = "+33899700000"


def record(*phones: str, email: str = "") -> Practitioner:
    return Practitioner(1, "Dr Inès Morel", email, None, "", phones)


# What he called from or keyed; his record; where he is reached.
WAYS = {
    "the mobile he called from": ((GP,), None, Way("sms", GP)),
    "the mobile he keyed before the landline he called from": ((GP, PRACTICE), None, Way("sms", GP)),
    "the mobile he called from, when he keyed a landline": ((PRACTICE, GP), None, Way("sms", GP)),
    "the mobile of his record": ((PRACTICE,), record(PRACTICE, OTHER_MOBILE), Way("sms", OTHER_MOBILE)),
    "his e-mail": ((PRACTICE,), record(PRACTICE, email="ines@example.org"), Way("email", "ines@example.org")),
    "a call to his practice": ((PRACTICE,), record(PRACTICE), Way("call", PRACTICE)),
    "a call to the number of his record": ((), record(PRACTICE), Way("call", PRACTICE)),
    "an overseas mobile": (("+262692000001",), None, Way("sms", "+262692000001")),
    "never a premium number": ((PREMIUM,), None, None),
    "nothing": ((), None, None),
}


@pytest.mark.parametrize(("own", "record", "way"), WAYS.values(), ids=WAYS)
def test_the_best_channel(own: tuple[str, ...], record: Practitioner | None, way: Way | None) -> None:
    assert next(iter(in_order(own, record, PARIS, channels=("sms", "email", "call"))), None) == way


def test_while_the_house_sends_no_mail_he_is_phoned() -> None:
    assert in_order((PRACTICE,), record(email="ines@example.org"), PARIS) == [Way("call", PRACTICE)]


@pytest.mark.parametrize(
    ("wrote", "way"),
    [
        (OTHER_MOBILE, Way("sms", OTHER_MOBILE)),
        (PRACTICE, Way("call", PRACTICE)),  # a box at home sends SMS; what we send there never arrives
        ("+447400123456", None),
    ],
)
def test_who_wrote_an_sms_from_what_cannot_be_texted_is_reached_otherwise(wrote: str, way: Way | None) -> None:
    found = in_order((wrote,), None, PARIS, wrote=Way("sms", wrote))
    assert next(iter(found), None) == way


@pytest.fixture
def story(database: Engine) -> Story:
    return Story(database)


def texts_to_gp(story: Story) -> list[str]:
    return [message.body for message in story.messages() if message.person_id is None]


def named(story: Story) -> list[str]:
    """Every SMS so far that named a senior to him, and was not taken back."""
    story._read = 0
    return [each.body for each in story.messages() if each.purpose == "named" and each.state != "dropped"]


def tries(story: Story, result: Result, bridge: Bridged | None = None) -> None:
    """Amélie tries to call him back."""
    with story.engine.begin() as conn:
        requests.attempted(conn, story.request_id, story.ids[AMELIE], story.moment, result, bridge)


def link(story: Story) -> str:
    """The address of his page."""
    return gp.url(story.house.public_url, story.view.reference, story.house.secret_key)


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


# Who has his request ----------------------------------------------------------------------------------------------


def test_he_is_told_by_name_who_has_his_request(story: Story) -> None:
    story.files()
    story.written()
    story.claims(AMELIE)
    story.works()
    story.works()
    (text,) = texts_to_gp(story)
    start = f"Rappel24 Cochin : le Dr Amélie (Cardiologie) prend votre demande {story.view.reference} en charge."
    assert text == f"{start} Rappel avant le 24/11 à 11h00. {link(story)}"


def test_a_title_in_a_name_is_not_said_twice(story: Story) -> None:
    with story.engine.begin() as conn:
        conn.execute(update(people).where(people.c.phone == AMELIE).values(name="Pr. Amélie Blanc"))
    story.files()
    story.written()
    story.claims(AMELIE)
    story.works()
    assert "le Dr Amélie Blanc (" in texts_to_gp(story)[0]


def test_each_claimer_is_named_once(story: Story) -> None:
    story.files()
    for phone in (AMELIE, AMELIE, BRUNO, AMELIE):
        story.claims(phone)
        story.works()
        story.gives_back(phone)
        story.after(minutes=1)
    first, second = named(story)
    assert "Dr Amélie" in first
    assert "Dr Bruno" in second


def test_when_it_is_open_again_he_is_told_anew_who_has_it(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    story.works()
    done(story)
    with story.engine.begin() as conn:
        gp.answer(conn, story.request_id, False, story.moment, "page")
    story.works()
    story.written()
    story.claims(AMELIE)
    story.works()
    assert story.written() == ["11:00 named sms to GP"]


@pytest.mark.parametrize("ends", ["gives_back", "closes"])
def test_he_is_not_told_who_has_it_once_that_is_over(story: Story, ends: str) -> None:
    story.files(message=False)
    story.claims(AMELIE)
    getattr(story, ends)(AMELIE)
    story.works()
    assert named(story) == []


def test_what_was_to_be_told_of_an_open_request_is_taken_back_when_it_is_closed(story: Story) -> None:
    story.files(message=False)
    story.claims(AMELIE)
    story.works()
    story.closes(AMELIE)
    story.works()
    assert [message.state for message in story.messages() if message.purpose == "named"] == ["dropped"]


def test_a_practice_without_a_mobile_is_not_rung_about_who_has_it(story: Story) -> None:
    story.files(PRACTICE)
    story.written()
    story.claims(AMELIE)
    story.works()
    assert [line for line in story.written() if "practice" in line or "named" in line] == []


def test_after_the_deadline_he_is_promised_no_time(story: Story) -> None:
    story.files()
    story.at(paris(24, 12))
    story.messages()
    story.claims(AMELIE)
    story.works()
    (text,) = texts_to_gp(story)
    assert "Toutes nos excuses pour ce retard." in text
    assert "avant le" not in text


# A try ------------------------------------------------------------------------------------------------------------


def test_he_is_told_of_a_try_that_did_not_reach_him(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    story.works()
    story.messages()
    story.at(paris(23, 12, 40))
    tries(story, Result.NO_ANSWER)
    story.works()
    (text,) = texts_to_gp(story)
    assert text == (
        "Rappel24 Cochin : un senior a tenté de vous joindre à 12h40. Nouvel essai avant le 24/11 à 11h00, ou rappelez"
        f" le 01 99 00 00 24, tapez {story.view.reference}#. Urgence : 15."
    )


def test_he_is_told_when_the_next_try_is(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    tries(story, Result.UNACCEPTED)
    with story.engine.begin() as conn:
        holding.postpone(conn, story.request_id, story.ids[AMELIE], paris(23, 18, 15), "window", story.moment)
    story.works()
    assert "Nouvel essai le 23/11 à 18h15" in texts_to_gp(story)[-1]


@pytest.mark.parametrize("result", [Result.REACHED, Result.CANCELED])
def test_what_was_no_try_or_reached_him_is_no_news(story: Story, result: Result) -> None:
    story.files()
    tries(story, result)
    story.works()
    assert "tried" not in " ".join(story.written())


def test_he_is_told_of_one_try_an_hour_at_most_and_never_late(story: Story) -> None:
    story.files()
    for minutes in (0, 20, 30, 30, 0):
        story.after(minutes=minutes)
        tries(story, Result.BUSY)
        story.works()
    assert [line for line in story.written() if "tried" in line] == ["11:00 tried sms to GP", "12:20 tried sms to GP"]
    story.after(minutes=90)
    story.claims(BRUNO)
    story.works()
    assert "tried" not in " ".join(story.written())


def test_a_try_is_no_news_to_who_was_reached_since(story: Story) -> None:
    story.files()
    tries(story, Result.UNACCEPTED)
    tries(story, Result.REACHED, Bridged(uuid4(), 90))
    story.works()
    assert "tried" not in " ".join(story.written())


def test_who_hears_of_a_try_is_not_told_besides_that_somebody_has_it(story: Story) -> None:
    story.files()
    story.written()
    story.claims(AMELIE)
    tries(story, Result.NO_ANSWER)
    story.works()
    story.after(minutes=5)
    story.leaves_message()
    story.hangs_up()
    story.works()
    assert [line for line in story.written() if "GP" in line] == ["11:00 tried sms to GP", "11:05 addition sms to GP"]


# Was he called? ---------------------------------------------------------------------------------------------------


def done(story: Story, outcome: str = "CONSEIL") -> list[str]:
    story.hears_everything()
    story.claims(AMELIE)
    story.closes(AMELIE, outcome)
    story.works()
    return [line for line in story.written() if "asked" in line]


def test_he_is_asked_whether_he_was_called_when_the_line_cannot_know(story: Story) -> None:
    story.files()
    story.messages()
    assert done(story) == ["11:00 asked sms to GP"]
    story._read = 0
    text = texts_to_gp(story)[-1]
    assert f"demande {story.view.reference} (Cardiologie) close. Avez-vous été rappelé ? " in text
    assert link(story) in text
    story.works()
    assert story.written() == []


def test_he_is_asked_by_day(story: Story) -> None:
    story.now = paris(23, 21)
    story.files()
    assert done(story) == ["21:00 asked sms to GP at 08:00"]


@pytest.mark.parametrize("outcome", ["JOINT", "DOUBLON", "HORS_CHAMP"])
def test_he_is_not_asked_when_there_was_nothing_to_call_about(story: Story, outcome: str) -> None:
    story.files()
    assert done(story, outcome) == []


def test_he_is_not_asked_when_the_line_has_put_them_through(story: Story) -> None:
    story.files()
    tries(story, Result.REACHED, Bridged(uuid4(), 90))
    assert done(story) == []


def test_he_is_not_asked_while_the_two_have_not_hung_up_yet(story: Story) -> None:
    story.files()
    with story.engine.begin() as conn:
        asked = bridge.ask(conn, story.request_id, story.ids[AMELIE], story.moment, "page")
        assert isinstance(asked, bridge.Asked)
        conn.execute(update(bridges).values(accepted_at=story.now))
    assert done(story) == []


def test_a_call_that_she_says_she_made_herself_is_asked_about(story: Story) -> None:
    story.files()
    tries(story, Result.REACHED)
    assert done(story) == ["11:00 asked sms to GP"]


def test_a_callback_before_he_said_no_proves_nothing_of_the_next(story: Story) -> None:
    story.files()
    tries(story, Result.REACHED, Bridged(uuid4(), 2))
    assert done(story) == []
    story.after(hours=1)
    with story.engine.begin() as conn:
        gp.answer(conn, story.request_id, False, story.moment, "page")
    story.works()
    story.after(minutes=5)
    assert done(story) == ["12:05 asked sms to GP"]


def test_the_question_is_taken_back_when_his_request_is_open_again(story: Story) -> None:
    story.now = paris(23, 21)
    story.files()
    assert done(story) == ["21:00 asked sms to GP at 08:00"]
    story.leaves_message()
    story.hangs_up()
    story.works()
    story._read = 0
    assert [message.state for message in story.messages() if message.purpose == "asked"] == ["dropped"]


def test_who_could_not_be_reached_hears_how_to_open_it_again(story: Story) -> None:
    story.files()
    story.hears_everything()
    story.claims(AMELIE)
    for hour in (12, 15, 18):
        story.at(paris(23, hour, 30))
        tries(story, Result.NO_ANSWER)
    story.closes(AMELIE, "NON_JOINT")
    story.works()
    text = texts_to_gp(story)[-1]
    assert f"Pour la rouvrir : 01 99 00 00 24, tapez {story.view.reference}# puis 1." in text


def test_who_has_it_is_told_that_no_call_is_needed_any_more(story: Story) -> None:
    story.files()
    story.claims(AMELIE)
    story.works()
    story.written()
    with story.engine.begin() as conn:
        assert gp.withdraw(conn, story.request_id, story.moment)
        assert not gp.withdraw(conn, story.request_id, story.moment)
    story.works()
    assert story.written() == ["11:00 withdrawn sms to Amélie"]


def test_when_nobody_has_it_nobody_is_told_that_no_call_is_needed(story: Story) -> None:
    story.files()
    story.written()
    with story.engine.begin() as conn:
        gp.withdraw(conn, story.request_id, story.moment)
    story.works()
    assert story.written() == []
