"""The charts of the page, each with the table that stands under it and says the same."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from callbacks.figures import drift, words
from callbacks.figures.definitions import BY_CODE, Indicator, Unit
from callbacks.figures.drift import Drift
from callbacks.figures.periods import Period
from callbacks.figures.report import Figure
from callbacks.figures.statistics import LEAST, Survival
from callbacks.figures.statistics import Step as SurvivalStep
from config import texts
from scheduling.rota import Ward
from web.charts import bars, run, steps
from web.charts.bars import Bar
from web.charts.marks import Words, round_top
from web.charts.run import Point
from web.charts.steps import Step

HOUR = 60  # minutes: the curve is counted in them
HORIZON, EVERY, PROMISE = 36 * HOUR, 6 * HOUR, 24 * HOUR  # of the curve: its end, its marks
POINT = 2  # minutes: less than a point of the paper, and a year has a step for every one of them
TOLD_AT = tuple(hours * HOUR for hours in (1, 4, 12, 24, 48))  # in the table under it


@dataclass(frozen=True)
class Chart:
    """A picture, and its table: headings, and rows of which the first cell names the row."""

    id: str
    title: str
    note: str
    picture: Markup
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Drawer:
    """Draws for a reader of this language."""

    language: str

    def say(self, key: str, /, **values: object) -> str:
        """A sentence of the page."""
        return texts.say(f"figures_page.{key}", self.language, **values)

    def lines(self, code: str, found: Sequence[tuple[Ward, Figure]], median: float | None) -> Chart:
        """A share, line by line, beside the group's median; one line alone is the one that is looked at."""
        title = self.say("by_line", title=words.title(BY_CODE[code], self.language))
        label = partial(words.share, language=self.language)
        group = None if median is None else bars.Median(median, self.say("group_is", value=label(median)))
        note = group.said if group else self.say("no_group")
        named = Words(f"lines-{code}", title, self.say("told", what=note))
        drawn = [
            Bar(ward.name, figure.value, self.value(figure), figure.low, figure.high, lit=len(found) == 1)
            for ward, figure in found
        ]
        head = [self.say("line"), self.say("value"), self.say("of"), self.say("interval_head")]
        rows = [[ward.name, self.value(figure), self._of(figure), self._interval(figure)] for ward, figure in found]
        return Chart(named.id, title, note, bars.bars(named, drawn, bars.Scale(1.0, label), group), head, rows)

    def weeks(self, code: str, found: Sequence[tuple[Period, Figure]]) -> Chart:
        """A figure week by week, its median, and what drifts."""
        indicator, values = BY_CODE[code], [figure.value for _, figure in found]
        between, drifting = drift.middle(values), drift.drifts(values)
        title = self.say("by_week", title=words.title(indicator, self.language))
        note = " ".join(self.drift(each) for each in drifting if each.stands) or self.say("steady")
        named = Words(f"weeks-{code}", title, self.say("told", what=note))
        points = [
            Point(f"{week.first:%d/%m}", figure.value, self.value(figure), _drifts(place, drifting))
            for place, (week, figure) in enumerate(found)
        ]
        top = 1.0 if indicator.unit is Unit.SHARE else round_top(value for value in values if value is not None)
        scale = run.Scale(0.0, top, partial(self._label, indicator))
        head = [self.say("week_of"), self.say("value"), self.say("of"), self.say("run_head")]
        rows = [
            [point.label, point.said, self._of(figure), self.say("drifting") if point.drifts else ""]
            for point, (_, figure) in zip(points, found, strict=True)
        ]
        return Chart(named.id, title, note, run.run(named, points, scale, between, self.say("median")), head, rows)

    def waiting(self, figure: Figure) -> Chart | None:
        """How many were called back by then; None: nobody has waited, or too few."""
        if figure.curve is None or not figure.denominator:
            return None
        title = self.say("called_back_by", title=words.title(figure.indicator, self.language))
        note = self.say("waiting_note", of=words.count(figure.denominator, self.language), count=figure.censored)
        named = Words("waiting", title, self.say("told", what=note))
        scale = steps.Scale(HORIZON, EVERY, words.minutes, partial(words.share, language=self.language))
        promised = steps.Deadline(PROMISE, self.say("promise"))
        picture = steps.steps(named, curve(figure.curve), scale, promised)
        head = [self.say("within"), self.say("called_back"), self.say("interval_head")]
        rows = [self._by(figure.curve, at) for at in TOLD_AT]
        return Chart(named.id, title, note, picture, head, rows)

    def value(self, figure: Figure) -> str:
        """What a cell says of it."""
        if figure.suppressed:
            return self.say("few", small=LEAST)
        return self.say("nothing") if figure.value is None else self._label(figure.indicator, figure.value)

    def drift(self, found: Drift) -> str:
        """What the run chart shows, in a sentence."""
        return self.say(f"drift_{found.rule}_{found.way}")

    def _label(self, indicator: Indicator, value: float) -> str:
        return words.value(indicator, value, self.language)

    def _of(self, figure: Figure) -> str:
        return "" if figure.denominator is None else words.count(figure.denominator, self.language)

    def _interval(self, figure: Figure) -> str:
        if figure.low is None or figure.high is None:
            return ""
        low, high = (self._label(figure.indicator, edge) for edge in (figure.low, figure.high))
        return self.say("from_to", low=low, high=high)

    def _by(self, survival: Survival, at: int) -> list[str]:
        """How many by then; the interval is that of the last step before."""
        step = survival.step(at)
        share = partial(words.share, language=self.language)
        if step is None:
            return [words.minutes(at), share(0.0), ""]
        between = self.say("from_to", low=share(1 - step.high), high=share(1 - step.low))
        return [words.minutes(at), share(1 - step.left), between]


def curve(survival: Survival) -> list[Step]:
    """Who is still waiting, told as who is not; of what falls on one point of the paper, the last step alone.

    Who was last seen waiting between two steps is marked on the first.
    """
    following = [*(each.at_risk for each in survival.steps[1:]), 0]
    last: dict[int, SurvivalStep] = {}
    waiting: Counter[int] = Counter()
    for each, after in zip(survival.steps, following, strict=False):  # nobody yet: no step
        if each.at <= HORIZON:
            last[each.at // POINT] = each
            waiting[each.at // POINT] += each.at_risk - each.happened - after
    return [Step(each.at, 1 - each.left, 1 - each.high, 1 - each.low, waiting[point]) for point, each in last.items()]


def _drifts(place: int, found: Sequence[Drift]) -> bool:
    return any(each.first <= place <= each.last for each in found)
