"""What is answered when something is wrong, and what every answer forbids the browser."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Connection, event
from twilio.request_validator import RequestValidator

from callbacks import links
from callbacks.house import Desk, House
from callbacks.shelf import Shelf
from config.app import Parts, assemble
from config.crypto import Box
from config.database import web_engine
from tests.engines import Engines
from tests.web.conftest import TOKEN, Bell, Ward
from tests.web.senior import Senior
from web.strikes import Strikes
from webhooks.signature import HEADER

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/none"


@pytest.fixture
def cut_off(house: House, box: Box, bell: Bell, shelf: Shelf) -> Iterator[FlaskClient]:
    """A browser at a house whose database is away."""
    engine = web_engine(NOWHERE)
    yield assemble(
        Parts(Desk(engine, bell, box, house), shelf, Redis(port=1), [TOKEN], "http://localhost:1")
    ).test_client()
    engine.dispose()


def test_a_link_we_never_wrote_is_unknown(browser: FlaskClient) -> None:
    for path in ("/r/1aaaaaaaaaaaa", "/r/x", "/r/%00", "/r/" + "é" * 300):
        reply = browser.get(path)
        assert reply.status_code == 404
        assert "Lien inconnu" in reply.text


def test_a_withdrawn_link_says_so_and_the_next_alert_carries_another(browser: FlaskClient, ward: Ward) -> None:
    filed = ward.request()
    link = ward.link(filed)
    for _ in range(30):  # who holds a link of ours does not guess
        with ward.engine.begin() as conn:
            links.revoke(conn, filed.id, ward.amelie)
        reply = browser.get(link)
        assert reply.status_code == 410
        assert "Lien retiré" in reply.text
    assert browser.post(f"{link}/claim").status_code in (400, 410)
    assert ward.state(filed) == ("open", None, None)
    another = ward.link(filed)
    assert another != link
    assert browser.get(another).status_code == 200
    assert browser.get(link).status_code == 410


def test_a_link_dies_with_the_mobile_it_was_texted_to(browser: FlaskClient, ward: Ward) -> None:
    link = ward.link(ward.request())
    with ward.engine.begin() as conn:
        links.withdraw(conn, ward.amelie)  # what the page of people does when her number changes
    reply = browser.get(link)
    assert reply.status_code == 410
    assert "votre numéro a changé" in reply.text


@pytest.mark.parametrize("head", ["x", 'filename="x"'])
def test_a_part_of_a_form_that_has_no_name_is_no_failure_of_ours(browser: FlaskClient, ward: Ward, head: str) -> None:
    body = f"--part\r\nContent-Disposition: form-data; {head}\r\n\r\nx\r\n--part--\r\n"
    filed = ward.request()
    for path in (f"{ward.link(filed)}/claim", "/signin", "/inscription", "/webhooks/sms", "/webhooks/voice"):
        reply = browser.post(
            path, data=body, content_type="multipart/form-data; boundary=part", headers={HEADER: "whatever"}
        )
        assert reply.status_code == 400, path
    assert ward.state(filed) == ("open", None, None)


def test_who_guesses_links_is_held_off_and_nobody_else_is(browser: FlaskClient, ward: Ward) -> None:
    answers = [browser.get(f"/r/{number}aaaaaaaaaaaa") for number in range(22)]
    assert [reply.status_code for reply in answers] == [404] * 20 + [429] * 2
    assert answers[-1].headers["Retry-After"] == "60"
    assert "Attendez une minute" in answers[-1].text
    assert browser.get(ward.link(ward.request())).status_code == 200


def test_the_database_is_not_asked_about_a_guess(cut_off: FlaskClient) -> None:
    assert cut_off.get("/r/1aaaaaaaaaaaa").status_code == 404


def test_strikes_are_forgotten_after_a_minute() -> None:
    strikes = Strikes(limit=2, seconds=60)
    assert [strikes.one_more("a", at) for at in (0, 1, 2, 3)] == [False, False, True, True]
    assert [strikes.one_more("b", 3), strikes.one_more("a", 64)] == [False, False]


def test_a_flood_of_addresses_does_not_fill_the_memory() -> None:
    strikes = Strikes(limit=1)
    for number in range(10_100):
        strikes.one_more(str(number), 0)
    assert strikes.one_more("10099", 0)
    assert not strikes.one_more("0", 0)


# The database is away ---------------------------------------------------------------------------------------------


def test_the_page_says_one_moment_and_does_not_keep_anybody(cut_off: FlaskClient, ward: Ward) -> None:
    began = time.monotonic()
    reply = cut_off.get(ward.link(ward.request()))
    assert time.monotonic() - began < 10  # not the half minute of a pool that waits
    assert reply.status_code == 503
    assert reply.headers["Retry-After"] == "5"
    assert "Un instant" in reply.text


@pytest.mark.parametrize("path", ["/webhooks/sms", "/webhooks/sms/status", "/webhooks/sms/status/x"])
def test_an_sms_is_not_acknowledged(cut_off: FlaskClient, path: str) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "sent", "From": "+33639980011", "Body": "Bonjour"}
    signature = RequestValidator(TOKEN).compute_signature("http://localhost" + path, form)
    began = time.monotonic()
    reply = cut_off.post(path, data=form, headers={HEADER: signature})
    assert time.monotonic() - began < 10  # not the half minute of a pool that waits
    assert (reply.status_code, reply.data, reply.mimetype) == (503, b"", "text/xml")


def test_a_request_that_another_holds_is_given_up_early(browser: FlaskClient, ward: Ward) -> None:
    filed = ward.request()
    amelie = Senior(browser, ward.link(filed)).opens()
    with ward.engine.begin() as other:
        other.exec_driver_sql("select from requests for update")
        began = time.monotonic()
        assert amelie.sends("claim").status == 503
        assert 1 < time.monotonic() - began < 10
    assert not amelie.opens().reads("C'est noté")
    assert ward.state(filed) == ("open", None, None)


def test_a_page_that_took_so_long_that_its_connection_was_ended_says_one_moment(app: Flask, ward: Ward) -> None:
    link, desk = ward.link(ward.request()), app.extensions["desk"]

    def dawdle(conn: Connection, *_: object) -> None:
        with closing(conn.connection.cursor()) as cursor:
            cursor.execute("set local idle_in_transaction_session_timeout = 20")
        time.sleep(0.3)

    event.listen(desk.engine, "after_cursor_execute", dawdle, once=True)
    reply = app.test_client().get(link)
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "5")
    assert "Un instant" in reply.text
    assert app.test_client().get(link).status_code == 200


# Nothing slips out ------------------------------------------------------------------------------------------------


def test_a_failure_is_logged_without_the_address_it_happened_at(browser: FlaskClient, ward: Ward) -> None:
    link = ward.link(ward.request())
    with ward.engine.begin() as conn:
        conn.exec_driver_sql("alter table practitioners rename to elsewhere")
    with structlog.testing.capture_logs() as said:
        reply = browser.get(link)
    assert reply.status_code == 500
    assert "Incident" in reply.text
    assert [line["endpoint"] for line in said] == ["link.see"]
    assert link.removeprefix("/r/") not in repr(said)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/webhooks/sms", 405),
        ("PUT", "/healthz", 405),
        ("POST", "/webhooks/nothing", 404),
        ("GET", "/static/../conftest.py", 404),
    ],
)
def test_what_is_not_there_is_said_plainly(browser: FlaskClient, method: str, path: str, status: int) -> None:
    reply = browser.open(path, method=method)
    assert reply.status_code == status
    assert reply.mimetype == ("text/xml" if path.startswith("/webhooks/") else "text/html")


def test_a_body_without_end_is_refused_unread(browser: FlaskClient) -> None:
    reply = browser.post("/webhooks/sms", data={"Body": "x" * 300_000}, headers={HEADER: "x"})
    assert reply.status_code == 413


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/c/x", "/static/rappel24.css", "/nothing"])
def test_every_answer_forbids_what_the_page_does_not_need(browser: FlaskClient, path: str) -> None:
    with browser.get(path) as reply:
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert reply.headers["X-Frame-Options"] == "DENY"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in reply.headers


def test_a_page_is_kept_nowhere(browser: FlaskClient, ward: Ward) -> None:
    assert browser.get(ward.link(ward.request())).headers["Cache-Control"] == "no-store"


def test_the_cookie_stays_in_the_browser_it_was_given_to(app: Flask, ward: Ward, house: House) -> None:
    cookie = app.test_client().get(ward.link(ward.request())).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_over_https_nothing_goes_in_clear(
    house: House, box: Box, bell: Bell, shelf: Shelf, ward: Ward, database_url: str, engines: Engines
) -> None:
    engine = engines.web(database_url)
    secure = replace(house, public_url="https://rappel24.example")
    browser = assemble(Parts(Desk(engine, bell, box, secure), shelf, Redis(port=1), [TOKEN], "http://x")).test_client()
    reply = browser.get(ward.link(ward.request()), base_url="https://rappel24.example")
    assert reply.headers["Set-Cookie"].startswith("__Host-rappel24=")
    assert "Secure" in reply.headers["Set-Cookie"]
    assert reply.headers["Strict-Transport-Security"].startswith("max-age=31536000")
