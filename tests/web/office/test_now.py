"""Who is on call now, for who may know it; and who would ring, in what order, at another time."""

import re
from datetime import datetime
from html import unescape

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from config import clock
from ivr.ringing import LAST_START, RING_SECONDS
from scheduling.rota import OnCall, Person, Ranked
from scheduling.tables import wards
from tests.web.office.conftest import PARIS, Office
from web.office.now import rings

NOON = datetime(2026, 12, 8, 12, 0, tzinfo=PARIS)


@pytest.fixture
def tuesday(office: Office) -> Office:
    """Tuesday noon: Amélie, then Bruno, for cardiology, which covers pneumology; nobody for gastro-enterology."""
    with office.engine.begin() as conn:
        clock.start_at(conn, NOON, 1.0)
        closing = {"opening": "mon-fri 14:00-18:00", "covered_by_id": office.wards["cardio"]}
        conn.execute(update(wards).where(wards.c.slug == "pneumo").values(closing))
    office.shift("cardio", "Amélie", "2026-12-08 08:30", "2026-12-08 18:30")
    office.shift("cardio", "Bruno", "2026-12-08 08:30", "2026-12-09 08:30", rank=2)
    office.shift("pneumo", "Farid", "2026-12-08 14:00", "2026-12-08 18:00")
    return office


def text_of(reply: TestResponse) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", reply.text)))


def test_each_ward_has_who_answers_his_telephone_and_until_when(tuesday: Office) -> None:
    said = text_of(tuesday.browse("editor").get("/now"))
    assert "mardi 8 décembre, 12:0" in said
    assert "Amélie Durand , rang 1 06 39 98 01 01" in said
    assert "Bruno Petit , rang 2 06 39 98 01 02" in said
    assert "jusqu'à 18:30" in said


def test_holes_closed_hours_and_covers_are_told_apart(tuesday: Office) -> None:
    page = tuesday.browse("admin").get("/now")
    assert re.search(r'<li class="nobody" data-ward="gastro"', page.text)
    assert re.search(
        r'<li class="covered" data-ward="pneumo" data-answering="cardio" data-who="1:\d+ 2:\d+ "', page.text
    )
    assert "Fermé : Cardiologie répond" in text_of(page).replace("\u202f", " ")
    with tuesday.engine.begin() as conn:
        conn.execute(update(wards).where(wards.c.slug == "pneumo").values(covered_by_id=None))
    page = tuesday.browse("admin").get("/now")
    assert re.search(r'<li class="closed" data-ward="pneumo" data-answering="" data-who=""', page.text)
    assert "ouvre mardi 8 décembre, 14:00" in text_of(page)


def test_the_number_of_a_ward_that_is_not_his_stays_hidden(tuesday: Office) -> None:
    said = text_of(tuesday.browse("elsewhere").get("/now"))
    assert "Amélie Durand" in said  # she answers for his ward now
    assert "06 39 98 01 01" not in said
    assert "Gastro" not in said


def test_the_switchboard_sees_every_ward(tuesday: Office) -> None:
    page = tuesday.browse("switchboard").get("/now").text
    assert re.findall(r'data-ward="(\w+)"', page) == ["gastro", "cardio", "pneumo"]


def test_who_would_ring_at_another_time_is_told_in_order(tuesday: Office) -> None:
    said = text_of(tuesday.browse("editor").get("/now/ring?ward=cardio&at=2026-12-08T17:00"))
    order = re.findall(r"(Amélie Durand|Bruno Petit) rang (\d), (aussitôt|après \d+ secondes)", said)
    assert order == [
        ("Amélie Durand", "1", "aussitôt"),
        ("Bruno Petit", "2", "après 15 secondes"),
        ("Amélie Durand", "1", "après 30 secondes"),
        ("Bruno Petit", "2", "après 45 secondes"),
    ]
    assert "avant mercredi 9 décembre, 17:00" in said


@pytest.mark.parametrize(
    ("ward", "at", "told"),
    [
        ("gastro", "2026-12-08T17:00", "Personne ne sonnerait."),
        ("pneumo", "2026-12-08T20:00", "Cardiologie répond."),
        ("pneumo", "2026-12-08T15:00", "Farid Benali"),
        ("cardio", "2027-03-28T02:30", "n'existe pas"),
        ("cardio", "tomorrow", "n'est pas une date et une heure"),
    ],
)
def test_what_a_call_would_meet_is_said_in_words(tuesday: Office, ward: str, at: str, told: str) -> None:
    assert told in text_of(tuesday.browse("admin").get(f"/now/ring?ward={ward}&at={at}"))


def test_one_cannot_ask_about_a_ward_that_is_not_ones_own(tuesday: Office) -> None:
    assert tuesday.browse("editor").get("/now/ring?ward=gastro&at=2026-12-08T17:00").status_code == 404


def test_nobody_is_rung_after_the_last_start() -> None:
    people = [Person(number, f"P{number}", "", f"+3363998000{number}", "", False) for number in range(1, 4)]
    on_call = OnCall(None, NOON, True, None, tuple(Ranked(each.id, each) for each in people), None)  # type: ignore[arg-type]
    found = rings(on_call)
    assert [(each.after, each.rank) for each in found] == [(0, 1), (15, 2), (30, 3), (45, 1), (60, 2), (75, 3)]
    assert found[-1].after <= LAST_START < found[-1].after + RING_SECONDS
