"""What nobody understood, at a desk of the office: who sees that it waits, who reads it, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from callbacks import register, sheet
from callbacks.house import Desk
from callbacks.kinds import store as kinds
from callbacks.kinds.kind import defaults
from callbacks.promise import RequestView
from callbacks.written.incoming import Attached
from config import clock
from scheduling.planning.trail import Actor
from tests.web.conftest import PHOTO, Bell
from tests.web.office.conftest import Office, post
from tests.web.office.waiting import Waiting, read
from tests.web.office.written import DR_MARTIN, WORDS, talk, unclear, writes


@pytest.fixture
def waiting(office: Office) -> Waiting:
    return Waiting(office)


def opens(waiting: Waiting, address: str, who: str = "editor") -> FlaskClient:
    """Somebody of the office reads it."""
    client = waiting.office.browse(who)
    assert post(client, f"{address}/read").location == address
    return client


def sent(client: FlaskClient, address: str, **form: object) -> TestResponse:
    """He sends a form, and sees what follows."""
    reply = post(client, address, **form)
    assert reply.status_code == 303, reply.text
    return client.get(str(reply.location))


def filed(waiting: Waiting) -> RequestView:
    """The one request that is on file."""
    with waiting.office.engine.connect() as conn:
        return register.view(conn, conn.execute(text("select id from requests")).scalar_one())


def trail(waiting: Waiting) -> list[tuple[str, str, int | None, str]]:
    with waiting.office.engine.connect() as conn:
        rows = conn.execute(text("select what, subject, ward_id, why from audit order by id"))
        return [(row.what, row.subject, row.ward_id, row.why) for row in rows]


# Who sees it ------------------------------------------------------------------------------------------------------


def test_it_stands_on_the_board_a_quarter_of_an_hour_after_it_came(waiting: Waiting) -> None:
    writes(waiting)
    waiting.passes(minutes=14)
    assert "à classer" not in read(waiting.office.browse("editor").get("/requests"))
    waiting.passes(minutes=2)
    assert "1 message est à classer" in read(waiting.office.browse("editor").get("/requests"))
    assert "à classer" not in read(waiting.office.browse("switchboard").get("/requests"))


def test_a_board_that_is_open_changes_by_itself(waiting: Waiting) -> None:
    writes(waiting)
    client = waiting.office.browse("editor")
    before = client.get("/requests/mark").json
    waiting.passes(minutes=16)
    assert client.get("/requests/mark").json != before


def test_the_list_tells_what_is_missing_and_until_when_and_nothing_of_what_he_wrote(waiting: Waiting) -> None:
    unclear(waiting)
    told = read(waiting.office.browse("editor").get("/unsorted"))
    assert "par SMS, 12:00" in told
    assert "reste 23 h 44" in told
    assert "avant mer. 9 déc. 12:00" in told
    assert "Le service : rien n'a été reconnu." in told
    assert "patiente" not in told
    assert "06" not in told


def test_what_may_be_for_other_wards_is_none_of_his_business(waiting: Waiting) -> None:
    writes(waiting, "cardio")  # of somebody who is not on file: he is asked who he is
    waiting.passes(minutes=16)
    address = f"/unsorted/{talk(waiting)}"
    assert "Cardiologie (Cochin)" in read(waiting.office.browse("editor").get("/unsorted"))
    assert "Rien n'est à classer" in read(waiting.office.browse("elsewhere").get("/unsorted"))
    assert waiting.office.browse("elsewhere").get(address).status_code == 404
    assert waiting.office.browse("admin").get(address).status_code == 200
    assert waiting.office.browse("reader").get("/unsorted").status_code == 403


# Reading ----------------------------------------------------------------------------------------------------------


def test_who_reads_it_is_recorded_and_reads_it_with_its_photo(waiting: Waiting) -> None:
    address = unclear(waiting, Attached("bras.jpg", "image/jpeg", PHOTO))
    client = waiting.office.browse("editor")
    closed = read(client.get(address))
    assert "patiente" not in closed
    assert "Enregistrer la demande" not in closed
    opened = sent(client, f"{address}/read").text
    assert WORDS in opened
    assert "06 39 98 00 41" in opened
    photo = next(line for line in opened.split('"') if "/files/" in line)
    assert client.get(photo).data == PHOTO
    assert [(what, subject) for what, subject, _, _ in trail(waiting)] == [
        ("unsorted.read", f"n° {talk(waiting)}"),
    ]
    assert waiting.office.browse("editor").get(photo).status_code == 303  # another browser has not opened it


def test_it_is_shut_again_after_a_quarter_of_an_hour(waiting: Waiting) -> None:
    address = unclear(waiting)
    client = opens(waiting, address)
    waiting.office.waits(timedelta(minutes=16))
    assert "patiente" not in client.get(address).text
    assert "Ouvrez d'abord le message" in read(sent(client, f"{address}/ward", ward="cardio"))


@pytest.mark.parametrize(("door", "form"), [("ward", {"ward": "cardio"}), ("dismiss", {"reason": "told"})])
def test_nobody_sorts_what_he_has_not_read(waiting: Waiting, door: str, form: dict[str, str]) -> None:
    address = unclear(waiting)
    answer = sent(waiting.office.browse("editor"), f"{address}/{door}", **form)
    assert "Ouvrez d'abord le message" in read(answer)
    assert trail(waiting) == []


def test_what_he_writes_meanwhile_is_read_before_it_is_sorted_and_recorded_too(waiting: Waiting) -> None:
    address = unclear(waiting)
    client = opens(waiting, address)
    writes(waiting, "Et sa jambe gonfle depuis ce matin")
    assert "gonfle" not in client.get(address).text
    assert "Ouvrez d'abord le message" in read(sent(client, f"{address}/dismiss", reason="told"))
    assert "gonfle" in sent(client, f"{address}/read").text
    assert [what for what, *_ in trail(waiting)] == ["unsorted.read"] * 2
    assert "classé sans suite" in read(sent(client, f"{address}/dismiss", reason="told"))


# Sorting ----------------------------------------------------------------------------------------------------------


def test_given_its_ward_it_is_a_request_promised_from_the_first_message_on(waiting: Waiting, bell: Bell) -> None:
    address = unclear(waiting)
    began = waiting.now
    client = opens(waiting, address)
    waiting.passes(hours=2)
    with capture_logs() as told:
        answer = read(sent(client, f"{address}/ward", ward="pneumo"))
    view = filed(waiting)
    assert f"La demande {view.reference} est enregistrée pour Pneumologie" in answer
    assert (view.ward, view.channel, view.caller) == ("Pneumologie", "sms", DR_MARTIN)
    assert (began - view.created_at).total_seconds() == pytest.approx(16 * 60, abs=5)
    assert ("climb", view.id) in bell.rung
    assert [line["reference"] for line in told if line["event"] == "request.filed"] == [view.reference]
    desk = cast(Desk, waiting.office.app.extensions["desk"])
    with waiting.office.engine.connect() as conn:
        (part,) = sheet.parts_of(conn, view.id)
        assert sheet.text_of(desk.box, part) == WORDS
        state = conn.execute(text("select state, account_id, request_id from dialogues")).one()
    assert state == ("sorted", waiting.office.accounts["editor"], view.id)
    assert trail(waiting)[-1] == ("unsorted.filed", view.reference, waiting.office.wards["pneumo"], "")


def test_who_sorts_it_says_what_it_asks_for_and_its_own_clock_counts(waiting: Waiting) -> None:
    writes(waiting, "Bonjour, compte rendu d'hospitalisation jamais reçu")
    waiting.passes(minutes=16)
    address = f"/unsorted/{talk(waiting)}"
    client = opens(waiting, address)
    assert '<option value="letter" selected>' in client.get(address).text
    assert '"return_home"' not in client.get(address).text
    sent(client, f"{address}/ward", ward="pneumo", kind="letter")
    view = filed(waiting)
    assert (view.kind, view.due_at - view.created_at) == ("letter", timedelta(days=1))


@pytest.mark.parametrize(("kind", "status"), [("admission", 303), ("return_home", 303), ("nonsense", 400)])
def test_what_the_hospital_does_not_take_is_not_filed(waiting: Waiting, kind: str, status: int) -> None:
    address = unclear(waiting)
    client = opens(waiting, address)
    with waiting.office.engine.begin() as conn:
        not_here = replace(defaults()["admission"], offered=False)
        kinds.save(conn, clock.read(conn), Actor(None, "Nadia"), None, not_here, "")
    assert post(client, f"{address}/ward", ward="pneumo", kind=kind).status_code == status
    with waiting.office.engine.connect() as conn:
        assert conn.execute(text("select count(*) from requests")).scalar_one() == 0


def test_what_was_sorted_is_there_no_more_and_is_not_sorted_twice(waiting: Waiting) -> None:
    address = unclear(waiting)
    one, other = opens(waiting, address), opens(waiting, address, "admin")
    sent(one, f"{address}/ward", ward="cardio")
    assert post(other, f"{address}/ward", ward="pneumo").status_code == 404
    assert filed(waiting).ward == "Cardiologie"
    assert "Rien n'est à classer" in read(one.get("/unsorted"))


def test_the_gp_s_own_late_answer_is_faster_than_the_office(waiting: Waiting) -> None:
    address = unclear(waiting)
    client = opens(waiting, address)
    with waiting.office.engine.begin() as conn:
        conn.execute(text("update hospitals set unknown_senders = 'accept'"))
    writes(waiting, "pneumo")
    assert post(client, f"{address}/ward", ward="cardio").status_code == 404
    assert filed(waiting).ward == "Pneumologie"


def test_it_becomes_part_of_a_request_of_his(waiting: Waiting, bell: Bell) -> None:
    reference = waiting.asks("pneumo", caller=DR_MARTIN)
    address = unclear(waiting)
    assert waiting.office.browse("editor").get(address).status_code == 404  # he was asked of pneumology
    client = opens(waiting, address, "elsewhere")
    assert reference in client.get(address).text
    answer = sent(client, f"{address}/request", reference=f"{reference[:3]} {reference[3:]}").text
    assert f"ajouté à la demande {reference}" in answer
    with waiting.office.engine.connect() as conn:
        assert len(sheet.parts_of(conn, waiting.id(reference))) == 1
    assert ("climb", waiting.id(reference)) in bell.rung
    assert trail(waiting)[-1][:3] == ("unsorted.joined", reference, waiting.office.wards["pneumo"])


def test_a_reference_of_somebody_else_s_ward_is_none(waiting: Waiting) -> None:
    theirs = waiting.asks("gastro", caller="+33639980055")
    address = unclear(waiting)
    client = opens(waiting, address)
    for reference in (theirs, "000000", "", "x" * 500):
        answer = sent(client, f"{address}/request", reference=reference)
        assert "Aucune demande de vos services" in answer.text
    with waiting.office.engine.connect() as conn:
        assert len(sheet.parts_of(conn, waiting.id(theirs))) == 0


def test_nothing_is_added_to_what_was_closed_long_ago(waiting: Waiting) -> None:
    reference = waiting.asks(caller=DR_MARTIN)
    waiting.claims(reference, "Amélie")
    waiting.closes(reference, "Amélie")
    waiting.passes(days=8)
    address = unclear(waiting)
    client = opens(waiting, address)
    answer = sent(client, f"{address}/request", reference=reference)
    assert "rien ne peut plus y être ajouté" in answer.text
    assert client.get("/unsorted").text.count(address) == 1


def test_without_a_request_it_is_settled_with_a_reason(waiting: Waiting) -> None:
    address = unclear(waiting)
    client = opens(waiting, address)
    assert "classé sans suite" in sent(client, f"{address}/dismiss", reason="not_a_doctor").text
    with waiting.office.engine.connect() as conn:
        assert conn.execute(text("select count(*) from requests")).scalar_one() == 0
        assert conn.execute(text("select verdict, reason from written")).one() == ("ignored", "sorted_not_a_doctor")
    assert trail(waiting)[-1][3] == "ne vient pas d'un médecin"


def test_what_he_took_back_in_the_same_moment_is_not_filed(waiting: Waiting) -> None:
    address = unclear(waiting)
    client = opens(waiting, address)
    with waiting.office.engine.begin() as conn:
        conn.execute(text("update written set verdict = 'command'"))
    assert post(client, f"{address}/ward", ward="cardio").status_code == 404
    assert "sans suite" in sent(client, f"{address}/dismiss", reason="told").text


@pytest.mark.parametrize(
    ("door", "form"), [("ward", {"ward": "nowhere"}), ("ward", {}), ("dismiss", {"reason": "x"}), ("dismiss", {})]
)
def test_a_form_that_says_nothing_does_nothing(waiting: Waiting, door: str, form: dict[str, str]) -> None:
    address = unclear(waiting)
    client = opens(waiting, address)
    assert post(client, f"{address}/{door}", **form).status_code == 400
    assert len(trail(waiting)) == 1


def test_words_that_no_key_opens_can_be_sorted_all_the_same(waiting: Waiting) -> None:
    address = unclear(waiting)
    with waiting.office.engine.begin() as conn:
        conn.execute(text("update written set body = 'broken'"))
    client = opens(waiting, address)
    assert "ne s'ouvre plus" in read(client.get(address))
    sent(client, f"{address}/ward", ward="cardio")
    assert filed(waiting).ward == "Cardiologie"


def test_the_trail_says_it_in_words(waiting: Waiting) -> None:
    address = unclear(waiting)
    client = opens(waiting, address, "admin")
    sent(client, f"{address}/ward", ward="cardio")
    told = read(client.get("/trail"))
    assert f"a lu un message à classer : n° {talk(waiting)}" in told
    assert f"a classé un message : demande {filed(waiting).reference}" in told


# Who is not on file -----------------------------------------------------------------------------------------------


def test_an_administrator_says_what_becomes_of_unknown_gps_and_the_next_one_meets_it(waiting: Waiting) -> None:
    hospital = f"/wards/hospitals/{waiting.office.hospitals['Cochin']}"
    client = waiting.office.browse("admin")
    shown = client.get(hospital).text
    assert '<option value="ask" selected>leur demander nom et numéro RPPS</option>' in shown
    seen = shown.partition('name="seen" value="')[2].partition('"')[0]
    form = {"name": "Cochin", "timezone": "Europe/Paris", "unknown_senders": "accept", "seen": seen}
    assert post(client, hospital, **form).status_code == 303
    writes(waiting, "cardio")
    assert filed(waiting).ward == "Cardiologie"
    told = read(client.get("/trail"))
    assert "Médecins inconnus" in told
    assert "les accepter comme les autres" in told
