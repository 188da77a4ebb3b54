"""The ladder that counts for a ward: as an administrator changed it, else as `config/ladder.toml` has it."""

from dataclasses import replace

from sqlalchemy import Connection, text

from callbacks import ladder
from callbacks.ladder import Ladder

_OF_WARD = text(
    """
    select rungs from ladders where kind = :kind and (ward_id = :ward_id or ward_id is null)
    order by ward_id nulls last limit 1"""
)


def of(conn: Connection, ward_id: int, kind: str) -> Ladder:
    """The rungs of this ward and kind of request: its own, else every ward's, else those of this release."""
    rungs = conn.execute(_OF_WARD, {"ward_id": ward_id, "kind": kind}).scalar_one_or_none()
    default = ladder.load()
    return default if rungs is None else replace(default, rungs=ladder.parse(rungs, {}).rungs)
