"""The directories in a real browser: on a telephone, by keyboard alone, read by axe; two editors of one ward."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import insert

from scheduling.tables import practitioner_phones, practitioners
from tests.browser import TELEPHONE, in_a_browser
from tests.web.office.conftest import Office
from tests.web.office.screens import Keyboard, Seats, is_accessible

pytestmark = in_a_browser


@pytest.fixture
def odile(office: Office) -> int:
    """A GP with a mobile, whose RPPS has a wrong check digit."""
    key = office.add(practitioners, name="Odile Fontaine", rpps="99700218897", practice="Cabinet Didot", email="")
    with office.engine.begin() as conn:
        conn.execute(insert(practitioner_phones).values(practitioner_id=key, phone="+33639989001", position=0))
    return key


def test_every_page_of_the_directories_is_read_by_axe_and_fits_a_telephone(
    seats: Seats, office: Office, odile: int
) -> None:
    office.shift("cardio", "Amélie", "2030-11-23 08:30", "2030-11-23 18:30")
    page = seats.sit("admin", TELEPHONE)
    page.goto("/wards/cardio")
    page.get_by_label("Horaires d'ouverture").fill("lun-ven 8h30-18h30\nsam 8h30-12h30")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("La fiche de Cardiologie est enregistrée")
    addresses = {
        "wards": "/wards",
        "ward": "/wards/cardio",
        "hospital": "/wards/hospitals/new",
        "people": "/people",
        "person": f"/people/{office.seniors['Amélie']}",
        "practitioners": "/practitioners",
        "practitioner": f"/practitioners/{odile}",
        "practices": "/practices",
        "practice": "/practices/new",
        "registrations": "/registrations",
        "enrolment": "/inscription",
        "sheets": "/directories/wards",
        "trail": "/trail",
        "statement": "/accessibility",
    }
    for name, address in addresses.items():
        page.goto(address)
        is_accessible(page, name)


def test_an_editor_meets_his_own_pages_on_a_screen(seats: Seats, office: Office) -> None:
    """The pages of who may not change everything are others: less form, more to read."""
    page = seats.sit("editor")
    for name, address in {"ward": "/wards/cardio", "people": "/people", "trail": "/trail"}.items():
        page.goto(address)
        is_accessible(page, f"editor-{name}")


def test_a_ward_is_made_with_the_keyboard_alone(seats: Seats) -> None:
    page = seats.sit("admin")
    page.goto("/wards/new")
    hands = Keyboard(page)
    hands.goes_to("combobox", "Hôpital (obligatoire)")
    hands.types("Av")
    hands.goes_to("textbox", "Nom (obligatoire)")
    hands.types("Rhumatologie")
    hands.goes_to("textbox", "Horaires d'ouverture")
    hands.types("lun-ven 8h30-18h30")
    hands.goes_to("button", "Vérifier sans enregistrer")
    hands.press("Enter")
    expect(page.get_by_text("Rien n'est enregistré")).to_be_visible()
    expect(page.get_by_text("Du lundi au vendredi")).to_be_visible()
    hands.goes_to("button", "Enregistrer")
    hands.press("Enter")
    page.wait_for_url("**/wards/avicenne-rhumatologie")
    expect(page.get_by_label("Code au clavier")).to_have_value("748")


def test_what_is_wrong_is_found_from_the_list_at_the_top_with_the_keyboard_alone(seats: Seats) -> None:
    page = seats.sit("admin", TELEPHONE)
    page.goto("/people/new")
    page.get_by_label("Nom").fill("Farid")
    page.get_by_label("Téléphone").fill("0899 12 34 56")
    page.get_by_label("Téléphone").press("Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("C'est un numéro surtaxé.")
    is_accessible(page, "person-refused")
    phone = page.get_by_label("Téléphone")
    expect(phone).to_have_attribute("aria-invalid", "true")
    expect(phone).to_have_accessible_description(
        "C'est un numéro surtaxé. Un mobile\u202f: il sonne, et reçoit les alertes par SMS."
    )
    hands = Keyboard(page)
    hands.goes_to("link", "C'est un numéro surtaxé.")
    hands.press("Enter")
    assert page.evaluate("location.hash") == "#phone"
    expect(phone).to_have_value("0899 12 34 56")


def test_two_editors_of_one_ward_see_each_others_change_before_either_is_lost(seats: Seats) -> None:
    amelie, bruno = seats.sit("admin"), seats.sit("editor")
    for page in (amelie, bruno):
        page.goto("/wards/cardio")
    amelie.get_by_label("Mots que disent les appelants").fill("cœur")
    amelie.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(amelie.get_by_role("status")).to_contain_text("enregistrée")
    bruno.get_by_label("Mots que disent les appelants").fill("cardio")
    bruno.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(bruno.get_by_role("alert")).to_contain_text("Admin a modifié cette fiche")
    row = bruno.get_by_role("row", name="Mots des appelants")
    expect(row).to_contain_text("cœur")
    expect(row).to_contain_text("cardio")
    is_accessible(bruno, "ward-stale")
    bruno.get_by_role("link", name="Garder les leurs").click()
    expect(bruno.get_by_label("Mots que disent les appelants")).to_have_value("cœur")


def test_a_file_with_errors_is_listed_row_by_row(seats: Seats) -> None:
    page = seats.sit("admin", TELEPHONE)
    page.goto("/directories/seniors")
    wrong = "name;phone;wards\nFarid;0639980177;cardio\nGaëlle;17;cardio\nHugo;0639980179;nulle-part\n"
    file = {"name": "seniors.csv", "mimeType": "text/csv", "buffer": wrong.encode()}
    page.get_by_label("Fichier CSV").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Importer tout de suite").click()
    expect(page.get_by_role("alert")).to_contain_text("2 lignes sont à corriger")
    expect(page.get_by_role("row", name="3 phone")).to_contain_text("un numéro court")
    expect(page.get_by_role("row", name="4 wards")).to_contain_text("pas de service «\u202fnulle-part\u202f»")
    is_accessible(page, "sheets-refused")
    right = {**file, "buffer": wrong.splitlines(keepends=True)[0].encode() + b"Farid;0639980177;cardio\n"}
    page.get_by_label("Fichier CSV").set_input_files(right)  # type: ignore[arg-type]
    page.get_by_role("button", name="Voir ce qui changerait").click()
    expect(page.get_by_text("créerait 1, changerait 0")).to_be_visible()
    page.get_by_role("button", name="Importer seniors.csv").click()
    expect(page.get_by_role("status").first).to_contain_text("Fiches créées\u202f: 1")
    expect(page.get_by_role("link", name="Farid", exact=False).first).to_be_visible()
