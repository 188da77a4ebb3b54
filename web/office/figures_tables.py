"""Figures that are tables: what was asked by what came of it, and the like; small cells are not told nor given away."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from callbacks.figures import words
from callbacks.figures.definitions import Statistic
from callbacks.figures.report import Figure, Report
from callbacks.figures.statistics import LEAST
from config import texts

# Where the words for a column's codes stand, which are written in small letters there.
_WORDS: Mapping[str, str] = {
    "asked": "page.assess_asked_",
    "channel": "board.channel_",
    "kind": "voice.kind_",
    "late": "figures_page.late_",
    "level": "figures_page.level_",
    "outcome": "page.outcome_",
}


@dataclass(frozen=True)
class Grid:
    """A table: its first column names the rows."""

    code: str
    title: str
    means: str
    missing: str
    head: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]


def grids(report: Report, language: str) -> Iterator[Grid]:
    """Every table in which anything was counted."""
    for figure in report.figures:
        if figure.indicator.statistic is Statistic.TABLE and figure.cells:
            yield _grid(figure, language)


def _grid(figure: Figure, language: str) -> Grid:
    indicator = figure.indicator
    rows, columns = (sorted({place[axis] for place in figure.cells}) for axis in (0, 1))
    missing = "" if figure.missing_share is None or not figure.missing else words.share(figure.missing_share, language)
    return Grid(
        code=indicator.code,
        title=words.title(indicator, language),
        means=texts.say(f"indicators.{indicator.code}_means", language),
        missing=missing,
        head=[named(indicator.columns, code, language) for code in columns],
        rows=[
            (
                named(indicator.rows, row, language),
                [_cell(figure.cells.get((row, column), 0), language) for column in columns],
            )
            for row in rows
        ],
    )


def named(column: str, code: str, language: str) -> str:
    """What a code is called; the code itself when it has no words here, a dash for what is not known."""
    key = f"{_WORDS[column]}{code.lower()}" if column in _WORDS else ""
    if key in texts.keys(key.partition(".")[0]):
        return texts.say(key, language)
    return code or "–"


def _cell(count: int | None, language: str) -> str:
    return texts.say("figures_page.cell_few", language, small=LEAST) if count is None else words.count(count, language)
