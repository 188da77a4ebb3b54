"""For operators: is the process there, can this machine take calls, and is the whole house at work?

Three doors, since three ask. A supervisor: `/healthz`. A balancer: `/readyz/here`, which answers for this machine:
nobody is taken out because another's mail is silent. A person, or his monitoring: `/readyz`, for the whole house.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, current_app, jsonify
from redis import Redis
from redis.exceptions import RedisError, ResponseError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from config import revisions
from config.database import is_away
from config.doors import anyone
from web.gauges import PROCESSES, SILENCE_SECONDS

# Tick, worker and mail report every few seconds; work must resume within thirty (invariant 4).
SILENCE = timedelta(seconds=SILENCE_SECONDS)
LEAST_ROOM = 100 * 1024 * 1024  # bytes for recordings: an hour of speech
CLOCK_SECONDS = 10.0  # a second factor's code is good for thirty
PROBE = "rappel24:ready"
PROBE_SECONDS = 5

blueprint = Blueprint("health", __name__)

_STATE = text(
    """
    select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as read_only,
        to_regclass('alembic_version') is not null as made, extract(epoch from clock_timestamp()) as now"""
)
_REVISION = text("select version_num from alembic_version")
# "tick:host:pid": the freshest sign of life of each kind, and how long ago it was.
_SILENT = text("select split_part(process, ':', 1), real_now() - max(real) from heartbeats group by 1")
_MAILBOX = text("select exists (select from alarms where kind = 'mailbox_unread' and cleared_at is null)")

# What is wrong, by the name of the part.
Faults = dict[str, str]


@dataclass(frozen=True)
class Pulse:
    """What readiness is asked of. `mail`: whether a mail process is needed; `shelf`: where recordings are kept."""

    engine: Engine
    redis: "Redis"
    mail: bool = False
    shelf: Path | None = None
    least_room: int = LEAST_ROOM
    clock: Callable[[], float] = time.time  # this machine's, in seconds since 1970

    def here(self) -> Faults:
        """What keeps this machine from taking calls, and nothing else: Redis and the other processes it can do without
        for a while.
        """
        return self._of_the_register(whole=False)

    def faults(self) -> Faults:
        """What is wrong in the house; empty when all is well. Names no host and no address."""
        return self._of_the_register(whole=True) | _of_redis(self.redis) | self._of_the_disk()

    def _of_the_register(self, *, whole: bool) -> Faults:
        try:
            with self.engine.connect() as conn:
                state = conn.execute(_STATE).one()
                faults = _of_the_tables(conn, state.read_only, state.made)
                return faults or (self._of_the_house(conn, float(state.now)) if whole else {})
        except SQLAlchemyError as error:
            return {"database": _said(error)}

    def _of_the_house(self, conn: Connection, now: float) -> Faults:
        needed = (*PROCESSES, "mail") if self.mail else PROCESSES
        ages = {row[0]: row[1] for row in conn.execute(_SILENT)}
        found = {name: _silence(ages.get(name)) for name in needed if ages.get(name, timedelta.max) > SILENCE}
        if self.mail and conn.execute(_MAILBOX).scalar_one():
            found["mailbox"] = "cannot be read"
        if (off := abs(now - self.clock())) > CLOCK_SECONDS:
            found["clock"] = f"{off:.0f} s away from the database's"
        return found

    def _of_the_disk(self) -> Faults:
        try:
            left = None if self.shelf is None else room(self.shelf)
        except OSError:
            return {"recordings": "cannot be looked at"}
        if left is None or left >= self.least_room:
            return {}
        return {"recordings": f"{left // 2**20} MB left on their disk"}


def _of_the_tables(conn: Connection, read_only: bool, made: bool) -> Faults:
    if read_only:
        return {"database": "takes nothing in: it is a copy, or set to be read only"}
    if not made:
        return {"tables": "not made yet: rappel24 migrate"}
    if revisions.is_older(conn.execute(_REVISION).scalar_one_or_none()):
        return {"tables": "of an earlier release: rappel24 migrate"}
    return {}


def _of_redis(redis: "Redis") -> Faults:
    """It must take something in: a full one, or a copy, answers all the same."""
    try:
        redis.set(PROBE, 1, ex=PROBE_SECONDS)
    except ResponseError:
        return {"redis": "takes nothing in"}
    except (RedisError, OSError):
        return {"redis": "does not answer"}
    return {}


def room(folder: Path) -> int:
    """Bytes that may still be written there, or where it will be made. Raises OSError."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    disk = os.statvfs(there)
    return disk.f_bavail * disk.f_frsize


def _said(error: SQLAlchemyError) -> str:
    if isinstance(error, PoolTimeout):
        return "all connections are in use"
    return "does not answer" if is_away(error) else "cannot be read"


def _silence(age: timedelta | None) -> str:
    return "has never reported" if age is None else f"silent for {age.total_seconds():.0f} s"


@blueprint.get("/healthz")
@anyone
def healthz() -> Response:
    """This process answers; nothing else is asked."""
    return jsonify(alive=True)


@blueprint.get("/readyz/here")
@anyone
def here() -> tuple[Response, int]:
    """For a balancer: whether this machine can put a call on file; 503 with the reason."""
    return _told(_pulse().here())


@blueprint.get("/readyz")
@anyone
def readyz() -> tuple[Response, int]:
    """Of the whole house: register, Redis, tick, worker, mail where it is needed, disk, clock; 503 with the reasons."""
    return _told(_pulse().faults())


def _pulse() -> Pulse:
    return cast(Pulse, current_app.extensions["pulse"])


def _told(faults: Faults) -> tuple[Response, int]:
    return jsonify(ready=not faults, faults=faults), 503 if faults else 200
