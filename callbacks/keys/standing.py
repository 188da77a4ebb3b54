"""How much lies sealed under which key: whether an old one can go, and what nobody can read any more."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select

from callbacks.keys import numbers
from callbacks.keys.places import FILES, NUMBERS, ROWS, Files, Rows
from callbacks.shelf import Shelf
from config.crypto import HEAD_BYTES, Box, sealed_by

BATCH = 1000
Held = Mapping[str, Counter[bytes | None]]  # for each place: how much under which key's id; None: in clear


@dataclass(frozen=True)
class Standing:
    """What one key seals, place by place. `given`: its place in ENCRYPTION_KEYS, 1 is the newest; None: not in it."""

    key: bytes | None
    given: int | None
    held: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many texts and files would be lost with it."""
        return sum(self.held.values())

    @property
    def can_go(self) -> bool:
        """Whether it may be taken out of ENCRYPTION_KEYS."""
        return self.given is not None and self.given > 1 and self.total == 0

    @property
    def is_missed(self) -> bool:
        """Whether something is there that only this key would open, and we do not have it."""
        return self.key is not None and self.given is None and self.total > 0


def by_key(box: Box, held: Held) -> list[Standing]:
    """Every key that we were given, newest first, then those that we were not."""
    given: dict[bytes | None, int] = {key: at for at, key in enumerate(box.key_ids, 1)}
    others = sorted({key for counts in held.values() for key in counts} - given.keys(), key=lambda key: key or b"")
    return [
        Standing(key, given.get(key), {place: counts[key] for place, counts in held.items() if counts[key]})
        for key in (*given, *others)
    ]


def count(engine: Engine, shelf: Shelf) -> Held:
    """A look at everything that lies sealed, at its first bytes."""
    with engine.connect() as conn:
        rows = {str(place): _of_rows(conn, place) for place in ROWS}
        called = {str(place): numbers.by_key(conn, place) for place in NUMBERS}
    files = {str(place): Counter(_of_files(engine, shelf, place)) for place in FILES}
    return rows | called | files


def _of_rows(conn: Connection, place: Rows) -> Counter[bytes | None]:
    head = func.substring(place.column, 1, HEAD_BYTES)
    found = select(head, func.count()).where(func.length(place.column) > 0).group_by(head)
    counts: Counter[bytes | None] = Counter()
    for first, number in conn.execute(found):
        counts[sealed_by(bytes(first))] += number
    return counts


def _of_files(engine: Engine, shelf: Shelf, place: Files) -> Iterator[bytes | None]:
    """The key of each file that is there; one that is gone is no matter of keys."""
    for name in _names(engine, place):
        try:
            yield sealed_by(shelf.head(name))
        except FileNotFoundError:
            continue


def _names(engine: Engine, place: Files) -> Iterator[str]:
    """Names of files, a batch at a time: no connection is held while they are looked at."""
    after = None
    while True:
        found = select(place.key, place.column).where(place.column.is_not(None)).order_by(place.key).limit(BATCH)
        with engine.connect() as conn:
            rows = conn.execute(found if after is None else found.where(place.key > after)).all()
        yield from (name for _, name in rows)
        if len(rows) < BATCH:
            return
        after = rows[-1][0]
