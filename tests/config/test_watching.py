"""Traces and errors leave the house only where a setting says so, and nothing personal leaves with them."""

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from redis import Redis

from config import tally
from config.settings import BadSettings, Settings, load
from config.tally import CARRIER_ERRORS, JOB_FAILURES, Tally
from tests.config.test_settings import REAL
from tests.leaks.scanning import Plant, scan
from tests.leaks.watchers import ERRORS, TRACES, Watchers, watching
from tests.ports import free_port

ROOT = str(Path(__file__).parents[2])

PLANTED = (
    Plant("a number", "+33639980191", number=True),
    Plant("a name", "Ombeline Vauquelin"),
    Plant("a word", "céphalées matinales"),
)
BEGIN = """
import logging, sys
import structlog
from config import logs, reporting, story, tracing
logs.configure("worker")
log = structlog.get_logger("callbacks.test")
"""
TRACED = """
tracing.configure("worker", {endpoint!r}, {{"authorization": "Bearer abc"}})
with story.chapter(job="deliver"), tracing.span("job", job="deliver"):
    story.follow("3f0c1f9e-8a53-4e0e-9d5b-6f1f3f0d7a11", request=7)
    with tracing.span("carrier", asked="messages", to="+33639980191", body="céphalées matinales"):
        tracing.note(status=201)
try:
    with tracing.span("door +33639980191"):
        raise ValueError("Ombeline Vauquelin, +33639980191")
except ValueError:
    pass
tracing.flush()
"""
REPORTED = """
reporting.configure("worker", {dsn!r}, "tests")
def rings(who, words):
    raise ValueError(f"{{who}} {{words}} +33639980191")
story.follow("3f0c1f9e-8a53-4e0e-9d5b-6f1f3f0d7a11", outbox=7)
log.info("message.sent", id=1)
log.warning("message.not_sent", to="+33639980191")
try:
    try:
        rings("Ombeline Vauquelin", "céphalées matinales")
    except ValueError as error:
        raise RuntimeError("Ombeline Vauquelin") from error
except RuntimeError:
    log.exception("job.failed", kind="deliver", number="+33639980191", body="céphalées matinales")
logging.getLogger("library").error("cannot ring %s", "Ombeline Vauquelin")
logging.getLogger("library").error("cannot ring Ombeline Vauquelin")
reporting.flush(5)
"""


def runs(what: str) -> str:
    """A process of its own; what it writes to standard error."""
    done = subprocess.run([sys.executable, "-c", BEGIN + what], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def found(told: Watchers, path: str) -> str:
    assert [str(leak) for body in told.told[path] for leak in scan(path, body, PLANTED)] == []
    return b"".join(told.told[path]).decode(errors="replace")


def test_spans_say_what_was_done_in_which_story_and_of_whom_nothing() -> None:
    with watching() as told:
        runs(TRACED.format(endpoint=f"http://127.0.0.1:{told.port}/"))
        found(told, TRACES)
    spans = {span.name: span for _, span in told.spans()}
    job, carrier, door = spans["job"], spans["carrier"], spans["door +33 6 •• •• •• 91"]
    facts = {name: _facts(span.attributes) for name, span in spans.items()}
    assert facts["job"]["rappel24.story"] == "3f0c1f9e-8a53-4e0e-9d5b-6f1f3f0d7a11"
    assert facts["carrier"]["rappel24.to"] == "+33 6 •• •• •• 91"
    assert carrier.parent_span_id == job.span_id
    assert (door.status.message, facts[door.name]["rappel24.error"], list(door.events)) == ("", "ValueError", [])
    assert "authorization: Bearer abc" in "".join(told.headers)


def _facts(attributes: object) -> Mapping[str, str]:
    return {each.key: each.value.string_value for each in attributes}  # type: ignore[attr-defined]


def test_an_error_is_its_kind_and_its_place_and_never_its_words() -> None:
    with watching() as told:
        log = runs(REPORTED.format(dsn=f"http://key@127.0.0.1:{told.port}/1"))
        said = found(told, ERRORS)
    assert len(told.told[ERRORS]) == 3
    assert '"type":"RuntimeError"' in said
    assert '"type":"ValueError"' in said
    assert '"function":"rings"' in said
    assert '"message":"job.failed"' in said
    assert '"story":"3f0c1f9e-8a53-4e0e-9d5b-6f1f3f0d7a11"' in said
    for sent in ("breadcrumbs", "vars", 'request":', "server_name", "context_line", ROOT, sys.prefix):
        assert sent not in said
    assert "cannot ring Ombeline Vauquelin" in log  # the house's own log has it still


def test_without_a_setting_nothing_of_them_is_loaded() -> None:
    runs(
        "import config.app, config.worker, config.tick, config.mail\n"
        "tracing.configure('web', None, {}); reporting.configure('web', None, '')\n"
        "with tracing.span('door'): tracing.note(status=200)\n"
        "tracing.flush(), reporting.flush()\n"
        "ours = {'config.otel', 'config.sentry', 'sentry_sdk', 'opentelemetry.exporter', 'opentelemetry.sdk.trace'}\n"
        "assert not ours & sys.modules.keys(), ours & sys.modules.keys()\n"
    )


def test_a_collector_that_is_away_raises_nothing_is_said_once_and_is_not_waited_for() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    began = time.monotonic()
    said = runs(
        f"tracing.configure('worker', {nowhere!r}, {{}})\n"
        "for _ in range(2):\n"
        "    with tracing.span('job'): pass\n"
        "    tracing.flush()\n"
    )
    assert said.count("traces.not_taken") == 1
    assert said.count("\n") == 1
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    ("setting", "value", "package"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318", "opentelemetry"),
        ("SENTRY_DSN", "https://key@sentry.example/1", "sentry_sdk"),
    ],
)
def test_a_setting_without_its_package_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, package: str
) -> None:
    env = REAL | {setting: value}
    load(env, Settings, dotenv=None)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(BadSettings, match=rf"{setting}: its packages are not installed"):
        load(env, Settings, dotenv=None)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "Bearer-abc"),
        ("SENTRY_DSN", "https://sentry.example/1"),
        ("SENTRY_DSN", "https://s3cr3t@sentry.example/"),
        ("SENTRY_DSN", "http://s3cr3t@sentry.example/1"),
    ],
)
def test_an_address_that_is_none_is_refused_without_its_secret(setting: str, value: str) -> None:
    with pytest.raises(BadSettings, match=setting) as refused:
        load(REAL | {setting: value}, Settings, dotenv=None)
    assert "s3cr3t" not in str(refused.value)


# What is counted ------------------------------------------------------------------------------------------------------


def test_every_process_adds_to_one_sum_and_what_was_never_counted_is_nought(redis: Redis) -> None:
    for _ in range(2):
        Tally(redis).add(CARRIER_ERRORS, "messages", "busy")
    Tally(redis).add(JOB_FAILURES, "climb")
    counted = tally.read(redis)
    assert counted["rappel24_carrier_errors"][("messages", "busy")] == 2
    assert sum(counted["rappel24_carrier_errors"].values()) == 2
    assert counted["rappel24_job_failures"] == {(job,): int(job == "climb") for job in JOB_FAILURES.labels["job"]}


def test_emptied_redis_counts_from_nought(redis: Redis) -> None:
    counts = Tally(redis)
    counts.add(JOB_FAILURES, "climb")
    redis.flushdb()
    counts.add(JOB_FAILURES, "climb")
    assert tally.read(redis)["rappel24_job_failures"][("climb",)] == 1


class Away(Redis):
    """One that answers nothing until it is back."""

    away = True

    def execute_command(self, *args: object, **options: object) -> object:
        if self.away:
            raise ConnectionError
        return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("more", [0, 1], ids=["nothing more to count", "one more"])
def test_what_is_counted_while_redis_is_away_waits_and_holds_nobody(redis: Redis, more: int) -> None:
    flaky = Away(connection_pool=redis.connection_pool)
    counts = Tally(flaky, silence_seconds=0.0)
    for _ in range(3):
        counts.add(JOB_FAILURES, "fetch")
    flaky.away = False
    for _ in range(more):
        counts.add(JOB_FAILURES, "fetch")
    counts.hand_over()
    assert tally.read(redis)["rappel24_job_failures"][("fetch",)] == 3 + more
