"""Sorting on a screen and on a telephone: read by axe, the photo is drawn, worked by keyboard."""

import pytest
from playwright.sync_api import expect

from callbacks.written.incoming import Attached
from tests.browser import DESK, TELEPHONE, in_a_browser
from tests.callbacks.written.samples import PDF, PNG
from tests.web.office.conftest import Office
from tests.web.office.screens import Seats, is_accessible
from tests.web.office.waiting import Waiting
from tests.web.office.written import unclear

pytestmark = in_a_browser


@pytest.mark.parametrize("screen", [DESK, TELEPHONE], ids=["screen", "telephone"])
def test_a_message_is_found_read_and_sorted_by_who_sees_or_hears_the_page(
    office: Office, seats: Seats, screen: object
) -> None:
    files = Attached("bras.png", "image/png", PNG), Attached("cr.pdf", "application/pdf", PDF), Attached(refused="type")
    unclear(Waiting(office), *files)
    page = seats.sit("admin", screen)  # type: ignore[arg-type]
    size = "telephone" if screen is TELEPHONE else "screen"
    page.goto("/requests")
    page.get_by_role("link", name="1 message est à classer").click()
    is_accessible(page, f"unsorted-{size}")
    page.get_by_role("link", name="Ouvrir le message reçu").click()
    is_accessible(page, f"unsorted-shut-{size}")
    page.get_by_role("button", name="Lire").press("Enter")
    photo = page.get_by_role("img", name="Image 1")
    expect(photo).to_be_visible()
    expect(photo).to_have_js_property("naturalWidth", 1)  # once it is here
    is_accessible(page, f"unsorted-open-{size}")
    page.get_by_role("combobox", name="Service", exact=True).select_option("Cardiologie")
    page.get_by_role("button", name="Enregistrer la demande").click()
    expect(page.get_by_role("status")).to_contain_text("est enregistrée pour Cardiologie")
