"""A mail server as an address names it, and the authorities we trust there: leaves for who reads and who sends mail."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from config.formats import is_loopback


class Tls(StrEnum):
    """How what is said to the server is kept from others."""

    FROM_THE_START = "tls"
    STARTTLS = "starttls"
    NONE = "none"  # to this machine alone


# Scheme: how it is encrypted, and the port it usually has.
SCHEMES = {
    "imaps": (Tls.FROM_THE_START, 993),
    "imap": (Tls.STARTTLS, 143),
    "smtps": (Tls.FROM_THE_START, 465),
    "smtp": (Tls.STARTTLS, 587),
}


@dataclass(frozen=True)
class MailServer:
    """Where mail is read or handed over. `user` may be empty: then nobody signs in. `folder` is for reading alone."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"

    @property
    def name(self) -> str:
        """user@host/folder: tells one mailbox from another; without the port and the password."""
        return f"{self.user.lower()}@{self.host}/{self.folder}"


@dataclass(frozen=True)
class Certificates:
    """Files of an operator who has an authority of his own, or wants to see who we are (MSSanté, domain.md 2.5).

    `authority` replaces the system's: who trusts IGC-Santé's trusts nobody else. `key` may stand in `ours`.
    """

    authority: Path | None = None
    ours: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 at least, names checked. Raises OSError (ssl.SSLError too) when a file does not open or fit."""
        context = ssl.create_default_context(cafile=self.authority)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.authority is not None:
            # From Python 3.13 on, authorities without a key identifier are refused; those of hospitals often have none.
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if self.ours is not None:
            # An empty password: OpenSSL would ask the terminal for that of a sealed key, and wait for ever.
            context.load_cert_chain(self.ours, self.key, password="")
        return context


def one(*schemes: str) -> Callable[[object], object]:
    """Reads the address of one server, as a setting has it."""
    return lambda typed: parse(typed, *schemes) if isinstance(typed, str) else typed


def several(*schemes: str) -> Callable[[object], object]:
    """Reads addresses with commas between them; each names another mailbox."""

    def read(typed: object) -> object:
        if not isinstance(typed, str):
            return typed
        servers = tuple(parse(url.strip(), *schemes) for url in typed.split(",") if url.strip())
        if len({server.name for server in servers}) < len(servers):
            raise ValueError("the same mailbox twice")
        return servers

    return read


def parse(url: str, *schemes: str) -> MailServer:
    """`imaps://user:password@host:993/INBOX` as a server. Raises ValueError, which never quotes the address.

    `imap://` and `smtp://` ask for STARTTLS before anything else is said, except on this machine.
    """
    parts, port = _split(url)
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"not an address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    if parts.query or parts.fragment:
        raise ValueError("an address without ? or #; in a password write them %3F and %23")
    tls, usual = SCHEMES[parts.scheme]
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return MailServer(
        host=parts.hostname,
        port=port or usual,
        tls=Tls.NONE if tls is Tls.STARTTLS and is_loopback(parts.hostname) else tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder="INBOX" if folder.upper() == "INBOX" else folder,
    )


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise ValueError("not an address") from None  # its own text would quote a password
