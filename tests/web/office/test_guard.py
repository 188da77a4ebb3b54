"""The guard of the office: who is let in, who is not, and what he is told."""

from tests.web.office.conftest import Office, post


def test_nobody_is_asked_who_he_is_and_finds_himself_where_he_wanted_to_go(office: Office) -> None:
    reply = office.browse().get("/account")
    assert (reply.status_code, reply.location) == (303, "/signin?next=/account")


def test_the_editor_is_greeted_by_name(office: Office) -> None:
    assert "Editor" in office.browse("editor").get("/account").text


def test_who_signed_out_is_out(office: Office) -> None:
    browser = office.browse("editor")
    assert post(browser, "/signout").location == "/signin"
    assert browser.get("/account").status_code == 303
