"""The page in a real browser, on a telephone's screen: the whole of what a senior does there, and who cannot see."""

from datetime import timedelta
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import insert

from callbacks.trying import Result
from scheduling.tables import ward_seniors
from tests.browser import DESK, TELEPHONE, in_a_browser, is_accessible
from tests.web.conftest import Ward
from web.proof import LASTS

PIN = "730418"

SOON = 15_000  # milliseconds: the page asks each second, and a busy machine takes its time

pytestmark = in_a_browser


def is_on_the_first_screen(*found: Locator) -> None:
    """He sees it without scrolling."""
    for each in found:
        box = each.bounding_box()
        assert box is not None, each
        assert box["y"] >= 0, each
        assert box["y"] + box["height"] <= TELEPHONE["height"], each


def the_stage(page: Page) -> Locator:
    """How far the callback has come."""
    return page.locator("[aria-current=step]")


# Calling back -----------------------------------------------------------------------------------------------------


def test_what_she_must_know_and_do_stands_on_the_first_screen(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    ward.voice(filed)
    for language, call, claim in (("fr", "Rappeler maintenant", "Je la prends"), ("en", "Call back now", "I take it")):
        telephone.goto(f"{ward.link(filed)}?lang={language}")
        is_on_the_first_screen(
            telephone.get_by_role("heading", name="Cardiologie"),
            telephone.locator("#left"),
            telephone.locator(".window"),
            telephone.get_by_role("button", name=call),
            telephone.get_by_role("button", name=claim),
        )


def test_one_touch_and_she_sees_the_callback_happen_and_says_how_it_ended(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    telephone.goto(ward.link(filed))
    telephone.get_by_role("button", name="Rappeler maintenant").click()
    expect(the_stage(telephone)).to_have_text("Votre téléphone sonne", timeout=SOON)
    assert ward.state(filed) == ("claimed", ward.amelie, None)
    is_accessible(telephone, "call-1-rings")
    ward.answers(filed)
    expect(the_stage(telephone)).to_have_text("Nous appelons le médecin", timeout=SOON)
    ward.talks(filed)
    expect(the_stage(telephone)).to_have_text("En conversation", timeout=SOON)
    is_accessible(telephone, "call-2-talks")
    ward.hangs_up(filed, Result.REACHED)
    expect(telephone.get_by_text("Comment s'est-il terminé")).to_be_visible(timeout=SOON)
    expect(telephone.locator("#said")).to_contain_text("Vous avez parlé au médecin", timeout=SOON)
    is_accessible(telephone, "call-3-outcome")
    advice = telephone.get_by_role("button", name="Conseil seul, suite en ville")
    is_on_the_first_screen(*telephone.locator(".act .grid").first.get_by_role("button").all())
    advice.click()
    expect(telephone.get_by_role("status")).to_have_text("La demande est close. Merci.")
    assert ward.state(filed) == ("done", ward.amelie, "CONSEIL")
    assert ward.tried(filed) == [("reached", ward.amelie)]


def test_the_gp_does_not_answer_and_the_next_try_is_one_touch(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    telephone.goto(ward.link(filed))
    telephone.get_by_role("button", name="Rappeler maintenant").click()
    ward.answers(filed)
    ward.hangs_up(filed, Result.NO_ANSWER)
    expect(telephone.locator(".came")).to_contain_text("Le médecin n'a pas répondu", timeout=SOON)
    is_accessible(telephone, "missed-1")
    telephone.get_by_role("button", name="Réessayer").first.click()
    expect(telephone.get_by_role("status")).to_contain_text("Prochain essai")
    expect(telephone.get_by_role("button", name="Rappeler maintenant")).to_be_visible()
    is_accessible(telephone, "missed-2-put-off")


def test_a_colleague_s_claim_shows_while_she_looks(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    telephone.goto(ward.link(filed))
    expect(telephone.get_by_role("button", name="Je la prends en charge")).to_be_visible()
    ward.claims(filed, ward.bruno)
    expect(telephone.locator(".state")).to_have_text("Prise en charge par Bruno Petit", timeout=SOON)
    expect(telephone.get_by_role("button", name="Rappeler maintenant")).to_have_count(0)


def test_a_pin_half_typed_stays_while_the_page_changes(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    ward.sets_pin(PIN)
    telephone.goto(ward.link(filed))
    telephone.get_by_label("Votre code PIN").fill("73")
    ward.claims(filed, ward.bruno)
    expect(telephone.get_by_text("La page a changé")).to_be_visible(timeout=SOON)
    expect(telephone.get_by_label("Votre code PIN")).to_have_value("73")
    expect(telephone.get_by_text("Vous n'avez rien à faire")).to_be_visible()


def test_without_script_the_page_does_the_same_by_being_loaded_again(chromium: Browser, site: str, ward: Ward) -> None:
    context = chromium.new_context(base_url=site, viewport=TELEPHONE, java_script_enabled=False)
    page, filed = context.new_page(), ward.request()
    page.goto(ward.link(filed))
    page.get_by_role("button", name="Rappeler maintenant").click()
    ward.answers(filed)
    page.get_by_role("link", name="Actualiser").click()
    expect(the_stage(page)).to_have_text("Nous appelons le médecin")
    ward.talks(filed)
    ward.hangs_up(filed, Result.REACHED)
    page.get_by_role("link", name="Actualiser").click()
    page.get_by_text("Plus de choix").click()
    page.get_by_role("button", name="Hôpital de jour").click()
    assert ward.state(filed) == ("done", ward.amelie, "HDJ")
    context.close()


# Hearing ----------------------------------------------------------------------------------------------------------


def test_amelie_takes_a_request_hears_it_and_closes_it(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    part = ward.voice(filed)
    telephone.goto(ward.link(filed))
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
    assert ward.hearings() == [(part, ward.amelie, "page")]
    is_accessible(telephone, "3-heard")

    telephone.get_by_role("button", name="Je la prends en charge").click()
    expect(telephone.get_by_role("status")).to_have_text("C'est noté : vous la prenez en charge.")
    is_accessible(telephone, "4-claimed")

    telephone.get_by_role("button", name="Conseil seul, suite en ville").click()
    expect(telephone.get_by_role("status")).to_have_text("La demande est close. Merci.")
    assert ward.state(filed) == ("done", ward.amelie, "CONSEIL")
    is_accessible(telephone, "5-closed")


def test_she_hears_a_long_message_faster_and_jumps_about_in_it(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    ward.voice(filed, seconds=45)
    ward.sets_pin(PIN)
    telephone.goto(ward.link(filed))
    telephone.get_by_label("Votre code PIN").fill(PIN)
    telephone.get_by_role("button", name="Ouvrir").click()
    telephone.get_by_role("button", name="Écouter").click()
    player = telephone.locator("audio")
    player.evaluate("audio => audio.readyState >= 3 || new Promise(ready => { audio.oncanplay = () => ready(true) })")
    forward = telephone.get_by_role("button", name="Avancer de dix secondes")
    forward.click()
    forward.click()
    assert player.evaluate("audio => audio.currentTime") == pytest.approx(20, abs=0.1)
    telephone.get_by_role("button", name="Reculer de dix secondes").click()
    assert player.evaluate("audio => audio.currentTime") == pytest.approx(10, abs=0.1)
    for words, rate in (("2 ×", 2), ("0,75 ×", 0.75)):
        telephone.get_by_role("button", name=words, exact=True).click()
        assert player.evaluate("audio => audio.playbackRate") == rate
    expect(telephone.get_by_role("button", pressed=True)).to_have_text("0,75 ×")
    for _ in range(5):
        forward.click()
    assert player.evaluate("audio => audio.currentTime") == pytest.approx(45, abs=0.1)


def test_what_the_pin_opened_does_not_stay_on_a_telephone_that_lies_about(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    ward.text(filed, "Patient de 71 ans")
    ward.sets_pin(PIN)
    telephone.clock.install()
    telephone.goto(ward.link(filed))
    telephone.get_by_label("Votre code PIN").fill(PIN)
    telephone.get_by_role("button", name="Ouvrir").click()
    telephone.get_by_role("button", name="Lire").click()
    expect(telephone.get_by_text("Patient de 71 ans")).to_be_visible()
    telephone.clock.fast_forward("14:00")
    expect(telephone.get_by_text("Patient de 71 ans")).to_be_visible()
    ward.waits(LASTS)
    telephone.clock.fast_forward("01:05")
    expect(telephone.get_by_label("Votre code PIN")).to_be_visible(timeout=SOON)
    expect(telephone.get_by_text("Patient de 71 ans")).to_have_count(0)


# Every face, for every eye ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_face_of_the_page_can_be_read_by_all(
    telephone: Page, ward: Ward, scheme: Literal["light", "dark"], language: str
) -> None:
    telephone.emulate_media(color_scheme=scheme)
    with ward.engine.begin() as conn:
        for person_id in (ward.amelie, ward.bruno):
            conn.execute(insert(ward_seniors).values(ward_id=ward.id, person_id=person_id))
    filed = ward.request()
    ward.text(filed, "Patient de 71 ans, TTS normale : faut-il doser la BNP ? " + "Très longue question. " * 8)
    ward.sets_pin(PIN, ward.bruno)
    link = f"{ward.link(filed, ward.bruno)}?lang={language}"
    door = f"form[action*='{ward.link(filed, ward.bruno)}/{{}}'] button"

    def face(name: str) -> None:
        """The page as it is now, on a telephone and at a desk, with all that folds unfolded."""
        telephone.goto(link)
        for size, screen in ((TELEPHONE, "phone"), (DESK, "desk")):
            telephone.set_viewport_size(size)
            telephone.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
            is_accessible(telephone, f"face-{name}-{scheme}-{language}-{screen}")
        telephone.set_viewport_size(TELEPHONE)

    face("open")
    telephone.locator("#pin").fill("000000")
    telephone.locator(door.format("pin")).click()
    expect(telephone.get_by_role("alert")).to_be_visible()
    telephone.locator("#pin").fill(PIN)
    telephone.locator(door.format("pin")).click()
    telephone.locator(door.format("parts")).click()
    expect(telephone.get_by_text("doser la BNP")).to_be_visible()
    face("read")
    ward.claims(filed, ward.amelie)
    ward.waits(timedelta(hours=20))
    face("theirs-soon")
    ward.is_asked(filed, ward.bruno, by=ward.amelie)
    face("asked")
    telephone.locator(door.format("claim")).click()
    face("mine")
    telephone.locator(door.format("call")).first.click()
    ward.answers(filed)
    face("calling")
    ward.hangs_up(filed, Result.UNACCEPTED)
    ward.waits(timedelta(hours=26))
    face("missed-late")
    telephone.locator(door.format("call")).first.click()
    ward.answers(filed)
    ward.talks(filed)
    ward.hangs_up(filed, Result.REACHED)
    face("talked")
    telephone.locator(door.format("close")).first.click()
    face("closed")
    assert ward.state(filed)[0] == "done"


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
    for name in ("Rappeler maintenant", "Je la prends en charge"):
        telephone.keyboard.press("Tab")
        if name == "Rappeler maintenant":  # the other language comes before it
            telephone.keyboard.press("Tab")
        expect(telephone.get_by_role("button", name=name)).to_be_focused()
    telephone.keyboard.press("Enter")
    expect(telephone.get_by_role("status")).to_be_visible()
    assert ward.state(filed) == ("claimed", ward.amelie, None)
