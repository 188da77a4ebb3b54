"""A GP calls the line and hears a senior's answer in writing: behind a code to his mobile, and kept in no turn."""

import re

import pytest
from sqlalchemy import text

from callbacks.answers import sending
from callbacks.house import Desk
from callbacks.line import UnknownCall
from config import clock
from simulator.handset import Handset
from tests.calls.hospital import AMELIE, Bell, Hospital
from tests.calls.test_coming_back_with_a_reference import STRANGER, hangs_up, keys_it, on_file, person, state
from tests.calls.test_the_promise_to_its_end import leaves_a_request

WORDS = "Bonjour cher confrère.\nPoursuivez le traitement.\n\nContrôle de la kaliémie jeudi."


@pytest.fixture
def answered(hospital: Hospital) -> Hospital:
    """Dr Petit left a message, and Amélie has answered him in writing."""
    leaves_a_request(hospital)
    with hospital.engine.begin() as conn:
        conn.execute(text("update parts set heard_at = app_now()"))
        desk = Desk(hospital.engine, Bell(), hospital.box, hospital.house)
        asked, moment = on_file(hospital), clock.read(conn)
        told = sending.send(conn, desk, asked, person(hospital, AMELIE), WORDS, "CONSEIL", moment)
        assert isinstance(told, sending.Sent)
    hospital.ticks()
    hospital.mobile_gp.reads("a répondu à votre demande")
    return hospital


def code(hospital: Hospital) -> str:
    """The code that Dr Petit was texted."""
    found = re.search(r"\d{6}", hospital.mobile_gp.reads("est votre code").body)
    assert found
    return found[0]


def asks_for_the_code(hospital: Hospital, phone: Handset | None = None) -> Handset:
    return keys_it(hospital, phone).hears("a répondu par écrit").presses("1").hears("Composez-le dès qu'il arrive")


def read_how(hospital: Hospital) -> object:
    return hospital.sql("select read_how from answers").scalar_one()


def test_he_hears_it_after_the_code_and_that_he_did_is_on_the_timeline(answered: Hospital) -> None:
    gp = asks_for_the_code(answered).expects_no("kaliémie").presses(code(answered))
    gp.hears("Le docteur Amélie Blanc vous répond").hears("Poursuivez le traitement.").hears("kaliémie jeudi")
    assert read_how(answered) == "phone"
    assert answered.sql("select count(*) from events where kind = 'read'").scalar_one() == 1
    gp.hears("Fin de la réponse").presses("2").hears("kaliémie jeudi").presses("1").hears("C'est noté")
    gp.is_hung_up_on()
    assert answered.sql("select count(*) from events where kind = 'read'").scalar_one() == 1


def test_a_wrong_key_after_it_and_silence_do_not_have_it_read_again(answered: Hospital) -> None:
    gp = asks_for_the_code(answered).presses(code(answered)).hears("Fin de la réponse").presses("9")
    gp.hears("Je n'ai pas compris").hears("Fin de la réponse")
    before = gp.heard.count("kaliémie")
    gp.hears("Au revoir", within=60)
    gp.is_hung_up_on()
    assert (before, gp.heard.count("kaliémie")) == (1, 1)


def test_what_she_wrote_stands_in_no_turn_and_no_memory_of_the_call(answered: Hospital) -> None:
    gp = asks_for_the_code(answered).presses(code(answered)).hears("kaliémie jeudi")
    hangs_up(answered, gp)
    for kept in (
        "select answer from turns",
        "select memory::text from calls",
        "select body || detail::text from outbox",
    ):
        assert not [each for each in answered.sql(kept).scalars() if "kali" in each]


def test_a_wrong_code_twice_ends_the_call_and_reads_nothing(answered: Hospital) -> None:
    gp = asks_for_the_code(answered)
    wrong = f"{(int(code(answered)) + 1) % 10**6:06}"
    gp.presses(wrong).hears("n'est pas le bon").presses(wrong).hears("Au revoir").expects_no("kaliémie")
    gp.is_hung_up_on()
    assert read_how(answered) is None


def test_who_keys_the_reference_from_another_number_needs_the_code_of_the_mobile_too(answered: Hospital) -> None:
    stranger = answered.sim.phone(STRANGER)
    keys_it(answered, stranger).hears("Un médecin senior a répondu par écrit").expects_no("Amélie").presses("1")
    stranger.hears("Composez-le").presses(code(answered)).hears("Le docteur Amélie Blanc vous répond")
    hangs_up(answered, stranger.hears("kaliémie"))


def test_silence_while_the_code_is_awaited_ends_the_call(answered: Hospital) -> None:
    gp = asks_for_the_code(answered)
    gp.hears("Au revoir", within=120)
    gp.is_hung_up_on()
    assert read_how(answered) is None


def test_when_it_is_not_enough_he_asks_to_be_called_back(answered: Hospital) -> None:
    gp = asks_for_the_code(answered).presses(code(answered)).hears("Fin de la réponse").presses("3")
    gp.hears("votre demande est rouverte")
    hangs_up(answered, gp)
    assert state(answered) == "open"


def test_he_may_ask_to_be_called_back_without_hearing_it_but_a_stranger_may_not(answered: Hospital) -> None:
    stranger = keys_it(answered, answered.sim.phone(STRANGER)).hears("a répondu par écrit").presses("2")
    hangs_up(answered, stranger.hears("Je n'ai pas compris"))
    assert state(answered) == "done"
    gp = keys_it(answered).hears("Pour être rappelé, tapez 2").presses("2").hears("votre demande est rouverte")
    hangs_up(answered, gp)
    assert state(answered) == "open"
    hangs_up(answered, keys_it(answered).hears("demande en attente"))


def test_codes_by_telephone_and_on_the_page_are_counted_together(answered: Hospital) -> None:
    answered.sql(
        "insert into answer_codes (answer_id, hash, made_real)"
        " select id, 'x', real_now() - interval '5 minutes' from answers, generate_series(1, 5)"
    )
    gp = keys_it(answered).hears("a répondu par écrit").presses("1").hears("Trop de codes")
    gp.is_hung_up_on()


def test_a_code_that_is_too_old_is_replaced_by_another(answered: Hospital) -> None:
    gp = asks_for_the_code(answered)
    old = code(answered)
    answered.sql("update answer_codes set made_real = made_real - interval '11 minutes'")
    gp.presses(old).hears("n'est plus valable").presses("1").hears("Composez-le")
    newest = answered.sql("select body from outbox where purpose = 'answer_code' order by id desc limit 1").scalar_one()
    found = re.search(r"\d{6}", newest)
    assert found
    hangs_up(answered, gp.presses(found[0]).hears("kaliémie"))


def test_nobody_hears_it_who_knows_the_address_alone(answered: Hospital) -> None:
    gp = asks_for_the_code(answered)
    call_id, turn = answered.sql("select id, turn from calls order by started_at desc limit 1").one()
    stranger = answered.app.test_client()
    assert stranger.post(f"/webhooks/voice/aloud/{call_id}/{turn}").status_code == 403
    with pytest.raises(UnknownCall):
        answered.desk_line.aloud(call_id, turn)  # the carrier itself hears nothing before the code
    assert read_how(answered) is None
    hangs_up(answered, gp)


def test_an_answer_that_does_not_open_is_an_alarm_and_the_caller_is_told(answered: Hospital) -> None:
    gp = asks_for_the_code(answered)
    answered.sql("update answers set body = '\\x00'")
    gp.presses(code(answered)).hears("incident")
    hangs_up(answered, gp)
    assert read_how(answered) is None
    assert answered.sql("select kind from alarms where cleared_at is null").scalars().all() == ["message_broken"]


def test_an_answer_that_went_whole_by_mail_is_not_read_out_and_he_may_still_be_called_back(answered: Hospital) -> None:
    answered.sql("update answers set way = 'mssante', code_to = null")
    stranger = keys_it(answered, answered.sim.phone(STRANGER)).hears("a répondu par écrit").presses("1")
    stranger.hears("messagerie sécurisée").expects_no("tapez 2").hears("Au revoir")
    stranger.is_hung_up_on()
    gp = keys_it(answered).presses("1").hears("messagerie sécurisée").hears("Pour être rappelé, tapez 2").presses("2")
    hangs_up(answered, gp.hears("votre demande est rouverte"))
    assert state(answered) == "open"
