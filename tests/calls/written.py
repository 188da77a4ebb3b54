"""A hospital that is written to, too: GPs with mailboxes, a real mail server between them and the house."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from redis import Redis
from sqlalchemy import Connection, Engine

from callbacks.answers import sending, unread
from callbacks.post import Mailer
from callbacks.smtp import Outgoing
from callbacks.written import sorting, to_sort
from config import clock
from config.mail_servers import Certificates, MailServer, Tls
from config.tick import Tick
from tests.callbacks.mailroom import HOST, Mailroom, letter, mailroom
from tests.calls.hospital import Hospital
from webhooks.mail.guards import Ours
from webhooks.mail.letterbox import Posted, letterbox

ADDRESS = "avis@rappel24.test"
SECURE = "mssante.example"
PATIENCE = 120  # seconds of the hospital's clock


class WrittenHospital(Hospital):
    """The same hospital with an address: letters come in by its letterbox, and leave by a real mail server."""

    def __init__(self, engine: Engine, redis: Redis, folder: Path, room: Mailroom, **options: Any) -> None:
        self.room = room
        super().__init__(engine, redis, folder, **options)
        self.drop = letterbox(self.app.extensions["desk"], self.shelf, Ours(ADDRESS))

    def correspondent(self, address: str) -> "Correspondent":
        """Somebody with a mailbox."""
        return Correspondent(self, address)

    def looks_for_unread(self) -> None:
        """What the tick does every minute: tells of answers that nobody has read."""
        self.now_is(self.sim.now)
        with self.engine.begin() as conn:
            unread.tell(conn, clock.read(conn), self.house)

    def looks_for_unsorted(self) -> None:
        """What the tick does too: tells the coordinator of what waits to be sorted."""
        self.now_is(self.sim.now)
        with self.engine.begin() as conn:
            to_sort.tell(conn, clock.read(conn), self.house)
        self.ticks()

    def sorts(self, ward: str) -> None:
        """The coordinator chooses the ward (its slug) of the one talk that waits."""
        ward_id = self.sql("select id from wards where slug = :slug", slug=ward).scalar_one()
        with self.engine.begin() as conn:
            moment = clock.read(conn)
            [waiting] = sorting.waiting(conn, moment.now)
            sorting.file_dialogue(conn, waiting.id, ward_id, moment)
        self.ticks()

    def _application(self, redis: Redis, folder: Path) -> Flask:
        self.house = replace(self.house, mail_address=ADDRESS, secure_domains=(SECURE, ADDRESS.partition("@")[2]))
        return super()._application(redis, folder)

    def _tick(self, folder: Path) -> Tick:
        tick = super()._tick(folder)
        server = MailServer(HOST, self.room.port, Tls.NONE)
        tick.shop = replace(tick.shop, mailer=Mailer(Outgoing(server, Certificates(), ADDRESS), self._opened))
        return tick

    def _opened(self, conn: Connection, answer_id: UUID) -> str:
        return sending.letter(conn, self.box, self.house, answer_id)


@dataclass(frozen=True)
class Correspondent:
    """A GP at his mail program."""

    hospital: WrittenHospital
    address: str

    def writes(
        self, text: str, subject: str = "", to: str = ADDRESS, answers: EmailMessage | None = None, picture: bytes = b""
    ) -> EmailMessage:
        """A letter, handed to the house; it has been looked at when this returns."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.address, to, subject
        message["Date"] = self.hospital.sim.now
        message["Message-ID"] = make_msgid(domain=self.address.partition("@")[2])
        if answers is not None:
            message["In-Reply-To"] = message["References"] = answers["Message-ID"]
        message.set_content(text)
        if picture:
            message.add_attachment(picture, maintype="image", subtype="png", filename="ecg.png")
        self.hands_over(message)
        return message

    def hands_over(self, message: EmailMessage) -> bool:
        """These very bytes; whether they were new to the house."""
        self.hospital.now_is(self.hospital.sim.now)
        new = self.hospital.drop(Posted(message.as_bytes(), self.address, str(message["To"])))
        self.hospital.ticks()
        self.hospital.sim.advance(seconds=1)
        return new

    @property
    def letters(self) -> list[EmailMessage]:
        """What the house sent him, oldest first."""
        return [letter(each) for each in self.hospital.room.got if each.rcpt_tos == [self.address]]

    def reads(self, words: str, within: int = PATIENCE) -> EmailMessage:
        """The newest letter with these words in its subject or text, waiting for it if need be."""
        hospital = self.hospital
        for _ in range(within):
            found = [each for each in self.letters if words in said(each)]
            if found:
                return found[-1]
            hospital.sim.advance(seconds=1)
            hospital.ticks()
        raise AssertionError(f"no letter with {words!r}; there are {[said(each) for each in self.letters]}")


def said(message: EmailMessage) -> str:
    """Its subject and its text, in one line."""
    return " ".join(f"{message['Subject']} {message.get_content()}".split())


@contextmanager
def written_to(engine: Engine, redis: Redis, folder: Path) -> Iterator[WrittenHospital]:
    """Such a hospital, on Monday at 14:00 in Paris."""
    with mailroom() as room:
        hospital = WrittenHospital(engine, redis, folder, room)
        yield hospital
        assert not hospital.sim.trace.debugger, hospital.sim.trace.debugger
