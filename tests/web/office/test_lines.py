"""The public page of lines: a GP without any account finds a ward's code and hours, and takes them home on a card."""

from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from re import findall, sub

import pytest
from sqlalchemy import func, insert, update

from callbacks.commitment_tables import kinds
from callbacks.kinds.kind import defaults, settings
from scheduling.lines import House, Line
from scheduling.opening import Opening
from scheduling.tables import people, wards
from tests.web.office.conftest import Office
from web.office.lines import ON_A_FACE, ON_A_SHEET, sheet
from web.qr import qr

NO_ADMISSION = settings(replace(defaults()["admission"], offered=False))
PAGES = ("/lignes", "/lignes/affiche", "/lignes/cartes")


def text_of(html: str) -> str:
    """What is read on a page, without its markup."""
    return " ".join(unescape(sub(r"<[^>]+>", " ", html)).split())


def read(office: Office, path: str = "/lignes") -> str:
    """A page as a doctor in town reads it, who has no account."""
    reply = office.browse().get(path)
    assert reply.status_code == 200
    return text_of(reply.text)


def write(office: Office, slug: str, **values: object) -> None:
    """The ward's entry says so."""
    with office.engine.begin() as conn:
        conn.execute(update(wards).where(wards.c.id == office.wards[slug]).values(values))


def row(office: Office, ward: str) -> str:
    """The line of a ward in the table."""
    html = office.browse().get("/lignes").text
    return next(text_of(line) for line in findall(r"(?s)<tr>.*?</tr>", html) if f'"row">{ward}<' in line)


def test_a_gp_finds_the_code_the_hours_who_answers_at_night_and_when_that_was_checked(office: Office) -> None:
    by_day = {"opening": "mon-fri 08:30-18:30", "covered_by_id": office.wards["pneumo"]}
    write(office, "cardio", checked_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC), **by_day)
    assert row(office, "Cardiologie") == (
        "Cardiologie 227 Du lundi au vendredi : de 08:30 à 18:30 Fermé les jours fériés Pneumologie répond"
        " 21 novembre 2026"  # half past midnight in Paris
    )
    assert row(office, "Gastro-entérologie").endswith("fériés compris – ne ferme pas pas encore")


def test_a_ward_that_nobody_covers_promises_a_call_back(office: Office) -> None:
    write(office, "cardio", opening="mon-fri 08:30-18:30")
    assert "Message : rappel dans les 24 heures" in row(office, "Cardiologie")


def test_a_ward_that_is_not_open_yet_answers_for_nobody(office: Office) -> None:
    write(office, "cardio", opening="mon-fri 08:30-18:30", covered_by_id=office.wards["pneumo"])
    write(office, "pneumo", live_from=None)
    assert "Message : rappel dans les 24 heures" in row(office, "Cardiologie")


def test_two_wards_with_one_code_say_that_a_menu_follows(office: Office) -> None:
    assert "(menu)" not in row(office, "Cardiologie")
    write(office, "pneumo", keypad="227")
    assert row(office, "Cardiologie").startswith("Cardiologie 227 (menu)")
    write(office, "pneumo", keypad="763")
    write(office, "gastro", keypad="227")  # of the other hospital: its own table says nothing of it
    assert "(menu)" not in row(office, "Cardiologie")


@pytest.mark.parametrize("path", PAGES)
def test_a_bed_desk_is_not_offered(office: Office, path: str) -> None:
    path = f"{path}?hospital={office.hospitals['Cochin']}"
    assert "Pneumologie" in read(office, path)
    write(office, "pneumo", role="bed_desk")
    assert "Pneumologie" not in read(office, path)


@pytest.mark.parametrize("path", PAGES)
def test_nobody_is_named_to_the_public(office: Office, path: str) -> None:
    write(office, "cardio", head_id=office.seniors["Amélie"], coordinator_id=office.seniors["Bruno"])
    page = office.browse().get(path).text
    with office.engine.begin() as conn:
        everybody = conn.execute(people.select()).all()
    assert len(everybody) > 5
    assert [each.name for each in everybody if each.name in page or each.phone in page] == []


@pytest.mark.parametrize("path", PAGES)
def test_what_else_may_be_asked_stands_with_its_key(office: Office, path: str) -> None:
    assert "Admission directe 2 , Autre demande 3" in read(office, path)
    with office.engine.begin() as conn:
        conn.execute(insert(kinds).values(code="admission", settings=NO_ADMISSION, changed_at=func.now()))
    page = read(office, path)
    assert "Admission directe" not in page
    assert "Autre demande 3" in page


def test_appointments_are_made_where_the_hospital_says(office: Office) -> None:
    assert "Rendez-vous en ligne" not in read(office)
    write(office, "cardio", booking_url="https://rdv.example/cardio")
    write(office, "pneumo", booking_url="https://rdv.example/cochin", role="consultations")
    page = office.browse().get("/lignes").text
    assert 'href="https://rdv.example/cardio"' in page
    assert 'href="https://rdv.example/cochin"' in page
    assert '"row">Pneumologie' not in page


def test_the_pictures_say_the_number_and_the_address(office: Office) -> None:
    page = office.browse().get("/lignes").text
    drawn = [str(qr(said, fills=True)) for said in ("tel:+33199002424", "http://localhost/lignes")]
    assert [picture in page for picture in drawn] == [True, True]
    assert "01 99 00 24 24" in text_of(page)


def test_every_link_of_the_page_leads_somewhere(office: Office) -> None:
    browser = office.browse()
    ours = set(findall(r'<a [^>]*href="(/[^"#]*)"', browser.get("/lignes").text))
    assert {"/inscription", "/chiffres", "/informations"} <= ours
    gone = [link for link in ours if browser.get(unescape(link), follow_redirects=True).status_code != 200]
    assert gone == []


def test_a_poster_and_cards_are_of_one_hospital(office: Office) -> None:
    for path in PAGES[1:]:
        assert "427 Gastro-entérologie" in read(office, path), "the first by name, when none was asked for"
        cochin = read(office, f"{path}?hospital={office.hospitals['Cochin']}")
        assert "227 Cardiologie" in cochin
        assert "Gastro" not in cochin
        assert office.browse().get(f"{path}?hospital=999999").status_code == 404


def test_who_reads_english_is_told_so(office: Office) -> None:
    assert "The lines of Rappel24" in read(office, "/lignes?lang=en")
    write(office, "cardio", opening="mon-fri 08:30-18:30")
    assert "Monday to Friday" in read(office, "/lignes?lang=en")


def hospital_of(count: int) -> House:
    """One with so many wards."""
    names = (f"Service {number:03}" for number in range(count))
    return House(1, "Cochin", tuple(Line(name, "227", Opening(), "", None) for name in names))


@pytest.mark.parametrize(
    ("count", "cards"), [(1, 5), (45, 5), (46, 4), (90, 4), (91, 3), (270, 6)], ids=lambda value: str(value)
)
def test_every_code_stands_on_the_cards_as_often_as_any_other(count: int, cards: int) -> None:
    house = hospital_of(count)
    faces = sheet(house)
    assert len(faces) == cards
    assert all(0 < len(face) <= ON_A_FACE for face in faces)
    together = sorted(line.name for face in faces for line in face)
    assert together == sorted([line.name for line in house.lines] * max(ON_A_SHEET // len(set(faces)), 1))


def test_a_ward_that_gps_do_not_reach_yet_is_on_no_list_and_no_card(office: Office) -> None:
    write(office, "cardio", live_from=None)
    assert all("Cardiologie" not in read(office, page) for page in PAGES)
