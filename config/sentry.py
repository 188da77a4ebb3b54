"""Errors as Sentry takes them. Loaded by `config.reporting`, and only where one is named.

No integration looks into requests, statements or variables: an event is made here, of one line of the log. An exception
is its kind and where it was raised; its text stays in the house, for it may quote what somebody wrote.
"""

import atexit
import logging
import sys
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

import sentry_sdk
import structlog

from config import logs

LAST_SECONDS = 2.0  # to hand over what is left when the process ends
FRAMES = 60
SHORT = 80  # a field of the log that is longer is no code and no id
OURS = ("callbacks", "config", "ivr", "scheduling", "webhooks", "web")


class Sentry:
    """The reporter of one process."""

    def __init__(self, process: str, dsn: str, environment: str) -> None:
        self.handler: logging.Handler = _Handler(process)
        sentry_sdk.init(
            dsn,
            environment=environment,
            server_name="",
            default_integrations=False,
            auto_enabling_integrations=False,
            send_default_pii=False,
            include_local_variables=False,
            include_source_context=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            before_breadcrumb=lambda crumb, hint: None,
            auto_session_tracking=False,
            send_client_reports=False,
            propagate_traces=False,
            enable_metrics=False,
            enable_logs=False,
            before_send=lambda event, hint: _bare(event),
        )
        atexit.register(self.flush, LAST_SECONDS)

    def flush(self, seconds: float) -> None:
        """Wait for the Sentry for so long at most."""
        sentry_sdk.flush(seconds)


class _Handler(logging.Handler):
    """One event for one line at ERROR or above; none of the SDK's own lines."""

    def __init__(self, process: str) -> None:
        super().__init__(logging.ERROR)
        self._process = process

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("sentry_sdk", "urllib3")):
            return
        with suppress(Exception):  # what cannot be told stops nobody who works
            sentry_sdk.capture_event(event_of(record, self._process))


def event_of(record: logging.LogRecord, process: str) -> Any:
    """What is told of a line of the log."""
    said: Mapping[str, Any] = record.msg if isinstance(record.msg, dict) else {"event": _unfilled(record)}
    fields = logs.discreet(None, "", {**structlog.contextvars.get_contextvars(), **said})
    event: dict[str, Any] = {
        "level": record.levelname.lower(),
        "logger": record.name,
        "logentry": {"message": str(fields.get("event", ""))},
        "tags": {"process": process} | {name: value for name, value in fields.items() if _is_short(name, value)},
    }
    error = _error_of(record, said)
    if error is not None:
        event["exception"] = {"values": [*reversed([_told(each) for each in _chain(error)])]}
    return event


def _unfilled(record: logging.LogRecord) -> str:
    """A library's line without what it was filled with."""
    return str(record.msg) if record.args else f"{record.name}: {record.levelname.lower()}"


def _is_short(name: str, value: object) -> bool:
    """An id, a code or a count."""
    return name != "event" and isinstance(value, str | int | float) and len(str(value)) <= SHORT


def _error_of(record: logging.LogRecord, said: Mapping[str, Any]) -> BaseException | None:
    found = record.exc_info or said.get("exc_info")
    if found is True:  # said inside an except: the log's own formatter has yet to look
        found = sys.exc_info()
    if isinstance(found, tuple):
        found = found[1]
    return found if isinstance(found, BaseException) else None


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error, and what it came of."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return chain


def _told(error: BaseException) -> dict[str, Any]:
    frames = [_frame(each) for each in _tracebacks(error.__traceback__)][-FRAMES:]
    return {"type": type(error).__name__, "module": type(error).__module__, "stacktrace": {"frames": frames}}


def _tracebacks(at: TracebackType | None) -> list[TracebackType]:
    found = []
    while at is not None:
        found.append(at)
        at = at.tb_next
    return found


def _frame(at: TracebackType) -> dict[str, Any]:
    """Where, without a path of the machine and without a variable."""
    code, module = at.tb_frame.f_code, str(at.tb_frame.f_globals.get("__name__", ""))
    return {
        "function": code.co_name,
        "module": module,
        "filename": "/".join(module.split(".")) + ".py",
        "lineno": at.tb_lineno,
        "in_app": module.partition(".")[0] in OURS,
    }


_KEPT = ("event_id", "timestamp", "platform", "level", "logger", "logentry", "tags", "exception", "environment")


def _bare(event: Any) -> Any:
    """The event without whatever the SDK added to it: packages, the machine, the runtime."""
    return {name: event[name] for name in _KEPT if name in event}
