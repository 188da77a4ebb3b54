"""Handing a message to a mail server: in private or not at all; and what each of its answers means."""

import asyncio
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from callbacks import smtp
from callbacks.carrier import CarrierError
from callbacks.smtp import NULL_SENDER, Parcel
from config.mail_servers import Certificates, Tls
from tests.callbacks.mailroom import ADDRESS, WithReports, mailroom, outgoing, serving, takes_and_hangs_up
from tests.webhooks.mail.authority import Authority, authority

GP = "ines.morel@cabinet.test"
CONTENT = b"Subject: Rappel24\r\n\r\n.un point en d\xc3\xa9but de ligne\r\n..deux\r\n"
PARCEL = Parcel(ADDRESS, GP, CONTENT)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


def shows(signer: Authority, *, asks: bool = False) -> ssl.SSLContext:
    """What a server shows that this authority signed; `asks`: whoever comes must show such a paper too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signer.signs("server"))
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(signer.file)
    return context


def refusal(send: Callable[[], None]) -> tuple[str, bool, bool]:
    """The code of the refusal, whether it is for good, and whether the message may have gone all the same."""
    with pytest.raises(CarrierError) as caught:
        send()
    return caught.value.code, caught.value.permanent, caught.value.ambiguous


def test_a_message_arrives_byte_for_byte() -> None:
    with mailroom() as room:
        smtp.send(outgoing(room), PARCEL)
    (got,) = room.got
    assert (got.mail_from, got.rcpt_tos, got.original_content) == (ADDRESS, [GP], CONTENT)
    assert room.greeted_by == ["rappel24.test"]


# What the server says to a command; what that means: its code, for good or not, perhaps sent or not.
ANSWERS = {
    "a mailbox that does not exist": ("RCPT", "550 5.1.1 no such user", ("550 5.1.1", True, False)),
    "a mailbox that is full": ("RCPT", "452 4.2.2 mailbox full", ("452 4.2.2", False, False)),
    "greylisting": ("RCPT", "450 4.7.1 greylisted", ("450 4.7.1", False, False)),
    "a relay that does not know us": ("RCPT", "554 5.7.1 relay access denied", ("554 5.7.1", True, False)),
    "a sender it does not like": ("MAIL", "553 5.7.1 not yours", ("553 5.7.1", False, False)),
    "a message that is too large": ("MAIL", "552 5.3.4 too big", ("552 5.3.4", True, False)),
    "a busy server": ("MAIL", "421 4.3.2 come back later", ("421 4.3.2", False, False)),
    "contents it does not like": ("DATA", "554 5.6.0 no", ("554 5.6.0", True, False)),
    "a full disk": ("DATA", "452 4.3.1 no space", ("452 4.3.1", False, False)),
    "an answer without an enhanced code": ("RCPT", "550 unknown ines.morel@cabinet.test", ("550", True, False)),
}


@pytest.mark.parametrize(("command", "answer", "means"), ANSWERS.values(), ids=ANSWERS)
def test_what_a_servers_answer_means(command: str, answer: str, means: tuple[str, bool, bool]) -> None:
    with mailroom() as room:
        room.says(command, answer)
        assert refusal(lambda: smtp.send(outgoing(room), PARCEL)) == means
        assert room.got == []


def test_when_the_answer_to_the_last_line_is_lost_it_may_have_been_sent() -> None:
    with mailroom() as room:
        room.says("DATA", takes_and_hangs_up)
        assert refusal(lambda: smtp.send(outgoing(room), PARCEL)) == ("no answer", False, True)
        assert len(room.got) == 1


def test_a_server_that_hangs_up_before_the_message_has_not_got_it() -> None:
    with mailroom() as room:
        room.says("RCPT", takes_and_hangs_up)
        assert refusal(lambda: smtp.send(outgoing(room), PARCEL)) == ("unreachable", False, False)


def test_nobody_listens_there() -> None:
    with mailroom() as room:
        pass
    assert refusal(lambda: smtp.send(outgoing(room), PARCEL)) == ("unreachable", False, False)
    assert not [
        each for each in threading.enumerate() if isinstance(each, threading.Timer) and not each.finished.is_set()
    ]


class Dribble(asyncio.Protocol):
    """A server that says a letter at a time, and never ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        transport.write(b"220-")
        self.says_more()

    def says_more(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(b"a")
            asyncio.get_running_loop().call_later(0.05, self.says_more)


def test_a_server_that_never_ends_its_sentence_is_left() -> None:
    with mailroom() as room:
        pass
    with serving(Dribble) as room.port:
        began = time.monotonic()
        assert refusal(lambda: smtp.send(outgoing(room), PARCEL, seconds=0.5)) == ("unreachable", False, False)
    assert time.monotonic() - began < 5


class TestInPrivate:
    @pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.FROM_THE_START])
    def test_with_an_operators_own_authority(self, tls: Tls, signer: Authority) -> None:
        with mailroom(tls, shows(signer)) as room:
            smtp.send(outgoing(room, tls, certificates=Certificates(signer.file)), PARCEL)
        assert len(room.got) == 1

    @pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.FROM_THE_START])
    def test_an_authority_nobody_told_us_of_is_not_trusted(self, tls: Tls, signer: Authority) -> None:
        with mailroom(tls, shows(signer)) as room:
            assert refusal(lambda: smtp.send(outgoing(room, tls), PARCEL)) == ("certificate", False, False)
            assert room.got == []

    def test_a_server_of_another_name_is_not_trusted(self, signer: Authority) -> None:
        ours = Certificates(signer.file)
        with mailroom(Tls.STARTTLS, shows(signer)) as room:
            there = outgoing(room, Tls.STARTTLS, certificates=ours, host="localhost")  # its paper says 127.0.0.1
            assert refusal(lambda: smtp.send(there, PARCEL)) == ("certificate", False, False)

    def test_a_server_that_cannot_be_private_gets_nothing(self) -> None:
        with mailroom() as room:
            there = outgoing(room, Tls.STARTTLS, user="avis", password="secret")
            assert refusal(lambda: smtp.send(there, PARCEL)) == ("no STARTTLS or AUTH", False, False)
            assert (room.got, room.logins) == ([], [])

    @pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.FROM_THE_START])
    def test_when_its_time_is_up_no_byte_goes_in_the_clear(self, tls: Tls, signer: Authority) -> None:
        there = Certificates(signer.file)
        with mailroom(tls, shows(signer)) as room, smtp._connected(outgoing(room, tls, certificates=there), 5) as open_:
            assert isinstance(open_, smtp._Smtp)
            open_._shut()
            assert isinstance(open_.sock, ssl.SSLSocket)
            assert open_.sock.version() is not None  # without its keys it would write as it stands

    def test_we_show_who_we_are_where_that_is_asked_for(self, signer: Authority) -> None:
        shown = Certificates(signer.file, signer.signs("hospital.test"))
        context = shows(signer, asks=True)
        with mailroom(Tls.STARTTLS, context) as room:
            smtp.send(outgoing(room, Tls.STARTTLS, certificates=shown), PARCEL)
            silent = outgoing(room, Tls.STARTTLS, certificates=Certificates(signer.file))
            refusal(lambda: smtp.send(silent, PARCEL))
        assert len(room.got) == 1

    def test_an_authority_whose_file_is_gone_is_ours_to_mend(self) -> None:
        with mailroom() as room:
            there = outgoing(room, Tls.FROM_THE_START, certificates=Certificates(Path("/nowhere.pem")))
            assert refusal(lambda: smtp.send(there, PARCEL)) == ("certificate file", False, False)


class TestSigningIn:
    def test_with_a_name_and_a_password(self, signer: Authority) -> None:
        with mailroom(Tls.STARTTLS, shows(signer), password="mot de passe") as room:
            ours = Certificates(signer.file)
            there = outgoing(room, Tls.STARTTLS, certificates=ours, user="avis", password="mot de passe")
            smtp.send(there, PARCEL)
        assert (room.logins, len(room.got)) == ([("avis", "mot de passe")], 1)

    def test_a_wrong_password_is_ours_to_mend(self, signer: Authority) -> None:
        with mailroom(Tls.STARTTLS, shows(signer), password="right") as room:
            ours = Certificates(signer.file)
            there = outgoing(room, Tls.STARTTLS, certificates=ours, user="avis", password="wrong")
            code, permanent, ambiguous = refusal(lambda: smtp.send(there, PARCEL))
        assert (code.split()[0], permanent, ambiguous, room.got) == ("535", False, False, [])

    def test_a_server_that_knows_us_by_our_certificate(self, signer: Authority) -> None:
        shown = Certificates(signer.file, signer.signs("hospital.test"))
        with mailroom(Tls.STARTTLS, shows(signer, asks=True), external=True) as room:
            smtp.send(outgoing(room, Tls.STARTTLS, certificates=shown), PARCEL)
        assert (room.logins, len(room.got)) == ([("", "")], 1)


def test_a_server_that_can_be_told_sends_back_no_more_than_our_header() -> None:
    WithReports.asked.clear()
    with mailroom(kind=WithReports) as room:
        smtp.send(outgoing(room), PARCEL)
    assert (WithReports.asked, len(room.got)) == (["RET=HDRS"], 1)


class TestNobodyAsSender:
    def test_a_reply_is_sent_by_nobody(self) -> None:
        with mailroom() as room:
            smtp.send(outgoing(room), Parcel(NULL_SENDER, GP, CONTENT))
        assert [each.mail_from for each in room.got] == ["<>"]

    def test_a_server_that_takes_nothing_from_nobody_gets_our_address(self) -> None:
        with mailroom() as room:
            room.says("MAIL", "550 5.7.1 who are you?")
            smtp.send(outgoing(room), Parcel(NULL_SENDER, GP, CONTENT))
        assert [each.mail_from for each in room.got] == [ADDRESS]


def test_a_context_that_is_not_ours_to_read(signer: Authority) -> None:
    broken = signer.folder / "broken.pem"
    broken.write_text("no certificate")
    with mailroom() as room:
        there = outgoing(room, Tls.FROM_THE_START, certificates=Certificates(broken))
        code, permanent, _ = refusal(lambda: smtp.send(there, PARCEL))
    assert (code in ("TLS", "certificate"), permanent) == (True, False)
    assert issubclass(ssl.SSLError, OSError)
