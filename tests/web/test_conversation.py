"""The page that asks a senior how a conversation ended."""

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import Ward
from tests.web.senior import TOKEN_FIELD


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
    assert says(browser, link, "CONSEIL") == 400  # no form is left to send
    assert told(ward) == "ADM_DIRECTE"


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
