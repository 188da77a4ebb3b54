"""The tick: asks the database what is due, and rings for it; does the work itself when nobody comes.

Several may run, and none leads: rows are taken with SKIP LOCKED and marked as rung for. A row that is still due when
its mark runs out was lost on the way (Redis emptied, a worker killed), and is done here. It outlives every outage: it
backs off, and goes on. Start it with `python -m config.tick`.
"""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from callbacks import (
    after_restore,
    aftermath,
    alarm_letters,
    climb,
    handover,
    jobs,
    proofs,
    registering,
    rota_notices,
    verification,
)
from callbacks.answers import codes, drafts, unread
from callbacks.backlog import HANDS, HEAPS, Heap
from callbacks.canary_watch import Watch
from callbacks.carrier_language import REAL_API
from callbacks.figures import keeping, referent_letters, ward_letters
from callbacks.house import Desk
from callbacks.jobs import DatabaseAway, JobFailed, Workshop
from callbacks.line import Line
from callbacks.polls import asking
from callbacks.reconciling.watch import Watch as Lists
from callbacks.retention import purging
from callbacks.written import housekeeping, to_sort
from config import clock, logs, story, tally, watching
from config.assembly import box_of, database_url, numbers_at_rest, redis_url
from config.clock import Moment
from config.database import job_engine
from config.queue import Doorbell
from config.settings import Settings, load
from config.workshop import tools_of, workshop_of
from webhooks.twiml import Renderer

PASS_SECONDS = 1.0
QUICK_SECONDS = 0.5  # while there is work, or the clock runs fast; after a pass that was full, none
OUTAGE_SECONDS = 5.0  # the longest pause while the database is away
BATCH = 50
CHORES = 5  # at once: some may take minutes while the carrier or a mail server is slow
LONG = 1  # at once, of those that reckon for minutes: what has a clock waits for no hand of theirs
BEAT_SECONDS = 5.0
COUNTS_SECONDS = 5.0
CALLS_SECONDS = 5.0
HANDOVER_SECONDS = 5.0
PROOFS_SECONDS = 1.0
NOTICES_SECONDS = 300.0
CANARY_SECONDS = 2.0
UNREAD_SECONDS = 60.0
TO_SORT_SECONDS = 10.0
LISTS_SECONDS = 10.0
POLLS_SECONDS = 60.0
ALARMS_SECONDS = 60.0
LETTERS_SECONDS = 300.0
RESTORED_SECONDS = 60.0
FIGURES_SECONDS = 60.0
PURGE_SECONDS = 3600.0
BAD_SECONDS = 15.0  # before a request whose rung raised is tried again

log = structlog.get_logger(__name__)

# Ids of requests whose rung is due: callbacks.climb.due.
DueRungs = Callable[[Connection, Moment, int], Sequence[int]]


@dataclass(frozen=True)
class Chore:
    """Something to look after every so often, on the side; `long`: after whatever else is long, one at a time."""

    name: str
    every_seconds: float
    do: Callable[[], object]
    long: bool = False


@dataclass
class Tick:
    """One tick. `rings` rings for a row and says whether Redis took it; `room` says for how many more it is of use."""

    shop: Workshop
    rings: Callable[[str, Any], bool]
    due_rungs: DueRungs
    chores: Sequence[Chore] = ()
    name: str = field(default_factory=lambda: jobs.process_name("tick", os.getpid()))
    room: Callable[[], int] = lambda: BATCH
    _hands: Executor = field(default_factory=lambda: ThreadPoolExecutor(HANDS, "hand"))
    _aside: Executor = field(default_factory=lambda: ThreadPoolExecutor(CHORES, "chore"))
    _apart: Executor = field(default_factory=lambda: ThreadPoolExecutor(LONG, "long"))
    _busy: dict[object, Future[object]] = field(default_factory=dict)
    _bad: dict[int, float] = field(default_factory=dict)
    _next: dict[str, float] = field(default_factory=dict)
    _alone: bool = False
    _behind: bool = False  # more rungs are due already than one pass climbs

    def run(self, stop: threading.Event) -> None:
        """Pass after pass until `stop`; an outage only makes it slower."""
        failures = 0
        while not stop.is_set():
            try:
                soon = self.once()
                pause = 0.0 if self._behind else QUICK_SECONDS if soon else PASS_SECONDS
                failures = 0
            except SQLAlchemyError as error:
                failures += 1
                log.warning("tick.database_away", error=type(error).__name__, failures=failures)
                pause = min(OUTAGE_SECONDS, 2.0**failures / 2)
            except Exception:  # the loop's edge: whatever it was, the promise goes on
                failures += 1
                log.exception("tick.failed")
                pause = OUTAGE_SECONDS
            stop.wait(pause * random.uniform(0.9, 1.1))
        for hands in (self._hands, self._aside, self._apart):
            hands.shutdown(wait=False, cancel_futures=True)

    def once(self) -> bool:
        """One pass: rungs, then messages and recordings, then the chores. Whether to come back soon."""
        self._busy = {key: work for key, work in self._busy.items() if not work.done()}
        with self.shop.engine.begin() as conn:
            moment, fast = clock.read(conn), clock.rate(conn) > 1
            most = BATCH + len(self._bad)
            rungs = self.due_rungs(conn, moment, most)
        # A full pass in which nothing went well says nothing of those behind it: it rests.
        full = len(rungs) == most
        self._behind = self._climb(rungs, full) > 0 and full
        found = sum(self._hand_out(heap) for heap in HEAPS)
        self._look_after()
        return bool(rungs or found or fast)

    def drain(self) -> None:
        """Wait for our own hands; for tests."""
        for work in list(self._busy.values()):
            work.exception()

    def _climb(self, request_ids: Sequence[int], full: bool) -> int:
        """Rungs are fired here: they are decided in the database, and ask nobody outside. How many went well.

        `full`: more are due than these. Who then comes too late for one has others at the same, and asks anew.
        """
        self._bad = {id: until for id, until in self._bad.items() if until > time.monotonic()}
        well = 0
        for request_id in request_ids:
            if request_id in self._bad:
                continue
            try:
                in_time = jobs.climbs(self.shop, request_id)
            except DatabaseAway:
                break  # all of them are due at the next pass
            except JobFailed:
                self._bad[request_id] = time.monotonic() + BAD_SECONDS
                continue
            well += 1
            if full and not in_time:
                break
        return well

    def _hand_out(self, heap: Heap) -> int:
        """Ring for what is due; what nobody came for, or nobody can be rung for, is ours."""
        room, free = 0 if self._alone else self.room(), self._free_hands(heap)
        with self.shop.engine.begin() as conn:
            due = heap.take(conn, room + free)
        for row in due:
            if not row.late and (room > 0 or self._alone) and self._ring(heap.job, row.id):
                room -= 1
            else:
                self._do(heap, row.id)
        return len(due)

    def _ring(self, kind: str, id: Any) -> bool:
        heard = self.rings(kind, id)
        if heard == self._alone:
            log.warning("tick.redis_back" if heard else "tick.redis_away")
        self._alone = not heard
        return heard

    def _do(self, heap: Heap, id: Any) -> None:
        """With our own hands, when one is free; else the row is found again when its mark runs out."""
        if (heap, id) not in self._busy and self._free_hands(heap) > 0:
            self._busy[heap, id] = self._hands.submit(jobs.run, self.shop, heap.job, id)

    def _free_hands(self, heap: Heap) -> int:
        """How many more of this heap's rows we may take on; chores have hands of their own."""
        return heap.hands - sum(isinstance(key, tuple) and key[0] is heap for key in self._busy)

    def _look_after(self) -> None:
        self._at("beat", BEAT_SECONDS, self._beat)  # in the loop itself: a pass that hangs is seen to hang
        for chore in self.chores:
            if chore.name not in self._busy:
                self._at(chore.name, chore.every_seconds, partial(self._start, chore))

    def _at(self, name: str, every_seconds: float, do: Callable[[], object]) -> None:
        if self._next.get(name, 0.0) <= time.monotonic():
            self._next[name] = time.monotonic() + every_seconds
            do()

    def _start(self, chore: Chore) -> None:
        self._busy[chore.name] = (self._apart if chore.long else self._aside).submit(_guarded, chore)

    def _beat(self) -> None:
        jobs.beat_of(self.shop.engine, self.name)
        self._ring("beat", 0)


def _guarded(chore: Chore) -> None:
    with story.chapter(chore=chore.name):
        try:
            chore.do()
        except Exception:  # a chore's edge: it is tried again next time
            log.exception("chore.failed")
            tally.add(tally.JOB_FAILURES, "chore")


def main() -> int:
    """Tick until SIGTERM or SIGINT, with the settings of this process's environment."""
    logs.configure("tick")
    settings = load(os.environ, Settings)
    watching.configure("tick", settings)
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    numbers_at_rest(settings)
    engine = job_engine(database_url(settings), pool_size=HANDS + CHORES + LONG + 1)
    bell = Doorbell(redis_url(settings))
    shop = workshop_of(settings, engine, bell)
    desk = Desk(engine, bell, box_of(settings), shop.house)
    line = Line(desk, Renderer(shop.house, settings.twilio_api_url or REAL_API))
    watch = Chore("canary", CANARY_SECONDS, watch_of(settings, shop).look)
    name = jobs.process_name("tick", os.getpid())
    lists = Chore("lists", LISTS_SECONDS, Lists(tools_of(settings, desk, shop.shelf), name).look)
    Tick(shop, bell.rings, climb.due, (*chores(shop, line), watch, lists), name, bell.room).run(stop)
    return 0


def chores(shop: Workshop, line: Line) -> tuple[Chore, ...]:
    """What the house looks after besides what is due."""
    return (
        Chore("calls", CALLS_SECONDS, partial(aftermath.sweep, shop.engine, shop.carrier, line)),
        Chore("handover", HANDOVER_SECONDS, partial(_announce, shop)),
        Chore("proofs", PROOFS_SECONDS, partial(proofs.look_after, shop.engine, shop.house)),
        Chore("notices", NOTICES_SECONDS, partial(_tell_editors, shop)),
        Chore("unread", UNREAD_SECONDS, partial(_tell_of_unread, shop)),
        Chore("to_sort", TO_SORT_SECONDS, partial(_tell_who_sorts, shop)),
        Chore("polls", POLLS_SECONDS, partial(_ask_how_it_was, shop)),
        Chore("counts", COUNTS_SECONDS, tally.hand_over),
        Chore("restored", RESTORED_SECONDS, partial(_begin_again, shop.engine)),
        Chore("alarms", ALARMS_SECONDS, partial(_tell_operator, shop)),
        Chore("figures", FIGURES_SECONDS, partial(keeping.keep, shop.engine, keeping.BATCHES), long=True),
        Chore("weeks", LETTERS_SECONDS, ward_letters.Watch(shop.engine, shop.house).look, long=True),
        Chore("months", LETTERS_SECONDS, partial(_tell_referents, shop), long=True),
        Chore("forget", PURGE_SECONDS, partial(_forget, shop)),
        *purges(shop.engine),
    )


def watch_of(settings: Settings, shop: Workshop) -> Watch:
    """What looks whether the line answers."""
    return Watch(
        shop.engine,
        shop.carrier,
        shop.house,
        timedelta(minutes=settings.canary_minutes),
        shop.mailer.outgoing if shop.mailer else None,
        settings.heartbeat_url.get_secret_value() if settings.heartbeat_url else None,
    )


def _announce(shop: Workshop) -> None:
    with shop.engine.begin() as conn:
        handover.announce(conn, clock.read(conn), shop.house)


def _tell_editors(shop: Workshop) -> None:
    with shop.engine.begin() as conn:
        rota_notices.tell(conn, clock.read(conn), shop.house)


def _tell_of_unread(shop: Workshop) -> None:
    with shop.engine.begin() as conn:
        unread.tell(conn, clock.read(conn), shop.house)
        codes.purge(conn)
        drafts.purge(conn)


def _tell_who_sorts(shop: Workshop) -> None:
    with shop.engine.begin() as conn:
        to_sort.tell(conn, clock.read(conn), shop.house)


def _ask_how_it_was(shop: Workshop) -> None:
    with shop.engine.begin() as conn:
        asking.ask(conn, clock.read(conn), shop.house)


def _tell_operator(shop: Workshop) -> None:
    with shop.engine.begin() as conn:
        alarm_letters.tell(conn, clock.read(conn), shop.house)


def _tell_referents(shop: Workshop) -> None:
    with shop.engine.begin() as conn:
        referent_letters.tell(conn, clock.read(conn), shop.house)


def _begin_again(engine: Engine) -> None:
    with engine.begin() as conn:
        after_restore.begin(conn)


def _forget(shop: Workshop) -> None:
    try:
        purging.purge(shop.engine, shop.shelf)
    finally:
        housekeeping.sweep(shop.engine, shop.shelf)


def _forget_codes(engine: Engine) -> None:
    with engine.begin() as conn:
        verification.purge(conn)


def _forget_the_unproved(engine: Engine) -> None:
    with engine.begin() as conn:
        registering.purge(conn, clock.read(conn))


def purges(engine: Engine) -> Iterator[Chore]:
    """What is kept for a time only, by no rule of the hospital's; each by itself: one that fails undoes no other."""
    return (Chore(name, PURGE_SECONDS, partial(purge, engine)) for name, purge in _PURGES.items())


_PURGES: Mapping[str, Callable[[Engine], object]] = {
    "purge": aftermath.purge,
    "purge_processes": jobs.forget_the_dead,
    "purge_codes": _forget_codes,
    "purge_registrations": _forget_the_unproved,
}


if __name__ == "__main__":
    sys.exit(main())
