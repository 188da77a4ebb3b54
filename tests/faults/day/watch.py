"""Looks at PostgreSQL all day: does a transaction stand open while somebody outside is asked (invariant 10)?"""

import threading
from typing import Self

import psycopg

EVERY = 0.25
_IDLE = """select coalesce(max(extract(epoch from clock_timestamp() - state_change)), 0) from pg_stat_activity
    where datname = current_database() and state = 'idle in transaction'"""


class Watch:
    """The longest that any transaction stood open with nothing asked, in seconds. A thread of its own."""

    def __init__(self, database_url: str) -> None:
        self.idle_seconds, self.looks = 0.0, 0
        self._address = database_url.replace("+psycopg", "")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._look()
            except psycopg.Error:
                self._stop.wait(EVERY)  # it is away, or our own connection was cut with the others

    def _look(self) -> None:
        with psycopg.connect(self._address, autocommit=True, connect_timeout=2) as connection:
            while not self._stop.wait(EVERY):
                row = connection.execute(_IDLE).fetchone()
                assert row is not None
                self.looks += 1
                self.idle_seconds = max(self.idle_seconds, float(row[0]))
