"""The sample hospitals in the demo's database: there once, and on the rota for as long as the clock runs."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from config import clock
from config.demo import lacking
from config.embedded.errors import BadServers
from scheduling import sample
from scheduling.importing import Report, import_rota
from scheduling.tables import shifts, wards

FIRST_WEEKS = 3
MORE_WEEKS = 2
AHEAD = timedelta(days=15)  # `doctor` looks for holes a fortnight ahead
ZONE = ZoneInfo("Europe/Paris")
WRITTEN = "%Y-%m-%d %H:%M"


def refuse_strangers(connection: Connection) -> None:
    """The demo tells a simulated carrier whatever is due: never for wards that are not the samples. BadServers."""
    strangers = _known_wards(connection) - _sample_wards()
    if strangers:
        raise BadServers(
            "The database holds wards that are not the demo's, and the demo would answer for them. "
            "Set RAPPEL24_HOME to another folder, or unset DATABASE_URL."
        )


def settle(connection: Connection, weeks: int) -> bool:
    """Import the hospitals, with so many weeks of rota, into an empty database; into an older demo's, what it lacks of
    them; and extend the rota. Whether anything was added."""
    today = clock.read(connection).now.astimezone(ZONE).date()
    if not _known_wards(connection):
        for report in sample.load(connection, today, weeks):
            _expect(report)
        return True
    added = lacking.add(connection, today, weeks)
    return extend_rota(connection) or added


def extend_rota(connection: Connection) -> bool:
    """Continue the rota where it runs out soon; what somebody changed by hand stays. Whether anything was added."""
    now = clock.read(connection).now
    ends = _ends(connection)
    known = {ward: ends.get(ward) or now for ward in _known_wards(connection) & _sample_wards()}
    if not known or min(known.values()) >= now + AHEAD:
        return False
    start = max(now, min(known.values())).astimezone(ZONE).date()
    _expect(import_rota(connection, _rota_from(start, known).encode()))
    return True


def _rota_from(start: date, ends: Mapping[str, datetime]) -> str:
    """The sample rota from that day on, without the shifts that begin before a ward's own rota ends."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("ward", "start", "end", "rank", "phone"))
    writer.writerows(_new_shifts(start, ends))
    return text.getvalue()


def _new_shifts(start: date, ends: Mapping[str, datetime]) -> Iterator[tuple[str, ...]]:
    for row in csv.DictReader(io.StringIO(sample.rota_csv(start, MORE_WEEKS))):
        since = datetime.strptime(row["start"], WRITTEN).replace(tzinfo=ZONE)
        if row["ward"] in ends and since >= ends[row["ward"]]:
            yield row["ward"], row["start"], row["end"], row["rank"], row["phone"]


def _ends(connection: Connection) -> dict[str, datetime]:
    """Where the rota of each ward ends, by slug."""
    query = (
        select(wards.c.slug, func.max(func.upper(shifts.c.during)).label("until"))
        .join(shifts, shifts.c.ward_id == wards.c.id)
        .group_by(wards.c.slug)
    )
    return {row.slug: row.until for row in connection.execute(query)}


def _known_wards(connection: Connection) -> set[str]:
    return set(connection.execute(select(wards.c.slug)).scalars())


def _sample_wards() -> set[str]:
    return {row["ward"] for row in csv.DictReader(io.StringIO(sample.wards_csv().decode()))}


def _expect(report: Report) -> None:
    if not report.ok:
        raise BadServers(f"The sample hospitals cannot be imported: {report.errors[0]}")
