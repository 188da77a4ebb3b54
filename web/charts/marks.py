"""What every chart is made of: SVG elements as text, and an axis with round marks.

Shapes and dashes tell things apart, never a colour alone: a chart is read in grey and on paper too. Colours, widths and
letters stand in the style sheet (figures.css), for the browser takes no style from a page.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup, escape

_MOST_MARKS = 6  # of an axis
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Words:
    """What a chart is called, and what it shows for who does not see it; `id` is its own on the page."""

    id: str
    title: str
    told: str


def element(name: str, *inside: Markup | str, **attributes: object) -> Markup:
    """One element. `class_` is written class, other underscores hyphens; an attribute that is None is left out."""
    said = [(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None]
    head = " ".join([name, *(f'{key}="{escape(_shown(value))}"' for key, value in said)])
    return Markup(f"<{head}>{joined(inside)}</{name}>")


def joined(parts: Iterable[Markup | str]) -> Markup:
    """One after the other; what is no markup is escaped."""
    return Markup("").join(parts)


def drawing(words: Words, width: int, height: int, *inside: Markup) -> Markup:
    """The chart as one picture, with its name and its text alternative."""
    named, told = f"{words.id}-title", f"{words.id}-told"
    return element(
        "svg",
        element("title", words.title, id=named),
        element("desc", words.told, id=told),
        *inside,
        viewBox=f"0 0 {width} {height}",
        class_="chart",
        role="img",
        aria_labelledby=f"{named} {told}",
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """From one point to another."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def words_at(x: float, y: float, said: str, anchor: str = "start", class_: str | None = None) -> Markup:
    """A few words; `anchor`: start | middle | end of them lies at `x`."""
    return element("text", said, x=x, y=y, text_anchor=anchor, class_=class_)


@dataclass(frozen=True)
class Axis:
    """Where a value lies on the paper: `bottom` at `start`, `top` at `end`; `step`: between two marks."""

    bottom: float
    top: float
    start: float
    end: float
    label: Callable[[float], str]
    step: float | None = None

    def place(self, value: float) -> float:
        """Its distance from the edge; what lies outside is drawn on the end it is nearest to."""
        inside = min(max(value, self.bottom), self.top)
        return self.start + (self.end - self.start) * (inside - self.bottom) / (self.top - self.bottom)

    @property
    def marks(self) -> list[float]:
        """The round values between both ends, `bottom` first."""
        step = self.step or round_step(self.top - self.bottom)
        count = floor((self.top - self.bottom) / step + 1e-9)
        return [round(self.bottom + step * number, 9) for number in range(count + 1)]


def round_step(span: float) -> float:
    """1, 2, 2.5 or 5 times a power of ten, such that an axis has six marks at most."""
    least = span / (_MOST_MARKS - 1)
    power = 10.0 ** floor(log10(least))
    return power * next(each for each in _ROUND if each * power >= least * (1 - 1e-9))


def round_top(values: Iterable[float]) -> float:
    """Where an axis from nought ends: the first round mark that none of these values passes; 1 when there is none."""
    highest = max(values, default=0.0)
    if highest <= 0:
        return 1.0
    step = round_step(highest)
    return round(step * ceil(highest / step - 1e-9), 9)


def _shown(value: object) -> object:
    """A tenth of a point is finer than any eye."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value
