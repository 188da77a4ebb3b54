"""The same letter by every door, in whatever order and however its way changed it: one request, and one part."""

import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, func, insert, select

from callbacks.house import Desk, House
from callbacks.shelf import Shelf
from callbacks.tables import parts, requests
from config.crypto import Box
from config.mail_servers import Certificates
from scheduling.tables import hospitals, wards
from tests.web.conftest import Bell
from tests.webhooks.mail.bringing import PUBLIC, brought
from tests.webhooks.mail.imap_server import ImapServer, letter
from webhooks.mail import sendgrid, session
from webhooks.mail.guards import Ours
from webhooks.mail.imap import Reader
from webhooks.mail.letterbox import Drop, letterbox
from webhooks.mail.smtp_door import SmtpDoor

GP, LINE = "dr.roux@cabinet.example", "avis@hopital.example"
Door = Callable[[bytes], None]


@pytest.fixture
def drop(database: Engine, bell: Bell, box: Box, house: House, shelf: Shelf) -> Drop:
    with database.begin() as conn:
        accepting = insert(hospitals).values(name="Cochin", unknown_senders="accept").returning(hospitals.c.id)
        cochin = conn.execute(accepting).scalar_one()
        conn.execute(insert(wards).values(slug="cardio", hospital_id=cochin, name="Cardiologie", keypad="227"))
    return letterbox(Desk(database, bell, box, house), shelf, Ours(LINE))


@pytest.fixture
def doors(app: Flask, drop: Drop, database: Engine, tmp_path: Path) -> Iterator[dict[str, Door]]:
    app.extensions.update(sendgrid=sendgrid.key_of(PUBLIC), letterbox=drop)
    server = ImapServer(tmp_path / "mail")
    server.start()
    reader = Reader(server.server(), Certificates(), database, drop, f"mail:{socket.gethostname()}:1")
    with SmtpDoor(drop, 0) as open_door:

        def by_smtp(raw: bytes) -> None:
            with smtplib.SMTP("127.0.0.1", open_door.port, timeout=20) as smtp:
                smtp.sendmail(GP, LINE, raw)

        def by_imap(raw: bytes) -> None:
            server.brings(b"Received: from mx.hopital.example\r\nDelivered-To: avis@hopital.example\r\n" + raw)
            with session.opened(reader.server, reader.certificates) as opened:
                reader.look(opened, threading.Event())

        def by_sendgrid(raw: bytes) -> None:
            posted = brought(b"Received: by mx.sendgrid.net\r\nDKIM-Signature: v=1\r\n" + raw, GP, LINE)
            assert (
                app.test_client().post("/webhooks/email", data=posted.body, headers=posted.headers).status_code == 200
            )

        yield {"smtp": by_smtp, "imap": by_imap, "sendgrid": by_sendgrid}
    server.stop()


def test_the_same_letter_by_every_door_is_one_request(doors: dict[str, Door], database: Engine) -> None:
    for letters, order in enumerate(permutations(doors), 1):
        sender = f"dr{letters}@cabinet.example"
        raw = letter(f"Avis cardiologie, patient {letters}.\n\nDr Roux", sender=sender).replace(b"\n", b"\r\n")
        for name in order:
            doors[name](raw)
        with database.connect() as conn:
            count = select(select(func.count()).select_from(requests).scalar_subquery(), func.count(parts.c.id))
            found = conn.execute(count).one()
        assert tuple(found) == (letters, letters), order


def test_two_letters_that_say_the_same_are_two(doors: dict[str, Door], database: Engine) -> None:
    for name in ("<1@cabinet.example>", "<2@cabinet.example>"):
        doors["smtp"](letter("Avis cardiologie", name=name, sender=f"dr{name[1]}@cabinet.example"))
    with database.connect() as conn:
        assert conn.execute(select(func.count()).select_from(requests)).scalar_one() == 2
