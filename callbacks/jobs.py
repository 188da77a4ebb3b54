"""What RQ runs, and the tick when Redis is away: each takes one id, looks at its row, and does what is still to do.

A job may be lost, doubled or late. Nothing but ids stands in its arguments, and nothing personal in what it raises.
"""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from callbacks import backlog, delivery, outbox, recordings, stories
from callbacks.carrier import Carrier
from callbacks.climb import Climbed
from callbacks.delivery import NotArrived
from callbacks.house import Bell, House
from callbacks.post import Mailer
from callbacks.shelf import Shelf
from callbacks.tables import heartbeats
from callbacks.written import fetching
from config import clock, reporting, story, tally, tracing
from config.clock import Moment
from config.database import is_away

log = structlog.get_logger(__name__)

# Fires the rung that is due; None: it no longer is. callbacks.climb.climb.
Climb = Callable[[Connection, int, Moment], Climbed | None]


class JobFailed(Exception):
    """A job ended in an exception; the log has it. Its row is due again by itself."""


class DatabaseAway(JobFailed):
    """It could not even be looked at: the row is no worse than another."""


@dataclass(frozen=True)
class Workshop:
    """What work is done with."""

    engine: Engine
    carrier: Carrier
    house: House
    shelf: Shelf
    bell: Bell
    climb: Climb
    not_arrived: NotArrived
    mailer: Mailer | None = None  # None: no e-mail is sent


def run(shop: Workshop, kind: str, id: int | str | UUID) -> None:
    """Do the work of `kind` (a key of WORK) on the row `id`. Raises JobFailed."""
    with _edge(kind, id):
        WORK[kind](shop, id)


def climbs(shop: Workshop, request_id: int) -> bool:
    """Fire the rung of a request that was seen to be due. False: it is not any more, or somebody else is at it, who
    rings for what he writes himself. Raises JobFailed.
    """
    with _edge("climb", request_id):
        return _fire(shop, request_id)


@contextmanager
def _edge(kind: str, id: int | str | UUID) -> Iterator[None]:
    """One bad row never stops the others; what went wrong is logged while it is known what it was about."""
    try:
        with story.chapter(job=kind), tracing.span("job", job=kind), _logged(kind, id):
            yield
    except Exception as error:  # noqa: BLE001 — the job's edge
        # An exception's text may carry a number (a key that exists already), and RQ would keep it in Redis.
        failed = DatabaseAway if is_away(error) else JobFailed
        raise failed(f"{kind} {id}: {type(error).__name__}") from None


@contextmanager
def _logged(kind: str, id: int | str | UUID) -> Iterator[None]:
    try:
        yield
    except Exception:
        log.exception("job.failed", kind=kind, id=str(id))
        tally.add(tally.JOB_FAILURES, kind)
        raise


def beat_of(engine: Engine, process: str) -> None:
    """A sign of life of `process` ("tick:host:pid")."""
    sign = insert(heartbeats).values(process=process, real=func.real_now())
    with engine.begin() as conn:
        conn.execute(sign.on_conflict_do_update(index_elements=["process"], set_={"real": sign.excluded.real}))


def forget_the_dead(engine: Engine) -> None:
    """Drop the signs of life of processes that gave none for a day."""
    with engine.begin() as conn:
        conn.execute(delete(heartbeats).where(heartbeats.c.real < func.real_now() - timedelta(days=1)))


def process_name(kind: str, pid: int) -> str:
    """The name under which a process reports."""
    return f"{kind}:{socket.gethostname()}:{pid}"


def _own_name() -> str:
    """Whose a lease is: never another process, nor another try of the same."""
    return os.urandom(8).hex()


def _deliver(shop: Workshop, id: Any) -> None:
    left = delivery.deliver(shop.engine, shop.carrier, shop.house, int(id), _own_name(), mailer=shop.mailer)
    if not left:  # what has left this instant has not failed to arrive
        delivery.follow_up(shop.engine, shop.carrier, int(id), shop.not_arrived)


def _climb(shop: Workshop, id: Any) -> None:
    """A door may have written what is sent at once, with no rung due: who rang for the request rang for that too."""
    if _fire(shop, int(id)):
        return
    with shop.engine.begin() as conn:
        stories.follow(conn, int(id))
        waiting = outbox.waiting_for(conn, int(id))
    _ring(shop, waiting)


def _fire(shop: Workshop, request_id: int) -> bool:
    with shop.engine.begin() as conn:
        climbed = shop.climb(conn, request_id, clock.read(conn))
        if climbed is None:
            return False
        waiting = outbox.waiting_for(conn, request_id)
    climbed.tell()
    _ring(shop, waiting)
    return True


def _ring(shop: Workshop, waiting: Sequence[int]) -> None:
    for outbox_id in waiting:
        shop.bell.ring("deliver", outbox_id)


def _fetch(shop: Workshop, id: Any) -> None:
    recording_id = id if isinstance(id, UUID) else UUID(str(id))
    recordings.fetch(shop.engine, shop.carrier, shop.shelf, recording_id, _own_name())


def _picture(shop: Workshop, id: Any) -> None:
    picture_id = id if isinstance(id, UUID) else UUID(str(id))
    fetching.fetch(shop.engine, shop.carrier, shop.shelf, picture_id, _own_name())


def _beat(shop: Workshop, id: Any) -> None:
    """Proves the way through Redis, a worker and the database; the horse reports for the worker that forked it."""
    beat_of(shop.engine, process_name("worker", os.getppid()))


WORK: dict[str, Callable[[Workshop, Any], None]] = {
    "deliver": _deliver,
    "climb": _climb,
    "fetch": _fetch,
    "picture": _picture,
    "beat": _beat,
}

_equipped: list[Workshop] = []


def equip(shop: Workshop) -> None:
    """Give this process, and the horses it forks, what RQ cannot pass as an argument."""
    _equipped[:] = [shop]


def deliver(outbox_id: int) -> None:
    """Send a message, or act because it did not arrive; beside it whatever else is due, which does not wait for it."""
    try:
        _work_off(_equipped[0], ("deliver", outbox_id))
    finally:
        _flush()


def climb(request_id: int) -> None:
    """Fire the rung of a request that is due."""
    _work("climb", request_id)


def fetch(recording_id: str) -> None:
    """Fetch, store or delete a recording."""
    _work("fetch", recording_id)


def picture(picture_id: str) -> None:
    """Fetch, store or delete a picture of an SMS."""
    _work("picture", picture_id)


def beat(_: int) -> None:
    """Report that a worker works."""
    run(_equipped[0], "beat", 0)


def _work(kind: str, id: int | str) -> None:
    """What was rung for, and then whatever else is due."""
    shop = _equipped[0]
    try:
        run(shop, kind, id)
    finally:
        _work_off(shop)
        _flush()


def _flush() -> None:
    """This process ends without a word."""
    tracing.flush()
    reporting.flush()


def _work_off(shop: Workshop, first: tuple[str, int] | None = None) -> None:
    """Whatever is due, after what was rung for. Raises JobFailed if that one failed."""
    failed: list[JobFailed] = []

    def do(kind: str, id: Any) -> None:
        try:
            run(shop, kind, id)
        except JobFailed as failure:  # the log has it
            if (kind, id) == first:
                failed.append(failure)

    try:
        backlog.work_off(shop.engine, do, first=first)
    except SQLAlchemyError as error:
        log.warning("job.backlog_left", error=type(error).__name__)  # the tick finds what is due
    if failed:
        raise failed[0]
