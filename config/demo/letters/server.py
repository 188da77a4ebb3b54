"""The mail server that our letters leave by in the demo: it keeps each in its recipient's mailbox. On loopback only."""

from collections.abc import Callable
from datetime import datetime

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config.demo.letters.boxes import Boxes

LARGEST = 40_000_000  # bytes


class Postman:
    """Takes every letter, whomever it is for."""

    def __init__(self, boxes: Boxes, now: Callable[[], datetime]) -> None:
        self._boxes, self._now = boxes, now

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        """One letter, a copy for each recipient; accepted once it lies there."""
        raw = envelope.content
        assert isinstance(raw, bytes)
        for recipient in envelope.rcpt_tos:
            self._boxes.put(raw, recipient, self._now())
        return "250 OK"


def controller(boxes: Boxes, port: int, now: Callable[[], datetime]) -> Controller:
    """Not started yet; 0: a free port."""
    return Controller(Postman(boxes, now), hostname="127.0.0.1", port=port, data_size_limit=LARGEST)
