"""Connections that wait for no server for ever: its own time-outs are no help when it stands still (invariant 5)."""

import time
from contextvars import ContextVar
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

SILENCE_SECONDS = 3.5  # for any answer at a door: a little longer than the server's own limit for a statement
# A machine that has gone without a word does not even acknowledge: then TCP itself gives up, after ten seconds.
TCP_OPTIONS = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
_give_up_at: ContextVar[float | None] = ContextVar("give_up_at", default=None)


def give_up_in(seconds: float | None) -> None:
    """From here on this thread waits for the register for so long in all, however much it asks; None: no such limit."""
    _give_up_at.set(None if seconds is None else time.monotonic() + seconds)


class Impatient(psycopg.Connection[Any]):
    """Gives up on a server that does not answer; the connection is closed then, for its answer may still come."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer; OperationalError when none comes in time."""
        end = _give_up_at.get()
        left = SILENCE_SECONDS if end is None else max(0.0, min(SILENCE_SECONDS, end - time.monotonic()))
        try:
            return super().wait(gen, interval, left if timeout is None else min(left, timeout))
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise
