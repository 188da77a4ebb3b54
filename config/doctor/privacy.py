"""What the hospital owes to who calls it, and has not done yet: whom to ask about his data, how long they are kept."""

from collections.abc import Iterator

from sqlalchemy import Connection

from callbacks import information
from callbacks.information import Notice
from config.doctor.finding import Finding

WRITE_IT = "write it with the data protection officer on the page of personal data (/information)"
APPROVE = "have the data protection officer and the archivist decide; then: rappel24 retention approve"


def told(connection: Connection) -> Iterator[Finding]:
    """What a caller ought to be told and cannot be."""
    notices = information.notices(connection)
    if nobody := [notice for notice in notices if not notice.contact.can_be_asked]:
        yield Finding(False, f"callers are not told whom to ask about their data: {_named(nobody)}", WRITE_IT)
    if unruled := [notice for notice in notices if None in notice.kept.values()]:
        kinds = sorted({kind for notice in unruled for kind, days in notice.kept.items() if days is None})
        yield Finding(False, f"no duration is approved, and nothing is erased: {', '.join(kinds)}", APPROVE)


def _named(notices: list[Notice]) -> str:
    return ", ".join(notice.hospital for notice in notices)
