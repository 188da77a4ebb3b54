"""What proves a rota, as the tick looks after it: questions and what follows, tests of the line."""

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import Connection, Engine

from callbacks import presence, test_call
from callbacks.house import House
from config import clock
from config.clock import Moment

log = structlog.get_logger(__name__)


def look_after(engine: Engine, house: House) -> None:
    """Ask who has begun, do what follows from the answers, go on with the tests. Any tick may, at any time."""
    with engine.begin() as conn:
        presence.ask(conn, clock.read(conn))
        asked, tests = presence.unsettled(conn), test_call.running(conn)
    _each(engine, asked, lambda conn, moment, id: presence.settle(conn, moment, house, id))
    _each(engine, tests, test_call.go_on)


def _each(engine: Engine, ids: Sequence[int], do: Callable[[Connection, Moment, int], None]) -> None:
    for id in ids:
        try:
            with engine.begin() as conn:
                do(conn, clock.read(conn), id)
        except Exception:  # a proof's edge: one bad row never stops the others
            log.exception("proof.failed", id=id)
