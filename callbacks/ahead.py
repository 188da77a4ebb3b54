"""What comes next for requests that are owed: which rung, when, and who would be told if it were climbed then."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection

from callbacks import ladders, promise
from callbacks.ladder import Ladder, Rung
from callbacks.promise import RequestView
from scheduling import board
from scheduling.board import Line
from scheduling.rota import OnCall

AN_INSTANT = timedelta(seconds=1)


@dataclass(frozen=True)
class Ahead:
    """The next rung of a request. `told`: names, each once; none: the house's own telephone."""

    rung: Rung
    at: datetime
    told: tuple[str, ...]


def of(conn: Connection, views: Iterable[RequestView], now: datetime) -> dict[int, Ahead]:
    """The next rung of each of these requests, by its id; without those that are closed."""
    owed = {view.id: (view, max(now, view.next_step_at)) for view in views if view.next_step_at is not None}
    if not owed:
        return {}
    until = max(at for _, at in owed.values()) + AN_INSTANT
    lines = board.read(conn, {view.ward_id for view, _ in owed.values()}, now, until)
    by_ward = {line.ward.id: line for line in lines}

    @cache
    def ladder(ward_id: int, kind: str) -> Ladder:
        return ladders.of(conn, ward_id, kind)

    return {
        view.id: _ahead(view, ladder(view.ward_id, view.kind), _on_call(by_ward[view.ward_id], at), at)
        for view, at in owed.values()
    }


def _ahead(view: RequestView, ladder: Ladder, on_call: OnCall, at: datetime) -> Ahead:
    rung = ladder.find(view.next_rung) or ladder.last
    alerts = promise.who(rung, view, on_call, at)
    return Ahead(rung, at, tuple(dict.fromkeys(each.person.name for each in alerts if each.person is not None)))


def _on_call(line: Line, at: datetime) -> OnCall:
    return next(segment.on_call for segment in line.segments if segment.start <= at < segment.end)
