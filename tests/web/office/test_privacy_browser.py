"""What callers are told, and who read what, on a screen and on a telephone: read by axe, and nothing too wide."""

from tests.browser import DESK, TELEPHONE, in_a_browser
from tests.web.office.conftest import Office
from tests.web.office.screens import Seats, is_accessible
from tests.web.office.test_readings import at, heard

pytestmark = in_a_browser
PAGES = ("/readings", "/information", "/information/0", "/informations")


def test_every_page_about_data_is_read_by_axe_and_fits_a_telephone(seats: Seats, office: Office) -> None:
    heard(office, 20)
    for minutes in range(60):
        at(office.engine, minutes * 10, account_id=office.accounts["admin"])
    for screen in (DESK, TELEPHONE):
        page = seats.sit("admin", screen)
        for path in PAGES:
            page.goto(path)
            is_accessible(page, f"privacy{path.replace('/', '-')}-{screen['width']}")
