"""The rota in a real browser: by keyboard alone, by drag, two editors at once, on a telephone, read by axe."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from config import clock
from scheduling import store
from tests.browser import DESK, TELEPHONE, in_a_browser
from tests.web.office.conftest import PARIS, Office

WEEK = "/rota/ward/cardio?week=2026-12-07"
Sit = Callable[..., Page]

pytestmark = in_a_browser


@pytest.fixture
def sit(chromium: Browser, site: str, office: Office) -> Iterator[Sit]:
    """Seats somebody before a screen, signed in; what his browser complains of fails the test, a refusal apart."""
    said: list[str] = []
    contexts = []

    def down(name: str, screen: ViewportSize = DESK, *, script: bool = True) -> Page:
        context = chromium.new_context(
            base_url=site, viewport=screen, locale="fr-FR", timezone_id="Europe/Paris", java_script_enabled=script
        )
        contexts.append(context)
        cookie = office.browse(name).get_cookie("rappel24")
        assert cookie is not None
        context.add_cookies([{"name": "rappel24", "value": cookie.value, "url": site}])
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text) if "422" not in message.text else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        return page

    yield down
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture
def december(office: Office) -> Office:
    """A week of cardiology: days and nights, a second rank, a hole on Thursday. It is Wednesday, 15:20."""
    with office.engine.begin() as conn:
        clock.start_at(conn, datetime(2026, 12, 9, 15, 20, tzinfo=PARIS), 1.0)
    people = ("Amélie", "Bruno", "Chloé", "David")
    for day in range(6, 14):
        if day != 10:
            office.shift("cardio", people[day % 4], f"2026-12-{day:02} 08:30", f"2026-12-{day:02} 18:30")
        office.shift("cardio", people[(day + 2) % 4], f"2026-12-{day:02} 18:30", f"2026-12-{day + 1:02} 08:30")
    office.shift("cardio", "Chloé", "2026-12-08 08:30", "2026-12-08 18:30", rank=2)
    return office


def holding(office: Office, day: int) -> list[str]:
    """Who begins that day, as one reads it: `1 Amélie Durand 08:30–18:30`."""
    with office.engine.connect() as conn:
        start, end = (datetime(2026, 12, each, tzinfo=PARIS) for each in (day, day + 1))
        return [
            f"{each.rank} {each.person.name} {each.start.astimezone(PARIS):%H:%M}–{each.end.astimezone(PARIS):%H:%M}"
            for each in store.shifts_between(conn, [office.wards["cardio"]], start, end)
            if each.start >= start
        ]


def bar(page: Page, about: str) -> Locator:
    """The shift whose tooltip says so."""
    return page.locator(f'#board a.bar[title*="{about}"]')


def is_accessible(page: Page, name: str) -> None:
    """No fault that axe knows, nothing wider than the screen; a picture for who wants to look (SCREENSHOTS)."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    faults = [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in _faults(page)]
    assert faults == [], name
    assert page.viewport_size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], name


def _faults(page: Page) -> list[Any]:
    wanted = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    faults: list[Any] = Axe().run(page, options=wanted).response["violations"]
    return faults


def test_a_hole_is_filled_with_the_keyboard_alone(sit: Sit, december: Office) -> None:
    page = sit("editor")
    page.goto(WEEK)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#board .track') !== null"):
            break
    page.keyboard.press("Home")
    while "mer. 9 déc. 18:30" not in (page.locator(":focus").get_attribute("title") or ""):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#board a.hole")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Mettre de garde")).to_be_visible()
    expect(page.get_by_label("Qui")).to_be_focused()
    page.keyboard.type("Bruno")
    while not page.evaluate("document.activeElement.matches('dialog button')"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".told .good")).to_contain_text("Bruno Petit est de garde, jeu. 10 déc. 08:30 – 18:30")
    assert holding(december, 10)[0] == "1 Bruno Petit 08:30–18:30"
    is_accessible(page, "rota-filled")


def test_a_shift_is_dragged_to_another_day_stretched_and_put_back(sit: Sit, december: Office) -> None:
    page = sit("editor")
    page.goto(WEEK)
    chloe = bar(page, "Chloé Martin, mar. 8 déc. 08:30")
    box, track = chloe.bounding_box(), page.locator(".track").first.bounding_box()
    assert box is not None
    assert track is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + track["width"] / 7, box["y"] + 14, steps=6)
    expect(page.locator(".where")).to_contain_text("mer. 9 08:30")
    page.mouse.up()
    expect(page.locator(".told .good")).to_contain_text("Chloé Martin, mer. 9 déc. 08:30 – 18:30")
    assert holding(december, 8) == ["1 Amélie Durand 08:30–18:30", "1 Chloé Martin 18:30–08:30"]

    moved = page.locator('.lane[data-rank="2"] a.bar')
    box = moved.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2 + track["width"] / 7 / 24 * 2, box["y"] + 10, steps=6)
    page.mouse.up()
    expect(page.locator(".told .good")).to_contain_text("Chloé Martin, mer. 9 déc. 08:30 – 20:30")

    page.locator(".told").get_by_role("button", name="Annuler").click()
    expect(page.locator(".told .good")).to_contain_text("annulée")
    assert "2 Chloé Martin 08:30–18:30" in holding(december, 9)


def test_a_drag_onto_somebody_else_is_refused_with_both_names_and_undone(sit: Sit, december: Office) -> None:
    page = sit("editor")
    page.goto(WEEK)
    bar(page, "Chloé Martin, mar. 8 déc. 08:30").drag_to(bar(page, "Amélie Durand, mar. 8 déc. 08:30"))
    refusal = page.get_by_role("dialog").get_by_role("alert")
    expect(refusal).to_contain_text("Amélie Durand")
    expect(refusal).to_contain_text("Chloé Martin")
    is_accessible(page, "rota-refused")
    page.keyboard.press("Escape")
    expect(page.locator('.lane[data-rank="2"] a.bar')).to_have_count(1)
    assert "2 Chloé Martin 08:30–18:30" in holding(december, 8)


def test_the_arrows_with_alt_do_what_a_drag_does(sit: Sit, december: Office) -> None:
    page = sit("editor")
    page.goto(WEEK)
    bar(page, "Chloé Martin, mar. 8 déc. 08:30").focus()
    page.keyboard.down("Alt")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".where")).to_contain_text("09:30")
    page.keyboard.up("Alt")
    expect(page.locator(".told .good")).to_contain_text("mar. 8 déc. 09:30 – 19:30")
    assert "2 Chloé Martin 09:30–19:30" in holding(december, 8)


def test_a_colleague_replaces_from_two_to_six(sit: Sit, december: Office) -> None:
    page = sit("editor")
    page.goto(WEEK)
    bar(page, "Bruno Petit, mer. 9 déc. 08:30").click()
    panel = page.get_by_role("dialog", name="Bruno Petit")
    panel.get_by_label("Qui").first.select_option(label="David Leroy")
    panel.get_by_label("Début").first.fill("2026-12-09T14:00")
    panel.get_by_label("Fin").first.fill("2026-12-09T18:00")
    is_accessible(page, "rota-panel")
    panel.get_by_role("button", name="Remplacer").click()
    expect(page.locator(".told .good")).to_contain_text("David Leroy remplace, mer. 9 déc. 14:00 – 18:00")
    expect(panel).not_to_be_visible()
    assert holding(december, 9)[:3] == [
        "1 Bruno Petit 08:30–14:00",
        "1 David Leroy 14:00–18:00",
        "1 Bruno Petit 18:00–18:30",
    ]
    page.reload()
    expect(bar(page, "David Leroy, mer. 9 déc. 14:00 – 18:00")).to_be_visible()


def test_two_doctors_swap_without_script(sit: Sit, december: Office) -> None:
    page = sit("editor", script=False)
    page.goto(WEEK)
    bar(page, "Amélie Durand, mar. 8 déc. 08:30").click()
    page.get_by_text("Échanger avec un autre créneau").click()
    page.get_by_label("Contre").select_option(label=_label(page, "ven. 11 déc. 08:30"))
    page.get_by_role("button", name="Échanger").click()
    expect(page.get_by_role("status")).to_contain_text("les deux créneaux sont échangés")
    assert holding(december, 8)[0] == "1 David Leroy 08:30–18:30"
    assert holding(december, 11)[0] == "1 Amélie Durand 08:30–18:30"


def _label(page: Page, start: str) -> str:
    """The choice that begins so."""
    return next(text for text in page.get_by_label("Contre").locator("option").all_text_contents() if start in text)


def test_of_two_editors_the_late_one_reads_who_was_first(sit: Sit, december: Office) -> None:
    first, late = sit("editor"), sit("admin")
    for page in (first, late):
        page.goto(WEEK)
        bar(page, "Bruno Petit, mer. 9 déc. 08:30").click()
        page.get_by_text("Confier tout le créneau à un autre").click()
    first.locator("#hand-person").select_option(label="David Leroy")
    first.get_by_role("button", name="Confier").click()
    expect(first.locator(".told .good")).to_contain_text("confié à David Leroy")
    late.locator("#hand-person").select_option(label="Chloé Martin")
    late.get_by_role("button", name="Confier").click()
    expect(late.get_by_role("dialog").get_by_role("alert")).to_contain_text("par Editor")
    assert holding(december, 9)[0] == "1 David Leroy 08:30–18:30"


@pytest.mark.parametrize("asked", ["month=2027-02", "month=2026-11", "month=2026-12", "week=2026-12-07"])
def test_what_is_drawn_stands_under_its_day(sit: Sit, december: Office, asked: str) -> None:
    december.shift("pneumo", "Élise", "2027-02-28 00:00", "2027-03-01 00:00")
    december.shift("pneumo", "Élise", "2026-11-30 00:00", "2026-12-01 00:00")
    december.shift("pneumo", "Élise", "2026-12-31 00:00", "2027-01-01 00:00")
    december.shift("pneumo", "Élise", "2026-12-13 00:00", "2026-12-14 00:00")
    page = sit("admin")
    page.goto(f"/rota/{december.hospitals['Cochin']}?{asked}")
    day = page.locator(".heads .day").last.bounding_box()
    drawn = page.locator('[data-ward="pneumo"] .track b[title^="Élise"]').last.bounding_box()
    assert day is not None
    assert drawn is not None
    assert drawn["x"] == pytest.approx(day["x"], abs=2)
    assert drawn["width"] == pytest.approx(day["width"], abs=2)


@pytest.mark.parametrize(
    ("scheme", "screen"), [("dark", TELEPHONE), ("light", DESK)], ids=["dark telephone", "light desk"]
)
def test_every_page_can_be_read_by_all(sit: Sit, december: Office, scheme: str, screen: ViewportSize) -> None:
    closing = "update wards set opening = 'mon-fri 08:30-18:30', covered_by_id = :cover where slug = 'pneumo'"
    with december.engine.begin() as conn:
        conn.exec_driver_sql(closing.replace(":cover", str(december.wards["cardio"])))
    december.shift("pneumo", "Farid", "2026-12-09 08:30", "2026-12-09 22:00")
    shift = december.shift("pneumo", "Élise", "2026-12-11 08:30", "2026-12-11 18:30")
    page = sit("admin", screen)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for name, url in {
        "ward": "/rota/ward/cardio?month=2026-12",
        "week": "/rota/ward/pneumo?week=2026-12-07",
        "searching": f"/rota/ward/cardio?month=2026-12&senior={december.seniors['Amélie']}",
        "hospital": f"/rota/{december.hospitals['Cochin']}?month=2026-12",
        "hospital-week": f"/rota/{december.hospitals['Cochin']}?week=2026-12-07",
        "shift": f"/rota/ward/pneumo/shift/{shift}",
        "assign": "/rota/ward/cardio/assign?rank=1&start=2027-10-31T02:30&end=2027-10-31T08:30",
        "now": "/now",
        "ring": "/now/ring?ward=cardio&at=2026-12-09T20:00",
    }.items():
        page.goto(url)
        is_accessible(page, f"rota-{name}-{screen['width']}-{scheme}")
