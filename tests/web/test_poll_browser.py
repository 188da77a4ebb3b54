"""The poll in a real browser, on a telephone's screen; and the two taps of the senior."""

from playwright.sync_api import Page, expect

from callbacks.requests import Filed
from tests.browser import in_a_browser, is_accessible
from tests.web.conftest import Ward
from tests.web.test_poll import kept, polled

pytestmark = in_a_browser


def test_twenty_seconds_on_a_telephone(telephone: Page, ward: Ward, filed: Filed) -> None:
    telephone.goto(polled(ward, filed))
    is_accessible(telephone, "poll")
    for group in telephone.get_by_role("group", name="En êtes-vous satisfait ?").all():
        group.get_by_label("Oui").check()
    telephone.get_by_role("button", name="Envoyer").click()
    expect(telephone.get_by_role("status")).to_have_text("Merci, c'est noté.")
    is_accessible(telephone, "poll-answered")
    telephone.get_by_role("button", name="Passage aux urgences").click()
    expect(telephone.get_by_text("Sans cette ligne ? Passage aux urgences")).to_be_visible()
    row = kept(ward)
    assert (row.access, row.admission, row.document, row.access_wanted) == (1, 1, 1, None)


def test_the_senior_is_done_in_three_touches(telephone: Page, ward: Ward, filed: Filed) -> None:
    telephone.goto(ward.link(filed))
    telephone.get_by_role("button", name="Je la prends en charge").first.click()
    telephone.get_by_role("button", name="Conseil seul").first.click()
    is_accessible(telephone, "assess")
    telephone.get_by_role("button", name="Avis sur un traitement").click()
    telephone.get_by_role("button", name="Rien de plus").click()
    expect(telephone.get_by_text("Sans cette ligne ? Rien de plus")).to_be_visible()
