"""A survival curve, told as people ask: how many were called back by then. Steps up, and the interval as a band.

Who waits still counts until he was last seen waiting: a small mark stands on the curve before he is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from web.charts.marks import Axis, Words, drawing, element, line, words_at

WIDTH, HEIGHT = 760, 270
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 24, 220


@dataclass(frozen=True)
class Step:
    """From `at` on, this share (0 to 1) has it behind them; `waiting`: so many were last seen waiting on this step."""

    at: float
    share: float
    low: float
    high: float
    waiting: int = 0


@dataclass(frozen=True)
class Deadline:
    """When the promise ends, and what that is called."""

    at: float
    said: str


@dataclass(frozen=True)
class Scale:
    """How far the time goes, where it is marked, and how times and shares are written."""

    until: float
    step: float
    time: Callable[[float], str]
    share: Callable[[float], str]


def steps(words: Words, curve: Sequence[Step], scale: Scale, promise: Deadline | None = None) -> Markup:
    """The chart of this curve, by time; it begins with nobody at nought, and goes on level to the end of the axis."""
    across = Axis(0.0, scale.until, float(LEFT), float(WIDTH - RIGHT), scale.time, scale.step)
    up = Axis(0.0, 1.0, float(BOTTOM), float(TOP), scale.share)
    whole = [Step(0.0, 0.0, 0.0, 0.0), *(each for each in curve if each.at <= scale.until)]
    return drawing(
        words,
        WIDTH,
        HEIGHT,
        *_grid(across, up),
        element("path", d=_band(whole, across, up), class_="band"),
        element("path", d=_stairs([(each.at, each.share) for each in whole], across, up), class_="run"),
        *_waiting(whole, across, up),
        *_promise(promise, across),
    )


def _grid(across: Axis, up: Axis) -> Iterator[Markup]:
    for mark in up.marks:
        y = up.place(mark)
        yield line(LEFT, y, WIDTH - RIGHT, y, "grid")
        yield words_at(LEFT - 8, y + 4, up.label(mark), "end")
    for mark in across.marks:
        x = across.place(mark)
        yield line(x, BOTTOM, x, BOTTOM + 5, "grid")
        yield words_at(x, BOTTOM + 20, across.label(mark), "middle")


def _corners(heights: Sequence[tuple[float, float]], across: Axis, up: Axis) -> list[tuple[float, float]]:
    """Where the stairs turn: level to the next instant, then up or down; level to the end at last."""
    found: list[tuple[float, float]] = []
    for at, height in heights:
        x, y = across.place(at), up.place(height)
        if found:
            found.append((x, found[-1][1]))
        found.append((x, y))
    return [*found, (across.end, found[-1][1])]


def _path(corners: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in corners)


def _stairs(heights: Sequence[tuple[float, float]], across: Axis, up: Axis) -> str:
    return _path(_corners(heights, across, up))


def _band(curve: Sequence[Step], across: Axis, up: Axis) -> str:
    """Along the lower edge and back along the upper one."""
    low = _corners([(each.at, each.low) for each in curve], across, up)
    high = _corners([(each.at, each.high) for each in curve], across, up)
    return f"{_path([*low, *reversed(high)])} Z"


def _waiting(curve: Sequence[Step], across: Axis, up: Axis) -> Iterator[Markup]:
    for each in curve:
        if each.waiting:
            x, y = across.place(each.at), up.place(each.share)
            yield line(x, y - 5, x, y + 5, "waiting")


def _promise(promise: Deadline | None, across: Axis) -> Iterator[Markup]:
    if promise is None:
        return
    x = across.place(promise.at)
    yield line(x, TOP - 6, x, BOTTOM, "median")
    yield words_at(x - 4, TOP - 9, promise.said, "end")
