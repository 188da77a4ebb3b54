"""What the carrier is asked: each request traced where that is wanted, and counted when it is not answered well."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from config import tally, tracing

_COLLECTIONS = {"Messages": "messages", "Calls": "calls", "Recordings": "recordings", "Media": "media"}
_ANSWERS = {401: "denied", 403: "denied", 404: None, 429: "busy"}  # 404: not there, which is an answer


@dataclass
class Asked:
    """A request on its way; `status` is what came back, None while nothing has."""

    status: int | None = None


@contextmanager
def asking(method: str, url: str) -> Iterator[Asked]:
    """Ask the carrier inside this, and say which status came back."""
    asked, what = Asked(), _what(url)
    with tracing.span("carrier", asked=what, method=method):
        try:
            yield asked
        finally:
            tracing.note(status=asked.status or 0)
            if (answer := _badly(asked.status)) is not None:
                tally.add(tally.CARRIER_ERRORS, what, answer)


def _what(url: str) -> str:
    """The last collection that its path names: no sid, no number."""
    named = (part.removesuffix(".json") for part in reversed(urlsplit(url).path.split("/")))
    return next((_COLLECTIONS[part] for part in named if part in _COLLECTIONS), "other")


def _badly(status: int | None) -> str | None:
    """In one word, how it was not answered well; None: it was."""
    if status is None:
        return "silent"
    if status in _ANSWERS:
        return _ANSWERS[status]
    return "failed" if status >= 500 else "refused" if status >= 400 else None
