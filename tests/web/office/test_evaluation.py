"""An administrator takes a month to the evaluators; anybody reads the year."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from html import unescape
from re import findall, sub
from uuid import uuid4

import pytest
from sqlalchemy import insert

from callbacks import readings
from callbacks.evaluation.packing import SUMS
from callbacks.figures import keeping
from callbacks.readings import Asked
from callbacks.tables import calls
from config import clock
from scheduling.tables import hospitals
from tests.web.office.conftest import Office

NOW = datetime(2027, 2, 5, 9, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 4, 9, tzinfo=UTC)


@pytest.fixture
def house(office: Office) -> Office:
    office.app.extensions["evaluation_key"] = b"e" * 32
    with office.engine.begin() as conn:
        clock.start_at(conn, NOW, 1)
    return office


def called(office: Office, slug: str, results: str, at: datetime = NOVEMBER) -> None:
    """Calls for that ward, an hour apart: `a` a senior answered, `r` a request was left."""
    whole = {"a": "answered", "r": "request"}
    rows = [
        {
            "sid": f"CA{uuid4().hex}",
            "step": "x",
            "caller": f"+3363998{number:04}",
            "ward_id": office.wards[slug],
            "result": whole[result],
            "started_at": at + timedelta(hours=number),
            "ended_at": at + timedelta(hours=number, minutes=3),
        }
        for number, result in enumerate(results)
    ]
    with office.engine.begin() as conn:
        conn.execute(insert(calls), rows)
    keeping.keep(office.engine)


def text_of(html: str) -> str:
    return " ".join(unescape(sub(r"<[^>]+>", " ", html)).split())


# The export


def test_an_administrator_takes_a_closed_month_and_that_is_noted(house: Office) -> None:
    called(house, "cardio", "aaar")
    admin = house.browse("admin")
    page = admin.get("/figures/export?month=2026-11").text
    assert "Ce mois est clos" in page
    assert "/figures/export.zip?month=2026-11" in page
    reply = admin.get("/figures/export.zip?month=2026-11")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="rappel24-2026-11.zip"'
    with zipfile.ZipFile(io.BytesIO(reply.data)) as archive:
        assert {"calls.csv", "codebook.md", SUMS} < {*archive.namelist()}
        assert archive.read("calls.csv").count(b"\n") == 5
    assert reply.data == admin.get("/figures/export.zip?month=2026-11").data
    with house.engine.connect() as conn:
        (noted,) = readings.read(conn, Asked(what="export"), 10)
    assert (noted.object, noted.account) == ("evaluation:2026-11", "Admin")


def test_a_month_that_may_still_change_is_taken_only_knowingly(house: Office) -> None:
    admin = house.browse("admin")
    page = admin.get("/figures/export").text  # last month, until the 21st of this
    assert "Ce mois n'est pas clos" in unescape(page)
    assert "month=2027-01&amp;open=1" in page
    refused = admin.get("/figures/export.zip?month=2027-01", follow_redirects=True)
    assert "Cet export n'a pas été fait" in unescape(refused.text)
    assert admin.get("/figures/export.zip?month=2027-01&open=1").mimetype == "application/zip"


def test_without_the_key_of_pseudonyms_nothing_is_handed_out(house: Office) -> None:
    house.app.extensions["evaluation_key"] = None
    admin = house.browse("admin")
    assert "EVALUATION_KEY" in admin.get("/figures/export?month=2026-11").text
    assert admin.get("/figures/export.zip?month=2026-11").status_code == 303


@pytest.mark.parametrize("month", ["2026", "2026-13", "2026-W48", "x"])
def test_what_is_no_month_does_not_exist(house: Office, month: str) -> None:
    assert house.browse("admin").get(f"/figures/export?month={month}").status_code == 404


# The public page


def row(office: Office, name: str, year: str = "2026") -> str:
    html = office.browse().get(f"/chiffres?year={year}").text
    return next(text_of(line) for line in findall(r"(?s)<tr>.*?</tr>", html) if f'"row">{name}<' in line)


def test_anybody_reads_how_many_calls_a_senior_took_and_of_how_many(house: Office) -> None:
    called(house, "cardio", "aaaaaaarrr")
    called(house, "gastro", "aaaaarrrrr")
    assert row(house, "Cochin").startswith("Cochin 10 70 % 40 % à 89 % sur 10")
    assert "50 %" in row(house, "Avicenne")
    assert row(house, "Tous les hôpitaux").startswith("Tous les hôpitaux 20 60 %")


def test_where_few_called_nothing_is_told_nor_to_be_worked_out(house: Office) -> None:
    called(house, "cardio", "aaaaaaarrr")
    called(house, "gastro", "ar")
    assert "moins de cinq" in row(house, "Avicenne")
    # No request at all is no secret.
    assert row(house, "Avicenne").startswith("Avicenne moins de cinq moins de cinq – rien à mesurer 0 ")
    assert row(house, "Tous les hôpitaux").startswith("Tous les hôpitaux moins de cinq moins de cinq ")


def test_a_year_is_worked_out_once_a_day(house: Office) -> None:
    january = datetime(2027, 1, 20, 9, tzinfo=UTC)
    called(house, "cardio", "aaaaaar", january)
    assert row(house, "Cochin", "2027").startswith("Cochin 7 ")
    called(house, "cardio", "a", january + timedelta(days=2))
    assert row(house, "Cochin", "2027").startswith("Cochin 7 ")
    with house.engine.begin() as conn:
        clock.start_at(conn, NOW + timedelta(days=1), 1)
    assert row(house, "Cochin", "2027").startswith("Cochin 8 ")


def test_the_running_year_stops_at_the_end_of_last_month(house: Office) -> None:
    for at, results in (
        (datetime(2027, 1, 12, 9, tzinfo=UTC), "aaaaa"),
        (datetime(2027, 2, 3, 9, tzinfo=UTC), "aaaaaa"),
    ):
        called(house, "cardio", results, at)
    assert row(house, "Cochin", "2027").startswith("Cochin 5 ")
    assert "31 janvier 2027" in house.browse().get("/chiffres?year=2027").text.replace("\xa0", " ")


def test_in_january_the_running_year_has_no_page_but_where_it_is_the_first(house: Office) -> None:
    with house.engine.begin() as conn:
        clock.start_at(conn, datetime(2027, 1, 20, 9, tzinfo=UTC), 1)
    assert "paraîtront en février" in unescape(house.browse().get("/chiffres").text)
    called(house, "cardio", "aaaaar")
    assert house.browse().get("/chiffres?year=2027").status_code == 404
    assert row(house, "Cochin").startswith("Cochin 6 ")


def test_while_somebody_works_a_year_out_nobody_waits_for_it(house: Office) -> None:
    called(house, "cardio", "aaaaar")
    shelf = house.app.extensions["yearly"]
    with shelf._one:
        reply = house.browse().get("/chiffres")
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "5")
    assert row(house, "Cochin").startswith("Cochin 6 ")


def test_who_reads_it_again_and_again_is_told_to_wait(house: Office) -> None:
    visitor = house.browse()
    assert 429 in {visitor.get("/chiffres").status_code for _ in range(61)}


def test_a_year_that_runs_says_so_and_one_without_calls_does_not_exist(house: Office) -> None:
    called(house, "cardio", "aaaaar")
    visitor = house.browse()
    assert "ils peuvent encore changer" in visitor.get("/chiffres?year=2027").text
    assert "ils peuvent encore changer" not in visitor.get("/chiffres").text  # the latest that is over
    assert [visitor.get(f"/chiffres?year={year}").status_code for year in ("2025", "2028", "2026-11", "x")] == [404] * 4


def test_before_the_first_call_the_page_is_there(house: Office) -> None:
    page = house.browse().get("/chiffres")
    assert page.status_code == 200
    assert "La ligne d'avis en 2027" in unescape(page.text)


def test_it_is_read_in_english_too(house: Office) -> None:
    house.add(hospitals, name="Bichat")
    assert "Time to reach him" in house.browse().get("/chiffres?lang=en").text
