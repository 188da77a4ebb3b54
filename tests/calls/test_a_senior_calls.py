"""A senior calls the line from his registered mobile, or is called by it."""

import pytest
from sqlalchemy import text

from callbacks import holding, pins
from config import clock
from simulator import no_answer, sms_undelivered, takes_the_call
from tests.calls.callbacks_through_the_line import bridge_of, owed, person_id, tries
from tests.calls.hospital import AMELIE, BRUNO, LINE, Hospital
from tests.calls.test_coming_back_with_a_reference import closes
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


def test_of_what_he_hears_on_the_line_he_is_not_telephoned_any_more(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    later = (
        "insert into outbox (key, purpose, channel, recipient, person_id, request_id, body, due_at, detail, created_at)"
        " select 'overdue:call', 'overdue', 'call', p.phone, p.id, r.id, 'voice.alert_offer',"
        " app_now() + interval '1 hour', '{}', app_now() from people p, requests r where p.phone = :phone"
    )
    with hospital.engine.begin() as connection:
        connection.execute(text(later), {"phone": AMELIE})
    hospital.amelie.dials(LINE).hears("Une demande vous attend").presses("1#").hears("Cardiologie").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.sql("select state from outbox where key = 'overdue:call'").scalar_one() == "dropped"


def test_the_number_and_the_message_need_his_pin_and_the_hearing_is_recorded(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    hospital.sim.advance(minutes=2)
    give_pin(hospital, AMELIE, "8305")
    amelie = hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Cardiologie").presses("1").presses("2")
    amelie.hears("code personnel").presses("1111#").hears("pas le bon").presses("8305#").hears("06, 39, 98, 01, 01")
    amelie.hears("réécouter", within=60).hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.sql("select count(*) from hearings where how = 'phone'").scalar_one() == 1
    assert hospital.sql("select heard_at is not null from parts").scalar_one() is True


def test_five_wrong_pins_lock_it(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    give_pin(hospital, AMELIE, "8305")
    for wrong in (("1111#", "2222#"), ("3333#", "4444#"), ("5555#",)):
        amelie = hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Cardiologie").presses("2")
        for pin in wrong:
            amelie.hears("code personnel", within=40).presses(pin)
        amelie.hears("bloqué" if len(wrong) == 1 else "pas le bon")
        amelie.hangs_up()
        hospital.sim.run_until_idle()
    assert hospital.sql("select count(*) from hearings").scalar_one() == 0


def test_caller_id_alone_never_chooses_a_pin(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Cardiologie").presses("2").hears(
        "lien reçu par SMS"
    )
    hospital.sim.run_until_idle()
    assert hospital.sql("select count(*) from people where pin_hash is not null").scalar_one() == 0


def test_in_a_call_that_we_placed_he_chooses_his_pin_and_hears_the_message(hospital: Hospital) -> None:
    hospital.amelie.receives_sms(sms_undelivered(30003))
    leaves_a_request(hospital)
    amelie = hospital.amelie.rings(within=400).answers().hears("attend un rappel").presses("1").hears("est à vous")
    amelie.presses("2").hears("Choisissez un code").presses("1234#").hears("trop simple").presses("8305#")
    amelie.hears("Numéro à rappeler").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.sql("select count(*) from people where pin_hash is not null").scalar_one() == 1


def test_nothing_pending_leads_to_the_wards(hospital: Hospital) -> None:
    hospital.amelie.dials(LINE).hears("Aucune demande").presses("1#").hears("trois premières lettres").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.requests() == []


def test_by_his_number_alone_he_takes_and_gives_back(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    amelie = hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Pour la prendre en charge").presses("1")
    amelie.hears("est à vous").hears("rendre au service").presses("5")
    amelie.hears("est rendue").hears("pas d'autre demande").is_hung_up_on()
    hospital.sim.run_until_idle()
    assert [request["state"] for request in hospital.requests()] == ["open"]
    kinds = hospital.sql("select kind from events where kind in ('claimed', 'released') order by id").scalars()
    assert list(kinds) == ["claimed", "released"]


def test_a_request_that_a_colleague_has_taken_meanwhile_is_not_his(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    amelie = hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Pour la prendre en charge")
    claims(hospital, BRUNO)
    amelie.presses("1").hears("un confrère s'en est chargé").hears("pas d'autre demande").is_hung_up_on()
    hospital.sim.run_until_idle()
    assert hospital.requests()[0]["claimed_by"] == BRUNO


@pytest.mark.parametrize("key", ["1", "4"], ids=["call back", "close"])
def test_by_his_number_alone_nobody_calls_back_or_closes(hospital: Hospital, key: str) -> None:
    leaves_a_request(hospital)
    give_pin(hospital, AMELIE, "8305")
    amelie = hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Pour la prendre en charge").presses("1")
    amelie.hears("est à vous").presses(key).hears("code personnel").presses("1111#").hears("pas le bon").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.sql("select count(*) from bridges").scalar_one() == 0
    assert hospital.requests()[0]["state"] == "claimed"


def test_after_his_pin_he_calls_back_in_the_same_call_and_says_how_it_ended(hospital: Hospital) -> None:
    request = owed(hospital)
    give_pin(hospital, AMELIE, "8305")
    hospital.mobile_gp.behaves(takes_the_call(conversation=40))
    amelie = hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Pour la prendre en charge").presses("1")
    amelie.hears("est à vous").presses("1").hears("code personnel").presses("8305#").hears("J'appelle")
    amelie.is_put_through(hospital.mobile_gp).hears("Conseil, 1", within=90).presses("4").hears("est close")
    amelie.hears("pas d'autre demande").is_hung_up_on()
    hospital.sim.run_until_idle()
    assert hospital.requests()[0]["outcome"] == "URGENCES"
    assert [result for result, _ in tries(hospital)] == ["reached"]
    assert bridge_of(hospital, request).how == "phone"
    assert hospital.calls()[-1]["result"] == "senior"


def test_what_came_of_one_callback_is_not_said_of_the_next(hospital: Hospital) -> None:
    owed(hospital)
    hospital.sim.advance(minutes=1)
    second = owed(hospital, mobile=False)
    give_pin(hospital, AMELIE, "8305")
    hospital.mobile_gp.behaves(takes_the_call(conversation=20))
    amelie = (
        hospital.amelie.dials(LINE).hears("attendent").presses("1#").hears("Pour la prendre en charge").presses("1")
    )
    amelie.hears("est à vous").presses("1").hears("code personnel").presses("8305#").hears("Pas fini, 9", within=90)
    amelie.presses("9").hears(" ".join(f"{digit}," for digit in second.reference[:5])).presses("1").hears("est à vous")
    amelie.presses("4").hears("Secrétariat seulement").presses("8").hears("Prochain essai").hangs_up()
    hospital.sim.run_until_idle()
    assert [result for result, _ in tries(hospital)] == ["secretariat", "reached"]
    assert hospital.sql("select outcome from bridges").scalars().all() == ["reached"]


def test_he_is_asked_to_take_over_and_accepts_by_a_key(hospital: Hospital) -> None:
    request = owed(hospital)
    claims(hospital, AMELIE)
    offers(hospital, request.id, BRUNO)
    bruno = hospital.bruno.dials(LINE).hears("attend").presses("1#").hears("Un confrère vous demande").presses("1")
    bruno.hears("est à vous").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.requests()[0]["claimed_by"] == BRUNO


def test_or_refuses_by_another(hospital: Hospital) -> None:
    request = owed(hospital)
    claims(hospital, AMELIE)
    offers(hospital, request.id, BRUNO)
    bruno = hospital.bruno.dials(LINE).hears("attend").presses("1#").hears("Un confrère vous demande").presses("5")
    bruno.hears("vous ne la reprenez pas").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.requests()[0]["claimed_by"] == AMELIE
    assert hospital.sql("select offered_to from requests").scalar_one() is None


def test_a_call_of_ours_is_1_to_take_it_1_to_call_back_and_no_pin(hospital: Hospital) -> None:
    hospital.amelie.receives_sms(sms_undelivered(30003))
    leaves_a_request(hospital)
    hospital.sql("update parts set heard_at = app_now()")
    hospital.mobile_gp.behaves(takes_the_call(conversation=30))
    amelie = hospital.amelie.rings(within=400).answers().hears("attend un rappel").presses("1").hears("est à vous")
    amelie.presses("1").is_put_through(hospital.mobile_gp).hears("Conseil, 1", within=60).presses("1")
    amelie.hears("est close").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.requests()[0]["outcome"] == "CONSEIL"
    assert [result for result, _ in tries(hospital)] == ["reached"]


def test_after_three_windows_he_may_close_it_as_not_reached(hospital: Hospital) -> None:
    request = owed(hospital)
    tried_before(hospital, request.id, hours=(4, 2))
    hospital.mobile_gp.behaves(no_answer())
    give_pin(hospital, AMELIE, "8305")
    amelie = hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Pour la prendre en charge").presses("1")
    amelie.hears("est à vous").presses("1").hears("code personnel").presses("8305#")
    amelie.hears("médecin non joint, 4", within=90).presses("4").hears("est close").hangs_up()
    hospital.sim.run_until_idle()
    assert [(each["state"], each["outcome"]) for each in hospital.requests()] == [("unreachable", "NON_JOINT")]


def test_before_that_he_is_not_offered_it_and_the_key_does_not_do_it(hospital: Hospital) -> None:
    owed(hospital)
    hospital.mobile_gp.behaves(no_answer())
    give_pin(hospital, AMELIE, "8305")
    amelie = hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Pour la prendre en charge").presses("1")
    amelie.hears("est à vous").presses("1").hears("code personnel").presses("8305#").hears("n'a pas répondu", within=90)
    amelie.presses("4").hears("trois essais").hears("Prochain essai").expects_no("non joint, 4").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.requests()[0]["state"] == "claimed"


def claims(hospital: Hospital, phone: str) -> None:
    hospital.now_is(hospital.sim.now)
    with hospital.engine.begin() as conn:
        [request] = conn.execute(text("select id from requests")).scalars()
        holding.claim(conn, request, person_id(hospital, phone), clock.read(conn), "page")


def offers(hospital: Hospital, request_id: int, to: str) -> None:
    with hospital.engine.begin() as conn:
        holding.offer(conn, request_id, person_id(hospital, to), clock.read(conn), by=person_id(hospital, AMELIE))


def tried_before(hospital: Hospital, request_id: int, hours: tuple[int, ...]) -> None:
    """Nobody answered, so many hours ago (the request is older, then)."""
    hospital.sql("update requests set created_at = created_at - interval '8 hours'")
    for ago in hours:
        hospital.sql(
            "insert into events (request_id, at, kind, person_id, detail) values (:id, app_now() - :ago * interval"
            ' \'1 hour\', \'attempted\', :person, \'{"result": "no-answer", "how": "own"}\')',
            id=request_id,
            ago=ago,
            person=person_id(hospital, AMELIE),
        )


@pytest.mark.parametrize(
    ("change", "heard"),
    [
        ("delete from parts", "Il n'a pas laissé de message"),
        ("update recordings set state = 'ready'", "pas encore arrivé"),
        ("update parts set recording_id = null, body = 'sealed'", "Il reste à lire"),
    ],
    ids=["no message", "on its way", "written"],
)
def test_what_cannot_be_played_is_said_to_be_so(hospital: Hospital, change: str, heard: str) -> None:
    leaves_a_request(hospital)
    hospital.sim.advance(minutes=2)
    hospital.sql(change)
    give_pin(hospital, AMELIE, "8305")
    amelie = hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Pour la prendre en charge").presses("2")
    amelie.hears("code personnel").presses("8305#").hears(heard).hears("Pour la prendre en charge").hangs_up()
    hospital.sim.run_until_idle()


def test_a_gp_who_left_no_number_is_not_called_back_but_heard(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    hospital.sim.advance(minutes=2)
    hospital.sql("update requests set caller = null")
    give_pin(hospital, AMELIE, "8305")
    amelie = hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Pour la prendre en charge").presses("1")
    amelie.hears("est à vous").presses("1").hears("code personnel").presses("8305#").hears("pas laissé de numéro")
    amelie.presses("2").hears("Il n'a pas laissé de numéro : écoutez", within=60).hears("réécouter", within=60)
    amelie.hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.sql("select count(*) from bridges").scalar_one() == 0


def test_a_senior_who_looks_does_not_hurry_the_gps_confirmation(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    hospital.sim.advance(minutes=2)
    hospital.silent = True
    hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Pour la prendre en charge").hangs_up()
    hospital.silent = False
    assert hospital.sql("select notice_at from requests").scalar_one() is None


def test_who_is_telephoned_because_a_colleague_offers_it_accepts_with_1(hospital: Hospital) -> None:
    request = owed(hospital)
    claims(hospital, AMELIE)
    offers(hospital, request.id, BRUNO)
    hospital.sql(
        "insert into outbox (key, purpose, channel, recipient, person_id, request_id, body, due_at, created_at)"
        " select 'offered', 'offered', 'call', phone, id, :id, 'voice.alert_offer', app_now(), app_now() from people"
        " where phone = :phone",
        id=request.id,
        phone=BRUNO,
    )
    bruno = hospital.bruno.rings(within=30).answers().hears("Pour le prendre en charge").presses("1")
    bruno.hears("est à vous").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.requests()[0]["claimed_by"] == BRUNO


def test_who_is_telephoned_about_what_is_gone_is_led_to_what_still_waits(hospital: Hospital) -> None:
    waits = owed(hospital, mobile=False)
    gone = owed(hospital)
    hospital.sql(
        "insert into outbox (key, purpose, channel, recipient, person_id, request_id, body, due_at, created_at)"
        " select 'late', 'overdue', 'call', phone, id, :id, 'voice.alert_offer', app_now(), app_now() from people"
        " where phone = :phone",
        id=gone.id,
        phone=AMELIE,
    )
    amelie = hospital.amelie.rings(within=30)
    closes(hospital, BRUNO)
    amelie.answers().hears("n'attend plus").hears(", ".join(waits.reference)).hears("Pour la prendre en charge")
    amelie.presses("1").hears("est à vous").hangs_up()
    hospital.sim.run_until_idle()
    stands = [(each["state"], each["claimed_by"]) for each in hospital.requests()]
    assert stands == [("claimed", AMELIE), ("done", None)]


def test_who_called_back_with_his_own_telephone_closes_it_by_a_key(hospital: Hospital) -> None:
    owed(hospital)
    give_pin(hospital, AMELIE, "8305")
    amelie = hospital.amelie.dials(LINE).hears("attend").presses("1#").hears("Pour la prendre en charge").presses("1")
    amelie.hears("est à vous").presses("4").hears("code personnel").presses("8305#").hears("Admission directe, 3")
    amelie.presses("3").hears("est close").hears("pas d'autre demande").is_hung_up_on()
    hospital.sim.run_until_idle()
    assert hospital.requests()[0]["outcome"] == "ADM_DIRECTE"
    assert tries(hospital) == [("reached", None)]
