"""Whether the carrier's own lists are read, so that what we missed is found."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection, text

from config.doctor.finding import Finding

LATE = timedelta(hours=2)  # they are read every hour
_READ = text(
    """
    select real_now() - max(until_real) filter (where ended_real is not null) as age, count(*) as asked,
        (select error from reconciliations where ended_real is null) as error
    from reconciliations"""
)


def read_lately(connection: Connection) -> Iterator[Finding]:
    """Silent where nothing was ever asked for: that no tick runs is said already."""
    row = connection.execute(_READ).one()
    if not row.asked or (row.age is not None and row.age <= LATE):
        return
    hours = None if row.age is None else round(row.age.total_seconds() / 3600)
    said = "have never been read" if hours is None else f"were last read {hours} hours ago"
    why = f" (the carrier says {row.error})" if row.error else ""
    yield Finding(
        True,
        f"the carrier's lists of calls and SMS {said}{why}: what we missed is not found",
        "rappel24 reconcile; see the log of tick",
    )
