"""A worker that was rung for one row goes on with the others, several at once, and stops in time."""

import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from callbacks import backlog, jobs
from callbacks.jobs import Workshop
from callbacks.shelf import Shelf
from config.crypto import Box
from tests.callbacks.sending import HOUSE, Hands, MemoryCarrier, message, put, row


@pytest.fixture
def carrier(database: Engine) -> MemoryCarrier:
    return MemoryCarrier(now=Hands(database).now)


@pytest.fixture
def shop(database: Engine, carrier: MemoryCarrier, tmp_path: Path) -> Workshop:
    def nobody(*_: Any) -> None:
        raise AssertionError("nobody climbs here")

    return Workshop(database, carrier, HOUSE, Shelf(tmp_path, Box([b"1" * 32])), Silent(), nobody, nobody)


class Silent:
    """A bell that nobody hears."""

    def ring(self, kind: str, id: Any) -> None:
        """In vain."""


def many(engine: Engine, count: int) -> list[int]:
    return put(engine, *(message(str(n), recipient=f"+3363998{n:04}") for n in range(count)))


def test_one_ring_sends_all_that_waits(database: Engine, shop: Workshop, carrier: MemoryCarrier) -> None:
    ids = many(database, 40)
    jobs.equip(shop)
    jobs.deliver(ids[7])
    assert {row(database, each).state for each in ids} == {"sent"}
    assert len(carrier.accepted) == 40


def test_one_that_fails_does_not_hold_up_the_others(database: Engine, shop: Workshop, carrier: MemoryCarrier) -> None:
    ids, failures = many(database, 12), iter([ZeroDivisionError])

    def fails_once() -> None:
        if failure := next(failures, None):
            raise failure

    carrier.before_answering = fails_once
    jobs.equip(shop)
    with suppress(jobs.JobFailed):  # whose turn it is to fail is not said
        jobs.deliver(ids[0])
    assert sorted(row(database, each).state for each in ids) == ["sending", *["sent"] * 11]


def test_several_are_under_way_at_once(database: Engine) -> None:
    many(database, 12)
    together = threading.Barrier(backlog.HEAPS[0].hands, timeout=20)

    def do(kind: str, id: Any) -> None:
        if together.n_waiting < together.parties and not done.is_set():
            together.wait()
            done.set()

    done = threading.Event()
    backlog.work_off(database, do)
    assert done.is_set()


def test_it_begins_nothing_more_when_its_time_is_over(database: Engine) -> None:
    many(database, 30)
    now, begun = [0.0], []

    def do(kind: str, id: Any) -> None:
        begun.append(id)
        now[0] += 1.0

    backlog.work_off(database, do, seconds=5.0, stopwatch=lambda: now[0])
    assert 5 <= len(begun) < 20


def test_two_who_work_it_off_do_each_thing_once(database: Engine, shop: Workshop, carrier: MemoryCarrier) -> None:
    ids = many(database, 60)
    patient = 60.0  # on a machine that has other things to do, sixty take longer than a worker goes on for
    work = partial(backlog.work_off, database, partial(jobs.run, shop), patient)
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {row(database, each).state for each in ids} == {"sent"}
    assert len(carrier.accepted) == len(ids)
