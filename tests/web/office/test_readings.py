"""The log of readings: whoever is shown what a GP left or was answered stands in it, and an administrator finds it."""

import csv
from datetime import datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, text

from callbacks import readings, sheet
from callbacks.readings import Asked, How, Reading, What
from callbacks.requests import Filed
from callbacks.tables import parts, requests
from config import clock
from config.clock import Moment
from tests.web.conftest import Ward
from tests.web.office.conftest import Office, csrf, post
from tests.web.office.waiting import Waiting
from tests.web.office.written import unclear
from tests.web.senior import Senior

PIN = "730418"


def log(engine: Engine, **asked: object) -> list[Reading]:
    """The lines that fit, newest first."""
    with engine.begin() as conn:
        return readings.read(conn, Asked(**asked), 100)  # type: ignore[arg-type]


def told(lines: list[Reading]) -> list[tuple[str, str | None, str]]:
    return [(line.what, line.person or line.account, line.how) for line in lines]


@pytest.fixture
def filed(ward: Ward) -> Filed:
    ward.sets_pin(PIN)
    return ward.request()


def at_the_link(app: Flask, ward: Ward, filed: Filed) -> Senior:
    """Amélie at the link, her PIN given."""
    return Senior(app.test_client(), ward.link(filed)).opens().gives_pin(PIN)


def test_a_photo_that_is_looked_at_twice_in_a_minute_is_one_reading(app: Flask, ward: Ward, filed: Filed) -> None:
    part = ward.text(filed, "Plaque depuis trois jours")
    ward.picture(part)
    amelie = at_the_link(app, ward, filed)
    photo = f"{amelie.path}/parts/{part}/pictures/0"
    amelie.browser.get(photo)
    assert log(ward.engine) == []  # she was not let in
    amelie.sends(f"parts/{part}")
    for _ in range(2):
        amelie.browser.get(photo)
    seen = [("file", "Amélie Durand", "page"), ("text", "Amélie Durand", "page")]
    assert told(log(ward.engine, reference=filed.reference)) == seen


def test_an_answer_that_the_ward_reads_again_is_a_reading_and_without_pin_none(
    app: Flask, ward: Ward, filed: Filed
) -> None:
    ward.answers_in_writing(filed)
    bruno = Senior(app.test_client(), ward.link(filed, ward.bruno)).opens()
    assert log(ward.engine) == []
    ward.sets_pin("519273", ward.bruno)
    bruno.opens().gives_pin("519273")
    assert told(log(ward.engine)) == [("answer", "Bruno Petit", "page")]
    assert bruno.opens().reads("Réponse relue par Bruno Petit.")


def test_what_its_gp_reads_is_noted_each_time_and_names_nobody(ward: Ward, filed: Filed) -> None:
    answer = uuid4()
    for minutes in (0, 6):
        with ward.engine.begin() as conn:
            moment = later(clock.read(conn), minutes)
            readings.note(conn, What.ANSWER, answer, request_id=filed.id, how=How.PHONE, moment=moment)
    assert told(log(ward.engine)) == [("answer", None, "phone")] * 2


def later(moment: Moment, minutes: int) -> Moment:
    return Moment(moment.now + timedelta(minutes=minutes), moment.real)


def test_who_reads_what_is_to_be_sorted_stands_in_the_story_of_the_request_it_becomes(office: Office) -> None:
    waiting = Waiting(office)
    address, admin = unclear(waiting), office.browse("admin")
    post(admin, f"{address}/read")
    assert told(log(office.engine)) == [("to_sort", "Admin", "page")]
    post(admin, f"{address}/ward", ward="cardio")
    with office.engine.begin() as conn:
        reference = conn.execute(text("select reference from requests")).scalar_one()
    assert told(log(office.engine, reference=reference)) == [("to_sort", "Admin", "page")]
    assert "Admin lit le message pour le classer" in admin.get(f"/requests/{reference}").text


TABLES = {
    "/directories/practitioners/export.csv": "practitioners",
    "/transfer/cardio/rota.csv?from=2026-11-23&to=2026-11-29": "rota cardio",
    "/trail/export.csv": "trail",
    "/readings/export.csv": "readings",
    "/retention/register.csv": "disposals",
}


def test_a_table_that_is_taken_away_is_a_reading(office: Office) -> None:
    admin = office.browse("admin")
    assert {admin.get(path).status_code for path in TABLES} == {200}
    taken = [(line.what, line.object, line.account) for line in log(office.engine)]
    assert sorted(taken) == sorted(("export", table, "Admin") for table in TABLES.values())


def at(engine: Engine, minutes: int, **what: object) -> None:
    """A reading, so long after midnight of 23 November 2026."""
    moment = datetime.fromisoformat("2026-11-23T00:00:00+01:00") + timedelta(minutes=minutes)
    with engine.begin() as conn:
        values = {"kind": What.EXPORT, "object": str(minutes), "how": How.PAGE} | what
        readings.note(conn, moment=Moment(moment, moment), **values)  # type: ignore[arg-type]


def heard(office: Office, minutes: int) -> None:
    """Amélie hears a message of a request, so long after midnight."""
    moment = datetime.fromisoformat("2026-11-23T00:00:00+01:00") + timedelta(minutes=minutes)
    request_id = office.add(
        requests,
        reference="724193",
        ward_id=office.wards["cardio"],
        channel="sms",
        state="open",
        next_rung="first",
        next_step_at=moment,
        created_at=moment,
        due_at=moment,
    )
    part_id = uuid4()
    with office.engine.begin() as conn:
        conn.execute(insert(parts).values(id=part_id, request_id=request_id, body=b"", created_at=moment))
        sheet.hear(conn, part_id, office.seniors["Amélie"], moment, "page")


EVERYTHING = ["Réponse écrite", "Message écrit", "Fichier emporté"]
FILTERS: list[tuple[dict[str, str], list[str]]] = [
    ({}, EVERYTHING),
    ({"reference": "724 193"}, ["Message écrit"]),
    ({"reference": "000000"}, []),
    ({"reference": "'; drop"}, []),
    ({"reader": "p{amelie}"}, ["Message écrit"]),
    ({"reader": "a{editor}"}, ["Réponse écrite"]),
    ({"reader": "x9"}, EVERYTHING),
    ({"what": "export"}, ["Fichier emporté"]),
    ({"what": "gossip"}, EVERYTHING),
    ({"since": "2026-11-24"}, ["Réponse écrite"]),
    ({"until": "2026-11-23"}, ["Message écrit", "Fichier emporté"]),
    ({"since": "demain"}, EVERYTHING),
]


def test_an_administrator_finds_who_read_what_by_request_by_person_and_by_day(office: Office) -> None:
    at(office.engine, 10, how=How.COMMAND)
    heard(office, 20)
    at(office.engine, 24 * 60, kind=What.ANSWER, account_id=office.accounts["editor"])
    known = {"amelie": office.seniors["Amélie"], "editor": office.accounts["editor"]}
    admin = office.browse("admin")
    token = csrf(admin)
    for asked, found in FILTERS:
        form = {name: value.format(**known) for name, value in asked.items()}
        admin.post("/readings/search", data={"csrf_token": token} | form)
        rows, page = exported(admin), admin.get("/readings").text
        own = [row["Quoi"] for row in rows if row["Identifiant"] != "readings"]  # without the exports of this test
        assert (asked, own) == (asked, found)
        assert all(f"<td>{words}" in page for words in found), asked
    assert [row["Qui"] for row in exported(admin) if row["Identifiant"] == "10"] == [
        "Un administrateur, sur la machine"
    ]


def exported(admin: FlaskClient) -> list[dict[str, str]]:
    """The rows of the file that he takes away."""
    text = admin.get("/readings/export.csv").data.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text), delimiter=";"))


def test_the_log_is_read_page_by_page_and_no_line_twice(office: Office) -> None:
    for minutes in range(120):
        at(office.engine, minutes // 3, object=f"line {minutes}")  # three at each instant
    admin, seen, path = office.browse("admin"), list[str](), "/readings"
    while path:
        page = admin.get(path).text
        seen += [piece.split("<")[0] for piece in page.split('<span class="soft">line ')[1:]]
        path = page.split('rel="next" href="')[1].split('"')[0] if 'rel="next"' in page else ""
    assert seen == [str(number) for number in range(119, -1, -1)]


def test_an_address_that_names_no_line_shows_the_newest(office: Office) -> None:
    at(office.engine, 1)
    admin = office.browse("admin")
    for before in ("x", "2026-11-23_0", "2026-11-23T00:00:00_0_1", "2026-11-23T00:00:00+01:00_-1_1", "%00_1_1"):
        assert "Fichier emporté" in admin.get(f"/readings?before={before}").text, before


def test_the_log_is_the_administrators_alone(office: Office) -> None:
    for who in ("editor", "reader", "switchboard"):
        browser = office.browse(who)
        assert {browser.get(path).status_code for path in ("/readings", "/readings/export.csv")} == {403}, who
