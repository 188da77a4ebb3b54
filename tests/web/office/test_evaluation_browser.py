"""The year's figures on a telephone, for anybody; the evaluators' export, by keyboard and eye."""

from tests.browser import TELEPHONE, in_a_browser
from tests.web.office.conftest import Office
from tests.web.office.screens import Seats, is_accessible
from tests.web.office.test_evaluation import called, house

__all__ = ["house"]
pytestmark = in_a_browser


def test_the_pages_fit_a_telephone(house: Office, seats: Seats) -> None:
    called(house, "cardio", "aaaaaaarrr")
    visitor, admin = seats.sit("", TELEPHONE), seats.sit("admin", TELEPHONE)
    visitor.goto("/chiffres")
    is_accessible(visitor, "yearly")
    assert visitor.get_by_role("row", name="Cochin").get_by_text("70 %").is_visible()
    admin.goto("/figures/export?month=2026-11")
    is_accessible(admin, "evaluation")
    with admin.expect_download() as waits:
        admin.get_by_role("link", name="Télécharger novembre 2026").click()
    assert waits.value.suggested_filename == "rappel24-2026-11.zip"
