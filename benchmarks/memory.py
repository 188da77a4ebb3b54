"""What the processes of a house weigh: their share of memory (PSS), by what each of them is, from /proc."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import cpu

_PSS = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)
# By their command lines; a process of gunicorn below another is one that answers.
_KINDS: Final[Mapping[str, str]] = {
    "gunicorn": "web",
    "config.worker": "worker",
    "config.tick": "tick",
    "config.mail": "mail",
    "config.cli": "serve",
}
FLAT: Final = 0.02  # more in the last quarter of a load than in the second: what has come by then is what it needs


@dataclass(frozen=True)
class Load:
    """What a house weighed all along: megabytes after so many requests each time."""

    requests: Sequence[int]
    megabytes: Sequence[float]

    @property
    def growth(self) -> float:
        """Of the last quarter over the second: 0.01 is one per cent. The first quarter fills caches and pools."""
        quarter = max(1, len(self.megabytes) // 4)
        second, last = self.megabytes[quarter : 2 * quarter], self.megabytes[-quarter:]
        return median(last) / median(second) - 1

    @property
    def flat(self) -> bool:
        return self.growth <= FLAT


def by_kind(head: int) -> dict[str, float]:
    """Megabytes of `head` and all below it, by what they are; empty where the system does not tell."""
    weights: defaultdict[str, float] = defaultdict(float)
    for pid in cpu.family(head):
        weights[kind_of(_words(pid))] += pss(cpu.PROC / str(pid))
    return dict(weights)


def kind_of(words: Sequence[str]) -> str:
    """What a process is, by its command line."""
    return next((kind for word, kind in _KINDS.items() if word in words), "other")


def pss(process: Path) -> float:
    """Megabytes of one process, what it shares divided among who shares it; 0 when it has gone."""
    try:
        found = _PSS.search((process / "smaps_rollup").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def _words(pid: int) -> list[str]:
    try:
        line = (cpu.PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return []
    return [word for part in line.decode(errors="replace").split("\0") for word in part.split("/")]
