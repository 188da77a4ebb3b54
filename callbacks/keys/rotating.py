"""Everything sealed anew with the newest key, and numbers as SEAL_NUMBERS wants them, while others go on writing.

Killed anywhere, it goes on later. A batch of rows is one transaction and waits for nobody: a row that somebody else is
changing comes in the next round. What no key opens stays as it is, and is told: its key may be found again.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Select, func, select, update

from callbacks.keys import numbers
from callbacks.keys.places import FILES, NUMBERS, ROWS, Files, Numbers, Place, Rows
from callbacks.shelf import Shelf
from config.crypto import HEAD_BYTES, Box, Unreadable

BATCH = 200
ROUNDS = 5  # processes that still seal with an older key may write behind us
HALF_WRITTEN_SECONDS = 3600.0

log = structlog.get_logger(__name__)
Tell = Callable[[str, int], None]  # a place, and how much of it was sealed anew so far


@dataclass
class Work:
    """What a rotation did: how much of each place was sealed anew; whose key is not here; which files are gone."""

    box: Box
    tell: Tell = lambda place, number: None
    done: Counter[str] = field(default_factory=Counter)
    unreadable: set[str] = field(default_factory=set)  # "parts.body 7f3c…": a place and an id
    gone: set[str] = field(default_factory=set)

    def add(self, place: Place, number: int) -> None:
        """So many more of a place."""
        if number:
            self.done[str(place)] += number
            self.tell(str(place), self.done[str(place)])


def rotate(engine: Engine, shelf: Shelf, tell: Tell) -> Work:
    """Seal with the newest key of `shelf.box` what another key sealed. Raises OSError: the shelf is full or away."""
    work = Work(shelf.box, tell)
    for _ in range(ROUNDS):
        before = work.done.total()
        for rows in ROWS:
            _through_rows(engine, work, rows)
        for called in NUMBERS:
            _through_numbers(engine, work, called)
        for files in FILES:
            _through_files(engine, work, shelf, files)
        if work.done.total() == before:
            break
    shelf.sweep(time.time() - HALF_WRITTEN_SECONDS)
    return work


def _through_rows(engine: Engine, work: Work, place: Rows) -> None:
    old = func.substring(place.column, 1, HEAD_BYTES) != work.box.head
    waiting = select(place.key, place.column).where(func.length(place.column) > 0, old)
    # An id and a foreign key stay as they are: who adds a row that names this one need not wait.
    waiting = waiting.with_for_update(key_share=True, skip_locked=True)
    after: Any = None
    while True:
        with engine.begin() as conn:
            rows = conn.execute(_batch(waiting, place, after)).all()
            work.add(place, sum(_reseal(conn, work, place, id, sealed) for id, sealed in rows))
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


def _reseal(conn: Connection, work: Work, place: Rows, id: Any, sealed: bytes) -> bool:
    try:
        anew = work.box.reseal(bytes(sealed), place.context(id))
    except Unreadable:
        _not_opened(work, place, id)
        return False
    conn.execute(update(place.column.table).where(place.key == id).values({place.column: anew}))
    return True


def _through_numbers(engine: Engine, work: Work, place: Numbers) -> None:
    waiting = select(place.key, place.column).where(numbers.astray(place))
    waiting = waiting.with_for_update(key_share=True, skip_locked=True)
    after: Any = None
    while True:
        with engine.begin() as conn:
            rows = conn.execute(_batch(waiting, place, after)).all()
            opened = {id: value for id, value in rows if numbers.is_opened(value)}
            work.add(place, numbers.write(conn, place, opened))
        for id, _ in (row for row in rows if row[0] not in opened):
            _not_opened(work, place, id)
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


def _through_files(engine: Engine, work: Work, shelf: Shelf, place: Files) -> None:
    named = select(place.key, place.column).where(place.column.is_not(None))
    after: Any = None
    while True:
        with engine.connect() as conn:
            rows = conn.execute(_batch(named, place, after)).all()
        work.add(place, sum(_reseal_file(engine, work, shelf, place, id, name) for id, name in rows))
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


def _reseal_file(engine: Engine, work: Work, shelf: Shelf, place: Files, id: Any, name: str) -> bool:
    """Behind the lock of its row: whoever destroys the file holds that too, and it does not come back by our hand."""
    try:
        if work.box.is_current(shelf.head(name)):
            return False
        with engine.begin() as conn:
            still = select(place.column).where(place.key == id, place.column == name)
            if conn.execute(still.with_for_update(key_share=True, skip_locked=True)).one_or_none() is None:
                return False
            place.reseal(shelf, id, name)
    except FileNotFoundError:
        work.gone.add(f"{place} {id}")
        return False
    except Unreadable:
        _not_opened(work, place, id)
        return False
    return True


def _not_opened(work: Work, place: Place, id: object) -> None:
    log.warning("keys.unreadable", place=str(place), id=str(id))
    work.unreadable.add(f"{place} {id}")


def _batch(found: Select[tuple[Any, Any]], place: Place, after: Any) -> Select[tuple[Any, Any]]:
    onward = found if after is None else found.where(place.key > after)
    return onward.order_by(place.key).limit(BATCH)
