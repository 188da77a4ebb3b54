"""Figures in a reader's words: each with how many it is of, how sure it is, what was left out and what is not known."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from callbacks.figures import words
from callbacks.figures.definitions import Indicator, Statistic, Unit
from callbacks.figures.report import Figure, Report, tells
from callbacks.figures.statistics import LEAST
from config import texts

# In the order of a call: what is not named here stands at the end.
SECTIONS: Mapping[str, Sequence[str]] = {
    "calls": ("presented", "answered", "access_time", "talk_time", "lost"),
    "promise": (
        *("requests", "first_try", "contact_time", "tried_in_time", "reached_in_time", "tries_per_contact", "overdue"),
        *("kept_admission", "kept_letter", "kept_appointment", "kept_return_home", "kept_directory", "kept_feedback"),
        *("kept_partnership", "letters_breached"),
    ),
    "care": (
        *("outcome_known", "direct_admissions", "emergencies_avoided", "other_line", "out_of_scope"),
        "wrong_line",
    ),
    "lines": ("coverage", "recourse", "rings_per_shift", "rings_at_night"),
    "polls": (
        *("poll_answered", "satisfied_access", "satisfied_admission", "satisfied_document"),
        *("expected_access", "expected_admission", "expected_document", "both_agree", "emergencies_avoided_gp"),
    ),
    "others": (),
}
_TIMES = frozenset({Statistic.MEDIAN, Statistic.SURVIVAL})


@dataclass(frozen=True)
class Row:
    """One figure of the page; what there is not is ""."""

    code: str
    number: str
    title: str
    means: str
    value: str
    of: str
    interval: str
    spread: str
    group: str
    missing: str
    excluded: Sequence[str]
    comparator: str


@dataclass(frozen=True)
class Section:
    """Figures that belong together."""

    name: str
    title: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Shown:
    """A report, in somebody's language, with the group's medians by code where there are any."""

    report: Report
    language: str
    group: Mapping[str, float]

    def say(self, key: str, /, **values: object) -> str:
        """A sentence of the page."""
        return texts.say(f"figures_page.{key}", self.language, **values)

    def sections(self) -> Iterator[Section]:
        """Every figure that is no table, under its heading."""
        plain = [each for each in self.report.figures if each.indicator.statistic is not Statistic.TABLE]
        named = {code: name for name, codes in SECTIONS.items() for code in codes}
        for name in SECTIONS:
            rows = [self.row(each) for each in plain if named.get(each.indicator.code, "others") == name]
            if rows:
                yield Section(name, self.say(f"section_{name}"), rows)

    def row(self, figure: Figure) -> Row:
        """One figure, with all that must stand beside it."""
        indicator = figure.indicator
        return Row(
            code=indicator.code,
            number=str(indicator.number or ""),
            title=words.title(indicator, self.language),
            means=texts.say(f"indicators.{indicator.code}_means", self.language),
            value=self.value(figure),
            of=self._of(figure),
            interval=self._between("interval", figure, (figure.low, figure.high)),
            spread=self._spread(figure),
            group=self._group(indicator),
            missing=self._missing(figure),
            excluded=[self._excluded(*each) for each in figure.excluded.items()],
            comparator=self._comparator(indicator),
        )

    def value(self, figure: Figure) -> str:
        """The value; or why there is none."""
        if not tells(figure.indicator, self.report.period, closed=self.report.closed):
            return self.say("closed_months")
        if figure.suppressed:
            return self.say("few_each_way" if figure.indicator.sensitive else "few", small=LEAST)
        if figure.value is None:
            waits = figure.indicator.statistic is Statistic.SURVIVAL and bool(figure.denominator)
            return self.say("not_yet" if waits else "nothing")
        return words.value(figure.indicator, figure.value, self.language)

    def _of(self, figure: Figure) -> str:
        if figure.denominator is None or figure.indicator.statistic is Statistic.COUNT:
            return ""
        of = words.count(figure.denominator, self.language)
        if figure.indicator.unit is Unit.SHARE and figure.numerator is not None:
            return self._ratio(figure, figure.numerator, figure.denominator)
        if figure.censored:
            return self.say("of_waiting", count=figure.censored, of=of)
        return of

    def _ratio(self, figure: Figure, counted: int, of: int) -> str:
        """A share's two numbers; hours and not seconds, of what is time."""
        if figure.indicator.per.endswith("_s"):
            return self.say("share_of", counted=words.seconds(counted), of=words.seconds(of))
        return self.say("share_of", counted=words.count(counted, self.language), of=words.count(of, self.language))

    def _spread(self, figure: Figure) -> str:
        """Quartiles, and what nine in ten are not above."""
        if figure.indicator.statistic not in _TIMES or figure.quartiles is None:
            return ""
        parts = [self._between("quartiles", figure, figure.quartiles)]
        if figure.p90 is not None:
            parts.append(self.say("p90", value=words.value(figure.indicator, figure.p90, self.language)))
        return " · ".join(part for part in parts if part)

    def _between(self, key: str, figure: Figure, edges: tuple[float | None, float | None]) -> str:
        low, high = edges
        if low is None and high is None:
            return ""
        said = [
            self.say("open_end") if edge is None else words.value(figure.indicator, edge, self.language)
            for edge in edges
        ]
        return self.say(key, low=said[0], high=said[1])

    def _group(self, indicator: Indicator) -> str:
        median = self.group.get(indicator.code)
        return "" if median is None else words.value(indicator, median, self.language)

    def _missing(self, figure: Figure) -> str:
        if figure.indicator.statistic is Statistic.RATIO and figure.missing:
            return self.say("missing_days", count=figure.missing)
        if figure.missing_share is None or not _can_miss(figure.indicator):
            return ""
        return words.share(figure.missing_share, self.language)

    def _excluded(self, code: str, count: int) -> str:
        name = texts.say(f"exclusions.{code}", self.language)
        return self.say("excluded", name=name, count=words.count(count, self.language))

    def _comparator(self, indicator: Indicator) -> str:
        known = indicator.comparator
        if known is None:
            return ""
        low, high = (words.value(indicator, edge, self.language) for edge in (known.low, known.high))
        value = low if low == high else self.say("from_to", low=low, high=high)
        return self.say("comparator", value=value, source=words.source(known, self.language))


def _can_miss(indicator: Indicator) -> bool:
    """Whether something of it can be unknown."""
    return bool(indicator.known.clauses)
