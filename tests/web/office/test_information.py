"""What callers are told of their data: by the public page, as administrators wrote it and as rules were approved."""

from html import unescape
from re import sub

import pytest
from sqlalchemy import text

from callbacks.retention import rules
from callbacks.retention.kinds import Kind
from config import clock
from config.doctor import privacy
from scheduling.planning.trail import Actor
from tests.web.office.conftest import Office, post

GONE = "01 99 00 24 00"
FORM = {
    "controller": "Assistance publique de Fiction",
    "officer": "La déléguée à la protection des données",
    "mail": "dpo@hopital.example",
    "phone": "01 99 00 24 07",
    "post": "12 rue de la Fiction\n75014 Paris",
    "basis": "public",
}


def read(office: Office, path: str = "/informations") -> str:
    """A page that anyone may read, without its markup."""
    reply = office.browse().get(path)
    assert reply.status_code == 200
    return " ".join(unescape(sub(r"<[^>]+>", " ", reply.text)).split())


def approves(office: Office, kind: Kind, days: int | None, hospital: str | None = None) -> None:
    """Somebody who answers for it approved a rule."""
    with office.engine.begin() as conn:
        where = None if hospital is None else office.hospitals[hospital]
        rules.approve(conn, clock.read(conn), Actor(None, "test"), kind, days, "La déléguée", where)


def writes(office: Office, hospital: str | None, **said: str) -> int:
    """An administrator fills in the form of a hospital, or of the house, as he finds it."""
    admin, path = office.browse("admin"), f"/information/{office.hospitals[hospital] if hospital else 0}"
    seen = admin.get(path).text.split('name="seen" value="')[1].split('"')[0]
    return post(admin, path, **FORM | {"seen": seen} | said).status_code


def test_the_public_page_invents_nothing(office: Office) -> None:
    page = read(office)
    assert "Messages vocaux : aucune durée n'a encore été approuvée, rien n'est effacé d'office" in page
    assert f"demandez-le au standard. {GONE}" in page
    assert "Responsable du traitement : l'établissement Cochin" in page
    assert "jours" not in page


def test_the_public_page_says_what_was_approved_and_whom_to_ask(office: Office) -> None:
    assert writes(office, None) == 303
    assert writes(office, "Avicenne", controller="Hôpital Avicenne", phone="", basis="legitimate") == 303
    approves(office, Kind.RECORDINGS, 30)
    approves(office, Kind.RECORDINGS, 60, "Avicenne")
    avicenne, cochin = read(office).split("À qui s'adresser")[1:]
    assert "Responsable du traitement : Hôpital Avicenne" in avicenne
    assert "Messages vocaux : 60 jours" in avicenne
    assert "01 99 00 24 07" not in avicenne
    assert "Responsable du traitement : Assistance publique de Fiction" in cochin
    assert "dpo@hopital.example 01 99 00 24 07 12 rue de la Fiction, 75014 Paris" in cochin
    assert "Messages vocaux : 30 jours" in cochin
    assert "mission d'intérêt public" in read(office)
    assert "intérêt légitime" in read(office)


def test_it_is_read_in_english_too_and_stays_so(office: Office) -> None:
    assert "Controller: the establishment Cochin" in read(office, "/informations?lang=en")


def test_an_administrator_sees_what_is_missing_and_the_doctor_says_it_too(office: Office) -> None:
    admin = office.browse("admin")
    before = unescape(admin.get("/information").text)
    assert before.count("Personne à qui s'adresser : il manque") == 2
    assert "Durées sans règle approuvée : Messages vocaux · Messages écrits" in before
    assert ["Avicenne, Cochin" in found for found in doctor(office)] == [True, False]
    assert "answers, callers, pictures, readings, recordings" in doctor(office)[1]
    writes(office, None)
    for kind in Kind:
        approves(office, kind, 1095 if kind is Kind.READINGS else 365 if kind is Kind.CALLERS else 180)
    assert admin.get("/information").text.count("Rien ne manque.") == 2
    assert doctor(office) == []


def doctor(office: Office) -> list[str]:
    """What `rappel24 doctor` says of it."""
    with office.engine.begin() as conn:
        return [found.what for found in privacy.told(conn)]


def test_what_two_people_write_at_once_is_not_lost(office: Office) -> None:
    admin, path = office.browse("admin"), "/information/0"
    seen = admin.get(path).text.split('name="seen" value="')[1].split('"')[0]
    assert writes(office, None) == 303
    stale = post(admin, path, **FORM | {"seen": seen, "officer": "Quelqu'un d'autre"})
    assert stale.status_code == 409
    assert "Quelqu&#39;un d&#39;autre" in stale.text  # his words are not lost either
    assert "La déléguée" in read(office)
    with office.engine.begin() as conn:
        who = conn.execute(text("select actor from audit where what = 'information.changed'")).scalars().all()
    assert who == ["Admin"]


WRONG = [
    ({"mail": "nobody"}, "error-mail"),
    ({"phone": "12"}, "error-phone"),
    ({"post": "x" * 301}, "error-post"),
    ({"controller": "x" * 201}, "error-controller"),
    ({"basis": "because"}, "error-basis"),
]


def test_what_is_wrong_is_refused_in_words_and_nothing_is_saved(office: Office) -> None:
    admin = office.browse("admin")
    seen = admin.get("/information/0").text.split('name="seen" value="')[1].split('"')[0]
    for typed, fault in WRONG:
        reply = post(admin, "/information/0", **FORM | {"seen": seen} | typed)
        assert (reply.status_code, fault in reply.text) == (422, True), typed
    assert "aucune" in read(office)
    assert "dpo@hopital.example" not in read(office)


@pytest.mark.parametrize("who", ["editor", "switchboard"])
def test_writing_it_is_the_administrators_alone(office: Office, who: str) -> None:
    browser = office.browse(who)
    assert {browser.get(path).status_code for path in ("/information", "/information/0")} == {403}
    assert post(browser, "/information/0", **FORM).status_code == 403
    assert office.browse("admin").get("/information/999").status_code == 404
