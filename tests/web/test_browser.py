"""The page in a real browser, on a telephone's screen: the whole of what a senior does there, and who cannot see."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import TELEPHONE, in_a_browser
from tests.web.conftest import Ward

PIN = "730418"

pytestmark = in_a_browser


@pytest.fixture
def telephone(chromium: Browser, site: str) -> Iterator[Page]:
    """A page of 360 points; a word on its console fails the test."""
    context = chromium.new_context(base_url=site, viewport=TELEPHONE, locale="fr-FR", timezone_id="Europe/Paris")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []


def is_accessible(page: Page, name: str) -> None:
    """No fault that axe knows, nothing wider than the screen; a picture for who wants to look (SCREENSHOTS)."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    assert Axe().run(page).response["violations"] == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE["width"], name


def test_amelie_takes_a_request_hears_it_and_closes_it(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    part = ward.voice(filed)
    telephone.goto(ward.link(filed))
    expect(telephone.get_by_role("heading", name="Cardiologie")).to_be_visible()
    expect(telephone.get_by_text("06 39 98 00 11")).to_have_count(0)
    is_accessible(telephone, "1-see")

    telephone.get_by_label("Choisissez votre code PIN").fill(PIN)
    telephone.get_by_label("Encore une fois").fill(PIN)
    telephone.get_by_role("button", name="Enregistrer le code").click()
    expect(telephone.get_by_role("link", name="06 39 98 00 11")).to_have_attribute("href", "tel:+33639980011")
    is_accessible(telephone, "2-pin-set")

    telephone.get_by_role("button", name="Écouter").click()
    player = telephone.locator("audio")
    expect(player).to_have_js_property("error", None)
    player.evaluate("audio => audio.readyState >= 3 || new Promise(ready => { audio.oncanplay = () => ready(true) })")
    assert player.evaluate("audio => audio.duration") == pytest.approx(3.0, abs=0.1)
    seek = "audio => new Promise(done => { audio.onseeked = () => done(audio.currentTime); audio.currentTime = 2 })"
    assert player.evaluate(seek) == pytest.approx(2.0, abs=0.1)
    assert ward.hearings() == [(part, ward.amelie, "page")]
    is_accessible(telephone, "3-heard")

    telephone.get_by_role("button", name="Je la prends en charge").click()
    expect(telephone.get_by_role("status")).to_have_text("C'est noté : vous la prenez en charge.")
    is_accessible(telephone, "4-claimed")

    telephone.get_by_label("Issue du rappel").select_option(label="Conseil seul, suite en ville")
    telephone.get_by_role("button", name="Clore la demande").click()
    expect(telephone.get_by_role("status")).to_have_text("La demande est close. Merci.")
    assert ward.state(filed) == ("done", ward.amelie, "CONSEIL")
    is_accessible(telephone, "5-closed")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_face_of_the_page_can_be_read_by_all(
    telephone: Page, ward: Ward, scheme: Literal["light", "dark"]
) -> None:
    telephone.emulate_media(color_scheme=scheme)
    filed = ward.request()
    ward.text(filed, "Patient de 71 ans, TTS normale : faut-il doser la BNP ? " + "Très longue question. " * 8)
    link = ward.link(filed, ward.bruno)
    ward.sets_pin(PIN, ward.bruno)
    telephone.goto(f"{link}?lang=en")
    is_accessible(telephone, f"{scheme}-english")
    telephone.get_by_label("Your PIN").fill("000000")
    telephone.get_by_role("button", name="Open").click()
    expect(telephone.get_by_role("alert")).to_have_text("That is not your PIN.")
    telephone.get_by_label("Your PIN").fill(PIN)
    telephone.get_by_role("button", name="Open").click()
    telephone.get_by_role("button", name="Read").click()
    expect(telephone.get_by_text("doser la BNP")).to_be_visible()
    ward.waits(timedelta(hours=20))
    telephone.goto(link)
    is_accessible(telephone, f"{scheme}-soon")
    ward.waits(timedelta(hours=26))
    telephone.get_by_role("button", name="Je la prends en charge").click()
    is_accessible(telephone, f"{scheme}-late")


def test_a_refusal_is_a_page_too(chromium: Browser, site: str) -> None:
    page = chromium.new_page(viewport=TELEPHONE)
    page.goto(f"{site}/r/1aaaaaaaaaaaa")
    expect(page.get_by_role("heading", name="Lien inconnu")).to_be_visible()
    is_accessible(page, "unknown")
    page.close()


def test_amelie_says_in_one_touch_how_a_conversation_ended(telephone: Page, ward: Ward) -> None:
    telephone.goto(ward.conversation())
    is_accessible(telephone, "conversation")
    telephone.get_by_role("button", name="Admission directe").click()
    expect(telephone.get_by_role("status")).to_contain_text("Merci, c'est noté.")
    is_accessible(telephone, "conversation-told")


def test_it_works_with_a_keyboard_alone(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    telephone.goto(ward.link(filed))
    for _ in range(2):  # the other language, then the button
        telephone.keyboard.press("Tab")
    expect(telephone.get_by_role("button", name="Je la prends en charge")).to_be_focused()
    telephone.keyboard.press("Enter")
    expect(telephone.get_by_role("status")).to_be_visible()
    assert ward.state(filed) == ("claimed", ward.amelie, None)
