"""Answering and reading in a real browser, on a telephone's screen, without a script; in both faces."""

from datetime import timedelta
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import TELEPHONE, in_a_browser, is_accessible
from tests.web.conftest import Ward
from tests.web.test_answer import WORDS, answered, code, path
from tests.web.test_answering import PIN

pytestmark = in_a_browser


def test_amelie_writes_begins_with_a_template_and_sends(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    ward.text(filed, "Bonjour, patient de 80 ans sous AVK, INR à 5. Que faire ? Merci, Dr Roux")
    ward.sets_pin(PIN)
    telephone.goto(ward.link(filed))
    telephone.get_by_label("code PIN").fill(PIN)
    telephone.get_by_role("button", name="Ouvrir").click()
    telephone.get_by_role("button", name="Lire").click()
    is_accessible(telephone, "request-in-writing")
    telephone.get_by_role("link", name="Répondre par écrit").click()
    telephone.get_by_label("Votre réponse").fill("Bonjour cher confrère,\n\nMerci de votre question.")
    telephone.get_by_text("Modèles du service").click()
    telephone.get_by_label("Nom du modèle").fill("Formule d'appel")
    telephone.get_by_role("button", name="Garder ce texte comme modèle").click()
    expect(telephone.get_by_role("status")).to_contain_text("gardé comme modèle")
    telephone.get_by_label("Modèle", exact=True).select_option("Formule d'appel")
    telephone.get_by_role("button", name="Insérer").click()
    is_accessible(telephone, "answering")
    telephone.get_by_label("Issue").select_option("TRAITEMENT")
    telephone.get_by_role("button", name="Envoyer et clore").click()
    expect(telephone.get_by_role("status")).to_contain_text("Votre réponse est envoyée")
    assert ward.state(filed)[::2] == ("done", "TRAITEMENT")
    telephone.get_by_text("Relire la réponse").click()
    is_accessible(telephone, "answered")


def test_enter_in_a_small_field_keeps_the_draft_and_sends_nothing(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    ward.sets_pin(PIN)
    telephone.goto(ward.link(filed))
    telephone.get_by_label("code PIN").fill(PIN)
    telephone.get_by_role("button", name="Ouvrir").click()
    telephone.get_by_role("link", name="Répondre par écrit").click()
    telephone.get_by_label("Votre réponse").fill(WORDS)
    telephone.get_by_label("Issue").select_option("CONSEIL")
    telephone.get_by_text("Modèles du service").click()
    telephone.get_by_label("Nom du modèle").press("Enter")
    expect(telephone.get_by_role("status")).to_have_text("Brouillon enregistré.")
    assert ward.state(filed)[0] == "open"


def test_what_she_typed_is_kept_when_she_turns_to_another_page_and_when_her_pin_is_asked_again(
    telephone: Page, ward: Ward
) -> None:
    filed = ward.request()
    ward.sets_pin(PIN)
    telephone.goto(ward.link(filed))
    telephone.get_by_label("code PIN").fill(PIN)
    telephone.get_by_role("button", name="Ouvrir").click()
    telephone.get_by_role("link", name="Répondre par écrit").click()
    telephone.get_by_label("Votre réponse").fill("Un début")
    hide = "Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
    with telephone.expect_response(lambda reply: reply.request.method == "POST"):
        telephone.evaluate(f"{hide} document.dispatchEvent(new Event('visibilitychange'))")
    telephone.reload()
    expect(telephone.get_by_label("Votre réponse")).to_have_value("Un début")
    telephone.clock.install()
    telephone.reload()
    telephone.get_by_label("Votre réponse").fill("Un début, et la suite")
    ward.waits(timedelta(minutes=16))
    telephone.clock.fast_forward("16:00")
    expect(telephone.get_by_role("alert")).to_contain_text("Votre texte est gardé en brouillon.")
    expect(telephone.get_by_label("code PIN")).to_be_visible()


def test_a_page_that_she_left_as_it_was_does_not_undo_what_she_wrote_elsewhere(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    ward.sets_pin(PIN)
    ward.writes(filed, "Un début")
    telephone.goto(ward.link(filed))
    telephone.get_by_label("code PIN").fill(PIN)
    telephone.get_by_role("button", name="Ouvrir").click()
    telephone.clock.install()
    telephone.get_by_role("link", name="Reprendre mon brouillon").click()
    expect(telephone.get_by_label("Votre réponse")).to_have_value("Un début")
    ward.writes(filed, "Un début, et la suite")
    ward.waits(timedelta(minutes=16))
    telephone.clock.fast_forward("16:00")
    telephone.get_by_label("code PIN").fill(PIN)
    telephone.get_by_role("button", name="Ouvrir").click()
    telephone.get_by_role("link", name="Reprendre mon brouillon").click()
    expect(telephone.get_by_label("Votre réponse")).to_have_value("Un début, et la suite")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_face_of_the_answer_can_be_read_by_all(
    telephone: Page, ward: Ward, scheme: Literal["light", "dark"]
) -> None:
    filed = answered(ward, ward.request(), WORDS * 6)
    telephone.emulate_media(color_scheme=scheme)
    telephone.goto(path(ward, filed))
    is_accessible(telephone, f"answer-{scheme}-ask")
    telephone.get_by_role("button", name="Recevoir le code").click()
    is_accessible(telephone, f"answer-{scheme}-code")
    expect(telephone.get_by_label("Code reçu")).to_be_focused()
    telephone.get_by_label("Code reçu").fill(code(ward))
    telephone.get_by_role("button", name="Lire").click()
    expect(telephone.get_by_text("Contrôle de la kaliémie").first).to_be_visible()
    is_accessible(telephone, f"answer-{scheme}-shown")
    ward.waits(timedelta(minutes=31))
    telephone.reload()
    is_accessible(telephone, f"answer-{scheme}-spent")


def test_without_a_script_he_reads_it_and_asks_on(chromium: Browser, site: str, ward: Ward) -> None:
    filed = answered(ward, ward.request())
    context = chromium.new_context(base_url=site, viewport=TELEPHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(path(ward, filed))
    page.get_by_role("button", name="Recevoir le code").click()
    page.get_by_label("Code reçu").fill(code(ward))
    page.get_by_role("button", name="Lire").click()
    page.get_by_label("Votre question").fill("Et si elle est haute ?")
    page.get_by_role("button", name="Envoyer ma question").click()
    expect(page.get_by_role("status")).to_contain_text("votre demande est rouverte")
    assert ward.state(filed)[0] == "open"
    context.close()
