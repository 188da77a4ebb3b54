"""What the application says of a request in its log: every error, every traceback."""

import logging
import sys
import threading
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

ERRORS = frozenset({"error", "exception", "critical", "fatal"})
# What only a carrier of another make can cause, and an operator is told of.
TOLD = frozenset({"message.unknown_status"})
KEYS = ("endpoint", "fault", "kind", "step")
LONGEST = 400


class Ear(logging.Handler):
    """Listens instead of whoever would write it down, for as long as it is inside a `with`.

    To the thread that entered it: a request starts none of its own, and in a test's process others still speak.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._heard: list[str] = []
        self._before: dict[str, Any] = {}
        self._thread = 0

    def __enter__(self) -> "Ear":
        self._thread = threading.get_ident()
        self._before = structlog.get_config()
        structlog.configure(processors=[self.hears], cache_logger_on_first_use=False)
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
        structlog.configure(**self._before)

    def hears(self, logger: WrappedLogger | None, method: str, event: EventDict) -> EventDict:
        """Ours: kept when it is an error, said to nobody."""
        is_error = method in ERRORS or event.get("exc_info")
        if is_error and event.get("event") not in TOLD and threading.get_ident() == self._thread:
            told = " ".join(f"{key}={event[key]}" for key in KEYS if key in event)
            self._heard.append(f"{event.get('event')} {told} {_place(event.get('exc_info'))}".strip()[:LONGEST])
        raise structlog.DropEvent

    def emit(self, record: logging.LogRecord) -> None:
        """What a library says."""
        is_error = record.levelno >= logging.ERROR or record.exc_info
        if is_error and record.thread == self._thread:
            self._heard.append(f"{record.name}: {record.getMessage()} {_place(record.exc_info)}".strip()[:LONGEST])

    def taken(self) -> tuple[str, ...]:
        """What was heard since it was last asked."""
        heard, self._heard = tuple(self._heard), []
        return heard


def _place(found: object) -> str:
    error = found[1] if isinstance(found, tuple) else sys.exc_info()[1] if found is True else found
    return where(error) if isinstance(error, BaseException) else ""


def where(error: BaseException) -> str:
    """Its kind, and the last line of ours that it came through."""
    trace, last = error.__traceback__, ""
    while trace:
        name = trace.tb_frame.f_code.co_filename
        if "site-packages" not in name:
            last = f"{name.rpartition('/main/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {last}"
