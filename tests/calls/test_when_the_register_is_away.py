"""PostgreSQL away: the caller is asked for a moment, then passed on, and nothing is acknowledged that is not kept."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event

from simulator import no_answer, takes_the_call
from tests.calls.hospital import BRUNO, GP, LINE, Hospital


class Away(Exception):
    """What a driver raises when its server has gone."""


@contextmanager
def away(hospital: Hospital) -> Iterator[None]:
    """Every connection is refused, as when the server is stopped."""
    hospital.engine.dispose()

    def refuse(*_: object) -> None:
        raise hospital.engine.dialect.loaded_dbapi.OperationalError("connection refused")

    event.listen(hospital.engine, "do_connect", refuse)
    hospital.sim.delivery.on_time = None
    hospital.silent = True
    try:
        yield
    finally:
        event.remove(hospital.engine, "do_connect", refuse)
        hospital.sim.delivery.on_time = hospital.now_is
        hospital.silent = False


def test_a_short_absence_is_a_moment_and_the_key_is_not_lost(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).hears("dièse")
    with away(hospital):
        hospital.gp.presses("227#").hears("Un instant")
    hospital.gp.hears("j'appelle", within=30).hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["ward"] == "cardio"


def test_a_message_left_in_that_moment_is_kept(hospital: Hospital) -> None:
    for senior in (hospital.amelie, hospital.bruno):
        senior.behaves(no_answer())
    gp = hospital.gp.dials(LINE).presses("227#").hears("rappelle avant", within=170).leaves_message(seconds=9)
    with away(hospital):
        gp.presses("#").hears("Un instant")
    gp.hears("valider", within=30).presses("1").hears("garder").hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.requests()[0]["parts"] == 1


def test_a_senior_who_picks_up_in_that_moment_is_asked_after_it(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).presses("227#").hears("j'appelle")
    amelie = hospital.amelie.rings()
    with away(hospital):
        amelie.answers().hears("Un instant")
    amelie.hears("tapez 1", within=30).presses("1").is_put_through(hospital.gp)
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["result"] == "answered"


def test_the_key_with_which_he_takes_the_call_in_that_moment_is_not_lost(hospital: Hospital) -> None:
    hospital.gp.dials(LINE).presses("227#").hears("j'appelle")
    amelie = hospital.amelie.rings().answers().hears("tapez 1")
    with away(hospital):
        amelie.presses("1").hears("Un instant")
    amelie.is_put_through(hospital.gp, within=30)
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["result"] == "answered"


def test_after_three_moments_a_senior_is_connected_to_nobody(build: Callable[..., Hospital]) -> None:
    hospital = build(strict=False)
    hospital.switchboard.behaves(no_answer())
    hospital.gp.dials(LINE).presses("227#").hears("j'appelle")
    amelie = hospital.amelie.rings()
    with away(hospital):
        amelie.answers().hears("Un instant").hears("a raccroché ou a été pris en charge", within=60).is_hung_up_on()
    hospital.bruno.behaves(takes_the_call())
    hospital.gp.is_put_through(hospital.bruno, within=60)
    hospital.gp.hangs_up()
    hospital.sim.run_until_idle()
    assert hospital.calls()[0]["answered_by"] == BRUNO


def test_after_three_moments_the_switchboard(build: Callable[..., Hospital]) -> None:
    hospital = build(strict=False)
    hospital.switchboard.behaves(takes_the_call(prompt="", conversation=10))
    with away(hospital):
        hospital.gp.dials(LINE).hears("Un instant").hears("Je vous passe le standard", within=60)
        hospital.gp.is_put_through(hospital.switchboard, within=60)
        hospital.gp.hangs_up()
        hospital.sim.advance(seconds=30)
    assert hospital.requests() == []


def test_a_late_message_becomes_the_request_of_its_ward(build: Callable[..., Hospital]) -> None:
    hospital = build(strict=False)
    for phone in (hospital.amelie, hospital.bruno, hospital.switchboard):
        phone.behaves(no_answer())
    gp = hospital.gp.dials(LINE).presses("227#").hears("j'appelle")
    hospital.amelie.rings()
    with away(hospital):
        gp.hears("Un instant", within=60).hears("standard", within=60).hears("n'a pas répondu", within=120)
        gp.leaves_message(seconds=8)
    gp.presses("#").hears("enregistré", within=30)
    hospital.sim.run_until_idle()
    hospital.sim.advance(minutes=2)
    [request] = hospital.requests()
    assert (request["ward"], request["caller"], request["parts"]) == ("cardio", GP, 1)


def test_a_late_message_of_no_known_ward_is_kept_to_be_sorted(build: Callable[..., Hospital]) -> None:
    hospital = build(strict=False)
    hospital.switchboard.behaves(no_answer())
    with away(hospital):
        gp = hospital.gp.dials(LINE).hears("n'a pas répondu", within=200).leaves_message(seconds=8)
    gp.presses("#").hears("enregistré", within=30)
    hospital.sim.run_until_idle()
    hospital.sim.advance(minutes=3)
    assert hospital.sql("select state from recordings").scalar_one() == "stored"
    waiting = hospital.sql("select channel, state, sort_at <= app_now() as at_once from dialogues").one()
    assert (waiting.channel, waiting.state, waiting.at_once) == ("voice", "open", True)
    [call] = hospital.calls()
    assert (call["caller"], call["result"], call["ended_at"] is not None) == (GP, "lost", True)
