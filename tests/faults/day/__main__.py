"""Plays days in which everything breaks, and counts what happened.

`python -m tests.faults.day` plays the small day of one seed; `make faults` the full days of three, and writes the table
of docs/reliability.md. 0: everything that was promised holds; 1: the table says what does not.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.day import broken
from tests.faults.day.evidence import Evidence
from tests.faults.day.judge import Line, judge
from tests.faults.day.plan import plan
from tests.faults.day.run import ROOT, day
from tests.faults.day.scale import Scale, sized
from tests.faults.day.table import as_markdown, in_words, write_into

SEEDS = (1, 2, 3)
PAGE = ROOT / "docs" / "reliability.md"


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.day", description=__doc__)
    parser.add_argument("--seed", type=int, action="append", help=f"may be repeated; default {SEEDS}")
    parser.add_argument("--small", action="store_true", help="a day of a minute, as the tests play it")
    parser.add_argument("--calls", type=int)
    parser.add_argument("--texts", type=int)
    parser.add_argument("--letters", type=int)
    parser.add_argument("--kills", type=int)
    parser.add_argument("--broken", choices=sorted(broken.PATCHES), help="break the line on purpose, in a copy")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    return parser


def main(given: Sequence[str] | None = None) -> int:
    """As the command line says."""
    options = arguments().parse_args(given)
    scale = sized(options.calls, options.texts, options.letters, options.kills, small=options.small)
    days = {}
    for seed in options.seed or SEEDS:
        days[seed] = _played(seed, scale, options.broken)
        sys.stdout.write(in_words(*days[seed]) + "\n\n")
        sys.stdout.flush()
    if options.write:
        write_into(PAGE, as_markdown(days))
    return 0 if all(line.holds for _, lines in days.values() for line in lines) else 1


def _played(seed: int, scale: Scale, broken_how: str | None) -> tuple[Evidence, tuple[Line, ...]]:
    if broken_how is None:
        evidence = _watched(seed, scale, ROOT)
    else:
        with broken.tree(ROOT, broken_how) as copy:
            evidence = _watched(seed, scale, copy)
    return evidence, judge(evidence)


def _watched(seed: int, scale: Scale, root: Path) -> Evidence:
    began = time.monotonic()

    def tell(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:6.1f} s  {line}\n")

    return day(plan(seed, scale), root, tell)


if __name__ == "__main__":
    sys.exit(main())
