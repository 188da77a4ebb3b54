"""Many practitioners into the register, a thousand with a statement; in the caller's transaction.

A statement is short, so that no door that has to give up early gives up on a long list.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from scheduling.store import Practitioner

AT_ONCE: Final = 1_000  # rows of a statement
COLUMNS: Final = ("name", "email", "rpps", "practice", "postcode", "mssante", "preferred", "reach")
_LOCK_NOT_AVAILABLE: Final = "55P03"
_Row = TypeVar("_Row")


class Overtaken(Exception):
    """Somebody whom the list changes was taken out of the register, or forgotten, at this instant."""


def alone(connection: Connection) -> bool:
    """No other list comes in beside this one, until the commit. False: one does, for longer than we may wait."""
    try:
        with connection.begin_nested():
            connection.execute(_ALONE)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        return False
    return True


def create(connection: Connection, entries: Sequence[Practitioner]) -> list[Practitioner]:
    """Put them on file; the same with their ids."""
    created: list[Practitioner] = []
    for some in _thousands(entries):
        said = {name: [getattr(entry, name) for entry in some] for name in COLUMNS}
        ids = sorted(connection.execute(_CREATE, said).scalars())  # given out in the order of the rows
        created += (replace(entry, id=id) for id, entry in zip(ids, some, strict=True))
    _write_phones(connection, created)
    return created


def change(connection: Connection, changes: Sequence[tuple[Practitioner, Practitioner]]) -> None:
    """Make of each what the second says: what differs is written, the rest of his entry stays. Overtaken.

    All are held before anything is written: while it waits for an editor, it keeps nothing that he may be waiting for.
    """
    for ids in _thousands([before.id for before, _ in changes]):
        _hold(connection, ids)
    said = [pair for pair in changes if any(_differs(*pair, name) for name in COLUMNS)]
    for some in _thousands(said):
        new = {name: [_new(*pair, name) for pair in some] for name in COLUMNS}
        connection.execute(_CHANGE, {"id": [after.id for _, after in some], **new})
    phoned = [after for before, after in changes if before.phones != after.phones]
    for ids in _thousands([one.id for one in phoned]):
        connection.execute(_NO_PHONES, {"ids": ids})
    _write_phones(connection, phoned)


def _differs(before: Practitioner, after: Practitioner, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))


def _new(before: Practitioner, after: Practitioner, name: str) -> str | None:
    """What he gets in that column; None: he keeps what he has."""
    said: str | None = getattr(after, name)
    return said if _differs(before, after, name) else None


def _hold(connection: Connection, ids: Sequence[int]) -> None:
    """Nobody else changes them until the commit. Overtaken."""
    held = connection.execute(_HOLD, {"ids": ids}).all()
    if len(held) != len(ids):
        raise Overtaken


def _write_phones(connection: Connection, entries: Sequence[Practitioner]) -> None:
    rows = [(one.id, phone, position) for one in entries for position, phone in enumerate(one.phones)]
    for some in _thousands(rows):
        ids, phones, positions = (list(column) for column in zip(*some, strict=True))
        connection.execute(_PHONES, {"ids": ids, "phones": phones, "positions": positions})


def _thousands(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    return (rows[at : at + AT_ONCE] for at in range(0, len(rows), AT_ONCE))


_ALONE = text("select pg_advisory_xact_lock(hashtextextended('practitioners', 0))")
_HOLD = text("""
    select id from practitioners where id = any(cast(:ids as integer[])) and erased_at is null
    for no key update""")
# Columns as arrays: of parameters by the thousand the driver would first make the sense of each.
_CREATE = text("""
    insert into practitioners (name, email, rpps, practice, postcode, mssante, preferred, reach)
    select name, email, rpps, practice, postcode, mssante, preferred, reach
    from unnest(cast(:name as text[]), cast(:email as text[]), cast(:rpps as text[]), cast(:practice as text[]),
        cast(:postcode as text[]), cast(:mssante as text[]), cast(:preferred as text[]), cast(:reach as text[]))
        with ordinality as said (name, email, rpps, practice, postcode, mssante, preferred, reach, place)
    order by place
    returning id""")
_CHANGE = text("""
    update practitioners as p
    set name = coalesce(said.name, p.name), email = coalesce(said.email, p.email), rpps = coalesce(said.rpps, p.rpps),
        practice = coalesce(said.practice, p.practice), postcode = coalesce(said.postcode, p.postcode),
        mssante = coalesce(said.mssante, p.mssante), preferred = coalesce(said.preferred, p.preferred),
        reach = coalesce(said.reach, p.reach)
    from unnest(cast(:id as integer[]), cast(:name as text[]), cast(:email as text[]), cast(:rpps as text[]),
        cast(:practice as text[]), cast(:postcode as text[]), cast(:mssante as text[]), cast(:preferred as text[]),
        cast(:reach as text[]))
        as said (id, name, email, rpps, practice, postcode, mssante, preferred, reach)
    where p.id = said.id""")
_NO_PHONES = text("delete from practitioner_phones where practitioner_id = any(cast(:ids as integer[]))")
_PHONES = text("""
    insert into practitioner_phones (practitioner_id, phone, position)
    select * from unnest(cast(:ids as integer[]), cast(:phones as text[]), cast(:positions as smallint[]))""")
