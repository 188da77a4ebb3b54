"""The page of the rota shows what rings, to whom it may; what is done on it is done, or refused with reasons."""

import random
import re
from datetime import date, datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, update
from sqlalchemy.dialects.postgresql import Range
from werkzeug.test import TestResponse

from config.clock import Moment
from scheduling import store
from scheduling.planning import publication
from scheduling.planning.trail import Actor
from scheduling.tables import hospitals, shifts, wards
from tests.web.office.conftest import PARIS, Office, post, statements
from tests.web.office.reading import Answer, Rota
from web.office.period import midnight

QUARTER = timedelta(minutes=15)
WEEK = "?week=2026-12-07"


def tuesday(hours: str) -> str:
    return f"2026-12-08 {hours}"


def text_of(reply: TestResponse) -> str:
    """What is read on a page, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", reply.text)))


def holding(office: Office, slug: str = "cardio") -> list[str]:
    """The rota of December as one reads it: `1 Amélie Durand 08 08:30 – 08 18:30`."""
    with office.engine.connect() as conn:
        start, end = (midnight(date(2026, 12, day), "Europe/Paris") for day in (1, 31))
        return [
            f"{each.rank} {each.person.name} "
            f"{each.start.astimezone(PARIS):%d %H:%M} – {each.end.astimezone(PARIS):%d %H:%M}"
            for each in store.shifts_between(conn, [office.wards[slug]], start, end)
        ]


# What it shows ------------------------------------------------------------------------------------------------------


def random_rota(office: Office, monday: date, dice: random.Random) -> None:
    """Hours, covers and shifts as they fall: nights over midnight, holes, shifts in closed hours, three ranks."""
    opening = [
        "",
        "mon-fri 08:30-18:30",
        "mon-sat 08:30-12:30; hol 10:00-12:00",
        "mon-fri 18:30-08:30; sat,sun,hol 00:00-24:00",
    ]
    covers = {"cardio": ("pneumo", "gastro", None), "pneumo": ("gastro", None), "gastro": ("cardio", None)}
    begin = midnight(monday - timedelta(days=1), "Europe/Paris")
    rows = []
    with office.engine.begin() as conn:
        for slug, ward_id in office.wards.items():
            cover = dice.choice(covers[slug])
            values = {"opening": dice.choice(opening), "covered_by_id": office.wards[cover] if cover else None}
            conn.execute(update(wards).where(wards.c.id == ward_id).values(values))
            for rank in (1, 2, 3):
                at = begin
                while at < begin + timedelta(days=9):
                    end = at + QUARTER * dice.randint(1, 96)
                    if dice.random() < 0.6:
                        during = Range(at, end, bounds="[)")
                        person = dice.choice(list(office.seniors.values()))
                        rows.append({"ward_id": ward_id, "rank": rank, "person_id": person, "during": during})
                    at = end + QUARTER * dice.choice((0, 0, 3, 40))
        conn.execute(insert(shifts), rows)


# An ordinary week, both clock changes, Christmas.
@pytest.mark.parametrize("monday", ["2026-12-07", "2027-03-22", "2027-10-25", "2026-12-21"])
def test_what_is_shown_is_what_rings_every_quarter_of_an_hour(office: Office, monday: str) -> None:
    first = date.fromisoformat(monday)
    random_rota(office, first, random.Random(monday))
    browser = office.browse("admin")
    start, end = (midnight(day, "Europe/Paris") for day in (first, first + timedelta(days=7)))
    cochin = browser.get(f"/rota/{office.hospitals['Cochin']}?week={monday}").text
    with office.engine.connect() as conn:
        for slug in office.wards:
            pages = [Rota(browser.get(f"/rota/ward/{slug}?week={monday}").text, ward=slug)]
            pages += [Rota(cochin, midnight=start)] if slug != "gastro" else []
            at = start
            while at < end:
                truth = store.on_call(conn, office.wards[slug], at)
                rings = tuple((each.rank, each.person.id) for each in truth.seniors)
                expected = Answer(truth.answering.slug if truth.answering else "", rings)
                for shown in pages:
                    assert shown.at(slug, at) == expected, f"{slug} at {at.astimezone(PARIS)}"
                    assert shown.hole_at(slug, at) == (truth.answering is not None and not rings)
                at += QUARTER


def test_a_month_of_a_hospital_shows_the_same(office: Office) -> None:
    random_rota(office, date(2027, 10, 25), random.Random(3))
    start = midnight(date(2027, 10, 1), "Europe/Paris")
    page = office.browse("admin").get(f"/rota/{office.hospitals['Cochin']}?month=2027-10").text
    shown = Rota(page, midnight=start)
    with office.engine.connect() as conn:
        for hour in range(31 * 24 + 1):  # October has the night of 25 hours
            at = start + timedelta(hours=hour)
            truth = store.on_call(conn, office.wards["cardio"], at)
            rings = tuple((each.rank, each.person.id) for each in truth.seniors)
            assert shown.at("cardio", at) == Answer(truth.answering.slug if truth.answering else "", rings)


def test_a_hospitals_month_asks_the_database_less_than_ten_times_however_many_wards(office: Office) -> None:
    browser, url = office.browse("admin"), f"/rota/{office.hospitals['Cochin']}?month=2026-12"
    random_rota(office, date(2026, 12, 7), random.Random(1))
    with statements() as few:
        assert browser.get(url).status_code == 200
    for number in range(28):
        office.add(
            wards, slug=f"w{number}", hospital_id=office.hospitals["Cochin"], name=f"Unité {number}", keypad="222"
        )
    with statements() as many:
        assert browser.get(url).text.count("<section") == 30
    assert len(many) == len(few) < 10


def test_days_nights_and_holidays_are_called_by_their_names(office: Office) -> None:
    office.shift("cardio", "Amélie", "2026-12-24 18:30", "2026-12-25 08:30")
    office.shift("cardio", "Bruno", "2026-12-25 08:30", "2026-12-25 18:30")
    reply = office.browse("reader").get("/rota/ward/cardio?week=2026-12-21")
    said = text_of(reply)
    assert "Noël" in said
    assert "Amélie Durand, rang 1, jeu. 24 déc. 18:30 – ven. 25 déc. 08:30, nuit" in said
    assert "Bruno Petit, rang 1, ven. 25 déc. 08:30 – 18:30 " in said
    assert "Bruno Petit, rang 1, ven. 25 déc. 08:30 – 18:30, nuit" not in said
    assert "Non pourvu" in said


def test_a_closed_ward_names_who_answers_for_it_and_a_shift_that_rings_nobody(office: Office) -> None:
    with office.engine.begin() as conn:
        closing = {"opening": "mon-fri 08:30-18:30", "covered_by_id": office.wards["pneumo"]}
        conn.execute(update(wards).where(wards.c.slug == "cardio").values(closing))
    office.shift("cardio", "Amélie", tuesday("20:00"), tuesday("22:00"))
    office.shift("pneumo", "Farid", tuesday("18:30"), "2026-12-09 08:30")
    said = text_of(office.browse("editor").get("/rota/ward/cardio" + WEEK))
    assert "Pneumologie répond : Farid Benali" in said.replace("\u202f", " ")
    assert "ne sonne pas : service fermé" in said.replace("\u202f", " ")
    assert "Pneumologie répond, mais personne n'y est de garde" in said


def test_the_shifts_of_a_senior_are_lit(office: Office) -> None:
    office.shift("cardio", "Amélie", tuesday("08:30"), tuesday("18:30"))
    office.shift("cardio", "Bruno", tuesday("18:30"), "2026-12-09 08:30")
    who = office.seniors["Amélie"]
    reply = office.browse("reader").get(f"/rota/ward/cardio{WEEK}&senior={who}")
    assert len(re.findall(r'class="at bar[^"]* lit"', reply.text)) == 1
    assert "1 créneau de Amélie Durand surligné." in text_of(reply)


@pytest.mark.parametrize("asked", ["month=2026-13", "month=abc", "week=2026-02-30", "week=20261207", "month=9999-01"])
def test_a_month_that_does_not_exist_is_no_page(office: Office, asked: str) -> None:
    assert office.browse("reader").get(f"/rota/ward/cardio?{asked}").status_code == 404


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("shift/99999999999999999999", 404),
        ("assign?start=9999-12-31T23:59&end=x&rank=z", 200),
        ("assign?start=0001-01-01T00:00", 200),
    ],
)
def test_an_address_typed_at_random_breaks_nothing(office: Office, url: str, status: int) -> None:
    assert office.browse("editor").get(f"/rota/ward/cardio/{url}").status_code == status


def test_one_goes_from_month_to_month_and_to_today(office: Office) -> None:
    browser = office.browse("reader")
    page = browser.get("/rota/ward/cardio?month=2026-12").text
    assert "?month=2026-11" in page
    assert "?month=2027-01" in page
    assert browser.get("/rota").location.endswith("/rota/ward/cardio")
    assert browser.get("/rota?to=cardio&week=2026-12-07").location.endswith("/rota/ward/cardio?week=2026-12-07")


# Who sees it --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/rota/ward/gastro", "/rota/ward/gastro/assign", "/rota/ward/gastro/shift/1"])
def test_a_ward_that_is_not_his_does_not_exist_for_an_editor(office: Office, url: str) -> None:
    assert office.browse("editor").get(url).status_code == 404


def test_an_editor_sees_his_wards_of_a_hospital_alone(office: Office) -> None:
    office.shift("pneumo", "Farid", tuesday("08:30"), tuesday("18:30"))
    page = office.browse("editor").get(f"/rota/{office.hospitals['Cochin']}{WEEK}").text
    assert "Cardiologie" in page
    assert "Pneumologie" not in page
    assert "Benali" not in page
    assert office.browse("editor").get(f"/rota/{office.hospitals['Avicenne']}").status_code == 404


def test_a_reader_is_offered_no_change_and_can_make_none(office: Office) -> None:
    shift = office.shift("cardio", "Amélie", tuesday("08:30"), tuesday("18:30"))
    reader = office.browse("reader")
    assert "/assign" not in reader.get("/rota/ward/cardio" + WEEK).text
    assert "<form" not in reader.get(f"/rota/ward/cardio/shift/{shift}").text.partition('id="panel"')[2]
    for url in (f"shift/{shift}/remove", "assign", "undo"):
        assert post(reader, f"/rota/ward/cardio/{url}").status_code == 403
    assert holding(office) == ["1 Amélie Durand 08 08:30 – 08 18:30"]


def test_a_shift_of_another_ward_cannot_be_reached_through_ones_own(office: Office) -> None:
    shift = office.shift("pneumo", "Farid", tuesday("08:30"), tuesday("18:30"))
    editor = office.browse("editor")
    assert "Farid" not in editor.get(f"/rota/ward/cardio/shift/{shift}").text
    assert post(editor, f"/rota/ward/cardio/shift/{shift}/remove").status_code == 422
    assert holding(office, "pneumo") == ["1 Farid Benali 08 08:30 – 08 18:30"]


# What is done -------------------------------------------------------------------------------------------------------


@pytest.fixture
def editor(office: Office) -> FlaskClient:
    return office.browse("editor")


def done(editor: FlaskClient, url: str, **form: object) -> str:
    """What is read after a change that was made."""
    reply = post(editor, f"/rota/ward/cardio/{url}", **form)
    assert reply.status_code == 303, text_of(reply)
    assert "/rota/ward/cardio?week=2026-12-07" in reply.location
    return text_of(editor.get(reply.location))


def refused(editor: FlaskClient, url: str, **form: object) -> str:
    """What is read when it was not."""
    reply = post(editor, f"/rota/ward/cardio/{url}", **form)
    assert reply.status_code == 422
    assert "Rien n'a été changé." in text_of(reply)
    return text_of(reply)


def at(start: str, end: str) -> dict[str, str]:
    return {"start": f"2026-12-08T{start}", "end": f"2026-12-08T{end}"}


def test_somebody_is_put_on_call(office: Office, editor: FlaskClient) -> None:
    form = {"person": office.seniors["Amélie"], "rank": 1, **at("08:30", "18:30")}
    said = done(editor, f"assign{WEEK}", **form)
    assert "Amélie Durand est de garde, mar. 8 déc. 08:30 – 18:30." in said
    assert holding(office) == ["1 Amélie Durand 08 08:30 – 08 18:30"]


def test_a_colleague_replaces_from_two_to_six(office: Office, editor: FlaskClient) -> None:
    shift = office.shift("cardio", "Amélie", tuesday("08:30"), tuesday("22:00"))
    form = {"person": office.seniors["Bruno"], **at("14:00", "18:00")}
    said = done(editor, f"shift/{shift}/replace{WEEK}", **form)
    assert "Bruno Petit remplace, mar. 8 déc. 14:00 – 18:00." in said
    assert holding(office) == [
        "1 Amélie Durand 08 08:30 – 08 14:00",
        "1 Bruno Petit 08 14:00 – 08 18:00",
        "1 Amélie Durand 08 18:00 – 08 22:00",
    ]


def test_two_doctors_swap_and_the_swap_is_undone(office: Office, editor: FlaskClient) -> None:
    one = office.shift("cardio", "Amélie", tuesday("08:30"), tuesday("18:30"))
    other = office.shift("cardio", "Bruno", "2026-12-09 08:30", "2026-12-09 18:30")
    page = done(editor, f"shift/{one}/swap{WEEK}", other=other)
    assert "les deux créneaux sont échangés" in page
    assert holding(office) == ["1 Bruno Petit 08 08:30 – 08 18:30", "1 Amélie Durand 09 08:30 – 09 18:30"]
    assert "Dernière modification : échange" in page.replace("\u202f", " ")
    found = re.search(r'name="audit_id" value="(\d+)"', editor.get("/rota/ward/cardio" + WEEK).text)
    assert found
    done(editor, f"undo{WEEK}", audit_id=found[1])
    assert holding(office) == ["1 Amélie Durand 08 08:30 – 08 18:30", "1 Bruno Petit 09 08:30 – 09 18:30"]


def test_a_shift_of_long_ago_is_shown_and_nothing_is_left_to_swap_it_with(office: Office, editor: FlaskClient) -> None:
    one = office.shift("cardio", "Amélie", "2026-06-02 08:30", "2026-06-02 18:30")
    office.shift("cardio", "Bruno", "2026-12-09 08:30", "2026-12-09 18:30")
    reply = editor.get(f"/rota/ward/cardio/shift/{one}")
    assert reply.status_code == 200
    assert "Amélie Durand" in reply.text
    assert 'name="other"' not in reply.text


def test_a_shift_is_moved_handed_over_and_deleted(office: Office, editor: FlaskClient) -> None:
    office.shift("cardio", "Amélie", tuesday("08:30"), tuesday("18:30"))

    def only() -> int:
        found = re.search(r'data-shift="(\d+)"', editor.get("/rota/ward/cardio" + WEEK).text)
        assert found
        return int(found[1])

    done(editor, f"shift/{only()}/move{WEEK}", rank=2, **at("09:00", "19:00"))
    assert holding(office) == ["2 Amélie Durand 08 09:00 – 08 19:00"]
    done(editor, f"shift/{only()}/hand{WEEK}", person=office.seniors["Chloé"])
    assert holding(office) == ["2 Chloé Martin 08 09:00 – 08 19:00"]
    done(editor, f"shift/{only()}/remove{WEEK}")
    assert holding(office) == []


def test_an_overlap_is_refused_with_both_names_and_what_was_typed_stays(office: Office, editor: FlaskClient) -> None:
    office.shift("cardio", "Bruno", tuesday("08:30"), tuesday("18:30"))
    form = {"person": office.seniors["Amélie"], "rank": 1, **at("18:00", "20:00")}
    reply = post(editor, f"/rota/ward/cardio/assign{WEEK}", **form)
    assert reply.status_code == 422
    assert "Amélie Durand" in text_of(reply)
    assert "Bruno Petit" in text_of(reply)
    assert 'value="2026-12-08T18:00"' in reply.text
    assert f'value="{office.seniors["Amélie"]}" selected' in reply.text
    assert holding(office) == ["1 Bruno Petit 08 08:30 – 08 18:30"]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"person": ""}, "Choisissez un senior."),
        ({"rank": "x"}, "Choisissez un rang de 1 à 3."),
        ({"rank": "7"}, "Il n'y a pas de rang 7"),
        ({"end": "2026-12-08T08:00"}, "n'est pas après le début"),
        ({"end": ""}, "n'est pas une date et une heure"),
        ({"start": "2027-03-28T02:30", "end": "2027-03-28T08:30"}, "n'existe pas"),
        ({"person": "999999"}, "n'est plus dans l'annuaire"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    office: Office, editor: FlaskClient, form: dict[str, str], told: str
) -> None:
    whole: dict[str, object] = {"person": office.seniors["Amélie"], "rank": 1, **at("08:30", "18:30"), **form}
    assert told in refused(editor, f"assign{WEEK}", **whole)
    assert holding(office) == []


def test_the_second_of_two_hours_can_be_chosen(office: Office, editor: FlaskClient) -> None:
    form = {"person": office.seniors["Amélie"], "rank": 1, "start": "2027-10-31T02:30", "end": "2027-10-31T08:30"}
    reply = post(editor, "/rota/ward/cardio/assign", **form, start_offset="+01:00")
    assert reply.status_code == 303
    with office.engine.connect() as conn:
        begin = datetime(2027, 10, 31, tzinfo=PARIS)
        (shift,) = store.shifts_between(conn, [office.wards["cardio"]], begin, begin + timedelta(days=1))
    assert shift.end - shift.start == timedelta(hours=6)
    page = editor.get("/rota/ward/cardio?week=2027-10-25").text
    assert 'data-offset-start="+01:00"' in page


def test_a_warning_is_told_after_the_fact(office: Office, editor: FlaskClient) -> None:
    form = {"person": office.seniors["Farid"], "rank": 1, **at("08:30", "18:30")}
    said = done(editor, f"assign{WEEK}", **form)
    assert "Farid Benali n'est pas" in said or "médecin de ce service" in said
    assert holding(office) == ["1 Farid Benali 08 08:30 – 08 18:30"]


def test_a_published_month_changes_with_a_reason_alone(office: Office, editor: FlaskClient) -> None:
    shift = office.shift("cardio", "Amélie", tuesday("08:30"), tuesday("18:30"))
    now = datetime(2026, 11, 19, tzinfo=PARIS)
    with office.engine.begin() as conn:
        publication.publish(conn, Moment(now, now), Actor(None, "Mme Blanc"), office.wards["cardio"], date(2026, 12, 1))
    page = text_of(editor.get("/rota/ward/cardio?month=2026-12"))
    assert "Publié le jeudi 19 novembre" in page
    assert "dites pourquoi il change" in text_of(editor.get(f"/rota/ward/cardio/shift/{shift}"))
    form = {"person": office.seniors["Bruno"]}
    assert "motif" in refused(editor, f"shift/{shift}/hand{WEEK}", **form)
    assert "1 modification" in done(editor, f"shift/{shift}/hand{WEEK}", **form, why="Amélie est malade")
    assert holding(office) == ["1 Bruno Petit 08 08:30 – 08 18:30"]


def test_who_comes_late_reads_who_changed_it(office: Office, editor: FlaskClient) -> None:
    shift = office.shift("cardio", "Amélie", tuesday("08:30"), tuesday("18:30"))
    admin = office.browse("admin")
    assert post(admin, f"/rota/ward/cardio/shift/{shift}/hand", person=office.seniors["Bruno"]).status_code == 303
    said = refused(editor, f"shift/{shift}/hand{WEEK}", person=office.seniors["Chloé"])
    assert "par Admin" in said
    reply = editor.get(f"/rota/ward/cardio/shift/{shift}")
    assert reply.status_code == 410
    assert "par Admin" in text_of(reply)
    assert holding(office) == ["1 Bruno Petit 08 08:30 – 08 18:30"]


@pytest.mark.parametrize(("month", "past"), [("2020-03", True), ("2099-03", False)])
def test_a_hole_that_is_over_alarms_nobody(office: Office, editor: FlaskClient, month: str, past: bool) -> None:
    ward = editor.get(f"/rota/ward/cardio?month={month}").text
    assert 'class="at hole' in ward
    assert ('class="at hole past' in ward, "at alarm" in ward) == (past, not past)
    whole = editor.get(f"/rota/{office.hospitals['Cochin']}?month={month}").text
    assert '<b class="o' in whole
    assert ('<b class="o past' in whole, "badge bad" in whole) == (past, not past)


def test_the_form_of_a_hole_holds_its_hours(office: Office, editor: FlaskClient) -> None:
    office.shift("cardio", "Amélie", "2026-12-07 00:00", tuesday("08:30"))
    office.shift("cardio", "Amélie", tuesday("18:30"), "2026-12-14 00:00")
    page = editor.get("/rota/ward/cardio" + WEEK).text
    found = re.search(r'class="at hole[^"]*" href="([^"]+)"', page)
    assert found
    form = editor.get(unescape(found[1])).text
    assert 'value="2026-12-08T08:30"' in form
    assert 'value="2026-12-08T18:30"' in form


def test_another_hospitals_seniors_are_not_offered(office: Office) -> None:
    office.add(hospitals, name="Bichat")
    form = office.browse("admin").get("/rota/ward/cardio/assign").text
    assert "Farid Benali" in form
    assert "Gaëlle Simon" not in form
    assert "Farid Benali" not in office.browse("editor").get("/rota/ward/cardio/assign").text
