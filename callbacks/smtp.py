"""Handing one message to a mail server: in private, within a few seconds, and every refusal said as a CarrierError.

Up to the last line of a message nothing was sent, whatever happens; when the answer to that line is lost, it may have
been (`ambiguous`). 4xx is asked again, 5xx never (RFC 5321 4.2.1), unless it is about us rather than the message.
"""

import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from callbacks.carrier import CarrierError
from config.mail_servers import Certificates, MailServer, Tls

SILENT_SECONDS = 3.0  # a server that says nothing for so long is left
WHOLE_SECONDS = 9.0  # and so is one that says a byte a second: with SEND_WITHIN this ends before the lease does
NULL_SENDER = ""  # <>: what is sent by it is never answered, nor its failure reported (RFC 3834 3.3, RFC 5321 4.5.5)


@dataclass(frozen=True)
class Parcel:
    """A message as it is handed over: who hears of its failure, who gets it, its bytes (lines end with CR LF)."""

    sender: str
    recipient: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Outgoing:
    """The server that takes our messages, how we trust each other, and our own address."""

    server: MailServer
    certificates: Certificates
    address: str

    @property
    def domain(self) -> str:
        """What we greet the server with, and what our messages' names end with."""
        return self.address.rpartition("@")[2]


def send(outgoing: Outgoing, parcel: Parcel, seconds: float = WHOLE_SECONDS) -> None:
    """Hand it over; when this returns the server has it. Raises CarrierError."""
    with _said_plainly(), _connected(outgoing, seconds) as smtp:
        _hand_over(smtp, parcel, outgoing.address)


def greet(outgoing: Outgoing, seconds: float = WHOLE_SECONDS) -> None:
    """Sign in, and leave: whether the server would take a message of ours. Raises CarrierError."""
    with _said_plainly(), _connected(outgoing, seconds):
        pass


@contextlib.contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPResponseException as refused:  # to talk to us at all: nothing is wrong with the message
        raise CarrierError(_word(refused.smtp_code, refused.smtp_error)) from None
    except (smtplib.SMTPException, OSError, ValueError) as fault:  # ValueError: a name that is no host's
        raise CarrierError(_FAULTS.get(type(fault), "unreachable")) from None


_FAULTS: dict[type[Exception], str] = {
    smtplib.SMTPNotSupportedError: "no STARTTLS or AUTH",
    smtplib.SMTPException: "no AUTH that we know",
    ssl.SSLCertVerificationError: "certificate",
    ssl.SSLError: "TLS",
    FileNotFoundError: "certificate file",
    PermissionError: "certificate file",
}


class _Smtp(smtplib.SMTP):
    """Shuts the connection when its time is up, whatever the server is saying."""

    sock: socket.socket | None

    def __init__(self, host: str, port: int, own_name: str, whole: float, **options: Any) -> None:
        self._timer = threading.Timer(whole, self._shut)
        self._timer.daemon = True
        self._timer.start()
        try:
            super().__init__(host, port, own_name, timeout=min(whole, SILENT_SECONDS), **options)
        except BaseException:
            self._timer.cancel()
            raise

    def _shut(self) -> None:
        with contextlib.suppress(OSError):  # it has ended by itself
            if self.sock is not None:
                # Not the TLS socket's own: it drops its keys first, and what is written just then goes in the clear.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close it, as `smtplib` itself does after every fault."""
        self._timer.cancel()
        super().close()


class _Smtps(_Smtp, smtplib.SMTP_SSL):
    """The same, in private from the first byte."""


@contextlib.contextmanager
def _connected(outgoing: Outgoing, seconds: float) -> Iterator[smtplib.SMTP]:
    """A connection that is private and signed in."""
    smtp = _open(outgoing, seconds)
    try:
        if outgoing.server.tls is Tls.STARTTLS:
            smtp.starttls(context=outgoing.certificates.context())
        smtp.ehlo_or_helo_if_needed()
        _sign_in(smtp, outgoing)
        yield smtp
        with contextlib.suppress(smtplib.SMTPException, OSError):
            smtp.quit()
    finally:
        smtp.close()


def _open(outgoing: Outgoing, seconds: float) -> smtplib.SMTP:
    server = outgoing.server
    if server.tls is Tls.FROM_THE_START:
        context = outgoing.certificates.context()
        return _Smtps(server.host, server.port, outgoing.domain, seconds, context=context)
    return _Smtp(server.host, server.port, outgoing.domain, seconds)


def _sign_in(smtp: smtplib.SMTP, outgoing: Outgoing) -> None:
    server = outgoing.server
    if server.password:
        smtp.login(server.user, server.password)
    elif outgoing.certificates.ours and "EXTERNAL" in smtp.esmtp_features.get("auth", "").upper().split():
        # The certificate says who we are, the user for whom (RFC 4422 A).
        smtp.auth("EXTERNAL", lambda challenge=None: server.user, initial_response_ok=False)


def _hand_over(smtp: smtplib.SMTP, parcel: Parcel, address: str) -> None:
    # What comes back is our own header alone, not a senior's answer with it (RFC 3461 4.3).
    code, said = smtp.mail(parcel.sender, ["RET=HDRS"] if smtp.has_extn("dsn") else [])
    if code >= 500 and parcel.sender == NULL_SENDER:
        smtp.rset()  # some servers take nothing from <>, even of those who have signed in
        code, said = smtp.mail(address)
    _expect(250, code, said, permanent=_is_size(said))
    _expect(250, *smtp.rcpt(parcel.recipient), permanent=True)
    _expect(354, *smtp.docmd("DATA"), permanent=True)
    smtp.send(_DOTS.sub(b"..", parcel.content) + b".\r\n")
    try:
        code, said = smtp.getreply()
    except smtplib.SMTPServerDisconnected:
        raise CarrierError("no answer", ambiguous=True) from None
    _expect(250, code, said, permanent=True)


_DOTS = re.compile(rb"^\.", re.MULTILINE)
_ENHANCED = re.compile(r"^[245]\.\d{1,3}\.\d{1,3}\b")


def _expect(wanted: int, code: int, said: bytes, *, permanent: bool = False) -> None:
    """Go on, or raise; `permanent`: a 5xx here is about the message."""
    if code // 100 != wanted // 100:
        raise CarrierError(_word(code, said), permanent=permanent and code >= 500)


def _is_size(said: bytes) -> bool:
    """Whether it is the message, rather than its sender, that is refused at MAIL (RFC 1870)."""
    return said.startswith((b"5.3.4", b"5.2.3"))


def _word(code: int, said: bytes | str) -> str:
    """The server's code, such as `550 5.1.1`; never its words, which may name the recipient."""
    words = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    enhanced = _ENHANCED.match(words)
    return f"{code} {enhanced.group()}" if enhanced else str(code)
