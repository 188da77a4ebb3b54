"""`python -m benchmarks.scale`: the line for a whole country, on paper; `--write` puts it into docs/scale.md. Pure.

Every figure is reckoned from GIVEN, each of which names who says so, and from the processor time that a webhook was
measured to cost. Nothing here is a measurement of a country.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import mean

from benchmarks import compare

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
BEGIN, END = "<!-- made by `python -m benchmarks.scale --write`: begin -->", "<!-- end -->"
STEPS = frozenset({"key", "code", "arrival"})  # of the kept figures: webhooks that write
AT_ONCE = 10  # the webhooks that are read: a busy minute's
GIB = 1024**3


@dataclass(frozen=True)
class Given:
    """A number that is put in, and who says so."""

    value: float
    what: str
    source: str


GIVEN: Mapping[str, Given] = {
    "gps": Given(67_000, "general practitioners", "the brief of this page"),
    "hospitals": Given(500, "hospitals", "the brief of this page"),
    "lines": Given(25, "lines of a hospital", "two pilot hospitals, 20–30 each"),
    "days": Given(250, "working days of a year", "assumed"),
    "users": Given(0.54, "GPs who use a line where it is oldest, share", "ten infectious-disease lines, < 1–54 %"),
    "busy_hour": Given(
        0.15, "a day's calls in its busiest hour, share", "77 % in eight hours with a peak 9–10; assumed"
    ),
    "burst": Given(3, "a busy minute against the mean of its hour, times", "assumed"),
    "connected": Given(0.75, "callers whom a senior answers at once, share", "Consultant Connect, 70–80 %"),
    "to_senior": Given(50, "from the first word to the senior, s", "Consultant Connect"),
    "talk": Given(210, "a conversation, s", "Consultant Connect, 3–4 min"),
    "in_vain": Given(150, "a call that ends with a message, s", "steps of the flow; assumed"),
    "message": Given(45, "a message, s", "assumed"),
    "webhooks": Given(
        16, "webhooks of a call, with its request's SMS", "the hour of `python -m tests.machines`, rounded up"
    ),
    "texts": Given(3, "SMS for a request: confirmation, alert, reminder", "config/ladder.toml; assumed"),
    "segments": Given(1, "parts of an SMS", "tests/config/test_gsm7.py keeps them to one"),
    "voice_alerts": Given(0.3, "alerts by voice for a request", "assumed"),
    "callbacks": Given(1.3, "tries until a GP is reached", "assumed"),
    "rows_of_call": Given(4_000, "what a call leaves in the register, with indexes, bytes", "assumed"),
    "rows_of_request": Given(16_000, "what a request leaves besides, bytes", "assumed"),
    "audio": Given(16_000, "a second of a message, 8 kHz of 16 bits, bytes", "the carrier's wav"),
    "kept": Given(30, "days that a recording is kept", "config/retention.toml, as proposed"),
    "rows_kept": Given(3, "years that rows are kept", "assumed"),
    "cores": Given(4, "cores of a machine", "assumed"),
    "used": Given(0.5, "of which the busy minute may use, share", "one of three machines may be off"),
}
# Calls of a line on a working day, or of a GP who uses it.
SCENARIOS: Mapping[str, Given] = {
    "new lines": Given(0.5, "calls of a line on a working day", "ten infectious-disease lines"),
    "known lines": Given(2.0, "calls of a line on a working day", "a new single-speciality line, at most"),
    "every GP who would": Given(2.0, "calls of a GP who uses it, of his nine outgoing ones", "assumed, as a ceiling"),
}
CEILING = "every GP who would"
# No price list of the carrier for France stands in the sources of this project: these are round guesses of its order.
# Your account's own: https://pricing.twilio.com/v2/Voice/Countries/FR and …/v1/Messaging/Countries/FR
RATES: Mapping[str, Given] = {
    "in": Given(0.01, "a minute of a call that comes in, €", "a guess"),
    "mobile": Given(0.05, "a minute to a French mobile, €", "a guess"),
    "sms": Given(0.08, "a part of an SMS to France, €", "a guess"),
}


def given(name: str) -> float:
    return GIVEN[name].value


@dataclass(frozen=True)
class Webhook:
    """Processor time that one costs, seconds: in the web server, in PostgreSQL."""

    app: float
    postgres: float


@dataclass(frozen=True)
class Load:
    """What a scenario asks for. `at_once`: calls on the line in the busy minute."""

    name: str
    calls_a_day: float
    calls_a_second: float
    at_once: float
    webhooks_a_second: float
    web_cores: float
    postgres_cores: float
    machines: int
    alerts_a_second: float  # calls that we place, in the busy hour
    texts_a_second: float
    calls_a_year: float
    rows: float  # GiB, of the years that are kept
    audio: float  # GiB, of the days that are kept


def measured(file: Path) -> Webhook:
    """The mean over the steps that write, AT_ONCE at once, of a run that is kept."""
    rows = [row for row in compare.read(file)["rows"] if row["step"] in STEPS and row["at_once"] == AT_ONCE]
    return Webhook(mean(row["app_cpu"] for row in rows) / 1e6, mean(row["postgres_cpu"] for row in rows) / 1e6)


def calls_a_day(name: str) -> float:
    """On a working day, in the whole country."""
    each = SCENARIOS[name].value
    if name == CEILING:
        return given("gps") * given("users") * each
    return given("hospitals") * given("lines") * each


def load(name: str, day: float, webhook: Webhook) -> Load:
    """What a scenario of so many calls on a working day asks for."""
    hour = day * given("busy_hour") / 3600
    minute = hour * given("burst")
    in_vain = 1 - given("connected")
    lasts = given("connected") * (given("to_senior") + given("talk")) + in_vain * given("in_vain")
    webhooks = minute * given("webhooks")
    web_cores, year = webhooks * webhook.app, day * given("days")
    row_bytes = given("rows_of_call") + in_vain * given("rows_of_request")
    return Load(
        name,
        day,
        minute,
        minute * lasts,
        webhooks,
        web_cores,
        webhooks * webhook.postgres,
        max(3, ceil(web_cores / (given("cores") * given("used"))) + 1),
        hour * in_vain * (given("voice_alerts") + given("callbacks")),
        hour * in_vain * given("texts"),
        year,
        year * given("rows_kept") * row_bytes / GIB,
        day * in_vain * given("message") * given("audio") * given("kept") / GIB,
    )


def euros_answered() -> float:
    """Of a call that a senior answers: the GP's minutes, and the senior's leg; minutes are counted as begun."""
    return _minutes(given("to_senior") + given("talk")) * RATES["in"].value + _minutes(given("talk")) * _mobile()


def euros_promised() -> float:
    """Of a call in vain: its minutes, its SMS and alerts, and the callback through the line, which has two legs."""
    texts = given("texts") * given("segments") * RATES["sms"].value
    alerts = given("voice_alerts") * _mobile()
    tries_in_vain = (given("callbacks") - 1) * 2 * _mobile()
    back = 2 * _minutes(given("talk")) * _mobile()
    return _minutes(given("in_vain")) * RATES["in"].value + texts + alerts + tries_in_vain + back


def euros_a_call() -> float:
    """The mean of both."""
    return given("connected") * euros_answered() + (1 - given("connected")) * euros_promised()


def _mobile() -> float:
    return RATES["mobile"].value


def _minutes(seconds: float) -> int:
    return ceil(seconds / 60)


# In words ---------------------------------------------------------------------------------------------------------


def page() -> str:
    """All of it, as Markdown."""
    file = compare.newest()
    webhook = measured(file)
    loads = [load(name, calls_a_day(name), webhook) for name in SCENARIOS]
    return "\n\n".join(
        (
            _table(("put in", "value", "who says so"), _puts(), "---"),
            f"A webhook costs {webhook.app * 1e3:.1f} ms of processor in the web server and "
            f"{webhook.postgres * 1e3:.1f} ms in PostgreSQL (`benchmarks/results/{file.name}`, {AT_ONCE} at once).",
            _table(("", *SCENARIOS), _asks(loads)),
            _table(("a call that …", "€"), _costs(loads)),
        )
    )


def _puts() -> Iterator[Sequence[str]]:
    for each in GIVEN.values():
        yield each.what, f"{each.value:,g}".replace(",", " "), each.source
    for name, each in SCENARIOS.items():
        yield f"*{name}*: {each.what}", f"{each.value:g}", each.source
    for each in RATES.values():
        yield each.what, f"{each.value:g}", each.source


def _asks(loads: Sequence[Load]) -> Iterator[Sequence[str]]:
    yield "calls on a working day", *(_whole(load.calls_a_day) for load in loads)
    yield "calls a second, busy minute", *(f"{load.calls_a_second:.1f}" for load in loads)
    yield "calls on the line at once", *(_whole(load.at_once) for load in loads)
    yield "webhooks a second", *(_whole(load.webhooks_a_second) for load in loads)
    yield "cores of the web", *(f"{load.web_cores:.1f}" for load in loads)
    yield "cores of PostgreSQL", *(f"{load.postgres_cores:.1f}" for load in loads)
    yield "machines, one of them to spare", *(str(load.machines) for load in loads)
    yield "calls that we place a second, busy hour", *(f"{load.alerts_a_second:.2f}" for load in loads)
    yield "SMS a second, busy hour", *(f"{load.texts_a_second:.2f}" for load in loads)
    yield "calls a year, millions", *(f"{load.calls_a_year / 1e6:.1f}" for load in loads)
    yield "register, GiB", *(_whole(load.rows) for load in loads)
    yield "recordings, GiB", *(_whole(load.audio) for load in loads)


def _costs(loads: Sequence[Load]) -> Iterator[Sequence[str]]:
    yield "a senior answers", f"{euros_answered():.2f}"
    yield "ends with a promise that is kept", f"{euros_promised():.2f}"
    yield "**on average**", f"**{euros_a_call():.2f}**"
    for each in loads:
        yield f"a year of *{each.name}*, millions", f"{each.calls_a_year * euros_a_call() / 1e6:.1f}"


def _table(head: Sequence[str], rows: Iterator[Sequence[str]], cells: str = "--:") -> str:
    lines = [head, ["---", *[cells] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _whole(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")


def write(file: Path = PAGE) -> None:
    """Put it between the markers of the page. ValueError when they are not there."""
    before, found, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"{file} has no place for it")
    file.write_text(f"{before}{BEGIN}\n\n{page()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    print(page())
