"""Calls that never reached us, as the carrier tells of them afterwards: on record, so that none is forgotten."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from callbacks import callers
from callbacks.tables import calls

FIRST_STEP = "arrive"  # where a call begins


def enter(conn: Connection, sid: str, caller: str | None, began: datetime, ended: datetime | None) -> UUID | None:
    """Put a call to the line on record; its id, None when it is there already. Instants are the one clock's.

    Over (`ended`), it is a lost one: no ward was chosen that we know of. While it lasts, its end is still to come.
    """
    known = callers.STRANGER if caller is None else callers.recognise(conn, caller)
    row = {
        "id": uuid4(),
        "sid": sid,
        "direction": "inbound",
        "caller": caller,
        "practitioner_id": known.practitioner_id,
        "step": FIRST_STEP,
        "result": "open" if ended is None else "lost",
        "started_at": began,
        "ended_at": ended,
    }
    new = insert(calls).values(row).on_conflict_do_nothing(index_elements=["sid"]).returning(calls.c.id)
    found: UUID | None = conn.execute(new).scalar_one_or_none()
    return found
