"""Processor time of a process and of all below it, from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_PARENT, _FIRST, _LAST = 1, 11, 15  # fields of proc_pid_stat(5) after the name: ppid; utime, stime, cutime, cstime


@dataclass(frozen=True)
class _Process:
    parent: int
    ticks: int  # its own, and its children's that have ended


def parent_of(pid: int) -> int | None:
    """Who started `pid`; None when it has gone, or where there is no /proc."""
    process = _read(PROC / str(pid))
    return process.parent if process else None


def spent(pid: int) -> float | None:
    """Seconds that `pid` and its descendants have worked so far; None where there is no /proc. Ten ms is the grain."""
    if not PROC.is_dir():
        return None
    # Of a child that ends while the others are read the time is its parent's, who may have been read before: once
    # more, until nobody came or went; and the later reading counts, for whoever had gone by then is in it.
    found, again = family(pid), family(pid)
    while found.keys() != again.keys():
        found, again = again, family(pid)
    return sum(process.ticks for process in again.values()) / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> dict[int, _Process]:
    """`pid` and its descendants that live, by their numbers; empty where there is no /proc."""
    if not PROC.is_dir():
        return {}
    everyone = {int(entry.name): _read(entry) for entry in PROC.iterdir() if entry.name.isdecimal()}
    alive = {number: process for number, process in everyone.items() if process is not None}
    return {number: process for number, process in alive.items() if _descends(number, pid, alive)}


def _descends(number: int, ancestor: int, alive: dict[int, _Process]) -> bool:
    while number in alive:
        if number == ancestor:
            return True
        number = alive[number].parent
    return False


def _read(entry: Path) -> _Process | None:
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()  # a name may hold anything
    except OSError:
        return None
    return _Process(int(fields[_PARENT]), sum(int(field) for field in fields[_FIRST:_LAST]))
