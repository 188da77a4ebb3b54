"""Who tried to call the GP back, and what came of it: written once however often it is told. Nothing here commits."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from callbacks import register
from callbacks.entries import PENDING, log
from callbacks.states import Kind
from callbacks.trying import Result
from config.clock import Moment

SAME_TRY = timedelta(minutes=2)  # the same person and the same result within: he tapped twice
_TRIED_BEFORE = text(
    """
    select exists (
        select from events where request_id = :id and kind = 'attempted' and person_id = :person_id
        and case when cast(:bridge as text) is null
            then at > :since and detail ->> 'result' = :result and detail ->> 'bridge' is null
            else detail ->> 'bridge' = :bridge end)"""
)
_WORD_OWED = text(
    f"update requests set notice_at = least(coalesce(notice_at, :now), :now) where id = :id and {PENDING}"
)


@dataclass(frozen=True)
class Bridged:
    """A callback through the line, as a try: they talked for `seconds` (None: not at all)."""

    id: UUID
    seconds: int | None = None


def attempted(
    conn: Connection, request_id: int, person_id: int, moment: Moment, result: Result, bridge: Bridged | None = None
) -> bool:
    """Somebody tried to call the GP back, by his own means or by a `bridge`; told twice it is written once.

    A GP who was not reached is told of it. True when it was new.
    """
    register.locked(conn, request_id)  # two taps at once are told apart
    values = {"id": request_id, "person_id": person_id, "result": result, "since": moment.now - SAME_TRY}
    again = conn.execute(_TRIED_BEFORE, values | {"bridge": str(bridge.id) if bridge else None}).scalar_one()
    if again:
        return False
    detail: dict[str, object] = {"result": result, "how": "bridge" if bridge else "own"}
    if bridge:
        detail |= {"bridge": str(bridge.id), "seconds": bridge.seconds}
    log(conn, request_id, Kind.ATTEMPTED, moment, person_id=person_id, detail=detail)
    if result.counts:
        conn.execute(_WORD_OWED, {"id": request_id, "now": moment.now})
    return True
