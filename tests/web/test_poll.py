"""The poll of a GP: three questions on a page without an account, what he may add, and that he wants no more of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Row, insert, select

from callbacks import assessments, requests
from callbacks.assessed import Said, Side
from callbacks.assessments import About
from callbacks.commitment_tables import polls
from callbacks.polls import answering
from callbacks.requests import Filed
from config import clock
from tests.web.conftest import SECRET, Ward
from tests.web.senior import Senior


def polled(ward: Ward, filed: Filed) -> str:
    """It is over, and Dr Roux was asked; the path of his link."""
    with ward.engine.begin() as conn:
        moment = clock.read(conn)
        requests.claim(conn, filed.id, ward.amelie, moment, "page")
        requests.close(conn, filed.id, ward.amelie, "CONSEIL", moment)
        row = {"request_id": filed.id, "ward_id": ward.id, "asked_at": moment.now}
        poll_id = conn.execute(insert(polls).values(row).returning(polls.c.id)).scalar_one()
    return "/e/" + answering.token_for(poll_id, SECRET)


@pytest.fixture
def link(ward: Ward, filed: Filed) -> str:
    return polled(ward, filed)


@pytest.fixture
def roux(browser: FlaskClient, link: str) -> Senior:
    """He taps the link at his own telephone."""
    return Senior(browser, link)


def kept(ward: Ward) -> Row[Any]:
    with ward.engine.begin() as conn:
        return conn.execute(select(polls)).one()


def test_looking_says_nothing(roux: Senior, ward: Ward) -> None:
    assert roux.opens().reads("Faire admettre directement un patient dans un service")
    assert (kept(ward).answered_at, kept(ward).declined_at) == (None, None)


def test_he_answers_what_he_likes_and_may_add_three_taps(roux: Senior, ward: Ward, filed: Filed) -> None:
    roux.opens()
    assert roux.sends(f"{roux.path[3:]}", access="yes", access_wanted="yes", document="no").reads("Merci, c'est noté.")
    row = kept(ward)
    assert (row.access, row.access_wanted, row.document, row.admission) == (1, 1, 0, None)
    roux.sends("assess", asked="AVIS_DIAG").sends("assess", outcome="CONSEIL").sends("assess", otherwise="URGENCES")
    with ward.engine.begin() as conn:
        found = assessments.by_one_side(conn, About(filed.id), Side.PRACTICE)
    assert found == Said("AVIS_DIAG", "CONSEIL", "URGENCES")
    assert not roux.offered("assess")


def test_an_empty_form_is_no_answer(roux: Senior, ward: Ward) -> None:
    roux.opens()
    assert roux.sends(roux.path[3:], access="peut-être").reads("Choisissez au moins une réponse.")
    assert kept(ward).answered_at is None


def test_he_wants_no_more_of_it(roux: Senior, ward: Ward) -> None:
    assert roux.opens().sends("decline").reads("ne vous sera plus envoyée")
    assert kept(ward).declined_at is not None
    assert not roux.offered("decline")


def test_the_ward_sees_nothing_of_what_he_answers(roux: Senior, browser: FlaskClient, ward: Ward, filed: Filed) -> None:
    amelie = Senior(browser, ward.link(filed))
    before = amelie.opens().text
    roux.opens().sends(roux.path[3:], access="no", access_wanted="yes")
    roux.sends("assess", asked="ADMISSION")
    assert amelie.opens().text == before


def test_his_link_opens_nothing_after_thirty_days(roux: Senior, ward: Ward) -> None:
    ward.waits(timedelta(days=31))
    assert roux.opens().status == 410


@pytest.mark.parametrize("spoil", ["A", "é"])
def test_a_link_that_we_never_wrote_asks_nothing(roux: Senior, spoil: str) -> None:
    assert replace(roux, path=roux.path + spoil).opens().status == 404
    assert replace(roux, path="/e/" + answering.token_for(UUID(int=1), SECRET)).opens().status == 404
