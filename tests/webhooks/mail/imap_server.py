"""A real IMAP server (pymap, a process of its own) with mailboxes on disk, and who leaves letters in them."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from imap_tools import BaseMailBox, MailBoxUnencrypted
from pysasl.hashing import BuiltinHash

from config.mail_servers import MailServer, Tls
from tests.ports import free_port

PASSWORD = "a mailbox's own"
PROGRAM = Path(sys.executable).parent / "pymap"
PATIENCE = 20.0


@dataclass
class ImapServer:
    """One server, whose users are made at the start. `certificate`: a file of certificate and key, for STARTTLS."""

    folder: Path
    users: tuple[str, ...] = ("avis",)
    certificate: Path | None = None
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Until it answers."""
        self.folder.mkdir(exist_ok=True)
        quick = BuiltinHash(rounds=10).hash(PASSWORD)
        (self.folder / "pymap-etc-passwd").write_text("".join(f"{user}:x::::{user}:\r\n" for user in self.users))
        (self.folder / "pymap-etc-shadow").write_text("".join(f"{user}:{quick}:::::::\r\n" for user in self.users))
        tls = ("--no-tls",) if self.certificate is None else ("--cert", str(self.certificate))
        words = (str(PROGRAM), "--host", "127.0.0.1", "--port", str(self.port), *tls, "maildir", str(self.folder))
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(words, stdout=said, stderr=said, stdin=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise AssertionError((self.folder / "said").read_text())

    def stop(self) -> None:
        """At once: whoever is connected finds out."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def server(self, user: str = "avis", password: str = PASSWORD, tls: Tls = Tls.NONE) -> MailServer:
        """How the line is told of a mailbox."""
        return MailServer("127.0.0.1", self.port, tls, user, password)

    def url(self, user: str = "avis") -> str:
        """The same, as a setting."""
        return f"imap://{user}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/INBOX"

    @contextmanager
    def opened(self, user: str = "avis") -> Iterator[BaseMailBox]:
        """As somebody else who reads this mailbox."""
        with MailBoxUnencrypted("127.0.0.1", self.port, timeout=PATIENCE).login(user, PASSWORD) as box:
            yield box

    def brings(self, *letters: bytes, user: str = "avis", at: datetime | None = None) -> None:
        """The hospital's mail server delivers; `at`: when it says that it did."""
        with self.opened(user) as box:
            for each in letters:
                box.append(each, dt=at or datetime.now(UTC))

    def numbers_anew(self, user: str = "avis") -> None:
        """What a restored mailbox does: the same letters, another UIDVALIDITY, other numbers."""
        self.stop()
        (self.folder / user / "dovecot-uidlist").unlink()
        self.start()

    def empties(self, user: str = "avis") -> None:
        """Somebody deletes the mailbox's letters."""
        for name in ("new", "cur"):
            shutil.rmtree(self.folder / user / name)
            (self.folder / user / name).mkdir()


def letter(text: str, subject: str = "Avis", sender: str = "dr.roux@cabinet.example", name: str | None = None) -> bytes:
    """An ordinary letter to the line. `name`: its Message-ID."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "avis@hopital.example", subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = name or f"<{abs(hash((text, subject, sender)))}@cabinet.example>"
    message.set_content(text)
    return message.as_bytes()
