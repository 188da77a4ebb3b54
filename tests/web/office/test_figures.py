"""The page of figures: whose they are, of when, and who may see them; each chart has its table."""

import re
from datetime import datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert
from werkzeug.test import TestResponse

from callbacks.tables import calls
from config import clock
from tests.web.office.conftest import PARIS, Office

HERE = "/figures"


def words(reply: TestResponse) -> str:
    """The page without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", reply.text)).replace("\xa0", " ").split())


NOON = datetime(2026, 11, 23, 12, tzinfo=PARIS)  # a Monday


def calls_of(office: Office, at: datetime, answered: int) -> None:
    """Ten GPs called cardiology; so many were put through."""
    rows = [
        {
            "sid": f"CA{uuid4().hex}",
            "caller": f"+336399810{number:02}",
            "ward_id": office.wards["cardio"],
            "result": "answered" if number < answered else "lost",
            "step": "x",
            "started_at": at,
            "ended_at": at + timedelta(minutes=4),
        }
        for number in range(10)
    ]
    with office.engine.begin() as conn:
        conn.execute(insert(calls), rows)


@pytest.fixture
def called(office: Office) -> Office:
    """Eight of ten were put through this morning; it is noon."""
    with office.engine.begin() as conn:
        clock.start_at(conn, NOON, 1)
    calls_of(office, NOON - timedelta(hours=2), answered=8)
    return office


@pytest.fixture
def admin(called: Office) -> FlaskClient:
    return called.browse("admin")


def test_an_administrator_sees_everything_a_hospital_and_a_line(admin: FlaskClient) -> None:
    for place, named in (("", "Tous les hôpitaux"), ("h:Cochin", "Cochin"), ("cardio", "Cardiologie, Cochin")):
        told = words(admin.get(HERE, query_string={"place": place}))
        assert f"{named}, " in told
        assert "80 % 8 / 10 49 % à 94 %" in told, place


def test_of_another_hospital_nothing_was_counted(admin: FlaskClient) -> None:
    assert "8 / 10" not in words(admin.get(HERE, query_string={"place": "h:Avicenne"}))


def test_an_editor_sees_his_line_and_no_other(called: Office) -> None:
    editor = called.browse("editor")
    assert "8 / 10" in words(editor.get(HERE))
    assert {
        editor.get(HERE, query_string={"place": place}).status_code for place in ("pneumo", "h:Cochin", "none")
    } == {404}
    assert "8 / 10" not in words(called.browse("elsewhere").get(HERE))


def test_every_chart_has_its_table_under_it(admin: FlaskClient) -> None:
    page = admin.get(HERE, query_string={"place": "cardio"}).text
    figures = re.findall(r'<article class="card figure">.*?</article>', page, re.S)
    drawn = [each for each in figures if "<svg" in each]
    assert drawn
    assert all(each.index("<svg") < each.index("<table") for each in drawn)


def test_a_week_and_a_year_are_shown_as_well_as_a_month(admin: FlaskClient) -> None:
    page = admin.get(HERE).text
    asked = {unescape(each) for each in re.findall(r'href="(/figures\?period=[^"]+)"', page)}
    assert len(asked) >= 5  # three lengths, before and after
    assert all(admin.get(each).status_code == 200 for each in asked)


@pytest.mark.parametrize("period", ["2026-13", "2026-W60", "1999", "2026-1", "x", "2026-11-23", "²026", "2026-11 "])
def test_what_is_no_period_is_not_found(admin: FlaskClient, period: str) -> None:
    assert admin.get(HERE, query_string={"period": period}).status_code == 404


def test_a_period_that_lasts_is_said_to_change(admin: FlaskClient) -> None:
    assert "Cette période n'est pas finie" in words(admin.get(HERE))
