"""A run chart: a value a week, its median, and the weeks that drift as diamonds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from web.charts.marks import Axis, Words, drawing, element, line, words_at

WIDTH, HEIGHT = 760, 230
LEFT, RIGHT, TOP, BOTTOM = 64, 120, 16, 190  # of the field of points
DOT, DIAMOND = 3.5, 6.0  # from the middle of a point to its edge
ROOM = 44  # a date's: closer ones are left out


@dataclass(frozen=True)
class Point:
    """A week; without a value there is a gap, and the line does not cross it. `said`: what its title tells."""

    label: str
    value: float | None
    said: str
    drifts: bool = False


@dataclass(frozen=True)
class Scale:
    """The values at the foot and at the head, and how a value is written."""

    bottom: float
    top: float
    label: Callable[[float], str]


def run(words: Words, points: Sequence[Point], scale: Scale, median: float | None, named: str) -> Markup:
    """The chart of these weeks, the oldest first; `named`: what the median is called."""
    up = Axis(scale.bottom, scale.top, float(BOTTOM), float(TOP), scale.label)
    across = [_x(place, len(points)) for place in range(len(points))]
    return drawing(
        words,
        WIDTH,
        HEIGHT,
        *_grid(up),
        *_dates(points, across),
        *_median(median, named, up),
        *_lines(points, across, up),
        *_points(points, across, up),
    )


def _x(place: int, count: int) -> float:
    return LEFT + (WIDTH - RIGHT - LEFT) * (place + 0.5) / count


def _grid(up: Axis) -> Iterator[Markup]:
    for mark in up.marks:
        y = up.place(mark)
        yield line(LEFT, y, WIDTH - RIGHT, y, "grid")
        yield words_at(LEFT - 8, y + 4, up.label(mark), "end")


def _dates(points: Sequence[Point], across: Sequence[float]) -> Iterator[Markup]:
    """As many as find room, the last one always."""
    every = max(1, -(-ROOM * len(points) // (WIDTH - RIGHT - LEFT)))
    for place, (point, x) in enumerate(zip(points, across, strict=True)):
        if (len(points) - 1 - place) % every == 0:
            yield words_at(x, BOTTOM + 20, point.label, "middle")


def _median(median: float | None, named: str, up: Axis) -> Iterator[Markup]:
    if median is None:
        return
    y = up.place(median)
    yield line(LEFT, y, WIDTH - RIGHT, y, "median")
    yield words_at(WIDTH - RIGHT + 6, y + 4, named)


def _lines(points: Sequence[Point], across: Sequence[float], up: Axis) -> Iterator[Markup]:
    """Between neighbours that have a value."""
    drawn = list(zip(points, across, strict=True))
    for (left, x1), (right, x2) in pairwise(drawn):
        if left.value is not None and right.value is not None:
            yield line(x1, up.place(left.value), x2, up.place(right.value), "run")


def _points(points: Sequence[Point], across: Sequence[float], up: Axis) -> Iterator[Markup]:
    for point, x in zip(points, across, strict=True):
        if point.value is not None:
            yield _point(point, x, up.place(point.value))


def _point(point: Point, x: float, y: float) -> Markup:
    told = element("title", point.said)
    if not point.drifts:
        return element("circle", told, cx=x, cy=y, r=DOT, class_="dot")
    corners = ((x, y - DIAMOND), (x + DIAMOND, y), (x, y + DIAMOND), (x - DIAMOND, y))
    return element("polygon", told, points=" ".join(f"{a:.1f},{b:.1f}" for a, b in corners), class_="drifts")
