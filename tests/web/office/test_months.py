"""The month's table: a draft that rings, published once, amended with its reason; on paper, and an extract for each."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from scheduling.tables import people
from tests.web.office.conftest import Office, post
from tests.web.office.previewed import fields

JANUARY = "/months/cardio/2027-01"


@pytest.fixture
def month(office: Office) -> Office:
    """New Year's Day is Amélie's, the night before Bruno's, the second Chloé's."""
    office.shift("cardio", "Bruno", "2026-12-31 18:30", "2027-01-01 08:30")
    office.shift("cardio", "Amélie", "2027-01-01 08:30", "2027-01-02 08:30")
    office.shift("cardio", "Chloé", "2027-01-02 08:30", "2027-01-02 18:30", rank=2)
    with office.engine.begin() as conn:
        conn.execute(update(people).where(people.c.id == office.seniors["Amélie"]).values(category="PU-PH"))
    return office


def row(page: str, day: str) -> str:
    """The row of the table that begins with that day."""
    rows: list[str] = re.findall(r"<tr.*?</tr>", page, re.S)
    return next(cells for cells in rows if f">{day}<" in cells)


def test_a_draft_says_that_it_rings_and_by_when_it_is_to_be_fixed(month: Office) -> None:
    page = month.browse("editor").get("/months/cardio/2099-12").text
    assert "Brouillon" in page
    assert "samedi 19 novembre" not in page  # November 2099
    assert "au plus tard le jeudi 19 novembre" in page


def test_each_period_has_its_name_and_category_and_holidays_their_name(month: Office) -> None:
    page = month.browse("editor").get(JANUARY).text
    first = row(page, "ven. 1er janv.")
    assert "Jour de l&#39;an" in first
    assert re.search(r"08:30–08:30 <strong>Amélie Durand</strong> <span class=\"soft\">PU-PH", first)
    assert "jusqu&#39;à 08:30 <strong>Bruno Petit" in first  # the night that began in December
    second = row(page, "sam. 2 janv.")
    assert re.search(r"<td>.*Chloé Martin", second, re.S)
    assert "Non pourvu 18:30–24:00" in second


def test_the_editor_publishes_and_a_later_change_is_listed_with_its_reason(month: Office) -> None:
    editor = month.browse("editor")
    assert post(editor, f"{JANUARY}/publish").status_code == 303
    page = editor.get(JANUARY).text
    assert "Publié le" in page
    assert "par Editor" in page
    assert "heures sans personne" in page
    assert "Publier ce mois" not in page
    form: dict[str, object] = {"from": "2027-01-03", "to": "2027-01-03", "senior": [month.seniors["David"]]}
    post(editor, "/patterns/cardio/templates/offered")
    form["template"] = [str(number) for number in range(1, 9)]
    shown = editor.get("/patterns/cardio", query_string=form).text
    assert post(editor, "/patterns/cardio/apply", **fields(shown), why="Oubli du dimanche").status_code == 303
    page = editor.get(JANUARY).text
    assert "modifié une fois" in page
    assert "Editor\u202f: Oubli du dimanche" in page
    assert "Inscrit\u202f: dim. 3 janv., 08:30–18:30 David Leroy" in page


def test_a_month_is_published_once(month: Office) -> None:
    editor = month.browse("editor")
    post(editor, f"{JANUARY}/publish")
    post(editor, f"{JANUARY}/publish")
    assert "déjà publié" in editor.get(JANUARY).text


def test_an_empty_month_is_not_published(office: Office) -> None:
    editor = office.browse("editor")
    post(editor, f"{JANUARY}/publish")
    page = editor.get(JANUARY).text
    assert "Remplissez d&#39;abord le mois" in page
    assert "Personne n&#39;est encore inscrit" in page


def test_everybody_finds_what_he_bears_and_what_began_in_december_is_decembers(month: Office) -> None:
    page = month.browse("reader").get(JANUARY).text
    extracts = page[page.index('id="extracts"') :]
    amelie, bruno = row(extracts, "Amélie Durand"), row(extracts, "Bruno Petit")
    assert re.findall(r'<td class="number">(\d+)</td>', amelie) == ["1", "0", "1", "24"]
    assert re.findall(r'<td class="number">(\d+)</td>', bruno) == ["0", "0", "0", "0"]


def test_the_table_and_an_extract_are_pdf_with_a_title_and_a_language(month: Office) -> None:
    reader = month.browse("reader")
    for url in (f"{JANUARY}/table.pdf", f"{JANUARY}/{month.seniors['Amélie']}.pdf"):
        reply = reader.get(url)
        assert (reply.status_code, reply.mimetype) == (200, "application/pdf")
        assert reply.data.startswith(b"%PDF-")
        assert b"/Lang" in reply.data


def test_who_is_not_on_the_table_has_no_extract(month: Office) -> None:
    assert month.browse("reader").get(f"{JANUARY}/{month.seniors['Gaëlle']}.pdf").status_code == 404


@pytest.mark.parametrize("wrong", ["2027-13", "2027-1", "janvier", "1999-01", "2027-00"])
def test_a_month_that_does_not_exist_is_not_found(office: Office, wrong: str) -> None:
    assert office.browse("editor").get(f"/months/cardio/{wrong}").status_code == 404


def test_the_wards_address_leads_to_the_month_to_be_fixed(office: Office) -> None:
    assert re.fullmatch(r"/months/cardio/\d{4}-\d\d", office.browse("reader").get("/months/cardio").location)


@pytest.mark.parametrize("page", ["/months/cardio", JANUARY, f"{JANUARY}/table.pdf", f"{JANUARY}/1.pdf"])
def test_another_wards_months_are_nobodys_business(month: Office, page: str) -> None:
    assert month.browse("elsewhere").get(page).status_code == 404
    assert month.browse().get(page).status_code == 303
    for name in ("admin", "editor", "reader", "switchboard"):
        assert month.browse(name).get(page).status_code in (200, 303)


def test_who_may_only_read_does_not_publish(month: Office) -> None:
    assert "Publier ce mois" not in month.browse("reader").get(JANUARY).text
    assert post(month.browse("reader"), f"{JANUARY}/publish").status_code == 403
    assert post(month.browse("elsewhere"), f"{JANUARY}/publish").status_code == 404


def test_english_is_complete(month: Office, editor_in_english: FlaskClient) -> None:
    page = editor_in_english.get(JANUARY).text
    assert "Draft" in page
    assert "New Year" in page
    assert editor_in_english.get(f"{JANUARY}/table.pdf").status_code == 200


@pytest.fixture
def editor_in_english(office: Office) -> FlaskClient:
    browser = office.browse("editor")
    post(browser, "/account/language", language="en")
    return browser
