"""The page that asks a senior how a conversation ended."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.web.conftest import Ward
from tests.web.senior import TOKEN_FIELD, Senior


def says(browser: FlaskClient, link: str, outcome: str) -> int:
    found = TOKEN_FIELD.search(browser.get(link).text)
    form = {"outcome": outcome, "csrf_token": found[1] if found else ""}
    return browser.post(link, data=form).status_code


def told(ward: Ward) -> str | None:
    with ward.engine.connect() as conn:
        outcome: str | None = conn.exec_driver_sql("select outcome from calls").scalar_one()
        return outcome


def test_what_she_says_first_stands(browser: FlaskClient, ward: Ward) -> None:
    link = ward.conversation()
    assert says(browser, link, "ADM_DIRECTE") == 303
    assert told(ward) == "ADM_DIRECTE"
    assert "Merci" in browser.get(link).text
    says(browser, link, "CONSEIL")
    assert told(ward) == "ADM_DIRECTE"


def test_then_two_taps_more_if_she_likes(browser: FlaskClient, ward: Ward) -> None:
    amelie = Senior(browser, ward.conversation()).opens()
    assert not amelie.offered("assess")
    says(browser, amelie.path, "CONSEIL")
    assert amelie.opens().sends("assess", asked="AVIS_DIAG").reads("Avis diagnostique")
    amelie.sends("assess", otherwise="MEURTRE")
    assert amelie.sends("assess", otherwise="URGENCES").reads("Passage aux urgences")
    with ward.engine.connect() as conn:
        found = conn.execute(text("select side, asked, outcome, otherwise, person_id from assessments")).one()
    assert found == ("hospital", "AVIS_DIAG", "CONSEIL", "URGENCES", ward.amelie)


def test_looking_says_nothing(browser: FlaskClient, ward: Ward) -> None:
    assert browser.get(ward.conversation()).status_code == 200
    assert told(ward) is None


@pytest.mark.parametrize("outcome", ["", "GUERI", "NON_JOINT", "JOINT"])
def test_an_end_that_a_conversation_cannot_have_is_none(browser: FlaskClient, ward: Ward, outcome: str) -> None:
    assert says(browser, ward.conversation(), outcome) == 400
    assert told(ward) is None


@pytest.mark.parametrize("spoil", [lambda link: link[:-1], lambda link: link + "A", lambda link: "/c/é" + "A" * 30])
def test_a_link_we_never_wrote_asks_nothing(browser: FlaskClient, ward: Ward, spoil: object) -> None:
    assert callable(spoil)
    assert browser.get(spoil(ward.conversation())).status_code == 404
