"""Spans over OTLP/HTTP. Loaded by `config.tracing`, and only where a collector is named.

Nothing is instrumented behind our back: a span has what our own tables say. All the same each passes through the mask
of the logs on its way out, without events: an exception's text may quote what somebody wrote.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, Status, StatusCode
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from config import logs
from config.tracing import Fact

PREFIX = "rappel24."
EXPORT_SECONDS = 1.0  # with every new try: a worker waits for it after each of its rounds
PAUSE_MILLISECONDS = 1000
log = structlog.get_logger(__name__)


class Discreet(SpanExporter):
    """Hands on what passes the mask: names, facts, times; no events, no words of an error."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._taken = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Masked copies of these."""
        result = self._exporter.export([_masked(each) for each in spans])
        taken = result is SpanExportResult.SUCCESS
        if taken != self._taken:
            log.warning("traces.taken_again" if taken else "traces.not_taken")
        self._taken = taken
        return result

    def shutdown(self) -> None:
        """Nothing more comes."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 1000) -> bool:
        """Nothing is kept here."""
        return self._exporter.force_flush(timeout_millis)


class Otel:
    """The tracer of one process."""

    def __init__(self, process: str, endpoint: str, headers: Mapping[str, str]) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # once is enough to say that nobody takes them
        resource = Resource.create({"service.name": "rappel24", f"{PREFIX}process": process})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=True)
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", headers=dict(headers), timeout=EXPORT_SECONDS)
        self._provider.add_span_processor(
            BatchSpanProcessor(Discreet(exporter), schedule_delay_millis=PAUSE_MILLISECONDS)
        )
        self._tracer = self._provider.get_tracer("rappel24")
        _follow_transactions(self._tracer)

    @contextmanager
    def span(self, name: str, facts: Mapping[str, Fact]) -> Iterator[None]:
        """A piece of work; of an exception its kind is told."""
        with self._tracer.start_as_current_span(
            name, attributes=_named(facts), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception as error:
                _failed(span, error)
                raise

    def note(self, facts: Mapping[str, Fact]) -> None:
        """Add to the span that is going on."""
        trace.get_current_span().set_attributes(_named(facts))

    def flush(self, seconds: float) -> None:
        """Wait for the collector for so long at most."""
        self._provider.force_flush(int(seconds * 1000))


def _named(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {PREFIX + name: value for name, value in facts.items()}


def _failed(span: Span, error: Exception) -> None:
    span.set_status(Status(StatusCode.ERROR))
    span.set_attributes(_named({"error": type(error).__name__}))


def _masked(span: ReadableSpan) -> ReadableSpan:
    # By the names that the mask knows them under.
    said = {name.removeprefix(PREFIX): value for name, value in (span.attributes or {}).items()}
    facts: dict[str, Any] = _named(logs.discreet(None, "", said))
    return ReadableSpan(
        name=logs.mask(span.name),
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=facts,
        kind=span.kind,
        instrumentation_scope=span.instrumentation_scope,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
    )


@dataclass
class _Transaction:
    """One that is open: its span, and how many statements it had."""

    span: Span
    statements: int = 0


def _follow_transactions(tracer: trace.Tracer) -> None:
    """One span for each transaction, with the number of its statements; neither their text nor what was in them."""
    # By the connection's own identity: what is lost in the middle of a transaction must not be asked for anything.
    open_ones: dict[int, _Transaction] = {}

    def begins(conn: Connection) -> None:
        open_ones[id(conn)] = _Transaction(tracer.start_span("transaction"))

    def asks(conn: Connection, *_: object) -> None:
        if (found := open_ones.get(id(conn))) is not None:
            found.statements += 1

    def ends(conn: Connection, how: str) -> None:
        if (found := open_ones.pop(id(conn), None)) is not None:
            found.span.set_attributes(_named({"ended": how, "statements": found.statements}))
            found.span.end()

    event.listen(Engine, "begin", begins)
    event.listen(Engine, "after_cursor_execute", asks)
    event.listen(Engine, "commit", lambda conn: ends(conn, "committed"))
    event.listen(Engine, "rollback", lambda conn: ends(conn, "rolled back"))
