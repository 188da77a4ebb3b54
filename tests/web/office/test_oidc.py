"""Signing in through the hospital's provider: a real one, in a process of its own, on loopback."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
import redis as redis_client
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from callbacks.house import Desk, House
from callbacks.shelf import Shelf
from config import clock
from config.app import Parts, assemble
from config.crypto import Box
from scheduling.accounts import proofs, store
from scheduling.accounts.tables import accounts
from scheduling.planning.tables import audit
from scheduling.planning.trail import Actor
from tests.engines import Engines
from tests.web.conftest import TOKEN, Bell
from tests.web.office.conftest import Office
from web.office.oidc import Provider

AMELIE = {"sub": "8099700218896", "email": "amelie@aphp.example", "email_verified": True}
UNVERIFIED = {"sub": "8099700296140", "email": "amelie@aphp.example", "email_verified": False}
STRANGER = {"sub": "8000000000001", "email": "stranger@elsewhere.example", "email_verified": True}
LABEL = "Pro Santé Connect"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The provider; it insists on a nonce."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    people = [f"--user-claims={json.dumps(person)}" for person in (AMELIE, UNVERIFIED, STRANGER)]
    argv = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *people]
    with open(os.devnull, "w") as silence:
        process = subprocess.Popen(argv, stdout=silence, stderr=silence)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/.well-known/openid-configuration", process)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            assert process.poll() is None, "the provider does not start"
            assert time.monotonic() < end, "the provider does not answer"
            time.sleep(0.05)


@pytest.fixture
def provider(issuer: str) -> Provider:
    return Provider(issuer, "rappel24", "a secret of ours", label=LABEL, acr_values="eidas1")


@pytest.fixture
def app(
    database_url: str,
    engines: Engines,
    redis: redis_client.Redis,
    house: House,
    box: Box,
    bell: Bell,
    shelf: Shelf,
    provider: Provider,
) -> Flask:
    desk = Desk(engines.web(database_url), bell, box, house)
    return assemble(Parts(desk, shelf, redis, [TOKEN], "http://localhost:1", provider))


@dataclass
class Traveller:
    """Somebody at a browser: she goes to the provider and comes back."""

    browser: FlaskClient

    def sent(self, url: str = "/signin/provider") -> str:
        """Where the provider's page is."""
        reply = self.browser.get(url)
        assert reply.status_code == 302, reply.text
        return str(reply.location)

    def vouched(self, page: str, person: dict[str, object]) -> str:
        """She says there who she is; the address that she is sent back to, without our host."""
        reply = requests.post(page, data={"sub": str(person["sub"])}, allow_redirects=False, timeout=5)
        assert reply.status_code == 302, reply.text
        return str(reply.headers["Location"]).removeprefix("http://localhost")

    def comes_back(self, back: str) -> TestResponse:
        return self.browser.get(back)

    def signs_in(self, person: dict[str, object], url: str = "/signin/provider") -> TestResponse:
        return self.comes_back(self.vouched(self.sent(url), person))

    def is_in(self) -> bool:
        return self.browser.get("/account").status_code == 200

    def is_told(self) -> str:
        notes = re.findall(r'role="alert">([^<]+)<', self.browser.get("/signin").text)
        return unescape(" ".join(notes))


@pytest.fixture
def amelie(office: Office) -> Traveller:
    office.add(accounts, email="amelie@aphp.example", name="Amélie Durand", role="admin")
    return Traveller(office.app.test_client())


def invited(office: Office) -> str:
    """Amélie is handed a link; its path."""
    with office.engine.begin() as conn:
        account_id = store.id_of(conn, "amelie@aphp.example")
        assert account_id
        return "/invitation/" + proofs.invite(conn, clock.read(conn), Actor(None, "test"), account_id, "Amélie Durand")


def subject(office: Office) -> str | None:
    with office.engine.connect() as conn:
        query = select(accounts.c.oidc_subject).where(accounts.c.email == "amelie@aphp.example")
        known: str | None = conn.execute(query).scalar_one()
        return known


def test_the_provider_is_named_on_the_page(office: Office) -> None:
    assert f"Se connecter avec {LABEL}" in office.browse().get("/signin").text


def test_she_is_sent_with_state_nonce_and_a_challenge(issuer: str, amelie: Traveller) -> None:
    page = urlsplit(amelie.sent())
    asked = {name: values[0] for name, values in parse_qs(page.query).items()}
    assert f"{page.scheme}://{page.netloc}" == issuer
    assert asked["redirect_uri"] == "http://localhost/signin/provider/back"
    assert asked["code_challenge_method"] == "S256"
    assert asked["acr_values"] == "eidas1"
    assert asked["scope"].split()[0] == "openid"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 20


def test_the_invited_is_let_in_by_her_verified_address_and_known_ever_after(
    office: Office, amelie: Traveller, issuer: str
) -> None:
    invited(office)
    assert amelie.signs_in(AMELIE).location == "/"
    assert amelie.is_in()
    assert subject(office) == f"{issuer} {AMELIE['sub']}"
    with office.engine.begin() as conn:
        conn.execute(update(accounts).values(email=accounts.c.email.concat(".old")))
    again = Traveller(office.app.test_client())
    again.signs_in(AMELIE)
    assert again.is_in()
    with office.engine.connect() as conn:
        told = conn.execute(select(audit.c.what, audit.c.detail).order_by(audit.c.id)).all()
    assert [what for what, _ in told] == [
        *("account.invited", "account.linked", "account.signed_in"),
        "account.signed_in",
    ]
    assert told[-1].detail == {"how": "provider"}


def test_the_invitation_she_holds_is_enough_where_the_provider_verifies_no_address(
    office: Office, amelie: Traveller
) -> None:
    link = invited(office)
    assert LABEL in amelie.browser.get(link).text
    amelie.signs_in(UNVERIFIED, f"{link}/provider")
    assert amelie.is_in()


@pytest.mark.parametrize(
    ("person", "with_invitation"),
    [(AMELIE, False), (UNVERIFIED, True), (STRANGER, True)],
    ids=["not invited", "address not verified", "another's address"],
)
def test_who_has_no_account_that_waits_for_him_stays_outside(
    office: Office, amelie: Traveller, person: dict[str, object], with_invitation: bool
) -> None:
    if with_invitation:
        invited(office)
    assert amelie.signs_in(person).location == "/signin"
    assert not amelie.is_in()
    assert "demandez une invitation" in amelie.is_told()
    assert subject(office) is None


def test_a_closed_account_stays_closed(office: Office, amelie: Traveller) -> None:
    invited(office)
    amelie.signs_in(AMELIE)
    with office.engine.begin() as conn:
        account_id = store.id_of(conn, "amelie@aphp.example")
        assert account_id
        assert store.disable(conn, clock.read(conn), Actor(None, "test"), account_id) is None
    assert not amelie.is_in()
    amelie.signs_in(AMELIE)
    assert not amelie.is_in()


def test_she_finds_herself_where_she_wanted_to_go(office: Office, amelie: Traveller) -> None:
    invited(office)
    assert amelie.signs_in(AMELIE, "/signin/provider?next=/accounts").location == "/accounts"


def test_an_answer_nobody_asked_for_is_refused(office: Office, amelie: Traveller) -> None:
    invited(office)
    thief = Traveller(office.app.test_client())
    back = thief.vouched(thief.sent(), AMELIE)
    assert amelie.comes_back(back).location == "/signin"  # another browser's state
    assert not amelie.is_in()
    assert "n'a pas confirmé" in amelie.is_told()


def test_a_code_from_another_browser_s_attempt_is_refused(office: Office, amelie: Traveller) -> None:
    invited(office)
    thief = Traveller(office.app.test_client())
    stolen = parse_qs(urlsplit(thief.vouched(thief.sent(), AMELIE)).query)["code"][0]
    state = parse_qs(urlsplit(amelie.sent()).query)["state"][0]
    amelie.comes_back(f"/signin/provider/back?code={stolen}&state={state}")  # the nonce is not hers
    assert not amelie.is_in()


def test_who_says_no_at_the_provider_is_told_so(amelie: Traveller) -> None:
    page = amelie.sent()
    state = parse_qs(urlsplit(page).query)["state"][0]
    amelie.comes_back(f"/signin/provider/back?error=access_denied&state={state}")
    assert "n'a pas confirmé" in amelie.is_told()


class _Impostor(BaseHTTPRequestHandler):
    """Answers for a provider, and calls itself by another name."""

    def do_GET(self) -> None:  # http.server's name
        self.send_response(200)
        self.end_headers()
        other = "http://127.0.0.1:9"
        self.wfile.write(json.dumps({"issuer": other, "authorization_endpoint": f"{other}/in"}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the test's output."""


@pytest.fixture
def impostor() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Impostor) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def elsewhere(office: Office, provider: Provider | None) -> Traveller:
    """Somebody at the same house, whose settings name another provider."""
    known = office.app.extensions
    parts = Parts(known["desk"], known["shelf"], known["pulse"].redis, [TOKEN], "http://localhost:1", provider)
    return Traveller(assemble(parts).test_client())


def test_a_provider_that_does_not_answer_leaves_her_the_password(office: Office) -> None:
    amelie = elsewhere(office, Provider("http://127.0.0.1:1", "rappel24", "s", label=LABEL))
    assert amelie.browser.get("/signin/provider").location == "/signin"
    assert f"{LABEL} ne répond pas" in amelie.is_told()


def test_a_provider_that_calls_itself_otherwise_is_not_asked(office: Office, impostor: str) -> None:
    amelie = elsewhere(office, Provider(impostor, "rappel24", "s", label=LABEL))
    assert amelie.browser.get("/signin/provider").location == "/signin"


def test_without_settings_there_is_no_such_door(office: Office) -> None:
    amelie = elsewhere(office, None)
    assert amelie.browser.get("/signin/provider").status_code == 404
    assert "Se connecter avec" not in amelie.browser.get("/signin").text
