"""Whoever takes rows to do holds, for that instant, some that another took a moment before, and does not do them.

Somebody who comes to one of those just then does it: it is not left to each by the other, until a mark runs out.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from callbacks import delivery, recordings
from callbacks.carrier import Seen
from callbacks.shelf import Shelf
from callbacks.written import fetching, pictures
from callbacks.written.incoming import Attached
from config.crypto import Box
from tests.callbacks.sending import HOUSE, MemoryCarrier, message, put, row, sound
from tests.callbacks.written import samples
from tests.locks import until_waiting

BOX = Box([b"1" * 32])
RECORDING = "RE" + "a" * 32
PICTURE = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf", BOX)


def does(engine: Engine, table: str, id: object, work: Callable[[], object]) -> None:
    """While somebody holds the row, who takes others and lets this one go as it was once another waits for it."""
    with ThreadPoolExecutor(1) as hand:
        with engine.begin() as conn:
            conn.execute(text(f"select from {table} where id = :id for update"), {"id": id})
            done = hand.submit(work)
            until_waiting(engine)
        done.result(timeout=20)


def test_a_message_is_sent(database: Engine) -> None:
    (one,), carrier = put(database, message()), MemoryCarrier()
    does(database, "outbox", one, lambda: delivery.deliver(database, carrier, HOUSE, one, "worker"))
    assert row(database, one).state == "sent"
    assert len(carrier.accepted) == 1


def test_a_recording_is_fetched(database: Engine, shelf: Shelf) -> None:
    with database.begin() as conn:
        one = recordings.announced(conn, RECORDING, conn.execute(_OVER).scalar_one(), "completed", 12)
    seen = Seen(RECORDING, "completed", seconds=12)
    carrier = MemoryCarrier(recordings={RECORDING: seen}, sounds={RECORDING: sound(12)})
    does(database, "recordings", one, lambda: recordings.fetch(database, carrier, shelf, one, f"worker {uuid4()}"))
    assert kept(shelf) == 1


def test_a_picture_is_fetched(database: Engine, shelf: Shelf) -> None:
    with database.begin() as conn:
        (one,) = pictures.keep(conn, shelf, samples.a_message(database), [Attached(source=PICTURE)])
    carrier = MemoryCarrier(pictures={PICTURE: samples.JPEG})
    does(database, "attachments", one, lambda: fetching.fetch(database, carrier, shelf, one, f"worker {uuid4()}"))
    assert kept(shelf) == 1


def kept(shelf: Shelf) -> int:
    return len(list(shelf.folder.rglob("*.sealed")))


_OVER = text("insert into calls (sid, step, started_at, ended_at) values ('CA1', 'x', now(), now()) returning id")
