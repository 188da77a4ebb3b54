"""Sample data: Cochin and Avicenne, their wards, seniors and some practitioners, and a rota from any day on.

The names are invented and the numbers fiction. The files are such as an administrator would import.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from importlib import resources
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from config.numbers import PARIS
from scheduling.importing import Report, import_practitioners, import_rota, import_seniors, import_wards
from scheduling.importing.practices import import_practices
from scheduling.local_time import show
from scheduling.opening import Opening, Stretch

_MORNING, _EVENING = time(8, 30), time(18, 30)  # the hand-overs of most French wards
_RANKS = (1, 2)


def wards_csv() -> bytes:
    """Twenty-six wards in each hospital, and four desks: beds, secretariat, consultations, the referent."""
    return _file("wards.csv")


def seniors_csv() -> bytes:
    """Three or four seniors a ward, three people a desk."""
    return _file("seniors.csv")


def practitioners_csv() -> bytes:
    """Ten GPs, two of whom share a practice's line."""
    return _file("practitioners.csv")


def practices_csv() -> bytes:
    """The practice of those two, and a health centre with one doctor."""
    return _file("practices.csv")


def rota_csv(start: date, weeks: int) -> str:
    """A rota without holes for every sample ward and desk: `weeks` weeks from `start` on, two ranks."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("ward", "start", "end", "rank", "phone"))
    teams = _teams()
    for ward in _rows(wards_csv()):
        opening = Opening.parse(ward["opening"], ward["timezone"])
        for since, until in _shifts(opening, start, weeks):
            for rank in _RANKS:
                times = (show(since, ward["timezone"]), show(until, ward["timezone"]))
                writer.writerow((ward["ward"], *times, rank, _turn(teams[ward["ward"]], since, rank)))
    return text.getvalue()


def load(connection: Connection, start: date, weeks: int) -> list[Report]:
    """Import everything: wards, seniors, GPs, their practices, and a rota from `start` on. Twice changes nothing."""
    return [
        import_wards(connection, wards_csv()),
        import_seniors(connection, seniors_csv()),
        import_practitioners(connection, practitioners_csv()),
        import_practices(connection, practices_csv()),
        import_rota(connection, rota_csv(start, weeks).encode()),
    ]


def _file(name: str) -> bytes:
    return resources.files("scheduling.samples").joinpath(name).read_bytes()


def _rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def _teams() -> dict[str, list[str]]:
    """The phones of each ward's seniors, in the order of the file."""
    by_ward = groupby(_rows(seniors_csv()), key=lambda senior: senior["wards"])
    return {ward: [senior["phone"] for senior in seniors] for ward, seniors in by_ward}


def _shifts(opening: Opening, start: date, weeks: int) -> Iterator[Stretch]:
    """The open time of those weeks and of the night before, cut at the hand-overs."""
    hand_overs = [
        datetime.combine(start + timedelta(days=day), at, ZoneInfo(opening.timezone))
        for day in range(-1, weeks * 7 + 1)
        for at in (_MORNING, _EVENING)
    ]
    for since, until in pairwise(hand_overs[1:-1]):
        yield from opening.between(since, until)


def _turn(team: list[str], since: datetime, rank: int) -> str:
    """Who holds the rank: the team takes turns day by day, and the night is another's."""
    local = since.astimezone(ZoneInfo(PARIS))
    night = 2 if local.time() >= _EVENING else 0
    return team[(local.toordinal() + night + rank) % len(team)]
