"""What every test may ask for: real servers shared by the run, a clean database and Redis; and the network shut."""

import ipaddress
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis as redis_client
import structlog
from playwright.sync_api import Browser, sync_playwright
from psycopg import sql
from sqlalchemy import Engine

from config import sealed_numbers
from config import servers as embedded
from config.database import job_engine
from config.embedded.locks import Lock
from config.migrations import upgrade
from tests import compiled
from tests.browser import PROGRAM
from tests.databases import Databases
from tests.engines import Engines
from tests.shares import Shares, longest_first

HOME = "RAPPEL24_TEST_HOME"
TEMPLATE = "template_migrated"
QUIETLY = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
QUIETLY += ["--autoplay-policy=no-user-gesture-required"]


SEALED = "RAPPEL24_TEST_SEALED"  # set to anything: in every test numbers lie sealed, as under SEAL_NUMBERS


def pytest_configure(config: pytest.Config) -> None:
    """The first process of the run makes the folder of its servers; xdist's workers inherit its name."""
    if not hasattr(config, "workerinput"):
        home = tempfile.mkdtemp(prefix="rappel24-tests-")
        os.chmod(home, 0o755)  # as root, the servers run under another account
        os.environ[HOME] = home


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares:
    return Shares(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    longest_first(items)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        with Lock(Path(os.environ[HOME]) / "servers.keeper") as keeper:
            keeper.exclusive()  # the last worker has let the servers go; they stop within a second
        shutil.rmtree(os.environ[HOME])


@pytest.fixture(autouse=True, scope="session")
def _plain_tracebacks() -> None:
    """What is logged before anybody configured logs: drawn with all its locals, one exception takes seconds."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


@pytest.fixture(autouse=True, scope="session")
def _compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        compiled.once(patch)
        yield


@pytest.fixture(autouse=True, scope="session")
def _numbers_sealed() -> None:
    if os.environ.get(SEALED):
        sealed_numbers.configure([b"numbers of the tests: 32 bytes. "], sealing=True)


@pytest.fixture(autouse=True, scope="session")
def _network_shut() -> Iterator[None]:
    """Only loopback. The one thing that is patched: the door of the operating system."""
    connect = socket.socket.connect

    def connect_to_ourselves(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise OSError(f"the network is shut in tests: {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_to_ourselves)
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session")
def servers() -> Iterator[embedded.Urls]:
    """PostgreSQL and Valkey of this run: started by the first who asks, stopped with the last."""
    with embedded.running(Path(os.environ[HOME]), durable=False) as urls:
        yield urls


@pytest.fixture(scope="session")
def homes() -> Iterator[Callable[[], Path]]:
    """Makes the name of a RAPPEL24_HOME below folders that every account can enter.

    Pytest's own folders are 0700: as root, the servers' data would go to /var/lib and stay there.
    """
    made: list[Path] = []

    def make() -> Path:
        made.append(Path(tempfile.mkdtemp(prefix="home-", dir=os.environ[HOME])))
        made[-1].chmod(0o755)
        return made[-1] / "home"

    yield make
    for place in (place for folder in made for place in folder.rglob("servers.json")):
        elsewhere = Path(json.loads(place.read_text())["folder"])
        if elsewhere.is_absolute():
            shutil.rmtree(elsewhere, ignore_errors=True)


@pytest.fixture
def new_home(homes: Callable[[], Path]) -> Path:
    """A RAPPEL24_HOME of this test's own, not made yet."""
    return homes()


@pytest.fixture(scope="session")
def _template(servers: embedded.Urls) -> str:
    """The name of a migrated database to copy; made once a run."""
    with Lock(Path(os.environ[HOME]) / "template.lock") as lock, _postgres(servers) as connection:
        lock.exclusive()
        if not connection.execute("select 1 from pg_database where datname = %s", [TEMPLATE]).fetchone():
            connection.execute(sql.SQL("create database {}").format(sql.Identifier("being_migrated")))
            engine = job_engine(_named(servers.database, "being_migrated"))
            upgrade(engine)
            engine.dispose()
            connection.execute(sql.SQL("alter database being_migrated rename to {}").format(sql.Identifier(TEMPLATE)))
    return TEMPLATE


@pytest.fixture(scope="session")
def _databases(servers: embedded.Urls, worker_id: str) -> Iterator[Databases]:
    """The databases of this process."""
    kept = Databases(servers.database, worker_id)
    yield kept
    kept.close()


@pytest.fixture
def database_url(_databases: Databases, _template: str) -> str:
    """A clean migrated database of this test's own (`real_now()` and `clock` too), for processes it starts."""
    return _databases.like(_template)


@pytest.fixture(scope="session")
def _engines() -> Engines:
    """The engines of this process."""
    return Engines()


@pytest.fixture
def engines(_engines: Engines) -> Iterator[Engines]:
    """Engines by their address, with nothing left of the last test."""
    yield _engines
    _engines.rest()


@pytest.fixture
def database(database_url: str, engines: Engines) -> Engine:
    """An engine on that database."""
    return engines.job(database_url)


@pytest.fixture
def redis_url(servers: embedded.Urls, worker_id: str) -> str:
    """An empty Redis database of this test's own, for processes it starts."""
    number = 1 + (0 if worker_id == "master" else int(worker_id.removeprefix("gw")))
    url = f"{servers.redis.rsplit('/', 1)[0]}/{number}"
    with redis_client.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def redis(redis_url: str) -> Iterator[redis_client.Redis]:
    """A client of that database."""
    with redis_client.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all pages of a process; each test opens a window of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=QUIETLY)
        yield browser
        browser.close()


def _postgres(urls: embedded.Urls) -> psycopg.Connection[Any]:
    return psycopg.connect(urls.database.replace("+psycopg", ""), autocommit=True)


def _named(url: str, name: str) -> str:
    return f"{url.rsplit('/', 1)[0]}/{name}"
