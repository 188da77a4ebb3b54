"""The history at its door: every word of it is a sentence, an editor reads his wards', filters keep to themselves."""

import ast
import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest

from config import clock, texts
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from tests.web.office.conftest import Office, post
from web.office.trail import ROOMS

ROOT = Path(__file__).parent.parent.parent.parent
WORD = re.compile(rf"({'|'.join(ROOMS)})\.[a-z_]+")


def written(office: Office, what: str, ward: str = "", subject: str = "Amélie", **more: object) -> None:
    with office.engine.begin() as conn:
        by = Actor(office.accounts[str(more.pop("account", "admin"))], str(more.pop("name", "Admin")))
        ward_id = office.wards[ward] if ward else None
        trail.record(conn, clock.read(conn), by, what, ward_id=ward_id, subject=subject, **more)  # type: ignore[arg-type]


def recorded() -> set[str]:
    """Every word that somebody writes into the trail. Whole sentences have keys that look alike, but not in there."""
    found: set[str] = set()
    for folder in ("scheduling", "callbacks"):
        for path in (ROOT / folder).rglob("*.py"):
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            said = (str(node.value) for node in nodes if isinstance(node, ast.Constant))
            found |= {word for word in said if WORD.fullmatch(word)}
    tables = {f"{table}.id" for table in ("account", "person", "practitioner", "hospital", "ward")}
    return found - tables - {"ladder.toml", "retention.toml"}


def test_whatever_is_written_into_the_history_has_a_sentence_there() -> None:
    found = recorded()
    assert {"rota.swap", "ward.changed", "account.locked", "leave.added", "phone.verified"} <= found
    assert {word for word in found if f"trail.what_{word.replace('.', '_')}" not in texts.keys("trail")} == set()


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_sentence_of_the_history_follows_a_name(language: str) -> None:
    for key in texts.keys("trail"):
        if key.startswith("trail.what_"):
            said = texts.template(key, language)
            assert said[0].islower(), key
            assert "{name}" not in said, key


def test_a_change_of_the_rota_is_told_with_who_and_when(office: Office) -> None:
    shift = {"id": 1, "rank": 1, "person_id": 1, "person": "Amélie Durand"}
    night = {"start": "2026-11-23T17:30:00+00:00", "end": "2026-11-24T07:30:00+00:00"}
    other = {**shift, "person": "Bruno Petit"}
    detail = {"removed": [{**shift, **night}], "added": [{**other, **night}]}
    written(office, "rota.hand", "cardio", detail=detail, why="grippe")
    page = office.browse("editor").get("/trail").text
    assert "a confié un créneau à un autre" in page
    assert "<del>Amélie Durand, rang 1, lun. 23 nov. 2026 18:30 – mar. 24 nov. 2026 08:30</del>" in page
    assert "<ins>Bruno Petit, rang 1, lun. 23 nov. 2026 18:30 – mar. 24 nov. 2026 08:30</ins>" in page
    assert "Raison\u202f: grippe" in page


def test_an_absence_is_told_with_its_hours(office: Office) -> None:
    hours = {"start": "2026-12-23T23:00:00+00:00", "end": "2026-12-26T23:00:00+00:00"}
    written(office, "leave.removed", "cardio", detail={"leave": {"id": 1, "kind": "leave", **hours}})
    page = office.browse("editor").get("/trail").text
    assert "<del>jeu. 24 déc. 2026 00:00 – dim. 27 déc. 2026 00:00</del>" in page


def test_a_word_that_this_release_does_not_know_stands_as_it_is(office: Office) -> None:
    written(office, "rota.unheard_of", "cardio", detail={"before": {"thing": "a"}, "after": {"thing": "b"}})
    page = office.browse("admin").get("/trail").text
    assert "rota.unheard_of" in page
    assert "<del>a</del>" in page


def test_an_editor_reads_of_his_wards_and_nothing_else(office: Office) -> None:
    for subject, ward in (("CARDIO-LINE", "cardio"), ("PNEUMO-LINE", "pneumo"), ("HOUSE-LINE", "")):
        written(office, "ward.changed", ward, subject=subject)
    editor = office.browse("editor")
    for url in ("/trail", "/trail/export.csv"):
        page = editor.get(url).text
        assert "CARDIO-LINE" in page
        assert "PNEUMO-LINE" not in page
        assert "HOUSE-LINE" not in page
    post(editor, "/trail/search", ward="pneumo")  # as if he had written the address himself
    assert "PNEUMO-LINE" not in editor.get("/trail").text
    post(editor, "/trail/search", text="line")
    assert "PNEUMO-LINE" not in editor.get("/trail").text
    assert "PNEUMO-LINE" in office.browse("admin").get("/trail").text


FILTERS = [
    ({"ward": "pneumo"}, {"B"}),
    ({"who": "editor"}, {"C"}),
    ({"what": "person"}, {"C"}),
    ({"what": "ward"}, {"A", "B"}),
    ({"text": "grippe"}, {"B"}),
    ({"text": "line c"}, {"C"}),
    ({"since": "tomorrow"}, set()),
    ({"until": "yesterday"}, set()),
    ({"since": "yesterday", "until": "tomorrow"}, {"A", "B", "C"}),
    ({"since": "not a day", "who": "x", "what": "all"}, {"A", "B", "C"}),
    ({"ward": "nowhere"}, set()),
]


@pytest.mark.parametrize(("asked", "found"), FILTERS)
def test_the_history_is_filtered(office: Office, asked: dict[str, str], found: set[str]) -> None:
    written(office, "ward.changed", "cardio", subject="Line A")
    written(office, "ward.changed", "pneumo", subject="Line B", why="La grippe")
    written(office, "person.changed", "cardio", subject="Line C", account="editor", name="Editor")
    with office.engine.begin() as conn:
        today = clock.read(conn).now.date()
    days = {"tomorrow": today + timedelta(days=2), "yesterday": today - timedelta(days=2)}
    said = {name: str(days.get(value, office.accounts.get(value, value))) for name, value in asked.items()}
    admin = office.browse("admin")
    post(admin, "/trail/search", **said)
    page = admin.get("/trail").text
    assert {line for line in "ABC" if f"Line {line}" in page} == found


def test_fifty_lines_at_a_time_and_none_is_missed(office: Office) -> None:
    for number in range(120):
        written(office, "ward.changed", "cardio", subject=f"<{number:03}>")
    admin, url, met = office.browse("admin"), "/trail", []
    while url:
        page = admin.get(url).text
        met += [number for number in range(120) if f"&lt;{number:03}&gt;" in page]
        older = page.partition('rel="next" href="')[2].partition('"')[0]
        url = older
    assert sorted(met) == list(range(120))


def test_what_people_typed_is_no_formula_in_a_spreadsheet(office: Office) -> None:
    written(office, "ward.changed", "cardio", why="=cmd|' /C calc'!A0")
    text = office.browse("admin").get("/trail/export.csv").data.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text), delimiter=";")
    assert row["Raison"].startswith("'=")
    assert row["Qui"] == "Admin"
    assert row["Service"] == "Cardiologie"


def test_the_statement_is_for_anyone_in_both_languages_and_claims_no_audit(office: Office) -> None:
    guest = office.browse()
    assert "Non conforme au RGAA 4.1" in guest.get("/accessibility").text
    english = guest.get("/accessibility?lang=en").text
    assert 'lang="en"' in english
    assert "Not compliant" in english
    assert "Défenseur des droits" in english
