"""A file with errors comes in through a real browser: by mouse, by keyboard, on a telephone; the links are copied."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import DESK, TELEPHONE, in_a_browser
from tests.scheduling.brought import cell, workbook
from tests.web.office.conftest import Office
from tests.web.office.screens import Keyboard, Seats, is_accessible
from tests.web.office.test_transfer import rota

pytestmark = in_a_browser
DAYS = [cell(f"2026-11-{day}") for day in (23, 24, 25, 26)]
WRONG = workbook(
    ("Gardes de cardiologie",),
    ("Date", "Nuit 18h30-8h30", "Rang 2", "Interne"),
    (DAYS[0], "Dr DURAND", "Petti", "Zoé"),
    (DAYS[1], "petit b.", None, "Zoé"),
    (DAYS[2], "Martin", "Leroy", None),
    ("jeudi 27/11/2026", "Durand", None, None),
)
MENDED = workbook(
    ("Date", "Nuit 18h30-8h30", "Rang 2"),
    *(
        (day, *names)
        for day, names in zip(DAYS[:3], (("Durand", "Petti"), ("petit b.", None), ("Martin", "Leroy")), strict=True)
    ),
)


@pytest.fixture
def on_the_rota(office: Office) -> Office:
    """Somebody else has Monday's night already."""
    office.shift("cardio", "David", "2026-11-23 18:30", "2026-11-24 08:30")
    return office


def fills_in(page: Page, file: Path, *, replace: bool = False) -> None:
    """Choose a file for that November, and look."""
    page.goto("/transfer/cardio")
    page.get_by_label("Fichier", exact=True).set_input_files(file)
    form = page.get_by_role("region", name="Importer un fichier")
    form.get_by_label("Du", exact=True).fill("2026-11-01")
    form.get_by_label("Au", exact=True).fill("2026-11-30")
    if replace:
        page.get_by_label("Remplacer ce qui est déjà au planning").check()
    page.get_by_role("button", name="Voir ce qui changerait").click()


@pytest.mark.parametrize("screen", [DESK, TELEPHONE], ids=["desk", "telephone"])
def test_a_file_with_errors_is_mended_settled_and_taken_over(
    seats: Seats, on_the_rota: Office, tmp_path: Path, screen: object
) -> None:
    page = seats.sit("editor", TELEPHONE if screen is TELEPHONE else DESK)
    name = "telephone" if screen is TELEPHONE else "desk"
    page.goto("/transfer/cardio")
    is_accessible(page, f"transfer-{name}-1-choose")

    (tmp_path / "garde.xlsx").write_bytes(WRONG)
    fills_in(page, tmp_path / "garde.xlsx", replace=True)
    expect(page.get_by_role("alert")).to_contain_text("Rien ne peut être importé tel quel")
    expect(page.get_by_text("ce jour de la semaine n'est pas celui de cette date")).to_be_visible()
    expect(page.get_by_text("Case D2")).to_contain_text(
        "la colonne « Interne » n'est pas lue".replace("« ", "«\u202f").replace(" »", "\u202f»")
    )
    expect(page.get_by_role("button", name="Importer")).to_have_count(0)
    is_accessible(page, f"transfer-{name}-2-errors")

    (tmp_path / "garde.xlsx").write_bytes(MENDED)
    fills_in(page, tmp_path / "garde.xlsx", replace=True)
    expect(page.get_by_label("Petti")).to_be_visible()
    page.get_by_label("Petti").select_option(label="Bruno Petit")
    page.get_by_role("button", name="Revoir avec ces réponses").click()
    expect(page.get_by_role("status")).to_contain_text("Rien n'a encore changé")
    expect(page.get_by_role("row", name="David Leroy Retiré")).to_have_count(1)
    is_accessible(page, f"transfer-{name}-3-preview")
    page.get_by_role("button", name="Importer").click()
    expect(page.get_by_role("status")).to_contain_text("Import fait")
    assert rota(on_the_rota) == [
        "2 Bruno 2026-11-23 08:30 – 2026-11-24 08:30",
        "1 Amélie 2026-11-23 18:30 – 2026-11-24 08:30",
        "1 Bruno 2026-11-24 18:30 – 2026-11-25 08:30",
        "2 David 2026-11-25 08:30 – 2026-11-26 08:30",
        "1 Chloé 2026-11-25 18:30 – 2026-11-26 08:30",
    ]


def test_a_file_that_is_too_large_is_told_before_it_is_sent(seats: Seats, office: Office, tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    large.write_bytes(bytes(50_000_000))
    page = seats.sit("editor")
    page.goto("/transfer/cardio")
    page.get_by_label("Fichier", exact=True).set_input_files(large)
    expect(page.get_by_text("Le fichier dépasse 5 Mo")).to_be_visible()
    page.get_by_role("button", name="Voir ce qui changerait").click()
    expect(page).to_have_url(f"{seats.site}/transfer/cardio")
    is_accessible(page, "transfer-too-large")


def test_it_is_done_with_a_keyboard_alone(seats: Seats, office: Office, tmp_path: Path) -> None:
    file = tmp_path / "garde.csv"
    file.write_text("nom;rang;début;fin\nDurand;1;23/11/2026 08:30;23/11/2026 18:30\n", encoding="cp1252")
    page = seats.sit("editor")
    page.goto("/transfer/cardio")
    page.get_by_label("Fichier", exact=True).set_input_files(file)  # what the system's own window gives back
    form = page.get_by_role("region", name="Importer un fichier")
    form.get_by_label("Du", exact=True).fill("2026-11-01")
    form.get_by_label("Au", exact=True).fill("2026-11-30")
    keyboard = Keyboard(page)
    keyboard.goes_to("button", "Voir ce qui changerait")
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ce qui changerait")).to_be_visible()
    keyboard.goes_to("button", "Importer")
    keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Import fait")
    assert rota(office) == ["1 Amélie 2026-11-23 08:30 – 2026-11-23 18:30"]


@pytest.mark.parametrize("screen", [DESK, TELEPHONE], ids=["desk", "telephone"])
def test_a_link_is_made_copied_and_renewed(seats: Seats, office: Office, screen: object) -> None:
    name = "telephone" if screen is TELEPHONE else "desk"
    page = seats.sit("editor", TELEPHONE if screen is TELEPHONE else DESK)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/feeds/cardio")
    page.get_by_role("button", name="Créer le lien : Cardiologie".replace(" :", "\u202f:")).click()
    field = page.get_by_label("Lien d'agenda : Cardiologie".replace(" :", "\u202f:"))
    first = field.input_value()
    assert first.startswith("http://localhost/calendar/")
    is_accessible(page, f"feeds-{name}")
    page.get_by_role("button", name="Copier le lien : Cardiologie".replace(" :", "\u202f:")).click()
    expect(page.get_by_role("button", name="Copier le lien")).to_have_text("Copié")
    assert page.evaluate("navigator.clipboard.readText()") == first
    page.get_by_role("button", name="Renouveler le lien : Cardiologie".replace(" :", "\u202f:")).click()
    expect(page.get_by_role("status").first).to_contain_text("Nouveau lien pour Cardiologie")
    assert field.input_value() != first
