"""What is promised to who asks a ward for something: by which team, and until when. Reads, decides nothing else."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from callbacks.kinds import store
from callbacks.kinds.clocks import Elapsed
from callbacks.kinds.kind import Kind
from scheduling.store import ward


@dataclass(frozen=True)
class Promised:
    """The team that owes it (a row of `wards`), the ward it is about when that is another, and until when."""

    kind: Kind
    team_id: int
    about_id: int | None
    due_at: datetime  # UTC
    breach_at: datetime | None  # when it is a breach whatever was promised; None: never, or no discharge is known


def promised(
    conn: Connection, ward_id: int, code: str, asked_at: datetime, event_at: datetime | None = None
) -> Promised:
    """What this ward is asked for at this instant; NoSuchWard. `event_at`: a discharge, planned or past."""
    kind = store.of_ward(conn, ward_id, code)
    team_id = store.team_of(conn, ward_id, kind.team)
    if team_id == ward_id and isinstance(kind.clock, Elapsed):  # advice: a caller waits, and no hours bend it
        return Promised(kind, ward_id, None, asked_at.astimezone(UTC) + kind.clock.promise, kind.breach_at(event_at))
    team = ward(conn, team_id)
    due = kind.due_at(asked_at, team.opening, team.timezone, event_at)
    return Promised(kind, team_id, ward_id if team_id != ward_id else None, due, kind.breach_at(event_at))
