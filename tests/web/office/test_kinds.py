"""The pages of what may be asked: who changes them, what is refused, and which line answers for a ward."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from callbacks.kinds import store
from callbacks.kinds.kind import Kind, defaults
from scheduling.tables import wards
from tests.web.office.conftest import Office, post

LETTER = "/kinds/letter"


def words(reply: TestResponse) -> str:
    """The page without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", reply.text)).split())


def fields(html: str) -> dict[str, list[str]]:
    """What the form of a kind sends as it stands."""
    form = html[html.index('class="form card"') :]
    form = form[: form.index("</form>")]
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]+>", form):
        has = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if has.get("type") != "checkbox" or " checked" in tag:
            sent.setdefault(has["name"], []).append(unescape(has.get("value", "")))
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        sent[name] = [value for value, chosen in re.findall(r'<option value="([^"]*)"( selected)?', options) if chosen]
    return sent


def sends(
    browser: FlaskClient, url: str, changed: Mapping[str, Any] | None = None, do: str = "save", without: str = ""
) -> TestResponse:
    """He opens the page, changes fields, and presses a button."""
    sent = fields(browser.get(url).text) | dict(changed or {})
    return browser.post(url, data={name: value for name, value in sent.items() if name != without} | {"do": do})


def counts(office: Office, slug: str, code: str = "letter") -> Kind:
    with office.engine.begin() as conn:
        return store.of_ward(conn, office.wards[slug], code)


@pytest.mark.parametrize(("who", "status"), [("admin", 200), ("editor", 403), ("", 303)])
def test_what_may_be_asked_is_the_administrators(office: Office, who: str, status: int) -> None:
    assert office.browse(who).get(LETTER).status_code == status


@pytest.mark.parametrize("url", ["/kinds/surgery", "/kinds/letter/999999", "/kinds/letter/99999999999999999999"])
def test_what_is_no_kind_and_no_hospital_is_no_page(office: Office, url: str) -> None:
    assert office.browse("admin").get(url).status_code == 404


@pytest.mark.parametrize("code", defaults())
def test_a_form_that_is_sent_as_it_stands_changes_nothing(office: Office, code: str) -> None:
    admin = office.browse("admin")
    assert sends(admin, f"/kinds/{code}").status_code == 303
    assert counts(office, "cardio", code) == defaults()[code]


def test_one_hospital_takes_two_days_for_a_letter_and_the_others_one(office: Office) -> None:
    admin = office.browse("admin")
    url = f"{LETTER}/{office.hospitals['Cochin']}"
    assert sends(admin, url, {"days": "2"}).status_code == 303
    assert str(counts(office, "cardio").clock) == "2 working days"
    assert counts(office, "gastro") == defaults()["letter"]
    page = words(admin.get("/kinds"))
    assert "2 jours ouvrés" in page[page.index("Cochin") :]
    assert "2 jours ouvrés" not in page[: page.index("Cochin")]
    said = words(admin.get("/trail"))
    assert "Lettre de sortie non parvenue (Cochin)" in said
    assert "1 jour ouvré" in said
    assert sends(admin, url, do="reset").status_code == 303
    assert counts(office, "cardio") == defaults()["letter"]


CLOCKS = [
    ({"sort": "elapsed", "hours": "36"}, "36h"),
    ({"sort": "open", "hours": "1,5", "at_most": "24"}, "90m open, 24h at most"),
    ({"sort": "working", "days": "3"}, "3 working days"),
    ({"sort": "before", "lead": "3", "hours": "4", "at_most": "12"}, "3h before event, else 4h open, 12h at most"),
]


@pytest.mark.parametrize(("typed", "clock"), CLOCKS)
def test_a_deadline_is_typed_in_fields(office: Office, typed: dict[str, str], clock: str) -> None:
    assert sends(office.browse("admin"), LETTER, typed).status_code == 303
    assert str(counts(office, "cardio").clock) == clock


REFUSED = [
    (LETTER, {"days": "0"}, "Ce délai ne peut pas être lu"),
    (LETTER, {"sort": "moons"}, "Ce délai ne peut pas être lu"),
    (LETTER, {"sort": "elapsed", "hours": "soon"}, "Ce délai ne peut pas être lu"),
    (LETTER, {"key": "2"}, "Deux demandes auraient la touche 2"),
    (LETTER, {"key": "44"}, "Une touche est 2, ou 3"),
    (LETTER, {"team": "pharmacy"}, "Équipe inconnue : pharmacy"),
    (LETTER, {"outcomes": ["DOCUMENT"]}, "« Autre » manque"),
    ("/kinds/advice", {"hours": "25"}, "24 heures au plus"),
]


@pytest.mark.parametrize(("url", "typed", "why"), REFUSED)
def test_what_would_not_be_kept_is_refused_with_a_sentence(
    office: Office, url: str, typed: dict[str, Any], why: str
) -> None:
    reply = sends(office.browse("admin"), url, typed)
    assert reply.status_code == 422
    assert why in words(reply)
    assert counts(office, "cardio") == defaults()["letter"]


def test_advice_is_always_offered(office: Office) -> None:
    reply = sends(office.browse("admin"), "/kinds/advice", without="offered")
    assert reply.status_code == 422
    assert "reste toujours proposé" in words(reply)


def test_two_administrators_do_not_undo_each_other(office: Office) -> None:
    first, second = office.browse("admin"), office.browse("admin")
    seen = fields(second.get(LETTER).text)
    sends(first, LETTER, {"days": "2"})
    reply = second.post(LETTER, data={**seen, "days": "3", "do": "save"})
    assert reply.status_code == 409
    assert str(counts(office, "cardio").clock) == "2 working days"


# Which line answers for a ward ----------------------------------------------------------------------------------------


@pytest.fixture
def beds(office: Office) -> dict[str, int]:
    """Cochin has two bed desks."""
    hospital = office.hospitals["Cochin"]
    return {
        name: office.add(wards, slug=name, hospital_id=hospital, name=name.title(), keypad="235", role="bed_desk")
        for name in ("nord", "sud")
    }


def test_an_administrator_chooses_which_bed_desk_answers_for_a_ward(office: Office, beds: dict[str, int]) -> None:
    admin = office.browse("admin")
    assert "Cellule des lits" in words(admin.get("/wards/cardio"))
    assert post(admin, "/wards/cardio/desks", bed_desk=str(beds["sud"])).status_code == 303
    with office.engine.begin() as conn:
        assert store.team_of(conn, office.wards["cardio"], "bed_desk") == beds["sud"]
        assert store.team_of(conn, office.wards["pneumo"], "bed_desk") == office.wards["pneumo"]
    assert "a choisi les équipes de Cardiologie" in words(admin.get("/trail"))
    assert post(admin, "/wards/cardio/desks", bed_desk="").status_code == 303
    with office.engine.begin() as conn:
        assert conn.execute(text("select count(*) from desks")).scalar_one() == 0


@pytest.mark.parametrize("slug", ["cardio", "gastro"])
def test_no_ward_is_answered_for_by_a_ward_or_by_another_hospital(
    office: Office, beds: dict[str, int], slug: str
) -> None:
    wrong = office.wards["pneumo"] if slug == "cardio" else beds["nord"]
    assert post(office.browse("admin"), f"/wards/{slug}/desks", bed_desk=str(wrong)).status_code == 400


def test_an_editor_sees_who_answers_and_changes_nothing(office: Office, beds: dict[str, int]) -> None:
    editor = office.browse("editor")
    assert "Qui répond pour ce service" in words(editor.get("/wards/cardio"))
    assert post(editor, "/wards/cardio/desks", bed_desk=str(beds["sud"])).status_code == 403


def test_the_list_of_wards_says_which_line_is_a_desk(office: Office, beds: dict[str, int]) -> None:
    page = words(office.browse("admin").get("/wards"))
    assert page.count("Cellule des lits") == len(beds)
