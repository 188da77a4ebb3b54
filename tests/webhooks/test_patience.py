"""PostgreSQL that stands still, or answers slowly: the carrier has its answer within four seconds all the same."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import redis as redis_client
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from callbacks.house import Desk, House
from callbacks.shelf import Shelf
from config.app import MACHINES, Parts, assemble
from config.crypto import Box
from config.database import web_engine
from config.patience import give_up_in
from tests.relay import Relay
from tests.web.conftest import TOKEN, Bell
from webhooks.signature import HEADER

LIMIT = 4.0  # seconds: the carrier tries again after them (`rt` of the fragment)


@pytest.fixture
def relay(database_url: str) -> Iterator[Relay]:
    parts = urlsplit(database_url)
    relay = Relay((parts.hostname or "127.0.0.1", parts.port or 5432))
    yield relay
    relay.listening.close()


@pytest.fixture
def engine(database_url: str, relay: Relay) -> Iterator[Engine]:
    """The doors' own engine, by that wire."""
    parts = urlsplit(database_url)
    engine = web_engine(database_url.replace(f":{parts.port}/", f":{relay.port}/"))
    yield engine
    engine.dispose()


@pytest.fixture
def app(engine: Engine, redis: redis_client.Redis, house: House, box: Box, shelf: Shelf) -> Flask:
    return assemble(Parts(Desk(engine, Bell(), box, house), shelf, redis, [TOKEN], "https://api.twilio.com"))


def machine_doors(app: Flask) -> list[tuple[str, str]]:
    """Every door of the carrier: its method and an address of it."""
    names = tuple(f"{blueprint.name}." for blueprint in MACHINES)
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(names)]
    filled = [(re.sub(r"<(?:(\w+):)?(\w+)>", _value, rule.rule), rule) for rule in rules]
    return sorted((sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})[0], path) for path, rule in filled)


def _value(match: re.Match[str]) -> str:
    return {"uuid": str(uuid4()), "int": "1"}.get(match[1] or "", "word")


def asks(app: Flask, method: str, path: str) -> tuple[TestResponse, float]:
    """What the carrier is answered, and how long that took."""
    form = {"CallSid": "CA" + "1" * 32, "From": "+33199000001", "To": "+33199000100", "CallStatus": "ringing",
            "MessageSid": "SM" + "1" * 32, "Body": "avis cardio", "RecordingSid": "RE" + "1" * 32,
            "RecordingDuration": "3", "RecordingStatus": "completed", "MessageStatus": "delivered"}  # fmt: skip
    if "status" in path or "leg" in path:
        form["CallStatus"] = "completed"
    signature = RequestValidator(TOKEN).compute_signature("http://localhost" + path, form)
    began = time.monotonic()
    reply = app.test_client().open(path, method=method, data=form, headers={HEADER: signature})
    return reply, time.monotonic() - began


def test_each_door_of_the_carrier_answers_while_postgresql_stands_still(app: Flask, relay: Relay) -> None:
    doors = machine_doors(app)
    assert ("POST", "/webhooks/voice") in doors
    assert asks(app, "POST", "/webhooks/voice")[0].status_code == 200  # a connection lies ready in the pool
    relay.frozen.set()
    with ThreadPoolExecutor(len(doors)) as hands:  # all at once: there are fewer connections than that
        answers = list(hands.map(lambda door: asks(app, *door), doors))
    slow = {door: seconds for door, (_, seconds) in zip(doors, answers, strict=True) if seconds >= LIMIT}
    assert not slow
    voice = dict(zip(doors, answers, strict=True))["POST", "/webhooks/voice"][0]
    assert "Un instant" in voice.text
    # Nothing is acknowledged that is not kept: a callback is told to come again.
    kept = {door: reply.status_code for door, (reply, _) in zip(doors, answers, strict=True) if "status" in door[1]}
    assert kept
    assert all(status >= 500 for status in kept.values())


def test_when_it_moves_again_the_next_call_is_answered(app: Flask, relay: Relay) -> None:
    assert asks(app, "POST", "/webhooks/voice")[0].status_code == 200
    relay.frozen.set()
    assert "Un instant" in asks(app, "POST", "/webhooks/voice?again=0")[0].text
    relay.frozen.clear()
    assert "Un instant" not in asks(app, "POST", "/webhooks/voice")[0].text


def test_many_slow_statements_together_take_no_longer_than_one(engine: Engine) -> None:
    began = time.monotonic()
    give_up_in(1.0)
    with pytest.raises(OperationalError):
        _ask_ten_times(engine)
    give_up_in(None)
    assert time.monotonic() - began < 2
    with engine.begin() as conn:
        assert conn.execute(text("select 1")).scalar_one() == 1


def _ask_ten_times(engine: Engine) -> None:
    with engine.begin() as conn:
        for _ in range(10):
            conn.execute(text("select pg_sleep(0.4)"))
