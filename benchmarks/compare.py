"""This run beside the one that is kept: what has become worse against its floor. Pure, but for reading the file.

Requests a second are the machine's and the day's; the ratio to a floor of the same run is ours.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
KEPT = "????-??-??.json"
ALLOWED = 0.15  # worse than that is told
ENOUGH = 1000  # requests, in both runs: the slowest hundredth of fewer is a handful
FLOORS = ("of_same", "of_floor")  # the first that both runs have counts

Document = Mapping[str, Any]
Where = tuple[str, int]  # a step, so many at once


@dataclass(frozen=True)
class Worse:
    """A step that stands worse against its floor than it did."""

    step: str
    at_once: int
    what: str
    kept: float
    now: float

    def __str__(self) -> str:
        return f"{self.step} ({self.at_once} at once): {self.what} {self.now:.2f} of its floor's, kept {self.kept:.2f}"


@dataclass(frozen=True)
class Comparison:
    """What has become worse, and what could not be compared: the kept run has no such figure."""

    worse: Sequence[Worse]
    unknown: Sequence[Where]

    def __str__(self) -> str:
        unknown = ", ".join(f"{step} ({at_once})" for step, at_once in self.unknown)
        return "\n".join(
            (
                f"worse than kept by more than {ALLOWED:.0%}: {'nothing' if not self.worse else len(self.worse)}",
                *(f"  {each}" for each in self.worse),
                *((f"not in the kept file: {unknown}",) if unknown else ()),
            )
        )


def newest(folder: Path = RESULTS) -> Path:
    """The last of the runs that are kept; FileNotFoundError when none is."""
    found = max(folder.glob(KEPT), default=None)
    if found is None:
        raise FileNotFoundError(f"no run is kept in {folder}")
    return found


def read(file: Path) -> Document:
    """A run, as `report` wrote it."""
    found: Document = json.loads(file.read_text(encoding="utf-8"))
    return found


def compare(now: Document, kept: Document) -> Comparison:
    """Every step of this run that has a floor, so many at once, beside the same in the kept one."""
    before = {_where(row): row for row in kept["rows"]}
    rows = [row for row in now["rows"] if any(row.get(floor) for floor in FLOORS)]
    known = [(row, before[_where(row)]) for row in rows if _where(row) in before]
    worse = [each for row, old in known for each in _worse(row, old)]
    return Comparison(worse, [_where(row) for row in rows if _where(row) not in before])


def _where(row: Mapping[str, Any]) -> Where:
    return row["step"], row["at_once"]


def _worse(row: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[Worse]:
    floor = next((floor for floor in FLOORS if row.get(floor) and old.get(floor)), None)
    if floor is None:
        return
    now, kept = row[floor], old[floor]
    if now["per_second"] < kept["per_second"] * (1 - ALLOWED):
        yield Worse(*_where(row), "requests a second", kept["per_second"], now["per_second"])
    if min(row["requests"], old["requests"]) >= ENOUGH and now["p99"] > kept["p99"] * (1 + ALLOWED):
        yield Worse(*_where(row), "p99", kept["p99"], now["p99"])
