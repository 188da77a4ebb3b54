"""The page of the demo's mailboxes in a real browser: a letter, the answer to it, two languages; accessible."""

import os
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, expect

from config.demo.hospitals import ZONE
from config.demo.letters.boxes import Boxes
from config.demo.letters.letter import Writer
from config.demo.letters.page import Around, create_app
from tests.browser import in_a_browser, served

ODILE = Writer("odile.fontaine@cabinet.example", "Dr Odile Fontaine")
PAUL = Writer("paul.lefort@cabinet.example", "Dr Paul Lefort", "inconnu")
LINE = "avis@rappel24.example"
AT = datetime(2026, 11, 23, 14, 5, tzinfo=ZONE)
LAPTOP: ViewportSize = {"width": 1366, "height": 768}
ECG = FilePayload(name="ecg.png", mimeType="image/png", buffer=b"PNG")

pytestmark = in_a_browser


@pytest.fixture
def boxes(tmp_path: Path) -> Boxes:
    return Boxes(tmp_path / "letters")


@pytest.fixture
def left() -> list[EmailMessage]:
    """What left by the door."""
    return []


@pytest.fixture
def page(chromium: Browser, boxes: Boxes, left: list[EmailMessage]) -> Iterator[Page]:
    """A laptop's screen; a word on its console fails the test."""
    around = Around([ODILE, PAUL], [LINE, "cardiologie.cochin@rappel24.example"], "http://127.0.0.1:9/", "fr")
    app = create_app(boxes, around, lambda message, sender, recipient: left.append(message), lambda: AT)
    with served(app) as url:
        context = chromium.new_context(base_url=url, viewport=LAPTOP, locale="fr-FR", timezone_id="Europe/Paris")
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto("/")
        yield page
        context.close()
    assert said == []


def comes(boxes: Boxes, to: Writer) -> None:
    """The line's confirmation."""
    message = EmailMessage()
    message["From"], message["To"] = LINE, to.address
    message["Subject"], message["Message-ID"] = "Rappel24 – demande 724193 enregistrée", "<ours@rappel24.example>"
    message["Auto-Submitted"] = "auto-replied"
    message.set_content("Bonjour docteur,\nvotre demande est enregistrée : http://127.0.0.1:8000/a/Xy81.")
    boxes.put(message.as_bytes(), to.address, AT)


def is_sound(page: Page, name: str) -> None:
    """No fault that axe knows; nothing to scroll; a picture for who wants to look (SCREENSHOTS)."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/letters-{name}.png")
    assert Axe().run(page).response["violations"] == [], name
    size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert size == [LAPTOP["width"], LAPTOP["height"]], name


def test_a_gp_writes_reads_the_answer_and_answers_it(page: Page, boxes: Boxes, left: list[EmailMessage]) -> None:
    expect(page.get_by_role("combobox", name="À")).to_have_value(LINE)
    page.get_by_label("Objet").fill("avis")
    page.get_by_role("textbox", name="Message").fill("Bonjour, avis cardio cochin <b>svp</b>")
    page.get_by_label("Pièces jointes").set_input_files(ECG)
    is_sound(page, "written")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("status")).to_have_text("Envoyé.")
    comes(boxes, ODILE)
    page.get_by_role("button", name="demande 724193").click()
    link = page.get_by_role("article").get_by_role("link")
    expect(link).to_have_attribute("href", "http://127.0.0.1:8000/a/Xy81")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    page.get_by_role("button", name="Répondre").click()
    expect(page.get_by_label("Objet")).to_have_value("Re: Rappel24 – demande 724193 enregistrée")
    page.get_by_role("textbox", name="Message").fill("Merci !")
    is_sound(page, "answered")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("listitem")).to_have_count(3)
    assert [message["In-Reply-To"] for message in left] == [None, "<ours@rappel24.example>"]
    assert [part.get_filename() for part in left[0].iter_attachments()] == ["ecg.png"]


def test_another_gps_mailbox_says_that_something_came(page: Page, boxes: Boxes) -> None:
    chosen = page.get_by_role("combobox", name="La messagerie de")
    expect(chosen.locator("option")).to_have_count(2)
    comes(boxes, PAUL)
    expect(chosen.locator("option", has_text="Dr Paul Lefort (inconnu) · nouveau courriel")).to_have_count(1)
    chosen.select_option(PAUL.address)
    page.get_by_role("button", name="demande 724193").click()
    expect(page.get_by_role("article")).to_contain_text("envoi automatique")
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("article")).to_contain_text("sent automatically")
    is_sound(page, "dark-english")
