"""Conditions on facts that a person, a program and another program's `DataFrame.query` read alike. Pure."""

import operator
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Scalar = str | int


@dataclass(frozen=True)
class Column:
    """Another column of the same row, where a clause compares two."""

    name: str


Clause = tuple[str, str, Any]  # column, operation, what it is compared with

_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "==": operator.eq,
        "!=": operator.ne,
        "<=": operator.le,
        "<": operator.lt,
        ">=": operator.ge,
        ">": operator.gt,
    }
)
OPERATIONS = (*_COMPARED, "in", "not in", "known", "unknown")


class Where:
    """Clauses that hold together; none: always. What is not known (None) is above, below and equal to nothing.

    "known" and "unknown" are for numbers and instants; of texts the empty one is not known. Yes and no are 1 and 0.
    """

    __slots__ = ("_test", "clauses")

    def __init__(self, *clauses: Clause) -> None:
        if wrong := next((op for _, op, _ in clauses if op not in OPERATIONS), None):
            raise ValueError(f"unknown operation: {wrong}")
        self.clauses = clauses
        self._test = tuple(_tested(*clause) for clause in clauses)

    def __call__(self, fact: object) -> bool:
        """Whether a fact is one of these."""
        for test in self._test:  # noqa: SIM110 — thirty thousand times for a busy day: a generator costs half of it
            if not test(fact):
                return False
        return True

    def __and__(self, other: "Where") -> "Where":
        return Where(*self.clauses, *other.clauses)

    def __str__(self) -> str:
        """As the code book prints it."""
        return " and ".join(_written(*clause) for clause in self.clauses)

    def __repr__(self) -> str:
        return f"Where({self})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Where) and self.clauses == other.clauses

    def __hash__(self) -> int:
        return hash(self.clauses)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that it looks at."""
        beside = {value.name for _, _, value in self.clauses if isinstance(value, Column)}
        return frozenset({column for column, _, _ in self.clauses} | beside)


def alike(wheres: Iterable[Where], columns: Iterable[str] = ()) -> Callable[[object], Hashable]:
    """What tells facts apart for these conditions: of two with the same answer all of them hold, or none, for both.

    `columns`: so that these are the same in both, too. A column that is compared for what it is tells for itself;
    of others, whose values are many, only whether the clause holds.
    """
    clauses = {clause for where in wheres for clause in where.clauses}
    valued = {column for column, op, value in clauses if op in _BY_VALUE and not isinstance(value, Column)}
    rest = sorted((each for each in clauses if isinstance(each[2], Column) or each[0] not in valued), key=repr)
    asked = [operator.attrgetter(name) for name in sorted({*columns, *valued})] + [_tested(*clause) for clause in rest]
    return lambda fact: tuple([ask(fact) for ask in asked])


_BY_VALUE = frozenset({"==", "in", "not in"})
Test = Callable[[object], bool]


def _tested(column: str, op: str, value: Any) -> Test:
    read = operator.attrgetter(column)
    match op:
        case "in":
            return lambda fact: read(fact) in value
        case "not in":
            return lambda fact: read(fact) not in value
        case "known":
            return lambda fact: read(fact) is not None
        case "unknown":
            return lambda fact: read(fact) is None
    if isinstance(value, Column):
        return _beside(read, _COMPARED[op], operator.attrgetter(value.name))
    return _compared(read, _COMPARED[op], value)


def _beside(read: Callable[[object], Any], compare: Callable[[Any, Any], bool], other: Callable[[object], Any]) -> Test:
    def test(fact: object) -> bool:
        left, right = read(fact), other(fact)
        return left is not None and right is not None and compare(left, right)

    return test


def _compared(read: Callable[[object], Any], compare: Callable[[Any, Any], bool], value: Scalar) -> Test:
    def test(fact: object) -> bool:
        found = read(fact)
        return found is not None and compare(found, value)

    return test


def _written(column: str, op: str, value: Any) -> str:
    if op == "known":
        return f"{column} == {column}"  # nothing else is unlike itself
    if op == "unknown":
        return f"{column} != {column}"
    if isinstance(value, tuple):
        return f"{column} {op} [{', '.join(_quoted(each) for each in value)}]"
    return f"{column} {op} {_quoted(value)}"


def _quoted(value: Any) -> str:
    match value:
        case Column(name):
            return name
        case str():
            return f'"{value}"'
        case _:
            return str(int(value))
