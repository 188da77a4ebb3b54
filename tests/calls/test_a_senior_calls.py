"""A senior calls the line from his registered mobile, or is called by it."""

from sqlalchemy import text

from callbacks import pins
from simulator import sms_undelivered
from tests.calls.hospital import AMELIE, LINE, Hospital
from tests.calls.test_the_promise_to_its_end import leaves_a_request


def give_pin(hospital: Hospital, phone: str, pin: str) -> None:
    with hospital.engine.begin() as connection:
        person = connection.execute(text("select id from people where phone = :phone"), {"phone": phone}).scalar_one()
        assert pins.set_first(connection, person, pin) is None


def test_he_hears_how_many_wait_and_claims_with_a_key(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    amelie = hospital.amelie.dials(LINE).hears("Une demande vous attend").presses("1#").hears("Cardiologie")
    amelie.expects_no("Petit").expects_no("06").presses("1").hears("est à vous").hangs_up()
    hospital.sim.run_until_idle()
    [request] = hospital.requests()
    assert (request["state"], request["claimed_by"]) == ("claimed", AMELIE)
    assert hospital.calls()[-1]["result"] == "senior"


def test_the_number_and_the_message_need_his_pin_and_the_hearing_is_recorded(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    hospital.sim.advance(minutes=2)
    give_pin(hospital, AMELIE, "8305")
    amelie = hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Cardiologie").presses("1").presses("1")
    amelie.hears("code personnel").presses("1111#").hears("pas le bon").presses("8305#").hears("06, 39, 98, 01, 01")
    amelie.hears("réécouter", within=60).hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.sql("select count(*) from hearings where how = 'phone'").scalar_one() == 1
    assert hospital.sql("select heard_at is not null from parts").scalar_one() is True


def test_five_wrong_pins_lock_it(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    give_pin(hospital, AMELIE, "8305")
    for wrong in (("1111#", "2222#"), ("3333#", "4444#"), ("5555#",)):
        amelie = hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Cardiologie").presses("3")
        for pin in wrong:
            amelie.hears("code personnel", within=40).presses(pin)
        amelie.hears("bloqué" if len(wrong) == 1 else "pas le bon")
        amelie.hangs_up()
        hospital.sim.run_until_idle()
    assert hospital.sql("select count(*) from hearings").scalar_one() == 0


def test_caller_id_alone_never_chooses_a_pin(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Cardiologie").presses("3").hears(
        "lien reçu par SMS"
    )
    hospital.sim.run_until_idle()
    assert hospital.sql("select count(*) from people where pin_hash is not null").scalar_one() == 0


def test_in_a_call_that_we_placed_he_chooses_his_pin_and_hears_the_message(hospital: Hospital) -> None:
    hospital.amelie.receives_sms(sms_undelivered(30003))
    leaves_a_request(hospital)
    amelie = hospital.amelie.rings(within=400).answers().hears("attend un rappel").presses("1").hears("est à vous")
    amelie.presses("1").hears("Choisissez un code").presses("1234#").hears("trop simple").presses("8305#")
    amelie.hears("Numéro à rappeler").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.sql("select count(*) from people where pin_hash is not null").scalar_one() == 1


def test_nothing_pending_leads_to_the_wards(hospital: Hospital) -> None:
    hospital.amelie.dials(LINE).hears("Aucune demande").presses("1#").hears("trois premières lettres").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.requests() == []
