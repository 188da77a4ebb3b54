"""Signing in with a real browser: an invitation, a picture for the telephone, a code; and the keyboard alone."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from scheduling.accounts import credentials
from tests.browser import TELEPHONE, in_a_browser
from tests.web.office.conftest import Office
from tests.web.office.people import PASSWORD
from tests.web.office.screens import Keyboard, Seats, is_accessible
from tests.web.office.test_signin import EMAIL, invited
from web.qr import qr

pytestmark = in_a_browser


def shown_code(office: Office, secret: str) -> str:
    """What her application shows now."""
    with office.engine.connect() as conn:
        real: datetime = conn.execute(text("select real_now()")).scalar_one()
    return credentials.code_at(secret, real.astimezone(UTC))


def enrols(office: Office, page: Page) -> str:
    """She chooses her password, scans the picture, types the code; the secret that her application keeps."""
    page.get_by_label("Nouveau mot de passe").fill(PASSWORD)
    page.get_by_label("Encore une fois").fill(PASSWORD)
    page.get_by_role("button", name="Enregistrer le mot de passe").click()
    expect(page.get_by_role("heading", name="Votre application d'authentification")).to_be_visible()
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    drawn = page.locator(".qr svg .qrline").get_attribute("d")
    assert drawn
    assert drawn in qr(credentials.address(secret, EMAIL))  # the picture says what the letters say
    page.get_by_label("Code à six chiffres que montre l'application").fill(shown_code(office, secret))
    return secret


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_amelie_comes_with_her_invitation_on_a_telephone(
    seats: Seats, office: Office, scheme: Literal["light", "dark"]
) -> None:
    page = seats.sit("", TELEPHONE)
    page.emulate_media(color_scheme=scheme)
    page.goto(invited(office))
    is_accessible(page, f"{scheme}-invitation")
    enrols(office, page)
    is_accessible(page, f"{scheme}-application")
    page.get_by_role("button", name="C'est ce code").click()
    expect(page.locator(".codes li")).to_have_count(10)
    is_accessible(page, f"{scheme}-codes")
    page.get_by_role("link", name="Ils sont en lieu sûr").click()
    expect(page.get_by_role("link", name="Amélie Durand")).to_be_visible()
    page.get_by_role("link", name="Amélie Durand").click()
    is_accessible(page, f"{scheme}-account")
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Vous êtes déconnecté.")
    is_accessible(page, f"{scheme}-signin")


def test_she_signs_in_with_the_keyboard_alone(seats: Seats, office: Office) -> None:
    page = seats.sit("")
    page.goto(invited(office))
    secret = enrols(office, page)
    page.get_by_role("button", name="C'est ce code").click()
    page.goto("/account")
    page.get_by_role("button", name="Se déconnecter partout").click()
    office.waits(timedelta(minutes=1))
    page.goto("/accounts")
    keyboard = Keyboard(page)
    expect(page.get_by_label("Adresse e-mail")).to_be_focused()
    keyboard.types("amelie.durand@aphp.example")
    keyboard.press("Tab")
    keyboard.types("la mauvaise phrase")
    keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Adresse ou mot de passe inconnus")
    is_accessible(page, "signin-wrong")
    expect(page.get_by_label("Adresse e-mail")).to_have_value("amelie.durand@aphp.example")
    expect(page.get_by_label("Mot de passe", exact=True)).to_be_focused()
    keyboard.types(PASSWORD)
    keyboard.press("Enter")
    expect(page.get_by_label("Code à six chiffres")).to_be_focused()
    is_accessible(page, "signin-code")
    keyboard.types(shown_code(office, secret))
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Comptes")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("1 essai manqué")


def test_an_administrator_makes_an_account_and_hands_over_its_link(seats: Seats, office: Office) -> None:
    page = seats.sit("admin")
    page.goto("/accounts")
    is_accessible(page, "accounts")
    page.get_by_role("link", name="Nouveau compte").click()
    page.get_by_label("Nom").fill("Bruno Petit")
    page.get_by_label("Adresse e-mail").fill("bruno.petit@aphp.example")
    page.get_by_role("button", name="Créer le compte").click()
    expect(page.get_by_role("alert")).to_have_text("Cochez au moins un service.")
    expect(page.get_by_label("Nom")).to_have_value("Bruno Petit")
    is_accessible(page, "account-refused")
    page.get_by_label("Cardiologie").check()
    page.get_by_role("button", name="Créer le compte").click()
    link = page.get_by_label("Lien personnel").input_value()
    is_accessible(page, "account-invited")
    theirs = seats.sit("", TELEPHONE)
    theirs.goto(link.replace("http://localhost", seats.site))
    expect(theirs.get_by_text("Bruno Petit, choisissez votre mot de passe.")).to_be_visible()
    page.get_by_role("link", name="Tous les comptes").click()
    expect(page.get_by_role("row", name="Bruno Petit")).to_contain_text("Invité, pas encore venu")
    page.get_by_role("link", name="Bruno Petit").click()
    is_accessible(page, "account-one")


def test_english_is_a_switch_away(seats: Seats) -> None:
    page = seats.sit("", TELEPHONE)
    page.goto("/signin")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    is_accessible(page, "signin-english")
