"""A month or a year for the evaluators: facts under pseudonyms, the code book, the checksums. Reads; writes nothing."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from callbacks.evaluation import codebook, columns, packing
from callbacks.evaluation.packing import Cell, Files
from callbacks.evaluation.pseudonyms import Pseudonyms
from callbacks.figures import gathering, report, sums
from callbacks.figures.definitions import EDITION, Statistic, Table
from callbacks.figures.facts import Fact, Facts
from callbacks.figures.periods import Grain, Period, Scope
from callbacks.figures.report import Figure
from config import texts
from config.sealed_numbers import MARK

TABLES = tuple(Table)


class StillSealed(Exception):
    """A number lies sealed with a key that we were not given: its pseudonym would be another one each time."""


def period_of(name: str, grain: Grain) -> Period:
    """The period that is called so ("2026-11", "2026"); ValueError when it is none of that length."""
    if _NAMED[grain].fullmatch(name) is None:
        raise ValueError(f"not a {grain}")
    return Period.parse(name)


_NAMED = {Grain.MONTH: re.compile(r"2\d{3}-\d\d", re.ASCII), Grain.YEAR: re.compile(r"2\d{3}", re.ASCII)}


def closed(conn: Connection, period: Period, now: datetime) -> bool:
    """Whether it is over in every hospital and nothing of it is watched any more: every export of it is the same."""
    return all(period.closed(now, zone) for zone in _zones(conn))


def size(conn: Connection, period: Period) -> int:
    """About how many calls and requests it has."""
    values = {"first": period.first, "last": period.last}
    return int(conn.execute(_SIZE, values).scalar_one())


def files(conn: Connection, period: Period, pseudonyms: Pseudonyms, language: str, now: datetime) -> Files:
    """Every file by its name, `SHA256SUMS` last. StillSealed."""
    facts = gathering.read(conn, Scope.everything(), period, now)
    callers = chain((call.caller_key for call in facts.calls), (request.caller_key for request in facts.requests))
    if any(caller.startswith(MARK) for caller in callers):
        raise StillSealed
    practitioners = gathering.practitioners(conn, period)
    made = {f"{table}.csv": _sheet(table, rows, pseudonyms) for table, rows in facts.by_table().items()}
    about = _about(period, practitioners, closed=closed(conn, period, now))
    return packing.summed(
        {
            **made,
            **codebook.files(language),
            "about.csv": packing.sheet(("name", "value"), about),
            "before_after.csv": _before_after(period, facts, practitioners, language),
        }
    )


def _sheet(table: Table, facts: Sequence[Fact], pseudonyms: Pseudonyms) -> bytes:
    named = [column.name for column in columns.of(table)]
    return packing.sheet(named, columns.rows(table, facts, pseudonyms))


def _about(period: Period, practitioners: int, *, closed: bool) -> Iterator[tuple[str, Cell]]:
    yield "period", period.name
    yield "first", period.first
    yield "last", period.last
    yield "closed", closed
    yield "practitioners", practitioners
    yield "definitions", EDITION


# Before and after ---------------------------------------------------------------------------------------------------

_TEMPLATE = (
    *("indicator", "title", "unit"),
    *("before_from", "before_to", "before_source", "before_numerator", "before_denominator", "before_value"),
    *("after_from", "after_to", "after_numerator", "after_denominator", "after_value", "after_low", "after_high"),
)
_TO_BE_FILLED_IN: tuple[Cell, ...] = (None,) * 6


def _before_after(period: Period, facts: Facts, practitioners: int, language: str) -> bytes:
    """Each figure of the period, and room for that of the time before the line."""
    found = map(report.suppressed, report.figures(sums.tally(facts), practitioners))
    lines = (
        _compared(figure, period, language) for figure in found if figure.indicator.statistic is not Statistic.TABLE
    )
    return packing.sheet(_TEMPLATE, lines)


def _compared(figure: Figure, period: Period, language: str) -> tuple[Cell, ...]:
    said = (figure.indicator.code, texts.say(f"indicators.{figure.indicator.code}", language), figure.indicator.unit)
    counts = (figure.numerator, figure.denominator)
    return (*said, *_TO_BE_FILLED_IN, period.first, period.last, *counts, figure.value, figure.low, figure.high)


# What the register says ---------------------------------------------------------------------------------------------


def _zones(conn: Connection) -> list[ZoneInfo]:
    return [ZoneInfo(zone) for zone in conn.execute(text("select distinct timezone from hospitals")).scalars()]


# Ward by ward, which is how the indexes lie.
_SIZE = text(
    """
    with span as (
        select cast(:first as date)::timestamptz as since, (cast(:last as date) + 1)::timestamptz as until)
    select
        (select count(*) from span join calls c on c.ward_id is null and c.started_at >= since and c.started_at < until)
        + (select coalesce(sum(
                (select count(*) from calls c
                    where c.ward_id = w.id and c.started_at >= since and c.started_at < until)
                + (select count(*) from requests r
                    where r.ward_id = w.id and r.created_at >= since and r.created_at < until)), 0)
            from span, wards w)"""
)
