"""Who lives in a data folder: every process of PostgreSQL and Valkey has it as its current directory."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from config.embedded.errors import BadServers

PROC = Path("/proc/self").exists()


def residents(folder: Path) -> list[int]:
    """Their process numbers; those of other accounts are seen by root only."""
    folder = folder.resolve()
    return _by_proc(folder) if PROC else _by_lsof(folder)


def evict(folder: Path, notices: Sequence[tuple[signal.Signals | None, float]]) -> None:
    """Wait until nobody lives there, sending each signal in turn and giving it its seconds.

    Only then is a lock left in the folder a lie: this check is what protects the data.
    """
    for notice, patience in notices:
        for pid in residents(folder) if notice else ():
            _send(pid, notice)
        end = time.monotonic() + patience
        while residents(folder):
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        else:
            return
    raise BadServers(
        f"A server already runs in {folder} (processes {residents(folder)}) and does not stop: stop it first."
    )


def _by_proc(folder: Path) -> list[int]:
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if link.readlink() == folder:
                found.append(int(link.parent.name))
        except OSError:  # gone, a zombie, or not ours
            continue
    return found


def _by_lsof(folder: Path) -> list[int]:
    said = subprocess.run(
        ["/usr/sbin/lsof", "-a", "-d", "cwd", "-Fpn", "-c", "postgres", "-c", "valkey-server"],
        check=False,
        capture_output=True,
        text=True,
    )
    found, pid = [], 0
    for line in said.stdout.splitlines():
        if line.startswith("p"):
            pid = int(line[1:])
        elif line == f"n{folder}":
            found.append(pid)
    return found


def _send(pid: int, number: signal.Signals | None) -> None:
    if number is None:
        return
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise BadServers(f"Process {pid} holds the data and belongs to another account: stop it first.") from error
