"""The page of telephones in a real browser: a call, a text, keys, languages; accessible and without scrolling."""

import os
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FilePayload, Locator, Page, ViewportSize, expect

from simulator import Line, RealClock, Simulator, calling
from simulator.handset import Handset
from simulator.server import Server
from tests.browser import in_a_browser
from tests.simulator.application import BASE, GP, LINE, OTHER, SENIOR, Application

OTHER_GP = "+33639980106"
# A network on which what was sent first comes last.
TURNED_ROUND = """() => {
    const fetched = window.fetch, late = [400, 250, 100];
    window.fetch = async (url, asked) => {
      if (url.endsWith("/press")) await new Promise((go) => setTimeout(go, late.shift() ?? 0));
      return fetched(url, asked);
    };
}"""
LAPTOP: ViewportSize = {"width": 1366, "height": 768}

pytestmark = in_a_browser


@pytest.fixture
def live(app: Application) -> Iterator[Simulator]:
    """Ten times as fast as life."""
    app.pages |= {
        "/voice": '<Gather action="/ward" timeout="600"><Say>Tapez les trois lettres</Say></Gather><Hangup/>',
        "/ward": f"<Say>Cardiologie</Say><Dial timeout='600' action='/after'><Number url='/w'>{SENIOR}</Number></Dial>",
        "/w": '<Gather numDigits="1" action="/key" timeout="600"><Say>Tapez 1 pour prendre</Say></Gather><Hangup/>',
        "/key": lambda asked: "" if asked.params["Digits"] == "1" else "<Hangup/>",
        "/after": '<Record action="/rec" timeout="600" finishOnKey="#"/>',
        "/rec": '<Say>Enregistré</Say><Pause length="600"/>',
    }
    clock = RealClock(factor=10)
    simulator = Simulator([Line(LINE, f"{BASE}/voice", "", f"{BASE}/sms")], transport=calling(app), clock=clock)
    for number, name, role in (
        (GP, "Dr Amélie Roche", "gp"),
        (SENIOR, "Dr Bruno Vidal", "Cardiologie"),
        (OTHER, "Dr Chloé Marchand", "Cardiologie"),
        ("+33639980003", "Dr David Lemaire", "Chef de service"),
        ("+33639980004", "Emma Fournier", "Coordinatrice"),
    ):
        simulator.phone(number, name, role)
    clock.start()
    yield simulator
    clock.stop()


@pytest.fixture
def page(chromium: Browser, live: Simulator) -> Iterator[Page]:
    """A laptop's screen; a word on its console fails the test."""
    with Server(live) as server:
        context = chromium.new_context(base_url=server.url, viewport=LAPTOP, locale="fr-FR", timezone_id="Europe/Paris")
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto("/")
        yield page
        context.close()
        assert said == []


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("article").filter(has=page.get_by_role("heading", name=name))


def is_sound(page: Page, name: str) -> None:
    """No fault that axe knows; nothing to scroll; a picture for who wants to look (SCREENSHOTS)."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")
    assert Axe().run(page).response["violations"] == [], name
    size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert size == [LAPTOP["width"], LAPTOP["height"]], name


def test_a_visitor_plays_a_whole_call(page: Page, live: Simulator, app: Application) -> None:
    gp, senior = card(page, "Amélie Roche"), card(page, "Bruno Vidal")
    expect(page.get_by_text("01 99 00 12 34")).to_be_visible()
    is_sound(page, "idle")
    gp.get_by_role("button", name="Appeler la ligne").click()
    expect(gp.get_by_role("log")).to_contain_text("Tapez les trois lettres")
    page.keyboard.type("22")
    gp.get_by_role("button", name="7, P Q R S").click()
    page.keyboard.type("#")
    expect(gp.get_by_role("log")).to_contain_text("vous : 227#")
    expect(senior.get_by_role("status")).to_have_text("sonne : Dr Amélie Roche")
    is_sound(page, "ringing")
    page.emulate_media(color_scheme="dark")
    is_sound(page, "dark")
    page.emulate_media(color_scheme="light")
    senior.get_by_role("button", name="Répondre").click()
    expect(senior.get_by_role("log")).to_contain_text("Tapez 1 pour prendre")
    senior.get_by_role("button", name="1", exact=True).click()
    expect(gp.get_by_role("status")).to_have_text("parle avec Dr Bruno Vidal")
    gp.get_by_role("textbox", name="Dire").fill("Bonjour confrère")
    gp.get_by_role("button", name="Dire").click()
    expect(senior.get_by_role("log")).to_contain_text("Bonjour confrère")
    is_sound(page, "talking")
    senior.get_by_role("button", name="Raccrocher").click()
    gp.get_by_role("button", name="Laisser un message").click()
    page.wait_for_timeout(300)
    gp.get_by_role("button", name="#").click()
    expect(gp.get_by_role("log")).to_contain_text("Enregistré")
    gp.get_by_role("button", name="Raccrocher").click()
    expect(gp.get_by_role("status")).to_have_text("appel terminé")
    assert app.last("/ward")["Digits"] == "227"
    assert app.last("/rec")["Digits"] == "#"


def test_keys_typed_fast_are_heard_in_their_order(page: Page, app: Application) -> None:
    gp = card(page, "Amélie Roche")
    gp.get_by_role("button", name="Appeler la ligne").click()
    expect(gp.get_by_role("log")).to_contain_text("lettres")
    page.evaluate(TURNED_ROUND)
    page.keyboard.type("227#")
    expect(gp.get_by_role("log")).to_contain_text("vous : 227#")
    assert app.last("/ward")["Digits"] == "227"


def test_a_senior_declines_and_the_gp_goes_on(page: Page) -> None:
    gp, senior = card(page, "Amélie Roche"), card(page, "Bruno Vidal")
    gp.get_by_role("button", name="Appeler la ligne").click()
    expect(gp.get_by_role("log")).to_contain_text("lettres")
    page.keyboard.type("1#")
    senior.get_by_role("button", name="Refuser").click()
    expect(gp.get_by_role("status")).to_have_text("enregistrement")


@pytest.fixture
def called_back(live: Simulator, app: Application) -> Handset:
    """A senior whose every key rings another GP than the one on the page."""
    app.pages["/ward"] = f"<Dial timeout='600'><Number>{OTHER_GP}</Number></Dial>"
    live.phone(OTHER_GP, "Dr Gaëlle Simon", "gp")
    return live.phone(SENIOR)


def test_the_page_turns_to_a_gp_who_is_called_back(page: Page, called_back: Handset) -> None:
    expect(card(page, "Amélie Roche")).to_be_visible()
    called_back.dials(LINE).presses("1#")
    rung = card(page, "Gaëlle Simon")
    rung.get_by_role("button", name="Répondre").click()
    expect(rung.get_by_role("status")).to_have_text("parle avec Dr Bruno Vidal")
    expect(page.get_by_label("Son téléphone")).to_have_value(OTHER_GP)
    expect(card(page, "Amélie Roche")).to_have_count(0)
    is_sound(page, "called-back")


def test_a_gp_who_is_on_the_line_stays_on_the_page(page: Page, called_back: Handset) -> None:
    gp = card(page, "Amélie Roche")
    gp.get_by_role("button", name="Appeler la ligne").click()
    expect(gp.get_by_role("log")).to_contain_text("lettres")
    called_back.dials(LINE).presses("1#").hears_ringing()
    expect(gp).to_be_visible()
    gp.get_by_role("button", name="Raccrocher").click()
    expect(card(page, "Gaëlle Simon").get_by_role("button", name="Répondre")).to_be_visible()


def test_a_text_shows_its_link_as_a_link_and_nothing_as_html(page: Page, live: Simulator) -> None:
    body = "Demande 724193, avant 10h15. <b>http://127.0.0.1:8000/r/Xy81</b>, merci."
    with live.clock.lock:
        live.messages.send("Rappel24", SENIOR, body)
    senior = card(page, "Bruno Vidal")
    link = senior.get_by_role("link")
    expect(link).to_have_text("http://127.0.0.1:8000/r/Xy81")
    expect(link).to_have_attribute("href", "http://127.0.0.1:8000/r/Xy81")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(senior.get_by_role("listitem")).to_contain_text(body)
    is_sound(page, "text")


def test_a_gp_writes_an_sms_and_reads_the_answer_beside_it(page: Page, live: Simulator, app: Application) -> None:
    gp = card(page, "Amélie Roche")
    words = gp.get_by_label("Écrire un SMS")
    words.fill("avis cardio cochin pour <b>un patient</b> sous AVK\n06h30")
    words.press("Enter")
    expect(gp.get_by_role("listitem")).to_contain_text("vous : avis cardio cochin pour <b>un patient</b> sous AVK")
    expect(words).to_have_value("")
    with live.clock.lock:
        live.messages.send(LINE, GP, "Demande 724193 enregistrée.")
    expect(gp.get_by_role("listitem").first).to_contain_text("724193")
    assert app.last("/sms")["Body"] == "avis cardio cochin pour <b>un patient</b> sous AVK\n06h30"
    is_sound(page, "written")


def test_a_gp_who_is_not_on_the_page_is_marked_when_he_is_written_to(page: Page, live: Simulator) -> None:
    live.phone(OTHER_GP, "Dr Gaëlle Simon", "gp")
    with live.clock.lock:
        live.messages.send(LINE, OTHER_GP, "Votre code : 123456")
    chosen = page.get_by_label("Son téléphone")
    expect(chosen.locator("option", has_text="Gaëlle Simon · nouveau SMS")).to_have_count(1)
    chosen.select_option(OTHER_GP)
    expect(card(page, "Gaëlle Simon").get_by_role("listitem")).to_contain_text("123456")
    expect(chosen.locator("option", has_text="nouveau SMS")).to_have_count(0)


def test_a_gp_sends_photos_with_his_words_or_without(page: Page, app: Application) -> None:
    gp = card(page, "Amélie Roche")
    photos = [FilePayload(name=f"{n}.png", mimeType="image/png", buffer=b"PNG" * n) for n in (1, 2)]
    gp.get_by_label("Photo").set_input_files(photos)
    expect(gp.get_by_text("Photo (2)")).to_be_visible()
    gp.get_by_label("Écrire un SMS").fill("avis dermato")
    gp.get_by_role("button", name="Envoyer").click()
    expect(gp.get_by_role("listitem")).to_contain_text("avis dermato 🖼 2")
    expect(gp.get_by_text("Photo (2)")).to_have_count(0)
    sent = app.waits_for("/sms", 1)
    assert (sent["NumMedia"], sent["MediaContentType1"]) == ("2", "image/png")
    gp.get_by_label("Photo").set_input_files(photos[:1])
    gp.get_by_role("button", name="Envoyer").click()
    expect(gp.get_by_role("listitem")).to_have_count(2)
    sent = app.waits_for("/sms", 2)
    assert (sent["Body"], sent["NumMedia"]) == ("", "1")


def test_a_telephone_that_turns_out_to_be_a_gps_stands_in_one_place(page: Page, live: Simulator) -> None:
    with live.clock.lock:
        live.messages.send(LINE, OTHER_GP, "Votre code : 123456")
    expect(card(page, "06 39 98 01 06")).to_be_visible()
    live.phone(OTHER_GP, "Dr Gaëlle Simon", "gp")
    with live.clock.lock:
        live.messages.send(LINE, SENIOR, "Bonjour")  # the page hears that something happened
    page.get_by_label("Son téléphone").select_option(OTHER_GP)
    expect(card(page, "06 39 98 01 06")).to_have_count(0)
    expect(card(page, "Gaëlle Simon")).to_have_count(1)


def test_photos_heavier_than_the_carrier_takes_are_not_sent(page: Page, live: Simulator) -> None:
    gp = card(page, "Amélie Roche")
    heavy = FilePayload(name="ecg.jpg", mimeType="image/jpeg", buffer=bytes(6 * 1024 * 1024))
    gp.get_by_label("Photo").set_input_files(heavy)
    gp.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("alert")).to_contain_text("5 Mo")
    assert live.phone(GP).phone.sent == []


def test_the_pages_beside_it_are_a_click_away(live: Simulator, chromium: Browser) -> None:
    with Server(live, beside={"Courriels": "http://127.0.0.1:9/"}) as server:
        page = chromium.new_page()
        page.goto(server.url)
        link = page.get_by_role("navigation").get_by_role("link", name="Courriels")
        expect(link).to_have_attribute("href", "http://127.0.0.1:9/")
        expect(link).to_have_attribute("rel", "noopener noreferrer")
        page.close()


def test_a_telephone_is_told_how_to_behave(page: Page, live: Simulator) -> None:
    senior = card(page, "Bruno Vidal")
    senior.get_by_label("Appels").select_option("takes")
    senior.get_by_label("SMS").select_option("undelivered")
    gp = card(page, "Amélie Roche")
    gp.get_by_role("button", name="Appeler la ligne").click()
    expect(gp.get_by_role("log")).to_contain_text("lettres")
    page.keyboard.type("1#")
    expect(gp.get_by_role("status")).to_have_text("parle avec Dr Bruno Vidal")
    expect(senior.get_by_role("button", name="Répondre")).to_be_hidden()


def test_the_gp_hides_his_number(page: Page, app: Application) -> None:
    page.get_by_label("Numéro présenté").select_option("anonymous")
    page.get_by_role("button", name="Appeler la ligne").click()
    expect(card(page, "Amélie Roche").get_by_role("status")).to_have_text("en ligne")
    assert app.last("/voice")["From"] == "anonymous"


def test_the_page_speaks_english_when_asked(page: Page) -> None:
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Call the line")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
    is_sound(page, "english")
    page.reload()
    expect(page.get_by_role("button", name="Call the line")).to_be_visible()
