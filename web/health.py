"""For operators: is the process there, and is the whole house at work?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from flask import Blueprint, Response, current_app, jsonify
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from callbacks.tables import heartbeats
from config.doors import anyone

# Tick, worker and mail report every few seconds; work must resume within thirty (invariant 4).
SILENCE = timedelta(seconds=20)
PROCESSES = ("tick", "worker")

blueprint = Blueprint("health", __name__)


@dataclass(frozen=True)
class Pulse:
    """What readiness is asked of."""

    engine: Engine
    redis: "Redis"
    mail: bool = False  # whether a mail process is needed

    def faults(self) -> dict[str, str]:
        """What is wrong, by the name of the part; empty when all is well. Names no host and no address."""
        found = self._silent_processes()
        try:
            self.redis.ping()
        except (RedisError, OSError):
            found["redis"] = "does not answer"
        return found

    def _silent_processes(self) -> dict[str, str]:
        try:
            with self.engine.connect() as conn:
                # "tick:host:pid": the freshest sign of life of each kind, and how long ago it was.
                kind = func.split_part(heartbeats.c.process, ":", 1)
                age = func.real_now() - func.max(heartbeats.c.real)
                ages = {row[0]: row[1] for row in conn.execute(select(kind, age).group_by(kind))}
        except SQLAlchemyError:
            return {"database": "does not answer"}
        needed = (*PROCESSES, "mail") if self.mail else PROCESSES
        return {name: _silence(ages.get(name)) for name in needed if ages.get(name, timedelta.max) > SILENCE}


def _silence(age: timedelta | None) -> str:
    return "has never reported" if age is None else f"silent for {age.total_seconds():.0f} s"


@blueprint.get("/healthz")
@anyone
def healthz() -> Response:
    """This process answers; nothing else is asked."""
    return jsonify(alive=True)


@blueprint.get("/readyz")
@anyone
def readyz() -> tuple[Response, int]:
    """Database, Redis, tick, worker, and mail where it is needed; 503 with the reasons."""
    faults = cast(Pulse, current_app.extensions["pulse"]).faults()
    return jsonify(ready=not faults, faults=faults), 503 if faults else 200
