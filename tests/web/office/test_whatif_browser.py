"""Et si ? in a real browser: the panel of a shift says what the change would do, and the rota stays as it was."""

import pytest
from playwright.sync_api import expect

from tests.browser import TELEPHONE, in_a_browser
from tests.web.office.screens import Seats, is_accessible
from tests.web.office.test_whatif import Past, past, standing

pytestmark = in_a_browser
__all__ = ["past"]


def test_an_editor_tries_a_second_senior_then_saves_him(past: Past, seats: Seats) -> None:
    before = standing(past.office)
    page = seats.sit("editor")
    page.goto("/rota/ward/cardio?month=2026-11")
    page.get_by_role("link", name="Ajouter un créneau").click()
    page.get_by_label("Qui", exact=True).select_option(label="Bruno Petit")
    page.get_by_label("Début", exact=True).fill("2026-11-23T08:30")
    page.get_by_label("Fin", exact=True).fill("2026-12-14T18:30")
    page.get_by_role("radio", name="2", exact=True).check()
    page.get_by_role("button", name="Et si ?").click()
    expect(page.locator("#tried")).to_contain_text("10 appels des quatre dernières semaines")
    assert standing(past.office) == before
    page.get_by_role("button", name="Mettre de garde").click()
    expect(page.get_by_text("C'est fait : Bruno Petit est de garde")).to_be_visible()
    assert standing(past.office)[0] == before[0] + 1


@pytest.mark.parametrize("asked", ["", "?ring=25"])
def test_the_page_fits_a_telephone(past: Past, seats: Seats, asked: str) -> None:
    page = seats.sit("editor", TELEPHONE)
    page.goto(f"/rota/ward/cardio/whatif{asked}")
    expect(page.get_by_role("heading", name="Et si ?")).to_be_visible()
    is_accessible(page, f"whatif{len(asked)}")
