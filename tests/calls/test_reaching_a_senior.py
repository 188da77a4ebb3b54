"""The GP talks to the senior on call."""

from collections.abc import Callable

import pytest

from simulator import (
    Behaviour,
    Unknowns,
    busy,
    instant_voicemail,
    network_voicemail,
    no_answer,
    takes_the_call,
    unreachable,
)
from tests.calls.hospital import AMELIE, BRUNO, GP, LINE, Hospital


def test_a_gp_keys_three_letters_and_talks_to_the_senior_on_call(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).hears("urgence vitale").presses("227#").hears("j'appelle")
    hospital.amelie.rings().answers().hears("tapez 1").presses("1").is_put_through(hospital.gp)
    hospital.sim.advance(seconds=60)
    hospital.amelie.hangs_up()
    hospital.gp.hears("Avant de raccrocher").presses("1").hears("Merci").is_hung_up_on()
    hospital.sim.run_until_idle()

    [call] = hospital.calls()
    assert (call["result"], call["answered_by"], call["rung"]) == ("answered", AMELIE, [AMELIE])
    assert call["answered_at"] is not None
    assert hospital.requests() == []
    assert hospital.messages() == []
    assert hospital.sql("select outcome from calls").scalar_one() == "CONSEIL"
    said = hospital.sql("select side, how, outcome, person_id from assessments").one()
    assert said == ("practice", "phone", "CONSEIL", None)


def test_a_senior_is_asked_by_sms_when_the_gp_did_not_key_how_it_ended(hospital: Hospital) -> None:
    hospital.amelie.behaves(takes_the_call(conversation=300))
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.amelie)
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    hospital.sim.advance(minutes=1)
    link = hospital.amelie.reads("Comment s'est-il terminé").body.split()[-1]
    path = link.removeprefix("https://rappel24.test")
    browser = hospital.app.test_client()
    page = browser.get(path, base_url="https://rappel24.test")
    assert "Cardiologie" in page.text
    assert GP.removeprefix("+33") not in page.text.replace(" ", "")
    token = page.text.split('csrf_token" value="')[1].split('"')[0]
    told = browser.post(
        path,
        base_url="https://rappel24.test",
        headers={"Referer": link},
        data={"outcome": "CONSEIL", "csrf_token": token},
        follow_redirects=True,
    )
    assert "Merci" in told.text
    assert hospital.sql("select outcome from calls").scalar_one() == "CONSEIL"
    assert hospital.sql("select side, how, outcome from assessments").one() == ("hospital", "page", "CONSEIL")
    assert len(hospital.amelie.texts) == 1


def test_the_first_choice_can_be_keyed_within_twelve_seconds(hospital: Hospital) -> None:
    started = hospital.sim.now
    hospital.gp.dials(LINE).hears("dièse")
    assert (hospital.sim.now - started).total_seconds() <= 12


def test_a_whisper_names_nobody(hospital: Hospital) -> None:
    hospital.amelie.behaves(network_voicemail(after=4))
    hospital.bruno.behaves(takes_the_call())
    hospital.mobile_gp.dials(LINE).hears("Hugo Petit").presses("227#").hears("j'appelle")
    hospital.mobile_gp.is_put_through(hospital.bruno)
    hospital.mobile_gp.hangs_up()
    hospital.sim.run_until_idle()
    told = hospital.amelie.phone.recorded
    assert "Cardiologie" in told
    assert "Petit" not in told
    assert "06" not in told


def test_who_does_not_answer_is_followed_by_the_second_rank(hospital: Hospital) -> None:
    hospital.amelie.behaves(no_answer())
    hospital.bruno.behaves(takes_the_call())
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.bruno)
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    [call] = hospital.calls()
    assert (call["result"], call["answered_by"], call["rung"]) == ("answered", BRUNO, [AMELIE, BRUNO])


@pytest.mark.parametrize(
    "behaviour", [busy(), unreachable(), network_voicemail(after=5), instant_voicemail()], ids=lambda b: str(b)[:24]
)
def test_a_telephone_that_cannot_take_the_call_never_wins_it(hospital: Hospital, behaviour: Behaviour) -> None:
    hospital.amelie.behaves(behaviour)
    hospital.bruno.behaves(takes_the_call())
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.bruno)
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["answered_by"] == BRUNO


def test_who_presses_2_is_passed_over_and_not_rung_again(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).presses("227#")
    hospital.amelie.rings().answers().hears("tapez 1").presses("2")
    hospital.bruno.behaves(no_answer())
    hospital.gp.hears("rappelle avant", within=120).hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["rung"] == [AMELIE, BRUNO, BRUNO]


def test_the_second_pass_rings_again_who_was_away_the_first_time(hospital: Hospital) -> None:
    hospital.amelie.behaves(no_answer(), takes_the_call())
    hospital.bruno.behaves(no_answer())
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.amelie, within=120)
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["rung"] == [AMELIE, BRUNO, AMELIE]


def test_nobody_is_rung_later_than_75_seconds_after_the_first(hospital: Hospital) -> None:
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    hospital.gp.dials(LINE).presses("227#").hears("rappelle avant", within=150).hangs_up()
    hospital.sim.run_until_idle()
    rung = hospital.sql("select rung_real from attempts order by seq").scalars().all()
    assert len(rung) == 4
    assert (rung[-1] - rung[0]).total_seconds() <= 75


def test_a_senior_who_is_talking_is_not_rung_by_a_second_gp(hospital: Hospital) -> None:
    hospital.amelie.behaves(takes_the_call(conversation=600))
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.amelie)
    hospital.bruno.behaves(takes_the_call())
    hospital.mobile_gp.dials(LINE).presses("227#").is_put_through(hospital.bruno)
    hospital.mobile_gp.hangs_up()
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    assert [call["rung"] for call in hospital.calls()] == [[AMELIE], [BRUNO]]


def test_a_senior_who_calls_his_own_ward_is_not_rung_by_himself(hospital: Hospital) -> None:
    hospital.bruno.behaves(takes_the_call())
    hospital.amelie.dials(LINE).presses("227#").is_put_through(hospital.bruno)
    hospital.amelie.hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["rung"] == [BRUNO]


@pytest.mark.parametrize("position", ["bridge", "drop"])
def test_a_whisper_that_fails_is_not_a_taken_call(build: Callable[..., Hospital], position: str) -> None:
    """UNKNOWN at the carrier: whether the two are connected then. We are safe in both positions."""
    hospital = build(strict=False, unknowns=Unknowns(whisper_failure=position))
    hospital.sim.faults.lose("whisper")
    hospital.amelie.behaves(takes_the_call())
    hospital.bruno.behaves(no_answer())
    hospital.gp.dials(LINE).presses("227#")
    hospital.sim.advance(seconds=200)
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["result"] == "request"
    assert [request["caller"] for request in hospital.requests()] == [GP]


def test_a_gp_who_hangs_up_while_it_rings_has_a_request_on_file(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).presses("227#").hears("j'appelle")
    hospital.amelie.rings()
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    [request] = hospital.requests()
    assert (request["channel"], request["caller"], request["parts"]) == ("missed_call", GP, 0)
    assert hospital.calls()[0]["result"] == "request"


def test_a_senior_who_presses_1_when_the_gp_has_just_left_calls_him_back(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).presses("227#")
    hospital.amelie.rings().answers().hears("tapez 1")
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["result"] == "request"
    assert len(hospital.requests()) == 1


def test_a_bridge_of_which_the_carrier_does_not_say_so_counts_and_rings_an_alarm(
    build: Callable[..., Hospital],
) -> None:
    hospital = build(unknowns=Unknowns(dial_bridged_parameter=False))
    hospital.amelie.behaves(takes_the_call(conversation=30))
    hospital.gp.dials(LINE).presses("227#").hears("Avant de raccrocher", within=120).hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["result"] == "answered"
    assert "dial_bridged_absent" in hospital.alarms()


@pytest.mark.parametrize(("seconds", "result"), [(60, "answered"), (4, "request")])
def test_when_the_dial_result_is_lost_the_length_of_the_leg_tells(
    build: Callable[..., Hospital], seconds: int, result: str
) -> None:
    hospital = build(strict=False)
    hospital.sim.faults.lose("dial", times=10)
    hospital.amelie.behaves(takes_the_call(conversation=seconds))
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.amelie)
    hospital.sim.advance(minutes=3)
    hospital.sim.run_until_idle()
    hospital.sim.advance(minutes=1)
    hospital.sweeps()
    assert hospital.calls()[0]["result"] == result
    assert "dial_result_lost" in hospital.alarms()
