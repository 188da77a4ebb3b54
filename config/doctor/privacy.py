"""What the hospital owes to who calls it, and has not done yet: whom to ask about his data, how long they are kept."""

from collections.abc import Iterator

from sqlalchemy import Connection

from callbacks import information
from callbacks.figures.periods import FOLLOWED
from callbacks.information import Notice
from callbacks.retention import rules
from callbacks.retention.kinds import Kind
from config.doctor.finding import Finding

WRITE_IT = "write it with the data protection officer on the page of personal data (/information)"
APPROVE = "have the data protection officer and the archivist decide; then: rappel24 retention approve"
MONTH_CLOSED = 31 + FOLLOWED.days


def told(connection: Connection) -> Iterator[Finding]:
    """What a caller ought to be told and cannot be."""
    notices = information.notices(connection)
    if nobody := [notice for notice in notices if not notice.contact.can_be_asked]:
        yield Finding(False, f"callers are not told whom to ask about their data: {_named(nobody)}", WRITE_IT)
    if unruled := [notice for notice in notices if None in notice.kept.values()]:
        kinds = sorted({kind for notice in unruled for kind, days in notice.kept.items() if days is None})
        yield Finding(False, f"no duration is approved, and nothing is erased: {', '.join(kinds)}", APPROVE)
    yield from _forgotten_too_soon(connection)


def _forgotten_too_soon(connection: Connection) -> Iterator[Finding]:
    """A month's export wants its callers: who is whom, and which call repeats another."""
    approved = rules.standing(connection).values()
    kept = [rule.days for rule in approved if rule.kind is Kind.CALLERS and rule.days is not None]
    if kept and min(kept) < MONTH_CLOSED:
        yield Finding(
            False,
            f"callers are forgotten after {min(kept)} days, before a month is closed for evaluators ({MONTH_CLOSED})",
            "export each month in time (rappel24 evaluation export --open), or have a longer rule decided for callers",
        )


def _named(notices: list[Notice]) -> str:
    return ", ".join(notice.hospital for notice in notices)
