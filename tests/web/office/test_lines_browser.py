"""The public pages of lines on a telephone, and on paper."""

from scheduling.tables import wards
from tests.browser import TELEPHONE, in_a_browser
from tests.web.office.conftest import Office
from tests.web.office.screens import Seats, is_accessible
from tests.web.office.test_lines import PAGES

pytestmark = in_a_browser


def test_the_pages_fit_a_telephone_and_the_cards_one_sheet_of_paper(office: Office, seats: Seats) -> None:
    for number in range(26):
        name = f"Chirurgie orthopédique et traumatologique {number}"
        office.add(wards, slug=f"w{number}", hospital_id=office.hospitals["Cochin"], name=name, keypad="244")
    page = seats.sit("", TELEPHONE)
    for path in PAGES:
        page.goto(f"{path}?hospital={office.hospitals['Cochin']}")
        is_accessible(page, f"lines-{path.rpartition('/')[2]}")
    # Nothing hangs over the edge of its half, and the sheet is one page.
    over = "[...document.querySelectorAll('.fold > div')].map((half) => half.scrollHeight - half.clientHeight)"
    assert max(page.evaluate(over)) <= 1  # a fraction of a point
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1
