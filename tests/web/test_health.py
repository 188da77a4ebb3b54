"""What an operator asks of the house."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine, text

from web.health import Pulse


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
        ({"tick": 40, "worker": 0}, {"tick": "silent for 40 s"}),
    ],
)
def test_the_house_says_who_is_silent(
    browser: FlaskClient, database: Engine, beating: dict[str, int], faults: dict[str, str]
) -> None:
    for process, seconds in beating.items():
        beats(database, f"{process}:here:1", ago=timedelta(seconds=seconds))
    reply = browser.get("/readyz")
    assert (reply.status_code, reply.json) == (503, {"ready": False, "faults": faults})


def test_a_mail_process_is_asked_for_where_there_is_mail_to_take(database: Engine, redis: Redis) -> None:
    beats(database, "tick:here:1")
    beats(database, "worker:here:2")
    assert Pulse(database, redis).faults() == {}
    assert Pulse(database, redis, mail=True).faults() == {"mail": "has never reported"}
    beats(database, "mail:here:3")
    assert Pulse(database, redis, mail=True).faults() == {}


def test_the_house_says_that_its_servers_are_away(database: Engine) -> None:
    nowhere = Redis(port=1, socket_connect_timeout=0.2)
    assert Pulse(database, nowhere).faults()["redis"] == "does not answer"
    with database.begin() as conn:
        conn.execute(text("alter table heartbeats rename to elsewhere"))
    assert Pulse(database, nowhere).faults() == {"database": "does not answer", "redis": "does not answer"}
