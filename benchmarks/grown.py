"""What a large house costs: the figures of `benchmarks.large`, the aims, and both in words. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

TIMES, MILLISECONDS, SECONDS = 1.5, 300, 120


@dataclass(frozen=True)
class Plan:
    """How many requests are open on the two boards, how often each is opened; how many practitioners are imported."""

    few: int
    many: int
    rounds: int
    pages: int  # of a round
    practitioners: int


@dataclass(frozen=True)
class Opened:
    """A page so many times: milliseconds, the median and the worst; its statements and bytes; milliseconds of
    processor, ours and PostgreSQL's (None: no /proc)."""

    middle: float
    worst: float
    statements: int
    bytes: int
    processor: float | None


@dataclass(frozen=True)
class Board:
    """A page of the board, opened with few and with many requests open: the rounds, in turns."""

    says: str
    few: Sequence[Opened]
    many: Sequence[Opened]

    @property
    def ratio(self) -> float:
        """Milliseconds, many to few: the median of the rounds."""
        return median(many.middle / few.middle for few, many in zip(self.few, self.many, strict=True))

    @property
    def processor_ratio(self) -> float | None:
        """The same of the processor's time."""
        both = [(few.processor, many.processor) for few, many in zip(self.few, self.many, strict=True)]
        known = [many / few for few, many in both if few and many is not None]
        return median(known) if known else None


@dataclass(frozen=True)
class Report:
    """What the command said that it did, in rows of the file."""

    created: int
    changed: int
    unchanged: int


@dataclass(frozen=True)
class Imported:
    """The command, from its start to its end: seconds, its processor's and PostgreSQL's (None: no /proc), the most
    memory that it had (megabytes), and what it said."""

    rows: int
    seconds: float
    ours: float
    postgres: float | None
    megabytes: float
    report: Report

    @property
    def per_second(self) -> float:
        """Rows."""
        return self.rows / self.seconds


@dataclass(frozen=True)
class Figures:
    """The boards; the file imported, and once more; seconds of COPY of the same rows before and after.

    `same`: whether the register was as it had been after the second time.
    """

    plan: Plan
    boards: Sequence[Board]
    first: Imported
    again: Imported
    copied: Sequence[float]
    same: bool

    @property
    def of_floor(self) -> float:
        """How many times COPY's seconds the import takes."""
        return self.first.seconds / median(self.copied)

    @property
    def right(self) -> bool:
        """Whether all was imported the first time, and nothing changed the second."""
        rows = self.plan.practitioners
        return self.same and (self.first.report, self.again.report) == (Report(rows, 0, 0), Report(0, 0, rows))


def middle(rounds: Sequence[Opened]) -> Opened:
    """The round in the middle."""
    return sorted(rounds, key=lambda each: each.middle)[len(rounds) // 2]


AIMS: tuple[tuple[str, Callable[[Figures], bool]], ...] = (
    (
        f"the board among many open takes at most {TIMES} times as long as among few",
        lambda found: all(board.ratio <= TIMES for board in found.boards),
    ),
    (
        f"and {MILLISECONDS} ms at most",
        lambda found: all(middle(board.many).middle <= MILLISECONDS for board in found.boards),
    ),
    (f"the import takes {SECONDS} s at most", lambda found: found.first.seconds <= SECONDS),
    ("all of the file is imported, and the second time nothing changes", lambda found: found.right),
)

# In words -----------------------------------------------------------------------------------------------------------

_PAGE, _FILE = 38, 24  # letters of the first columns
_COSTS = f"{'ms':>8}{'worst':>8}{'cpu':>8}{'SQL':>6}{'KB':>6}{'× ms':>7}{'× cpu':>7}"
_ROWS = f"{'s':>9}{'rows/s':>9}{'ours s':>9}{'pg s':>8}{'MB':>7}{'created':>9}{'changed':>9}{'unchanged':>11}"


def table(found: Figures) -> str:
    """For a reader."""
    lines = [f"{'the board, a page':<{_PAGE}}{_COSTS}"]
    for board in found.boards:
        few, many = (f"{board.says}, {_grouped(count)} open" for count in (found.plan.few, found.plan.many))
        lines += [_opened(few, middle(board.few)), _opened(many, middle(board.many))]
        lines[-1] += f"{board.ratio:>7.2f}{_figure(board.processor_ratio, 7, 2)}"
    copied = median(found.copied)
    lines += [
        "",
        f"{f'{_grouped(found.plan.practitioners)} practitioners':<{_FILE}}{_ROWS}",
        _imported("imported", found.first),
        _imported("once more", found.again),
        f"{'COPY of the same rows':<{_FILE}}{copied:>9.2f}{found.plan.practitioners / copied:>9.0f}"
        f"   the import takes {found.of_floor:.0f} times that",
        "",
    ]
    return "\n".join([*lines, *(f"{says}: {'met' if met(found) else 'missed'}" for says, met in AIMS)])


def _opened(who: str, each: Opened) -> str:
    return (
        f"{who:<{_PAGE}}{each.middle:>8.1f}{each.worst:>8.1f}{_figure(each.processor, 8, 1)}"
        f"{each.statements:>6}{each.bytes / 1024:>6.0f}"
    )


def _imported(who: str, each: Imported) -> str:
    said = each.report
    return (
        f"{who:<{_FILE}}{each.seconds:>9.2f}{each.per_second:>9.0f}{each.ours:>9.2f}{_figure(each.postgres, 8, 2)}"
        f"{each.megabytes:>7.0f}{said.created:>9}{said.changed:>9}{said.unchanged:>11}"
    )


def _figure(value: float | None, width: int, digits: int) -> str:
    return f"{'—':>{width}}" if value is None else f"{value:>{width}.{digits}f}"


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def document(found: Figures) -> dict[str, Any]:
    """As it stands in the JSON."""
    return {
        "plan": asdict(found.plan),
        "boards": [
            asdict(board) | {"ratio": board.ratio, "processor_ratio": board.processor_ratio} for board in found.boards
        ],
        "import": asdict(found.first) | {"per_second": found.first.per_second},
        "again": asdict(found.again) | {"per_second": found.again.per_second},
        "copied": list(found.copied),
        "of_floor": found.of_floor,
        "same": found.same,
        "aims": [{"aim": says, "met": met(found)} for says, met in AIMS],
    }
