"""A GP keys his reference: how his request stands, who has it; he was not called, or needs no call any more."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from callbacks import holding, requests
from callbacks.trying import Result
from config import clock
from simulator import no_answer, takes_the_call
from simulator.handset import Handset
from tests.calls.hospital import AMELIE, BRUNO, EMMA, LINE, Hospital
from tests.calls.test_the_promise_to_its_end import leaves_a_request

STRANGER = "+33199000077"
OTHER_NUMBER = "+33199000033"


def on_file(hospital: Hospital) -> int:
    return int(hospital.sql("select max(id) from requests").scalar_one())


def person(hospital: Hospital, phone: str) -> int:
    return int(hospital.sql("select id from people where phone = :phone", phone=phone).scalar_one())


def claims(hospital: Hospital, phone: str) -> None:
    with hospital.engine.begin() as conn:
        moment = clock.read(conn)
        taken = requests.claim(conn, on_file(hospital), person(hospital, phone), moment, "page")
    assert isinstance(taken, requests.Claimed)
    hospital.ticks()


def tries(hospital: Hospital, phone: str) -> None:
    with hospital.engine.begin() as conn:
        requests.attempted(conn, on_file(hospital), person(hospital, phone), clock.read(conn), Result.NO_ANSWER)


def closes(hospital: Hospital, phone: str, outcome: str = "CONSEIL") -> None:
    with hospital.engine.begin() as conn:
        conn.execute(text("update parts set heard_at = app_now()"))
        closed = requests.close(conn, on_file(hospital), person(hospital, phone), outcome, clock.read(conn))
    assert isinstance(closed, requests.Done)
    hospital.ticks()


def state(hospital: Hospital) -> str:
    return str(hospital.requests()[-1]["state"])


def keys_it(hospital: Hospital, phone: Handset | None = None) -> Handset:
    """He dials the line and keys his reference."""
    reference = hospital.requests()[-1]["reference"]
    return (phone or hospital.mobile_gp).dials(LINE).hears("dièse").presses(f"{reference}#")


def hangs_up(hospital: Hospital, gp: Handset) -> None:
    gp.hangs_up()
    hospital.sim.run_until_idle()


# How it stands ----------------------------------------------------------------------------------------------------


def test_the_name_of_who_has_it_is_for_its_gp_alone(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    claims(hospital, BRUNO)
    gp = keys_it(hospital).hears("Le docteur Bruno Leroy a pris votre demande en charge")
    hangs_up(hospital, gp.hears("Pour retirer votre demande"))
    stranger = keys_it(hospital, hospital.sim.phone(STRANGER)).hears("Un médecin senior a pris votre demande")
    hangs_up(hospital, stranger.expects_no("Bruno"))


def test_he_hears_when_he_was_tried_and_when_the_next_try_is(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    claims(hospital, AMELIE)
    tries(hospital, AMELIE)
    with hospital.engine.begin() as conn:
        moment = clock.read(conn)
        until = moment.now + timedelta(hours=4)
        holding.postpone(conn, on_file(hospital), person(hospital, AMELIE), until, "window", moment)
    gp = keys_it(hospital).hears("Dernier essai pour vous joindre").hears("aujourd'hui quatorze heures")
    hangs_up(hospital, gp.hears("Prochain essai").hears("aujourd'hui dix-huit heures"))
    hospital.mobile_gp.reads("a tenté de vous joindre")


# Put through ------------------------------------------------------------------------------------------------------


def test_1_rings_who_has_it_before_the_others(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    claims(hospital, BRUNO)
    hospital.bruno.behaves(takes_the_call(conversation=20))
    gp = keys_it(hospital).hears("Pour appeler le service").presses("1").is_put_through(hospital.bruno, within=60)
    hospital.sim.advance(seconds=30)
    hangs_up(hospital, gp)
    last = hospital.calls()[-1]
    assert (last["result"], last["answered_by"], last["rung"]) == ("answered", BRUNO, [BRUNO])


def test_who_has_it_and_is_off_duty_is_not_rung(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    claims(hospital, EMMA)
    hospital.amelie.behaves(takes_the_call(conversation=20))
    gp = keys_it(hospital).hears("Pour appeler le service").presses("1").is_put_through(hospital.amelie, within=60)
    hospital.sim.advance(seconds=30)
    hangs_up(hospital, gp)
    assert hospital.calls()[-1]["rung"] == [AMELIE]


def test_once_they_have_talked_he_is_not_asked_whether_he_was_called(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    claims(hospital, AMELIE)
    hospital.amelie.behaves(takes_the_call(conversation=20))
    gp = keys_it(hospital).hears("Pour appeler le service").presses("1").is_put_through(hospital.amelie, within=60)
    hospital.sim.advance(seconds=30)
    hangs_up(hospital, gp)
    assert state(hospital) == "claimed"  # his message is unheard: whoever hears it closes it
    closes(hospital, AMELIE)
    hospital.passes(hours=1)
    assert hospital.messages("asked") == []


def test_what_a_stranger_talks_about_settles_nothing(hospital: Hospital) -> None:
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    hospital.mobile_gp.dials(LINE).presses("227#").hears("rappelle avant", within=150).hangs_up()
    hospital.sim.run_until_idle()
    hospital.amelie.behaves(takes_the_call(conversation=20))
    stranger = keys_it(hospital, hospital.sim.phone(STRANGER)).hears("Pour appeler le service").presses("1")
    stranger.is_put_through(hospital.amelie, within=60)
    hospital.sim.advance(seconds=30)
    hangs_up(hospital, stranger)
    assert state(hospital) == "open"


# Withdrawn, changed -----------------------------------------------------------------------------------------------


def test_he_withdraws_it_and_who_has_it_is_told(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    claims(hospital, AMELIE)
    keys_it(hospital).hears("Pour retirer").presses("2").hears("Pour confirmer").presses("1").hears("retirée")
    hospital.sim.run_until_idle()
    assert state(hospital) == "withdrawn"
    hospital.amelie.reads("n'a plus besoin d'un rappel")
    sent = len(hospital.messages())
    hospital.passes(hours=30)
    assert len(hospital.messages()) == sent
    keys_it(hospital).hears("Cette demande est close").is_hung_up_on()


@pytest.mark.parametrize("keys", ["", "2"], ids=["silence", "2"])
def test_it_is_withdrawn_by_1_and_by_nothing_else(hospital: Hospital, keys: str) -> None:
    leaves_a_request(hospital)
    gp = keys_it(hospital).hears("Pour retirer").presses("2").hears("Pour confirmer")
    if keys:
        gp.presses(keys).hears("Pour appeler le service")
    gp.hears("Au revoir", within=90).is_hung_up_on()
    hospital.sim.run_until_idle()
    assert state(hospital) == "open"


@pytest.mark.parametrize("key", ["2", "3"])
def test_a_stranger_withdraws_and_changes_nothing(hospital: Hospital, key: str) -> None:
    leaves_a_request(hospital)
    before = hospital.requests()
    stranger = keys_it(hospital, hospital.sim.phone(STRANGER)).hears("Pour appeler le service")
    stranger.expects_no("retirer").presses(key).hears("Je n'ai pas compris").presses(key).hears("Au revoir")
    hospital.sim.run_until_idle()
    assert hospital.requests() == before


def test_he_changes_his_number_and_his_hours(hospital: Hospital) -> None:
    request = leaves_a_request(hospital)
    gp = keys_it(hospital).hears("Pour changer de numéro").presses("3").hears("garder ce numéro").presses("2")
    gp.hears("Composez le numéro").presses("0199000033#").hears("exact").presses("1").hears("Quand").presses("3")
    gp.hears("C'est noté pour la demande").is_hung_up_on()
    hospital.sim.run_until_idle()
    [after] = hospital.requests()
    assert (after["caller"], after["due_at"]) == (OTHER_NUMBER, request["due_at"])
    assert hospital.sql("select reach from requests").scalar_one() == "evening"
    keys_it(hospital, hospital.sim.phone(OTHER_NUMBER)).hears("Pour retirer votre demande").hangs_up()


# Was he called? ---------------------------------------------------------------------------------------------------


def test_a_yes_is_one_digit(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    claims(hospital, AMELIE)
    closes(hospital, AMELIE)
    hospital.mobile_gp.reads("Avez-vous")
    keys_it(hospital).hears("Avez-vous").presses("1").hears("Merci").is_hung_up_on()
    hospital.sim.run_until_idle()
    assert state(hospital) == "done"
    assert hospital.sql("select count(*) from events where kind = 'confirmed'").scalar_one() == 1


def test_the_link_in_the_question_opens_his_page_and_a_preview_of_it_answers_nothing(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    claims(hospital, AMELIE)
    closes(hospital, AMELIE)
    found = re.search(r"https://rappel24\.test(/g/\w+)", hospital.mobile_gp.reads("Avez-vous").body)
    assert found
    for _ in range(2):
        page = hospital.app.test_client().get(found[1], base_url="https://rappel24.test")
        assert (page.status_code, "Avez-vous été rappelé" in page.text) == (200, True)
    assert hospital.sql("select count(*) from events where kind in ('confirmed', 'denied')").scalar_one() == 0


def test_a_no_opens_it_again_tells_the_ward_and_its_head_and_1_rings_it_now(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    claims(hospital, AMELIE)
    hospital.passes(hours=2)
    closes(hospital, AMELIE)
    hospital.sim.advance(seconds=5)
    told = len(hospital.chloe.texts)
    gp = keys_it(hospital).hears("Avez-vous").presses("2").hears("rouverte").hears("rappelle avant")
    hospital.amelie.behaves(takes_the_call(conversation=20))
    gp.hears("Pour appeler le service").presses("1").is_put_through(hospital.amelie, within=60)
    assert state(hospital) == "open"
    hospital.sim.advance(seconds=30)
    hangs_up(hospital, gp)
    hospital.passes(minutes=15)
    assert len(hospital.chloe.texts) > told
    assert hospital.requests()[-1]["reference"] in hospital.chloe.texts[-1].body


def test_who_could_not_be_reached_opens_it_again_with_1(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    claims(hospital, AMELIE)
    for _ in range(3):
        tries(hospital, AMELIE)
        hospital.passes(hours=6)
    closes(hospital, AMELIE, "NON_JOINT")
    hospital.passes(minutes=1)
    hospital.mobile_gp.reads("Pour la rouvrir")
    keys_it(hospital).hears("Nous n'avons pas pu vous joindre").presses("1").hears("rouverte").hangs_up()
    hospital.sim.run_until_idle()
    assert state(hospital) == "open"


def test_a_stranger_is_not_asked_and_opens_nothing(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    claims(hospital, AMELIE)
    closes(hospital, AMELIE)
    stranger = keys_it(hospital, hospital.sim.phone(STRANGER)).hears("Cette demande est close")
    stranger.expects_no("Avez-vous").is_hung_up_on()
    assert state(hospital) == "done"


def test_after_seven_days_he_is_sent_to_the_ward_kindly(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    claims(hospital, AMELIE)
    closes(hospital, AMELIE)
    hospital.passes(days=8, longest=timedelta(days=1))
    gp = keys_it(hospital).hears("Cette demande est close").hears("choisissez le service")
    gp.expects_no("rouverte").is_hung_up_on()
    assert state(hospital) == "done"
