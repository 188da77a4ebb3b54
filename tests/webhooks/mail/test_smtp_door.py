"""The door of this machine: whoever leaves a letter keeps it until it is kept here."""

import smtplib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from webhooks.mail.letterbox import Posted
from webhooks.mail.smtp_door import AT_ONCE, LARGEST, SmtpDoor

LETTER = b"From: dr.roux@cabinet.example\r\nSubject: Avis\r\n\r\nUn patient sous AVK.\r\n.\r\nBien \xe0 vous\r\n"
ROUX, LINE, WARD = "dr.roux@cabinet.example", "avis@hopital.example", "cardiologie.cochin@hopital.example"


@dataclass
class Letterbox:
    """Keeps what is dropped; `fails` when there is no room; `gate` holds whoever drops."""

    kept: list[Posted] = field(default_factory=list)
    fails: bool = False
    gate: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def drop(self, posted: Posted) -> bool:
        self.waiting.release()
        assert self.gate.wait(20)
        if self.fails:
            raise OSError("no room")
        self.kept.append(posted)
        return True


@pytest.fixture
def box() -> Letterbox:
    box = Letterbox()
    box.gate.set()
    return box


@pytest.fixture
def door(box: Letterbox) -> Iterator[SmtpDoor]:
    with SmtpDoor(box.drop, 0) as open_door:
        yield open_door


def leaves(door: SmtpDoor, letter: bytes = LETTER, sender: str = ROUX, *to: str) -> None:
    with smtplib.SMTP("127.0.0.1", door.port, timeout=20) as smtp:
        smtp.sendmail(sender, to or (LINE,), letter)


def test_a_letter_that_was_acknowledged_is_kept_as_it_was_written(door: SmtpDoor, box: Letterbox) -> None:
    leaves(door, LETTER, ROUX, WARD)
    assert box.kept == [Posted(LETTER, ROUX, WARD)]


def test_a_bounce_has_no_sender(door: SmtpDoor, box: Letterbox) -> None:
    leaves(door, LETTER, "")
    assert box.kept[0].sender == ""


def test_of_several_recipients_the_letters_own_headers_say_who(door: SmtpDoor, box: Letterbox) -> None:
    leaves(door, LETTER, ROUX, LINE, WARD)
    assert [posted.recipient for posted in box.kept] == [None]


def test_what_is_not_kept_is_left_with_who_brought_it(door: SmtpDoor, box: Letterbox) -> None:
    box.fails = True
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        leaves(door)
    assert refusal.value.smtp_code == 451  # come again, not: never come again
    box.fails = False
    leaves(door)
    assert len(box.kept) == 1


def test_nothing_is_acknowledged_before_it_is_kept(door: SmtpDoor, box: Letterbox) -> None:
    box.gate.clear()
    with socket.create_connection(("127.0.0.1", door.port), 20) as client:
        said = client.makefile("rb")
        said.readline()
        for word in (b"HELO roux", b"MAIL FROM:<%b>" % ROUX.encode(), b"RCPT TO:<%b>" % LINE.encode(), b"DATA"):
            client.sendall(word + b"\r\n")
            said.readline()
        client.sendall(b"Subject: Avis\r\n\r\nx\r\n.\r\n")
        assert box.waiting.acquire(timeout=20)
        client.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.recv(100)
        box.gate.set()
        client.settimeout(20)
        assert client.recv(100).startswith(b"250")


def test_thirty_megabytes_and_a_very_long_line_come_in(door: SmtpDoor, box: Letterbox) -> None:
    line = b"x" * 100_000 + b"\r\n"
    leaves(door, b"Subject: Avis\r\n\r\n" + line * 300)
    assert len(box.kept[0].content) > 30_000_000


def test_what_is_longer_is_refused_for_good(door: SmtpDoor, box: Letterbox) -> None:
    with pytest.raises(smtplib.SMTPException) as refusal:
        leaves(door, b"Subject: Avis\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"y" * 900 + b"\r\n") * (LARGEST // 900))
    assert "552" in str(refusal.value)
    assert box.kept == []


def test_letters_that_come_together_are_all_kept(door: SmtpDoor, box: Letterbox) -> None:
    senders = [threading.Thread(target=leaves, args=(door,)) for _ in range(3 * AT_ONCE)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(box.kept) == 3 * AT_ONCE


def test_only_this_machine_may_enter(door: SmtpDoor) -> None:
    server = door._controller.server
    assert server is not None
    assert {sock.getsockname()[0] for sock in server.sockets} == {"127.0.0.1"}  # type: ignore[attr-defined]
