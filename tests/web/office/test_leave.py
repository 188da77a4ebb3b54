"""Leave: noted for the seniors of one's own wards, with the shifts that fall into it; nobody is taken off the rota."""

from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from scheduling.planning import tables as p
from scheduling.tables import shifts
from tests.web.office.conftest import PARIS, Office, post

WEEK = {"kind": "leave", "from": "2099-07-06", "to": "2099-07-10"}


@pytest.fixture
def editor(office: Office) -> FlaskClient:
    return office.browse("editor")


def leaves(house: Office) -> list[tuple[int, str, str, str]]:
    with house.engine.begin() as conn:
        rows = conn.execute(select(p.leaves.c.person_id, p.leaves.c.kind, p.leaves.c.during))
        return [
            (
                row.person_id,
                row.kind,
                f"{row.during.lower.astimezone(PARIS):%Y-%m-%d %H:%M}",
                f"{row.during.upper.astimezone(PARIS):%Y-%m-%d %H:%M}",
            )
            for row in rows
        ]


def soon(house: Office, days: int) -> str:
    """A day so many days from the house's now."""
    with house.engine.begin() as conn:
        return str(
            conn.execute(
                select(func.to_char(func.app_now() + func.make_interval(0, 0, 0, days), "YYYY-MM-DD"))
            ).scalar_one()
        )


def test_whole_days_are_noted_from_midnight_to_midnight(office: Office, editor: FlaskClient) -> None:
    reply = post(editor, "/leave", person=office.seniors["Bruno"], **WEEK)
    assert reply.status_code == 303
    assert leaves(office) == [(office.seniors["Bruno"], "leave", "2099-07-06 00:00", "2099-07-11 00:00")]


def test_a_morning_in_theatre_has_its_hours(office: Office, editor: FlaskClient) -> None:
    day = {"from": "2099-07-06", "to": "2099-07-06", "from_time": "08:00", "to_time": "13:30", "kind": "theatre"}
    post(editor, "/leave", person=office.seniors["Bruno"], **day)
    assert leaves(office) == [(office.seniors["Bruno"], "theatre", "2099-07-06 08:00", "2099-07-06 13:30")]


def test_shifts_in_an_absence_are_told_listed_and_left_where_they_are(office: Office, editor: FlaskClient) -> None:
    day = soon(office, 9)
    office.shift("cardio", "Amélie", f"{day} 08:30", f"{day} 18:30")
    post(editor, "/leave", person=office.seniors["Amélie"], kind="leave", **{"from": day, "to": day})
    page = editor.get("/leave").text
    assert "Prévoyez un remplaçant" in page
    assert "Un créneau tombe pendant une absence" in page
    assert f'href="/rota/ward/cardio?week={day}"' in page
    with office.engine.begin() as conn:
        assert conn.execute(select(func.count()).select_from(shifts)).scalar_one() == 1


def test_an_absence_is_removed_and_pressing_twice_is_no_fault(office: Office, editor: FlaskClient) -> None:
    day = soon(office, 3)
    post(editor, "/leave", person=office.seniors["Amélie"], kind="rest", **{"from": day, "to": day})
    with office.engine.begin() as conn:
        leave_id = conn.execute(select(p.leaves.c.id)).scalar_one()
    assert post(editor, f"/leave/{leave_id}/remove").status_code == 303
    assert post(editor, f"/leave/{leave_id}/remove").status_code == 303
    assert leaves(office) == []
    assert "était déjà supprimée" in editor.get("/leave").text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to": "2099-07-01"}, "pas après le début"),
        ({"from": ""}, "premier et le dernier jour"),
        ({"to": "9999-12-31"}, "premier et le dernier jour"),
        ({"to": "demain"}, "premier et le dernier jour"),
        ({"to": "2100-09-01"}, "plus de 366 jours"),
        ({"from": "2027-03-28", "to": "2027-03-28", "from_time": "02:30"}, "n&#39;existe pas"),
        ({"person": "0"}, "Choisissez un senior"),
        ({"person": "Bruno"}, "Choisissez un senior"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused_and_what_was_typed_stays(
    office: Office, editor: FlaskClient, wrong: Mapping[str, str], said: str
) -> None:
    reply = post(editor, "/leave", **{"person": office.seniors["Bruno"], **WEEK, "note": "Colloque", **wrong})
    assert reply.status_code == 422
    assert said in reply.text
    assert 'value="Colloque"' in reply.text
    assert leaves(office) == []


def test_seniors_of_another_ward_are_not_his_to_send_on_leave(office: Office, editor: FlaskClient) -> None:
    assert "Gaëlle" not in editor.get("/leave").text
    assert post(editor, "/leave", person=office.seniors["Gaëlle"], **WEEK).status_code == 422
    assert leaves(office) == []


def test_another_wards_absence_is_neither_seen_nor_removed(office: Office, editor: FlaskClient) -> None:
    day = soon(office, 3)
    post(editor, "/leave", person=office.seniors["Amélie"], kind="rest", **{"from": day, "to": day})
    elsewhere = office.browse("elsewhere")
    assert "Amélie" not in elsewhere.get("/leave").text
    with office.engine.begin() as conn:
        leave_id = conn.execute(select(p.leaves.c.id)).scalar_one()
    post(elsewhere, f"/leave/{leave_id}/remove")
    assert len(leaves(office)) == 1


def test_who_only_reads_has_no_business_there(office: Office) -> None:
    for name, status in (("reader", 403), ("switchboard", 403), ("", 303), ("admin", 200)):
        assert office.browse(name).get("/leave").status_code == status
    assert post(office.browse("reader"), "/leave", **WEEK).status_code == 403
    assert post(office.browse("reader"), "/leave/1/remove").status_code == 403
