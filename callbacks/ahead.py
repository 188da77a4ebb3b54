"""What comes next for requests that are owed: which rung, when, and who would be told if it were climbed then."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection

from callbacks import ladders, promise
from callbacks.ladder import Ladder, Rung
from callbacks.promise import Cover, RequestView, Step
from scheduling import board, store
from scheduling.board import Line
from scheduling.rota import OnCall

AN_INSTANT = timedelta(seconds=1)
FARTHEST = timedelta(days=2)  # the rota is read at once so far ahead; what lies beyond is asked for by itself


@dataclass(frozen=True)
class Ahead:
    """The next rung of a request. `told`: names, each once; none: the house's own telephone."""

    rung: Rung
    at: datetime
    told: tuple[str, ...]


def of(conn: Connection, views: Iterable[RequestView], now: datetime) -> dict[int, Ahead]:
    """The next rung of each of these requests, by its id; without those that are closed."""
    owed = [view for view in views if view.next_step_at is not None]
    if not owed:
        return {}
    until = min(max(view.due_at for view in owed), now + FARTHEST)
    lines = board.read(conn, {view.ward_id for view in owed}, now, max(until, now) + AN_INSTANT)
    covers = {line.ward.id: _cover(conn, line) for line in lines}

    @cache
    def ladder(ward_id: int, kind: str) -> Ladder:
        return ladders.of(conn, ward_id, kind)

    return {view.id: _ahead(view, ladder(view.ward_id, view.kind), covers[view.ward_id], now) for view in owed}


def _ahead(view: RequestView, ladder: Ladder, cover: Cover, now: datetime) -> Ahead:
    step = _step(view, cover, ladder, now)
    rung, at = ladder.find(step.rung) or ladder.last, max(step.at, now)
    alerts = promise.who(rung, view, cover(at), at)
    return Ahead(rung, at, tuple(dict.fromkeys(each.person.name for each in alerts if each.person is not None)))


def _step(view: RequestView, cover: Cover, ladder: Ladder, now: datetime) -> Step:
    """An open request keeps the step it was given; of one that is claimed it is planned anew when that comes."""
    if view.claimer is None and view.next_rung is not None and view.next_step_at is not None:
        return Step(view.next_rung, view.next_step_at)
    return promise.next_step(view, cover, ladder, now)


def _cover(conn: Connection, line: Line) -> Cover:
    @cache
    def on_call(at: datetime) -> OnCall:
        here = (segment.on_call for segment in line.segments if segment.start <= at < segment.end)
        return next(here, None) or store.on_call(conn, line.ward.id, at)

    return on_call
