"""What a senior does at the link of his alert."""

from flask.testing import FlaskClient

from tests.web.conftest import Ward


def test_amelie_sees_what_she_is_asked(browser: FlaskClient, ward: Ward) -> None:
    page = browser.get(f"/r/{ward.request()}").text
    assert "724 193" in page
