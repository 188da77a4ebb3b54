"""An engine of each kind for each address, as long as a process of the run lasts: what it has compiled stays compiled.

A test gets its connections anew and listens for itself alone; putting together again what the last test had asked
already was a fifth of its time.
"""

from collections.abc import Callable

from sqlalchemy import Engine

from config.database import job_engine, web_engine


class Engines:
    """The engines of one process; between two tests none is connected."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Callable[[str], Engine], str], Engine] = {}

    def job(self, url: str) -> Engine:
        """As worker, tick and commands have it."""
        return self._of(job_engine, url)

    def web(self, url: str) -> Engine:
        """As the doors have it."""
        return self._of(web_engine, url)

    def rest(self) -> None:
        """The test is over. Raises when it still hears of connections, for it would hear of the next one's."""
        for engine in self._kept.values():
            engine.dispose()
            listening = len(engine.pool.dispatch.checkout) + len(engine.pool.dispatch.checkin)
            assert not listening, "a test listened, and did not stop"

    def _of(self, make: Callable[[str], Engine], url: str) -> Engine:
        kept = (make, url)
        if kept not in self._kept:
            self._kept[kept] = make(url)
        return self._kept[kept].execution_options()  # who listens to what it executes listens to this one
