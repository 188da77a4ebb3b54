"""What a broken-off intake left on the shelf is swept; what a message names stays."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from callbacks.shelf import Shelf
from callbacks.written import housekeeping, pictures
from callbacks.written.incoming import Attached
from config import clock
from config.crypto import Box
from tests.callbacks.sending import Hands
from tests.callbacks.written import samples


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "recordings", Box([b"1" * 32]))


def files(shelf: Shelf) -> int:
    return len(list(shelf.folder.rglob("*.sealed")))


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
    housekeeping.sweep(database, shelf)
    assert files(shelf) == 3
    hands.pass_seconds(timedelta(days=2).total_seconds())
    housekeeping.sweep(database, shelf)
    (left,) = [name for name, _ in shelf.pictures_of(today)]
    with database.connect() as conn:
        assert [each.file for each in pictures.of(conn, [message])] == [left]
