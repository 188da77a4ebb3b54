"""Logs: one line an event on standard error, JSON where nobody watches; numbers masked, secrets dropped, here only."""

import logging
import re
import sys
import threading
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# What may look like a telephone number and is none: instants, identifiers (rows, calls), addresses of machines.
SPARED = (
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?"
    r"|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"
    r"|\b(?:[A-Z]{2}[0-9a-f]{32}|(?=\d*[a-f])[0-9a-f]{16,})\b"
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)"
)
# Nine digits or more, grouped or not; a reference (six) and an amount stay readable.
NUMBER = r"(?:\+|%2B)?\(?\d(?:[\s.()/-]{0,2}\d){8,}"
LOOKS = re.compile(f"(?P<spared>{SPARED})|{NUMBER}", re.IGNORECASE)
FRENCH = re.compile(r"(?:\+33|0033|0)(\d)\d{6}(\d\d)")
QUOTED_ROW = re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE)  # PostgreSQL, with names and numbers
SECRET = re.compile(
    r"passw|token|secret|authorization|cookie|signature|encryption_key|(database|redis)_url|(^|_)pin$|transcript|speech"
    r"|^(body|message|text|audio|words|twiml)$",
    re.IGNORECASE,
)
DROPPED = "[dropped]"
# They say at INFO what they carry: addresses, bodies, numbers.
QUIET = ("twilio", "urllib3", "werkzeug", "sqlalchemy", "rq", "mail")


def configure(process: str, stream: TextIO | None = None) -> None:
    """Pass all that this process, its libraries and its last exception say through one mask, under its name."""
    stream = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # a logger made before us is ours too
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(process, stream.isatty()))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    _log_last_words()


def discreet(logger: WrappedLogger | None, method: str, event: EventDict) -> EventDict:
    """Mask what looks like a telephone number, drop what is secret, wherever in the event it stands."""
    return {key: DROPPED if SECRET.search(key) else _masked(value) for key, value in event.items()}


def mask(text: str) -> str:
    """The same text with `+33 6 •• •• •• 78` for every number."""
    return LOOKS.sub(
        lambda found: found[0] if found["spared"] else _mask_number(found[0]), QUOTED_ROW.sub(r"\1: …", text)
    )


def _masked(value: object) -> object:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: DROPPED if SECRET.search(str(key)) else _masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask(str(value))


def _mask_number(number: str) -> str:
    digits = re.sub(r"[^\d+]", "", number.upper().replace("%2B", "+"))
    french = FRENCH.fullmatch(digits)
    return f"+33 {french[1]} •• •• •• {french[2]}" if french else f"•• •• •• {digits[-2:]}"


def _formatter(process: str, watched: bool) -> logging.Formatter:
    def say_who(logger: WrappedLogger | None, method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    renderer: Processor = (
        structlog.dev.ConsoleRenderer() if watched else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.contextvars.merge_contextvars],  # a library's line belongs to a story, too
        processors=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            discreet,
            say_who,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
    )


def _log_last_words() -> None:
    """An exception nobody caught is said through the mask too."""
    log = logging.getLogger("last words")

    def process_ends(kind: type[BaseException], error: BaseException, where: Any) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("the process ends", exc_info=(kind, error, where))

    def thread_ends(ended: threading.ExceptHookArgs) -> None:
        if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
            log.error("a thread ends", exc_info=(ended.exc_type, ended.exc_value, ended.exc_traceback))

    sys.excepthook = process_ends
    threading.excepthook = thread_ends
