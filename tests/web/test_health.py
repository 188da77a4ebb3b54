"""What an operator asks of the house."""

import time
from datetime import timedelta
from math import ceil
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine, text

from callbacks import alarms
from config.database import web_engine
from config.patience import give_up_in
from config.queue import connect
from web.health import Pulse

NO_REDIS = "redis://127.0.0.1:1"


def beats(database: Engine, process: str, ago: timedelta = timedelta()) -> None:
    with database.begin() as conn:
        conn.execute(
            text("insert into heartbeats values (:process, real_now() - make_interval(secs => :ago))"),
            {"process": process, "ago": ago.total_seconds()},
        )


def test_the_process_is_alive_whatever_else_is_not(browser: FlaskClient) -> None:
    assert browser.get("/healthz").json == {"alive": True}


def test_the_house_is_ready_when_every_part_reports(browser: FlaskClient, database: Engine) -> None:
    beats(database, "tick:here:1")
    beats(database, "tick:here:2", ago=timedelta(hours=1))  # one that died; another took over
    beats(database, "worker:here:3")
    reply = browser.get("/readyz")
    assert (reply.status_code, reply.json) == (200, {"ready": True, "faults": {}})


@pytest.mark.parametrize(
    ("beating", "faults"),
    [
        ({}, {"tick": "has never reported", "worker": "has never reported"}),
        ({"tick": 0}, {"worker": "has never reported"}),
    ],
)
def test_the_house_says_who_has_never_reported(
    browser: FlaskClient, database: Engine, beating: dict[str, int], faults: dict[str, str]
) -> None:
    for process, seconds in beating.items():
        beats(database, f"{process}:here:1", ago=timedelta(seconds=seconds))
    reply = browser.get("/readyz")
    assert (reply.status_code, reply.json) == (503, {"ready": False, "faults": faults})


def test_the_house_says_who_is_silent_and_for_how_long(browser: FlaskClient, database: Engine) -> None:
    beats(database, "worker:here:1")
    began = time.monotonic()
    beats(database, "tick:here:1", ago=timedelta(seconds=40))
    reply = browser.get("/readyz")
    waited = ceil(time.monotonic() - began)  # a busy machine takes its time between the beat and the question
    assert reply.status_code == 503
    assert reply.json is not None
    assert reply.json["faults"] in [{"tick": f"silent for {40 + late} s"} for late in range(waited + 1)]


def test_a_mail_process_is_asked_for_where_there_is_mail_to_take(database: Engine, redis: Redis) -> None:
    beats(database, "tick:here:1")
    beats(database, "worker:here:2")
    assert Pulse(database, redis).faults() == {}
    assert Pulse(database, redis, mail=True).faults() == {"mail": "has never reported"}
    beats(database, "mail:here:3")
    assert Pulse(database, redis, mail=True).faults() == {}


@pytest.fixture
def at_work(database: Engine) -> Engine:
    """Everybody reports."""
    for process in ("tick:here:1", "worker:here:2", "mail:here:3"):
        beats(database, process)
    return database


def test_the_house_says_that_its_servers_are_away(database: Engine) -> None:
    redis, register = connect(NO_REDIS), web_engine("postgresql://nobody@127.0.0.1:1/none")
    assert Pulse(database, redis).faults()["redis"] == "does not answer"
    assert Pulse(register, redis).faults() == {"database": "does not answer", "redis": "does not answer"}
    assert Pulse(register, redis).here() == {"database": "does not answer"}


# What was done to the register, and what the house says; each keeps a machine from taking calls.
BEYOND_US = {
    "alter database {name} set default_transaction_read_only = on": {
        "database": "takes nothing in: it is a copy, or set to be read only"
    },
    "drop table alembic_version": {"tables": "not made yet: rappel24 migrate"},
    "update alembic_version set version_num = '0005'": {"tables": "of an earlier release: rappel24 migrate"},
    "delete from alembic_version": {"tables": "of an earlier release: rappel24 migrate"},
}


@pytest.mark.parametrize("done", BEYOND_US)
def test_a_register_that_takes_no_call_is_told_to_the_balancer_and_to_the_operator(
    at_work: Engine, redis: Redis, done: str
) -> None:
    with at_work.begin() as conn:
        name = conn.execute(text("select current_database()")).scalar_one()
        conn.execute(text(done.format(name=name)))
    at_work.dispose()  # what is set for a database is set for whoever connects from now on
    pulse = Pulse(at_work, redis)
    assert pulse.here() == pulse.faults() == BEYOND_US[done]


def test_tables_of_a_later_release_are_no_fault(at_work: Engine, redis: Redis) -> None:
    with at_work.begin() as conn:
        conn.execute(text("update alembic_version set version_num = '9999'"))
    assert Pulse(at_work, redis).faults() == {}


def test_a_register_of_which_something_is_missing_is_not_said_to_be_away(at_work: Engine, redis: Redis) -> None:
    with at_work.begin() as conn:
        conn.execute(text("alter table heartbeats rename to elsewhere"))
    assert Pulse(at_work, redis).faults() == {"database": "cannot be read"}


def test_all_connections_in_use_is_not_said_to_be_away(at_work: Engine, database_url: str, redis: Redis) -> None:
    give_up_in(None)  # a test before this one may have been a caller in this thread
    engine = web_engine(database_url, pool_size=1)
    with engine.connect():
        assert Pulse(engine, redis).here() == {"database": "all connections are in use"}
    engine.dispose()


def test_a_redis_that_takes_nothing_in_is_a_fault_of_the_house(at_work: Engine, redis: Redis) -> None:
    """As a full one does, or a copy; this server is the whole run's, so it refuses one user alone."""
    redis.acl_setuser("reads", enabled=True, passwords=["+alone"], keys=["*"], categories=["+@read", "+@connection"])
    where = redis.connection_pool.connection_kwargs
    with connect(f"redis://reads:alone@{where['host']}:{where['port']}/{where['db']}") as reader:
        assert Pulse(at_work, reader).faults() == {"redis": "takes nothing in"}
    redis.acl_deluser("reads")
    assert Pulse(at_work, redis).faults() == {}


def test_no_room_for_recordings_is_a_fault_even_before_the_first_of_them(
    at_work: Engine, redis: Redis, tmp_path: Path
) -> None:
    shelf = tmp_path / "not" / "there" / "yet"
    assert Pulse(at_work, redis, shelf=shelf).faults() == {}
    told = Pulse(at_work, redis, shelf=shelf, least_room=2**60).faults()
    assert [*told] == ["recordings"]
    assert told["recordings"].endswith(" MB left on their disk")


def test_a_clock_that_is_off_is_a_fault_of_the_house_and_takes_nobody_out(at_work: Engine, redis: Redis) -> None:
    pulse = Pulse(at_work, redis, clock=lambda: time.time() - 60)
    assert pulse.faults() == {"clock": "60 s away from the database's"}
    assert pulse.here() == {}


def test_a_mailbox_that_cannot_be_read_is_a_fault_where_there_is_mail(at_work: Engine, redis: Redis) -> None:
    with at_work.begin() as conn:
        alarms.raise_alarm(conn, "mailbox_unread", "mailbox_unread:1")
    assert Pulse(at_work, redis, mail=True).faults() == {"mailbox": "cannot be read"}
    assert Pulse(at_work, redis).faults() == {}
    with at_work.begin() as conn:
        alarms.clear(conn, "mailbox_unread:1")
    assert Pulse(at_work, redis, mail=True).faults() == {}


def test_no_machine_is_taken_out_because_another_is_silent(browser: FlaskClient) -> None:
    assert browser.get("/readyz").status_code == 503
    reply = browser.get("/readyz/here")
    assert (reply.status_code, reply.json) == (200, {"ready": True, "faults": {}})


def test_a_machine_whose_register_is_away_is_taken_out(app: Flask) -> None:
    app.extensions["pulse"] = Pulse(web_engine("postgresql://nobody@127.0.0.1:1/none"), connect(NO_REDIS))
    reply = app.test_client().get("/readyz/here")
    assert (reply.status_code, reply.json) == (503, {"ready": False, "faults": {"database": "does not answer"}})
