"""What is to be mended, on a screen and on a telephone: read by axe, worked by keyboard, live while it rings."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, text

from tests.browser import DESK, TELEPHONE, in_a_browser
from tests.web.office.conftest import Office
from tests.web.office.screens import Keyboard, Seats, is_accessible

pytestmark = in_a_browser


@pytest.fixture
def staffed(office: Office) -> Office:
    """Amélie, then Bruno, are on call for cardiology, with a hole tomorrow."""
    for rank, senior in enumerate(("Amélie", "Bruno"), start=1):
        office.shift("cardio", senior, "2026-11-23 00:00", "2026-11-24 08:30", rank)
        office.shift("cardio", senior, "2026-11-24 18:30", "2026-12-14 00:00", rank)
    return office


def does(database: Engine, statement: str, **values: object) -> None:
    with database.begin() as conn:
        conn.execute(text(statement), values)


@pytest.mark.parametrize("screen", [DESK, TELEPHONE], ids=["screen", "telephone"])
def test_the_list_the_line_and_the_telephone_are_accessible_and_fit(
    staffed: Office, seats: Seats, screen: object
) -> None:
    page = seats.sit("admin", screen)  # type: ignore[arg-type]
    size = "telephone" if screen is TELEPHONE else "screen"
    page.goto("/checks")
    expect(page.get_by_role("heading", level=1)).to_have_text("À régler")
    is_accessible(page, f"checks-{size}")
    page.get_by_role("link", name="Essayer la ligne : Cardiologie").click()
    is_accessible(page, f"checks-line-{size}")
    page.goto(f"/checks/phone/{staffed.seniors['Amélie']}")
    is_accessible(page, f"checks-phone-{size}")


def test_a_hole_leads_to_the_week_it_is_in(staffed: Office, seats: Seats) -> None:
    page = seats.sit("editor")
    page.goto("/checks")
    first = page.get_by_role("listitem").filter(has_text="Personne de garde du")
    expect(first).to_contain_text("Tout de suite")
    first.get_by_role("link", name="Ouvrir le planning").click()
    assert "/rota/ward/cardio?week=2026-11-24" in page.url


def test_a_test_is_watched_as_it_rings(staffed: Office, seats: Seats, database: Engine) -> None:
    page = seats.sit("editor")
    page.goto("/checks/line/cardio")
    hand = Keyboard(page)
    hand.goes_to("button", "Lancer l'essai")
    hand.press("Enter")
    expect(page.get_by_text("attend son tour")).to_have_count(2)
    does(database, "update test_rings set rung_at = now() where seq = 1")
    expect(page.get_by_text("sonne…")).to_be_visible()
    does(database, "update test_rings set result = 'no-answer', ended_at = now() where seq = 1")
    expect(page.get_by_text("n'a pas répondu")).to_be_visible()
    does(database, "update test_rings set rung_at = now(), result = 'taken', ended_at = now() where seq = 2")
    does(database, "update test_calls set ended_at = now()")
    expect(page.get_by_text("Un senior a répondu")).to_be_visible()
    expect(page.locator("#test")).to_have_attribute("data-live", "no")
    is_accessible(page, "checks-line-over")


def test_a_telephone_is_verified_with_the_code_that_the_senior_reads_out(
    staffed: Office, seats: Seats, database: Engine
) -> None:
    page = seats.sit("editor")
    page.goto("/checks")
    page.get_by_role("listitem").filter(has_text="Amélie Durand").get_by_role(
        "link", name="Vérifier le téléphone"
    ).click()
    page.get_by_role("button", name="Envoyer le code").click()
    with database.begin() as conn:
        body = conn.execute(text("select body from outbox where purpose = 'verification'")).scalar_one()
    page.get_by_label("Code lu par le senior").fill(body.split("code est ")[1][:6])
    page.get_by_role("button", name="Vérifier", exact=True).click()
    expect(page.get_by_text("Téléphone vérifié : Amélie Durand")).to_be_visible()
    page.wait_for_load_state("networkidle")


def test_the_page_changes_when_he_has_pressed_1_in_our_call(staffed: Office, seats: Seats, database: Engine) -> None:
    page = seats.sit("editor")
    page.goto(f"/checks/phone/{staffed.seniors['Bruno']}")
    page.get_by_role("button", name="Appeler maintenant").click()
    expect(page.get_by_text("Jamais vérifié")).to_be_visible()
    does(database, "update people set phone_verified_at = now() where id = :id", id=staffed.seniors["Bruno"])
    expect(page.get_by_text("Vérifié le")).to_be_visible()
