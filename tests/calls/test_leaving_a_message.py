"""Nobody answers: the promise, the message, where and when to call back; and every way of hanging up."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from simulator import Unknowns, no_answer
from simulator.handset import Handset
from tests.calls.hospital import GP, GP_MOBILE, LINE, PARIS, Hospital


@pytest.fixture
def deserted(hospital: Hospital) -> Hospital:
    """Nobody answers."""
    hospital.amelie.behaves(no_answer())
    hospital.bruno.behaves(no_answer())
    return hospital


def to_the_promise(hospital: Hospital, gp: Handset, shown_as: str | None = None) -> Handset:
    return gp.dials(LINE, shown_as=shown_as).presses("227#").hears("rappelle avant", within=150)


def test_the_promise_is_a_clock_time_and_the_reference_is_spoken(deserted: Hospital) -> None:
    gp = to_the_promise(deserted, deserted.gp)
    gp.hears("demain quatorze heures une").hears("enregistré").leaves_message(seconds=9).presses("#")
    gp.hears("valider").presses("1").hears("garder ce numéro").presses("1").hears("Quand vous joindre").presses("2")
    gp.hears("C'est noté")
    [request] = deserted.requests()
    gp.hears(", ".join(request["reference"])).is_hung_up_on()
    deserted.sim.run_until_idle()
    created, due = (datetime.fromisoformat(request[name]) for name in ("created_at", "due_at"))
    assert due - created == timedelta(hours=24)
    assert due.astimezone(PARIS).strftime("%H:%M") == "14:01"
    [request] = deserted.requests()
    assert (request["channel"], request["state"], request["caller"], request["parts"]) == ("voice", "open", GP, 1)
    assert deserted.sql("select reach from requests").scalar_one() == "noon"


def test_a_message_can_be_heard_again_and_recorded_anew(deserted: Hospital) -> None:
    gp = to_the_promise(deserted, deserted.gp)
    gp.leaves_message(seconds=9).presses("#").hears("réécouter").presses("2").hears("réécouter", within=60).presses("3")
    gp.leaves_message(seconds=5).presses("#").hears("valider").presses("1").hears("garder ce numéro").hangs_up()
    deserted.sim.run_until_idle()
    deserted.sim.advance(minutes=2)
    assert deserted.requests()[0]["parts"] == 1
    states = deserted.sql("select seconds, state, deleted_real is not null from recordings order by seconds").all()
    assert [tuple(row) for row in states] == [(5, "stored", True), (9, "discarded", True)]


def test_what_was_said_is_sealed_at_rest_and_gone_at_the_carrier(deserted: Hospital) -> None:
    gp = to_the_promise(deserted, deserted.gp)
    gp.leaves_message(seconds=9).presses("#").hears("valider").presses("1").hangs_up()
    deserted.sim.run_until_idle()
    deserted.sim.advance(minutes=2)
    [(name, state)] = deserted.sql("select file, state from recordings").all()
    assert state == "stored"
    assert b"RIFF" not in (deserted.shelf.folder / name).read_bytes()


@pytest.mark.parametrize("shown_as", ["anonymous", "+266696687", "", "unknown"])
def test_a_hidden_caller_keys_the_number_to_call_back(deserted: Hospital, shown_as: str) -> None:
    gp = to_the_promise(deserted, deserted.gp, shown_as=shown_as)
    gp.leaves_message(seconds=9).presses("#").hears("valider").presses("1").hears("Composez le numéro")
    gp.presses("0199000001#").hears("01, 99, 00, 00, 01").presses("1").hears("Quand").presses("1").hears("noté")
    deserted.sim.run_until_idle()
    [request] = deserted.requests()
    assert (request["caller"], request["channel"], request["parts"]) == (GP, "voice", 1)


@pytest.mark.parametrize("bad", ["15#", "3114#", "0899000000#", "12#", "0700123456789#", "118218#", "0033899000000#"])
def test_a_number_that_cannot_or_must_not_be_called_is_asked_again(deserted: Hospital, bad: str) -> None:
    gp = to_the_promise(deserted, deserted.gp, shown_as="anonymous")
    gp.leaves_message(seconds=9).presses("#").hears("valider").presses("1").hears("Composez le numéro").presses(bad)
    gp.hears("ne peut pas être rappelé").presses("0199000001#").hears("Si c'est exact").presses("1").hears("Quand")
    gp.hangs_up()
    deserted.sim.run_until_idle()
    assert deserted.requests()[0]["caller"] == GP


def test_another_number_may_be_preferred(deserted: Hospital) -> None:
    gp = to_the_promise(deserted, deserted.gp)
    gp.leaves_message(seconds=9).presses("#").hears("valider").presses("1").hears("garder ce numéro").presses("2")
    gp.presses("0639980101#").hears("Si c'est exact").presses("1").hears("Quand").presses("3").hears("noté")
    deserted.sim.run_until_idle()
    assert deserted.requests()[0]["caller"] == GP_MOBILE


def test_a_hidden_caller_with_neither_message_nor_number_is_a_lost_call_with_its_ward(deserted: Hospital) -> None:
    to_the_promise(deserted, deserted.gp, shown_as="anonymous").hangs_up()
    deserted.sim.run_until_idle()
    assert deserted.requests() == []
    assert [(call["result"], call["ward"], call["caller"]) for call in deserted.calls()] == [("lost", "cardio", None)]


def test_a_hidden_caller_who_left_a_message_is_on_file(deserted: Hospital) -> None:
    to_the_promise(deserted, deserted.gp, shown_as="anonymous").leaves_message(seconds=9).hangs_up()
    deserted.sim.run_until_idle()
    [request] = deserted.requests()
    assert (request["caller"], request["parts"], request["channel"]) == (None, 1, "voice")


HANGS_UP_AT: dict[str, Callable[[Handset], object]] = {
    "the promise": lambda gp: gp,
    "the beep": lambda gp: gp.is_recorded(),
    "his message": lambda gp: gp.leaves_message(seconds=4),
    "the review": lambda gp: gp.leaves_message(seconds=4).presses("#").hears("valider"),
    "the number": lambda gp: gp.leaves_message(seconds=4).presses("#").hears("valider").presses("1").hears("garder"),
}


@pytest.mark.parametrize("moment", HANGS_UP_AT)
@pytest.mark.parametrize("first", [True, False], ids=["action first", "status first"])
def test_hanging_up_at_any_moment_leaves_one_request_with_what_was_said(
    build: Callable[..., Hospital], moment: str, first: bool
) -> None:
    hospital = build(unknowns=Unknowns(action_on_hangup_first=first))
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    gp = to_the_promise(hospital, hospital.gp)
    HANGS_UP_AT[moment](gp)
    gp.hangs_up()
    hospital.sim.run_until_idle()
    hospital.sim.advance(minutes=1)
    [request] = hospital.requests()
    said = moment not in ("the promise", "the beep")
    assert (request["parts"], request["channel"]) == ((1, "voice") if said else (0, "missed_call"))
    assert hospital.calls()[0]["result"] == "request"


@pytest.mark.parametrize("counted", [True, False])
def test_silence_after_the_beep_is_not_the_end_of_the_request(build: Callable[..., Hospital], counted: bool) -> None:
    hospital = build(unknowns=Unknowns(initial_silence_in_record=counted))
    hospital.amelie.behaves(no_answer())
    hospital.bruno.behaves(no_answer())
    gp = to_the_promise(hospital, hospital.gp)
    gp.is_recorded().waits(15).presses("#")
    hospital.sim.advance(seconds=200)
    gp.hangs_up()
    hospital.sim.run_until_idle()
    assert len(hospital.requests()) == 1


@pytest.mark.parametrize("position", ["action", "fall_through"])
def test_a_stray_hash_is_ignored(build: Callable[..., Hospital], position: str) -> None:
    hospital = build(unknowns=Unknowns(only_finish_key=position))
    hospital.amelie.behaves(no_answer())
    hospital.bruno.behaves(no_answer())
    gp = to_the_promise(hospital, hospital.gp).leaves_message(seconds=9).presses("#").hears("valider").presses("#")
    gp.presses("#").hears("valider").presses("1").hears("garder").presses("#").hears("garder").presses("1")
    gp.hears("Quand").presses("1").hears("noté")
    hospital.sim.run_until_idle()
    assert len(hospital.requests()) == 1


def test_a_closed_ward_without_cover_takes_a_message_at_once(build: Callable[..., Hospital]) -> None:
    hospital = build(start=datetime(2026, 11, 23, 20, 0, tzinfo=PARIS))
    hospital.gp.dials(LINE).presses("337#").hears("Le service est fermé").hears("rappelle avant demain vingt heures")
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["rung"] == []
    assert [request["ward"] for request in hospital.requests()] == ["dermato"]


def test_a_closed_ward_is_answered_by_the_ward_that_covers_it(build: Callable[..., Hospital]) -> None:
    hospital = build(start=datetime(2026, 11, 23, 20, 0, tzinfo=PARIS))
    emma = hospital.sim.phone("+33639980005", "Emma")
    hospital.gp.dials(LINE).presses("467#")
    emma.rings().answers().hears("Hôpital de jour").presses("1").is_put_through(hospital.gp)
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    assert [(call["ward"], call["result"]) for call in hospital.calls()] == [("hdj", "answered")]


def test_a_ward_with_nobody_on_call_takes_a_message_at_once(hospital: Hospital) -> None:
    hospital.sql("delete from shifts")
    hospital.gp.dials(LINE).presses("227#").hears("rappelle avant").hangs_up()
    hospital.sim.run_until_idle()
    assert (hospital.calls()[0]["rung"], len(hospital.requests())) == ([], 1)


def test_when_saving_fails_the_caller_is_told_so_and_passed_to_the_switchboard(build: Callable[..., Hospital]) -> None:
    hospital = build(strict=False)
    hospital.sql("delete from shifts")
    hospital.sql(
        "create function refuse() returns trigger language plpgsql as"
        " $$begin raise exception 'disk full' using errcode = '53100'; end$$"
    )
    hospital.sql("create trigger full_disk before insert on requests for each row execute function refuse()")
    hospital.gp.dials(LINE).presses("227#").hears("n'a pas pu être enregistrée", within=120)
    hospital.switchboard.rings()
    hospital.gp.expects_no("rappelle avant").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.requests() == []
