"""One turn of a call on the desk: what the works may look at, and what they leave behind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from callbacks.attempts import Attempt, EndedAttempt, NewAttempt
from callbacks.calls import Call, Pending
from callbacks.house import Desk
from callbacks.requests import Filed
from config.clock import Moment
from ivr.engine import Heard


@dataclass
class Talk:
    """A call at one turn, inside one transaction. Works read it, and say what is to be remembered and changed."""

    desk: Desk
    connection: Connection
    moment: Moment
    call: Call
    attempts: tuple[Attempt, ...] = ()
    busy: frozenset[int] = frozenset()
    pending: tuple[Pending, ...] = ()
    kinds: tuple[Mapping[str, Any], ...] = ()  # as `calls.Opened` has them
    remembered: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    ringing: NewAttempt | None = None
    over: EndedAttempt | None = None
    bells: list[tuple[str, int | UUID]] = field(default_factory=list)
    filed: list[Filed] = field(default_factory=list)  # to be told of once this turn is committed

    def recall(self, name: str, default: Any = None) -> Any:
        """What the call remembers under `name`, this turn included."""
        return self.remembered.get(name, self.call.memory.get(name, default))

    def remember(self, **values: Any) -> None:
        """Keep JSON values for the turns to come."""
        self.remembered |= values

    def change(self, **columns: Any) -> None:
        """Change columns of the call when the turn closes."""
        self.changes |= columns

    def now_is(self, column: str) -> Any:
        """A column of the call, this turn's change included."""
        return self.changes.get(column, getattr(self.call, column))

    def ring_bell(self, kind: str, id: int | UUID) -> None:
        """Ring for a worker once this turn is committed."""
        if (kind, id) not in self.bells:
            self.bells.append((kind, id))


# A work does one thing for the caller and answers which way he goes on.
Work = Callable[[Talk, Heard], str]
