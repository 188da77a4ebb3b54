"""Lines beside each other: what may be told of each, of what is added up. Today is not in it, nor in their median."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from statistics import median

from sqlalchemy import Connection

from callbacks.figures import store
from callbacks.figures.periods import Period
from callbacks.figures.report import Figure, figures, suppressed, tells
from callbacks.figures.statistics import LEAST

HELD = 256  # lines' periods: four of sixty lines
# The figures of each line by their codes, by the line's id.
Lines = Mapping[int, Mapping[str, Figure]]


def every_line(conn: Connection, period: Period, role: str = "ward") -> Lines:
    """What may be told of every line of this role, without curves; of lines that have none yet, nothing."""
    return {ward_id: _told(sums) for ward_id, sums in store.of_wards(conn, period, role).items()}


def medians(lines: Lines, period: Period) -> dict[str, float]:
    """What a line is compared with. Pure.

    An indicator of which fewer than five lines have a value is left out: their median would tell of one of them.
    """
    found: dict[str, list[float]] = defaultdict(list)
    for line in lines.values():
        for figure in line.values():
            # Of what GPs answered the month is looked for, of a week nothing is told.
            if figure.value is not None and tells(figure.indicator, period, closed=True):
                found[figure.indicator.code].append(figure.value)
    return {code: median(values) for code, values in found.items() if len(values) >= LEAST}


def beside(conn: Connection, period: Period, role: str = "ward") -> dict[str, float]:
    """The same, for who shows no other line."""
    return medians(every_line(conn, period, role), period)


@lru_cache(HELD)
def _told(packed: bytes) -> Mapping[str, Figure]:
    """The same bytes tell the same: a page asks twice, and of sixty lines one or two change in a minute."""
    found = map(suppressed, figures(store.unpacked(packed), 0))
    return {each.indicator.code: replace(each, curve=None) for each in found}
