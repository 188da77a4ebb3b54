"""A callback of which webhooks come twice, late or never, or whose telephones are hung up in the middle."""

from collections.abc import Callable

import pytest

from callbacks.bridge import Asked, Live
from callbacks.legs import Legs
from ivr.engine import Heard
from simulator import Unknowns, instant_voicemail, takes_the_call
from tests.calls.callbacks_through_the_line import asks, bridge_of, live, owed, tries
from tests.calls.hospital import Hospital
from tests.calls.test_when_the_register_is_away import away

KINDS = ("voice", "gather", "dial", "whisper", "status", "number-status")


def talks(hospital: Hospital, seconds: float = 60) -> None:
    """They talk; the GP hangs up first, and the senior keys that it was advice."""
    hospital.mobile_gp.behaves(takes_the_call(conversation=seconds))
    amelie = hospital.amelie.rings(within=10).answers().is_put_through(hospital.mobile_gp)
    amelie.hears("Comment s'est terminé", within=seconds + 30).presses("1").hears("close").is_hung_up_on()
    hospital.sim.run_until_idle()


@pytest.mark.parametrize("kind", KINDS)
def test_every_webhook_may_come_twice(hospital: Hospital, kind: str) -> None:
    request = owed(hospital)
    hospital.sim.faults.duplicate(kind)
    asks(hospital, request)
    talks(hospital)
    assert [result for result, _ in tries(hospital)] == ["reached"]
    assert hospital.requests()[0]["outcome"] == "CONSEIL"
    assert len(hospital.messages("callback")) == 1
    assert hospital.sql("select count(*) from bridges").scalar_one() == 1


def test_a_repeat_gets_the_same_bytes(hospital: Hospital) -> None:
    request = owed(hospital)
    hospital.sim.faults.duplicate("*", copies=3)
    asks(hospital, request)
    talks(hospital)
    answers: dict[tuple[str, bytes], set[bytes]] = {}
    for carried, answer in hospital.carried:
        answers.setdefault((carried.url, carried.body), set()).add(answer.body)
    assert all(len(each) == 1 for each in answers.values())


FAULTS: dict[str, Callable[[Hospital], object]] = {
    "progress late by minutes": lambda h: h.sim.faults.delay("status", 300).delay("number-status", 300),
    "progress out of order": lambda h: h.sim.faults.reorder("*status", share=1.0),
    "no progress of the GP's telephone": lambda h: h.sim.faults.lose("number-status"),
    "no progress of the senior's": lambda h: h.sim.faults.lose("status"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_progress_may_come_late_in_any_order_or_never(build: Callable[..., Hospital], fault: str) -> None:
    hospital = build(strict=False)
    request = owed(hospital)
    FAULTS[fault](hospital)
    asks(hospital, request)
    talks(hospital)
    hospital.sim.advance(minutes=12)
    hospital.sweeps()
    assert [result for result, _ in tries(hospital)] == ["reached"]
    assert hospital.requests()[0]["outcome"] == "CONSEIL"
    assert hospital.sql("select count(*) from calls where ended_at is null").scalar_one() == 0


@pytest.mark.parametrize(
    ("seconds", "result"), [(60, "reached"), (4, "unaccepted")], ids=["a conversation", "a few seconds"]
)
def test_a_lost_result_is_told_by_the_length_of_the_gps_leg(
    build: Callable[..., Hospital], seconds: float, result: str
) -> None:
    hospital = build(strict=False)
    request = owed(hospital)
    hospital.mobile_gp.behaves(takes_the_call(conversation=seconds))
    hospital.sim.faults.lose("dial").lose("number-status").lose("status")
    asks(hospital, request)
    amelie = hospital.amelie.rings(within=10).answers().is_put_through(hospital.mobile_gp)
    amelie.hears("Rien n'est perdu", within=seconds + 60).is_hung_up_on()
    hospital.sim.advance(seconds=60)
    assert live(hospital) == 1
    for _ in range(2):
        hospital.sweeps()
        hospital.sim.advance(seconds=40)
    hospital.sweeps()
    [(found, talked)] = tries(hospital)
    assert found == result
    if result == "reached":
        assert talked == pytest.approx(seconds, abs=4)
    assert live(hospital) == 0
    assert "dial_result_lost" in hospital.alarms()
    assert isinstance(asks(hospital, request), Asked)


def test_a_senior_whose_silence_was_never_told_is_free_again_within_two_minutes(
    build: Callable[..., Hospital],
) -> None:
    hospital = build(strict=False)
    request = owed(hospital)
    hospital.sim.faults.lose("status")
    asks(hospital, request)
    hospital.amelie.rings(within=10).lets_it_ring()
    assert isinstance(asks(hospital, request), Live)
    hospital.sim.advance(seconds=60)
    hospital.sweeps()
    assert bridge_of(hospital, request).outcome == "not_rung"
    assert tries(hospital) == []


def test_nobody_is_rung_out_of_the_blue(build: Callable[..., Hospital]) -> None:
    hospital = build(strict=False)
    request = owed(hospital)
    hospital.silent = True  # no worker, no tick
    asks(hospital, request)
    hospital.sim.advance(minutes=4)
    hospital.silent = False
    hospital.sim.advance(minutes=1)
    assert hospital.messages("callback") == []
    assert bridge_of(hospital, request).outcome == "not_rung"
    assert isinstance(asks(hospital, request), Asked)
    hospital.amelie.rings(within=10)


def test_what_waits_unsent_is_taken_back_by_the_sweep(build: Callable[..., Hospital]) -> None:
    hospital = build(strict=False)
    request = owed(hospital)
    hospital.silent = True
    asks(hospital, request)
    hospital.sim.advance(minutes=4)
    hospital.sweeps()
    assert bridge_of(hospital, request).outcome == "not_rung"
    assert hospital.sql("select state from outbox where purpose = 'callback'").scalar_one() == "dropped"


def test_a_gp_who_picks_up_after_the_senior_has_hung_up_is_told_so_and_connected_to_nobody(
    build: Callable[..., Hospital],
) -> None:
    hospital = build(strict=False)
    request = owed(hospital)
    asks(hospital, request)
    hospital.amelie.rings(within=10).answers().hears("J'appelle")
    hospital.mobile_gp.rings()
    hospital.amelie.hangs_up()
    hospital.sim.run_until_idle()
    bridge_id = bridge_of(hospital, request).id
    legs = Legs(hospital.desk_line.desk, hospital.desk_line.render)
    assert "a raccroché" in legs.bridge_whisper(bridge_id, "CAlate")
    hospital.sql("update bridges set child_sid = 'CAlate' returning id")  # the end of the leg names it
    assert "a raccroché" in legs.bridge_whisper(bridge_id, "CAlate")
    assert "a raccroché" in legs.bridge_key(bridge_id, "CAlate", "", Heard(digits="1"))
    assert "a raccroché" in legs.bridge_key(bridge_id, "CAlate", "", Heard(digits="*"))  # asked again, but by nobody
    assert bridge_of(hospital, request).accepted_at is None
    assert [result for result, _ in tries(hospital)] == ["canceled"]


def test_a_senior_who_hangs_up_while_the_gp_listens_has_not_talked(hospital: Hospital) -> None:
    request = owed(hospital)
    asks(hospital, request)
    hospital.amelie.rings(within=10).answers().hears("J'appelle")
    hospital.mobile_gp.rings().answers().hears("vous rappelle")
    hospital.amelie.hangs_up()
    hospital.sim.run_until_idle()
    assert [result for result, _ in tries(hospital)] == ["unaccepted"]
    assert live(hospital) == 0


@pytest.mark.parametrize("failure", ["drop", "bridge"])
def test_a_whisper_that_cannot_be_answered_is_no_conversation(build: Callable[..., Hospital], failure: str) -> None:
    hospital = build(strict=False, unknowns=Unknowns(whisper_failure=failure))
    request = owed(hospital)
    hospital.mobile_gp.behaves(takes_the_call(conversation=30))
    hospital.sim.faults.lose("whisper")
    asks(hospital, request)
    hospital.amelie.rings(within=10).answers().hears("J'appelle")
    hospital.sim.advance(seconds=120)
    hospital.sim.run_until_idle()
    assert [result for result, _ in tries(hospital)] == ["unaccepted"]


def test_without_the_carriers_word_for_it_our_own_1_counts_and_an_operator_hears_of_it(
    build: Callable[..., Hospital],
) -> None:
    hospital = build(strict=False, unknowns=Unknowns(dial_bridged_parameter=False))
    request = owed(hospital)
    asks(hospital, request)
    talks(hospital)
    assert [result for result, _ in tries(hospital)] == ["reached"]
    assert "dial_bridged_absent" in hospital.alarms()


def test_a_register_that_is_away_when_the_gp_picks_up_connects_nobody(build: Callable[..., Hospital]) -> None:
    hospital = build(strict=False)
    request = owed(hospital)
    asks(hospital, request)
    amelie = hospital.amelie.rings(within=10).answers().hears("J'appelle")
    gp = hospital.mobile_gp.rings()
    with away(hospital):
        gp.answers().hears("Un instant").hears("Votre correspondant a raccroché", within=60).is_hung_up_on()
    amelie.hears("Prochain essai", within=120).is_hung_up_on()
    hospital.sim.run_until_idle()
    assert [result for result, _ in tries(hospital)] == ["unaccepted"]


def test_a_tick_that_looks_all_the_time_rings_the_senior_once(hospital: Hospital) -> None:
    request = owed(hospital)
    asks(hospital, request)
    for _ in range(5):
        hospital.ticks()
    hospital.amelie.rings(within=10)
    for _ in range(5):
        hospital.ticks()
    hospital.amelie.answers().hears("J'appelle").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.sql("select count(*) from calls where direction = 'callback'").scalar_one() == 1


def test_a_message_on_the_way_to_a_voicemail_survives_a_lost_answer(hospital: Hospital) -> None:
    request = owed(hospital)
    hospital.mobile_gp.behaves(instant_voicemail())
    asks(hospital, request)
    amelie = hospital.amelie.rings(within=10).answers().hears("laisser un message", within=90)
    hospital.sim.faults.duplicate("gather", copies=3)
    amelie.presses("1").hears("Prochain essai").is_hung_up_on()
    hospital.sim.run_until_idle()
    hospital.sim.advance(minutes=2)
    assert len(hospital.messages("tried_call")) == 1


LOST: dict[str, Callable[[Hospital, str], object]] = {
    "never came": lambda hospital, kind: hospital.sim.faults.lose(kind, times=1),
    "was done and its answer lost": lambda hospital, kind: hospital.sim.faults.lose_answer(kind, times=1),
}


@pytest.mark.parametrize("kind", ["voice", "whisper", "gather", "dial"])
@pytest.mark.parametrize("lost", LOST)
def test_a_webhook_at_which_a_process_died_leaves_nobody_on_a_dead_callback(
    build: Callable[..., Hospital], kind: str, lost: str
) -> None:
    hospital = build(strict=False)
    request = owed(hospital)
    hospital.mobile_gp.behaves(takes_the_call(conversation=45))
    LOST[lost](hospital, kind)
    asks(hospital, request)
    hospital.amelie.rings(within=10).answers()
    for _ in range(6):
        hospital.sim.advance(seconds=50)
        hospital.sweeps()
    assert live(hospital) == 0
    assert len(tries(hospital)) <= 1
    [filed] = hospital.requests()
    assert filed["state"] == "claimed"
    assert hospital.sql("select next_step_at > app_now() from requests").scalar_one()
    assert isinstance(asks(hospital, request), Asked)
