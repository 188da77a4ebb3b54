"""Exceptions to a Sentry, where one is named; never with what somebody said, and never with what a variable held.

Without SENTRY_DSN nothing of it is loaded. What the log says at ERROR is what is told, through the log's own mask.
"""

import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol


class Reporter(Protocol):
    """What `config.sentry` is here."""

    @property
    def handler(self) -> logging.Handler:
        """What is told of each line of the log."""

    def flush(self, seconds: float) -> None:
        """Hand over what waits."""


_reporter: Reporter | None = None


def is_installed() -> bool:
    """Whether the package of the extra `watch` is there, without loading it."""
    return find_spec("sentry_sdk") is not None


def configure(process: str, dsn: str | None, environment: str) -> None:
    """From here on what this process, and those it forks, log as an error is told there too; None: nowhere."""
    global _reporter
    if _reporter is not None:
        logging.getLogger().removeHandler(_reporter.handler)
    _reporter = None if dsn is None else import_module("config.sentry").Sentry(process, dsn, environment)
    if _reporter is not None:
        logging.getLogger().addHandler(_reporter.handler)


def flush(seconds: float = 1.0) -> None:
    """Before a process ends that nobody waits for."""
    if _reporter is not None:
        _reporter.flush(seconds)
