"""The directories in a real browser: on a telephone's screen, by keyboard alone, read by axe; two editors of one ward."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from sqlalchemy import insert
from werkzeug.serving import make_server

from scheduling.tables import practitioner_phones, practitioners
from tests.web.office.conftest import Office

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TELEPHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}
COOKIE = "rappel24"
Sit = Callable[..., Page]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("REQUIRE_BROWSER") != "1", reason="no chromium on this machine"
    ),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield browser
        browser.close()


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The application on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sit(chromium: Browser, site: str, office: Office) -> Iterator[Sit]:
    """Seats somebody before a screen, signed in; what his browser complains of fails the test."""
    said: list[str] = []
    contexts = []

    def down(name: str, screen: ViewportSize = TELEPHONE) -> Page:
        context = chromium.new_context(base_url=site, viewport=screen, locale="fr-FR", timezone_id="Europe/Paris")
        cookie = office.browse(name).get_cookie(COOKIE)
        assert cookie is not None
        context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": site}])
        page = context.new_page()
        page.on("console", lambda message: None if "409" in message.text or "422" in message.text else said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        contexts.append(context)
        return page

    yield down
    for context in contexts:
        context.close()
    assert said == []


def is_accessible(page: Page, name: str) -> None:
    """No fault that axe knows, nothing wider than the screen; a picture for who wants to look (SCREENSHOTS)."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    assert found == [], (name, [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found])
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name


@pytest.fixture
def odile(office: Office) -> int:
    """A GP with a mobile, whose RPPS has a wrong check digit."""
    key = office.add(practitioners, name="Odile Fontaine", rpps="99700218897", practice="Cabinet Didot", email="")
    with office.engine.begin() as conn:
        conn.execute(insert(practitioner_phones).values(practitioner_id=key, phone="+33639989001", position=0))
    return key


@pytest.mark.parametrize("screen", [TELEPHONE, DESK], ids=["telephone", "desk"])
def test_every_page_of_the_directories_is_read_by_axe_and_fits_the_screen(
    sit: Sit, office: Office, odile: int, screen: ViewportSize
) -> None:
    office.shift("cardio", "Amélie", "2030-11-23 08:30", "2030-11-23 18:30")
    page, size = sit("admin", screen), screen["width"]
    addresses = {
        "wards": "/wards",
        "ward": "/wards/cardio",
        "ward-new": "/wards/new",
        "hospital": "/wards/hospitals/new",
        "people": "/people",
        "person": f"/people/{office.seniors['Amélie']}",
        "practitioners": "/practitioners",
        "practitioner": f"/practitioners/{odile}",
        "sheets": "/directories/wards",
        "trail": "/trail",
        "statement": "/accessibility",
    }
    page.goto("/wards/cardio")
    page.get_by_label("Horaires d'ouverture").fill("lun-ven 8h30-18h30\nsam 8h30-12h30")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    for name, address in addresses.items():
        page.goto(address)
        is_accessible(page, f"{name}-{size}")
