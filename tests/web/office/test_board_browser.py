"""The board on a screen and on a telephone: read by axe, worked by keyboard, alive while seniors claim elsewhere."""

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from simulator import Account, Line, Simulator, wsgi
from tests.browser import DESK, TELEPHONE, in_a_browser
from tests.web.conftest import TOKEN
from tests.web.office.conftest import Office
from tests.web.office.screens import Keyboard, Seats, is_accessible
from tests.web.office.waiting import Waiting

pytestmark = in_a_browser
HOURS = timedelta(hours=1)
LINE = "+33199002424"


@pytest.fixture
def waiting(office: Office) -> Waiting:
    return Waiting(office)


@pytest.fixture
def busy(waiting: Waiting) -> Waiting:
    """A morning: late, at risk, claimed, offered, being called back, closed; and calls."""
    waiting.asks(ago=25 * HOURS)
    waiting.asks("pneumo", ago=19 * HOURS, reach="evening")
    claimed, called = waiting.asks(ago=4 * HOURS, reach="noon"), waiting.asks(ago=3 * HOURS)
    waiting.claims(claimed, "Bruno")
    waiting.says_more(claimed)
    waiting.tries(claimed, "Bruno")
    waiting.calls_back(called, "Amélie")
    waiting.link(claimed, "Bruno")
    waiting.climbs(waiting.asks(ago=HOURS))
    waiting.closes(waiting.asks(ago=2 * HOURS), "Amélie")
    call = waiting.call(result="answered", answered_by=waiting.office.seniors["Bruno"], answered_at=waiting.now)
    waiting.rings(call, "Amélie", 0, 15, "no-answer")
    waiting.rings(call, "Bruno", 16, 200, "taken", accepted_real=waiting.now + timedelta(seconds=22))
    return waiting


@pytest.mark.parametrize("screen", [DESK, TELEPHONE], ids=["screen", "telephone"])
def test_the_board_a_request_and_a_call_are_accessible_and_fit(busy: Waiting, seats: Seats, screen: object) -> None:
    page = seats.sit("admin", screen)  # type: ignore[arg-type]
    size = "telephone" if screen is TELEPHONE else "screen"
    page.goto("/requests")
    expect(page.get_by_role("row")).to_have_count(6)
    is_accessible(page, f"board-{size}")
    claimed = next(each for each in busy.filed if ("claimed", None) in busy.events(each))
    page.goto(f"/requests/{claimed}")
    is_accessible(page, f"board-request-{size}")
    page.goto("/requests?state=closed")
    is_accessible(page, f"board-closed-{size}")
    page.goto("/calls")
    is_accessible(page, f"calls-{size}")
    page.get_by_role("row").filter(has_text="pris par un senior").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Qui a sonné, et pourquoi")).to_be_visible()
    is_accessible(page, f"call-{size}")


def test_what_is_claimed_elsewhere_is_told_and_focus_and_scroll_stay(waiting: Waiting, seats: Seats) -> None:
    first, *_ = [waiting.asks(ago=number * HOURS / 10) for number in range(30)]
    page = seats.sit("reader")
    page.goto("/requests")
    link = page.get_by_role("link", name=f"{first[:3]} {first[3:]}")
    link.focus()
    page.evaluate("scrollTo(0, 300)")
    place = page.evaluate("scrollY")
    waiting.claims(first, "Bruno", "page")
    expect(page.locator(f"#r{first}")).to_contain_text("par Bruno Petit", timeout=3000)
    expect(page.get_by_role("status")).to_have_text(re.compile(f"{first[:3]} {first[3:]}.*prise en charge par Bruno"))
    assert page.evaluate("document.activeElement.textContent") == f"{first[:3]} {first[3:]}"
    assert page.evaluate("scrollY") == place


def test_nothing_is_fetched_while_nothing_happens(waiting: Waiting, seats: Seats) -> None:
    waiting.asks()
    page = seats.sit("reader")
    page.goto("/requests")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url.rpartition("/")[2]))
    page.wait_for_timeout(3200)
    assert fetched.count("mark") >= 2
    assert "requests" not in fetched


def test_who_is_not_signed_in_any_more_is_told_that_the_page_stands_still(waiting: Waiting, seats: Seats) -> None:
    waiting.asks()
    page = seats.sit("reader")
    page.goto("/requests")
    expect(page.get_by_role("alert")).to_have_count(0)
    waiting.office.waits(timedelta(minutes=31))
    expect(page.get_by_role("alert")).to_contain_text("Votre session est finie", timeout=3000)
    is_accessible(page, "board-over")
    page.get_by_role("link", name="Se reconnecter").click()
    expect(page).to_have_url(re.compile(r"/signin\?next="))


def test_what_leaves_the_list_is_told_and_its_closing_too(waiting: Waiting, seats: Seats) -> None:
    reference, other = waiting.asks(), waiting.asks()
    page = seats.sit("reader")
    page.goto("/requests")
    waiting.closes(reference, "Amélie")
    expect(page.get_by_role("status")).to_have_text(f"{reference} n'est plus dans cette liste.", timeout=3000)
    expect(page.locator(f"#r{other}")).to_be_visible()


def test_time_left_counts_on_by_itself_and_turns_late(waiting: Waiting, seats: Seats) -> None:
    reference = waiting.asks(ago=timedelta(hours=23, minutes=59))
    with waiting.office.engine.begin() as conn:
        conn.execute(text("update clock set anchor = app_now(), anchor_real = real_now(), rate = 30"))
    page = seats.sit("reader")
    page.goto("/requests")
    expect(page.locator(f"#r{reference}")).to_have_class("soon")
    expect(page.locator(f"#r{reference}")).to_have_class("late", timeout=6000)
    expect(page.locator(f"#r{reference}")).to_contain_text("en retard de 0")


def calls_the_line_and_claims(waiting: Waiting, senior: str) -> None:
    """She dials the line from her registered mobile, hears that one waits, and keys 1 twice."""
    voice = "http://localhost/webhooks/voice"
    line, account = Line(LINE, voice_url=voice, status_url=f"{voice}/status"), Account(auth_token=TOKEN)
    simulator = Simulator([line], account=account, transport=wsgi(waiting.office.app))
    with waiting.office.engine.connect() as conn:
        hers = {"id": waiting.office.seniors[senior]}
        number = conn.execute(text("select phone from people where id = :id"), hers).scalar_one()
    telephone = simulator.phone(number, senior).dials(LINE).hears("attend").presses("1#").hears("Cardiologie")
    telephone.presses("1").hears("est à vous")


def test_a_claim_by_telephone_is_on_the_board_within_two_seconds(waiting: Waiting, seats: Seats) -> None:
    reference = waiting.asks()
    page = seats.sit("reader")
    page.goto("/requests")
    expect(page.locator(f"#r{reference}")).to_contain_text("à prendre")
    calls_the_line_and_claims(waiting, "Amélie")
    began = time.monotonic()
    expect(page.locator(f"#r{reference}")).to_contain_text("par Amélie Durand", timeout=2000)
    assert time.monotonic() - began < 2
    assert waiting.events(reference)[-1][0] == "claimed"


def test_a_coordinator_closes_a_request_by_keyboard_alone(waiting: Waiting, seats: Seats) -> None:
    reference = waiting.asks()
    page = seats.sit("editor")
    page.goto(f"/requests/{reference}")
    hand = Keyboard(page)
    hand.goes_to("combobox", "Issue")
    hand.types("Conseil")
    hand.goes_to("button", "Clore la demande")
    hand.press("Enter")
    expect(page.get_by_text("La demande est close.")).to_be_visible()
    is_accessible(page, "board-request-done")


def test_a_form_in_which_somebody_chooses_is_left_alone_when_the_page_changes(waiting: Waiting, seats: Seats) -> None:
    reference = waiting.asks()
    page = seats.sit("editor")
    page.goto(f"/requests/{reference}")
    page.get_by_label("Senior").select_option("Chloé Martin")
    waiting.claims(reference, "Bruno")
    expect(page.locator("#story")).to_contain_text("Bruno Petit prend la demande", timeout=3000)
    assert page.get_by_label("Senior").evaluate("field => field.selectedOptions[0].textContent") == "Chloé Martin"
