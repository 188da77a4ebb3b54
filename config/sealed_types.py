"""What lies sealed in the register's statements, and how it is read.

Whoever writes or compares a number says so by the type of its column, or of its parameter (`sealed`, `in_any_form`).
What is read is opened by the driver: no statement can forget to.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import (
    ARRAY,
    BindParameter,
    ClauseElement,
    ColumnElement,
    Dialect,
    Text,
    TypeDecorator,
    any_,
    bindparam,
    not_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import operators
from sqlalchemy.sql.operators import OperatorType

from config.sealed_numbers import MARK, Lying, ours

E164 = re.compile(r"\+[0-9]{6,15}")
_EQUAL: Mapping[object, bool] = {
    operators.eq: True,
    operators.in_op: True,
    operators.ne: False,
    operators.not_in_op: False,
}
_NOISE: frozenset[object] = frozenset(
    {
        *(operators.lt, operators.le, operators.gt, operators.ge, operators.between_op, operators.concat_op),
        *(operators.like_op, operators.ilike_op, operators.startswith_op, operators.endswith_op),
        *(operators.contains_op, operators.regexp_match_op, operators.is_distinct_from, operators.asc_op),
        *(operators.desc_op, operators.add),
    }
)


class AnyForm(TypeDecorator[Any]):
    """A parameter for `= any(:number)`: a number, or several, in each form that they may lie in."""

    impl = ARRAY(Text)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> list[str] | None:
        """Every form of a number, or of each of several."""
        if value is None:
            return None
        several = [value] if isinstance(value, str) else [each for each in value if each is not None]
        return [form for each in several for form in ours().forms(each)]


class Sealed(TypeDecorator[str]):
    """A number or an address that lies sealed: equal whichever key sealed it, and without order."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """As it is written from now on."""
        return None if value is None else ours().seal(value)

    class Comparator(TypeDecorator.Comparator[str]):
        """Equality alone, in every form. What compares beginnings or order would compare noise."""

        def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
            """`==`, `!=` and `in_` with values; with another column, as it lies."""
            if op in _EQUAL and not isinstance(other[0], ClauseElement) and other[0] is not None:
                found = self.expr == any_(bindparam(None, other[0], type_=AnyForm(), unique=True))
                return found if _EQUAL[op] else not_(found)
            if op in _NOISE:
                raise TypeError(f"what lies sealed is only found whole: {op.__name__}")
            return super().operate(op, *other, **kwargs)

    comparator_factory = Comparator


class SealedWithin(TypeDecorator[Any]):
    """JSON whose numbers lie sealed, wherever they stand in it; `opened_within` opens them."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """As it is written from now on."""
        return _each_text(value, lambda said: ours().seal(said) if E164.fullmatch(said) else said)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """As it was: the driver opens texts, not what stands in JSON."""
        return opened_within(value)


def opened_within(value: Any) -> Any:
    """JSON as it was before it was sealed."""
    return _each_text(value, lambda said: ours().open(said))


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    match value:
        case str():
            return change(value)
        case Mapping():
            return {name: _each_text(each, change) for name, each in value.items()}
        case list() | tuple():
            return [_each_text(each, change) for each in value]
    return value


def sealed(*names: str) -> list[BindParameter[str]]:
    """Parameters of a statement in SQL that numbers are written by."""
    return [bindparam(name, type_=Sealed()) for name in names]


def in_any_form(*names: str) -> list[BindParameter[Any]]:
    """Parameters of a statement in SQL that numbers are looked up by: `= any(:name)`."""
    return [bindparam(name, type_=AnyForm()) for name in names]


def any_form(name: str) -> ColumnElement[Any]:
    """The same for a statement that is put together once: `column == any_form(name)`."""
    return any_(bindparam(name, type_=AnyForm()))


# What is read ------------------------------------------------------------------------------------------------------


class Opening(Loader):
    """Reads a text as the driver does, and opens a number that lies sealed."""

    def load(self, data: Buffer) -> str:
        """In clear."""
        read = str(data, "utf-8")
        return ours().open(read) if read.startswith(MARK) else read


class Typed(StrDumperUnknown):
    """Writes a text as the driver does; what somebody typed in the likeness of a sealed number is no longer like one.

    Else who has a stolen copy and an account would write a number of it down as a name, and be shown it in clear.
    """

    def dump(self, obj: str) -> Buffer | None:
        """A space stands behind the mark of what did not come from `Numbers`."""
        return super().dump(obj.replace(":", " :", 1) if obj.startswith(MARK) and type(obj) is not Lying else obj)


def open_what_is_read(driver: Any, record: object) -> None:
    """For SQLAlchemy's event `connect`: every text of this connection, alone or in an array, on its way out and in."""
    driver.adapters.register_dumper(str, Typed)
    for name in ("text", "varchar"):
        driver.adapters.register_loader(name, Opening)
