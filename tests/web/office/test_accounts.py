"""Accounts on their pages: an administrator makes and closes them, everybody keeps his own."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from config import clock
from config.clock import Moment
from config.crypto import Box
from scheduling.accounts import credentials, proofs
from scheduling.accounts.tables import account_wards, accounts, sessions
from scheduling.planning.tables import audit
from tests.web.office.conftest import Office, post
from tests.web.office.people import CODES, PASSWORD, SECRET, Person

LINK = re.compile(r'value="http://localhost(/invitation/[\w-]+)"')
BRUNO = {"name": "Bruno Petit", "email": "bruno.petit@aphp.example", "role": "editor", "language": "fr"}
ANOTHER = "quatre poires sous un pont"


def bruno(office: Office, **form: object) -> dict[str, object]:
    """The form of a new account, filled in."""
    return BRUNO | {"wards": [str(office.wards["cardio"])]} | form


def heard(office: Office) -> list[str]:
    with office.engine.connect() as conn:
        return list(conn.execute(select(audit.c.what).order_by(audit.c.id)).scalars())


def row(office: Office, email: str) -> dict[str, Any]:
    with office.engine.connect() as conn:
        return dict(conn.execute(select(accounts).where(accounts.c.email == email)).one()._mapping)


def test_an_administrator_makes_an_account_whose_owner_comes_with_the_link(office: Office) -> None:
    reply = post(office.browse("admin"), "/accounts", **bruno(office, phone="06 39 98 00 21"))
    found = LINK.search(reply.text)
    assert found
    assert row(office, "bruno.petit@aphp.example")["phone"] == "+33639980021"
    comes = Person(office.app.test_client(), office.engine).comes_with(found[1]).enrols()
    assert comes.is_in()
    assert "Cardiologie" in comes.opens("/account").text
    assert heard(office)[:2] == ["account.created", "account.invited"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"email": "nobody"}, "Ce n'est pas une adresse e-mail."),
        ({"email": "editor@aphp.example"}, "Un compte existe déjà avec cette adresse."),
        ({"name": " "}, "Donnez un nom."),
        ({"wards": []}, "Cochez au moins un service."),
        ({"phone": "15"}, "Ce n'est pas un numéro de téléphone."),
    ],
    ids=lambda value: str(value),
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(office: Office, form: dict[str, object], said: str) -> None:
    reply = post(office.browse("admin"), "/accounts", **bruno(office, **form))
    assert reply.status_code == 422
    assert said in unescape(reply.text)
    assert str(form.get("email", "bruno.petit@aphp.example")) in reply.text
    assert heard(office) == []


@pytest.mark.parametrize(
    "form", [{"role": "god"}, {"language": "la"}, {"wards": ["999"]}, {"wards": ["x"]}], ids=lambda value: str(value)
)
def test_what_no_form_of_ours_sends_is_refused(office: Office, form: dict[str, object]) -> None:
    assert post(office.browse("admin"), "/accounts", **bruno(office, **form)).status_code == 400
    assert heard(office) == []


def test_an_editor_becomes_a_reader_of_another_ward_at_once(office: Office) -> None:
    editor = office.browse("editor")
    form = BRUNO | {"role": "reader", "wards": [str(office.wards["gastro"])]}
    assert editor.get("/rota/ward/cardio").status_code == 200
    assert post(office.browse("admin"), f"/accounts/{office.accounts['editor']}", **form).location == "/accounts"
    assert editor.get("/rota/ward/cardio").status_code == 404
    assert editor.get("/rota/ward/gastro").status_code == 200
    with office.engine.connect() as conn:
        named = select(account_wards.c.ward_id).where(account_wards.c.account_id == office.accounts["editor"])
        assert list(conn.execute(named).scalars()) == [office.wards["gastro"]]


def test_a_closed_account_is_out_at_once_and_an_opened_one_comes_back(office: Office) -> None:
    editor, to = office.browse("editor"), f"/accounts/{office.accounts['editor']}"
    post(office.browse("admin"), f"{to}/disable")
    assert editor.get("/account").status_code == 303
    page = office.browse("admin").get("/accounts").text
    assert "Fermé" in page
    post(office.browse("admin"), f"{to}/enable")
    assert office.browse("editor").get("/account").status_code == 200
    assert heard(office) == ["account.disabled", "account.enabled"]


def test_the_last_administrator_cannot_close_himself(office: Office) -> None:
    admin = office.browse("admin")
    post(admin, f"/accounts/{office.accounts['admin']}/disable")
    assert "dernier administrateur" in admin.get("/accounts").text
    assert row(office, "admin@aphp.example")["disabled_at"] is None


def test_a_form_that_another_site_sends_changes_nothing(office: Office) -> None:
    reply = office.browse("admin").post(f"/accounts/{office.accounts['editor']}/disable")
    assert reply.status_code == 400
    assert "La page a vieilli" in reply.text
    assert row(office, "editor@aphp.example")["disabled_at"] is None


# One's own account


@pytest.fixture(scope="module")
def password_hash() -> str:
    return credentials.hashed(PASSWORD)


@pytest.fixture
def editor(office: Office, box: Box, password_hash: str) -> FlaskClient:
    """She is signed in, and has a password and an application."""
    account_id, secret = office.accounts["editor"], credentials.new_secret()
    with office.engine.begin() as conn:
        conn.execute(update(accounts).where(accounts.c.id == account_id).values(password_hash=password_hash))
        moment, known = clock.read(conn), proofs.by_id(conn, account_id)
        assert known
        earlier = Moment(moment.now, moment.real - timedelta(minutes=5))
        proofs.enrol(conn, earlier, box, known, secret, credentials.code_at(secret, earlier.real))
    return office.browse("editor")


def told(browser: FlaskClient) -> str:
    return unescape(browser.get("/account").text)


def test_she_changes_her_password_and_is_out_everywhere_else(office: Office, editor: FlaskClient) -> None:
    there = office.browse("editor")
    post(editor, "/account/password", current=PASSWORD, password=ANOTHER, again=ANOTHER)
    assert "Votre mot de passe est changé" in told(editor)
    assert there.get("/account").status_code == 303
    assert credentials.matches(str(row(office, "editor@aphp.example")["password_hash"]), ANOTHER)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"current": ANOTHER, "password": ANOTHER, "again": ANOTHER}, "pas votre mot de passe actuel"),
        ({"current": PASSWORD, "password": ANOTHER, "again": PASSWORD}, "ne sont pas les mêmes"),
        ({"current": PASSWORD, "password": "court", "again": "court"}, "Trop court"),
        ({"current": PASSWORD, "password": "editor-editor-velo", "again": "editor-editor-velo"}, "votre nom"),
    ],
)
def test_a_password_that_cannot_be_is_refused_with_the_reason(
    office: Office, editor: FlaskClient, form: dict[str, str], said: str
) -> None:
    post(editor, "/account/password", **form)
    assert said in told(editor)
    assert credentials.matches(str(row(office, "editor@aphp.example")["password_hash"]), PASSWORD)


def test_who_guesses_at_a_browser_left_open_locks_the_account(office: Office, editor: FlaskClient) -> None:
    for _ in range(proofs.TRIES):
        post(editor, "/account/codes", current=ANOTHER)
    post(editor, "/account/codes", current=PASSWORD)
    assert "pas votre mot de passe actuel" in told(editor)
    assert "account.locked" in heard(office)


def test_she_makes_ten_new_recovery_codes_and_the_old_ones_are_worth_nothing(
    office: Office, editor: FlaskClient
) -> None:
    first = CODES.findall(post(editor, "/account/codes", current=PASSWORD).text)
    second = CODES.findall(post(editor, "/account/codes", current=PASSWORD).text)
    assert len(set(first) | set(second)) == 20
    with office.engine.begin() as conn:
        known, moment = proofs.by_id(conn, office.accounts["editor"]), clock.read(conn)
        assert known
        assert not proofs.take_code(conn, moment, Box([bytes(32)]), known, first[0])
        assert proofs.take_code(conn, moment, Box([bytes(32)]), known, second[0])


def test_she_changes_her_telephone(office: Office, editor: FlaskClient, box: Box) -> None:
    before = row(office, "editor@aphp.example")["totp_sealed"]
    assert post(editor, "/account/application", current=PASSWORD).location == "/account/application"
    found = SECRET.search(editor.get("/account/application").text)
    assert found
    secret = found[1].replace(" ", "")
    assert post(editor, "/account/application/confirm", code="000000").location == "/account/application"
    assert row(office, "editor@aphp.example")["totp_sealed"] == before
    with office.engine.connect() as conn:
        code = credentials.code_at(secret, clock.read(conn).real)
    assert len(CODES.findall(post(editor, "/account/application/confirm", code=code).text)) == 10
    sealed = bytes(row(office, "editor@aphp.example")["totp_sealed"])
    assert proofs.opened(box, office.accounts["editor"], sealed) == secret


def test_a_new_secret_is_not_offered_to_who_does_not_know_the_password(editor: FlaskClient) -> None:
    post(editor, "/account/application", current=ANOTHER)
    assert editor.get("/account/application").location == "/account"


def test_she_reads_english_from_the_next_page_on(editor: FlaskClient) -> None:
    post(editor, "/account/language", language="en")
    assert "Sign out" in told(editor)
    assert "This right is not yours" in editor.get("/accounts").text


def test_who_lost_her_telephone_enrols_another_at_her_next_sign_in(office: Office, editor: FlaskClient) -> None:
    post(office.browse("admin"), f"/accounts/{office.accounts['editor']}/forget-application")
    assert editor.get("/account").status_code == 303
    comes = Person(office.app.test_client(), office.engine).signs_in("editor@aphp.example")
    assert comes.is_at("/signin/application")
    assert comes.enrols().is_in()


def test_who_forgot_her_password_is_given_a_link_and_keeps_her_application(office: Office, editor: FlaskClient) -> None:
    reply = post(office.browse("admin"), f"/accounts/{office.accounts['editor']}/invite")
    found = LINK.search(reply.text)
    assert found
    comes = Person(office.app.test_client(), office.engine).comes_with(found[1], ANOTHER)
    assert comes.is_at("/signin/code")
    assert editor.get("/account").status_code == 303  # whoever had the old password is out


def test_nobody_else_s_sessions_are_shown(office: Office, editor: FlaskClient) -> None:
    office.browse("reader")
    assert "Un autre navigateur" not in told(editor)
    office.browse("editor")
    assert "Un autre navigateur" in told(editor)
    with office.engine.connect() as conn:
        assert len(conn.execute(select(sessions)).all()) == 3
