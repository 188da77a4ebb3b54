"""After she closed a request, the senior may say in two taps what it was about; nobody owes it."""

import pytest
from sqlalchemy import select

from callbacks import assessments
from callbacks.assessed import Said, Side
from callbacks.assessments import About
from callbacks.commitment_tables import assessments as rows
from callbacks.requests import Filed
from tests.web.conftest import Ward
from tests.web.senior import Senior


def said(ward: Ward, filed: Filed) -> Said:
    with ward.engine.begin() as conn:
        return assessments.by_one_side(conn, About(filed.id), Side.HOSPITAL)


def test_two_taps_after_the_end(amelie: Senior, ward: Ward, filed: Filed) -> None:
    assert not amelie.opens().offered("assess")
    assert amelie.sends("close", outcome="CONSEIL").reads("Sans cette ligne ?")
    assert said(ward, filed) == Said(outcome="CONSEIL")
    assert amelie.sends("assess", asked="AVIS_TT").reads("Ce qui était demandé Avis sur un traitement")
    assert amelie.sends("assess", otherwise="SAMU").reads("Appel au 15")
    assert not amelie.offered("assess")
    assert said(ward, filed) == Said("AVIS_TT", "CONSEIL", "SAMU")
    with ward.engine.begin() as conn:
        assert conn.execute(select(rows.c.person_id, rows.c.how)).one() == (ward.amelie, "page")


@pytest.mark.parametrize("outcome", ["DOUBLON", "HORS_CHAMP", "RETIRE"])
def test_where_nothing_was_answered_nothing_is_asked(amelie: Senior, ward: Ward, filed: Filed, outcome: str) -> None:
    amelie.opens().sends("claim")
    amelie.sends("close", outcome=outcome)
    assert not amelie.offered("assess")
    assert amelie.sends("assess", asked="AVIS_TT").reads("n'est plus attendue")
    assert said(ward, filed) == Said()


def test_a_colleague_who_did_not_close_it_is_not_asked(amelie: Senior, bruno: Senior, ward: Ward, filed: Filed) -> None:
    amelie.opens().sends("close", outcome="CONSEIL")
    assert not bruno.opens().offered("assess")
    bruno.sends("assess", asked="AVIS_TT")
    assert said(ward, filed) == Said(outcome="CONSEIL")


@pytest.mark.parametrize("form", [{}, {"asked": "MEURTRE"}, {"outcome": "URGENCES"}])
def test_what_is_not_offered_is_not_kept(amelie: Senior, ward: Ward, filed: Filed, form: dict[str, str]) -> None:
    amelie.opens().sends("close", outcome="CONSEIL")
    amelie.sends("assess", **form)
    assert said(ward, filed) == Said(outcome="CONSEIL")


def test_who_closed_it_in_a_word_by_sms_says_here_how_it_ended(amelie: Senior, ward: Ward, filed: Filed) -> None:
    amelie.opens().sends("close", outcome="AUTRE")
    with ward.engine.begin() as conn:
        conn.execute(rows.delete())  # as FAIT leaves it
    assert amelie.opens().reads("Ce qui a suivi")
    amelie.sends("assess", outcome="URGENCES")
    assert said(ward, filed) == Said(outcome="URGENCES")
    assert ward.state(filed)[2] == "AUTRE"
