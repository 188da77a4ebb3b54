"""One id through a whole request: of the call it began with, in every line that any process says about it.

A story is a UUID that tells nobody anything: our own name for the call that came in; of a request that began in
writing, its number in the register written as one. Doors, jobs and chores begin a chapter; whoever learns which story
it belongs to says so with `follow`, and from there on each line of the log has it, and each span of a trace.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from structlog import contextvars

from config import tracing

NAME = "story"


def of_request(request_id: int) -> UUID:
    """Of one that began with no call."""
    return UUID(int=request_id)


def follow(story: UUID | str | None, **about: int | str | UUID) -> None:
    """What is done from here on, in this chapter, belongs there; `about`: ids that stand beside it."""
    found = {NAME: story, **about}
    known = {name: value if isinstance(value, int) else str(value) for name, value in found.items() if value}
    contextvars.bind_contextvars(**known)
    tracing.note(**known)


@contextmanager
def chapter(**about: int | str) -> Iterator[None]:
    """A piece of work that begins without a story and takes none with it; `about` stands in each of its lines."""
    before = contextvars.get_contextvars()
    contextvars.clear_contextvars()
    contextvars.bind_contextvars(**about)
    try:
        yield
    finally:
        contextvars.clear_contextvars()
        contextvars.bind_contextvars(**before)
