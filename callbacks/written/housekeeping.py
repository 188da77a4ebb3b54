"""What is not kept: messages that became nothing, after a month; and files that a broken-off intake left behind.

Of a message that is forgotten its key stays: the same letter, read again from its mailbox, is still one that was here.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, Row, delete, select, text

from callbacks.shelf import Shelf
from callbacks.written_tables import attachments
from config import clock

KEPT = timedelta(days=30)  # of what was ignored, refused, idle, a command, or dismissed by somebody
BATCH = 200
LEFT_DAYS = range(2, 9)  # how many days ago: by then no intake is still at it, and a week without this is made up for

log = structlog.get_logger(__name__)


def purge(engine: Engine, shelf: Shelf) -> None:
    """Forget what is due, a batch at a time; sweep the shelf."""
    while _forget_some(engine, shelf) == BATCH:
        pass
    _sweep(engine, shelf)


def _forget_some(engine: Engine, shelf: Shelf) -> int:
    with engine.begin() as conn:
        found = conn.execute(_DUE, {"before": clock.read(conn).now - KEPT, "batch": BATCH}).all()
        if found:
            _forget(conn, shelf, [row.id for row in found])
    return len(found)


def _forget(conn: Connection, shelf: Shelf, written_ids: list[UUID]) -> None:
    """Files first: whoever is killed in between finds the rows again, and no file stays that no row names.

    Their rows are locked before: whoever seals a file anew at this moment is waited for.
    """
    his = attachments.c.written_id.in_(written_ids)
    files = select(attachments.c.file).where(his, attachments.c.file.is_not(None)).with_for_update()
    for name in conn.execute(files).scalars():
        shelf.drop(name)
    conn.execute(delete(attachments).where(his))
    conn.execute(_FORGET_TALKS, {"ids": written_ids})
    conn.execute(_FORGET, {"ids": written_ids})


# Not while a picture is still to be fetched, or to be deleted at the carrier.
_DUE = text(
    """
    select id from written
    where verdict in ('command', 'idle', 'refused', 'ignored') and body <> '' and at < :before
      and not exists (select from attachments a where a.written_id = written.id and a.retry_real is not null)
    order by at limit :batch for update skip locked"""
)
_FORGET = text("update written set body = '', sender = '', recipient = '', message_id = null where id = any(:ids)")
_FORGET_TALKS = text(
    """
    update dialogues set sender = '' where state <> 'open' and request_id is null
    and id in (select dialogue_id from written where id = any(:ids))"""
)


def _sweep(engine: Engine, shelf: Shelf) -> None:
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
