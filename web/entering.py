"""Every request is a chapter of its own: one span, and one line of the log when something may have changed.

What the line names is the door, never the address: addresses hold tokens.
"""

import time
from collections.abc import Collection
from contextlib import ExitStack

import structlog
from flask import Flask, Response, g, request

from config import story, tracing

READS = frozenset({"GET", "HEAD", "OPTIONS"})
log = structlog.get_logger(__name__)


def add(app: Flask, machines: Collection[str]) -> None:
    """Before all else that looks at requests; `machines`: the blueprints of which every request is told."""

    @app.before_request
    def begin() -> None:
        door = request.endpoint or "none"
        g.chapter, g.entered = ExitStack(), time.perf_counter()
        g.chapter.enter_context(story.chapter(door=door))
        g.chapter.enter_context(tracing.span("door", door=door, method=request.method))

    @app.after_request
    def tell(response: Response) -> Response:
        tracing.note(status=response.status_code)
        if "entered" in g and (request.blueprint in machines or request.method not in READS):
            milliseconds = round((time.perf_counter() - g.entered) * 1000)
            log.info("answered", status=response.status_code, ms=milliseconds)
        return response

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        chapter: ExitStack | None = g.pop("chapter", None)
        if chapter is not None:
            chapter.close()
