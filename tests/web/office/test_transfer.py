"""A ward's rota comes in from a file, after a look at what would change; and goes out as one."""

import csv
import io
import re
from datetime import datetime
from html import unescape
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import Range
from werkzeug.test import TestResponse

from config import clock
from config.app import LARGEST_BODY
from scheduling import tables as t
from scheduling.accounts.tables import accounts
from scheduling.importing import import_rota, reading
from scheduling.planning import publication
from scheduling.planning import tables as p
from scheduling.planning.trail import Actor
from tests.scheduling.brought import calendar, cell, workbook
from tests.web.office.conftest import Office, csrf, post

NARROW = "\N{NARROW NO-BREAK SPACE}"
PARIS = ZoneInfo("Europe/Paris")
YEAR = {"from": "2026-11-01", "to": "2027-10-31"}
MONDAY = (
    "service;début;fin;rang;nom\n"
    "cardio;23/11/2026 08:30;23/11/2026 18:30;1;Dr DURAND\n"
    ";23/11/2026 18h30;24/11/2026 8h30;1;bruno petit\n"
)
AS_READ = ["1 Amélie 2026-11-23 08:30 – 2026-11-23 18:30", "1 Bruno 2026-11-23 18:30 – 2026-11-24 08:30"]


def look(browser: FlaskClient, data: bytes | str, name: str = "rota.csv", **form: object) -> TestResponse:
    """Choose a file on the page of cardiology, and see what it would change."""
    file = (BytesIO(data.encode() if isinstance(data, str) else data), name)
    sent = {"csrf_token": csrf(browser), **YEAR, **form, "file": file}
    reply = browser.post("/transfer/cardio/look", data=sent, content_type="multipart/form-data")
    reply.request.environ["wsgi.input"].close()  # a large body lies in a file of the test client's
    return reply


def fields(page: str) -> dict[str, str]:
    """What the form of a preview holds."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found if name not in ("csrf_token", "called")}


def take_over(browser: FlaskClient, seen: TestResponse, **form: object) -> TestResponse:
    """Press "Importer" under a preview."""
    return post(browser, "/transfer/cardio/apply", **{**fields(seen.text), "do": "apply", **form})


def words(reply: TestResponse) -> str:
    """What is read on a page."""
    inside = reply.text.split("<main", 1)[1]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", inside)).replace(NARROW, "").split())


def rota(office: Office, slug: str = "cardio") -> list[str]:
    """The ward's rota as one reads it."""
    during = t.shifts.c.during
    query = (
        select(t.shifts.c.rank, t.people.c.name, func.lower(during).label("start"), func.upper(during).label("end"))
        .join(t.people, t.people.c.id == t.shifts.c.person_id)
        .where(t.shifts.c.ward_id == office.wards[slug])
        .order_by(func.lower(during), t.shifts.c.rank)
    )
    with office.engine.connect() as conn:
        return [
            f"{row.rank} {row.name.split()[0]} {row.start.astimezone(PARIS):%Y-%m-%d %H:%M}"
            f" – {row.end.astimezone(PARIS):%Y-%m-%d %H:%M}"
            for row in conn.execute(query)
        ]


def trail(office: Office) -> list[tuple[str, str, int, int]]:
    """Who did what, and how many shifts left and came."""
    with office.engine.connect() as conn:
        rows = conn.execute(select(p.audit).order_by(p.audit.c.id)).all()
    return [(row.actor, row.what, len(row.detail["removed"]), len(row.detail["added"])) for row in rows]


# --- in -----------------------------------------------------------------------------------------------------------


def test_a_file_is_shown_then_taken_over_with_its_line_in_the_trail(office: Office) -> None:
    editor = office.browse("editor")
    seen = look(editor, MONDAY)
    assert seen.status_code == 200
    assert "2 ajoutés 0 retiré 0 inchangé" in words(seen)
    assert "lundi 23 novembre 2026 8h30 – 18h30 1 Amélie Durand Ajouté" in words(seen)
    assert "18h30 – 8h30 (le lendemain) 1 Bruno Petit Ajouté" in words(seen)
    assert (rota(office), trail(office)) == ([], [])  # only a look

    done = take_over(editor, seen)
    assert (done.status_code, done.location) == (303, "/rota/ward/cardio?month=2026-11")
    assert rota(office) == AS_READ
    assert trail(office) == [("Editor", "rota.import", 0, 2)]
    again = look(editor, MONDAY)
    assert "Le planning dit déjà tout" in words(again)
    assert 'value="apply"' not in again.text


def test_every_fault_is_told_with_its_place_and_nothing_is_taken_over(office: Office) -> None:
    editor = office.browse("editor")
    seen = look(
        editor,
        MONDAY + "cardio;24/11/2026 08:30;24/11/2026 07:30;1;Durand\n"
        "pneumo;24/11/2026 08:30;24/11/2026 18:30;1;Durand\n"
        ";23/11/2026 12:00;23/11/2026 14:00;1;Martin\n",
    )
    text = words(seen)
    assert "3 erreurs" in text
    assert "Ligne 4: la fin n'est pas après le début. Pour une nuit, indiquez la date du lendemain." in text
    assert "Ligne 5: cette ligne est du service «pneumo»." in text
    assert (
        "Ligne 6: Chloé Martin (lundi 23 novembre 2026, 12h00 – 14h00) et Amélie Durand"
        " (lundi 23 novembre 2026, 8h30 – 18h30, Ligne 2) se chevauchent au rang 1." in text
    )
    assert 'value="apply"' not in seen.text
    assert take_over(editor, seen).status_code == 200  # shown anew, whatever is pressed
    assert rota(office) == []


def test_a_name_that_nobody_has_is_settled_on_the_page(office: Office) -> None:
    editor = office.browse("editor")
    seen = look(editor, MONDAY.replace("bruno petit", "Petti").replace("Dr DURAND", "Interne"))
    assert "2 noms à préciser" in words(seen)
    assert "inconnu dans le service · 1 créneau · Ligne 3" in words(seen)
    bruno = office.seniors["Bruno"]
    assert re.search(rf'<optgroup label="Peut-être">\s*<option value="{bruno}">Bruno Petit', seen.text)

    answers = {"called": ["Petti", "Interne"], "is": [str(bruno), "0"]}
    shown = take_over(editor, seen, **answers, do="look")
    assert "1 ajouté" in words(shown)
    assert "Petti" in words(shown)  # still there, should he think again
    assert take_over(editor, shown, **answers).status_code == 303
    assert rota(office) == ["1 Bruno 2026-11-23 18:30 – 2026-11-24 08:30"]


def test_an_answer_names_a_senior_of_the_ward_and_nobody_else(office: Office) -> None:
    editor = office.browse("editor")
    seen = look(editor, MONDAY.replace("bruno petit", "Interne"))
    answers = {"called": "Interne", "is": str(office.seniors["Gaëlle"])}
    assert "1 nom à préciser" in words(take_over(editor, seen, **answers))
    assert rota(office) == []


def test_what_the_file_does_not_say_leaves_only_when_it_is_replaced(office: Office) -> None:
    office.shift("cardio", "Chloé", "2026-11-23 08:30", "2026-11-23 18:30")
    office.shift("cardio", "David", "2026-11-23 08:30", "2026-11-23 18:30", rank=2)
    office.shift("cardio", "David", "2026-11-24 00:00", "2026-11-24 18:30")
    editor = office.browse("editor")
    refused = look(editor, MONDAY)
    assert "Amélie Durand (lundi 23 novembre 2026, 8h30 – 18h30) et Chloé Martin" in words(refused)
    assert 'value="apply"' not in refused.text

    replaced = look(editor, MONDAY, replace="1")
    assert "3 ajoutés 2 retirés 0 inchangé" in words(replaced)
    assert take_over(editor, replaced).status_code == 303
    assert rota(office) == [
        AS_READ[0],
        "2 David 2026-11-23 08:30 – 2026-11-23 18:30",  # the file says nothing of rank 2
        AS_READ[1],
        "1 David 2026-11-24 08:30 – 2026-11-24 18:30",  # cut where the file ends
    ]


def test_a_preview_that_no_longer_holds_is_shown_anew(office: Office) -> None:
    editor = office.browse("editor")
    seen = look(editor, MONDAY, replace="1")
    office.shift("cardio", "Chloé", "2026-11-23 08:30", "2026-11-23 18:30")
    anew = take_over(editor, seen)
    assert anew.status_code == 422
    assert "Voici ce qui changerait maintenant" in words(anew)
    assert "2 ajoutés 1 retiré" in words(anew)
    assert rota(office) == ["1 Chloé 2026-11-23 08:30 – 2026-11-23 18:30"]
    assert take_over(editor, anew).status_code == 303
    assert rota(office) == AS_READ


def test_a_published_month_asks_why(office: Office) -> None:
    office.shift("cardio", "David", "2026-11-01 08:30", "2026-11-02 08:30")
    with office.engine.begin() as conn:
        moment = clock.read(conn)
        publication.publish(conn, moment, Actor(None, "test"), office.wards["cardio"], cell("2026-11-01").date())
    editor = office.browse("editor")
    seen = look(editor, MONDAY)
    assert 'name="why"' in seen.text
    assert take_over(editor, seen).status_code == 422
    assert take_over(editor, seen, why="Grippe").status_code == 303
    assert len(rota(office)) == 3
    with office.engine.connect() as conn:
        assert conn.scalars(select(p.audit.c.why).order_by(p.audit.c.id.desc()).limit(1)).one() == "Grippe"


def test_what_is_odd_is_told_before_it_is_done(office: Office) -> None:
    seen = look(office.browse("editor"), MONDAY.replace("Dr DURAND", "06 39 98 01 05"), name="rota.csv")
    assert "1 nom à préciser" in words(seen)  # a number in the column of names is no name
    by_phone = "début;fin;rang;téléphone\n23/11/2026 08:30;23/11/2026 18:30;1;06 39 98 01 05\n"
    assert "Élise Moreau n'est pas un médecin de ce service." in words(look(office.browse("editor"), by_phone))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (
            workbook(("Date", "Rang 1"), (cell("2026-11-23"), "DURAND A."), (cell("2026-11-24"), "Dr Petit")),
            "mois.xlsx",
        ),
        (
            calendar(
                "DTSTART;TZID=Europe/Paris:20261123T083000\nDURATION:PT24H\nSUMMARY:Astreinte Amélie Durand",
                "DTSTART:20261124T073000Z\nDURATION:PT24H\nSUMMARY:Astreinte\nDESCRIPTION:06 39 98 01 02",
            ),
            "agenda.ics",
        ),
    ],
)
def test_spreadsheets_and_calendars_come_in_the_same_way(office: Office, data: bytes, name: str) -> None:
    editor = office.browse("editor")
    assert take_over(editor, look(editor, data, name)).status_code == 303
    assert rota(office) == [
        "1 Amélie 2026-11-23 08:30 – 2026-11-24 08:30",
        "1 Bruno 2026-11-24 08:30 – 2026-11-25 08:30",
    ]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"from": "2026-13-01"}, "Indiquez un jour"),
        ({"from": "9999-12-31", "to": "9999-12-31"}, "Indiquez un jour"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "La fin est avant le début"),
        ({"from": "2026-11-01", "to": "2027-11-02"}, "trop longue"),
        ({"hand_over": "25:00"}, "L'heure de relève"),
    ],
)
def test_days_that_are_none_are_refused_beside_their_field(office: Office, form: dict[str, str], sentence: str) -> None:
    reply = look(office.browse("editor"), MONDAY, **form)
    assert reply.status_code == 422
    assert sentence in words(reply)
    assert 'aria-invalid="true"' in reply.text


def test_the_pages_speak_english_too(office: Office) -> None:
    with office.engine.begin() as conn:
        conn.execute(update(accounts).values(language="en"))
    editor = office.browse("editor")
    assert "Import a file" in words(editor.get("/transfer/cardio"))
    seen = words(look(editor, MONDAY + ";;24/11/2026 18:30;;Durand\n"))
    assert "Line 4: its start or end is missing. Fill it in." in seen
    assert "Monday 23 November 2026 8:30 – 18:30 1 Amélie Durand Added 18:30 – 8:30 (next day)" in seen


def test_no_file_is_told(office: Office) -> None:
    reply = post(office.browse("editor"), "/transfer/cardio/look", **YEAR)
    assert (reply.status_code, "Choisissez d'abord un fichier." in words(reply)) == (422, True)


def test_a_hostile_file_is_refused_with_a_sentence_on_the_page(office: Office) -> None:
    reply = look(office.browse("editor"), workbook(("Nom", "Début", "Fin"), ("=1+1", 1, 2)), "f.xlsx")
    assert reply.status_code == 422
    assert "Une case de la feuille «Planning» est une formule (A2)." in words(reply)


def test_a_file_of_fifty_megabytes_is_refused_before_it_is_read(office: Office) -> None:
    editor = office.browse("editor")

    sent = BytesIO(b"--x" + bytes(50_000_000))
    reply = editor.post("/transfer/cardio/look", input_stream=sent, content_type="multipart/form-data; boundary=x")
    assert reply.status_code == 413
    assert "Il dépasse 5 Mo et n'a pas été lu." in words(reply)
    assert sent.tell() < LARGEST_BODY


def test_other_pages_keep_their_own_limit(office: Office) -> None:
    editor = office.browse("editor")
    assert post(editor, "/feeds/cardio/renew", person="x" * (LARGEST_BODY + 1)).status_code == 413
    refused = look(editor, MONDAY + "\n" * (reading.LARGEST - 200))
    assert (refused.status_code, "Il y a plus de 3000 lignes." in words(refused)) == (422, True)  # it was read


# --- what travels with the page -------------------------------------------------------------------------------------


def test_what_was_read_travels_sealed_and_belongs_to_one_account_and_ward(office: Office) -> None:
    editor, admin = office.browse("editor"), office.browse("admin")
    seen = look(editor, MONDAY)
    carried = fields(seen.text)["carried"]
    for browser, sent in ((admin, carried), (editor, carried[:-8] + "AAAAAAA="), (editor, ""), (editor, "é")):
        reply = take_over(browser, seen, carried=sent)
        assert (reply.status_code, reply.location) == (303, "/transfer/cardio")
    assert rota(office) == []
    with editor.session_transaction() as session:
        assert "choisissez le fichier de nouveau" in str(dict(session)["_flashes"])


def test_a_preview_of_yesterday_is_too_old(office: Office) -> None:
    editor = office.browse("editor")
    seen = look(editor, MONDAY)
    with office.engine.begin() as conn:
        late = "select clock_timestamp() + interval '2 hours 1 minute'"
        conn.exec_driver_sql(
            f"create or replace function real_now() returns timestamptz language sql volatile as $$ {late} $$"
        )
    editor = office.browse("editor")
    assert take_over(editor, seen).location == "/transfer/cardio"
    assert rota(office) == []


def test_a_year_of_three_ranks_fits_into_the_page(office: Office) -> None:
    lines = ["début;fin;rang;nom"]
    for day in range(1, 29):
        for month in range(1, 13):
            for rank in (1, 2, 3):
                on = f"{day:02}/{month:02}/2027"
                lines += [f"{on} 08:30;{on} 18:30;{rank};Durand", f"{on} 18:30;{on} 23:30;{rank};Petit"]
    editor = office.browse("editor")
    seen = look(editor, "\n".join(lines), **{"from": "2027-01-01", "to": "2027-12-31"})
    assert "2016 ajoutés" in words(seen)
    assert len(fields(seen.text)["carried"]) < 200_000
    assert take_over(editor, seen).status_code == 303
    assert len(rota(office)) == 2016


# --- out ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(office: Office) -> Office:
    """A rota with what is hard to write: three ranks, clock changes, a colleague from elsewhere, a strange name."""
    with office.engine.begin() as conn:
        odd = {"name": "=SOMME(A1) Zoé", "phone": "+262692000003"}
        key = conn.execute(insert(t.people).values(odd).returning(t.people.c.id)).scalar_one()
        conn.execute(insert(t.ward_seniors).values(ward_id=office.wards["cardio"], person_id=key))
    office.seniors["Zoé"] = key
    office.shift("cardio", "Amélie", "2026-11-23 08:30", "2026-11-23 18:30")
    office.shift("cardio", "Élise", "2026-11-23 08:30", "2026-11-23 18:30", rank=2)
    office.shift("cardio", "Zoé", "2027-03-27 18:30", "2027-03-28 08:30", rank=3)
    for name, start, end in (("Bruno", "02:30+02:00", "02:30+01:00"), ("Amélie", "02:30+01:00", "08:30+01:00")):
        during = Range(*(datetime.fromisoformat(f"2027-10-31 {at}") for at in (start, end)), bounds="[)")
        key, ward = office.seniors[name], office.wards["cardio"]
        office.add(t.shifts, ward_id=ward, person_id=key, rank=1, during=during)
    return office


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ics"])
def test_what_goes_out_comes_in_again_and_changes_nothing(filled: Office, kind: str) -> None:
    editor = filled.browse("editor")
    out = editor.get(f"/transfer/cardio/rota.{kind}", query_string=YEAR)
    assert out.status_code == 200
    disposition = f"attachment; filename*=UTF-8''cardio-2026-11-01-2027-10-31.{kind}"
    assert out.headers["Content-Disposition"] == disposition
    for how in ({}, {"replace": "1"}):
        assert "0 ajouté 0 retiré 5 inchangés" in words(look(editor, out.data, f"rota.{kind}", **how))


def test_the_command_reads_what_the_page_gives_out(filled: Office) -> None:
    out = filled.browse("editor").get("/transfer/cardio/rota.csv", query_string=YEAR)
    with filled.engine.connect() as conn:
        report = import_rota(conn, out.data)
    assert (report.created, report.unchanged, report.errors) == (0, 5, ())


def test_no_cell_of_what_goes_out_is_a_formula(filled: Office) -> None:
    out = filled.browse("editor").get("/transfer/cardio/rota.csv", query_string=YEAR).data.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(out)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'=SOMME(A1) Zoé" in cells
    assert "06 39 98 01 01" in cells
    assert "00 262692000003" in cells


def test_who_only_reads_is_given_no_telephone(filled: Office) -> None:
    out = filled.browse("reader").get("/transfer/cardio/rota.csv", query_string=YEAR).data.decode("utf-8-sig")
    assert "cardio,2026-11-23 08:30,2026-11-23 18:30,1,,Amélie Durand" in out
    assert "39 98" not in out
    assert "262" not in out


@pytest.mark.parametrize(
    ("kind", "days", "status"),
    [
        ("csv", {"from": "2026-11-01", "to": "2026-10-01"}, 422),
        ("csv", {"from": "2026-11-01", "to": "2036-10-01"}, 422),
        ("csv", {}, 422),
        ("exe", YEAR, 404),
    ],
)
def test_an_export_that_is_none_is_refused(office: Office, kind: str, days: dict[str, str], status: int) -> None:
    assert office.browse("reader").get(f"/transfer/cardio/rota.{kind}", query_string=days).status_code == status


# --- who ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "see", "change"),
    [
        ("admin", 200, 200),
        ("editor", 200, 200),
        ("reader", 200, 403),
        ("switchboard", 200, 403),
        ("elsewhere", 404, 404),
        ("", 303, 400),
    ],
)
def test_each_role_sees_and_changes_what_is_his(office: Office, who: str, see: int, change: int) -> None:
    browser = office.browse(who)
    assert browser.get("/transfer/cardio").status_code == see
    assert browser.get("/transfer/cardio/rota.csv", query_string=YEAR).status_code == see
    if who:
        assert look(browser, MONDAY).status_code == change
        assert ('name="file"' in browser.get("/transfer/cardio").text) == (change == 200)
    else:
        assert browser.post("/transfer/cardio/look").status_code == change
