"""`rappel24 serve`: the processes of the Procfile, with the servers we bring where none are given."""

import http.client
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from config import servers, supervisor
from config.children import Process
from config.settings import Settings, Storage

CONF = "python:config.gunicorn"
READY_SECONDS = 1.0


def serve(settings: Settings, beside: Sequence[Process] = (), announce: Callable[[], None] = lambda: None) -> int:
    """Run web, worker, tick and mail (and what is `beside` them) until we are told to stop. Returns an exit code."""
    with ExitStack() as held:
        first, env = storage(settings, held)
        processes = [*first, prepared(env), *house(settings.port, env), *beside]
        announce()
        return supervisor.run(processes)


def prepared(env: Mapping[str, str]) -> Process:
    """Migrations and the clock, before anything else starts."""
    return Process("migrate", (*_rappel24(), "migrate", "--clock"), env, once=True)


def house(port: int, env: Mapping[str, str]) -> list[Process]:
    """Web, worker, tick and mail; the web, which takes calls, has a head start. `env` names the servers."""
    python = sys.executable
    return [
        Process("web", (python, "-m", "gunicorn", "-c", CONF), env, ready=lambda: answers(port), grace=15.0),
        Process("worker", (python, "-m", "config.worker"), env, awaited=False),
        Process("tick", (python, "-m", "config.tick"), env, awaited=False),
        Process("mail", (python, "-m", "config.mail"), env),
    ]


def answers(port: int, path: str = "/healthz") -> bool:
    """Whether the web answers on this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def storage(settings: Storage, held: ExitStack) -> tuple[list[Process], dict[str, str]]:
    """The processes that keep the servers which are not given, and what tells the others where they are."""
    given = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    env = {name: url.get_secret_value() for name, url in given.items() if url is not None}
    if len(env) == len(given):
        return [], env
    urls, keeper = held.enter_context(servers.kept(settings.home))
    return [keeper], {"DATABASE_URL": urls.database, "REDIS_URL": urls.redis} | env


def _rappel24() -> Sequence[str]:
    return (sys.executable, "-m", "config.cli")


def environment() -> Mapping[str, str]:
    """What the commands read their settings from."""
    return os.environ
