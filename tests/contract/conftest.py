"""A line that is running, with our carrier around it; one for all tests of a process that change no setting."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from redis import Redis

from config.servers import Urls
from tests.contract import hospital, rest
from tests.contract.carrier import Carrier
from tests.contract.installation import Installation, folder, wait_until
from tests.contract.people import Caller, Telephone
from tests.contract.switch import Call
from tests.ports import free_port

MONDAY_AFTERNOON = "2026-11-23T14:00:00"
ALERTED_WITHIN = 30.0  # real seconds; the line aims at one or two


@contextmanager
def installed(extra: Mapping[str, str]) -> Iterator[Installation]:
    """A new folder with the hospital in it, not serving yet."""
    home, port = folder(), free_port()
    carrier = Carrier(hospital.ACCOUNT, hospital.AUTH_TOKEN, hospital.LINE, f"http://127.0.0.1:{port}")
    with rest.serving(carrier):
        installation = Installation(home, carrier, port, {"RAPPEL24_CLOCK_START": MONDAY_AFTERNOON} | dict(extra))
        try:
            yield installation
        finally:
            installation.abandon()
            shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def running() -> Iterator[Installation]:
    """Served once for all who change no setting; its end is looked at too."""
    with installed({}) as installation:
        installation.serve()
        installation.bring_in_the_hospital()
        yield installation
        assert installation.stop() == 0, installation.tail()


@pytest.fixture(scope="module")
def own_servers(servers: Urls, worker_id: str) -> Iterator[Mapping[str, str]]:
    """The settings of an operator who brings servers himself, with nothing in them."""
    name, number = f"contract_{worker_id}", 8 + int(worker_id.removeprefix("gw") if worker_id != "master" else 0) % 8
    drop = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    database, redis = (url.rsplit("/", 1)[0] for url in (servers.database, servers.redis))
    with psycopg.connect(servers.database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        with Redis.from_url(f"{redis}/{number}") as client:
            client.flushdb()
        yield {"DATABASE_URL": f"{database}/{name}", "REDIS_URL": f"{redis}/{number}"}
        connection.execute(drop)


@pytest.fixture
def line(running: Installation) -> Iterator[Installation]:
    """Monday, two in the afternoon: every telephone of the hospital rings out until a test says otherwise."""
    with quiet_hospital(running.carrier):
        yield running


@contextmanager
def quiet_hospital(carrier: Carrier) -> Iterator[None]:
    """Its telephones new and silent; at the end nothing happened that no carrier should meet."""
    carrier.wire.sent.clear()
    carrier.complaints.clear()
    carrier.opted_out.clear()
    carrier.connect(*(Telephone(number) for number in hospital.TELEPHONES))
    yield
    carrier.settle()
    assert carrier.complaints == [], "\n".join(carrier.complaints)


def gives_up(line: Installation, number: str, ward: str, told: str) -> Call:
    """A GP reaches nobody and leaves a message; then until the first alert is in the telephone of who is told."""
    carrier, phone = line.carrier, line.carrier.telephones[told]
    carrier.connect(Telephone(number))
    known = len(phone.texts)
    call = carrier.dials(Caller(number, [ward]))
    wait_until(lambda: len(phone.texts) > known, ALERTED_WITHIN, line.tail)
    return call
