"""Signing in: what Amélie needs to get in, what somebody who is not Amélie meets, and what ends a session."""

import re
import time
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from callbacks.house import Desk, House
from callbacks.shelf import Shelf
from config import clock
from config.app import Parts, assemble
from config.clock import Moment
from config.crypto import Box
from config.queue import connect
from scheduling.accounts import credentials, proofs, sessions, store
from scheduling.accounts.roles import Role
from scheduling.accounts.tables import accounts, invitations
from scheduling.accounts.tables import sessions as session_rows
from scheduling.accounts.wish import Wish
from scheduling.planning.tables import audit
from scheduling.planning.trail import Actor
from tests.engines import Engines
from tests.web.conftest import TOKEN, Bell
from tests.web.office.conftest import Office
from tests.web.office.people import PASSWORD, Person
from web.office.signin import NO_TAKES

EMAIL = "amelie.durand@aphp.example"
WRONG = "Adresse ou mot de passe inconnus"
NOBODY = Actor(None, "test")


def invited(office: Office, email: str = EMAIL, name: str = "Amélie Durand", role: Role = Role.ADMIN) -> str:
    """The path of an invitation for a new account."""
    with office.engine.begin() as conn:
        moment = clock.read(conn)
        made = store.create(conn, moment, NOBODY, Wish(email, name, role, frozenset({office.wards["cardio"]})))
        assert isinstance(made, int)
        return "/invitation/" + proofs.invite(conn, moment, NOBODY, made, name)


def somebody(office: Office) -> Person:
    return Person(office.app.test_client(), office.engine)


@pytest.fixture(scope="module")
def password_hash() -> str:
    return credentials.hashed(PASSWORD)


@pytest.fixture
def amelie(office: Office, box: Box, password_hash: str) -> Person:
    """She has a password, an application and recovery codes, and is signed in nowhere."""
    invited(office)
    secret = credentials.new_secret()
    with office.engine.begin() as conn:
        moment, known = clock.read(conn), proofs.by_email(conn, EMAIL)
        assert known
        proofs.set_password(conn, moment, known, password_hash)
        earlier = Moment(moment.now, moment.real - timedelta(minutes=5))
        code = credentials.code_at(secret, earlier.real)
        codes = [code.text for code in proofs.enrol(conn, earlier, box, known, secret, code)]
    return Person(office.app.test_client(), office.engine, secret=secret, codes=codes)


def heard(office: Office) -> list[str]:
    """What the trail holds, oldest first."""
    with office.engine.connect() as conn:
        return list(conn.execute(select(audit.c.what).order_by(audit.c.id)).scalars())


def test_amelie_comes_with_her_invitation_and_leaves_with_ten_codes(office: Office) -> None:
    amelie = somebody(office).comes_with(invited(office))
    assert amelie.is_at("/signin/application")
    assert "<svg" in amelie.page
    amelie.enrols()
    assert len(set(amelie.codes)) == 10
    assert amelie.is_in()
    assert heard(office) == [
        *("account.created", "account.invited", "account.password"),
        *("account.second_factor", "account.signed_in"),
    ]


def test_an_invitation_is_good_once(office: Office) -> None:
    link = invited(office)
    somebody(office).comes_with(link)
    assert somebody(office).opens(link).status == 404


def test_an_invitation_is_over_after_seven_days(office: Office) -> None:
    link = invited(office)
    office.waits(timedelta(days=7, seconds=1))
    assert somebody(office).opens(link).status == 404


def test_a_password_without_its_application_opens_nothing(office: Office) -> None:
    amelie = somebody(office).comes_with(invited(office))
    assert not amelie.is_in()
    assert amelie.sends("/signin/application", code="000000").is_at("/signin/application")
    assert not amelie.is_in()


def test_amelie_signs_in_with_her_password_and_her_code(amelie: Person) -> None:
    assert amelie.signs_in(EMAIL).is_in()


def test_her_address_may_be_typed_in_capitals(amelie: Person) -> None:
    assert amelie.signs_in(f" {EMAIL.upper()} ").is_in()


def test_she_finds_herself_where_she_wanted_to_go(amelie: Person) -> None:
    amelie.opens("/accounts").sends("/signin", email=EMAIL, password=PASSWORD, next="/accounts")
    assert amelie.sends("/signin/code", code=amelie.code()).is_at("/accounts")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:x",
        "///evil.example",
        "//[",
        "//a℀b",
        "\\x",
    ],
)
def test_she_is_never_sent_to_another_site(amelie: Person, elsewhere: str) -> None:
    amelie.opens("/signin").sends("/signin", email=EMAIL, password=PASSWORD, next=elsewhere)
    token = re.search(r'csrf-token" content="([^"]+)"', amelie.page)
    assert token
    reply = amelie.browser.post("/signin/code", data={"csrf_token": token[1], "code": amelie.code()})
    assert reply.location == "/"


@pytest.mark.parametrize(
    ("email", "password"), [(EMAIL, "trois poires sur un toit"), ("bruno@aphp.example", PASSWORD), (EMAIL, "")]
)
def test_a_wrong_password_and_an_unknown_address_are_told_alike(amelie: Person, email: str, password: str) -> None:
    amelie.signs_in(email, password)
    assert amelie.is_at("/signin")
    assert WRONG in amelie.text
    assert not amelie.is_in()


@pytest.mark.parametrize("email", [EMAIL, "bruno@aphp.example"])
def test_a_no_takes_as_long_for_who_has_an_account_as_for_who_has_none(amelie: Person, email: str) -> None:
    began = time.monotonic()
    amelie.opens("/signin").sends("/signin", email=email, password="trois poires sur un toit")
    assert time.monotonic() - began >= NO_TAKES


def test_a_code_is_taken_once(amelie: Person) -> None:
    code = amelie.code()
    amelie.signs_in(EMAIL, code=code).opens("/account").sends("/signout")
    assert not amelie.signs_in(EMAIL, code=code).is_in()
    assert "Attendez le suivant" in amelie.text


def test_a_code_of_a_telephone_half_a_minute_slow_is_taken(amelie: Person) -> None:
    assert amelie.signs_in(EMAIL, code=amelie.code(-1)).is_in()


def test_an_old_code_is_not(amelie: Person) -> None:
    assert not amelie.signs_in(EMAIL, code=amelie.code(-2)).is_in()


def test_a_recovery_code_replaces_the_application_once(amelie: Person) -> None:
    code = amelie.codes[3]
    assert amelie.signs_in(EMAIL, code=code.upper().replace("-", " ")).is_in()
    amelie.opens("/account").sends("/signout")
    assert not amelie.signs_in(EMAIL, code=code).is_in()


def test_she_is_told_when_her_recovery_codes_run_low(office: Office, amelie: Person) -> None:
    for code in amelie.codes[:8]:
        assert "Il vous reste" in amelie.signs_in(EMAIL, code=code).text
        amelie.sends("/signout")
    assert "Il vous reste 2 codes de secours. Créez-en" in amelie.signs_in(EMAIL).text


def test_ten_misses_lock_the_account_and_its_owner_is_told(office: Office, amelie: Person) -> None:
    with office.engine.begin() as conn:
        known = proofs.by_email(conn, EMAIL)
        assert known
        for _ in range(proofs.TRIES):
            proofs.missed(conn, clock.read(conn), known.id)
    assert WRONG in amelie.signs_in(EMAIL).text  # the right password, told as a wrong one
    assert heard(office)[-1] == "account.locked"
    office.waits(timedelta(minutes=17))
    amelie.signs_in(EMAIL)
    assert amelie.is_in()
    assert "10 essais manqués depuis votre dernière connexion" in amelie.text
    amelie.sends("/signout")
    office.waits(timedelta(minutes=19))
    assert "manqués" not in amelie.signs_in(EMAIL).text


def test_a_missed_code_counts_as_a_missed_password_does(office: Office, amelie: Person) -> None:
    amelie.signs_in(EMAIL, code="000000")
    with office.engine.begin() as conn:
        assert conn.execute(select(accounts.c.failures).where(accounts.c.email == EMAIL)).scalar_one() == 1


def test_who_tries_too_often_from_one_place_waits(office: Office) -> None:
    thief = somebody(office).opens("/signin")
    statuses = [thief.sends("/signin/code", code="000000").status for _ in range(31)]
    assert statuses[-1] == 429
    assert "Trop d'essais" in thief.text
    assert office.app.test_client().post("/webhooks/voice").status_code == 403  # machines are not counted


def test_attempts_are_counted_while_redis_is_away(
    office: Office, house: House, box: Box, bell: Bell, shelf: Shelf, database_url: str, engines: Engines
) -> None:
    engine = engines.web(database_url)
    away = connect("redis://127.0.0.1:1")
    app = assemble(Parts(Desk(engine, bell, box, house), shelf, away, [TOKEN], "http://localhost:1"))
    thief = Person(app.test_client(), office.engine).opens("/signin")
    assert [thief.sends("/signin/code", code="000000").status for _ in range(31)][-1] == 429


def test_a_new_sign_in_has_a_new_token_and_keeps_nothing_of_before(office: Office, amelie: Person) -> None:
    with amelie.browser.session_transaction() as session:
        session["planted"] = "by somebody else"
    amelie.signs_in(EMAIL)
    with amelie.browser.session_transaction() as session:
        assert "planted" not in session
        first = session["_user_id"]
    amelie.opens("/account").sends("/signout")
    office.waits(timedelta(minutes=2))
    amelie.signs_in(EMAIL)
    with amelie.browser.session_transaction() as session:
        assert session["_user_id"] != first


def test_a_cookie_from_before_she_signed_out_opens_nothing(office: Office) -> None:
    browser = office.browse("editor")
    cookie = browser.get_cookie("rappel24")
    assert cookie
    Person(browser, office.engine).opens("/account").sends("/signout")
    thief = office.app.test_client()
    thief.set_cookie("rappel24", cookie.value)
    assert thief.get("/account").status_code == 303


@pytest.mark.parametrize(("idle", "still_in"), [(timedelta(minutes=29), True), (timedelta(minutes=31), False)], ids=str)
def test_a_session_ends_when_nobody_is_there(office: Office, idle: timedelta, still_in: bool) -> None:
    browser = office.browse("editor")
    office.waits(idle)
    page = Person(browser, office.engine).opens("/account")
    assert page.is_at("/account") == still_in
    assert ("Votre session est terminée" in page.text) != still_in


def test_a_session_ends_after_twelve_hours_however_busy(office: Office) -> None:
    browser = office.browse("editor")
    for quarter in range(1, 48):
        office.waits(timedelta(minutes=15 * quarter))
        assert browser.get("/account").status_code == 200, quarter
    office.waits(timedelta(hours=12, seconds=1))
    assert browser.get("/account").status_code == 303


def test_she_signs_out_everywhere(office: Office) -> None:
    here, there = office.browse("editor"), office.browse("editor")
    Person(here, office.engine).opens("/account").sends("/signout/everywhere")
    assert here.get("/account").status_code == 303
    assert there.get("/account").status_code == 303
    assert office.browse("reader").get("/account").status_code == 200


def test_the_table_holds_no_token_that_opens_anything(office: Office) -> None:
    browser = office.browse("editor")
    with browser.session_transaction() as session:
        token = session["_user_id"]
    with office.engine.connect() as conn:
        [kept] = conn.execute(select(session_rows.c.token_hash)).scalars()
    assert bytes(kept) == sessions.hash_of(token)
    assert token.encode() not in bytes(kept)


def test_the_secret_of_her_application_is_sealed(office: Office, amelie: Person) -> None:
    with office.engine.connect() as conn:
        kept = bytes(conn.execute(select(accounts.c.totp_sealed).where(accounts.c.email == EMAIL)).scalar_one())
    assert amelie.secret.encode() not in kept


def test_old_sessions_are_swept_when_somebody_signs_in(office: Office) -> None:
    office.browse("editor")
    office.waits(timedelta(hours=13))
    office.browse("reader")
    with office.engine.connect() as conn:
        assert len(conn.execute(select(session_rows)).all()) == 1


def test_a_new_link_replaces_the_old_one(office: Office, database: Engine) -> None:
    old = invited(office)
    with database.begin() as conn:
        account_id = store.id_of(conn, EMAIL)
        assert account_id
        new = "/invitation/" + proofs.invite(conn, clock.read(conn), NOBODY, account_id, "Amélie Durand")
        assert len(conn.execute(select(invitations)).all()) == 1
    assert somebody(office).opens(old).status == 404
    assert somebody(office).opens(new).status == 200


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        ("trop court", "trop court", "Trop court"),
        ("trois pommes sur un toit", "trois poires sur un toit", "ne sont pas les mêmes"),
        ("Amelie aime les pommes", "Amelie aime les pommes", "votre nom"),
        ("motdepasse1234!", "motdepasse1234!", "essaie en premier"),
        ("aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa", "répète"),
    ],
)
def test_what_is_wrong_with_her_password_is_said(office: Office, password: str, again: str, said: str) -> None:
    link = invited(office)
    amelie = somebody(office).opens(link).sends(link, password=password, again=again)
    assert said in amelie.text
    assert amelie.is_at(link)


def test_a_page_that_was_left_open_answers_a_script_with_where_to_sign_in(office: Office) -> None:
    reply = office.browse().get("/account", headers={"X-CSRFToken": "1"})
    assert reply.status_code == 401
    assert reply.get_json() == {"to": "/signin?next=/account"}


def test_the_sign_in_page_is_french_and_english_by_a_switch(office: Office) -> None:
    amelie = somebody(office).opens("/signin")
    assert 'lang="fr"' in amelie.page
    assert "Password" in amelie.opens("/signin?lang=en").text
    assert "Password" in amelie.opens("/signin").text  # her browser remembers


def test_its_cookie_is_kept_from_scripts_and_other_sites(office: Office) -> None:
    [cookie] = office.browse().get("/signin").headers.getlist("Set-Cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_no_page_of_the_office_runs_a_script_that_stands_in_it(office: Office) -> None:
    policy = office.browse().get("/signin").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
