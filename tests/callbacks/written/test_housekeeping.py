"""What became nothing is forgotten after a month, with its files; what a request is made of never is."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, text

from callbacks import requests
from callbacks.requests import Filing
from callbacks.shelf import Shelf
from callbacks.written import housekeeping, pictures
from callbacks.written.incoming import Attached
from callbacks.written_tables import dialogues
from config import clock
from config.crypto import Box
from scheduling.tables import hospitals, wards
from tests.callbacks.sending import Hands
from tests.callbacks.written import samples

MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
Came = Callable[..., UUID]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "recordings", Box([b"1" * 32]))


@pytest.fixture
def came(database: Engine, shelf: Shelf) -> Came:
    """A message with a photo, so many days ago, and what became of it."""

    def come(verdict: str, days: float = 31, attached: Attached | None = None) -> UUID:
        id = samples.a_message(database)
        with database.begin() as conn:
            pictures.keep(conn, shelf, id, [attached or Attached("a.jpg", content=samples.JPEG)])
            values = {"id": id, "verdict": verdict, "days": days}
            changed = "update written set verdict = :verdict, at = at - make_interval(secs => :days * 86400)"
            conn.execute(text(f"{changed} where id = :id"), values)
        return id

    return come


def body(engine: Engine, id: UUID) -> tuple[str, str, bytes]:
    with engine.connect() as conn:
        row = conn.execute(text("select key, sender, body from written where id = :id"), {"id": id}).one()
        return row.key, row.sender, bytes(row.body)


def files(shelf: Shelf) -> int:
    return len(list(shelf.folder.rglob("*.sealed")))


@pytest.mark.parametrize("verdict", ["ignored", "idle", "refused", "command"])
def test_what_became_nothing_is_forgotten_with_its_photo_and_known_again_by_its_key(
    database: Engine, shelf: Shelf, came: Came, verdict: str
) -> None:
    old, young = came(verdict), came(verdict, days=29)
    housekeeping.purge(database, shelf)
    key, sender, words = body(database, old)
    assert (sender, words, key.startswith("sms:")) == ("", b"", True)
    assert body(database, young)[2] == b"sealed"
    with database.connect() as conn:
        assert [each.written_id for each in pictures.of(conn, [old, young])] == [young]
    assert files(shelf) == 1


@pytest.mark.parametrize("verdict", ["filed", "joined", "waiting"])
def test_what_a_request_is_made_of_or_still_waits_is_kept(
    database: Engine, shelf: Shelf, came: Came, verdict: str
) -> None:
    old = came(verdict, days=400)
    housekeeping.purge(database, shelf)
    assert body(database, old)[2] == b"sealed"
    assert files(shelf) == 1


def test_a_photo_that_still_lies_at_the_carrier_is_deleted_there_first(
    database: Engine, shelf: Shelf, came: Came
) -> None:
    old = came("ignored", attached=Attached(source=MEDIA))
    housekeeping.purge(database, shelf)
    assert body(database, old)[2] == b"sealed"
    with database.begin() as conn:
        conn.execute(text("update attachments set retry_real = null, state = 'lost'"))
    housekeeping.purge(database, shelf)
    assert body(database, old)[2] == b""


def test_the_talk_forgets_its_sender_too_unless_a_request_came_of_it(
    database: Engine, shelf: Shelf, came: Came
) -> None:
    old = came("ignored")
    with database.begin() as conn:
        conn.execute(
            text(
                "insert into dialogues (channel, sender, state, created_at, due_at, sort_at, closed_at)"
                " select 'sms', '+33639980041', state, app_now(), app_now(), app_now(), app_now()"
                " from unnest(array['sorted', 'refused']) state"
            )
        )
        conn.execute(text("update written set dialogue_id = (select min(id) from dialogues)"))
    housekeeping.purge(database, shelf)
    with database.connect() as conn:
        assert conn.execute(text("select sender from dialogues order by id")).scalars().all() == ["", "+33639980041"]
    assert body(database, old)[1] == ""


def test_the_talk_that_led_to_a_request_keeps_its_sender(database: Engine, shelf: Shelf, came: Came) -> None:
    thanks = came("idle")
    with database.begin() as conn:
        hospital = conn.execute(insert(hospitals).values(name="Cochin").returning(hospitals.c.id)).scalar_one()
        row = {"slug": "cardio", "hospital_id": hospital, "name": "Cardiologie", "keypad": "227"}
        ward = conn.execute(insert(wards).values(row).returning(wards.c.id)).scalar_one()
        moment = clock.read(conn)
        filed = requests.file(conn, Filing(ward, "sms", "+33639980041", None, None, moment.now, moment))
        times = dict.fromkeys(("created_at", "due_at", "sort_at", "closed_at"), moment.now)
        talk = {"channel": "sms", "sender": "+33639980041", "state": "filed", "request_id": filed.id}
        conn.execute(insert(dialogues).values(talk | times))
        conn.execute(text("update written set dialogue_id = (select id from dialogues)"))
    housekeeping.purge(database, shelf)
    assert body(database, thanks)[1] == ""
    with database.connect() as conn:
        assert conn.execute(text("select sender from dialogues")).scalar_one() == "+33639980041"


def test_many_are_forgotten_in_batches(database: Engine, shelf: Shelf, came: Came) -> None:
    came("idle")
    with database.begin() as conn:
        more = (
            "insert into written (key, channel, sender, recipient, body, verdict, at)"
            " select 'sms:' || n, 'sms', '+33639980041', '', 'sealed', 'idle', app_now() - interval '40 days'"
            " from generate_series(1, :count) n"
        )
        conn.execute(text(more), {"count": 2 * housekeeping.BATCH})
    housekeeping.purge(database, shelf)
    with database.connect() as conn:
        assert conn.execute(text("select count(*) from written where body <> ''")).scalar_one() == 0


def test_what_a_broken_off_intake_left_is_swept_once_nobody_can_be_at_it(database: Engine, shelf: Shelf) -> None:
    hands = Hands(database)
    message, broken_off = samples.a_message(database, "email"), samples.a_message(database, "email")
    with database.begin() as conn:
        pictures.keep(conn, shelf, message, [Attached(content=samples.PNG)])
    with database.connect() as conn:
        pictures.keep(conn, shelf, broken_off, [Attached(content=samples.JPEG)] * 2)
        today = clock.read(conn).real.date()
        conn.rollback()
    (half,) = list(shelf.folder.rglob("*.sealed"))[:1]
    half.with_name(f"{message.hex}.sealed.4711.new").write_bytes(b"half")
    housekeeping.purge(database, shelf)
    assert files(shelf) == 3
    hands.pass_seconds(timedelta(days=2).total_seconds())
    housekeeping.purge(database, shelf)
    (left,) = [name for name, _ in shelf.pictures_of(today)]
    with database.connect() as conn:
        assert [each.file for each in pictures.of(conn, [message])] == [left]
