"""A door of this machine at which letters may be left by SMTP: the demo's, and whoever relays mail on the same machine.

A letter is acknowledged when it is kept; until then its sender keeps it, and comes again.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, cast

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from webhooks.mail.letterbox import Drop, Posted, bare, only

HOST = "127.0.0.1"
LARGEST = 32 * 1024 * 1024  # bytes
LONGEST_LINE = 256 * 1024  # mailers are told 998 characters (RFC 5322 2.1.1), and do not all know
KEPT = "250 2.0.0 kept"
AT_ONCE = 4  # letters; the others wait their turn
COME_AGAIN = "451 4.3.0 not kept, come again"

log = structlog.get_logger(__name__)


class SmtpDoor(AbstractContextManager["SmtpDoor"]):
    """Open as a context. `port` 0: one that is free, to be read from `port` afterwards."""

    def __init__(self, drop: Drop, port: int) -> None:
        self._controller = _Controller(_Handler(drop), hostname=HOST, port=port)

    @property
    def port(self) -> int:
        """Where it is open."""
        return _port_of(self._controller.server)

    def __enter__(self) -> "SmtpDoor":
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._controller.stop()


class _Door(SMTP):
    line_length_limit = LONGEST_LINE


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Door(self.handler, data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="Rappel24", loop=self.loop)

    def _trigger_server(self) -> None:
        """Starting asks at the port whether somebody answers; who asked for port 0 was given another."""
        self.port = _port_of(self.server)
        cast(Any, super())._trigger_server()


def _port_of(server: asyncio.AbstractServer | None) -> int:
    return int(cast(asyncio.Server, server).sockets[0].getsockname()[1])


class _Handler:
    def __init__(self, drop: Drop) -> None:
        self._drop = drop
        self._hands = ThreadPoolExecutor(AT_ONCE, "letter")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        try:
            posted = Posted(_bytes(envelope), bare(envelope.mail_from), only(envelope.rcpt_tos))
            await asyncio.get_running_loop().run_in_executor(self._hands, self._drop, posted)
        except Exception as error:  # a request's edge: not kept, so not acknowledged
            log.exception("letter.not_taken", door="smtp", error=type(error).__name__)
            return COME_AGAIN
        return KEPT


def _bytes(envelope: Any) -> bytes:
    content = envelope.content
    return content if isinstance(content, bytes) else bytes(content)
