"""The mailbox of an operator of secure mail: his own authority, a certificate of ours, nothing said in clear."""

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.mail_servers import Certificates, MailServer, Tls
from tests.webhooks.mail.authority import Authority, authority, in_tls
from tests.webhooks.mail.imap_server import ImapServer, letter
from webhooks.mail import session
from webhooks.mail.session import MailboxAway


@pytest.fixture
def igc(tmp_path: Path) -> Authority:
    return authority(tmp_path / "igc")


@pytest.fixture
def mailbox(tmp_path: Path, igc: Authority) -> Iterator[ImapServer]:
    """It speaks STARTTLS."""
    server = ImapServer(tmp_path / "mail", certificate=igc.signs("server"))
    server.start()
    server.brings(letter("confidentiel"))
    yield server
    server.stop()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[ImapServer]:
    server = ImapServer(tmp_path / "plain")
    server.start()
    server.brings(letter("confidentiel"))
    yield server
    server.stop()


def reads(server: MailServer, certificates: Certificates) -> bytes:
    """Its first letter; whoever waits for the next is woken."""
    with session.opened(server, certificates) as opened:
        opened.examine()
        found = opened.letter(opened.above(0)[0])
        assert found is not None
        return found.content


def test_a_password_is_told_after_starttls_to_whom_the_authority_vouches_for(
    mailbox: ImapServer, igc: Authority
) -> None:
    assert b"confidentiel" in reads(mailbox.server(tls=Tls.STARTTLS), Certificates(authority=igc.file))


def test_to_nobody_else(mailbox: ImapServer, tmp_path: Path) -> None:
    another = authority(tmp_path / "another")
    for certificates in (Certificates(), Certificates(authority=another.file)):
        with pytest.raises(MailboxAway, match=r"^SSLCertVerificationError$"):
            reads(mailbox.server(tls=Tls.STARTTLS), certificates)


def test_not_under_another_name(mailbox: ImapServer, igc: Authority) -> None:
    server = replace(mailbox.server(tls=Tls.STARTTLS), host="localhost")
    with pytest.raises(MailboxAway, match=r"^SSLCertVerificationError$"):
        reads(server, Certificates(authority=igc.file))


def test_not_to_a_server_that_does_not_know_starttls(plain: ImapServer, igc: Authority) -> None:
    with pytest.raises(MailboxAway):
        reads(plain.server(tls=Tls.STARTTLS), Certificates(authority=igc.file))


def test_an_operator_may_ask_who_we_are(plain: ImapServer, igc: Authority) -> None:
    ours, asking = igc.signs("ours"), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=igc.file)
    asking.load_cert_chain(igc.signs("server"))
    asking.verify_mode = ssl.CERT_REQUIRED
    with in_tls(plain.port, asking) as port:
        server = replace(plain.server(tls=Tls.FROM_THE_START), port=port)
        assert b"confidentiel" in reads(server, Certificates(authority=igc.file, ours=ours))
        with pytest.raises(MailboxAway):
            reads(server, Certificates(authority=igc.file))


EXTERNAL = [
    (b"* OK [CAPABILITY IMAP4rev1 AUTH=EXTERNAL] here", b""),
    (b"* CAPABILITY IMAP4rev1 AUTH=EXTERNAL", b"CAPABILITY"),
    (b"+", b"AUTHENTICATE EXTERNAL"),
    (b"", base64.b64encode(b"avis@hopital.mssante.example")),
    (b"* CAPABILITY IMAP4rev1 IDLE", b"CAPABILITY"),
    (b"* BYE", b"LOGOUT"),
]


def test_where_a_certificate_is_enough_no_password_is_told() -> None:
    """By a script of RFC 3501 and 4422: the real server of the other tests knows passwords alone."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        speaker = threading.Thread(target=speak, args=(listener, heard))
        speaker.start()
        server = MailServer("127.0.0.1", listener.getsockname()[1], Tls.NONE, "avis@hopital.mssante.example")
        with session.opened(server, Certificates()):
            pass
        speaker.join()
    assert heard == [expected for _, expected in EXTERNAL[1:]]


def speak(listener: socket.socket, heard: list[bytes]) -> None:
    client, _ = listener.accept()
    with client, client.makefile("rwb", buffering=0) as lines:
        lines.write(EXTERNAL[0][0] + b"\r\n")
        tag = b""
        for answer, expected in EXTERNAL[1:]:
            said = lines.readline().strip()
            if expected and said.endswith(expected) and said != expected:
                tag, _, said = said.partition(b" ")
            heard.append(said)
            lines.write(answer + b"\r\n" if answer else b"")
            if answer != b"+":
                lines.write(tag + b" OK done\r\n")


def test_news_come_through_tls_too(plain: ImapServer, igc: Authority) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(igc.signs("server"))
    with in_tls(plain.port, context) as port:
        server = replace(plain.server(tls=Tls.FROM_THE_START), port=port)
        with session.opened(server, Certificates(authority=igc.file)) as opened:
            opened.examine()
            plain.brings(letter("suite"))
            opened.wait(threading.Event(), lambda: None)
            opened.examine()
            assert len(opened.above(0)) == 2
