"""One request at a desk of the office: its story in sentences, and what a coordinator may do about it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from werkzeug.test import TestResponse

from callbacks import bridge, holding, purposes, register, requests, sheet
from callbacks.answers import reading, records, sending
from callbacks.house import Desk
from callbacks.requests import Bridged
from callbacks.states import Kind
from callbacks.trying import REASONS, Result
from config import clock, texts
from config.crypto import Box
from scheduling.tables import people
from tests.locks import until_waiting
from tests.web.conftest import HOUSE, Bell
from tests.web.office.conftest import Office, post
from tests.web.office.waiting import Waiting, read, sentences


@pytest.fixture
def waiting(office: Office) -> Waiting:
    return Waiting(office)


def acts(waiting: Waiting, reference: str, door: str, who: str = "editor", **form: object) -> TestResponse:
    """A coordinator does something, and sees the page that follows."""
    client = waiting.office.browse(who)
    reply = post(client, f"/requests/{reference}/{door}", **form)
    assert reply.status_code == 303, reply.text
    assert reply.location == f"/requests/{reference}"
    return client.get(reply.location)


# What happened ----------------------------------------------------------------------------------------------------


def test_a_life_is_told_in_sentences(waiting: Waiting) -> None:
    reference = waiting.asks()
    waiting.climbs(reference)
    waiting.passes(minutes=5)
    waiting.climbs(reference)
    waiting.passes(minutes=10)
    waiting.claims(reference, "Bruno", "phone")
    waiting.tries(reference, "Bruno", Result.BUSY)
    waiting.passes(minutes=10)
    waiting.closes(reference, "Bruno", "CONSULT_RAPIDE")
    told = sentences(waiting.office.browse("reader").get(f"/requests/{reference}"))
    assert told[0] == "La demande est enregistrée (par téléphone)."
    assert "Première alerte : Amélie Durand (senior de garde) – SMS retiré avant l'envoi" in told
    assert "Bruno Petit prend la demande en charge (au téléphone)." in told
    assert "Bruno Petit essaie de rappeler, par ses propres moyens : occupé." in told
    assert told[-1] == "Bruno Petit clôt la demande : Consultation rapide (7 jours au plus)."


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("delivered", "Amélie Durand (senior de garde) – SMS remis 12:05"),
        ("undelivered", "Amélie Durand (senior de garde) – SMS non remis"),
        ("failed", "Amélie Durand (senior de garde) – SMS impossible"),
        ("dropped", "Amélie Durand (senior de garde) – SMS retiré avant l'envoi"),
    ],
)
def test_whom_a_rung_told_and_how_that_arrived(waiting: Waiting, state: str, told: str) -> None:
    reference = waiting.asks()
    waiting.passes(minutes=5)
    waiting.climbs(reference)
    with waiting.office.engine.begin() as conn:
        conn.execute(text("update outbox set state = :state, settled_at = app_now()"), {"state": state})
    assert any(told in each for each in sentences(waiting.office.browse("reader").get(f"/requests/{reference}")))


def test_each_rung_is_named_by_when_it_comes(waiting: Waiting) -> None:
    reference = waiting.asks()
    for minutes in (5, 40, 6 * 60, 24 * 60, 15, 15, 15, 15):
        waiting.passes(minutes=minutes)
        waiting.climbs(reference)
    told = [
        each.partition(" :")[0] for each in sentences(waiting.office.browse("reader").get(f"/requests/{reference}"))
    ]
    assert [each for each in told if "lerte" in each][:3] == [
        "Première alerte",
        "Alerte (rappel après 30 min d'ouverture)",
        "Alerte (25 % du délai)",
    ]
    assert "Échéance dépassée. Alerte" in told
    assert "SMS pour le médecin (excuses) en attente" in told


def test_a_callback_through_the_line_is_told_step_by_step(waiting: Waiting) -> None:
    reference = waiting.asks()
    asked = waiting.calls_back(reference, "Amélie")
    waiting.passes(seconds=8)
    with waiting.office.engine.begin() as conn:
        conn.execute(text("update bridges set rung_at = app_now(), accepted_at = app_now() + interval '9 seconds'"))
    waiting.passes(seconds=201)
    with waiting.office.engine.begin() as conn:
        conn.execute(text("update bridges set outcome = 'reached', ended_at = app_now(), seconds = 192"))
        amelie, talked = waiting.office.seniors["Amélie"], Bridged(asked, 192)
        requests.attempted(conn, waiting.id(reference), amelie, clock.read(conn), Result.REACHED, talked)
    told = sentences(waiting.office.browse("reader").get(f"/requests/{reference}"))
    assert told[1:4] == [
        "Amélie Durand prend la demande en charge (sur sa page).",
        "Amélie Durand demande à rappeler par la ligne (sur sa page) : son téléphone sonne.",
        "Amélie Durand a décroché : le téléphone du médecin sonne.",
    ]
    assert told[4] == "Le médecin a pressé 1 : la conversation commence."
    assert told[5] == "Amélie Durand rappelle par la ligne : médecin joint. Conversation : 3 min 12 s."


def test_a_senior_who_does_not_answer_his_own_callback_is_told_of(waiting: Waiting) -> None:
    reference = waiting.asks()
    waiting.calls_back(reference, "Amélie")
    with waiting.office.engine.begin() as conn:
        conn.execute(text("update bridges set outcome = 'not_rung', ended_at = app_now()"))
    told = sentences(waiting.office.browse("reader").get(f"/requests/{reference}"))
    assert told[-1] == "Amélie Durand n'a pas décroché : le médecin n'a pas été appelé."


def test_what_stands_between_two_people_is_told(waiting: Waiting) -> None:
    reference = waiting.asks()
    waiting.claims(reference, "Amélie")
    amelie, bruno, id = waiting.office.seniors["Amélie"], waiting.office.seniors["Bruno"], waiting.id(reference)
    with waiting.office.engine.begin() as conn:
        moment = clock.read(conn)
        holding.postpone(conn, id, amelie, moment.now + timedelta(hours=2), "window", moment)
        holding.offer(conn, id, bruno, moment, by=amelie)
        holding.refuse(conn, id, bruno, moment)
        holding.offer(conn, id, bruno, moment, by=amelie)
        holding.claim(conn, id, bruno, moment, "page")
        holding.release(conn, id, bruno, moment, why="shift_end")
    told = sentences(waiting.office.browse("reader").get(f"/requests/{reference}"))
    assert told[2:] == [
        "Amélie Durand réessaiera 14:00 (aux heures du médecin).",
        "Amélie Durand propose la demande à Bruno Petit.",
        "Bruno Petit ne prend pas la demande.",
        "Amélie Durand propose la demande à Bruno Petit.",
        "Bruno Petit accepte la demande.",
        "Bruno Petit a fini sa garde : la demande revient au service.",
    ]


def test_every_hearing_is_told_and_never_what_was_heard(waiting: Waiting) -> None:
    reference = waiting.asks()
    waiting.says_more(reference)
    with waiting.office.engine.begin() as conn:
        part_id = conn.execute(text("select id from parts")).scalar_one()
        sheet.hear(conn, part_id, waiting.office.seniors["Amélie"], clock.read(conn).now, "page")
    told = sentences(waiting.office.browse("reader").get(f"/requests/{reference}"))
    assert told[-1] == "Amélie Durand écoute un message (sur sa page)."


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("page", "Le médecin lit la réponse."),
        ("phone", "Le médecin écoute la réponse par téléphone."),
        ("mail", "Le médecin confirme avoir lu la réponse."),
        ("of another release", "Le médecin a pris connaissance de la réponse."),
    ],
)
def test_who_answered_in_writing_and_that_it_was_read_is_told_but_not_what(
    waiting: Waiting, how: str, told: str
) -> None:
    reference = waiting.asks()
    amelie, id = waiting.office.seniors["Amélie"], waiting.id(reference)
    with waiting.office.engine.begin() as conn:
        desk, moment = Desk(waiting.office.engine, Bell(), Box([bytes(32)]), HOUSE), clock.read(conn)
        sent = sending.send(conn, desk, id, amelie, "Contrôle de la kaliémie.", "CONSEIL", moment)
        assert isinstance(sent, sending.Sent)
        answer = records.by_id(conn, sent.answer_id)
        assert answer is not None
        reading.read(conn, answer, how, moment)
    page = waiting.office.browse("reader").get(f"/requests/{reference}")
    said = sentences(page)
    assert "Amélie Durand répond par écrit." in said
    assert told in said
    assert "kaliémie" not in page.text


SAID = {
    "event": [each for each in Kind if each not in (Kind.DONE, Kind.UNREACHABLE, Kind.ATTEMPTED)],
    "result": [*Result],
    "reason": REASONS,
    "purpose": [*purposes.Purpose],
    "arrived": ["waiting", "sending", "sent", "delivered", "undelivered", "failed", "dropped"],
    "state": ["open", "claimed", "done", "withdrawn", "unreachable"],
    "reach": ["now", "noon", "evening"],
    "how": ["page", "phone", "sms", "board"],
    "channel": ["voice", "missed_call", "sms", "email"],
    "callback": [*Result, bridge.NOT_RUNG],
}


@pytest.mark.parametrize(("kind", "code"), [(kind, str(code)) for kind, codes in SAID.items() for code in codes])
def test_there_are_words_for_whatever_may_be_written(kind: str, code: str) -> None:
    assert f"board.{kind}_{code.replace('-', '_')}" in texts.keys("board")


# What may be done -------------------------------------------------------------------------------------------------


def test_a_coordinator_offers_it_and_it_stays_the_wards_until_the_senior_accepts(waiting: Waiting, bell: Bell) -> None:
    reference = waiting.asks()
    page = acts(waiting, reference, "assign", person=waiting.office.seniors["Bruno"])
    assert "C'est proposé à Bruno Petit" in read(page)
    assert "proposée à Bruno Petit, réponse attendue" in read(page)
    assert "à prendre" in read(page)
    assert waiting.events(reference)[-1] == ("offered", waiting.office.accounts["editor"])
    assert ("climb", waiting.id(reference)) in bell.rung
    assert sentences(page)[-1] == "Editor propose la demande à Bruno Petit."


def test_who_is_on_call_is_offered_it_first_and_nobody_of_another_ward(waiting: Waiting) -> None:
    reference = waiting.asks()
    page = waiting.office.browse("editor").get(f"/requests/{reference}").text
    names = [each.split("<")[0].strip() for each in page.split('<option value="')[1:]]
    people = [each.partition(">")[2] for each in names if each.partition('"')[0].isdigit()]
    assert people[:2] == ["Amélie Durand – de garde", "Bruno Petit – de garde"]
    assert set(people[2:]) == {"Chloé Martin", "David Leroy"}
    client = waiting.office.browse("editor")
    for stranger in (waiting.office.seniors["Farid"], 0, "x", ""):
        assert post(client, f"/requests/{reference}/assign", person=stranger).status_code == 400
    assert [kind for kind, _ in waiting.events(reference)] == ["filed"]


def test_a_coordinator_closes_it_by_his_account_and_reopens_it(waiting: Waiting, bell: Bell) -> None:
    reference, account = waiting.asks(), waiting.office.accounts["editor"]
    page = acts(waiting, reference, "close", outcome="CONSEIL")
    assert "La demande est close." in read(page)
    assert waiting.events(reference)[-1] == ("done", account)
    assert "déjà close" in read(acts(waiting, reference, "close", outcome="CONSEIL"))
    assert "La demande est rouverte." in read(acts(waiting, reference, "reopen"))
    assert waiting.events(reference)[-1] == ("reopened", account)
    assert bell.rung.count(("climb", waiting.id(reference))) == 3


def test_what_it_was_about_may_be_said_at_the_desk_too(waiting: Waiting) -> None:
    reference = waiting.asks()
    assert "n'est plus attendue" in read(acts(waiting, reference, "assess", asked="AVIS_TT"))  # it is open
    assert "Sans cette ligne ?" in read(acts(waiting, reference, "close", outcome="CONSEIL"))
    assert "C'est noté." in read(acts(waiting, reference, "assess", otherwise="URGENCES"))
    assert "n'est plus attendue" in read(acts(waiting, reference, "assess", otherwise="MEURTRE"))
    with waiting.office.engine.begin() as conn:
        said = conn.execute(text("select side, asked, outcome, otherwise, person_id from assessments")).one()
    assert said == ("hospital", None, "CONSEIL", "URGENCES", None)


def test_it_is_not_closed_while_a_message_is_unheard(waiting: Waiting) -> None:
    reference = waiting.asks()
    waiting.says_more(reference)
    page = acts(waiting, reference, "close", outcome="CONSEIL")
    assert "Rien n'a été changé : un message n'a pas été écouté." in read(page)
    assert "à prendre" in read(page)


def test_not_reached_is_believed_after_three_tries_at_other_times(waiting: Waiting) -> None:
    reference = waiting.asks()
    waiting.claims(reference, "Amélie")
    waiting.tries(reference, "Amélie")
    assert "demande encore 2 essais" in read(acts(waiting, reference, "close", outcome="NON_JOINT"))
    for hours in (3, 4):
        waiting.passes(hours=hours)
        waiting.tries(reference, "Amélie")
    assert "La demande est close." in read(acts(waiting, reference, "close", outcome="NON_JOINT"))
    assert waiting.events(reference)[-1] == ("unreachable", waiting.office.accounts["editor"])


def test_what_ended_too_long_ago_is_not_reopened(waiting: Waiting) -> None:
    reference = waiting.asks()
    waiting.closes(reference, "Amélie")
    waiting.passes(days=8)
    assert "plus de sept jours" in read(acts(waiting, reference, "reopen"))


def test_an_outcome_that_is_none_changes_nothing(waiting: Waiting) -> None:
    reference = waiting.asks()
    for outcome in ("", "X", "JOINT' or 1=1"):
        assert post(waiting.office.browse("editor"), f"/requests/{reference}/close", outcome=outcome).status_code == 400
    assert [kind for kind, _ in waiting.events(reference)] == ["filed"]


def test_a_link_that_is_revoked_opens_nothing_and_the_others_still_do(waiting: Waiting) -> None:
    reference, browser = waiting.asks(), waiting.office.browse()
    his, hers = waiting.link(reference, "Bruno"), waiting.link(reference, "Amélie")
    assert browser.get(his).status_code == browser.get(hers).status_code == 200
    bruno = waiting.office.seniors["Bruno"]
    page = acts(waiting, reference, "revoke", person=bruno)
    assert "Le lien envoyé à Bruno Petit n'ouvre plus rien." in read(page)
    assert browser.get(his).status_code == 410
    assert browser.get(hers).status_code == 200
    assert "Ce lien n'existe plus." in read(acts(waiting, reference, "revoke", person=bruno))


def test_no_link_is_taken_back_while_an_alert_about_it_is_written(waiting: Waiting) -> None:
    reference, editor = waiting.asks(), waiting.office.browse("editor")
    his = waiting.link(reference, "Bruno")
    form = {"person": waiting.office.seniors["Bruno"]}
    with ThreadPoolExecutor(1) as desk, waiting.office.engine.begin() as climber:
        register.locked(climber, waiting.id(reference))
        acting = desk.submit(post, editor, f"/requests/{reference}/revoke", **form)
        until_waiting(waiting.office.engine)
        assert waiting.office.browse().get(his).status_code == 200
        climber.commit()
        assert acting.result().status_code == 303
    assert waiting.office.browse().get(his).status_code == 410


def test_a_reader_sees_it_and_may_do_nothing(waiting: Waiting) -> None:
    reference = waiting.asks()
    waiting.link(reference, "Bruno")
    reader = waiting.office.browse("reader")
    assert "<h2>Agir" not in reader.get(f"/requests/{reference}").text
    assert "Clore" not in read(reader.get(f"/requests/{reference}"))
    for door in ("assign", "close", "reopen", "revoke"):
        assert post(reader, f"/requests/{reference}/{door}", outcome="CONSEIL").status_code == 403
    assert [kind for kind, _ in waiting.events(reference)] == ["filed"]


@pytest.mark.parametrize("door", ["assign", "close", "reopen", "revoke", "mine"])
def test_a_request_of_another_ward_does_not_exist(waiting: Waiting, door: str) -> None:
    reference = waiting.asks("pneumo")
    assert post(waiting.office.browse("editor"), f"/requests/{reference}/{door}").status_code == 404
    assert waiting.office.browse("editor").get(f"/requests/{reference}/mark").status_code == 404


def test_an_account_that_is_a_senior_of_the_ward_goes_to_his_own_page(waiting: Waiting) -> None:
    reference, office = waiting.asks(), waiting.office
    assert "Ouvrir ma page" not in read(office.browse("reader").get(f"/requests/{reference}"))
    with office.engine.begin() as conn:
        mine = update(people).where(people.c.id == office.seniors["Chloé"])
        conn.execute(mine.values(email="Reader@aphp.example"))
    reader = office.browse("reader")
    assert "Ouvrir ma page" in read(reader.get(f"/requests/{reference}"))
    to = post(reader, f"/requests/{reference}/mine").location
    assert to == waiting.link(reference, "Chloé")
    assert reader.get(to).status_code == 200


def test_an_account_that_is_nobody_of_the_ward_is_told_so(waiting: Waiting) -> None:
    page = acts(waiting, waiting.asks(), "mine", who="reader")
    assert "n'est celui d'aucun senior" in read(page)


def test_the_mark_of_one_request_changes_with_what_its_page_shows(waiting: Waiting) -> None:
    reference, other = waiting.asks(), waiting.asks()

    def mark() -> str:
        found: str = waiting.office.browse("editor").get(f"/requests/{reference}/mark").get_json()["mark"]
        return found

    seen = [mark()]
    waiting.claims(other, "Amélie")
    assert mark() == seen[0]
    waiting.claims(reference, "Amélie")
    seen.append(mark())
    waiting.link(reference, "Amélie")
    seen.append(mark())
    waiting.climbs(reference)
    with waiting.office.engine.begin() as conn:
        conn.execute(text("update outbox set state = 'delivered', settled_at = app_now()"))
    seen.append(mark())
    assert len(set(seen)) == len(seen)
