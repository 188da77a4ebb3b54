"""From the spoken promise to the 24th hour: who is told, when, by what; and silence where nothing is owed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from config.texts import gsm7
from simulator import SmsPlan, no_answer, says_nothing, sms_never_final, sms_undelivered, takes_the_call
from tests.calls.hospital import AMELIE, BRUNO, CHLOE, DENIS, GP, GP_MOBILE, LINE, PARIS, Hospital


def leaves_a_request(hospital: Hospital, mobile: bool = True) -> dict[str, object]:
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    gp = hospital.mobile_gp if mobile else hospital.gp
    gp.dials(LINE).presses("227#").hears("rappelle avant", within=150).leaves_message(seconds=9).presses("#")
    gp.hears("valider").presses("1").hears("garder").presses("1").hears("Quand").presses("1").hears("noté")
    gp.is_hung_up_on()
    hospital.sim.run_until_idle()
    return dict(hospital.requests()[-1])


def hours_after(request: dict[str, object], message: dict[str, object]) -> float:
    created = datetime.fromisoformat(str(request["created_at"]))
    return (datetime.fromisoformat(str(message["created_at"])) - created).total_seconds() / 3600


def test_the_senior_and_the_gp_are_told_within_the_minute(hospital: Hospital) -> None:
    request = leaves_a_request(hospital)
    hospital.sim.advance(seconds=60)
    alert = hospital.amelie.reads(str(request["reference"]))
    assert "https://rappel24.test/r/" in alert.body
    assert "Cardio" in alert.body
    assert GP_MOBILE.removeprefix("+33") not in alert.body.replace(" ", "")
    confirmation = hospital.mobile_gp.reads(str(request["reference"]))
    assert "15" in confirmation.body
    assert [gsm7.segments(text.body) for text in (alert, confirmation)] == [1, 1]
    assert hospital.bruno.texts == hospital.chloe.texts == hospital.denis.texts == []


def test_a_promise_left_alone_climbs_to_the_head_before_and_tells_the_gp_after(hospital: Hospital) -> None:
    hospital.chloe.behaves(no_answer())
    request = leaves_a_request(hospital)
    hospital.amelie.behaves(says_nothing())  # her telephone is answered, and nobody presses 1
    hospital.passes(hours=25)
    told: dict[str, float] = {}
    for message in hospital.messages():
        told.setdefault(message["to"], hours_after(request, message))
    assert told[AMELIE] < 0.1
    assert told[BRUNO] == pytest.approx(6, abs=0.3)
    assert told[CHLOE] < 20
    assert told[DENIS] < 24
    apologies = hospital.messages("apology")
    assert [message["to"] for message in apologies] == [GP_MOBILE]
    assert 24 <= hours_after(request, apologies[0]) < 24.3
    assert hospital.requests()[0]["due_at"] == request["due_at"]


def test_head_and_coordinator_hear_of_a_breach_every_four_hours_by_day_until_it_is_done(hospital: Hospital) -> None:
    leaves_a_request(hospital)
    hospital.passes(hours=36)
    assert len(hospital.messages("apology")) == 1
    late = [message for message in hospital.messages() if message["to"] == DENIS]
    assert len(late) >= 3
    for message in late:
        assert 8 <= datetime.fromisoformat(message["created_at"]).astimezone(PARIS).hour < 20


def test_a_landline_is_never_texted_and_is_told_by_voice(hospital: Hospital) -> None:
    request = leaves_a_request(hospital, mobile=False)
    hospital.sim.advance(minutes=2)
    assert hospital.gp.texts == []
    assert [(message["to"], message["channel"]) for message in hospital.messages("confirmation")] in (
        [],
        [(GP, "call")],
    )
    hospital.gp.behaves(takes_the_call(prompt="Rappel24"))
    hospital.passes(hours=25)
    apology = hospital.messages("apology")
    assert [(message["to"], message["channel"], message["state"]) for message in apology] == [(GP, "call", "delivered")]
    assert hospital.requests()[0]["reference"] == request["reference"]


@pytest.mark.parametrize(
    "plan", [sms_undelivered(30003), sms_never_final(arrives=False)], ids=["undelivered", "silent"]
)
def test_an_alert_that_does_not_arrive_is_telephoned_and_1_claims(hospital: Hospital, plan: SmsPlan) -> None:
    hospital.amelie.receives_sms(plan)
    request = leaves_a_request(hospital)
    hospital.amelie.rings(within=400).answers().hears("attend un rappel").presses("1").hears("est à vous").hangs_up()
    hospital.sim.run_until_idle()
    [after] = hospital.requests()
    assert (after["state"], after["claimed_by"], after["reference"]) == ("claimed", AMELIE, request["reference"])


def test_a_missed_call_is_told_to_both_sides(hospital: Hospital) -> None:
    hospital.mobile_gp.dials(LINE).presses("227#").hears("j'appelle").hangs_up()
    hospital.sim.run_until_idle()
    hospital.sim.advance(minutes=2)
    reference = hospital.requests()[0]["reference"]
    assert reference in hospital.amelie.reads(reference).body
    assert reference in hospital.mobile_gp.reads(reference).body


def test_when_the_gp_gets_through_later_his_missed_call_is_settled(hospital: Hospital) -> None:
    hospital.mobile_gp.dials(LINE).presses("227#").hears("j'appelle").hangs_up()
    hospital.sim.run_until_idle()
    hospital.amelie.behaves(takes_the_call(conversation=30))
    hospital.mobile_gp.dials(LINE).presses("227#").hears("en cours").presses("1").is_put_through(hospital.amelie)
    hospital.sim.advance(seconds=60)
    hospital.sim.run_until_idle()
    assert [request["state"] for request in hospital.requests()] == ["done"]
    before = len(hospital.messages())
    hospital.passes(hours=25)
    assert len(hospital.messages()) == before


def test_nobody_on_call_is_an_answer_and_the_head_is_told_at_once(hospital: Hospital) -> None:
    hospital.sql("delete from shifts")
    hospital.mobile_gp.dials(LINE).presses("227#").hears("rappelle avant").hangs_up()
    hospital.sim.run_until_idle()
    hospital.sim.advance(minutes=2)
    reference = hospital.requests()[0]["reference"]
    assert reference in hospital.chloe.reads(reference).body


@pytest.mark.dates
@pytest.mark.parametrize(
    ("start", "due"),
    [
        (datetime(2027, 3, 27, 18, 30, tzinfo=PARIS), "dix-neuf heures trente"),
        (datetime(2027, 10, 30, 18, 30, tzinfo=PARIS), "dix-sept heures trente"),
    ],
    ids=["spring forward", "fall back"],
)
def test_24_hours_are_24_hours_when_the_clocks_change(
    build: Callable[..., Hospital], start: datetime, due: str
) -> None:
    hospital = build(start=start)
    hospital.sql("delete from shifts")
    hospital.gp.dials(LINE).presses("227#").hears(due).hangs_up()
    hospital.sim.run_until_idle()
    [request] = hospital.requests()
    created, deadline = (datetime.fromisoformat(request[name]) for name in ("created_at", "due_at"))
    assert deadline - created == timedelta(hours=24)
