"""What a process holds: memory, threads, open files. After its first rounds none of it may grow any more."""

import gc
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
WARM = 0.3  # of the measures: catalogues, plans of statements, forms and pools are filled by then
MOST_BYTES, MOST_THREADS, MOST_FILES = 48 * 1024 * 1024, 2, 8


@dataclass(frozen=True)
class Held:
    """At one moment."""

    shots: int
    bytes: int
    threads: int
    files: int


def held(shots: int) -> Held:
    """Now, after so many shots."""
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    return Held(shots, resident, threading.active_count(), len(os.listdir("/proc/self/fd")))


def grown(measures: Sequence[Held]) -> list[str]:
    """What kept growing: between the first that was warm and the least of the last three."""
    if len(measures) < 5:
        return []
    warm, last = measures[int(len(measures) * WARM)], measures[-3:]
    more = {
        "bytes": (min(each.bytes for each in last) - warm.bytes, MOST_BYTES),
        "threads": (min(each.threads for each in last) - warm.threads, MOST_THREADS),
        "open files": (min(each.files for each in last) - warm.files, MOST_FILES),
    }
    return [f"{found} more {what} than when warm" for what, (found, most) in more.items() if found > most]
