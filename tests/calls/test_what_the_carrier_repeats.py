"""Every webhook may come twice, late, out of order, or never: same result, and for a repeat the same answer."""

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callbacks.legs import Legs
from simulator import no_answer, takes_the_call
from tests.calls.hospital import LINE, MONDAY_14H, Hospital, forget

KINDS = ("voice", "gather", "dial", "record", "whisper", "status", "number-status", "recording-status", "redirect")


def a_message_is_left(hospital: Hospital) -> None:
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    gp = hospital.gp.dials(LINE).presses("227#").hears("rappelle avant", within=170)
    gp.leaves_message(seconds=9).presses("#").hears("valider").presses("1").hears("garder").presses("1")
    gp.hears("Quand").presses("1").hears("noté").is_hung_up_on()
    hospital.sim.run_until_idle()


def a_senior_takes_the_call(hospital: Hospital) -> None:
    hospital.amelie.behaves(takes_the_call(conversation=30))
    hospital.gp.dials(LINE).presses("227#").is_put_through(hospital.amelie)
    hospital.sim.advance(seconds=60)
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()


@pytest.mark.parametrize("kind", KINDS)
def test_every_webhook_may_come_twice(hospital: Hospital, kind: str) -> None:
    hospital.sim.faults.duplicate(kind)
    a_message_is_left(hospital)
    a_senior_takes_the_call(hospital)
    assert [call["result"] for call in hospital.calls()] == ["request", "answered"]
    assert [(request["parts"], request["channel"]) for request in hospital.requests()] == [(1, "voice")]
    assert hospital.sql("select count(*) from attempts").scalar_one() == 5


def test_a_repeat_gets_the_same_bytes(hospital: Hospital) -> None:
    hospital.sim.faults.duplicate("*", copies=3)
    a_message_is_left(hospital)
    answers: dict[tuple[str, bytes], set[bytes]] = {}
    for request, answer in hospital.carried:
        answers.setdefault((request.url, request.body), set()).add(answer.body)
    assert len(hospital.carried) >= 3 * len(answers)
    assert all(len(each) == 1 for each in answers.values())


FAULTS: dict[str, Callable[[Hospital], object]] = {
    "status callbacks late by minutes": lambda h: h.sim.faults.delay("status", 300).delay("number-status", 300),
    "recording callbacks late": lambda h: h.sim.faults.delay("recording-status", 400),
    "callbacks out of order": lambda h: h.sim.faults.reorder("*status", share=1.0),
    "no recording callback": lambda h: h.sim.faults.lose("recording-status"),
    "no progress of the seniors": lambda h: h.sim.faults.lose("number-status"),
    "no status callback": lambda h: h.sim.faults.lose("status"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_callbacks_may_come_late_in_any_order_or_never(build: Callable[..., Hospital], fault: str) -> None:
    hospital = build(strict=False)
    FAULTS[fault](hospital)
    a_message_is_left(hospital)
    hospital.sim.advance(minutes=12)
    hospital.sweeps()
    hospital.sim.advance(minutes=2)
    assert [call["result"] for call in hospital.calls()] == ["request"]
    [request] = hospital.requests()
    assert (request["parts"], request["channel"]) == (1, "voice")
    assert hospital.sql("select state from recordings").scalar_one() == "stored"
    assert request["reference"] in hospital.amelie.reads(request["reference"]).body


def test_a_call_whose_end_is_never_told_is_settled_by_asking(build: Callable[..., Hospital]) -> None:
    hospital = build(strict=False)
    hospital.sim.faults.lose("status").lose("dial")
    hospital.gp.dials(LINE).presses("227#").hears("j'appelle")
    hospital.amelie.rings()
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["result"] == "open"
    hospital.sim.advance(minutes=2)
    hospital.sweeps()
    assert [call["result"] for call in hospital.calls()] == ["request"]
    assert len(hospital.requests()) == 1


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.2, 0.5]))
def test_whatever_is_doubled_delayed_and_reordered_one_request_comes_of_it(
    build: Callable[..., Hospital], seed: int, share: float
) -> None:
    hospital = build(strict=False, seed=seed)
    forget(hospital, MONDAY_14H)
    faults = hospital.sim.faults
    faults.duplicate("*", share=share).reorder("*status", share=share).delay("*status", 40, share=share)
    faults.lose("*status", share=share / 2)
    a_message_is_left(hospital)
    hospital.sim.advance(minutes=12)
    hospital.sweeps()
    assert [call["result"] for call in hospital.calls()] == ["request"]
    assert [request["parts"] for request in hospital.requests()] == [1]


def test_who_picked_up_when_nobody_waited_any_more_is_told_so_again(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).presses("227#").hears("j'appelle")
    hospital.amelie.rings()
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    attempt, legs = attempt_of(hospital), Legs(hospital.desk_line.desk, hospital.desk_line.render)
    first = legs.whisper(attempt, "CAlate")
    assert "a raccroché" in first
    assert legs.whisper(attempt, "CAlate") == first


def test_who_was_asked_in_time_is_asked_the_same_when_the_caller_has_gone_meanwhile(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).presses("227#").hears("j'appelle")
    hospital.amelie.rings().answers().hears("tapez 1")
    attempt, legs = attempt_of(hospital), Legs(hospital.desk_line.desk, hospital.desk_line.render)
    leg = hospital.sql("select child_sid from attempts").scalar_one()
    first = legs.whisper(attempt, leg)
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    assert "tapez 1" in first
    assert legs.whisper(attempt, leg) == first


def attempt_of(hospital: Hospital) -> UUID:
    """The one ring of the one call."""
    found: UUID = hospital.sql("select id from attempts").scalar_one()
    return found
