"""Which columns leave the house: the facts' own, less the numbers of rows; keys become pseudonyms. Pure.

Polls are coarser: by hospital and month, without a key and in no order of time; and what a GP said stands with them
alone. So no answer is led back to a request, and no request says that it was answered for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import get_type_hints

from callbacks.evaluation.packing import Cell
from callbacks.evaluation.pseudonyms import Pseudonyms
from callbacks.figures.definitions import Table
from callbacks.figures.facts import CallFact, Fact, LineFact, PollFact, RequestFact


class Type(StrEnum):
    """What stands in a column."""

    TEXT = "text"  # a code, a name of the directory of lines; empty: not known
    NUMBER = "number"  # whole; empty: it has not happened, or is not known
    FLAG = "flag"  # 1 yes, 0 no; empty: not known
    DAY = "day"  # 2026-11-23, local
    MONTH = "month"  # 2026-11, local
    KEY = "key"  # a pseudonym; empty: nobody is known


@dataclass(frozen=True)
class Column:
    """A column of the export, and the field of the fact that it is made of."""

    name: str
    field: str
    type: Type

    @property
    def unit(self) -> str:
        """What a number counts."""
        return "s" if self.name.endswith("_s") else ""


FACTS: Mapping[Table, type[Fact]] = MappingProxyType(
    {Table.CALLS: CallFact, Table.REQUESTS: RequestFact, Table.POLLS: PollFact, Table.LINES: LineFact}
)
_OF_A_ROW = "_id"
_KEY = "_key"
_TYPES: Mapping[object, Type] = MappingProxyType(
    {str: Type.TEXT, int: Type.NUMBER, int | None: Type.NUMBER, bool: Type.FLAG, bool | None: Type.FLAG, date: Type.DAY}
)
# What of a poll would lead to whom it was sent: the second in which his request was closed; a ward with one such month.
_KEPT_BACK: Mapping[Table, frozenset[str]] = MappingProxyType(
    {Table.POLLS: frozenset({"at_s", "poll_key", "ward", "role"}), Table.LINES: frozenset({"at_s"})}
)


def of(table: Table) -> tuple[Column, ...]:
    """The columns of a table, in the order of its facts' fields."""
    return tuple(_columns(table))


def _columns(table: Table) -> Iterator[Column]:
    types = get_type_hints(FACTS[table])
    for name in (each.name for each in fields(FACTS[table])):
        if name.endswith(_OF_A_ROW) or name in _KEPT_BACK.get(table, ()):
            continue
        if table is Table.POLLS and types[name] is date:
            yield Column("month", name, Type.MONTH)
        else:
            yield Column(name, name, Type.KEY if name.endswith(_KEY) else _TYPES[types[name]])


def rows(table: Table, facts: Sequence[Fact], pseudonyms: Pseudonyms) -> list[list[Cell]]:
    """The cells of each fact; polls in the order of what they say."""
    columns = of(table)
    made = [[_cell(column, getattr(fact, column.field), pseudonyms) for column in columns] for fact in facts]
    return sorted(made, key=_as_said) if table is Table.POLLS else made


def _as_said(cells: Sequence[Cell]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in cells]


def _cell(column: Column, value: Cell, pseudonyms: Pseudonyms) -> Cell:
    return _WRITTEN.get(column.type, _as_it_is)(column, value, pseudonyms)


def _as_it_is(_: Column, value: Cell, __: Pseudonyms) -> Cell:
    return value


def _as_a_key(column: Column, value: Cell, pseudonyms: Pseudonyms) -> Cell:
    return pseudonyms.of(column.name.removesuffix(_KEY), value)


def _as_a_month(_: Column, value: Cell, __: Pseudonyms) -> Cell:
    return f"{value:%Y-%m}" if isinstance(value, date) else None


_WRITTEN: Mapping[Type, Callable[[Column, Cell, Pseudonyms], Cell]] = MappingProxyType(
    {Type.KEY: _as_a_key, Type.MONTH: _as_a_month}
)
