"""Whole stories of an outage: what the carrier kept for us becomes what it would have been."""

from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import Engine

from simulator import no_answer, takes_the_call
from tests.calls.hospital import GP, GP_MOBILE, LINE
from tests.calls.outage import FallibleHospital


@pytest.fixture
def hospital(database: Engine, redis: Redis, tmp_path: Path) -> FallibleHospital:
    """Monday, 14:00 in Paris; the carrier knows what to do when nothing of ours answers."""
    built = FallibleHospital(database, redis, tmp_path)
    built.falls_back_on_fixed_documents()
    return built


def test_an_sms_that_never_reached_us_becomes_the_request_it_asked_for(hospital: FallibleHospital) -> None:
    with hospital.outage():
        hospital.mobile_gp.sends(LINE, "avis cardio svp, patient stable").reads("en panne")
        hospital.sim.advance(minutes=40)
    assert hospital.reconciles().missed == {"messages": 1}
    hospital.sim.advance(seconds=30)
    [request] = hospital.requests()
    assert (request["ward"], request["caller"]) == ("cardio", GP_MOBILE)
    assert request["due_at"] == "2026-11-24T13:00:00+00:00"  # from when he wrote, not from when we read it
    hospital.mobile_gp.reads(request["reference"])
    hospital.amelie.reads(request["reference"])
    assert hospital.alarms() == ["missed_while_away"]


def test_what_was_missed_is_taken_in_once_however_often_it_is_looked_for(hospital: FallibleHospital) -> None:
    with hospital.outage():
        hospital.mobile_gp.sends(LINE, "avis cardio svp, patient stable")
        hospital.gp.dials(LINE).hears("en panne").hangs_up()
        hospital.sim.advance(minutes=10)
    assert hospital.reconciles().missed == {"messages": 1, "calls": 1}
    assert hospital.reconciles().missed == {}
    assert (len(hospital.requests()), len(hospital.calls())) == (1, 1)


def test_while_we_are_down_the_caller_hears_the_emergency_first_then_the_switchboard(
    hospital: FallibleHospital,
) -> None:
    hospital.switchboard.behaves(takes_the_call(prompt="", conversation=10))
    with hospital.outage():
        hospital.gp.dials(LINE).hears("composez le 15").hears("panne").is_put_through(hospital.switchboard, within=30)
        hospital.gp.hangs_up()
        hospital.sim.advance(minutes=10)
    hospital.reconciles()
    [call] = hospital.calls()
    assert (call["caller"], call["ward"], call["result"]) == (GP, None, "lost")
    assert hospital.requests() == []


def test_a_message_left_while_we_were_down_waits_to_be_sorted_and_is_promised_from_then(
    hospital: FallibleHospital,
) -> None:
    hospital.switchboard.behaves(no_answer())
    with hospital.outage():
        gp = hospital.gp.dials(LINE).hears("n'a pas répondu", within=120).leaves_message(seconds=8)
        gp.presses("#").hears("Votre message est gardé").is_hung_up_on()
        hospital.sim.advance(minutes=30)
    assert hospital.reconciles().missed == {"calls": 1, "recordings": 1}
    hospital.sim.advance(minutes=1)
    assert hospital.sql("select state from recordings").scalar_one() == "stored"
    hospital.sorts("cardio")
    [request] = hospital.requests()
    assert (request["ward"], request["caller"], request["channel"], request["parts"]) == ("cardio", GP, "voice", 1)
    assert request["created_at"] < "2026-11-23T13:03"
    hospital.amelie.reads(request["reference"])
    gp = hospital.gp.rings(within=120).answers().hears("référence", within=30)  # nobody had told him one
    gp.hangs_up()
    call = hospital.calls()[0]
    assert (call["ward"], call["result"]) == ("cardio", "request")


def test_the_callback_about_a_message_that_finds_us_back_is_enough(hospital: FallibleHospital) -> None:
    hospital.switchboard.behaves(no_answer())
    hospital.sim.faults.recording_delay = 300.0
    with hospital.outage():
        gp = hospital.gp.dials(LINE).hears("n'a pas répondu", within=120).leaves_message(seconds=8)
        gp.presses("#").is_hung_up_on()
        hospital.sim.advance(minutes=1)
    hospital.sim.advance(minutes=6)
    assert hospital.sql("select call_id from recordings").scalar_one() is None  # it does not say who called
    hospital.looks()
    assert [each.sender for each in hospital.to_sort()] == [gp.leg.sid]
    assert hospital.calls()[0]["caller"] == GP


def test_two_messages_from_one_practice_stay_apart(hospital: FallibleHospital) -> None:
    hospital.switchboard.behaves(no_answer())
    with hospital.outage():
        for _ in range(2):
            gp = hospital.gp.dials(LINE).hears("n'a pas répondu", within=120).leaves_message(seconds=8)
            gp.presses("#").is_hung_up_on()
        hospital.sim.advance(minutes=5)
    assert hospital.reconciles().missed == {"calls": 2, "recordings": 2}
    assert [each.messages for each in hospital.to_sort()] == [1, 1]


def test_a_message_whose_action_and_callback_were_lost_is_part_of_its_request(hospital: FallibleHospital) -> None:
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    gp = hospital.gp.dials(LINE).presses("227#").hears("rappelle avant", within=170).leaves_message(seconds=9)
    with hospital.outage():
        gp.hangs_up()
        hospital.sim.advance(minutes=5)
    hospital.sweeps()
    assert hospital.requests()[0]["parts"] == 0
    hospital.sim.advance(minutes=2)
    hospital.looks()
    [request] = hospital.requests()
    assert (request["parts"], request["channel"]) == (1, "voice")


def test_an_hour_without_anything_of_ours_loses_nobody(hospital: FallibleHospital) -> None:
    for phone in (hospital.amelie, hospital.bruno, hospital.switchboard):
        phone.behaves(no_answer())
    gp = hospital.gp.dials(LINE).presses("227#").hears("j'appelle")
    hospital.amelie.rings()
    with hospital.outage():
        gp.hears("panne", within=60).hangs_up()
        hospital.mobile_gp.sends(LINE, "avis gastro svp")
        late = hospital.sim.phone("+33199000017").dials(LINE).hears("n'a pas répondu", within=120)
        late.leaves_message(seconds=8).hangs_up()
        hospital.sim.phone("+33199000018").dials(LINE).hears("15").hangs_up()
        hospital.sim.advance(hours=1)
    hospital.sweeps()
    hospital.looks()
    hospital.sim.advance(seconds=40)
    hospital.looks()
    hospital.sim.advance(minutes=1)
    assert sorted((each["ward"], each["caller"]) for each in hospital.requests()) == [
        ("cardio", GP),
        ("gastro", GP_MOBILE),
    ]
    assert len(hospital.to_sort()) == 1
    assert sorted(each["result"] for each in hospital.calls()) == ["lost", "lost", "request"]
    assert hospital.sql("select why, missed from reconciliations").one() == (
        "start",
        {"calls": 2, "messages": 1, "recordings": 1},
    )
