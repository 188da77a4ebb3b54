"""Who is held up by a lock in this database: how a test sees that two really met."""

import time

from sqlalchemy import Engine, text

PATIENCE = 20.0  # seconds
# In this database: others' tests run on the same server.
_WAITING = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")


def waiting(engine: Engine) -> int:
    """How many wait at this instant."""
    with engine.connect() as conn:
        return int(conn.execute(_WAITING).scalar_one())


def until_waiting(engine: Engine, count: int = 1, patience: float = PATIENCE) -> None:
    """Until so many wait; AssertionError when they do not within `patience` seconds."""
    end = time.monotonic() + patience
    while waiting(engine) < count:
        assert time.monotonic() < end, "nobody waits" if count == 1 else f"fewer than {count} wait"
        time.sleep(0.005)
