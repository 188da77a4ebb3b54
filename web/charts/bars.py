"""Lines beside each other: a bar for each, its interval as a whisker, the group's median as a dashed line."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from web.charts.marks import Axis, Words, drawing, element, line, words_at

WIDTH, GUTTER, SAID = 760, 220, 130  # of the drawing, of the names, of what is said right of the bars
TOP, ROW, THICK, FOOT = 24, 28, 14, 26
LONGEST = 30  # letters of a name: more would run into the bars


@dataclass(frozen=True)
class Bar:
    """One of them; `value` None when there is nothing to show, and `said` tells why. `lit`: the one looked at."""

    name: str
    value: float | None
    said: str
    low: float | None = None
    high: float | None = None
    lit: bool = False


@dataclass(frozen=True)
class Median:
    """The group's, and how it is named."""

    value: float
    said: str


@dataclass(frozen=True)
class Scale:
    """The largest value that finds room, and how a value is written."""

    top: float
    label: Callable[[float], str]


def bars(words: Words, rows: Sequence[Bar], scale: Scale, median: Median | None = None) -> Markup:
    """The chart, from nought to the top of the scale."""
    axis = Axis(0.0, scale.top, float(GUTTER), float(WIDTH - SAID), scale.label)
    foot = TOP + ROW * len(rows)
    drawn = [_bar(bar, TOP + ROW * place, axis) for place, bar in enumerate(rows)]
    return drawing(words, WIDTH, foot + FOOT, *_grid(axis, foot), *drawn, *_median(median, axis, foot))


def _grid(axis: Axis, foot: int) -> Iterator[Markup]:
    for mark in axis.marks:
        x = axis.place(mark)
        yield line(x, TOP, x, foot, "grid")
        yield words_at(x, foot + 16, axis.label(mark), "middle")


def _bar(bar: Bar, y: float, axis: Axis) -> Markup:
    middle = y + ROW / 2
    lit = "lit" if bar.lit else None
    parts = [words_at(GUTTER - 10, middle + 4, _short(bar.name), "end", lit)]
    if bar.value is not None:
        width = axis.place(bar.value) - axis.start
        look = "bar lit" if bar.lit else "bar"
        parts.append(element("rect", x=axis.start, y=middle - THICK / 2, width=width, height=THICK, class_=look))
    parts.extend(_whisker(bar, middle, axis))
    parts.append(words_at(WIDTH - SAID + 12, middle + 4, bar.said, class_=lit))
    return element("g", *parts)


def _whisker(bar: Bar, y: float, axis: Axis) -> Iterator[Markup]:
    """The interval: a thin line with both its ends marked."""
    if bar.value is None or bar.low is None or bar.high is None:
        return
    low, high = axis.place(bar.low), axis.place(bar.high)
    yield line(low, y, high, y, "whisker")
    for x in (low, high):
        yield line(x, y - 4, x, y + 4, "whisker")


def _median(median: Median | None, axis: Axis, foot: int) -> Iterator[Markup]:
    if median is None:
        return
    x = axis.place(median.value)
    yield line(x, TOP - 6, x, foot, "median")
    yield words_at(x, TOP - 10, median.said, "middle")


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"
