"""The page of a GP in a real browser, on a telephone's screen, in both faces and both languages."""

from datetime import timedelta
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from callbacks import requests
from callbacks.trying import Result
from config import clock
from tests.browser import in_a_browser, is_accessible
from tests.web.conftest import Ward
from tests.web.test_gp import closes, gives_up, link

pytestmark = in_a_browser


def test_dr_roux_says_in_one_touch_that_nobody_called_him(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    closes(ward, filed)
    telephone.goto(link(filed))
    expect(telephone.get_by_role("heading", name="Avez-vous été rappelé")).to_be_visible()
    is_accessible(telephone, "gp-asked")
    telephone.get_by_role("button", name="Non, pas encore").click()
    expect(telephone.get_by_role("status")).to_contain_text("votre demande est rouverte")
    assert ward.state(filed) == ("open", None, None)
    is_accessible(telephone, "gp-denied")


def test_dr_roux_changes_his_hours_and_then_needs_no_call_any_more(telephone: Page, ward: Ward) -> None:
    filed = ward.request()
    telephone.goto(link(filed))
    is_accessible(telephone, "gp-open")
    telephone.get_by_role("button", name="Après 18 h").click()
    expect(telephone.get_by_role("status")).to_have_text("C'est noté.")
    expect(telephone.get_by_role("button", name="Retirer ma demande")).not_to_be_visible()
    telephone.get_by_text("Je n'ai plus besoin d'être rappelé").click()
    is_accessible(telephone, "gp-sure")
    telephone.get_by_role("button", name="Retirer ma demande").click()
    expect(telephone.get_by_role("status")).to_contain_text("Votre demande est retirée.")
    assert ward.state(filed)[0] == "withdrawn"
    is_accessible(telephone, "gp-withdrawn")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_face_of_his_page_can_be_read_by_all(
    telephone: Page, ward: Ward, scheme: Literal["light", "dark"]
) -> None:
    telephone.emulate_media(color_scheme=scheme)
    late, unreached = ward.request(), ward.request()
    with ward.engine.begin() as conn:
        moment = clock.read(conn)
        requests.claim(conn, late.id, ward.bruno, moment, "page")
        requests.attempted(conn, late.id, ward.bruno, moment, Result.NO_ANSWER)
    gives_up(ward, unreached)
    telephone.goto(link(unreached))
    expect(telephone.get_by_role("button", name="Rouvrir ma demande")).to_be_visible()
    is_accessible(telephone, f"gp-{scheme}-unreached")
    ward.waits(timedelta(hours=26))
    telephone.goto(f"{link(late)}?lang=en")
    expect(telephone.get_by_text("The promised time has passed")).to_be_visible()
    is_accessible(telephone, f"gp-{scheme}-late")
