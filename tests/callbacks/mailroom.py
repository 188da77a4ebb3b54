"""A real mail server on loopback, which keeps what it is given, and says what a test wants it to say."""

import asyncio
import ssl
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, ClassVar

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from callbacks.smtp import Outgoing
from config.mail_servers import Certificates, MailServer, Tls

HOST = "127.0.0.1"
ADDRESS = "avis@rappel24.test"


@dataclass
class Mailroom:
    """What came in, and what is answered to whom: `refuses` by command ("MAIL", "RCPT", "DATA"), in turn."""

    port: int = 0
    got: list[Envelope] = field(default_factory=list)
    refuses: dict[str, deque[str | Callable[[SMTP], str]]] = field(default_factory=dict)
    greeted_by: list[str] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    password: str = ""

    @property
    def letters(self) -> list[EmailMessage]:
        """What it took, read."""
        return [letter(each) for each in self.got]

    def says(self, command: str, *answers: str | Callable[[SMTP], str]) -> None:
        """The next answers to this command."""
        self.refuses.setdefault(command, deque()).extend(answers)

    async def handle_EHLO(  # noqa: N802  # the library's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.greeted_by.append(hostname)
        return responses if not isinstance(server, WithReports) else [responses[0], "250-DSN", *responses[1:]]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._answer("MAIL", server)
        if answer.startswith("2"):
            envelope.mail_from = address  # "<>" for nobody
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._answer("RCPT", server)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self._answer("DATA", server)
        if answer.startswith("2") or not answer[:3].isdecimal():
            self.got.append(envelope)
        return answer

    def _answer(self, command: str, server: SMTP) -> str:
        waiting = self.refuses.get(command)
        answer = waiting.popleft() if waiting else "250 2.0.0 OK"
        return answer if isinstance(answer, str) else answer(server)

    def check(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """Who signs in, and whether he may."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password.decode() == self.password, handled=False)

    async def by_certificate(self, server: SMTP, args: list[str]) -> AuthResult:
        """Who has shown one of ours is known; he says so with an empty line."""
        said = await server.challenge_auth("")
        self.logins.append((said.decode() if isinstance(said, bytes) else "?", ""))
        return AuthResult(success=True)


class WithReports(SMTP):
    """A server that is told what to send back of a message it cannot deliver (RFC 3461), and notes it."""

    asked: ClassVar[list[str]] = []

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802
        """Who sends it, and what he wants back."""
        sender, *wishes = arg.split()
        self.asked.extend(wishes)
        await super().smtp_MAIL(sender)


def letter(envelope: Envelope) -> EmailMessage:
    """An envelope's content, read."""
    assert isinstance(envelope.content, bytes)
    read = message_from_bytes(envelope.content, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def takes_and_hangs_up(server: SMTP) -> str:
    """The message is taken, and the answer to it is lost."""
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()
    return "250 OK"


@contextmanager
def mailroom(
    tls: Tls = Tls.NONE,
    context: ssl.SSLContext | None = None,
    password: str = "",
    external: bool = False,
    kind: type[SMTP] = SMTP,
) -> Iterator[Mailroom]:
    """A mail server on a free port, until the end of the block; who must sign in does, with this password.

    `external`: by his certificate instead.
    """
    room = Mailroom(password=password)
    options: dict[str, Any] = {"enable_SMTPUTF8": False, "hostname": "mail.test", "timeout": 10}
    if tls is Tls.STARTTLS:
        options |= {"tls_context": context, "require_starttls": True}
    if password:
        options |= {"authenticator": room.check, "auth_required": True, "auth_require_tls": tls is Tls.STARTTLS}
    if external:
        room.auth_EXTERNAL = room.by_certificate  # type: ignore[attr-defined]  # found by its name
        options |= {"auth_required": True, "auth_exclude_mechanism": ["LOGIN", "PLAIN"]}
    with serving(lambda: kind(room, **options), context if tls is Tls.FROM_THE_START else None) as port:
        room.port = port
        yield room


@contextmanager
def serving(protocol: Callable[[], asyncio.BaseProtocol], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve a protocol on loopback in a thread of its own; its port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Awaitable[Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(_wait(work), loop).result(timeout=10)

    server: asyncio.Server = run(loop.create_server(protocol, HOST, 0, ssl=context))
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        run(_end(server))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _wait(work: Awaitable[Any]) -> Any:
    return await work


async def _end(server: asyncio.Server) -> None:
    """Connections that are still open end with the server."""
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def outgoing(room: Mailroom, tls: Tls = Tls.NONE, **given: Any) -> Outgoing:
    """How mail reaches it."""
    certificates = given.pop("certificates", Certificates())
    return Outgoing(MailServer(given.pop("host", HOST), room.port, tls, **given), certificates, ADDRESS)
