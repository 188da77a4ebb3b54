"""Figures for an operator's monitoring: what the doors did, and what stands in the register now. No names, no wards."""

import os
import time
from collections.abc import Iterator
from typing import Final, cast

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from callbacks.house import Desk
from config.doors import anyone

blueprint = Blueprint("metrics", __name__)

_own = CollectorRegistry()
_answers = Counter("rappel24_answers", "Answers given at a door", ["door", "status"], registry=_own)
# The carrier gives up after fifteen seconds, and tries again after four.
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
_seconds = Histogram("rappel24_answer_seconds", "Time to an answer", ["door"], buckets=_BUCKETS, registry=_own)

# Name: what it says, its label, and the rows (label's value, number). Each reads a partial index: what is closed or
# sent costs nothing here, however many years of it there are.
GAUGES: Final = {
    "rappel24_requests": (
        "Requests still owed a call",
        "state",
        "select state, count(*) from requests where state in ('open', 'claimed') group by state",
    ),
    "rappel24_requests_overdue": (
        "Requests whose promise is broken and which are not done",
        "",
        "select '', count(*) from requests where state in ('open', 'claimed') and due_at < app_now()",
    ),
    "rappel24_ladder_late_seconds": (
        "How late the next rung of any request is, on the one clock",
        "",
        "select '', coalesce(greatest(0, extract(epoch from app_now() - min(next_step_at))), 0) from requests"
        " where next_step_at is not null",
    ),
    "rappel24_messages": (
        "Messages due and not sent yet",
        "channel",
        "select channel, count(*) from outbox where state in ('waiting', 'sending') and due_at <= app_now()"
        " group by channel",
    ),
    "rappel24_recordings": (
        "Recordings not in the house yet, or to be deleted at the carrier",
        "state",
        "select state, count(*) from recordings where retry_real is not null group by state",
    ),
    "rappel24_pictures": (
        "Pictures of SMS not in the house yet, or to be deleted at the carrier",
        "state",
        "select state, count(*) from attachments where retry_real is not null group by state",
    ),
    "rappel24_to_sort": (
        "Messages that somebody must sort",
        "",
        "select '', count(*) from dialogues where state = 'open' and sort_at <= app_now()",
    ),
    "rappel24_lists_seconds": (
        "Since the moment up to which the carrier's lists were last compared with ours",
        "",
        "select '', extract(epoch from real_now() - max(until_real)) from reconciliations where ended_real is not null"
        " having max(until_real) is not null",
    ),
    "rappel24_missed": (
        "Calls, SMS and messages of the last day that the carrier had and we did not",
        "kind",
        "select kind, sum(count::int) from reconciliations, jsonb_each_text(missed) as found(kind, count)"
        " where began_real > real_now() - interval '1 day' group by kind",
    ),
    "rappel24_differing": (
        "Messages and calls of the last day that the carrier had otherwise than we",
        "kind",
        "select kind, sum(count::int) from reconciliations, jsonb_each_text(differing) as found(kind, count)"
        " where began_real > real_now() - interval '1 day' group by kind",
    ),
    "rappel24_alarms": (
        "Alarms that stand",
        "kind",
        "select kind, count(*) from alarms where cleared_at is null group by kind",
    ),
    "rappel24_canary_seconds": (
        "Since a call of the line to itself was last answered and understood",
        "",
        "select '', extract(epoch from real_now() - placed_real) from canaries where state = 'well'"
        " order by placed_real desc limit 1",
    ),
    "rappel24_backup_seconds": (
        "Age of what the last copy of the register shows",
        "",
        "select '', extract(epoch from real_now() - max(snapshot_real)) from backups where kind = 'taken'"
        " having count(*) > 0",
    ),
    "rappel24_silence_seconds": (
        "Since the last sign of life of a kind of process",
        "process",
        "select split_part(process, ':', 1), extract(epoch from real_now() - max(real)) from heartbeats group by 1",
    ),
}


class Register(Collector):
    """What stands in the register now; `rappel24_database_up` 0, and nothing else, when it is away."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """The gauges, read in one transaction."""
        try:
            found = list(self._read())
        except SQLAlchemyError:
            found = []
        up = GaugeMetricFamily("rappel24_database_up", "Whether PostgreSQL answers")
        up.add_metric([], bool(found))
        yield from (up, *found)

    def _read(self) -> Iterator[Metric]:
        with self._engine.connect() as conn:
            for name, (says, label, query) in GAUGES.items():
                family = GaugeMetricFamily(name, says, labels=[label] if label else [])
                for value, number in conn.execute(text(query)):
                    family.add_metric([value] if label else [], float(number))
                yield family


@blueprint.get("/metrics")
@anyone
def metrics() -> Response:
    """For a scraper; the doors' counters of all processes of this web, then the register."""
    desk = cast(Desk, current_app.extensions["desk"])
    register = CollectorRegistry()
    register.register(Register(desk.engine))
    return Response(generate_latest(_doors()) + generate_latest(register), content_type=CONTENT_TYPE_LATEST)


def _doors() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return _own
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


def add(app: Flask) -> None:
    """Count what every door answers."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        door = request.endpoint or "none"
        _answers.labels(door, response.status_code).inc()
        if "began" in g:
            _seconds.labels(door).observe(time.perf_counter() - g.began)
        return response
