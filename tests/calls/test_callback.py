"""A senior calls a GP back through the line: one touch, one answer, one key."""

from collections.abc import Callable

import pytest

from callbacks.bridge import Asked, Live, Stage
from callbacks.holding import AlreadyClaimed, Closed
from simulator import Behaviour, busy, instant_voicemail, invalid, no_answer, takes_the_call
from tests.calls.callbacks_through_the_line import asks, bridge_of, live, owed, person_id, tries
from tests.calls.hospital import AMELIE, BRUNO, GP_MOBILE, LINE, Hospital
from tests.calls.test_a_senior_calls import give_pin


def test_a_touch_rings_the_senior_then_the_gp_and_one_key_says_how_it_ended(hospital: Hospital) -> None:
    request = owed(hospital)
    assert isinstance(asks(hospital, request), Asked)
    assert bridge_of(hospital, request).stage is Stage.RINGING_YOU
    amelie = hospital.amelie.rings(within=10).answers().hears("J'appelle le médecin")
    gp = hospital.mobile_gp.rings().answers().hears("Cochin, Cardiologie").hears("Amélie Blanc vous rappelle")
    assert bridge_of(hospital, request).stage is Stage.RINGING_GP
    gp.hears("tapez 1").presses("1").is_put_through(hospital.amelie)
    assert bridge_of(hospital, request).stage is Stage.TALKING
    hospital.sim.advance(seconds=90)
    gp.hangs_up()
    amelie.hears("Conseil, 1").presses("1").hears("La demande est close").is_hung_up_on()
    hospital.sim.run_until_idle()

    [filed] = hospital.requests()
    assert (filed["state"], filed["outcome"], filed["claimed_by"]) == ("done", "CONSEIL", AMELIE)
    [(result, seconds)] = tries(hospital)
    assert result == "reached"
    assert seconds == pytest.approx(90, abs=4)
    assert bridge_of(hospital, request).stage is Stage.OVER
    assert hospital.alarms() == []


def test_both_telephones_show_the_line_and_neither_the_other(hospital: Hospital) -> None:
    asks(hospital, owed(hospital))
    amelie = hospital.amelie.rings(within=10).answers().hears("J'appelle")
    gp = hospital.mobile_gp.rings().answers().hears("tapez 1").presses("1").is_put_through(hospital.amelie)
    assert [phone.leg.from_ for phone in (amelie, gp)] == [LINE, LINE]
    amelie.expects_no("06").hangs_up()
    hospital.sim.run_until_idle()


def test_from_the_touch_to_the_gps_ring_takes_less_than_fifteen_seconds(hospital: Hospital) -> None:
    request = owed(hospital)
    touched = hospital.sim.now
    asks(hospital, request)
    hospital.amelie.rings(within=10).answers(after=3)
    hospital.mobile_gp.rings()
    assert (hospital.sim.now - touched).total_seconds() < 15
    hospital.amelie.hangs_up()
    hospital.sim.run_until_idle()


def test_what_the_gps_voicemail_records_names_the_senior_and_no_patient(hospital: Hospital) -> None:
    request = owed(hospital)
    hospital.mobile_gp.behaves(instant_voicemail())
    asks(hospital, request)
    hospital.amelie.rings(within=10).answers().hears("J'appelle").hears("sans doute un répondeur", within=90).hangs_up()
    hospital.sim.run_until_idle()
    recorded = hospital.mobile_gp.phone.recorded
    assert "Amélie Blanc" in recorded
    assert request.reference not in recorded
    assert "06" not in recorded
    assert tries(hospital) == [("unaccepted", None)]


@pytest.mark.parametrize(
    ("behaviour", "heard", "result"),
    [
        (busy(), "n'a pas répondu", "busy"),
        (no_answer(), "n'a pas répondu", "no-answer"),
        (instant_voicemail(), "sans doute un répondeur", "unaccepted"),
        (invalid(), "n'a pas pu être appelé", "failed"),
    ],
    ids=["busy", "rings out", "voicemail", "no such number"],
)
def test_a_gp_who_is_not_reached_is_tried_again_later(
    hospital: Hospital, behaviour: Behaviour, heard: str, result: str
) -> None:
    request = owed(hospital)
    hospital.mobile_gp.behaves(behaviour)
    asks(hospital, request)
    amelie = hospital.amelie.rings(within=10).answers().hears(heard, within=90)
    amelie.hears("Prochain essai", within=60).hears("reste à vous").is_hung_up_on()  # silence: later
    hospital.sim.run_until_idle()
    assert tries(hospital) == [(result, None)]
    assert hospital.requests()[0]["state"] == "claimed"
    reason, until = hospital.sql("select retry_reason, retry_at - app_now() from requests").one()
    assert reason == "window"
    assert 1.5 * 3600 < until.total_seconds() < 2.5 * 3600
    assert live(hospital) == 0


def test_he_tries_again_at_once_in_the_same_call(hospital: Hospital) -> None:
    request = owed(hospital)
    hospital.mobile_gp.behaves(no_answer(), takes_the_call(conversation=30))
    asks(hospital, request)
    amelie = hospital.amelie.rings(within=10).answers().hears("n'a pas répondu", within=90).presses("2")
    amelie.hears("J'appelle").is_put_through(hospital.mobile_gp).hears("Comment s'est terminé", within=90)
    amelie.presses("2").hears("close")
    hospital.sim.run_until_idle()
    assert [result for result, _ in tries(hospital)] == ["no-answer", "reached"]
    assert hospital.requests()[0]["outcome"] == "CONSULT_RAPIDE"


def test_a_short_safe_word_is_left_on_his_voicemail(hospital: Hospital) -> None:
    request = owed(hospital)
    hospital.mobile_gp.behaves(instant_voicemail())
    asks(hospital, request)
    amelie = hospital.amelie.rings(within=10).answers().hears("sans doute un répondeur", within=90)
    amelie.hears("laisser un message").presses("1").hears("sans nom de patient").hears("Prochain essai").is_hung_up_on()
    hospital.sim.run_until_idle()
    hospital.sim.advance(minutes=2)
    [word] = hospital.messages("tried_call")
    assert (word["to"], word["state"]) == (GP_MOBILE, "delivered")
    assert hospital.mobile_gp.phone.recorded.count("a essayé de vous joindre") == 2


def test_asked_on_the_board_the_telephone_asks_for_a_1(hospital: Hospital) -> None:
    request = owed(hospital)
    asks(hospital, request, how="board")
    amelie = hospital.amelie.rings(within=10).answers().hears("demandé à rappeler").hears("tapez 1").presses("1")
    hospital.mobile_gp.rings()
    amelie.hangs_up()
    hospital.sim.run_until_idle()
    assert tries(hospital) == [("canceled", None)]


def test_his_own_voicemail_is_never_put_through_to_a_gp(hospital: Hospital) -> None:
    request = owed(hospital)
    hospital.amelie.behaves(instant_voicemail())
    asks(hospital, request, how="sms")
    hospital.sim.advance(minutes=2)
    hospital.sim.run_until_idle()
    assert bridge_of(hospital, request).outcome == "not_rung"
    assert tries(hospital) == []
    assert hospital.requests()[0]["state"] == "claimed"


@pytest.mark.parametrize("behaviour", [busy(), no_answer()], ids=["busy", "rings out"])
def test_a_senior_who_does_not_answer_may_ask_again_at_once(hospital: Hospital, behaviour: Behaviour) -> None:
    request = owed(hospital)
    hospital.amelie.next_calls(behaviour)
    asks(hospital, request)
    hospital.sim.advance(seconds=45)
    assert bridge_of(hospital, request).outcome == "not_rung"
    assert tries(hospital) == []
    assert isinstance(asks(hospital, request), Asked)
    hospital.amelie.rings(within=70).answers().hears("J'appelle").hangs_up()
    hospital.sim.run_until_idle()
    assert live(hospital) == 0


def test_two_touches_ring_once(hospital: Hospital) -> None:
    request = owed(hospital)
    first = asks(hospital, request)
    again = asks(hospital, request)
    assert isinstance(again, Live)
    assert again.bridge is not None
    assert again.bridge.id == first.bridge_id
    hospital.amelie.rings(within=10).answers().hears("J'appelle").hangs_up()
    hospital.sim.run_until_idle()
    assert len(hospital.messages("callback")) == 1


def test_a_colleagues_touch_comes_second(hospital: Hospital) -> None:
    request = owed(hospital)
    asks(hospital, request)
    assert asks(hospital, request, BRUNO) == AlreadyClaimed(person_id(hospital, AMELIE), "Amélie Blanc")
    hospital.amelie.rings(within=10).answers().hears("J'appelle").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.bruno.texts == []


def test_nobody_is_rung_for_a_request_that_is_closed(hospital: Hospital) -> None:
    request = owed(hospital)
    hospital.sql(
        "update requests set state = 'withdrawn', outcome = 'RETIRE', closed_at = app_now(), next_rung = null,"
        " next_step_at = null, notice_at = null"
    )
    assert isinstance(asks(hospital, request), Closed)
    assert hospital.messages("callback") == []


def test_a_request_that_is_withdrawn_meanwhile_is_not_called_back(hospital: Hospital) -> None:
    request = owed(hospital)
    asks(hospital, request)
    hospital.amelie.rings(within=10)
    hospital.sql(
        "update requests set state = 'withdrawn', outcome = 'RETIRE', closed_at = app_now(), next_rung = null,"
        " next_step_at = null, notice_at = null"
    )
    hospital.amelie.answers().hears("n'est plus à faire").is_hung_up_on()
    hospital.sim.run_until_idle()
    assert tries(hospital) == []
    assert live(hospital) == 0


def test_who_hangs_up_while_the_gps_telephone_rings_has_not_tried(hospital: Hospital) -> None:
    request = owed(hospital)
    asks(hospital, request)
    hospital.amelie.rings(within=10).answers().hears("J'appelle")
    hospital.mobile_gp.rings()
    hospital.amelie.hangs_up()
    hospital.sim.run_until_idle()
    assert tries(hospital) == [("canceled", None)]
    assert live(hospital) == 0
    assert isinstance(asks(hospital, request), Asked)


def test_a_conversation_whose_end_nobody_keys_is_written_down(hospital: Hospital) -> None:
    request = owed(hospital)
    hospital.mobile_gp.behaves(takes_the_call(conversation=300))
    asks(hospital, request)
    hospital.amelie.rings(within=10).answers().is_put_through(hospital.mobile_gp)
    hospital.sim.advance(seconds=120)
    hospital.amelie.hangs_up()
    hospital.sim.run_until_idle()
    [(result, seconds)] = tries(hospital)
    assert result == "reached"
    assert seconds == pytest.approx(120, abs=4)
    assert hospital.requests()[0]["state"] == "claimed"


def test_the_secretary_is_no_doctor(hospital: Hospital) -> None:
    request = owed(hospital, mobile=False)
    hospital.gp.behaves(takes_the_call(conversation=20))
    asks(hospital, request)
    amelie = hospital.amelie.rings(within=10).answers().hears("Secrétariat seulement, 8", within=90).presses("8")
    amelie.hears("Prochain essai").is_hung_up_on()
    hospital.sim.run_until_idle()
    [(result, seconds)] = tries(hospital)
    assert result == "secretariat"
    assert seconds == pytest.approx(20, abs=4)
    assert bridge_of(hospital, request).outcome == "secretariat"


def test_not_finished_stays_with_him(hospital: Hospital) -> None:
    request = owed(hospital)
    hospital.mobile_gp.behaves(takes_the_call(conversation=20))
    asks(hospital, request)
    amelie = hospital.amelie.rings(within=10).answers().hears("Pas fini, 9", within=90).presses("9")
    amelie.hears("reste à vous").is_hung_up_on()
    hospital.sim.run_until_idle()
    assert hospital.requests()[0]["state"] == "claimed"
    assert [result for result, _ in tries(hospital)] == ["reached"]


def test_a_message_is_heard_before_the_request_is_closed(hospital: Hospital) -> None:
    request = owed(hospital, heard=False)
    hospital.sim.advance(minutes=2)
    give_pin(hospital, AMELIE, "8305")
    hospital.mobile_gp.behaves(takes_the_call(conversation=20))
    asks(hospital, request)
    amelie = hospital.amelie.rings(within=10).answers().hears("Conseil, 1", within=90).presses("1")
    amelie.hears("pas encore été écouté").hears("code personnel").presses("8305#")
    amelie.hears("Pour continuer et clore", within=60).presses("1").hears("Conseil, 1").presses("1").hears("close")
    hospital.sim.run_until_idle()
    assert hospital.requests()[0]["outcome"] == "CONSEIL"
    assert hospital.sql("select count(*) from hearings where how = 'phone'").scalar_one() == 1


def test_a_senior_who_calls_back_is_not_rung_by_another_gp(hospital: Hospital) -> None:
    request = owed(hospital)
    hospital.mobile_gp.behaves(takes_the_call(conversation=300))
    asks(hospital, request)
    hospital.amelie.rings(within=10).answers().is_put_through(hospital.mobile_gp)
    hospital.bruno.behaves(takes_the_call(conversation=5))
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.bruno)
    hospital.gp.hangs_up()
    assert hospital.calls()[-1]["rung"] == [BRUNO]
    hospital.amelie.hangs_up()
    hospital.sim.run_until_idle()


def test_a_senior_who_talks_with_a_gp_is_not_called_back_into_it(hospital: Hospital) -> None:
    request = owed(hospital)
    hospital.amelie.behaves(takes_the_call(conversation=300))
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.amelie)
    assert asks(hospital, request) == Live(None)
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.messages("callback") == []


def test_a_message_whose_sound_does_not_open_keeps_nobody_in_a_circle(build: Callable[..., Hospital]) -> None:
    hospital = build(strict=False)
    request = owed(hospital, heard=False)
    hospital.sim.advance(minutes=2)
    hospital.sql("update recordings set file = 'lost'")
    give_pin(hospital, AMELIE, "8305")
    hospital.mobile_gp.behaves(takes_the_call(conversation=20))
    asks(hospital, request)
    amelie = hospital.amelie.rings(within=10).answers().hears("Conseil, 1", within=90).presses("1")
    amelie.hears("pas encore été écouté").hears("code personnel").presses("8305#")
    amelie.hears("Il reste à lire", within=120).is_hung_up_on()  # he says nothing any more
    hospital.sim.run_until_idle()
    assert hospital.requests()[0]["state"] == "claimed"
    assert [result for result, _ in tries(hospital)] == ["reached"]
