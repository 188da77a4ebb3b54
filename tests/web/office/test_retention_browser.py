"""The page of durations on a screen and on a telephone: read by axe, and worked."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from config import clock
from tests.browser import DESK, TELEPHONE, in_a_browser
from tests.web.office.conftest import Office
from tests.web.office.screens import Seats, is_accessible

pytestmark = in_a_browser


@pytest.mark.parametrize("screen", [DESK, TELEPHONE], ids=["screen", "telephone"])
def test_a_duration_is_approved_after_what_it_destroys_was_said(office: Office, seats: Seats, screen: object) -> None:
    with office.engine.begin() as conn:
        at = clock.read(conn).now - timedelta(days=60)
        row = "insert into written (key, channel, sender, recipient, body, verdict, at)"
        conn.execute(text(f"{row} values ('sms:1', 'sms', '+33639980041', '', 'sealed', 'idle', :at)"), {"at": at})
        conn.execute(text("insert into holds (reason, placed_at) values ('Réquisition 12', :at)"), {"at": at})
        conn.execute(text("update holds set lifted_at = :at"), {"at": at})
    size = "telephone" if screen is TELEPHONE else "screen"
    page = seats.sit("admin", screen)  # type: ignore[arg-type]
    page.goto("/retention")
    row_ = page.get_by_role("row", name="Messages restés sans suite")
    row_.get_by_text("Approuver une durée").click()
    row_.get_by_label("Approuvé par").fill("Mme Dupré, DPO")
    is_accessible(page, f"retention-{size}")
    row_.get_by_role("button", name="Approuver").click()
    expect(page.get_by_role("alert")).to_contain_text("1 élément sera détruit dans l'heure")
    is_accessible(page, f"retention-confirm-{size}")
    page.get_by_role("button", name="Confirmer la destruction").click()
    expect(row_).to_contain_text("30 jours")
    expect(row_).to_contain_text("approuvé par Mme Dupré, DPO")
