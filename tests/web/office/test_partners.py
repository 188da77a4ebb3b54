"""The partner directory's pages: a doctor registers himself and is approved; practices; agreements; the newsletter."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from callbacks.tables import outbox
from scheduling import practices as kept
from scheduling.directories import opt_ins
from scheduling.partner_tables import registrations
from scheduling.practices import doctors_at
from scheduling.tables import practitioner_phones, practitioners
from tests.web.office.conftest import Office, post

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
INES = {"name": "Dr Inès Morel", "phone": ["06 39 98 01 85", ""], "email": "ines@cabinet.example", "newsletter": "1"}


def sends(visitor: FlaskClient, path: str, **form: object) -> tuple[int, str]:
    """A form of the public pages, as that page shows it; the status, and where it leads or what it says."""
    token = TOKEN.search(visitor.get(path).text)
    assert token
    reply = visitor.post(path, data={"csrf_token": unescape(token[1]), **form})
    return reply.status_code, reply.location or unescape(reply.text)


def code(office: Office) -> str:
    with office.engine.connect() as conn:
        body = conn.execute(select(outbox.c.body).where(outbox.c.purpose == "registration")).scalar_one()
    found = re.search(r"\b\d{6}\b", body)
    assert found
    return found[0]


def registers(office: Office) -> None:
    """Dr Inès Morel, by herself, to the thanks."""
    ines = office.browse()
    assert sends(ines, "/inscription", **INES) == (303, "/inscription/code")
    assert "SMS" in ines.get("/inscription/code").text
    assert sends(ines, "/inscription/code", code="000 000" if code(office) != "000000" else "1")[1].endswith("/code")
    assert sends(ines, "/inscription/code", code=code(office)) == (303, "/inscription/merci")
    assert "Merci" in ines.get("/inscription/merci").text
    assert ines.get("/inscription/code").location == "/inscription"  # nothing is left in her browser


def test_a_doctor_registers_is_approved_and_found(office: Office) -> None:
    registers(office)
    admin = office.browse("admin")
    page = unescape(admin.get("/registrations").text)
    assert "Dr Inès Morel" in page
    assert "A prouvé le 06 39 98 01 85 par SMS" in page
    door = re.search(r'action="(/registrations/[^"]+)"', page)
    assert door
    assert post(admin, door[1], do="approve", into="").location == "/registrations"
    assert "Dites d'abord qui c'est" in unescape(admin.get("/registrations").text)
    approved = post(admin, door[1], do="approve", into="new")
    assert approved.location.startswith("/practitioners/")
    shown = unescape(admin.get(approved.location).text)
    assert "il est à l'annuaire, et prévenu" in shown
    assert "D'accord depuis le" in shown
    assert "Personne n'attend" in unescape(admin.get("/registrations").text)
    assert "ines@cabinet.example" in admin.get("/practitioners/newsletter.csv").text
    assert post(admin, door[1], do="refuse").location == "/registrations"  # somebody else was quicker
    with office.engine.connect() as conn:
        assert [one.name for one in opt_ins.readers(conn)] == ["Dr Inès Morel"]


def chosen(page: str) -> list[str]:
    """What is chosen before anybody has touched it, of who he is."""
    return re.findall(r'name="into" value="(\w+)" required checked', page)


def test_nobody_is_joined_with_somebody_of_his_name_before_it_was_chosen(office: Office) -> None:
    registers(office)
    admin = office.browse("admin")
    assert chosen(admin.get("/registrations").text) == ["new"]
    namesake = office.add(practitioners, name="Morel Inès")
    with office.engine.begin() as conn:
        conn.execute(practitioner_phones.insert().values(practitioner_id=namesake, phone="+33199003005"))
    page = unescape(admin.get("/registrations").text)
    assert f'value="{namesake}" required>' in page
    assert chosen(page) == []


def test_what_she_did_not_prove_is_marked(office: Office) -> None:
    registers(office)
    page = unescape(office.browse("admin").get("/registrations").text)
    mobile, mail = page.index("06 39 98 01 85</span>"), page.index("<dd>ines@cabinet.example")
    assert "non prouvé" not in page[mobile : page.index("</dd>", mobile)]
    assert "non prouvé" in page[mail : page.index("</dd>", mail)]


def test_a_registration_that_no_key_opens_can_be_refused_and_breaks_no_page(office: Office) -> None:
    registers(office)
    with office.engine.begin() as conn:
        conn.execute(registrations.update().values(said=b"?"))
    admin = office.browse("admin")
    page = unescape(admin.get("/registrations").text)
    assert "Inscription illisible" in page
    door = re.search(r'action="(/registrations/[^"]+)"', page)
    assert door
    post(admin, door[1], do="refuse")
    assert "Personne n'attend" in unescape(admin.get("/registrations").text)


def test_who_is_refused_is_gone(office: Office) -> None:
    registers(office)
    admin = office.browse("admin")
    door = re.search(r'action="(/registrations/[^"]+)"', admin.get("/registrations").text)
    assert door
    post(admin, door[1], do="refuse")
    assert "Morel" not in admin.get("/registrations").text
    assert "Morel" not in admin.get("/practitioners").text


def test_what_is_wrong_is_said_and_what_was_typed_stays(office: Office) -> None:
    status, page = sends(office.browse(), "/inscription", **INES | {"phone": "01 99 00 30 05"})
    assert status == 422
    assert "Il faut un mobile français pour recevoir le code." in page
    assert 'value="Dr Inès Morel"' in page


def test_a_code_without_a_registration_leads_back_to_its_beginning(office: Office) -> None:
    stranger = office.browse()
    assert stranger.get("/inscription/code").location == "/inscription"


@pytest.fixture
def nora(office: Office) -> int:
    id = office.add(practitioners, name="Dr Nora Blanc", email="nora@cabinet.example")
    with office.engine.begin() as conn:
        conn.execute(practitioner_phones.insert().values(practitioner_id=id, phone="+33639980186"))
    return id


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found
    return found[1]


def test_a_practice_is_added_with_its_doctor_and_her_page_says_where_she_works(office: Office, nora: int) -> None:
    admin = office.browse("admin")
    lilas = {"name": "Maison des Lilas", "kind": "group", "phone": "01 99 00 30 09", "town": "Les Lilas"}
    wrong = post(admin, "/practices/new", **lilas | {"add": "Zoé"})
    assert wrong.status_code == 422
    assert "Personne à l'annuaire ne correspond" in unescape(wrong.text)
    made = post(admin, "/practices/new", **lilas | {"add": "nora"})
    assert "Dr Nora Blanc" in admin.get(made.location).text
    assert "Maison des Lilas" in admin.get(f"/practitioners/{nora}").text
    assert "Maison des Lilas" in admin.get("/practices").text
    with office.engine.connect() as conn:
        assert list(doctors_at(conn, "+33199003009")) == [nora]
    gone = post(admin, f"{made.location}/remove", seen=seen(admin.get(made.location).text))
    assert gone.location == "/practices"
    with office.engine.connect() as conn:
        assert kept.every(conn) == []


def test_an_agreement_needs_its_source_and_can_be_taken_back(office: Office, nora: int) -> None:
    admin, door = office.browse("admin"), f"/practitioners/{nora}/agreements"
    post(admin, door, purpose="newsletter", do="give", source=" ")
    for nobody_agreed in ("2199-01-01", "2026-02-30", "0001-01-01"):
        post(admin, door, purpose="newsletter", do="give", source="Réunion", given_on=nobody_agreed)
    assert "nora@" not in admin.get("/practitioners/newsletter.csv").text
    post(admin, door, purpose="newsletter", do="give", source="Réunion", given_on="2026-03-12")
    assert "nora@cabinet.example;;;Réunion;2026-03-12" in admin.get("/practitioners/newsletter.csv").text
    post(admin, door, purpose="newsletter", do="take_back")
    assert "nora@" not in admin.get("/practitioners/newsletter.csv").text
    assert "D'accord du" in unescape(admin.get(f"/practitioners/{nora}").text)


def test_what_she_prefers_is_kept(office: Office, nora: int) -> None:
    admin, path = office.browse("admin"), f"/practitioners/{nora}"
    form = {"name": "Dr Nora Blanc", "phone": "06 39 98 01 86", "postcode": "75014", "preferred": "mssante"}
    saved = post(admin, path, **form | {"reach": "noon", "seen": seen(admin.get(path).text)})
    assert saved.status_code == 303
    page = unescape(admin.get(path).text)
    assert '<option value="mssante" selected>' in page
    assert '<option value="noon" selected>' in page
    assert "Il préfère MSSanté, et n'y a pas d'adresse" in page
