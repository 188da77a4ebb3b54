"""Looks every so often whether the carrier's lists are to be read, and reads them; one of these for each tick."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from callbacks.reconciling import due, mending, run
from callbacks.reconciling.mending import Tools
from config import clock


@dataclass
class Watch:
    """Remembers when it last looked, and whether the register was away since."""

    tools: Tools
    worker: str
    _looked: datetime | None = None
    _away: bool = False

    def look(self) -> None:
        """Ask for a comparison when it is time; do what is asked for; give recordings without a call their place."""
        try:
            with self.tools.desk.engine.begin() as conn:
                now = clock.read(conn).real
                asked = due.due(run.known_of(conn, self._looked, away=self._away), now)
                if asked is not None:
                    run.ask(conn, asked)
        except SQLAlchemyError:
            self._away = True
            raise
        self._looked, self._away = now, False
        run.run(self.tools, self.worker)
        mending.place(self.tools)
