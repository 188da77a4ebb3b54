"""What was said to nobody while the line was down: who hears it at a desk of the office, and what becomes of it."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from callbacks import late, readings, recordings, story
from callbacks.late import Caller, LateMessage
from callbacks.readings import Asked
from config import clock
from tests.callbacks.sending import sound as wav
from tests.web.office.conftest import Office, post
from tests.web.office.waiting import Waiting, read

DR_ROUX = "+33199000017"


@pytest.fixture
def waiting(office: Office) -> Waiting:
    return Waiting(office)


def left(waiting: Waiting, *, here: bool = True, number: str | None = DR_ROUX, ago: timedelta = timedelta()) -> str:
    """A GP left a message while nothing of ours answered; the address under which it waits."""
    office = waiting.office
    sid = f"RE{uuid4().hex}"
    with office.engine.connect() as conn:
        at = clock.read(conn).now - ago
    message = LateMessage(None, f"CA{uuid4().hex}", Caller(number, at, at), sid, 4, at)
    assert late.keep_late_message(office.app.extensions["desk"], message)
    if here:
        comes_in(waiting, sid)
    with office.engine.connect() as conn:
        return f"/unsorted/{conn.execute(text('select max(id) from dialogues')).scalar_one()}"


def comes_in(waiting: Waiting, sid: str) -> None:
    """Its sound is fetched."""
    shelf = waiting.office.app.extensions["shelf"]
    with waiting.office.engine.begin() as conn:
        found = conn.execute(text("select id from recordings where sid = :sid"), {"sid": sid}).scalar_one()
        name = shelf.put(found, wav(4))
        values = {"id": found, "name": name}
        conn.execute(text("update recordings set state = 'stored', file = :name where id = :id"), values)


def recording(waiting: Waiting) -> UUID:
    with waiting.office.engine.connect() as conn:
        found: UUID = conn.execute(text("select id from recordings")).scalar_one()
        return found


def test_it_stands_on_the_board_at_once_and_says_why(waiting: Waiting) -> None:
    left(waiting, ago=timedelta(hours=20))
    client = waiting.office.browse("editor")
    assert "1 message est à classer" in read(client.get("/requests"))
    told = read(client.get("/unsorted"))
    assert "message parlé, lun. 7 déc. 16:00" in told
    assert "reste 4 h 00" in told  # from when he spoke
    assert "la ligne était en panne" in told


def test_who_sorts_hears_it_once_he_has_opened_it_and_that_is_recorded(waiting: Waiting) -> None:
    address = left(waiting)
    client = waiting.office.browse("editor")
    sound = f"{address}/sounds/{recording(waiting)}"
    assert client.get(sound).status_code == 303
    assert "<audio" not in client.get(address).text
    post(client, f"{address}/read")
    shown = client.get(address).text
    assert sound in shown
    assert "01 99 00 00 17" in read(client.get(address))
    heard = client.get(sound)
    assert (heard.status_code, heard.content_type, heard.data) == (200, "audio/wav", wav(4))
    assert client.get(sound, headers={"Range": "bytes=0-9"}).status_code == 206
    with waiting.office.engine.connect() as conn:
        kinds = list(conn.execute(text("select kind from readings order by id")).scalars())
    assert kinds == ["to_sort", "voice"]


def test_who_heard_it_to_sort_it_is_found_by_the_request_that_it_became(waiting: Waiting) -> None:
    address = left(waiting)
    admin = waiting.office.browse("admin")
    post(admin, f"{address}/read")
    assert admin.get(f"{address}/sounds/{recording(waiting)}").status_code == 200
    post(admin, f"{address}/ward", ward="cardio")
    with waiting.office.engine.begin() as conn:
        request_id, reference = conn.execute(text("select id, reference from requests")).one()
        found = readings.read(conn, Asked(reference), 10)
        told = [each.detail["what"] for each in story.read(conn, request_id) if each.kind == story.HEARD]
    assert {(each.what, each.account) for each in found} == {("to_sort", "Admin"), ("voice", "Admin")}
    assert sorted(told) == ["to_sort", "voice"]
    shown = admin.get(f"/requests/{reference}").text
    assert "Admin lit le message pour le classer" in shown
    assert "Admin écoute un message" in shown


def test_nobody_hears_another_recording_by_this_door(waiting: Waiting) -> None:
    first, second = left(waiting), left(waiting, number="+33199000018")
    client = waiting.office.browse("editor")
    post(client, f"{first}/read")
    with waiting.office.engine.connect() as conn:
        other = conn.execute(
            text("select id from recordings where dialogue_id = :id"), {"id": int(second.rpartition("/")[2])}
        ).scalar_one()
    assert client.get(f"{first}/sounds/{other}").status_code == 404


def test_a_sound_that_is_not_here_yet_is_said_to_be_coming(waiting: Waiting) -> None:
    address = left(waiting, here=False)
    client = waiting.office.browse("editor")
    post(client, f"{address}/read")
    assert "Le son arrive de chez l'opérateur" in read(client.get(address))
    assert client.get(f"{address}/sounds/{recording(waiting)}").status_code == 404


def test_a_ward_is_chosen_and_the_promise_counts_from_when_he_spoke(waiting: Waiting) -> None:
    address = left(waiting, ago=timedelta(hours=2))
    client = waiting.office.browse("editor")
    post(client, f"{address}/read")
    done = client.get(str(post(client, f"{address}/ward", ward="cardio").location))
    assert "est enregistrée pour Cardiologie" in read(done)
    with waiting.office.engine.connect() as conn:
        row = conn.execute(
            text(
                "select r.channel, r.due_at - r.created_at as promise, app_now() - r.created_at as since, c.result,"
                " (select count(*) from parts) as parts, r.next_step_at <= app_now() as at_once"
                " from requests r join calls c on c.request_id = r.id"
            )
        ).one()
    assert (row.channel, row.promise, row.result) == ("voice", timedelta(hours=24), "request")
    assert (row.parts, row.at_once) == (1, True)
    assert row.since >= timedelta(hours=2)
    assert client.get(address).status_code == 404


def test_it_is_added_to_a_request_that_is_open(waiting: Waiting) -> None:
    reference = waiting.asks("cardio", caller=DR_ROUX)
    address = left(waiting)
    client = waiting.office.browse("editor")
    post(client, f"{address}/read")
    assert reference in client.get(address).text  # his own, by his number
    post(client, f"{address}/request", reference=reference)
    with waiting.office.engine.connect() as conn:
        row = conn.execute(text("select channel, (select count(*) from parts) as parts from requests")).one()
    assert (row.channel, row.parts) == ("voice", 1)


def test_a_hidden_number_is_said_to_be_hidden(waiting: Waiting) -> None:
    address = left(waiting, number=None)
    client = waiting.office.browse("editor")
    post(client, f"{address}/read")
    assert "numéro masqué" in read(client.get(address))


def test_what_is_nothing_is_dismissed_and_makes_no_request(waiting: Waiting) -> None:
    address = left(waiting)
    client = waiting.office.browse("editor")
    post(client, f"{address}/read")
    post(client, f"{address}/dismiss", reason="not_a_doctor")
    with waiting.office.engine.connect() as conn:
        assert conn.execute(text("select count(*) from requests")).scalar_one() == 0
        assert conn.execute(text("select state from dialogues")).scalar_one() == "sorted"
        assert [each.sid for each in late.unplaced(conn)] == []  # nor is it looked for again
    assert "Rien n'est à classer" in read(client.get("/unsorted"))


def test_the_carrier_may_tell_of_it_three_times_and_it_waits_once(waiting: Waiting) -> None:
    desk = waiting.office.app.extensions["desk"]
    sid, call = f"RE{uuid4().hex}", f"CA{uuid4().hex}"
    for caller in (None, Caller(DR_ROUX), None, Caller(DR_ROUX)):
        late.keep_late_message(desk, LateMessage(None, call, caller, sid, 4))
    with waiting.office.engine.connect() as conn:
        assert conn.execute(text("select count(*) from dialogues")).scalar_one() == 1
        assert conn.execute(text("select caller from calls")).scalar_one() == DR_ROUX
        assert recordings.is_ready(conn, recording(waiting))
