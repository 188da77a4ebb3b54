"""Two machines that answer each other stop after one: with the marks that machines should carry, and without any.

Real mail from end to end: each house sends by SMTP to a post office, which carries it to the other's door.
"""

import re
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import make_msgid
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text

from callbacks import climb, delivery
from callbacks.house import Desk, House
from callbacks.post import Mailer
from callbacks.shelf import Shelf
from callbacks.smtp import Outgoing
from config import clock
from config.crypto import Box
from config.database import job_engine
from config.mail_servers import Certificates, MailServer, Tls
from config.servers import Urls
from tests.callbacks.mailroom import HOST, Mailroom, mailroom
from tests.callbacks.sending import HOUSE, MemoryCarrier
from tests.databases import Databases
from webhooks.mail.guards import Ours
from webhooks.mail.letterbox import letterbox
from webhooks.mail.smtp_door import SmtpDoor

COCHIN, BICHAT, MACHINE = "avis@cochin.test", "avis@bichat.test", "secretariat@cabinet.test"
ROUNDS = 30
QUIET = 4  # letters of two machines that have nothing to say that they are machines


class NoBell:
    """Nobody is rung: the test does the work."""

    def ring(self, kind: str, id: int | str) -> None:
        """Silence."""


class LineOfAdvice:
    """A house with one ward, an address and a door for letters."""

    def __init__(self, engine: Engine, folder: Path, address: str, hospital: str, office: Mailroom) -> None:
        self.engine, self.address = engine, address
        self.house = House(**vars(HOUSE) | {"mail_address": address})
        box = Box([b"k" * 32])
        desk = Desk(engine, NoBell(), box, self.house)
        server = MailServer(HOST, office.port, Tls.NONE)
        self.mailer = Mailer(Outgoing(server, Certificates(), address), _no_answer)
        self.door = SmtpDoor(letterbox(desk, Shelf(folder, box), Ours(address)), 0)
        with engine.begin() as conn:
            conn.execute(
                text("insert into hospitals (name, unknown_senders) values (:name, 'accept')"), {"name": hospital}
            )
            conn.execute(
                text(
                    "insert into wards (slug, hospital_id, name, keypad, keywords)"
                    " select 'cardiologie', id, 'Cardiologie', '227', '{}' from hospitals"
                )
            )

    def works(self) -> None:
        """Climb what is due, send what waits."""
        with self.engine.begin() as conn:
            moment = clock.read(conn)
            for request_id in climb.due(conn, moment, 100):
                climb.climb(conn, request_id, moment, self.house)
        with self.engine.connect() as conn:
            waiting = (
                conn.execute(text("select id from outbox where channel = 'email' and state = 'waiting'"))
                .scalars()
                .all()
            )
        for outbox_id in waiting:
            delivery.deliver(self.engine, MemoryCarrier(), self.house, outbox_id, "worker", mailer=self.mailer)

    def makes_sure(self) -> None:
        """Act on what did not arrive."""
        with self.engine.connect() as conn:
            lost = conn.execute(text("select id from outbox where state = 'undelivered'")).scalars().all()
        for outbox_id in lost:
            delivery.follow_up(self.engine, MemoryCarrier(), outbox_id, partial(climb.alert_failed, house=self.house))

    def told(self) -> list[tuple[str, str, str]]:
        """Why, how and where the GP was told something."""
        with self.engine.connect() as conn:
            rows = conn.execute(text("select purpose, channel, state from outbox where person_id is null order by id"))
            return [(row.purpose, row.channel, row.state) for row in rows if row.purpose != "last_resort"]

    def count(self, table: str) -> int:
        with self.engine.connect() as conn:
            return int(conn.execute(text(f"select count(*) from {table}")).scalar_one())


def _no_answer(conn: Connection, answer_id: UUID) -> str:
    raise LookupError(answer_id)


@dataclass
class PostOffice:
    """Carries letters to the doors of whom they are for; `strips`: a gateway that takes every mark off them."""

    room: Mailroom
    doors: dict[str, int]
    strips: bool = False
    machines: dict[str, "Machine"] = field(default_factory=dict)
    carried: list[tuple[str, str]] = field(default_factory=list)  # from whom, to whom

    def carries(self) -> int:
        """What lies there goes out; how much."""
        lying, self.room.got[:] = list(self.room.got), []
        for envelope in lying:
            (recipient,) = envelope.rcpt_tos
            sender = (envelope.mail_from or "").strip("<>")
            content = envelope.content
            assert isinstance(content, bytes)
            self.brings(sender, recipient, content)
        return len(lying)

    def brings(self, sender: str, recipient: str, content: bytes) -> None:
        """One letter, to a house's door or a machine."""
        letter = message_from_bytes(content, policy=policy.SMTP)
        assert isinstance(letter, EmailMessage)
        if self.strips:
            sender = str(letter["From"].addresses[0].addr_spec)
            for name in [name for name in letter.keys() if re.match(r"(?i)x-|auto-|precedence", name)]:  # noqa: SIM118
                del letter[name]
        self.carried.append((str(letter["From"].addresses[0].addr_spec), recipient))
        machine = self.machines.get(recipient)
        if machine is not None:
            machine.gets(letter, self)
            return
        with smtplib.SMTP(HOST, self.doors[recipient]) as smtp:
            smtp.sendmail(sender, [recipient], letter.as_bytes())


@dataclass
class Machine:
    """A ticket system that acknowledges whatever it gets, each time in its own way."""

    answers: Callable[[EmailMessage, EmailMessage], None]
    sent: int = 0

    def gets(self, letter: EmailMessage, office: PostOffice) -> None:
        self.sent += 1
        if self.sent > ROUNDS:
            return
        answer = written(MACHINE, COCHIN, f"Re: {letter['Subject']}")
        answer.set_content("Bonjour, nous avons bien reçu votre message et vous répondrons dans les meilleurs délais.")
        self.answers(answer, letter)
        office.brings(MACHINE, COCHIN, answer.as_bytes())


def written(sender: str, recipient: str, subject: str) -> EmailMessage:
    """A letter without its words."""
    letter = EmailMessage(policy=policy.SMTP)
    letter["From"], letter["To"], letter["Subject"] = sender, recipient, subject
    letter["Date"], letter["Message-ID"] = datetime.now(UTC), make_msgid(domain="cabinet.test")
    return letter


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with mailroom() as room:
        yield PostOffice(room, {})


@pytest.fixture
def cochin(database: Engine, tmp_path: Path, office: PostOffice) -> Iterator[LineOfAdvice]:
    house = LineOfAdvice(database, tmp_path / "cochin", COCHIN, "Cochin", office.room)
    with house.door:
        office.doors[COCHIN] = house.door.port
        yield house


@pytest.fixture
def bichat(servers: Urls, worker_id: str, _template: str, tmp_path: Path, office: PostOffice) -> Iterator[LineOfAdvice]:
    """Another hospital's line, with a register of its own."""
    databases = Databases(servers.database, f"{worker_id}_bichat")
    engine = job_engine(databases.like(_template))
    house = LineOfAdvice(engine, tmp_path / "bichat", BICHAT, "Bichat", office.room)
    with house.door:
        office.doors[BICHAT] = house.door.port
        yield house
    engine.dispose()
    databases.close()


def until_quiet(office: PostOffice, *houses: LineOfAdvice) -> int:
    """Let everybody work and the post go round; after how many rounds nothing moved any more."""
    for rounds in range(ROUNDS):
        for house in houses:
            house.works()
        if not office.carries():
            return rounds
    raise AssertionError(f"they still write to each other: {office.carried[:12]}…")


@pytest.mark.parametrize("strips", [False, True], ids=["with their marks", "behind a gateway that takes them off"])
def test_two_lines_of_advice_stop_after_one(
    cochin: LineOfAdvice, bichat: LineOfAdvice, office: PostOffice, strips: bool
) -> None:
    office.strips = strips
    first = written(BICHAT, COCHIN, "Avis cardiologie Cochin")
    first.set_content("Un avis de cardiologie Bichat ou Cochin, svp, pour un traitement anticoagulant.")
    office.brings(BICHAT, COCHIN, first.as_bytes())
    until_quiet(office, cochin, bichat)
    from_cochin = sum(sender == COCHIN for sender, _ in office.carried)
    from_bichat = sum(sender == BICHAT for sender, _ in office.carried[1:])
    assert from_cochin >= 1  # its confirmation
    assert (from_cochin + from_bichat) <= (QUIET if strips else 1)
    assert cochin.count("requests") <= 2
    assert bichat.count("requests") <= 1


def as_it_should(answer: EmailMessage, letter: EmailMessage) -> None:
    answer["Auto-Submitted"] = "auto-replied"
    answer["In-Reply-To"] = answer["References"] = letter["Message-ID"]


def in_the_thread(answer: EmailMessage, letter: EmailMessage) -> None:
    answer["In-Reply-To"] = answer["References"] = letter["Message-ID"]


def with_our_reference_alone(answer: EmailMessage, letter: EmailMessage) -> None:
    """Our subject is in its own; nothing else says what it answers."""


def as_a_new_ticket(answer: EmailMessage, letter: EmailMessage) -> None:
    answer.replace_header("Subject", "Ticket 4711 ouvert")


def quoting_us_bare(answer: EmailMessage, letter: EmailMessage) -> None:
    """Our own sentences, with the ward and the reference, as if they were its."""
    answer.replace_header("Subject", "Votre demande")
    answer.set_content("Nous avons bien reçu :\n" + letter.get_content())


def naming_our_ward(answer: EmailMessage, letter: EmailMessage) -> None:
    answer.replace_header("Subject", "Accusé de réception")
    answer.set_content("Votre demande d'avis au service de cardiologie de Cochin a bien été reçue.")


def as_a_holiday_without_marks(answer: EmailMessage, letter: EmailMessage) -> None:
    answer.replace_header("Subject", "Absence du cabinet")
    answer.set_content("Je suis absent jusqu'au 30 novembre.")


MACHINES = (
    as_it_should,
    in_the_thread,
    with_our_reference_alone,
    as_a_new_ticket,
    quoting_us_bare,
    naming_our_ward,
    as_a_holiday_without_marks,
)


@pytest.mark.parametrize("answers", MACHINES, ids=[each.__name__ for each in MACHINES])
def test_a_machine_that_acknowledges_everything_is_told_little(
    cochin: LineOfAdvice, office: PostOffice, answers: Callable[[EmailMessage, EmailMessage], None]
) -> None:
    office.machines[MACHINE] = Machine(answers)
    first = written(MACHINE, COCHIN, "Avis")
    first.set_content("Bonjour, un avis de cardiologie Cochin svp.")
    office.brings(MACHINE, COCHIN, first.as_bytes())
    until_quiet(office, cochin)
    told = sum(sender == COCHIN for sender, _ in office.carried)
    assert 1 <= told <= (1 if answers is as_it_should else 2)  # beyond the confirmation one answer a day
    assert cochin.count("requests") == 1


def returned(letter: EmailMessage, recipient: str) -> bytes:
    """What his server writes when it cannot deliver a letter: with its header alone (RFC 3464, RFC 6522)."""
    report = MIMEMultipart("report", report_type="delivery-status")
    report["From"], report["To"] = "MAILER-DAEMON@cabinet.test", str(letter["From"])
    report["Subject"], report["Message-ID"] = "Undelivered Mail Returned to Sender", make_msgid(domain="cabinet.test")
    report["Auto-Submitted"] = "auto-replied"
    report.attach(MIMEText(f"<{recipient}>: 550 5.1.1 User unknown"))
    status = EmailMessage()
    status["Final-Recipient"], status["Action"], status["Status"] = f"rfc822; {recipient}", "failed", "5.1.1"
    report.attach(MIMEMessage(status, "delivery-status"))
    header = MIMEText("", "rfc822-headers")
    header.set_payload(letter.as_bytes(policy=policy.SMTP).partition(b"\r\n\r\n")[0].decode())
    report.attach(header)
    return report.as_bytes()


def test_a_confirmation_that_comes_back_is_said_by_sms_and_makes_no_request(
    cochin: LineOfAdvice, office: PostOffice
) -> None:
    with cochin.engine.begin() as conn:
        conn.execute(
            text("insert into practitioners (id, name, email) values (7, 'Dr Inès Morel', :mail)"), {"mail": MACHINE}
        )
        conn.execute(text("insert into practitioner_phones (practitioner_id, phone) values (7, '+33639980101')"))
    first = written(MACHINE, COCHIN, "Avis")
    first.set_content("Bonjour, un avis de cardiologie Cochin svp.")
    office.brings(MACHINE, COCHIN, first.as_bytes())
    cochin.works()
    (confirmation,) = office.room.letters
    for _ in range(2):
        office.brings("", COCHIN, returned(confirmation, MACHINE))
        cochin.makes_sure()
    assert cochin.told() == [("confirmation", "email", "undelivered"), ("confirmation", "sms", "waiting")]
    assert cochin.count("requests") == 1
