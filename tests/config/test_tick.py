"""The tick finds what is due, rings for it, and does it itself when nobody comes; nothing stops it."""

import threading
import time
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import structlog
from sqlalchemy import Connection, Engine, text
from structlog.testing import capture_logs

from callbacks import recordings
from callbacks.backlog import HANDS, HEAPS
from callbacks.climb import Climbed
from callbacks.house import Desk
from callbacks.jobs import Workshop
from callbacks.line import Line
from callbacks.shelf import Shelf
from config import tally
from config.clock import Moment
from config.crypto import Box
from config.queue import Doorbell
from config.tick import BATCH, CHORES, PASS_SECONDS, QUICK_SECONDS, Chore, Tick, chores, purges
from tests.callbacks.sending import BRUNO, HOUSE, Hands, MemoryCarrier, message, put, row, sound
from webhooks.twiml import Renderer


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:  # which chore it was of
        yield logs


@dataclass
class Bells:
    """Remembers what was rung for; nobody hears while `away`, and `enough` rings may wait."""

    rung: list[tuple[str, Any]] = field(default_factory=list)
    away: bool = False
    enough: int = BATCH

    def ring(self, kind: str, id: Any) -> None:
        self.rings(kind, id)

    def rings(self, kind: str, id: Any) -> bool:
        if not self.away and kind != "beat":
            self.rung.append((kind, id))
        return not self.away

    def room(self) -> int:
        return max(0, self.enough - len(self.rung))


@dataclass
class Ladder:
    """Requests with a rung due, and what was climbed; `broken` ones raise, and at `taken` somebody else is."""

    due_ids: list[int] = field(default_factory=list)
    climbed: list[int] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)
    tried: int = 0
    not_arrived: list[int] = field(default_factory=list)
    cut: Engine | None = None  # its connections are cut when the first rung is climbed

    def due(self, conn: Connection, moment: Moment, limit: int) -> Sequence[int]:
        return self.due_ids[:limit]

    def climb(self, conn: Connection, request_id: int, moment: Moment) -> Climbed | None:
        self.tried += 1
        if request_id in self.broken:
            raise ZeroDivisionError
        if request_id in self.taken:
            return None
        if self.cut is not None:
            cut, self.cut = self.cut, None
            pid = conn.execute(text("select pg_backend_pid()")).scalar_one()
            with cut.connect() as other:
                other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
            conn.execute(text("select 1"))
        self.climbed.append(request_id)
        self.due_ids.remove(request_id)
        return Climbed("first")

    def alert_failed(self, conn: Connection, outbox_id: int, moment: Moment) -> None:
        self.not_arrived.append(outbox_id)


@dataclass
class Place:
    """A tick and everything around it."""

    engine: Engine
    hands: Hands
    carrier: MemoryCarrier
    shelf: Shelf
    bells: Bells = field(default_factory=Bells)
    ladder: Ladder = field(default_factory=Ladder)

    def tick(self, *chores: Chore) -> Tick:
        shop = Workshop(
            self.engine,
            self.carrier,
            HOUSE,
            self.shelf,
            self.bells,
            self.ladder.climb,
            self.ladder.alert_failed,
        )
        return Tick(shop, self.bells.rings, self.ladder.due, chores, room=self.bells.room)


@pytest.fixture
def place(database: Engine, tmp_path: Path) -> Place:
    hands = Hands(database)
    return Place(database, hands, MemoryCarrier(now=hands.now), Shelf(tmp_path, Box([b"1" * 32])))


def a_recording(engine: Engine) -> Any:
    with engine.begin() as conn:
        call = conn.execute(
            text(
                "insert into calls (sid, step, started_at, ended_at) values (:sid, 'x', app_now(), app_now())"
                " returning id"
            ),
            {"sid": uuid4().hex},
        ).scalar_one()
        return recordings.announced(conn, "RE1", call, "completed", 2)


def passes(tick: Tick, times: int = 1) -> None:
    for _ in range(times):
        tick.once()
        tick.drain()


def test_what_is_due_is_rung_for_once(place: Place) -> None:
    one, two = put(place.engine, message("a"), message("b", recipient=BRUNO))
    wav = a_recording(place.engine)
    tick = place.tick()
    passes(tick, 3)
    assert place.bells.rung == [("deliver", one), ("deliver", two), ("fetch", wav)]
    assert place.carrier.accepted == []


def test_without_redis_it_does_the_work_itself(place: Place) -> None:
    (one,) = put(place.engine, message())
    wav = a_recording(place.engine)
    place.carrier.sounds["RE1"] = sound(2)
    place.bells.away = True
    passes(place.tick())
    assert row(place.engine, one).state == "sent"
    with place.engine.connect() as conn:
        assert recordings.open_audio(conn, place.shelf, wav) == sound(2)


def test_what_was_rung_for_in_vain_it_does_itself(place: Place) -> None:
    (one,) = put(place.engine, message())
    tick = place.tick()
    passes(tick)
    place.hands.pass_seconds(4)
    passes(tick)
    assert row(place.engine, one).state == "waiting"
    place.hands.pass_seconds(2)
    passes(tick)
    assert row(place.engine, one).state == "sent"
    assert place.bells.rung == [("deliver", one)]


def test_when_rings_enough_are_waiting_it_does_the_rest_itself(place: Place) -> None:
    """The workers are behind, or all of them are gone."""
    ids = put(place.engine, *(message(str(n), recipient=f"+336399800{n:02}") for n in range(5)))
    place.bells.enough = 2
    passes(place.tick())
    assert place.bells.rung == [("deliver", ids[0]), ("deliver", ids[1])]
    assert [row(place.engine, each).state for each in ids] == ["waiting"] * 2 + ["sent"] * 3


def test_a_recording_finds_a_hand_while_no_sms_leaves(place: Place) -> None:
    put(place.engine, *(message(str(n), recipient=f"+336399800{n:02}") for n in range(3 * HANDS)))
    wav, gate = a_recording(place.engine), threading.Event()
    place.carrier.sounds["RE1"] = sound(2)
    place.carrier.before_answering = lambda: _wait(gate)
    place.bells.away = True
    tick = place.tick()
    try:
        tick.once()
        tick.once()
        eventually(lambda: is_stored(place.engine, wav))
    finally:
        gate.set()
        tick.drain()


def is_stored(engine: Engine, recording_id: Any) -> bool:
    with engine.connect() as conn:
        query = text("select state = 'stored' from recordings where id = :id")
        return bool(conn.execute(query, {"id": recording_id}).scalar_one())


def test_two_ticks_do_each_thing_once(place: Place) -> None:
    ids = put(place.engine, *(message(str(n), recipient=f"+336399800{n:02}") for n in range(40)))
    place.bells.away = True
    ticks = [place.tick(), place.tick()]
    threads = [threading.Thread(target=passes, args=(tick, 8)) for tick in ticks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(5):  # on a busy machine a hand may have found no connection: its row is free when its lease ends
        place.hands.pass_seconds(6)
        passes(ticks[0], 10)
    assert {row(place.engine, each).state for each in ids} == {"sent"}
    assert len(place.carrier.accepted) == len(ids)


def test_a_rung_that_is_due_is_climbed(place: Place) -> None:
    place.ladder.due_ids = [7, 8]
    passes(place.tick())
    assert place.ladder.climbed == [7, 8]


def test_one_bad_request_does_not_hold_up_the_others_and_is_tried_again_later(
    place: Place, logged: list[MutableMapping[str, Any]]
) -> None:
    place.ladder.due_ids, place.ladder.broken = list(range(BATCH + 10)), set(range(BATCH))
    tick = place.tick()
    passes(tick, 3)
    assert place.ladder.climbed == list(range(BATCH, BATCH + 10))
    assert [entry["id"] for entry in logged if entry["event"] == "job.failed"] == [str(n) for n in range(BATCH)]
    place.ladder.broken.clear()
    passes(tick)
    assert len(place.ladder.climbed) == 10
    passes(place.tick())
    assert sorted(place.ladder.climbed) == list(range(BATCH + 10))


class Rests(threading.Event):
    """Rests for no time at all: remembers for how long it should have, with what there was then; ends after so many."""

    def __init__(self, passes: int, look: Callable[[], object]) -> None:
        super().__init__()
        self.passes, self.look = passes, look
        self.seconds: list[float] = []
        self.seen: list[object] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0.0)
        self.seen.append(self.look())
        if len(self.seconds) == self.passes:
            self.set()
        return self.is_set()


def test_after_a_full_pass_it_goes_on_at_once_and_what_else_is_due_waits_for_none_of_them(place: Place) -> None:
    place.ladder.due_ids = list(range(2 * BATCH + 10))
    (one,) = put(place.engine, message())
    rests = Rests(4, lambda: (len(place.ladder.climbed), list(place.bells.rung)))
    place.tick().run(rests)
    rung = [("deliver", one)]
    assert rests.seen == [(BATCH, rung), (2 * BATCH, rung), (2 * BATCH + 10, rung), (2 * BATCH + 10, rung)]
    assert rests.seconds[:2] == [0.0, 0.0]
    assert rests.seconds[2:] == [pytest.approx(QUICK_SECONDS, rel=0.11), pytest.approx(PASS_SECONDS, rel=0.11)]


def test_after_a_full_pass_in_which_nothing_went_well_it_rests(place: Place) -> None:
    place.ladder.due_ids, place.ladder.broken = list(range(3 * BATCH)), set(range(3 * BATCH))
    rests = Rests(2, lambda: list(place.ladder.climbed))
    place.tick().run(rests)
    assert rests.seen == [[], []]
    assert rests.seconds == [pytest.approx(QUICK_SECONDS, rel=0.11)] * 2


def test_who_comes_too_late_in_a_full_pass_asks_anew_what_is_due(place: Place) -> None:
    place.ladder.due_ids, place.ladder.taken = list(range(2 * BATCH)), set(range(3, BATCH))
    rests = Rests(1, lambda: (place.ladder.climbed, place.ladder.tried))
    place.tick().run(rests)
    assert rests.seen == [([0, 1, 2], 4)]
    assert rests.seconds == [0.0]


def test_at_the_end_nothing_waits_behind_a_request_that_somebody_else_is_at(place: Place) -> None:
    place.ladder.due_ids, place.ladder.taken = [7, 8, 9], {7}
    passes(place.tick())
    assert place.ladder.climbed == [8, 9]


def test_when_the_database_leaves_for_a_moment_no_rung_waits_longer_than_that(place: Place) -> None:
    place.ladder.due_ids, place.ladder.cut = [7, 8, 9], place.engine
    tick = place.tick()
    passes(tick)
    assert place.ladder.climbed == []
    passes(tick)
    assert place.ladder.climbed == [7, 8, 9]


def test_a_message_that_did_not_arrive_reaches_the_ladder_once(place: Place) -> None:
    (one,) = put(place.engine, message())
    place.bells.away = True
    tick = place.tick()
    passes(tick)
    assert place.ladder.not_arrived == []
    place.hands.pass_seconds(181)
    passes(tick, 3)
    place.hands.pass_seconds(60)
    passes(tick)
    assert place.ladder.not_arrived == [one]


def test_a_slow_carrier_does_not_hold_up_the_rungs(place: Place) -> None:
    put(place.engine, *(message(str(n), recipient=f"+336399800{n:02}") for n in range(HANDS + 4)))
    gate = threading.Event()
    place.carrier.before_answering = lambda: _wait(gate)
    place.bells.away = True
    tick = place.tick()
    try:
        tick.once()
        place.ladder.due_ids = [7]
        tick.once()
        assert place.ladder.climbed == [7]
        assert len(place.carrier.accepted) <= HEAPS[0].hands
    finally:
        gate.set()
        tick.drain()


def test_it_reports_that_it_lives(place: Place) -> None:
    tick = place.tick()
    passes(tick)
    with place.engine.connect() as conn:
        (process,) = conn.execute(text("select process from heartbeats")).scalars()
    assert process == tick.name
    assert process.startswith("tick:")


@pytest.mark.parametrize(("every_seconds", "times"), [(0.0, 3), (3600.0, 1)])
def test_a_chore_that_fails_is_done_again_in_its_time(place: Place, every_seconds: float, times: int) -> None:
    done: list[int] = []

    def chore() -> None:
        done.append(1)
        raise ZeroDivisionError

    passes(place.tick(Chore("sweep", every_seconds, chore)), 3)
    assert len(done) == times


def test_a_purge_that_fails_leaves_the_others_alone(
    place: Place, database: Engine, logged: list[MutableMapping[str, Any]]
) -> None:
    with database.begin() as conn:
        conn.execute(text("alter table phone_codes rename to elsewhere"))
        conn.execute(text("insert into heartbeats (process, real) values ('tick:gone:1', now() - interval '2 days')"))
        conn.execute(_UNPROVED)
    tick = place.tick(*purges(database))
    passes(tick)
    failed = [entry["chore"] for entry in logged if entry["event"] == "chore.failed"]
    with database.connect() as conn:
        alive = conn.execute(text("select process from heartbeats")).scalars().all()
        unproved = conn.execute(text("select count(*) from registrations")).scalar_one()
    assert (failed, alive, unproved) == (["purge_codes"], [tick.name], 0)


_UNPROVED = text("insert into registrations (proof, created_at) values ('sms', app_now() - interval '40 days')")


def test_a_chore_that_hangs_holds_up_nothing_and_is_not_begun_twice(place: Place) -> None:
    gate, begun = threading.Event(), []

    def chore() -> None:
        begun.append(1)
        gate.wait(20)

    tick = place.tick(Chore("sweep", 0.0, chore))
    place.ladder.due_ids = [7]
    try:
        tick.once()
        tick.once()
        assert (begun, place.ladder.climbed) == ([1], [7])
    finally:
        gate.set()
        tick.drain()


def test_chores_that_hang_take_no_hand_from_what_must_be_sent(place: Place) -> None:
    """Redis is away, and so many chores wait for a slow server that there are more of them than hands."""
    gate = threading.Event()
    tick = place.tick(*(Chore(f"slow {n}", 3600.0, lambda: _wait(gate)) for n in range(CHORES + HANDS)))
    place.bells.away = True
    try:
        tick.once()
        (one,) = put(place.engine, message())
        tick.once()
        eventually(lambda: row(place.engine, one).state == "sent")
    finally:
        gate.set()
        tick.drain()


def test_chores_that_reckon_for_long_take_turns_and_no_hand_from_those_with_a_clock(place: Place) -> None:
    gate, at_once, most, done = threading.Event(), [0], [0], threading.Event()

    def reckon() -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        gate.wait(20)
        at_once[0] -= 1

    long = (Chore(f"long {n}", 3600.0, reckon, long=True) for n in range(CHORES + 1))
    tick = place.tick(*long, Chore("clock", 3600.0, done.set))
    try:
        tick.once()
        assert done.wait(20)
    finally:
        gate.set()
        tick.drain()
    assert most == [1]


class TestOutages:
    def test_a_database_that_comes_back_finds_it_at_work(
        self, place: Place, logged: list[MutableMapping[str, Any]]
    ) -> None:
        """The server is not ours to stop here: its connections are cut and refused instead."""
        stop = threading.Event()
        put(place.engine, message())
        place.bells.away = True
        tick = place.tick()
        loop = threading.Thread(target=tick.run, args=(stop,))
        with closed_to_all(place.engine):
            loop.start()
            eventually(lambda: "tick.database_away" in {entry["event"] for entry in logged})
            assert place.carrier.accepted == []
        eventually(lambda: len(place.carrier.accepted) == 1)
        assert "tick.failed" not in {entry["event"] for entry in logged}
        stop.set()
        loop.join(10)
        assert not loop.is_alive()
        tick.drain()  # a hand may still be writing down what the carrier said

    def test_redis_emptied_in_the_middle_loses_nothing(self, place: Place, redis_url: str, redis: Any) -> None:
        (one,) = put(place.engine, message())
        shop = place.tick().shop
        tick = Tick(shop, Doorbell(redis_url).rings, place.ladder.due)
        passes(tick)
        assert redis.llen("rq:queue:rappel24") >= 1
        redis.flushdb()
        place.hands.pass_seconds(6)
        passes(tick)
        assert row(place.engine, one).state == "sent"


class closed_to_all:  # noqa: N801 - reads as a sentence
    """Refuse connections to a database, and cut those there are."""

    def __init__(self, engine: Engine) -> None:
        self.name = engine.url.database
        self.admin = engine.url.set(database="postgres")
        self.engine = engine

    def __enter__(self) -> None:
        self._alter("false")
        self._do(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{self.name}'")

    def __exit__(self, *exc: object) -> None:
        self._alter("true")

    def _alter(self, allowed: str) -> None:
        self._do(f"alter database {self.name} allow_connections {allowed}")

    def _do(self, statement: str) -> None:
        url = self.admin.render_as_string(hide_password=False).replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)


def _wait(gate: threading.Event) -> None:
    gate.wait(20)


def eventually(true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for it; a failure says that it never came."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def test_what_was_counted_while_redis_was_away_is_among_what_the_tick_looks_after(place: Place) -> None:
    desk = Desk(place.engine, place.bells, Box([b"1" * 32]), HOUSE)
    found = chores(place.tick().shop, Line(desk, Renderer(HOUSE, "http://localhost:1")))
    assert tally.hand_over in [chore.do for chore in found]
