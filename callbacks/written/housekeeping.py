"""Files that a broken-off intake left behind. What became nothing is forgotten by a rule (`callbacks.retention`)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, Row, select

from callbacks.shelf import Shelf
from callbacks.written_tables import attachments
from config import clock

LEFT_DAYS = range(2, 9)  # how many days ago: by then no intake is still at it, and a week without this is made up for

log = structlog.get_logger(__name__)


def sweep(engine: Engine, shelf: Shelf) -> None:
    """Take off the shelf what no row names."""
    with engine.begin() as conn:
        today = clock.read(conn).real.date()
        for days in LEFT_DAYS:
            _sweep_day(conn, shelf, today - timedelta(days=days))


def _sweep_day(conn: Connection, shelf: Shelf, day: date) -> None:
    """What came on that day and no row names."""
    there = dict(shelf.pictures_of(day))
    if not there:
        return
    known = {row.file for row in _named(conn, list(there.values()))}
    for name in there:
        if name not in known:
            shelf.drop(name)
            log.info("shelf.swept", file=name)


def _named(conn: Connection, ids: list[UUID]) -> list[Row[Any]]:
    return list(conn.execute(select(attachments.c.file).where(attachments.c.id.in_(ids))))
