"""One connection to a mailbox: what lies in it, the bytes of a letter, and waiting for the next. Changes nothing there.

Everything that goes wrong on the way is MailboxAway or SignInRefused; letters are read with BODY.PEEK in a folder that
was opened to be read only, so that nobody else who reads it finds them marked.
"""

import imaplib
import select
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from typing import Any

from imap_tools import A, BaseMailBox, ImapToolsError, MailBox, MailBoxUnencrypted

from config.mail_servers import Certificates, MailServer, Tls
from webhooks.mail.letterbox import Posted

TIMEOUT_SECONDS = 30.0  # for an answer
# Waiting ends by itself after this. A letter that came in between the look and the waiting is announced to nobody, and
# a confirmation is owed within a minute.
IDLE_SECONDS = 25.0
POLL_SECONDS = 15.0  # where the server does not know how to tell
SLICE_SECONDS = 1.0
LARGEST = 32 * 1024 * 1024  # bytes of a letter; of a longer one so many are read

_ON_THE_WAY = (OSError, imaplib.IMAP4.error, ImapToolsError)


class MailboxAway(Exception):
    """The server does not answer, or not as it should. The text is a code."""


class SignInRefused(MailboxAway):
    """It answers, and does not know us."""


@contextmanager
def opened(server: MailServer, certificates: Certificates, seconds: float = TIMEOUT_SECONDS) -> Iterator["Session"]:
    """Signed in; no answer takes longer than `seconds`. Raises MailboxAway, SignInRefused."""
    with _said_plainly():
        box = _connected(server, certificates, seconds)
    try:
        with _said_plainly(SignInRefused):
            _sign_in(box, server)
        yield Session(box, server.folder)
    finally:
        _leave(box)


class Session:
    """A folder of a mailbox, over one connection."""

    def __init__(self, box: BaseMailBox, folder: str) -> None:
        self._box, self._folder = box, folder
        self._idle: Any = box.idle  # its methods have no types
        with _said_plainly():
            # Many tell it only to who has signed in.
            _, said = box.client.capability()
        self._tells = b"IDLE" in (said[-1] or b"").upper().split()

    def examine(self) -> int:
        """Open the folder anew, to be read only; its UIDVALIDITY."""
        with _said_plainly():
            self._box.folder.set(self._folder, readonly=True)
            self._has_news()  # how many there are: known by the search that follows
            _, said = self._box.client.response("UIDVALIDITY")
            if not said or said[0] is None:
                raise MailboxAway("no UIDVALIDITY")
            return int(said[0])

    def above(self, uid: int) -> list[int]:
        """Numbers above that one, in their order."""
        # `7:*` names the last letter even when its number is 5 (RFC 3501 6.4.8).
        return [found for found in self._search(f"UID {uid + 1}:*") if found > uid]

    def since(self, day: date) -> list[int]:
        """Numbers of the letters that came in on that day or later, as the server dates them."""
        return self._search(str(A(date_gte=day)))

    def letter(self, uid: int) -> Posted | None:
        """Its bytes, and when it came in; None when it is there no more."""
        with _said_plainly():
            status, parts = self._box.client.uid("FETCH", str(uid), f"(INTERNALDATE BODY.PEEK[]<0.{LARGEST}>)")
        if status != "OK":
            raise MailboxAway("FETCH")
        found = next((part for part in parts if isinstance(part, tuple)), None)
        if found is None:
            return None
        # Servers say the date before the letter, or after it.
        said = b" ".join([bytes(found[0]), *(part for part in parts if isinstance(part, bytes))])
        return Posted(bytes(found[1]), arrived=_arrived(said))

    def wait(self, stop: threading.Event, meanwhile: Callable[[], None]) -> None:
        """Until something happens in the folder, or a while has passed; calls `meanwhile` every second."""
        if self._has_news():
            return
        if not self._tells:
            _sleep(stop, POLL_SECONDS, meanwhile)
            return
        with _said_plainly():
            self._idle.start()
            end = time.monotonic() + IDLE_SECONDS
            while time.monotonic() < end and not stop.is_set() and not self._speaks():
                meanwhile()
            # What it said is read here, together with the end of the waiting: imap-tools' own poll() stumbles over a
            # line that arrives in two pieces.
            self._idle.stop()

    def _has_news(self) -> bool:
        """Whether a letter was announced with the answer to something else, and will not be again."""
        _, said = self._box.client.response("EXISTS")
        return any(said)

    def _speaks(self) -> bool:
        return self._has_spoken() or bool(select.select([self._box.client.sock], [], [], SLICE_SECONDS)[0])

    def _has_spoken(self) -> bool:
        """What came with an earlier answer is read already, and no socket tells of it any more."""
        client = self._box.client
        stream: Any = getattr(client, "_file", None) or client.file  # Python 3.14 calls it so
        client.sock.settimeout(0)
        try:
            return bool(stream.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            client.sock.settimeout(TIMEOUT_SECONDS)

    def _search(self, criteria: str) -> list[int]:
        with _said_plainly():
            return sorted(int(uid) for uid in self._box.uids(criteria, charset=None))


def _arrived(said: bytes) -> datetime | None:
    local = imaplib.Internaldate2tuple(said)
    return None if local is None else datetime.fromtimestamp(time.mktime(local), UTC)


def _connected(server: MailServer, certificates: Certificates, seconds: float) -> BaseMailBox:
    host, port = server.host, server.port
    if server.tls is Tls.FROM_THE_START:
        return MailBox(host, port, timeout=seconds, ssl_context=certificates.context())
    box = MailBoxUnencrypted(host, port, timeout=seconds)
    if server.tls is Tls.STARTTLS:
        try:
            box.client.starttls(certificates.context())
        except BaseException:
            _hang_up(box)
            raise
    return box


def _sign_in(box: BaseMailBox, server: MailServer) -> None:
    if not server.password and "AUTH=EXTERNAL" in box.client.capabilities:
        # Our certificate says who we are, the user for whom (RFC 4422 A).
        box.client.authenticate("EXTERNAL", lambda challenge: server.user.encode())
    elif server.user.isascii() and server.password.isascii():
        box.login(server.user, server.password, initial_folder=None)
    else:
        box.login_utf8(server.user, server.password, initial_folder=None)


def _leave(box: BaseMailBox) -> None:
    try:
        box.logout()
    except _ON_THE_WAY:
        _hang_up(box)


def _hang_up(box: BaseMailBox) -> None:
    with suppress(OSError):  # it is cut already
        box.client.shutdown()


@contextmanager
def _said_plainly(refusal: type[MailboxAway] = MailboxAway) -> Iterator[None]:
    """What a server or the network says may quote an address or a line of a letter: only its kind goes on."""
    try:
        yield
    except imaplib.IMAP4.abort as fault:
        raise MailboxAway(type(fault).__name__) from None
    except (imaplib.IMAP4.error, ImapToolsError) as fault:
        raise refusal(type(fault).__name__) from None
    except OSError as fault:
        raise MailboxAway(type(fault).__name__) from None


def _sleep(stop: threading.Event, seconds: float, meanwhile: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not stop.wait(SLICE_SECONDS):
        meanwhile()
