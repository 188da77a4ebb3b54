"""The hospital wants to call a GP before a patient goes home: he has asked for nothing, and takes nothing back."""

from datetime import timedelta

import pytest

from callbacks import going_home
from callbacks.going_home import Asked, Discharge
from config import clock
from scheduling import store
from scheduling.planning.trail import Actor
from tests.callbacks.written.desk import ROUX, Line

CARDIO = "avis cardio cochin pour un patient sous AVK"


@pytest.fixture
def asked(line: Line) -> Asked:
    with line.engine.begin() as conn:
        moment = clock.read(conn)
        ward = store.ward(conn, line.ward["cochin cardi"])
        leaves = Discharge(ward, ROUX, None, moment.now + timedelta(hours=20))
        found = going_home.ask(conn, moment, Actor(None, "Secrétariat"), leaves)
    assert isinstance(found, Asked)
    return found


def test_he_takes_back_what_he_asked_and_nothing_else(line: Line, asked: Asked) -> None:
    line.sms(ROUX, CARDIO)
    line.sms(ROUX, "annuler")
    assert [(each.kind, each.state) for each in line.requests()] == [("return_home", "open"), ("advice", "withdrawn")]


def test_not_even_by_its_reference(line: Line, asked: Asked) -> None:
    line.sms(ROUX, f"annuler {asked.reference}")
    [told] = line.said(ROUX)
    assert "lui seul peut l'annuler" in told
    assert [each.state for each in line.requests()] == ["open"]


def test_he_is_told_of_his_own_alone(line: Line, asked: Asked) -> None:
    line.sms(ROUX, "suivi")
    [told] = line.said(ROUX)
    assert "aucune demande en cours" in told


def test_a_word_of_another_kind_takes_it_not_back(line: Line, asked: Asked) -> None:
    line.sms(ROUX, f"{asked.reference} : avis cardio cochin")
    line.sms(ROUX, "non, plutôt une admission")
    assert line.requests()[0].state == "open"
