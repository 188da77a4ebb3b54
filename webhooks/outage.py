"""Remembers that the carrier's doors had to refuse, and asks for its lists to be read once they answer again.

Each process of the web has one: the register cannot be told while it is away. What a process that died refused is found
by the tick, which reads the lists every hour.
"""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from flask import Flask, Response, g, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from callbacks.reconciling import run
from callbacks.reconciling.due import OVERLAP, Asked, Why
from config.database import real_now

APART_SECONDS = 60.0  # a door that fails now and then asks no more often
log = structlog.get_logger(__name__)


@dataclass
class Outage:
    """What one process knows of it, in seconds of its own clock."""

    clock: Callable[[], float] = time.monotonic
    _since: float | None = None
    _asked: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refused(self) -> None:
        """A door could not do what it is for."""
        if self._since is None:
            self._since = self.clock()

    def answered(self, engine: Engine) -> None:
        """A door did what it is for: what was refused before is looked for at the carrier."""
        now = self.clock()
        since = self._taken(now)
        if since is None:
            return
        try:
            with engine.begin() as conn:
                run.ask(conn, Asked(Why.OUTAGE, real_now(conn) - timedelta(seconds=now - since) - OVERLAP))
        except SQLAlchemyError:
            self._since = since  # away again: asked for at the next answer
            return
        log.info("outage.over", seconds=round(now - since))
        self._asked = now

    def _taken(self, now: float) -> float | None:
        """Since when, for the one thread that asks; what is refused meanwhile is the next outage."""
        with self._lock:
            if self._asked is not None and now - self._asked < APART_SECONDS:
                return None
            since, self._since = self._since, None
        return since


def add(app: Flask, names: Collection[str], engine: Engine) -> None:
    """Look at what the doors of these blueprints answer: an error, or one that said so by `refused`."""
    seen = Outage()

    @app.after_request
    def look(response: Response) -> Response:
        if request.blueprint in names:
            if response.status_code >= 500 or g.get("refused"):
                seen.refused()
            elif response.status_code < 400:
                seen.answered(engine)
        return response


def refused() -> None:
    """This request could not be done what it came for, whatever it is answered."""
    g.refused = True
