"""A ladder on a screen and on a telephone: read by axe, changed by mouse and by keyboard, drawn as it is changed."""

import pytest
from playwright.sync_api import expect

from tests.browser import DESK, TELEPHONE, in_a_browser
from tests.web.office.conftest import Office
from tests.web.office.pasts import files
from tests.web.office.screens import Keyboard, Seats, is_accessible

pytestmark = in_a_browser
CARDIO = "/ladders/advice/cardio"


@pytest.fixture
def staffed(office: Office) -> Office:
    """Amélie, then Bruno, are on call for cardiology, where a GP waited too long."""
    for rank, senior in enumerate(("Amélie", "Bruno"), start=1):
        office.shift("cardio", senior, "2026-11-01 00:00", "2027-01-01 00:00", rank)
    files(office, "cardio", days_ago=3, closed_after=30)
    return office


@pytest.mark.parametrize("screen", [DESK, TELEPHONE], ids=["screen", "telephone"])
def test_ladders_are_accessible_and_fit(staffed: Office, seats: Seats, screen: object) -> None:
    page = seats.sit("admin", screen)  # type: ignore[arg-type]
    size = "telephone" if screen is TELEPHONE else "screen"
    page.goto("/ladders")
    expect(page.get_by_role("heading", level=1)).to_have_text("Escalade")
    is_accessible(page, f"ladders-{size}")
    page.goto(f"{CARDIO}?at=2026-11-23T11:00")
    page.get_by_text("La même chose en tableau").click()
    is_accessible(page, f"ladder-{size}")
    page.get_by_label("Quand").nth(2).fill("90")
    page.get_by_role("button", name="Enregistrer pour Cardiologie").click()
    expect(page.get_by_role("alert")).to_contain_text("sa part du délai doit dépasser")
    is_accessible(page, f"ladder-refused-{size}")
    page.get_by_label("Quand").nth(2).fill("20")
    page.get_by_role("button", name="Essayer sur le mois dernier").click()
    expect(page.get_by_text("1 demande rejouée")).to_be_visible()
    is_accessible(page, f"ladder-rehearsed-{size}")


def test_who_works_by_keyboard_adds_a_rung_and_finds_himself_there(staffed: Office, seats: Seats) -> None:
    page = seats.sit("admin")
    page.goto(CARDIO)
    keyboard = Keyboard(page)
    keyboard.goes_to("button", "Ajouter une étape après l'étape 3")
    keyboard.press("Enter")
    expect(page).to_have_url(f"{seats.site}{CARDIO}#rung-4")
    expect(page.get_by_text("Ces réglages ne sont pas enregistrés")).to_be_visible()
    keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.name")
    assert focused == "value-4"
    keyboard.press("Enter")  # in a field it draws, and saves nothing
    expect(page.get_by_text("Ces réglages ne sont pas enregistrés")).to_be_visible()
    page.get_by_role("button", name="Enregistrer pour Cardiologie").click()
    expect(page.get_by_role("status")).to_contain_text("L'escalade est enregistrée")
