"""`python -m benchmarks.outbox`: how fast what waits in the outbox leaves, by a carrier that takes 100 ms an answer.

First workers alone: SMS wait, somebody rings for them as a door does after its commit, and real workers
(`config.worker`) send them. Beside each pass the floor: as many processes with as many hands post the same SMS through
the same client, and nothing else. What the carrier allows is what so many hands could have had answered.

Then the house, a tick and workers as they run: thousands fall due at one instant, and a new alert comes each second.

After each pass the carrier's book is asked whether each SMS came, and none twice; if not, the bench fails.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
from rq import Worker
from sqlalchemy import Engine, text

from benchmarks import cpu, rungs, stage, waiting, where
from benchmarks.climber import READY
from benchmarks.left import Burst, Figures, Pass, Plan, document, table
from benchmarks.slow_carrier import SlowCarrier, answering
from benchmarks.waiting import ALERT, NEWS, REMINDER, Message
from callbacks.backlog import HEAPS
from callbacks.carrier import Sms
from callbacks.delivery import STAFF_SMS_SECONDS
from config import orphans
from config.queue import Doorbell, connect, queue
from config.servers import Urls

FULL = Plan(each=500, rounds=3, workers=(1, 2, 4, 8), burst=2_000, burst_workers=(1, 4))
QUICK = Plan(each=200, rounds=1, workers=(1, 2, 4), burst=400, burst_workers=(1,))
BURSTS = (REMINDER, NEWS)
HANDS = next(heap.hands for heap in HEAPS if heap.name == "send")  # of a worker
MOST_ALERTS = 300  # one a second
RESULTS = Path(__file__).parent / "results" / "outbox.json"
PATIENCE = 120.0  # seconds, for processes to be there
SLOWEST = 5.0  # messages a second: who is slower than this does not end
REST, EVERY = 0.05, 1.0
BREATH = 1.0  # what is sent once more would come by then
LEAD = 3.0  # from when a burst is written until it is due
PACKAGES = ("sqlalchemy", "psycopg", "redis", "rq", "twilio", "requests")
Tell = Callable[[str], None]


@click.command()
@click.option("--quick", is_flag=True, help="A few minutes, for a look.")
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), help="The JSON file to write.")
def main(quick: bool, into: Path | None) -> None:
    """SMS a second to a carrier that takes 100 ms an answer, by one to eight workers; and bursts at one instant.

    A whole run is kept in results/outbox.json unless another file is named; a quick one is not kept.
    """
    with stage.servers() as (urls, folder):
        found, around = figures(urls, folder, QUICK if quick else FULL, _tell)
    if into or not quick:
        written = json.dumps({**around, **document(found)}, indent=1, ensure_ascii=False)
        (into or RESULTS).write_text(written + "\n", encoding="utf-8")
    print(table(found))
    sys.exit(0 if found.right else 1)


def _tell(said: str) -> None:
    """Progress is no result."""
    print(said, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Place:
    """A register, the settings of a house on it, its carrier and its Redis. `postgres`: the process at its head."""

    engine: Engine
    env: Mapping[str, str]
    carrier: SlowCarrier
    redis: str
    folder: Path
    postgres: int | None


@dataclass(frozen=True)
class Child:
    """A process of ours, and its log."""

    process: subprocess.Popen[str]
    log: Path


def figures(urls: Urls, folder: Path, plan: Plan, tell: Tell = lambda said: None) -> tuple[Figures, dict[str, Any]]:
    """All of it, on these servers, in a database of its own; and the circumstances."""
    largest = max(plan.each * max(plan.workers), plan.burst + MOST_ALERTS)
    tell(f"a register of {largest} requests")
    ours: dict[int, list[Pass]] = {workers: [] for workers in plan.workers}
    floor: dict[int, list[Pass]] = {workers: [] for workers in plan.workers}
    with _place(urls, folder, largest) as place:
        for turn in range(1, plan.rounds + 1):
            for workers in plan.workers:
                tell(f"{plan.each * workers} SMS, {workers} workers, round {turn} of {plan.rounds}")
                messages = _laid(place, ALERT, plan.each * workers)
                floor[workers].append(posted(place, workers, messages))
                ours[workers].append(sent(place, workers, messages))
        bursts = []
        for purpose in BURSTS:
            for workers in plan.burst_workers:
                tell(f"{plan.burst} of {purpose} at one instant, {workers} workers and a tick")
                bursts.append(burst(place, purpose, plan.burst, workers))
        return Figures(plan, ours, floor, bursts), where.circumstances(place.engine, PACKAGES)


@contextmanager
def _place(urls: Urls, folder: Path, requests: int) -> Iterator[Place]:
    with rungs.register(urls, "outbox", requests) as engine, answering() as carrier:
        database = engine.url.render_as_string(hide_password=False)
        env = stage.environment(Urls(database, urls.redis), folder, secrets.token_hex(16))
        env["TWILIO_API_URL"] = carrier.address
        yield Place(engine, env, carrier, urls.redis, folder, stage.postmaster(engine))


def _laid(place: Place, purpose: str, many: int) -> Sequence[Message]:
    """So many wait, and the book is empty."""
    waiting.emptied(place.engine)
    with place.engine.begin() as conn:
        messages = waiting.put(conn, purpose, many)
    waiting.tidy(place.engine)
    place.carrier.book.forget()
    return messages


# The outbox, and its floor ------------------------------------------------------------------------------------------


def sent(place: Place, workers: int, messages: Sequence[Message]) -> Pass:
    """What waits is rung for, and so many workers send it."""
    bell, bodies = Doorbell(place.redis), [each.body for each in messages]
    ids = cycle([each.id for each in messages])

    def rung_for() -> bool:
        for _ in range(bell.room()):
            bell.ring("deliver", next(ids))
        return place.carrier.book.counted(bodies).missing == 0

    with _workers(place, workers) as pids:
        before, of_postgres = _spent(pids), _spent([place.postgres])
        began = time.monotonic()
        _until(rung_for, len(messages) / SLOWEST + PATIENCE)
        _until(lambda: waiting.unsent(place.engine) == 0, PATIENCE)
        ended = place.carrier.book.answered
        after, by_postgres = _spent(pids), _spent([place.postgres])
        time.sleep(BREATH)
    # Told to stop, each of them has ended what it had in hand.
    return Pass(
        processes=workers,
        hands=HANDS,
        messages=len(messages),
        seconds=ended - began,
        ours=_between(before, after),
        postgres=_between(of_postgres, by_postgres),
        told=place.carrier.book.counted(bodies),
    )


def posted(place: Place, processes: int, messages: Sequence[Message]) -> Pass:
    """The same SMS to the same carrier by the client alone; the book is empty again."""
    book = place.carrier.book
    with ExitStack() as held:
        command = ("benchmarks.poster", place.carrier.address, str(HANDS))
        posters = [held.enter_context(_process(place, command)) for _ in range(processes)]
        for each in posters:
            _hears(each, READY)
        pids = [each.process.pid for each in posters]
        before, began = _spent(pids), time.monotonic()
        for start, each in enumerate(posters):
            _say(each, json.dumps([asdict(_as_sms(place, message)) for message in messages[start::processes]]))
        for start, each in enumerate(posters):
            _hears(each, str(len(messages[start::processes])))
        after = _spent(pids)
    told = book.counted([each.body for each in messages])
    found = Pass(processes, HANDS, len(messages), book.answered - began, _between(before, after), None, told)
    if not told.right:
        raise RuntimeError(f"the floor itself: {told}")
    book.forget()
    return found


def _as_sms(place: Place, message: Message) -> Sms:
    """What the house hands its carrier for this row."""
    status_url = f"{place.env['PUBLIC_URL']}/webhooks/sms/status/{message.token}"
    return Sms(message.recipient, place.env["LINE_NUMBER"], message.body, status_url, STAFF_SMS_SECONDS)


def _say(poster: Child, line: str) -> None:
    assert poster.process.stdin
    poster.process.stdin.write(line + "\n")
    poster.process.stdin.flush()


def _hears(poster: Child, expected: str) -> None:
    assert poster.process.stdout
    said = poster.process.stdout.readline().strip()
    if said != expected:
        raise RuntimeError(f"the floor said {said!r}, not {expected!r}: {poster.log.read_text()[-2000:]}")


# Bursts -------------------------------------------------------------------------------------------------------------


def burst(place: Place, purpose: str, many: int, workers: int) -> Burst:
    """So many fall due at one instant; until the last of them has left, an alert comes each second."""
    waiting.emptied(place.engine)
    place.carrier.book.forget()
    with _workers(place, workers), _process(place, ("config.tick",)):
        _until(lambda: _ticks(place.engine), PATIENCE)
        began = time.monotonic() + LEAD
        with place.engine.begin() as conn:
            bodies = [each.body for each in waiting.put(conn, purpose, many, in_seconds=LEAD)]
        time.sleep(max(0.0, began - time.monotonic()))
        came = _alerts_come(place, many, bodies)
        ended = max(place.carrier.book.first()[body] for body in bodies)
        time.sleep(BREATH)
    first, everything = place.carrier.book.first(), [*bodies, *came]
    waited = [first[body] - at for body, at in came.items() if body in first]
    return Burst(purpose, workers, many, ended - began, waited, place.carrier.book.counted(everything))


def _alerts_come(place: Place, first: int, bodies: Collection[str]) -> Mapping[str, float]:
    """One each second, rung for as whoever files it does, until all has left: its words, and when it came."""
    book, bell, came = place.carrier.book, Doorbell(place.redis), dict[str, float]()
    end = time.monotonic() + len(bodies) / SLOWEST + PATIENCE
    while (missing := book.counted(bodies).missing) or book.counted([*came]).missing:
        if time.monotonic() > end:
            raise TimeoutError(f"{missing} never left")
        if missing and len(came) < MOST_ALERTS:
            with place.engine.begin() as conn:
                [alert] = waiting.put(conn, ALERT, 1, first=first + len(came))
            came[alert.body] = time.monotonic()
            bell.ring("deliver", alert.id)
        time.sleep(EVERY)
    return came


def _ticks(engine: Engine) -> bool:
    """Whether a tick has given a sign of life."""
    with engine.connect() as conn:
        found = "select exists (select from heartbeats where process like 'tick:%')"
        return bool(conn.execute(text(found)).scalar_one())


# Processes ----------------------------------------------------------------------------------------------------------


@contextmanager
def _workers(place: Place, many: int) -> Iterator[Sequence[int]]:
    """So many as the Procfile starts them, ready, on an empty queue: their numbers."""
    with connect(place.redis) as connection, ExitStack() as held:
        jobs = queue(connection)
        jobs.empty()  # type: ignore[no-untyped-call]  # what was rung for before, and nobody heard
        started = [held.enter_context(_process(place, ("config.worker",))) for _ in range(many)]
        _until(lambda: Worker.count(connection=connection) >= many, PATIENCE)
        yield [each.process.pid for each in started]


@contextmanager
def _process(place: Place, module: Sequence[str]) -> Iterator[Child]:
    """A module of ours as a process, under the settings of the place; its log lies in the folder."""
    log = place.folder / f"{module[0]}-{uuid4().hex}.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            (sys.executable, "-m", *module),
            env={**os.environ, **place.env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if module[0] == "benchmarks.poster" else output,
            stderr=output,
            text=True,
            start_new_session=True,
            preexec_fn=orphans.tie(os.getpid(), signal.SIGTERM),
        ) as process,
    ):
        try:
            yield Child(process, log)
        finally:
            process.terminate()


def _until(so: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not so():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(REST)


def _spent(pids: Sequence[int | None]) -> float | None:
    """Seconds of processor of these processes and of all below them."""
    each = [None if pid is None else cpu.spent(pid) for pid in pids]
    return sum(known) if len(known := [one for one in each if one is not None]) == len(each) else None


def _between(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


if __name__ == "__main__":
    main()
