"""A GP who calls again: his open request, his reference, a promise that was broken."""

from simulator import no_answer, takes_the_call
from tests.calls.hospital import AMELIE, CHLOE, LINE, Hospital
from tests.calls.test_the_promise_to_its_end import leaves_a_request


def test_1_adds_to_his_open_request(hospital: Hospital) -> None:
    request = leaves_a_request(hospital)
    gp = hospital.mobile_gp
    gp.dials(LINE).presses("227#").hears("en cours").presses("1").hears("complète", within=150)
    gp.leaves_message(seconds=6).presses("#").hears("valider").presses("1").hears("complète la demande").is_hung_up_on()
    hospital.sim.run_until_idle()
    [after] = hospital.requests()
    assert (after["reference"], after["parts"], after["due_at"]) == (request["reference"], 2, request["due_at"])


def test_2_or_silence_is_another_request(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    gp = hospital.mobile_gp
    gp.dials(LINE).presses("227#").hears("en cours").presses("2").hears("rappelle avant", within=150).hangs_up()
    hospital.sim.run_until_idle()
    gp.dials(LINE).presses("227#").hears("en cours").hears("rappelle avant", within=150).hangs_up()
    hospital.sim.run_until_idle()
    assert len({request["reference"] for request in hospital.requests()}) == 3


def test_a_call_without_message_joins_silently(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    hospital.mobile_gp.dials(LINE).presses("227#").hears("en cours").hangs_up()
    hospital.sim.run_until_idle()
    assert len(hospital.requests()) == 1
    assert [call["result"] for call in hospital.calls()] == ["request", "request"]


def test_two_doctors_of_one_practice_are_never_merged(hospital: Hospital) -> None:
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    practice = hospital.sim.phone("+33199000011")
    for _ in range(2):
        practice.dials(LINE).presses("227#").hears("rappelle avant", within=170).leaves_message(seconds=5).hangs_up()
        hospital.sim.run_until_idle()
    assert len(hospital.requests()) == 2


def test_the_state_is_told_to_who_keys_the_reference(hospital: Hospital) -> None:
    request = leaves_a_request(hospital)
    stranger = hospital.sim.phone("+33199000077")
    stranger.dials(LINE).presses(f"{request['reference']}#").hears("demande en attente").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[-1]["result"] == "followup"
    stranger.dials(LINE).hears("dièse").presses("111111#").hears("Aucun service").hangs_up()
    hospital.sim.run_until_idle()
    assert len(hospital.requests()) == 1


def test_after_a_breach_the_reference_and_1_ring_the_ward_and_then_the_head(hospital: Hospital) -> None:
    request = leaves_a_request(hospital)
    hospital.passes(hours=25)
    hospital.chloe.behaves(takes_the_call(conversation=20))
    gp = hospital.mobile_gp.dials(LINE).presses(f"{request['reference']}#").hears("dépassé").presses("1")
    gp.is_put_through(hospital.chloe, within=150)
    hospital.sim.advance(seconds=40)
    gp.hangs_up()
    hospital.sim.run_until_idle()
    last = hospital.calls()[-1]
    assert (last["result"], last["answered_by"], last["rung"][0]) == ("answered", CHLOE, AMELIE)
