"""Building a rota from patterns: seen before it is written, written as it was seen, and only in wards that are his."""

import re
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import Range

from scheduling.planning import tables as p
from scheduling.tables import shifts, wards
from tests.web.office.conftest import PARIS, Office, post
from tests.web.office.previewed import fields

JANUARY = {"from": "2027-01-01", "to": "2027-01-31"}


@pytest.fixture
def editor(office: Office) -> FlaskClient:
    return office.browse("editor")


@pytest.fixture
def ready(office: Office, editor: FlaskClient) -> Office:
    """Cardiology has the usual templates."""
    post(editor, "/patterns/cardio/templates/offered", ranks="1")
    return office


def order(house: Office, *seniors: str, **more: object) -> dict[str, object]:
    with house.engine.begin() as conn:
        ids = [row.id for row in conn.execute(select(p.shift_templates.c.id))]
    everybody = seniors or ("Amélie", "Bruno", "Chloé", "David")
    return {**JANUARY, "senior": [house.seniors[name] for name in everybody], "template": ids, **more}


def preview(browser: FlaskClient, house: Office, *seniors: str, **more: object) -> str:
    reply = browser.get("/patterns/cardio", query_string=order(house, *seniors, **more))
    assert reply.status_code == 200, reply.text
    return reply.text


def rota(house: Office) -> list[tuple[int, datetime, datetime]]:
    with house.engine.begin() as conn:
        rows = conn.execute(select(shifts.c.person_id, shifts.c.during).order_by(shifts.c.during))
        return [(row.person_id, row.during.lower, row.during.upper) for row in rows]


def away(house: Office, name: str, first: date, days: int) -> None:
    start = datetime.combine(first, datetime.min.time(), PARIS)
    during = Range(start, start + timedelta(days=days), bounds="[)")
    with house.engine.begin() as conn:
        conn.execute(insert(p.leaves).values(person_id=house.seniors[name], during=during, kind="leave"))


def test_a_new_ward_is_offered_its_templates_and_has_them_with_one_press(office: Office, editor: FlaskClient) -> None:
    assert "lun-ven 18:30-08:30" in editor.get("/patterns/cardio").text
    reply = post(editor, "/patterns/cardio/templates/offered", ranks="2")
    assert reply.location == "/patterns/cardio"
    page = editor.get("/patterns/cardio").text
    assert "8 modèles" in page
    assert "Nuit (2)" in page


def test_looking_writes_nothing(ready: Office, editor: FlaskClient) -> None:
    page = preview(editor, ready)
    assert "62 créneaux à inscrire" in page
    assert "Jour de l&#39;an" in page
    assert rota(ready) == []


def test_what_was_shown_is_what_is_written_and_it_is_in_the_trail(ready: Office, editor: FlaskClient) -> None:
    reply = post(editor, "/patterns/cardio/apply", **fields(preview(editor, ready)))
    assert (reply.status_code, reply.location) == (303, "/rota/ward/cardio?month=2027-01")
    held = rota(ready)
    assert len(held) == 62
    assert held[0][1] == datetime(2027, 1, 1, 8, 30, tzinfo=PARIS)
    assert sum((end - start for _, start, end in held), timedelta()) == timedelta(days=31)
    with ready.engine.begin() as conn:
        line = conn.execute(select(p.audit).where(p.audit.c.what == "rota.pattern")).one()
    assert (line.actor, len(line.detail["added"])) == ("Editor", 62)


def test_who_is_on_leave_is_shown_so_and_has_nothing_then(ready: Office, editor: FlaskClient) -> None:
    away(ready, "Bruno", date(2027, 1, 4), 7)
    page = preview(editor, ready)
    assert re.search(r'Bruno Petit <span class="badge soon">absences', page)
    post(editor, "/patterns/cardio/apply", **fields(page))
    week = datetime(2027, 1, 4, tzinfo=PARIS), datetime(2027, 1, 11, tzinfo=PARIS)
    his = [stretch for person, *stretch in rota(ready) if person == ready.seniors["Bruno"]]
    assert his
    assert not [stretch for stretch in his if stretch[0] < week[1] and stretch[1] > week[0]]


def test_the_numbers_beside_the_names_say_who_goes_first(ready: Office, editor: FlaskClient) -> None:
    turns = {
        f"place{ready.seniors[name]}": place for place, name in enumerate(("David", "Chloé", "Bruno", "Amélie"), 1)
    }
    page = preview(editor, ready, mode="week", **turns)
    post(editor, "/patterns/cardio/apply", **fields(page))
    assert rota(ready)[0][0] == ready.seniors["David"]


def test_a_change_in_between_is_shown_and_nothing_is_written(ready: Office, editor: FlaskClient) -> None:
    seen = fields(preview(editor, ready))
    away(ready, "Chloé", date(2027, 1, 1), 31)
    reply = post(editor, "/patterns/cardio/apply", **seen)
    assert reply.status_code == 409
    assert "Rien n&#39;est inscrit" in reply.text
    assert rota(ready) == []
    assert post(editor, "/patterns/cardio/apply", **fields(reply.text)).status_code == 303


def test_applying_twice_by_a_second_press_does_nothing_twice(ready: Office, editor: FlaskClient) -> None:
    seen = fields(preview(editor, ready))
    post(editor, "/patterns/cardio/apply", **seen)
    assert post(editor, "/patterns/cardio/apply", **seen).status_code == 409
    assert len(rota(ready)) == 62


def test_what_is_held_stays_unless_it_is_to_be_replaced(ready: Office, editor: FlaskClient) -> None:
    ready.shift("cardio", "Amélie", "2027-01-04 08:30", "2027-01-09 08:30")
    kept, replaced = preview(editor, ready), preview(editor, ready, held="replace")
    assert "52 créneaux à inscrire" in kept
    assert "Un créneau à retirer" in replaced
    post(editor, "/patterns/cardio/apply", **fields(replaced))
    assert len(rota(ready)) == 62


def test_a_place_that_nobody_can_hold_is_named_with_the_reason(ready: Office, editor: FlaskClient) -> None:
    away(ready, "Amélie", date(2027, 1, 5), 1)
    page = preview(editor, ready, "Amélie")
    assert "en absence\u202f: Amélie Durand" in page
    assert "Non pourvu" in page


def test_a_published_month_asks_why(ready: Office, editor: FlaskClient) -> None:
    ready.shift("cardio", "Amélie", "2027-01-04 08:30", "2027-01-04 18:30")
    assert post(editor, "/months/cardio/2027-01/publish").status_code == 303
    page = preview(editor, ready)
    assert 'name="why"' in page
    assert post(editor, "/patterns/cardio/apply", **fields(page)).status_code == 422
    assert post(editor, "/patterns/cardio/apply", **fields(page), why="Arrivée de David").status_code == 303
    assert len(rota(ready)) == 62


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"senior": []}, "au moins un senior"),
        ({"template": []}, "au moins un modèle"),
        ({"to": "2026-12-01"}, "vient avant le premier"),
        ({"to": "2027-12-01"}, "cent jours"),
        ({"from": "2026-01-01", "to": "2026-01-31"}, "sont passés"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_with_what_to_do(
    ready: Office, editor: FlaskClient, wrong: dict[str, object], said: str
) -> None:
    reply = editor.get("/patterns/cardio", query_string={**order(ready), **wrong})
    assert reply.status_code == 422
    assert said in reply.text


@pytest.mark.parametrize(
    "junk", [{"from": "demain"}, {"from": "9999-12-31"}, {"from": "", "to": "x"}, {"senior": ["-1", "999999999", "é"]}]
)
def test_an_address_that_nobody_would_type_breaks_nothing(
    ready: Office, editor: FlaskClient, junk: dict[str, object]
) -> None:
    assert editor.get("/patterns/cardio", query_string={**order(ready), **junk}).status_code in (200, 422)


def test_a_ward_that_closes_is_not_staffed_on_a_holiday_and_it_is_said(office: Office, editor: FlaskClient) -> None:
    with office.engine.begin() as conn:
        conn.execute(update(wards).where(wards.c.slug == "cardio").values(opening="mon-fri 08:30-18:30"))
    post(editor, "/patterns/cardio/templates/offered")
    page = preview(editor, office)
    assert "20 créneaux à inscrire" in page  # 21 working days, and New Year's Day is a Friday
    assert "Un créneau laissé de côté" in page
    assert "Non pourvu" not in page


def test_who_reads_english_is_told_everything_in_english(ready: Office, editor: FlaskClient) -> None:
    post(editor, "/account/language", language="en")
    away(ready, "Amélie", date(2027, 1, 5), 1)
    page = preview(editor, ready, "Amélie")
    for said in (
        "Unfilled",
        "on leave: Amélie Durand",
        "shifts to put in",
        "New Year",
        "Friday",
        "mon-fri 18:30-08:30",
    ):
        assert said in page
    assert not re.findall("créneau|férié|Nuits|janvier", page.replace("Jour férié", ""))


def test_a_senior_of_another_ward_cannot_be_slipped_in(ready: Office, editor: FlaskClient) -> None:
    page = preview(editor, ready, "Amélie", "Gaëlle")
    assert "Gaëlle" not in page


def test_a_template_is_added_in_the_words_of_the_ward_and_removed(ready: Office, editor: FlaskClient) -> None:
    typed = {"name": "Samedi matin", "kind": "weekend", "rank": "2", "hours": "sam 8h30-12h30"}
    assert post(editor, "/patterns/cardio/templates", **typed).status_code == 303
    assert "sam 08:30-12:30" in editor.get("/patterns/cardio/templates").text
    again = post(editor, "/patterns/cardio/templates", **typed)
    assert again.status_code == 422
    assert "s&#39;appelle déjà" in again.text
    with ready.engine.begin() as conn:
        (made,) = conn.execute(
            select(p.shift_templates.c.id).where(p.shift_templates.c.name == "Samedi matin")
        ).scalars()
    post(editor, f"/patterns/cardio/templates/{made}/remove")
    assert "Samedi matin" not in editor.get("/patterns/cardio/templates").text.split("note good")[1].split("</p>", 1)[1]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"hours": "tous les jours"}, "non compris"),
        ({"hours": "lun 8h30-8h30"}, "finit quand elle commence"),
        ({"hours": "lun,férié 8h30-18h30"}, "Jour férié"),
        ({"hours": ""}, "au moins un jour"),
        ({"name": " "}, "Donnez un nom"),
    ],
)
def test_a_template_that_makes_no_sense_is_refused_and_what_was_typed_stays(
    ready: Office, editor: FlaskClient, typed: dict[str, object], said: str
) -> None:
    reply = post(
        editor,
        "/patterns/cardio/templates",
        **{"name": "Essai", "kind": "day", "rank": "1", "hours": "lun 8h-18h", **typed},
    )
    assert reply.status_code == 422
    assert said in reply.text


@pytest.mark.parametrize("page", ["/patterns/cardio", "/patterns/cardio/templates"])
def test_another_wards_patterns_are_nobodys_business(office: Office, page: str) -> None:
    assert office.browse("elsewhere").get(page).status_code == 404
    assert office.browse("reader").get(page).status_code == 403
    assert office.browse("switchboard").get(page).status_code == 403
    assert office.browse().get(page).status_code == 303
    assert office.browse("admin").get(page).status_code == 200


@pytest.mark.parametrize("door", ["apply", "templates", "templates/offered", "templates/1/remove"])
def test_another_wards_patterns_cannot_be_changed(office: Office, door: str) -> None:
    assert post(office.browse("elsewhere"), f"/patterns/cardio/{door}").status_code == 404
    assert post(office.browse("reader"), f"/patterns/cardio/{door}").status_code == 403
