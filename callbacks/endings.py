"""How a request may end, as its kind has it in its hospital. One SELECT or two; decides nothing."""

from sqlalchemy import Connection

from callbacks import outcomes
from callbacks.kinds import store
from callbacks.outcomes import Outcome


def of(conn: Connection, ward_id: int, kind: str) -> tuple[Outcome, ...]:
    """The outcomes of a request of this kind, owed by this ward or team, in the order offered."""
    return outcomes.of(store.of_ward(conn, ward_id, kind))


def find(conn: Connection, ward_id: int, kind: str, code: str) -> Outcome | None:
    """The outcome of this code; None when it is not offered there."""
    return next((each for each in of(conn, ward_id, kind) if each.code == code), None)
