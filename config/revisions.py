"""Which tables this release knows, by the names of its migrations' files: nothing of Alembic is loaded to say it.

What this release does not know is of a later one, whose migrations run beside this one: it goes on using them.
"""

from functools import cache
from pathlib import Path

VERSIONS = Path(__file__).parent / "migrations" / "versions"


def is_older(revision: str | None) -> bool:
    """Whether tables at `revision` must be migrated before this release can use them; None: they are not made yet."""
    return revision is None or (revision in known() and revision != known()[-1])


def is_later(revision: str | None) -> bool:
    """Whether tables at `revision` are those of a later release."""
    return revision is not None and revision not in known()


@cache
def known() -> tuple[str, ...]:
    """Oldest first."""
    return tuple(sorted(path.name[:4] for path in VERSIONS.glob("[0-9]*.py")))
