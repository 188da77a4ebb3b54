"""Plays an hour of three machines: one is switched off. 0: all of it holds; 1: it says what does not."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.faults.day.judge import Line, examples
from tests.faults.day.run import ROOT
from tests.machines import previous
from tests.machines.fronts import HAProxy, Ours
from tests.machines.hour import Hour, lines, renewed, switched_off
from tests.machines.machines import NUMBERS


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.machines", description=__doc__)
    parser.add_argument("--seed", type=int, default=24)
    parser.add_argument("--haproxy", action="store_true", help="behind HAProxy, with the settings of docs/machines.md")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--apart", action="store_true", help="each keeps its recordings for itself: it must fail")
    kind.add_argument("--well", action="store_true", help="none is switched off")
    kind.add_argument("--upgrade", action="store_true", help="instead: from the previous release to this one")
    kind.add_argument("--beside", action="store_true", help="instead: one machine stays with the previous release")
    return parser


def main(given: Sequence[str] | None = None) -> int:
    """As the command line says."""
    options = arguments().parse_args(given)
    with tempfile.TemporaryDirectory(prefix="rappel24-previous-") as folder:
        old = previous.tree(Path(folder)) if options.upgrade or options.beside else ROOT
        hour = _hour(options, old)
        seen = lines(hour.play(_teller()), hour)
    sys.stdout.write(in_words(seen))
    return 0 if all(line.holds for line in seen) else 1


def _hour(options: argparse.Namespace, old: Path) -> Hour:
    behind = HAProxy if options.haproxy else Ours
    if options.upgrade:
        return Hour(options.seed, renewed(ROOT), trees=dict.fromkeys(NUMBERS, old), behind=behind)
    if options.beside:
        return Hour(options.seed, None, trees={NUMBERS[0]: old}, behind=behind)
    return Hour(options.seed, None if options.well else switched_off, apart=options.apart, behind=behind)


def in_words(seen: Sequence[Line]) -> str:
    """A line each; what does not hold with examples."""
    text = []
    for line in seen:
        text.append(f"{'  ' if line.holds else '!!'} {line.what:>6}  {line.sentence}: {line.seen}\n")
        text += [f"           {examples(line.wrong)}\n"] * (not line.holds)
    return "".join(text)


def _teller() -> Callable[[str], None]:
    began = time.monotonic()

    def tell(line: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:6.1f} s  {line}\n")

    return tell


if __name__ == "__main__":
    sys.exit(main())
