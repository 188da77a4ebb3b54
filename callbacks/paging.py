"""Where a list goes on: a list that grows meanwhile is paged by what was last seen, not by counting rows. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar

FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)  # before any, and after all
LAST: Final = datetime(2999, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_LONGEST = 64

Id = TypeVar("Id")


@dataclass(frozen=True)
class Place(Generic[Id]):
    """After this instant and, of those at one instant, this row."""

    at: datetime
    id: Id

    def __str__(self) -> str:
        """As it stands in an address; `place` reads it."""
        return f"{(self.at - FIRST) // _MICRO}-{self.id}"


def place(said: str, id_of: Callable[[str], Id]) -> Place[Id] | None:
    """The place that an address names; None for one that we never wrote. `id_of` raises ValueError for no id."""
    micros, _, id = said.partition("-")
    if not (len(said) <= _LONGEST and said.isascii() and micros.isdecimal()):
        return None
    since = int(micros)
    try:
        return Place(FIRST + since * _MICRO, id_of(id)) if since < (LAST - FIRST) // _MICRO else None
    except ValueError:
        return None
