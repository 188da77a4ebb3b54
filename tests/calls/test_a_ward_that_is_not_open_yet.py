"""A ward that is being prepared: GPs are told so, and nothing is promised; its seniors hear of nothing but tests."""

from datetime import datetime

import pytest

from simulator import takes_the_call
from tests.calls.hospital import LINE, PARIS, Hospital

NOT_YET = "n'est pas encore ouvert sur cette ligne"


def prepare(hospital: Hospital, slug: str = "cardio", live_from: datetime | None = None) -> None:
    hospital.sql("update wards set live_from = :at where slug = :slug", slug=slug, at=live_from)


@pytest.fixture
def prepared(hospital: Hospital) -> Hospital:
    prepare(hospital)
    return hospital


def test_a_gp_is_told_and_put_through_and_nothing_is_promised(prepared: Hospital) -> None:
    prepared.switchboard.behaves(takes_the_call(prompt=""))
    prepared.gp.dials(LINE).presses("227#").hears(f"Cardiologie, Cochin, {NOT_YET}").hears("standard")
    prepared.gp.is_put_through(prepared.switchboard).hangs_up()
    prepared.passes(minutes=10)
    assert "rappelle" not in prepared.gp.heard
    assert (prepared.requests(), prepared.messages()) == ([], [])
    assert [(call["ward"], call["result"], call["rung"]) for call in prepared.calls()] == [(None, "switchboard", [])]


def test_who_hangs_up_while_he_is_told_leaves_no_request(prepared: Hospital) -> None:
    prepared.mobile_gp.dials(LINE).presses("227#").hears(NOT_YET).hangs_up()
    prepared.passes(minutes=10)
    assert (prepared.requests(), prepared.messages()) == ([], [])
    assert prepared.calls()[0]["ward"] is None


def test_a_switchboard_that_does_not_answer_is_said(prepared: Hospital) -> None:
    prepared.gp.dials(LINE).presses("227#").hears(NOT_YET).hears("Le standard n'a pas répondu", within=60)


def test_on_its_day_it_is_there_without_anybody_doing_anything(hospital: Hospital) -> None:
    prepare(hospital, live_from=datetime(2026, 11, 23, 15, 0, tzinfo=PARIS))
    hospital.gp.dials(LINE).presses("227#").hears(NOT_YET).hangs_up()
    hospital.passes(minutes=61)
    hospital.amelie.behaves(takes_the_call(prompt="tapez 1"))
    hospital.gp.dials(LINE).presses("227#").hears("J'appelle Cardiologie, Cochin").is_put_through(hospital.amelie)


def test_it_is_not_among_the_wards_that_are_read_out(prepared: Hospital) -> None:
    prepared.gp.dials(LINE).presses("0#").hears("hôpital").presses("2").hears("Gastro-entérologie, tapez 1")
    assert "Cardiologie" not in prepared.gp.heard


def test_a_hospital_of_which_no_ward_is_open_is_not_read_out(hospital: Hospital) -> None:
    """Avicenne alone is: its wards follow at once."""
    hospital.sql(
        "update wards set live_from = null where hospital_id = (select id from hospitals where name = 'Cochin')"
    )
    hospital.gp.dials(LINE).presses("0#").hears("Choisissez le service")
    assert "Cochin" not in hospital.gp.heard


def test_a_ward_that_is_prepared_covers_nobody(hospital: Hospital) -> None:
    """Gastroenterology would answer for the day hospital at night."""
    prepare(hospital, "gastro")
    hospital.passes(hours=6)
    hospital.gp.dials(LINE).presses("467#").hears("rappelle avant", within=60).hangs_up()
    hospital.sim.run_until_idle()
    assert [call["rung"] for call in hospital.calls()] == [[]]


def test_an_sms_is_answered_and_becomes_no_request(prepared: Hospital) -> None:
    prepared.mobile_gp.sends(LINE, "avis cardio cochin")
    prepared.passes(minutes=3)
    [said] = [text.body for text in prepared.mobile_gp.texts]
    assert "pas encore ouvert sur cette ligne" in said
    assert "Standard" in said
    assert prepared.requests() == []
    assert prepared.amelie.texts == []


def test_what_was_asked_before_it_was_taken_off_is_still_owed(hospital: Hospital) -> None:
    hospital.mobile_gp.sends(LINE, "avis cardio cochin")
    hospital.passes(minutes=3)
    prepare(hospital)
    hospital.passes(minutes=3)
    [request] = hospital.requests()
    assert request["state"] == "open"
    assert hospital.messages("alert") != []
