"""The rules of deploy/watch as Prometheus would read them: their file, and as much of its language as they use."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "watch" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "watch" / "dashboard.json"

Labels = frozenset[tuple[str, str]]
Vector = Mapping[Labels, float]
# Every series of a metric by its name, as one scrape found them.
Scrape = Mapping[str, Vector]

_VALUE = re.compile(r"^\s*(?:- )?(?P<key>\w+): (?P<quote>['\"]?)(?P<value>.*?)(?P=quote)$")
_TOKEN = re.compile(r"\s*(?P<token>\d[\d.e]*|[a-zA-Z_]\w*|\{[^}]*\}|\[\d+[smh]\]|[()<>/*,])")
_MATCHER = re.compile(r'(?P<label>\w+)(?P<how>=~|!~|!=|=)"(?P<value>[^"]*)"')
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Rule:
    """One alert: what it asks, for how long, how grave, what is said, and the sheet that says what to do."""

    name: str
    expr: str
    hold: str
    severity: str
    summary: str
    runbook: str


def rules(text: str) -> list[Rule]:
    """Of the file: two spaces a step, one value a line, as ours is written."""
    found: list[dict[str, str]] = []
    for line in text.splitlines():
        value = _VALUE.match(line)
        if value is None or value["key"] == "name":
            continue
        if value["key"] == "alert":
            found.append({})
        found[-1][value["key"]] = value["value"]
    return [
        Rule(each["alert"], each["expr"], each["for"], each["severity"], each["summary"], each["runbook"])
        for each in found
    ]


def scraped(page: str) -> dict[str, dict[Labels, float]]:
    """What a scraper makes of /metrics."""
    found: dict[str, dict[Labels, float]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def fires(expr: str, now: Scrape, before: Scrape) -> bool:
    """Whether something is left of it, with `before` scraped at the beginning of every range."""
    reader = Reader(list(_tokens(expr)), now, before)
    found = reader.comparison()
    assert not reader.tokens, f"not read: {reader.tokens}"
    return bool(found)


def _tokens(expr: str) -> Iterator[str]:
    at = 0
    while at < len(expr.rstrip()):
        found = _TOKEN.match(expr, at)
        assert found is not None, f"nobody can read {expr[at:]!r}"
        yield found["token"]
        at = found.end()


@dataclass
class Selected:
    """What a selector found, now and at the beginning of its range."""

    now: Vector
    before: Vector
    seconds: float = 0.0


class Reader:
    """Reads one expression, from the left."""

    def __init__(self, tokens: list[str], now: Scrape, before: Scrape) -> None:
        self.tokens, self.now, self.before = tokens, now, before

    def comparison(self) -> Vector:
        left = self.quotient()
        if not self.tokens or self.tokens[0] not in "<>":
            return left
        above, limit = self.tokens.pop(0) == ">", float(self.tokens.pop(0))
        return {labels: value for labels, value in left.items() if (value > limit if above else value < limit)}

    def quotient(self) -> Vector:
        left = self.operand().now
        while self.tokens and self.tokens[0] in "/*":
            times, right = self.tokens.pop(0) == "*", self.operand().now
            by = next(iter(right.values()), 0.0)
            left = {labels: value * by if times else value / by for labels, value in left.items()}
        return left

    def operand(self) -> Selected:
        token = self.tokens.pop(0)
        if token in AGGREGATES:
            return Selected(self.aggregate(AGGREGATES[token]), {})
        if token in FUNCTIONS:
            return Selected(FUNCTIONS[token](self.arguments()), {})
        if token[0].isdigit():
            return Selected({frozenset(): float(token)}, {})
        return self.selector(token)

    def aggregate(self, adds: Callable[[Sequence[float]], float]) -> Vector:
        kept = frozenset(self.names()) if self.tokens[0] == "by" else frozenset()
        [argument] = self.arguments()
        groups: dict[Labels, list[float]] = {}
        for labels, value in argument.now.items():
            groups.setdefault(frozenset(each for each in labels if each[0] in kept), []).append(value)
        return {labels: adds(values) for labels, values in groups.items()}

    def names(self) -> Iterator[str]:
        del self.tokens[:2]  # by (
        while (token := self.tokens.pop(0)) != ")":
            if token != ",":
                yield token

    def arguments(self) -> list[Selected]:
        assert self.tokens.pop(0) == "("
        found: list[Selected] = []
        while not found or self.tokens[0] == ",":
            if self.tokens[0] == ",":
                self.tokens.pop(0)
            found.append(self.operand())
        assert self.tokens.pop(0) == ")"
        return found

    def selector(self, name: str) -> Selected:
        matchers = list(_MATCHER.finditer(self.tokens.pop(0))) if self.tokens and self.tokens[0][0] == "{" else []
        seconds = _seconds(self.tokens.pop(0)) if self.tokens and self.tokens[0][0] == "[" else 0.0

        def chosen(scrape: Scrape) -> Vector:
            series = scrape.get(name, {})
            return {labels: value for labels, value in series.items() if all(_fits(labels, each) for each in matchers)}

        return Selected(chosen(self.now), chosen(self.before), seconds)


def _seconds(token: str) -> float:
    return float(token[1:-2]) * _SECONDS[token[-2]]


def _fits(labels: Labels, matcher: re.Match[str]) -> bool:
    value = dict(labels).get(matcher["label"], "")
    same = re.fullmatch(matcher["value"], value) is not None if "~" in matcher["how"] else value == matcher["value"]
    return same != matcher["how"].startswith("!")


def _risen(found: Selected) -> dict[Labels, float]:
    """A series that was not there before has not risen, as Prometheus has it."""
    return {labels: value - found.before[labels] for labels, value in found.now.items() if labels in found.before}


def _quantile(arguments: Sequence[Selected]) -> Vector:
    [share] = arguments[0].now.values()
    buckets = sorted((float(dict(labels)["le"]), value) for labels, value in arguments[1].now.items())
    wanted = share * buckets[-1][1] if buckets else 0.0
    if not wanted:
        return {}
    for (below, had), (upto, has) in pairwise([(0.0, 0.0), *buckets]):
        if has >= wanted:
            return {frozenset(): below + (upto - below) * (wanted - had) / (has - had)}
    raise AssertionError("no bucket holds them all")


AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {"max": max, "min": min, "sum": sum}
FUNCTIONS: Mapping[str, Callable[[list[Selected]], Vector]] = {
    "absent": lambda found: {} if found[0].now else {frozenset(): 1.0},
    "abs": lambda found: {labels: abs(value) for labels, value in found[0].now.items()},
    "increase": lambda found: _risen(found[0]),
    "rate": lambda found: {labels: value / found[0].seconds for labels, value in _risen(found[0]).items()},
    "histogram_quantile": _quantile,
}
NAMED = re.compile(r"\brappel24_\w+")
# A metric that an expression names, with what stands in its braces.
SELECTS = re.compile(r"(?P<name>rappel24_\w+)(?:\{(?P<matchers>[^}]*)\})?")
GROUPS = re.compile(r"\bby \((?P<labels>[^)]*)\)")
