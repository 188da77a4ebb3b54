"""Traces, where a collector is named: what a process does, for how long, in which story; never whom it is about.

Without OTEL_EXPORTER_OTLP_ENDPOINT nothing of OpenTelemetry is loaded, and a span costs a comparison.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

Fact = int | float | str | bool
_NOTHING = nullcontext()


class Tracer(Protocol):
    """What `config.otel` is here."""

    def span(self, name: str, facts: Mapping[str, Fact]) -> AbstractContextManager[None]:
        """A piece of work, inside the one that is going on."""

    def note(self, facts: Mapping[str, Fact]) -> None:
        """Add to the piece of work that is going on."""

    def flush(self, seconds: float) -> None:
        """Hand over what waits."""


_tracer: Tracer | None = None


def is_installed() -> bool:
    """Whether the packages of the extra `watch` are there, without loading them."""
    return find_spec("opentelemetry") is not None and find_spec("opentelemetry.exporter") is not None


def configure(process: str, endpoint: str | None, headers: Mapping[str, str]) -> None:
    """From here on this process, and those it forks, tell `endpoint` (its `/v1/traces`); None: nobody."""
    global _tracer
    _tracer = None if endpoint is None else import_module("config.otel").Otel(process, endpoint, headers)


def span(name: str, **facts: Fact) -> AbstractContextManager[None]:
    """A piece of work. Its name and facts come from tables of ours: codes and counts, never what somebody said."""
    return _NOTHING if _tracer is None else _tracer.span(name, facts)


def note(**facts: Fact) -> None:
    """Add facts to the piece of work that is going on."""
    if _tracer is not None:
        _tracer.note(facts)


def flush(seconds: float = 1.0) -> None:
    """Before a process ends that nobody waits for: a worker's child ends without a word."""
    if _tracer is not None:
        _tracer.flush(seconds)


def headers_of(text: str) -> Mapping[str, str]:
    """`name=value,name=value`, as OpenTelemetry writes them."""
    pairs = (each.partition("=") for each in text.split(","))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
