"""What one SMS asks of the database: little, and never at the price of what must hold."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event

from callbacks import backlog, delivery, jobs, leases, outbox, recipients
from callbacks.jobs import Workshop
from callbacks.shelf import Shelf
from config.clock import Moment
from config.crypto import Box
from tests.callbacks.sending import HOUSE, MemoryCarrier, message, put, row


@dataclass
class House:
    """A worker, its carrier, and what was acted upon because it did not arrive."""

    shop: Workshop
    carrier: MemoryCarrier
    not_arrived: list[int] = field(default_factory=list)

    def delivers(self, outbox_id: int) -> None:
        jobs.run(self.shop, "deliver", outbox_id)


class Silent:
    """A bell that nobody hears."""

    def ring(self, kind: str, id: Any) -> None:
        """In vain."""


@pytest.fixture
def house(database: Engine, tmp_path: Path) -> House:
    def nobody(*_: Any) -> None:
        raise AssertionError("nobody climbs here")

    def acted(_: Any, outbox_id: int, moment: Moment) -> None:
        not_arrived.append(outbox_id)

    not_arrived: list[int] = []
    carrier = MemoryCarrier()
    shop = Workshop(database, carrier, HOUSE, Shelf(tmp_path, Box([b"1" * 32])), Silent(), nobody, acted)
    return House(shop, carrier, not_arrived)


@dataclass
class Asked:
    """Of the database."""

    transactions: int = 0
    statements: list[str] = field(default_factory=list)


@contextmanager
def counting(engine: Engine) -> Iterator[Asked]:
    asked = Asked()

    def begin(_: Any) -> None:
        asked.transactions += 1

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.statements.append(statement)

    event.listen(engine, "begin", begin)
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "begin", begin)
        event.remove(engine, "before_cursor_execute", note)


def test_an_alert_that_leaves_takes_two_transactions_one_before_the_carrier_and_one_after(
    database: Engine, house: House
) -> None:
    before: list[int] = []
    (one,) = put(database, message())
    with counting(database) as asked:
        house.carrier.before_answering = lambda: before.append(asked.transactions)
        house.delivers(one)
    assert (row(database, one).state, before) == ("sent", [1])
    assert asked.transactions == 2
    assert len(asked.statements) <= 4, asked.statements


def test_a_hand_that_is_done_goes_on_without_asking_what_is_due(database: Engine) -> None:
    put(database, *(message(str(n)) for n in range(10)))
    turns, all_busy, gone_on, looks = count(), threading.Event(), threading.Event(), [0]
    last = backlog.HEAPS[0].hands - 1

    def do(kind: str, id: int) -> None:
        """The first is done once all hands are busy; the others stay busy until somebody has gone on."""
        turn = next(turns)
        if turn == last:
            all_busy.set()
        if turn == last + 1:
            looks[0] = sum("set lease_by = 'hand'" in each for each in asked.statements)
            gone_on.set()
        assert (all_busy if turn == 0 else gone_on).wait(20)

    with counting(database) as asked:
        backlog.work_off(database, do)
    assert looks == [1]


def test_the_first_does_not_hold_up_the_others(database: Engine) -> None:
    ids, done = put(database, *(message(str(n)) for n in range(10))), threading.Semaphore(0)
    times, all_others = count(), list[bool]()

    def do(kind: str, id: int) -> None:
        """Nobody here claims the first, so it may be found due once more."""
        if id != ids[0]:
            done.release()
        elif next(times) == 0:
            all_others.append(all(done.acquire(timeout=20) for _ in ids[1:]))

    backlog.work_off(database, do, first=("deliver", ids[0]))
    assert all_others == [True]


def test_a_row_that_was_locked_while_we_looked_does_not_wait_for_its_mark_to_run_out(database: Engine) -> None:
    """Whoever was rung for it found it locked by his own worker's look, and left it."""
    (one,) = put(database, message())
    begun: list[int] = []

    def do(kind: str, id: int) -> None:
        begun.append(id)
        for _ in range(200):
            if row(database, id).lease_by == "hand":
                return
            time.sleep(0.05)

    backlog.work_off(database, do, first=("deliver", one))
    assert begun == [one, one]


def test_who_was_rung_for_a_row_that_fails_is_told_so(database: Engine, house: House) -> None:
    def fails() -> None:
        raise ZeroDivisionError

    (one,) = put(database, message())
    house.carrier.before_answering = fails
    jobs.equip(house.shop)
    with pytest.raises(jobs.JobFailed):
        jobs.deliver(one)


def test_a_failure_that_was_told_before_we_wrote_that_we_sent_is_acted_upon_at_once(
    database: Engine, house: House
) -> None:
    (one,) = put(database, message())
    house.carrier.before_answering = lambda: undelivered(database, one, house.carrier.accepted[-1].sid)
    house.delivers(one)
    assert (row(database, one).state, house.not_arrived) == ("undelivered", [one])


def undelivered(engine: Engine, outbox_id: int, sid: str) -> None:
    token = row(engine, outbox_id).token
    with engine.begin() as conn:
        outbox.record_status(conn, token, "undelivered", "30003", provider_sid=sid)


def test_what_nobody_may_be_sent_is_claimed_and_refused_in_one(database: Engine, house: House) -> None:
    (one,) = put(database, message())
    with database.begin() as conn:
        conn.exec_driver_sql("delete from people")
    with counting(database) as asked:
        delivery.deliver(database, house.carrier, HOUSE, one, "worker")
    assert (row(database, one).state, house.carrier.accepted, asked.transactions) == ("failed", [], 1)


def test_what_cannot_be_decided_counts_as_a_try_and_others_act_upon_it(
    database: Engine, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown_case(*_: Any) -> None:
        raise LookupError

    monkeypatch.setattr(recipients, "refusal", unknown_case)
    (one,) = put(database, message())
    with pytest.raises(jobs.JobFailed):
        house.delivers(one)
    assert (row(database, one).state, row(database, one).attempts, house.carrier.accepted) == ("sending", 1, [])
    with database.begin() as conn:
        conn.exec_driver_sql(
            "update outbox set due_at = due_at - interval '10 minutes', lease_real = null,"
            " attempted_real = attempted_real - interval '10 minutes'"
        )
        assert [each.id for each in leases.take_unanswered(conn, 5)] == [one]


def test_what_is_counted_is_claimed_where_others_see_it_before_it_is_counted(database: Engine, house: House) -> None:
    """Two confirmations at the same instant are each other's eleventh: uncommitted, neither would count the other."""
    (one,) = put(database, message(purpose="confirmation"))
    with database.begin() as conn:
        conn.exec_driver_sql("delete from people")
        conn.exec_driver_sql("insert into practitioners (name) values ('Roux')")
        conn.exec_driver_sql(
            "insert into practitioner_phones (practitioner_id, phone) select p.id, o.recipient"
            " from practitioners p, outbox o"
        )
    seen: list[object] = []
    beside = create_engine(database.url)

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "outbox.recipient = " in statement and statement.startswith("SELECT outbox.purpose"):
            seen.append(row(beside, one).state)

    event.listen(database, "before_cursor_execute", note)
    house.delivers(one)
    event.remove(database, "before_cursor_execute", note)
    beside.dispose()
    assert (seen, row(database, one).state) == (["sending"], "sent")
