"""The register for a command: the servers given, else those of RAPPEL24_HOME, for as long as they are needed."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from config import clock, migrations, sealed_numbers, servers
from config.database import job_engine
from config.settings import Settings, Storage

HOSPITALS_ZONE = ZoneInfo("Europe/Paris")  # of a clock that starts before any hospital is imported
ONCE_MORE_SECONDS = 0.5  # before a database that is starting is asked again


@dataclass(frozen=True)
class Addresses:
    """Where the register and the doorbell answer; with passwords, so never to be logged."""

    database: str
    redis: str


@contextmanager
def addresses(storage: Storage) -> Iterator[Addresses]:
    """The servers' addresses, starting those that are not given; numbers are opened meanwhile. Raises BadServers."""
    database = storage.database_url.get_secret_value() if storage.database_url else None
    redis = storage.redis_url.get_secret_value() if storage.redis_url else None
    with ExitStack() as held, sealed_numbers.configured(storage.keys, sealing=storage.seals):
        if database is None or redis is None:
            ours = held.enter_context(servers.running(storage.home))
            database, redis = database or ours.database, redis or ours.redis
        yield Addresses(database, redis)


@contextmanager
def opened(storage: Storage, wait: float = 0) -> Iterator[Engine]:
    """An engine on the register, migrated; a database that is starting gets `wait` seconds. Raises BadServers."""
    with addresses(storage) as where:
        engine = job_engine(where.database)
        try:
            migrate(engine, wait)
            yield engine
        finally:
            engine.dispose()


def migrate(engine: Engine, wait: float = 0) -> None:
    """Bring the database to this release, once it answers: within `wait` seconds. Raises BadServers."""
    _reach(engine, wait)
    try:
        migrations.upgrade(engine)
    except migrations.InUse as fault:
        raise servers.BadServers(str(fault)) from None


def _reach(engine: Engine, wait: float) -> None:
    end = time.monotonic() + wait
    while True:
        try:
            engine.connect().close()
        except OperationalError as fault:
            if time.monotonic() >= end:
                raise servers.BadServers(f"the database cannot be reached: {fault.orig}") from None
            time.sleep(ONCE_MORE_SECONDS)
        else:
            return


def start_clock(engine: Engine, settings: Settings) -> None:
    """Where and how fast the clock runs, as the settings say; where, only while nothing has happened yet."""
    with engine.begin() as connection:
        if settings.clock_start is not None and _is_untouched(connection):
            clock.start_at(connection, _aware(settings.clock_start), settings.clock_rate)
        elif clock.rate(connection) != settings.clock_rate:
            clock.set_rate(connection, settings.clock_rate)


def _is_untouched(connection: Connection) -> bool:
    # Calls of the line to itself are nobody's.
    called = "exists (select 1 from calls where direction <> 'canary')"
    return not connection.execute(text(f"select {called} or exists (select 1 from requests)")).scalar_one()


def _aware(start: datetime) -> datetime:
    return start if start.tzinfo else start.replace(tzinfo=HOSPITALS_ZONE)
