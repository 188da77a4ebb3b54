"""The mail process killed at any moment, its mailbox and its door going away: no letter lost, no request doubled.

Real processes, real PostgreSQL and Valkey, a real IMAP server with its mailbox on disk, real SMTP.
"""

import random
import smtplib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from sqlalchemy import Engine, insert, text

from scheduling.tables import hospitals, wards
from tests.faults.house import Processes, chaos, eventually
from tests.ports import free_port
from tests.webhooks.mail.imap_server import ImapServer, letter

CHAOS_SECONDS = 14.0
SEED = 24
BY_IMAP, BY_SMTP = 60, 24


@pytest.fixture
def ward(database: Engine) -> None:
    with database.begin() as conn:
        cochin = conn.execute(
            insert(hospitals).values(name="Cochin", unknown_senders="accept").returning(hospitals.c.id)
        ).scalar_one()
        conn.execute(insert(wards).values(slug="cardio", hospital_id=cochin, name="Cardiologie", keypad="227"))


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[ImapServer]:
    server = ImapServer(tmp_path / "mail")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def door() -> int:
    return free_port()


@pytest.fixture
def processes(
    mailbox: ImapServer, door: int, ward: None, database_url: str, redis_url: str, tmp_path: Path
) -> Iterator[Processes]:
    found = Processes(database_url, redis_url, "http://127.0.0.1:9", tmp_path, "12345", "AC" + "0" * 32)
    found.env |= {
        "MAIL_ADDRESS": "avis@hopital.example",
        "SMTP_URL": "smtp://127.0.0.1:9",
        "IMAP_URLS": mailbox.url(),
        "SMTP_DOOR": str(door),
    }
    yield found
    found.stop()


def asked(number: int) -> bytes:
    """One GP's letter; each has another."""
    return letter(f"Bonjour, avis cardiologie Cochin, question {number}.", "Avis", f"dr{number}@cabinet.example")


def requests_of(engine: Engine) -> Counter[str]:
    """How many requests each GP has, counted by their parts."""
    with engine.connect() as conn:
        return Counter(conn.execute(text("select mail from requests join parts on request_id = requests.id")).scalars())


class Senders:
    """GPs' mail servers: each keeps its letter until the line says that it has it."""

    def __init__(self, port: int, numbers: range) -> None:
        self.stop = threading.Event()
        self.port = port
        self.threads = [threading.Thread(target=self._send, args=(number,), daemon=True) for number in numbers]

    def start_some(self, many: int) -> None:
        for thread in [each for each in self.threads if each.ident is None][:many]:
            thread.start()

    def _send(self, number: int) -> None:
        while not self.stop.is_set():
            try:
                with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as smtp:
                    smtp.sendmail(f"dr{number}@cabinet.example", "avis@hopital.example", asked(number))
                return
            except (OSError, smtplib.SMTPException):
                self.stop.wait(0.2)

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.timeout(240)
def test_no_letter_is_lost_and_no_request_doubled(
    database: Engine, mailbox: ImapServer, door: int, processes: Processes
) -> None:
    numbers = list(range(BY_IMAP))
    senders = Senders(door, range(1000, 1000 + BY_SMTP))
    draw = random.Random(SEED)

    def more() -> None:
        mailbox.brings(*[asked(numbers.pop()) for _ in range(min(8, len(numbers)))])
        senders.start_some(4)

    def mail_server_restarts() -> None:
        mailbox.stop()
        mailbox.start()

    more()
    processes.start("mail-1")
    eventually(lambda: requests_of(database).total() > 0, 60, "the first request")
    deeds: list[tuple[int, Callable[[], object]]] = [
        (6, lambda: processes.kill("mail-1")),
        (6, more),
        (1, mail_server_restarts),
    ]
    chaos(CHAOS_SECONDS, 0.9 + draw.random() / 5, deeds, SEED)
    while numbers:
        more()
    senders.start_some(BY_SMTP)
    expected = {f"dr{number}@cabinet.example": 1 for number in (*range(BY_IMAP), *range(1000, 1000 + BY_SMTP))}
    eventually(lambda: len(requests_of(database)) == len(expected), 90, "the last request")
    senders.end()

    assert processes.kills > 4
    assert requests_of(database) == expected


class PostOffice:
    """The hospital's mail server, which takes our letters."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.senders: list[str] = []

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append(message_from_bytes(content, policy=default))
        self.senders.append(envelope.mail_from or "")
        return "250 OK"


@pytest.mark.timeout(180)
def test_a_gp_who_writes_is_confirmed_within_a_minute(
    database: Engine, mailbox: ImapServer, processes: Processes
) -> None:
    office = PostOffice()
    controller = Controller(office, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        processes.env["SMTP_URL"] = f"smtp://127.0.0.1:{controller.port}"
        for name in ("mail-1", "worker-1", "tick-1"):
            processes.start(name)
        eventually(lambda: beats(database) == 3, 60, "a sign of life of each")
        mailbox.brings(
            letter("Avis cardio, patient sous AVK", sender="dr.roux@cabinet.example", name="<7@cabinet.example>")
        )
        took = eventually(lambda: bool(office.taken), 90, "the confirmation")
    finally:
        controller.stop()
    assert took < 60
    (confirmation,) = office.taken
    assert (confirmation["To"], confirmation["In-Reply-To"]) == ("dr.roux@cabinet.example", "<7@cabinet.example>")
    assert confirmation["Auto-Submitted"] == "auto-replied"
    assert office.senders == ["<>"]  # nobody answers it, nor reports that it failed
    with database.connect() as conn:
        reference = conn.execute(text("select reference from requests")).scalar_one()
    assert reference in confirmation["Subject"] + confirmation.get_content()
    assert "AVK" not in confirmation.as_string()


@pytest.mark.timeout(120)
def test_mail_says_that_it_is_there_and_ends_when_asked(database: Engine, processes: Processes) -> None:
    process = processes.start("mail-1")

    def reported() -> bool:
        with database.connect() as conn:
            found = set(conn.execute(text("select split_part(process, ':', 1) from heartbeats")).scalars())
        return found == {"mail"}

    eventually(reported, 60, "a sign of life")
    process.terminate()
    assert process.wait(20) == 0


@pytest.mark.timeout(120)
def test_where_no_mail_is_configured_the_process_is_idle(database: Engine, processes: Processes) -> None:
    for name in ("MAIL_ADDRESS", "SMTP_URL", "IMAP_URLS", "SMTP_DOOR"):
        del processes.env[name]
    process = processes.start("mail-1")
    eventually(lambda: beats(database) > 0, 60, "a sign of life")
    process.terminate()
    assert process.wait(20) == 0


def beats(engine: Engine) -> int:
    with engine.connect() as conn:
        return int(conn.execute(text("select count(*) from heartbeats")).scalar_one())
