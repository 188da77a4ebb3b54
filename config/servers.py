"""PostgreSQL and Valkey of RAPPEL24_HOME, for a machine that has no servers of its own.

Two locks say who is there: `servers.users` is held by who needs them now (they stop when nobody does), `servers.urls`
by who was told their ports (which are chosen anew only when nobody was).
"""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.embedded import keeper, postgres, valkey
from config.embedded.answers import answers
from config.embedded.errors import BadServers
from config.embedded.locks import Lock
from config.embedded.place import Place
from config.supervisor import Process

__all__ = ["BadServers", "Urls", "kept", "running"]

PATIENCE = 60.0  # seconds; after a crash PostgreSQL reads its log again
BREATH = 0.05
LEAST_FREE = 64 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Urls:
    """Where the two servers answer; with their passwords, so never to be logged."""

    database: str
    redis: str


@contextmanager
def running(home: Path, *, durable: bool = True) -> Iterator[Urls]:
    """The servers that run in `home`; if none do, they run for as long as somebody is inside this block.

    Raises BadServers, whose text says what to do. `durable=False` is for tests: faster, and lost with the machine.
    """
    with ExitStack() as held:
        place, users = _promised(home, durable, held)
        with Lock(place.home / "servers.starting") as starting:
            starting.exclusive()
            users.shared()  # waits while the servers are being stopped
            if not answers(place):
                own = keeper.Leashed(place.home)
                held.callback(own.let_go, users)
                _wait_for(place, own)
        yield Urls(place.database_url, place.redis_url)


@contextmanager
def kept(home: Path) -> Iterator[tuple[Urls, Process]]:
    """For `serve`: where the servers will answer, and the process, first to be supervised, that keeps them."""
    with ExitStack() as held:
        place, _ = _promised(home, True, held)
        process = Process(
            name="servers",
            argv=keeper.command("keep", place.home),
            env=keeper.environment(),
            ready=lambda: answers(place),
            grace=20.0,
        )
        yield Urls(place.database_url, place.redis_url), process


def _promised(home: Path, durable: bool, held: ExitStack) -> tuple[Place, Lock]:
    """The place of `home`, made ready, its ports promised until `held` is closed; and the lock of its users."""
    home = home.expanduser().resolve()
    try:
        home.mkdir(parents=True, exist_ok=True)
        urls, users = (held.enter_context(Lock(home / f"servers.{name}")) for name in ("urls", "users"))
        with Lock(home / "servers.starting") as starting:
            starting.exclusive()
            alone = urls.exclusive_or_shared()
            place = _prepared(home, alone, durable)
            urls.shared()
    except OSError as error:
        raise BadServers(f"{error.filename or home}: {error.strerror}.{_room(home)}") from error
    return place, users


def _prepared(home: Path, alone: bool, durable: bool) -> Place:
    known = Place.known(home)
    place = known or Place.new(home, durable)
    if known and answers(known):
        return known
    if alone:
        place = place.with_free_ports()
    _within_reach(place)
    password_lost = known is None and place.postgres_data.exists()
    if place != known:
        place.save()
    if not place.postgres_data.exists():
        _say(f"Preparing the database in {place.folder} (the first time only).")
    postgres.prepare(place)
    valkey.prepare(place)
    if password_lost:
        postgres.forget_password(place)
    return place


def _within_reach(place: Place) -> None:
    account = place.account
    if account and not account.reaches(place.folder):
        raise BadServers(
            f"The account {account.name}, which runs the servers, can no longer reach {place.folder}: "
            "let it through the folders above (chmod o+x), or move the data where it can."
        )
    if account and place.folder != place.home:
        _say(f"The servers run as {account.name}, which cannot reach {place.home}: their data is in {place.folder}.")


def _wait_for(place: Place, own: keeper.Leashed) -> None:
    end = time.monotonic() + PATIENCE
    while not answers(place):
        if own.ended() or time.monotonic() > end:
            raise BadServers(f"The servers of {place.home} do not start; the lines above say why.{_room(place.folder)}")
        time.sleep(BREATH)


def _room(folder: Path) -> str:
    there = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    free = shutil.disk_usage(there).free
    return f" The disk is full ({free // 2**20} MiB left): make room." if free < LEAST_FREE else ""


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
