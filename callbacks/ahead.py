"""What comes next for requests that are owed: which rung, when, and who would be told if it were climbed then.

What they share is read at once: their ladders, then the rota of their wards. Four statements, however many they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial

from sqlalchemy import Connection

from callbacks import ladders, promise
from callbacks.ladder import Ladder, Rung
from callbacks.promise import Cover, RequestView, Step
from callbacks.quiet import utc
from scheduling import board, store
from scheduling.opening import Stretch
from scheduling.rota import OnCall

AN_INSTANT = timedelta(microseconds=1)
MOVED = timedelta(days=1)  # a rung is put off by less: to the end of a night, and ten minutes for each one below it


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
    found = ladders.of_each(conn, {(view.ward_id, view.kind) for view in owed})
    wanted = defaultdict[int, list[Stretch]](list)
    for view in owed:
        wanted[view.ward_id].append(_looked_at(view, found[view.ward_id, view.kind], now))
    covers = _covers(conn, wanted)
    return {view.id: _ahead(view, found[view.ward_id, view.kind], covers[view.ward_id], now) for view in owed}


def _ahead(view: RequestView, ladder: Ladder, cover: Cover, now: datetime) -> Ahead:
    step = _given(view) or promise.next_step(view, cover, ladder, now)
    rung, at = ladder.find(step.rung) or ladder.last, max(step.at, now)
    alerts = promise.who(rung, view, cover(at), at)
    return Ahead(rung, at, tuple(dict.fromkeys(each.person.name for each in alerts if each.person is not None)))


def _given(view: RequestView) -> Step | None:
    """An open request keeps the step it was given; of one that is claimed it is planned anew when that comes."""
    if view.claimer is None and view.next_rung is not None and view.next_step_at is not None:
        return Step(view.next_rung, view.next_step_at)
    return None


def _looked_at(view: RequestView, ladder: Ladder, now: datetime) -> Stretch:
    """When it matters to this request who is on call."""
    step = _given(view)
    if step is not None:
        at = max(utc(step.at), utc(now))
        return at, at + AN_INSTANT
    filed, climbed, above = utc(view.created_at), view.climbed_at, ladder.above(*view.place)
    # With nothing above its place the deadline comes again: how the request began is not looked at any more.
    start = filed if above or climbed is None else utc(climbed)
    opened = [filed + rung.after_open for rung in above if rung.after_open is not None]
    repeated = [utc(climbed) + (ladder.last.repeat or timedelta())] if climbed is not None else []
    return min(start, utc(now)), max(utc(now), utc(view.due_at), *opened, *repeated) + MOVED


def _covers(conn: Connection, wanted: Mapping[int, Iterable[Stretch]]) -> dict[int, Cover]:
    duty = board.duty(conn, wanted)

    @cache
    def on_call(ward_id: int, at: datetime) -> OnCall:
        return duty.on_call(ward_id, at) or store.on_call(conn, ward_id, at)

    return {ward_id: partial(on_call, ward_id) for ward_id in wanted}
