"""The mail process dies at each step it takes, one after the other: whatever it was at, each letter is one request."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, func, insert, select, update

from callbacks.house import Desk, House
from callbacks.shelf import Shelf
from callbacks.tables import parts, requests
from callbacks.written_tables import mailboxes, written
from config.crypto import Box
from config.mail_servers import Certificates
from scheduling.tables import hospitals, wards
from tests.web.conftest import Bell, bell, box, house, shelf
from tests.webhooks.mail.imap_server import ImapServer, letter
from webhooks.mail import session
from webhooks.mail.guards import Ours
from webhooks.mail.imap import Reader
from webhooks.mail.letterbox import Drop, letterbox

__all__ = ["bell", "box", "house", "shelf"]

LETTERS = 2  # a round


class Killed(BaseException):
    """Nothing catches it, and nothing is written after it: as good as SIGKILL for what stands in the register."""


@contextmanager
def dying_at(engine: Engine, step: int) -> Iterator[list[str]]:
    """Dies before the step-th BEGIN or COMMIT: between any two there is nothing that lasts. Yields those it came to."""
    came_to: list[str] = []

    def comes(name: str) -> None:
        came_to.append(name)
        if len(came_to) == step:
            raise Killed

    def begins(conn: Connection) -> None:
        comes("begin")

    def commits(conn: Connection) -> None:
        comes("commit")

    event.listen(engine, "begin", begins)
    event.listen(engine, "commit", commits)
    try:
        with suppress(Killed):
            yield came_to
    finally:
        event.remove(engine, "begin", begins)
        event.remove(engine, "commit", commits)


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[ImapServer]:
    server = ImapServer(tmp_path / "mail")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def drop(database: Engine, bell: Bell, box: Box, house: House, shelf: Shelf) -> Drop:
    with database.begin() as conn:
        accepting = insert(hospitals).values(name="Cochin", unknown_senders="accept").returning(hospitals.c.id)
        cochin = conn.execute(accepting).scalar_one()
        conn.execute(insert(wards).values(slug="cardio", hospital_id=cochin, name="Cardiologie", keypad="227"))
    return letterbox(Desk(database, bell, box, house), shelf, Ours("avis@hopital.example"))


def looks(mailbox: ImapServer, engine: Engine, drop: Drop, life: int) -> None:
    """One life of the process, from its start."""
    reader = Reader(mailbox.server(), Certificates(), engine, drop, f"mail:{socket.gethostname()}:{10**9 + life}")
    assert reader._is_ours()
    with session.opened(reader.server, reader.certificates) as opened:
        reader.look(opened, threading.Event())


def waits_are_over(engine: Engine) -> None:
    """The letters that were set aside are due."""
    with engine.begin() as conn:
        for name, aside in conn.execute(select(mailboxes.c.name, mailboxes.c.aside)).all():
            due = {uid: said | {"again": "2026-01-01T00:00:00+00:00"} for uid, said in aside.items()}
            conn.execute(update(mailboxes).where(mailboxes.c.name == name).values(aside=due))


def test_whatever_it_was_at_each_letter_is_one_request(mailbox: ImapServer, database: Engine, drop: Drop) -> None:
    step, sent, died_at = 0, 0, set()
    while True:
        step += 1
        for number in range(sent, sent := sent + LETTERS):
            mailbox.brings(letter(f"Avis cardiologie, {number}", sender=f"dr{number}@cabinet.example"))
        with dying_at(database, step) as came_to:
            looks(mailbox, database, drop, step)
        if len(came_to) < step:
            break  # it lived
        died_at.add(came_to[-1])
        waits_are_over(database)
        looks(mailbox, database, drop, 1000 + step)
    assert step > 6 * LETTERS
    assert died_at == {"begin", "commit"}
    with database.connect() as conn:
        of_whom = Counter(conn.execute(select(requests.c.mail)).scalars())
        assert of_whom == {f"dr{number}@cabinet.example": 1 for number in range(sent)}
        assert conn.execute(select(func.count()).select_from(parts)).scalar_one() == sent
        assert conn.execute(select(func.count()).select_from(written)).scalar_one() == sent
        assert conn.execute(select(mailboxes.c.aside)).scalar_one() == {}
