"""The page of figures on a screen, on a telephone and on paper: read by axe, nothing too wide, nothing cut off."""

from datetime import timedelta

from callbacks.figures import keeping
from callbacks.tables import requests
from config import clock
from tests.browser import DESK, TELEPHONE, in_a_browser
from tests.web.office.conftest import Office
from tests.web.office.screens import Seats, is_accessible
from tests.web.office.test_figures import NOON, calls_of

pytestmark = in_a_browser
FALLING = (5, 6, 7, 8, 9, 10, 9, 8, 9, 8)  # answered of ten, the latest week first
CHARTS = 3  # line by line, who was called back by then, week by week


def a_quarter_of(office: Office) -> None:
    """Ten weeks of calls to cardiology, and six requests that wait since this morning."""
    with office.engine.begin() as conn:
        clock.start_at(conn, NOON, 1)
    for ago, answered in enumerate(FALLING, 1):
        calls_of(office, NOON - timedelta(weeks=ago), answered)
    waits = {"ward_id": office.wards["cardio"], "channel": "voice", "next_rung": "again", "next_step_at": NOON}
    filed = NOON - timedelta(hours=3)
    for number in range(6):
        office.add(requests, reference=f"10000{number}", created_at=filed, due_at=filed + timedelta(days=1), **waits)
    keeping.keep(office.engine)


def test_the_figures_are_read_on_every_screen_and_printed_whole(office: Office, seats: Seats) -> None:
    a_quarter_of(office)
    for screen in (DESK, TELEPHONE):
        page = seats.sit("admin", screen)
        page.goto("/figures?place=cardio")
        assert page.locator("svg.chart").count() == CHARTS
        assert page.locator("svg.chart .drifts").count() == len(FALLING[:6])
        is_accessible(page, f"figures-{screen['width']}")
    page.emulate_media(media="print")
    # What scrolls on a screen would be cut off on paper.
    assert page.evaluate(
        "[...document.querySelectorAll('.scroll')].every((box) => getComputedStyle(box).overflowX === 'visible')"
    )
