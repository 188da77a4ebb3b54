"""What one webhook asks of PostgreSQL, said again for another: the floor that does the same SQL, and nothing else.

A script (`recording` makes it) has every statement that the application sends in one turn, as it is sent, and where it
commits. What was the same in both webhooks it was made from is said again as it was. What differs is one webhook's
own: it is found where the application found it (in the address, in the form, in an answer of the register), or made
anew where the application made it. What is neither, an instant or a sealed text, is said as it was in the first: it
costs the same.
"""

import pickle
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Json, Jsonb
from sqlalchemy import Connection, Engine

SCRIPTS = "BENCH_SCRIPTS"  # of the floors' environment: the file that they are kept in
JSON = (Json, Jsonb)
TRIES = 5  # to make something that nobody has
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Astray(Exception):
    """The register did not find what it found for the application, or found what it did not: not the same work."""


class Border(StrEnum):
    """Where a transaction ends."""

    COMMIT = "commit"
    ROLLBACK = "rollback"


@dataclass
class Own:
    """One webhook's own: the ids of its address, its form, what was made for it, and what was answered so far."""

    path: str
    form: Mapping[str, str]
    made: dict[int, str] = field(default_factory=dict)
    rows: list[Sequence[Any]] = field(default_factory=list)  # of each statement

    def __post_init__(self) -> None:
        self.ids = _ID.findall(self.path)


# Where something of its own is found ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Id:
    """In its address; `place`: the first is nought."""

    place: int

    def of(self, own: Own) -> Any:
        return own.ids[self.place]


@dataclass(frozen=True)
class Field:
    """In its form."""

    name: str

    def of(self, own: Own) -> Any:
        return own.form[self.name]


@dataclass(frozen=True)
class Row:
    """In what the register answered: statement, row, column, and on into its JSON."""

    place: tuple[int | str, ...]

    def of(self, own: Own) -> Any:
        value: Any = own.rows
        for step in self.place:
            value = value[step]
        return value


@dataclass(frozen=True)
class Made:
    """Nowhere before: an id, or so many `digits`."""

    place: int
    digits: int = 0

    def of(self, own: Own) -> Any:
        if self.place not in own.made:
            own.made[self.place] = self._anew()
        return own.made[self.place]

    def _anew(self) -> str:
        if not self.digits:
            return str(uuid4())
        least: int = 10 ** (self.digits - 1)  # never a nought in front
        return str(least + secrets.randbelow(9 * least))


Source = Id | Field | Row | Made


# Parameters -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fill:
    """All of a value comes from there."""

    source: Source
    kind: type


@dataclass(frozen=True)
class Spelt:
    """A text with such values in it."""

    pieces: tuple[str | Source, ...]


@dataclass(frozen=True)
class Branch:
    """A dict, a list, a tuple or JSON that has such values somewhere inside."""

    kind: type
    children: Any


def filled(parameters: Any, own: Own) -> Any:
    """Parameters as they are for this webhook."""
    match parameters:
        case Fill(source=source, kind=kind):
            return _as(source.of(own), kind)
        case Spelt(pieces=pieces):
            return "".join(each if isinstance(each, str) else spelled(each.of(own)) or "" for each in pieces)
        case Branch(children=dict() as named):
            return {name: filled(each, own) for name, each in named.items()}
        case Branch(kind=kind, children=children) if kind in JSON:
            return kind(filled(children, own))
        case Branch(kind=kind, children=children):
            return kind([filled(each, own) for each in children])
    return parameters


def spelled(value: Any) -> str | None:
    """A value as text, whatever it is carried as; None for what is nobody's own."""
    match value:
        case None | bool() | bytes() | float():
            return None
        case datetime():
            return value.isoformat()
        case str() | int() | UUID():
            return str(value)
    return None


def _as(value: Any, kind: type) -> Any:
    """An id that came as text in JSON goes out as an id."""
    if type(value) is kind:
        return value
    return datetime.fromisoformat(value) if kind is datetime else kind(spelled(value))


# Scripts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """As it goes to the driver. `finds`: rows were found or changed; `makes`: the places of what is made for it."""

    text: str
    parameters: Any
    finds: bool
    makes: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Answer:
    """What the application answered, to the letter: the floor's is as long."""

    status: int
    content_type: str | None
    body: bytes


@dataclass(frozen=True)
class Script:
    """All that one webhook asks of the register, and what it is answered."""

    lines: tuple[Statement | Border, ...]
    answer: Answer

    def play(self, engine: Engine, own: Own) -> None:
        """On one connection, which is borrowed only if there is anything to ask; raises Astray."""
        if not self.lines:
            return
        with engine.connect() as connection:
            for line in self.lines:
                match line:
                    case Statement():
                        own.rows.append(_asked(connection, line, own))
                    case Border.COMMIT:
                        connection.commit()
                    case Border.ROLLBACK:
                        connection.rollback()


def _asked(connection: Connection, statement: Statement, own: Own) -> Sequence[Any]:
    """What is made and taken already is made once more, as the application does."""
    for _ in range(TRIES):
        result = connection.exec_driver_sql(statement.text, filled(statement.parameters, own))
        rows = result.fetchall() if result.returns_rows else ()
        found = bool(rows) if result.returns_rows else result.rowcount > 0
        if found == statement.finds:
            return rows
        if not statement.makes:
            break
        for place in statement.makes:
            own.made.pop(place, None)
    raise Astray(statement.text)


def keep(scripts: Mapping[str, Script], file: Path) -> None:
    """For the floors, which another process serves."""
    file.write_bytes(pickle.dumps(dict(scripts)))


def kept(file: Path) -> dict[str, Script]:
    """What `keep` wrote, where only we write."""
    found: dict[str, Script] = pickle.loads(file.read_bytes())
    return found
