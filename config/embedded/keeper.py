"""The keeper: one process that holds the servers of a home for as long as anybody uses them.

Whoever needs them starts a keeper; the first one to lead runs the servers, the others stand by and take over if it
ends. A user is who holds `servers.users` shared: the kernel knows when he is gone, however he went.
"""

import os
import re
import select
import signal
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from config import supervisor
from config.embedded import postgres, valkey
from config.embedded.locks import Lock
from config.embedded.place import Place

BREATH = 0.1  # seconds
LEAVING = 20.0
ROOT = Path(__file__).parent.parent.parent


def command(what: str, home: Path) -> tuple[str, ...]:
    """The command line of `keep`, `postgres` or `valkey`; -P: a folder `config` where the user stands is not ours."""
    return (sys.executable, "-P", "-m", "config.embedded", what, str(home))


def environment() -> dict[str, str]:
    """What makes `config` importable from anywhere."""
    path = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": f"{ROOT}{os.pathsep}{path}" if path else str(ROOT)}


class Leashed:
    """A keeper of our own, which lets the servers go when we do, or when we end."""

    def __init__(self, home: Path) -> None:
        theirs, self._leash = os.pipe()
        # Not subprocess: a keeper may have to outlive us for another user, and that is no mistake to warn of.
        self._pid: int | None = os.posix_spawn(
            sys.executable,
            [*command("keep", home), "--leash"],
            {**os.environ, **environment()},
            file_actions=[(os.POSIX_SPAWN_DUP2, theirs, 0), (os.POSIX_SPAWN_DUP2, 2, 1)],
        )
        os.close(theirs)

    def ended(self) -> bool:
        if self._pid is not None and os.waitpid(self._pid, os.WNOHANG)[0]:
            self._pid = None
        return self._pid is None

    def let_go(self, users: Lock) -> None:
        """Wait for the servers to stop, unless somebody else still uses them: then the keeper stays for him."""
        users.release()
        os.close(self._leash)
        end = time.monotonic() + LEAVING
        while not self.ended() and time.monotonic() < end:
            if users.shared_by_others():
                return
            time.sleep(BREATH)


def keep(home: Path, leash: int | None) -> int:
    """Lead, or wait to lead, until asked to stop (a signal, or the end of `leash`) and nobody uses the servers."""
    with ExitStack() as held:
        users = held.enter_context(Lock(home / "servers.users"))
        lead = held.enter_context(Lock(home / "servers.keeper"))
        users.shared()
        while not lead.try_exclusive():
            if leash is not None and select.select([leash], [], [], BREATH)[0]:
                return 0
            if leash is None:
                select.select([], [], [], BREATH)
        users.release()
        place = Place.known(home)
        assert place is not None
        return supervisor.run(_servers(place), leash=leash, may_stop=lambda: _unused(users))


def _unused(users: Lock) -> bool:
    """Asked once we were told to stop; until then we stay for others, but hold our starter's pipes open no longer."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    return users.try_exclusive()


def _servers(place: Place) -> list[supervisor.Process]:
    def process(name: str, port: int, stop: signal.Signals, mute: re.Pattern[bytes]) -> supervisor.Process:
        return supervisor.Process(
            name=name,
            argv=command(name, place.home),
            env=environment(),
            ready=lambda: _listens(port),
            stop_signal=stop,
            orphan_signal=stop,
            grace=8.0,
            mute=mute,
        )

    return [
        process("postgres", place.postgres_port, postgres.STOP, postgres.MUTE),
        process("valkey", place.valkey_port, valkey.STOP, valkey.MUTE),
    ]


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True
