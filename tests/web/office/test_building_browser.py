"""Building a month in a real browser: six seniors, two leaves, the holidays; by mouse, by keyboard, on a telephone."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from sqlalchemy import func, insert, select

from scheduling.tables import people, shifts, ward_seniors
from tests.browser import DESK, TELEPHONE, in_a_browser
from tests.web.office.conftest import Office
from tests.web.office.screens import Keyboard, Seats, is_accessible

pytestmark = in_a_browser


@pytest.fixture
def six(office: Office) -> Office:
    """Two more seniors for cardiology."""
    for number, name in enumerate(("Inès Garnier", "Jules Perrot")):
        key = office.add(people, name=name, title="Dr", phone=f"+336399801{number + 90}", category="CCA")
        office.seniors[name.split()[0]] = key
        with office.engine.begin() as conn:
            conn.execute(insert(ward_seniors).values(ward_id=office.wards["cardio"], person_id=key))
    return office


def next_month(house: Office) -> list[date]:
    """Its days, by the house's clock."""
    with house.engine.begin() as conn:
        today: date = conn.execute(select(func.app_now())).scalar_one().date()
    first = (today.replace(day=1) + timedelta(32)).replace(day=1)
    following = (first + timedelta(32)).replace(day=1)
    return [first + timedelta(day) for day in range((following - first).days)]


def count(house: Office) -> int:
    with house.engine.begin() as conn:
        return int(conn.execute(select(func.count()).select_from(shifts)).scalar_one())


def notes_leave(page: Page, name: str, first: date, last: date) -> None:
    page.get_by_label("Senior").select_option(label=name)
    page.get_by_label("Du", exact=True).fill(first.isoformat())
    page.get_by_label("Au (compris)").fill(last.isoformat())
    page.get_by_role("button", name="Noter").click()
    expect(page.get_by_role("status")).to_contain_text(name)


def test_a_secretary_builds_next_month_for_six_seniors_with_two_leaves(seats: Seats, six: Office) -> None:
    days = next_month(six)
    page = seats.sit("editor")
    page.goto("/leave")
    notes_leave(page, "Bruno Petit", days[6], days[12])
    notes_leave(page, "Chloé Martin", days[20], days[22])
    is_accessible(page, "leave")
    page.goto("/patterns/cardio")
    is_accessible(page, "patterns-new-ward")
    page.get_by_role("button", name="Prendre ces modèles").click()
    is_accessible(page, "patterns-order")
    page.get_by_role("button", name="Voir ce que cela donne").click()
    expect(page.get_by_text("Tous les créneaux demandés sont pourvus.")).to_be_visible()
    is_accessible(page, "patterns-preview")
    assert count(six) == 0
    page.get_by_role("button", name=f"Inscrire ces {2 * len(days)} créneaux").click()
    expect(page).to_have_url(f"{seats.site}/rota/ward/cardio?month={days[0]:%Y-%m}")
    assert count(six) == 2 * len(days)
    page.goto(f"/months/cardio/{days[0]:%Y-%m}")
    is_accessible(page, "month-draft")
    page.get_by_role("button", name="Publier ce mois").click()
    expect(page.get_by_role("main")).to_contain_text("Publié le")
    is_accessible(page, "month-published")


def test_the_same_month_is_built_by_keyboard_alone(seats: Seats, six: Office) -> None:
    page = seats.sit("editor")
    page.goto("/patterns/cardio")
    hand = Keyboard(page)
    hand.goes_to("button", "Prendre ces modèles")
    hand.press("Enter")
    expect(page.get_by_role("status")).to_be_visible()
    hand.goes_to("checkbox", "Jules Perrot CCA")
    hand.press("Space")
    hand.goes_to("button", "Voir ce que cela donne")
    hand.press("Enter")
    expect(page.get_by_role("heading", name="Ce que cela donnerait")).to_be_visible()
    days = len(next_month(six))
    hand.goes_to("button", f"Inscrire ces {2 * days} créneaux")
    hand.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("inscrits")
    assert count(six) == 2 * days
    assert hand.strokes < 120


@pytest.mark.parametrize("screen", [TELEPHONE, DESK], ids=["telephone", "desk"])
def test_the_pages_fit_a_telephone_and_axe_finds_nothing(seats: Seats, six: Office, screen: ViewportSize) -> None:
    page, size = seats.sit("admin", screen), screen["width"]
    days = next_month(six)
    six.shift("cardio", "Amélie", f"{days[0]} 08:30", f"{days[0]} 18:30")
    page.goto("/patterns/cardio")
    page.get_by_role("button", name="Prendre ces modèles").click()
    is_accessible(page, f"order-{size}")
    page.get_by_label("Les remplacer").check()
    page.get_by_label("Un senior par semaine").check()
    for name in ("Amélie", "Bruno", "Chloé"):
        page.get_by_role("checkbox", name=name).uncheck()
    page.get_by_role("button", name="Voir ce que cela donne").click()
    is_accessible(page, f"preview-{size}")
    page.goto("/patterns/cardio/templates")
    is_accessible(page, f"templates-{size}")
    page.goto("/leave")
    is_accessible(page, f"leave-{size}")
    page.goto(f"/months/cardio/{days[0]:%Y-%m}")
    is_accessible(page, f"month-{size}")
