"""The ladders' pages: who may change them, what is refused and why, what is drawn, and what the history keeps."""

import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select, text, update
from werkzeug.test import TestResponse

from callbacks import ladder, ladders
from callbacks.ladder import Channel, Role
from callbacks.tables import ladders as rows
from config import clock
from scheduling.tables import wards
from tests.web.office.conftest import Office, csrf, post
from tests.web.office.pasts import files

HOUSE, CARDIO = "/ladders/advice", "/ladders/advice/cardio"
MONDAY = "2026-11-23T11:00"


def words(reply: TestResponse) -> str:
    """The page without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", reply.text)).split())


def fields(html: str) -> dict[str, list[str]]:
    """What the form of a ladder sends as it stands."""
    form = html[html.index('class="ladder"') :]
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]+>", form[: form.index("</form>")]):
        has = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if has.get("type") != "checkbox" or " checked" in tag:
            sent.setdefault(has["name"], []).append(unescape(has.get("value", "")))
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.findall(r'<option value="([^"]*)"( selected)?', options)
        sent[name] = [next((value for value, selected in chosen if selected), chosen[0][0])]
    return sent


def sends(browser: FlaskClient, url: str, do: str, changed: Mapping[str, Any] | None = None) -> TestResponse:
    """He opens the page, changes fields, and presses a button."""
    return browser.post(url, data={**fields(browser.get(url).text), **(changed or {}), "do": do})


def counts(office: Office, slug: str) -> ladder.Ladder:
    with office.engine.begin() as conn:
        return ladders.of(conn, office.wards[slug], "advice")


@pytest.fixture
def staffed(office: Office) -> Office:
    """Amélie, then Bruno, are on call for cardiology; Chloé is its head, David its coordinator."""
    for rank, senior in enumerate(("Amélie", "Bruno"), start=1):
        office.shift("cardio", senior, "2026-11-01 00:00", "2027-01-01 00:00", rank)
    above = {"head_id": office.seniors["Chloé"], "coordinator_id": office.seniors["David"]}
    with office.engine.begin() as conn:
        conn.execute(update(wards).where(wards.c.slug == "cardio").values(above))
    return office


@pytest.mark.parametrize("url", ["/ladders", HOUSE, CARDIO])
@pytest.mark.parametrize(("who", "status"), [("admin", 200), ("editor", 403), ("reader", 403), ("", 303)])
def test_ladders_are_the_administrators(office: Office, who: str, status: int, url: str) -> None:
    assert office.browse(who).get(url).status_code == status


@pytest.mark.parametrize("do", ["save", "reset", "preview", "rehearse", "add-2"])
def test_nobody_else_changes_a_ladder(office: Office, do: str) -> None:
    assert post(office.browse("editor"), CARDIO, do=do).status_code == 403
    assert counts(office, "cardio").rungs == ladder.load().rungs


@pytest.mark.parametrize("url", ["/ladders/surgery", "/ladders/advice/nowhere"])
def test_what_is_no_kind_and_no_ward_is_no_page(office: Office, url: str) -> None:
    assert office.browse("admin").get(url).status_code == 404


def test_the_list_says_which_wards_differ(staffed: Office) -> None:
    admin = staffed.browse("admin")
    assert "Celle d'origine" in words(admin.get("/ladders"))
    sends(admin, CARDIO, "save", {"value-5": "60"})
    page = words(admin.get("/ladders"))
    own = page[page.index("Services qui ont la leur") : page.index("Services qui suivent")]
    assert "Cardiologie" in own
    assert "par Admin" in own
    assert "Pneumologie" not in own


def test_a_saved_ladder_counts_for_its_ward_alone(staffed: Office) -> None:
    reply = sends(staffed.browse("admin"), CARDIO, "save", {"value-5": "60", "by-3": ["sms", "call"]})
    assert reply.status_code == 303
    third, fifth = (counts(staffed, "cardio").rungs[place] for place in (2, 4))
    assert third.by == (Channel.SMS, Channel.CALL)
    assert fifth.share == 0.6
    assert counts(staffed, "pneumo").rungs == ladder.load().rungs


def test_the_common_ladder_counts_where_there_is_no_other(staffed: Office) -> None:
    admin = staffed.browse("admin")
    sends(admin, CARDIO, "save", {"value-5": "60"})
    sends(admin, HOUSE, "save", {"value-5": "80"})
    assert [counts(staffed, slug).rungs[4].share for slug in ("cardio", "pneumo")] == [0.6, 0.8]
    assert sends(admin, CARDIO, "reset").status_code == 303
    assert counts(staffed, "cardio").rungs[4].share == 0.8
    sends(admin, HOUSE, "reset")
    assert counts(staffed, "cardio").rungs == ladder.load().rungs


def test_what_is_saved_unchanged_says_so(staffed: Office) -> None:
    admin = staffed.browse("admin")
    sends(admin, CARDIO, "save", {"value-5": "60"})
    assert "Rien n'a changé" in words(admin.get(sends(admin, CARDIO, "save").headers["Location"]))


def test_the_history_keeps_what_was_and_what_is(staffed: Office) -> None:
    admin = staffed.browse("admin")
    sends(admin, CARDIO, "save", {"value-5": "60"})
    sends(admin, CARDIO, "reset")
    page = words(admin.get("/trail"))
    assert "a modifié l'escalade de Cardiologie" in page
    assert "a rendu à Cardiologie l'escalade commune" in page
    was, now = "Au bout de 18 h (75 % du délai)", "Au bout de 14 h 24 (60 % du délai)"
    assert f"Étape 5 {was} – chef de service (SMS, appel). → {now} – chef de service" in page


def test_an_editor_reads_in_the_history_of_his_ward_that_its_ladder_changed(staffed: Office) -> None:
    sends(staffed.browse("admin"), CARDIO, "save", {"value-5": "60"})
    assert "a modifié l'escalade de Cardiologie" in words(staffed.browse("editor").get("/trail"))
    assert "Cardiologie" not in words(staffed.browse("elsewhere").get("/trail"))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"value-5": "45"}, "Étape 5 : sa part du délai doit dépasser"),
    ({"value-5": "bientôt"}, "Étape 5 : « bientôt » n'est pas une part du délai"),
    ({"value-2": "demi"}, "Étape 2 : « demi » n'est pas une durée"),
    ({"value-2": "600"}, "Étape 2 : les étapes en minutes d'ouverture viennent avant"),
    ({"to-5": ["coordinator"]}, "Aucune étape ne prévient le chef de service"),
    ({"to-3": []}, "Étape 3 : dites qui est prévenu"),
    ({"nobody-3": []}, "Étape 3 : dites qui est prévenu"),
    ({"by-3": []}, "Étape 3 : dites comment"),
    ({"by-3": ["telex"]}, "Étape 3 : moyen inconnu : telex"),
    ({"to-1": ["head"]}, "Étape 1 : la première alerte va à un senior"),
    ({"repeat-7": "0"}, "Étape 7 : répétez au plus toutes les demi-heures"),
    ({"to-7": ["senior"]}, "Étape 7 : à l'échéance"),
    ({"name-3": "again"}, "Deux étapes portent le même nom"),
]


@pytest.mark.parametrize(("changed", "reason"), REFUSED, ids=[reason[:40] for _, reason in REFUSED])
def test_a_ladder_that_would_break_the_promise_is_refused_with_its_reason(
    staffed: Office, changed: dict[str, Any], reason: str
) -> None:
    reply = sends(staffed.browse("admin"), CARDIO, "save", changed)
    assert reply.status_code == 422
    assert reason in words(reply)
    assert counts(staffed, "cardio").rungs == ladder.load().rungs
    for name, typed in changed.items():
        assert fields(reply.text).get(name, []) == (typed if isinstance(typed, list) else [typed]) or name == "by-3"


def test_two_faults_are_told_at_once_and_in_english(staffed: Office) -> None:
    with staffed.engine.begin() as conn:
        conn.execute(text("update accounts set language = 'en'"))
    said = words(sends(staffed.browse("admin"), CARDIO, "save", {"to-3": [], "by-4": []}))
    assert "Step 3: say who is told" in said
    assert "Step 4: say how" in said
    assert "for 2 reasons" in said


@pytest.mark.parametrize("typed", [{}, {"name-1": "x" * 5000}, {f"name-{n}": f"n{n}" for n in range(1, 90)}])
def test_a_form_that_no_page_sends_is_refused(staffed: Office, typed: dict[str, str]) -> None:
    admin = staffed.browse("admin")
    assert admin.post(CARDIO, data={"csrf_token": csrf(admin), "do": "save", **typed}).status_code == 422


def test_a_ladder_that_changed_meanwhile_is_not_written_over(staffed: Office) -> None:
    mine, theirs = staffed.browse("admin"), staffed.browse("admin")
    shown = fields(mine.get(CARDIO).text)
    sends(theirs, CARDIO, "save", {"value-5": "60"})
    reply = mine.post(CARDIO, data={**shown, "value-5": "70", "do": "save"})
    assert reply.status_code == 409
    assert "Quelqu'un d'autre l'a modifiée" in words(reply)
    assert counts(staffed, "cardio").rungs[4].share == 0.6
    mine.post(CARDIO, data={**fields(reply.text), "do": "save"})  # he has read it, and insists
    assert counts(staffed, "cardio").rungs[4].share == 0.7


# Shaping ------------------------------------------------------------------------------------------------------------


def names(reply: TestResponse) -> list[str]:
    sent = fields(reply.text)
    return [sent[f"name-{place}"][0] for place in range(1, 20) if f"name-{place}" in sent]


def test_rungs_are_added_moved_and_taken_out_before_anything_is_saved(staffed: Office) -> None:
    admin = staffed.browse("admin")
    added = sends(admin, CARDIO, "add-3")
    assert names(added) == ["first", "again", "second", "", "both", "head", "coordinator", "due"]
    assert fields(added.text)["value-4"] == ["38"]
    moved = admin.post(CARDIO, data={**fields(added.text), "do": "down-4"})
    assert names(moved) == ["first", "again", "second", "both", "", "head", "coordinator", "due"]
    assert fields(moved.text)["value-4"] == ["38"]  # the time stays where it was
    taken = admin.post(CARDIO, data={**fields(moved.text), "do": "remove-2"})
    assert names(taken) == ["first", "second", "both", "", "head", "coordinator", "due"]
    assert "ne sont pas enregistrés" in words(taken)
    assert counts(staffed, "cardio").rungs == ladder.load().rungs
    assert admin.post(CARDIO, data={**fields(taken.text), "do": "save"}).status_code == 303
    saved = counts(staffed, "cardio").rungs
    assert [rung.name for rung in saved[:3]] == ["first", "second", "both"]
    assert saved[3].name.startswith("added_")
    assert saved[2].share == 0.38
    assert saved[3].to == (Role.SENIOR,)


@pytest.mark.parametrize("do", ["remove-1", "remove-7", "up-1", "up-2", "down-6", "down-7", "add-7", "up-99"])
def test_the_first_and_the_last_stay_where_they_are(staffed: Office, do: str) -> None:
    assert names(sends(staffed.browse("admin"), CARDIO, do)) == [rung.name for rung in ladder.load().rungs]


def test_a_name_stays_with_its_rung_wherever_it_is_moved(staffed: Office) -> None:
    admin = staffed.browse("admin")
    first = admin.post(CARDIO, data={**fields(sends(admin, CARDIO, "add-3").text), "do": "save"})
    assert first.status_code == 303
    new = counts(staffed, "cardio").rungs[3].name
    moved = sends(admin, CARDIO, "down-4")
    admin.post(CARDIO, data={**fields(moved.text), "do": "save"})
    assert [rung.name for rung in counts(staffed, "cardio").rungs][3:5] == ["both", new]


# Drawing and rehearsing ---------------------------------------------------------------------------------------------


def lines(reply: TestResponse) -> list[str]:
    """The table that says what the drawing shows."""
    table = reply.text[reply.text.index('class="lines"') :]
    found = re.findall(r"<tr>(.*?)</tr>", table[: table.index("</table>")], re.S)[1:]
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in found]


def test_the_drawing_is_what_the_ladder_would_do(staffed: Office) -> None:
    reply = staffed.browse("admin").get(f"{CARDIO}?at={MONDAY}")
    assert lines(reply) == [
        "lun. 23 nov., 11:00 0 h 1 Amélie Durand (Senior d'avis) SMS",
        "lun. 23 nov., 11:30 0 h 30 2 Amélie Durand (Senior d'avis) Appel",
        "lun. 23 nov., 17:00 6 h 3 Bruno Petit (Senior de rang 2) SMS",
        "lun. 23 nov., 23:00 12 h 4 Amélie Durand (Senior d'avis) SMS",
        "lun. 23 nov., 23:00 12 h 4 Bruno Petit (Senior de rang 2) SMS",
        "mar. 24 nov., 08:00 21 h 5 Chloé Martin (Chef de service) SMS",
        "mar. 24 nov., 08:00 21 h 5 Chloé Martin (Chef de service) Appel",
        "mar. 24 nov., 08:36 21 h 36 6 David Leroy (Coordinateur) SMS",
        "mar. 24 nov., 11:00 24 h 7 Chloé Martin (Chef de service) SMS",
        "mar. 24 nov., 11:00 24 h 7 David Leroy (Coordinateur) SMS",
    ]
    assert reply.text.count('<g class="mark') == 10 + 2  # and two in the legend


def test_what_is_edited_is_drawn_before_it_is_saved(staffed: Office) -> None:
    reply = sends(staffed.browse("admin"), CARDIO, "preview", {"at": MONDAY, "to-3": ["head"], "by-3": ["call"]})
    assert lines(reply)[2] == "lun. 23 nov., 17:00 6 h 3 Chloé Martin (Chef de service) Appel"
    assert counts(staffed, "cardio").rungs == ladder.load().rungs


def test_a_claim_is_drawn_with_its_reminders(staffed: Office) -> None:
    said = lines(staffed.browse("admin").get(f"{CARDIO}?at={MONDAY}&life=claimed"))
    assert said[1] == "lun. 23 nov., 11:30 0 h 30 2 Amélie Durand (Senior d'avis) Appel"
    assert said[2] == "lun. 23 nov., 17:00 6 h 3 Amélie Durand (Senior d'avis) SMS"


def test_a_closed_ward_and_an_empty_rota_are_drawn(staffed: Office) -> None:
    with staffed.engine.begin() as conn:
        conn.execute(update(wards).where(wards.c.slug == "cardio").values(opening="mon-fri 08:30-18:30"))
    admin = staffed.browse("admin")
    page = admin.get(f"{CARDIO}?at=2026-11-23T19:00")
    assert lines(page)[0].startswith("mar. 24 nov., 08:30 13 h 30 1 Amélie")
    assert "Fermé, sans relais" in words(page)
    empty = admin.get("/ladders/advice/pneumo?at=2026-11-23T11:00")
    assert lines(empty)[0].startswith("lun. 23 nov., 11:00 0 h 1 Numéro d'alerte")
    assert "Personne de garde" in words(empty)


@pytest.mark.parametrize("at", ["", "yesterday", "9999-12-31T23:59", "0001-01-01T00:00", "2026-11-23T25:00"])
def test_a_time_that_cannot_be_drawn_is_now(staffed: Office, at: str) -> None:
    assert staffed.browse("admin").get(CARDIO, query_string={"at": at}).status_code == 200


def test_a_house_without_a_ward_has_nothing_to_draw(office: Office) -> None:
    with office.engine.begin() as conn:
        conn.execute(text("delete from account_wards"))
        conn.execute(text("delete from ward_seniors"))
        conn.execute(text("delete from wards"))
    assert office.browse("admin").get(HOUSE).status_code == 200


# A ladder of another release ----------------------------------------------------------------------------------------


def test_a_ladder_that_cannot_be_read_is_shown_as_such_and_mended_by_saving(staffed: Office) -> None:
    with staffed.engine.begin() as conn:
        entry = [{"name": "first", "to": ["robot"], "by": ["telepathy"]}]
        now = clock.read(conn).now
        conn.execute(
            insert(rows).values(ward_id=staffed.wards["cardio"], rungs=entry, changed_at=now - timedelta(days=1))
        )
    admin = staffed.browse("admin")
    assert "Illisible" in words(admin.get("/ladders"))
    assert "ne peut pas être lue" in words(admin.get(CARDIO))
    assert sends(admin, CARDIO, "save").status_code == 303
    assert "Illisible" not in words(admin.get("/ladders"))
    with staffed.engine.connect() as conn:
        assert len(conn.execute(select(rows.c.rungs)).scalar_one()) == 7


# On last month ------------------------------------------------------------------------------------------------------


def figures(reply: TestResponse) -> dict[str, tuple[str, str]]:
    """The table of a dry run: of each line, before and after."""
    table = reply.text[reply.text.index("Alertes avant et après") :]
    table = table[table.index("<tbody>") : table.index("</tbody>")]
    found = {}
    for row in re.findall(r"<tr.*?>(.*?)</tr>", table, re.S):
        cells = [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in re.split(r"</t[hd]>", row)]
        *name, before, after = [cell for cell in cells if cell]
        found[" ".join(name)] = (before, after)
    return found


def test_a_dry_run_tells_what_would_have_been_different(staffed: Office) -> None:
    files(staffed, "cardio", days_ago=4, closed_after=10)
    files(staffed, "cardio", days_ago=3, closed_after=1)
    files(staffed, "pneumo", days_ago=3, closed_after=30)
    reply = sends(staffed.browse("admin"), CARDIO, "rehearse", {"to-3": ["head"], "nobody-3": []})
    found = figures(reply)
    assert "2 demandes rejouées" in words(reply)
    assert found["Demandes connues du chef de service"] == ("0", "1")
    assert found["Demandes arrivées à l'échéance"] == ("0", "0")
    assert found["Senior de rang 2 SMS"][0].split()[0] == "1"
    assert found["Senior de rang 2 SMS"][1].split()[0] == "0"
    assert counts(staffed, "cardio").rungs == ladder.load().rungs


def test_a_dry_run_of_what_counts_already_changes_nothing(staffed: Office) -> None:
    for days_ago in (2, 3, 9):
        files(staffed, "cardio", days_ago=days_ago, closed_after=days_ago * 7)
    found = figures(sends(staffed.browse("admin"), CARDIO, "rehearse"))
    assert len(found) > 5
    assert all(before == after for before, after in found.values())


def test_the_common_ladder_is_tried_on_the_wards_that_follow_it(staffed: Office) -> None:
    admin = staffed.browse("admin")
    sends(admin, CARDIO, "save", {"value-5": "60"})
    files(staffed, "cardio", days_ago=3, closed_after=1)
    assert "Aucune demande en trente jours" in words(sends(admin, HOUSE, "rehearse"))
    files(staffed, "pneumo", days_ago=3, closed_after=1)
    assert "1 demande rejouée" in words(sends(admin, HOUSE, "rehearse"))
