"""PostgreSQL and Redis: do they answer, are they of a version we know, and are the tables of this release?"""

from collections.abc import Iterator, Mapping

import redis as client
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from config import revisions
from config.database import job_engine
from config.doctor.finding import Finding
from config.queue import connect

POSTGRES = range(15, 19)
REDIS = range(6, 9)
PATIENCE = 3.0  # seconds


def redis(url: str) -> Iterator[Finding]:
    """The doorbell. Without it the tick does all the work: slower, but nothing is lost."""
    try:
        with connect(url, timeout=PATIENCE) as connection:
            said: dict[str, object] = connection.info()
    except (client.RedisError, OSError, ValueError):
        yield Finding(False, "Redis does not answer: everything is slower", "start it, or check REDIS_URL")
        return
    yield from redis_version(said)


def redis_version(info: Mapping[str, object]) -> Iterator[Finding]:
    """Of what `INFO` says; Valkey calls itself a Redis 7."""
    major = int(str(info.get("redis_version", "0")).partition(".")[0])
    if "valkey_version" not in info and major not in REDIS:
        yield Finding(False, f"Redis {major} was never tried", f"use {REDIS.start} to {REDIS.stop - 1}, or Valkey")


def postgres(url: str) -> Iterator[Finding]:
    """The register."""
    engine = job_engine(url)
    try:
        with engine.connect() as connection:
            yield from postgres_version(int(connection.execute(text("show server_version_num")).scalar_one()))
            yield from _tables(connection)
    except SQLAlchemyError:
        yield Finding(True, "PostgreSQL does not answer: no call can be taken", "start it, or check DATABASE_URL")
    finally:
        engine.dispose()


def postgres_version(number: int) -> Iterator[Finding]:
    """Of what `server_version_num` says: 180006 is 18.6. An older one lacks what the tables need."""
    major = number // 10_000
    if major not in POSTGRES:
        advice = f"use {POSTGRES.start} to {POSTGRES.stop - 1}"
        yield Finding(major < POSTGRES.start, f"PostgreSQL {major} was never tried", advice)


def _tables(connection: Connection) -> Iterator[Finding]:
    head = revisions.known()[-1]
    present = MigrationContext.configure(connection).get_current_revision()
    if present is None:
        yield Finding(True, "the database is empty", "rappel24 migrate (rappel24 serve does it too)")
    elif revisions.is_later(present):
        advice = "nothing to mend: this release goes on using them, and does not do what the later one would"
        yield Finding(False, f"the tables are of a later release ({present}; this one has {head})", advice)
    elif present != head:
        yield Finding(
            True, f"the tables are of an earlier release ({present}; this one has {head})", "rappel24 migrate"
        )
