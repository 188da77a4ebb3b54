"""Valkey: its settings on standard input (a password never on a command line), started by becoming it."""

import os
import re
import signal
from typing import NoReturn

from config import orphans
from config.embedded.place import Place
from config.embedded.programs import usable
from config.embedded.residents import evict

STOP = signal.SIGTERM
# It greets and takes leave, and asks for a kernel setting that matters to machines far bigger than a ward's.
MUTE = re.compile(rb"Reading config from stdin|Memory overcommit|Received SIGTERM|ready to exit")
NOTICES = ((None, 0.5), (STOP, 10.0), (signal.SIGKILL, 2.0))


def prepare(place: Place) -> None:
    """Make its data folder."""
    place.valkey_data.mkdir(mode=0o700, exist_ok=True)
    if place.account:
        os.chown(place.valkey_data, place.account.uid, place.account.gid)


def become(place: Place, parent: int) -> NoReturn:
    """Turn this process into the server."""
    account = place.account
    binary = usable(account, place.folder).valkey
    evict(place.valkey_data, NOTICES)
    _on_standard_input(settings(place))
    if account:
        account.become()
    os.chdir(place.valkey_data)
    orphans.die_with_parent(parent, STOP)
    os.execv(binary, [str(binary), "-"])


def settings(place: Place) -> str:
    """valkey.conf for this place; it appends every write, and is full before it forgets one."""
    return "\n".join(
        (
            "bind 127.0.0.1",
            f"port {place.valkey_port}",
            f"requirepass {place.valkey_password}",
            f"dir {_quoted(os.fsencode(place.valkey_data))}",
            'save ""',
            "appendonly yes",
            f"appendfsync {'everysec' if place.durable else 'no'}",
            "maxmemory 128mb",
            "maxmemory-policy noeviction",
            "tcp-backlog 128",
            "daemonize no",
            "loglevel warning",
            "",
        )
    )


def _quoted(path: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in path) + '"'


def _on_standard_input(text: str) -> None:
    ours, theirs = os.pipe()
    os.write(theirs, text.encode())  # far below the 64 KiB a pipe holds
    os.close(theirs)
    os.dup2(ours, 0)
    os.close(ours)
