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
    return list(_with_parents(folder))


def evict(folder: Path, notices: Sequence[tuple[signal.Signals | None, float]]) -> None:
    """Wait until nobody lives there, sending each signal in turn and giving it its seconds.

    Only then is a lock left in the folder a lie: this check is what protects the data.
    """
    for notice, patience in notices:
        if notice is not None:
            for pid in told(folder, notice):
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


def told(folder: Path, notice: signal.Signals) -> list[int]:
    """Who is sent it: the server, which ends its own processes. To them it is another order: PostgreSQL's checkpointer
    takes SIGINT for its own end, and then the server never comes to its. SIGKILL alone is for everybody.
    """
    living = _with_parents(folder)
    return [pid for pid, parent in living.items() if notice is signal.SIGKILL or parent not in living]


def _with_parents(folder: Path) -> dict[int, int]:
    """Each resident, and who started it or took it over."""
    folder = folder.resolve()
    return _by_proc(folder) if PROC else _by_lsof(folder)


def _by_proc(folder: Path) -> dict[int, int]:
    found = {}
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if link.readlink() == folder:
                # After the name, which may hold anything: the state, then the parent (proc(5)).
                said = (link.parent / "stat").read_bytes().rpartition(b")")[2].split()
                found[int(link.parent.name)] = int(said[1])
        except OSError:  # gone, a zombie, or not ours
            continue
    return found


def _by_lsof(folder: Path) -> dict[int, int]:
    said = subprocess.run(
        ["/usr/sbin/lsof", "-a", "-d", "cwd", "-FpRn", "-c", "postgres", "-c", "valkey-server"],
        check=False,
        capture_output=True,
        text=True,
    )
    found, pid, parent = {}, 0, 0
    for line in said.stdout.splitlines():
        if line.startswith("p"):
            pid = int(line[1:])
        elif line.startswith("R"):
            parent = int(line[1:])
        elif line == f"n{folder}":
            found[pid] = parent
    return found


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise BadServers(f"Process {pid} holds the data and belongs to another account: stop it first.") from error
