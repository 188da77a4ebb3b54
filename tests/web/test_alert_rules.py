"""What somebody is woken by: each rule asks for figures that there are, is silent in a house at work, and goes off."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import Connection, Engine, text

from callbacks.house import Desk
from config import tally
from config.database import web_engine
from config.queue import Doorbell, connect
from config.tally import Tally
from tests.deploy.consoles import anchors
from tests.web.conftest import Ward
from tests.web.rules import ALERTS, DASHBOARD, GROUPS, ROOT, SELECTS, Scrape, fires, rules, scraped
from web.gauges import GAUGES
from web.health import Pulse

RULES = rules(ALERTS.read_text(encoding="utf-8"))
PROMTOOL = shutil.which("promtool")
LABELS = {gauge.name: set(gauge.labels) for gauge in GAUGES} | {
    f"{count.name}_total": set(count.labels) for count in tally.COUNTS
}
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


@dataclass(frozen=True)
class House:
    """A house at work, and what a test breaks in it."""

    app: Flask
    ward: Ward
    redis: Redis
    redis_url: str

    def figures(self) -> dict[str, dict[frozenset[tuple[str, str]], float]]:
        """As the next scrape finds them."""
        return scraped(self.app.test_client().get("/metrics").text)

    def sql(self, statement: str) -> None:
        with self.ward.engine.begin() as conn:
            conn.execute(text(statement.format(ward=self.ward.id)))

    def counts(self, count: tally.Count, times: int, *values: str) -> None:
        for _ in range(times):
            Tally(self.redis).add(count, *values)


@pytest.fixture
def at_work(app: Flask, ward: Ward, redis: Redis, redis_url: str) -> House:
    house = House(app, ward, redis, redis_url)
    for process in ("tick:a:1", "worker:a:2", "worker:b:3", "mail:a:4"):
        house.sql(f"insert into heartbeats values ('{process}', real_now())")
    house.sql("insert into canaries (state) values ('well')")
    house.sql("insert into backups (kind, snapshot_real) values ('taken', real_now())")
    house.sql(
        "insert into reconciliations (since_real, until_real, ended_real, why)"
        " values (real_now(), real_now(), real_now(), 'hourly')"
    )
    ward.request()
    return house


def sql(statement: str) -> Callable[[House], None]:
    return lambda house: house.sql(statement)


def request_due(when: str) -> Callable[[House], None]:
    return sql(
        "insert into requests (reference, ward_id, channel, created_at, due_at, next_rung, next_step_at)"
        f" values ('100001', {{ward}}, 'sms', app_now(), app_now() + interval '{when}', 'first', 'infinity')"
    )


def counted(count: tally.Count, times: int, *values: str) -> Callable[[House], None]:
    return lambda house: house.counts(count, times, *values)


def away(house: House) -> None:
    desk = house.app.extensions["desk"]
    house.app.extensions["desk"] = replace(desk, engine=web_engine(NOWHERE))
    assert isinstance(desk, Desk)


def without_redis(house: House) -> None:
    house.app.extensions["pulse"] = Pulse(house.ward.engine, connect("redis://127.0.0.1:1"))


def asks_to_come_again(house: House) -> None:
    link = house.ward.link(house.ward.request())
    away(house)
    for _ in range(6):
        assert house.app.test_client().get(link).status_code == 503


def rings(house: House) -> None:
    bell = Doorbell(house.redis_url)
    assert all(bell.rings("beat", number) for number in range(51))


def has_a_bad_hour(house: House) -> None:
    """In more than one way, none of which is bad enough alone."""
    for answer in ("silent", "failed"):
        house.counts(tally.CARRIER_ERRORS, 11, "messages", answer)


# What was done to the house, and the rule that must then go off.
FAULTS: dict[str, Callable[[House], None]] = {
    "LigneMorte": sql("update canaries set placed_real = placed_real - interval '1 hour'"),
    "LigneDeclareeMorte": sql("insert into alarms (key, kind) values ('line_dead', 'line_dead')"),
    "Alarme": sql("insert into alarms (key, kind) values ('shelf', 'shelf')"),
    "RegistreAbsent": away,
    "RedisAbsent": without_redis,
    "PortesEnErreur": asks_to_come_again,
    "DecrocheLent": sql(
        "insert into calls (sid, ward_id, result, step, started_at, answered_at, ended_at)"
        " values ('CA1', {ward}, 'answered', 'goodbye', app_now() - interval '5 min', app_now() - interval '3 min',"
        " app_now())"
    ),
    "EchelonEnRetard": sql("update requests set next_step_at = app_now() - interval '5 minutes'"),
    "MessagesEnAttente": sql(
        "insert into outbox (key, purpose, channel, recipient, due_at, created_at)"
        " values ('1', 'alert', 'sms', '+33639980001', app_now() - interval '6 minutes', app_now())"
    ),
    "PromesseEnDanger": request_due("30 minutes"),
    "PromesseRompue": request_due("-1 minute"),
    "ATrier": sql(
        "insert into dialogues (channel, sender, created_at, due_at, sort_at)"
        " values ('sms', '+33639980011', app_now(), app_now(), app_now())"
    ),
    "EnregistrementsEnAttente": sql(
        "insert into recordings (sid, state, retry_real) select 'RE' || n, 'ready', real_now()"
        " from generate_series(1, 21) n"
    ),
    "JetonRefuse": counted(tally.CARRIER_ERRORS, 1, "messages", "denied"),
    "OperateurEnPanne": has_a_bad_hour,
    "MessagesRefuses": counted(tally.CARRIER_ERRORS, 11, "calls", "refused"),
    "TachesEnEchec": counted(tally.JOB_FAILURES, 4, "deliver"),
    "ListesNonLues": sql("update reconciliations set until_real = until_real - interval '4 hours'"),
    "ProcessusSilencieux": sql("update heartbeats set real = real - interval '2 min' where process like 'worker%'"),
    "FileEngorgee": rings,
    "AucuneCopie": sql("delete from backups"),
    "CopieVieille": sql("update backups set snapshot_real = snapshot_real - interval '27 hours'"),
}
# What no test can do to a machine: what its figures would then be.
SAID: dict[str, str] = {
    "Rappel24NeRepondPlus": "",
    "HorlogeDecalee": "rappel24_clock_difference_seconds -6.0\n",
    "DisquePresquePlein": "rappel24_recordings_free_bytes 1e9\n",
    "ConnexionsEpuisees": 'rappel24_database_connections{state="idle"} 60.0\n'
    'rappel24_database_connections{state="active"} 30.0\nrappel24_database_connections_most 100.0\n',
    "PorteLente": "# TYPE rappel24_answer_seconds histogram\n"
    'rappel24_answer_seconds_bucket{door="voice.turn",le="2.0"} 90.0\n'
    'rappel24_answer_seconds_bucket{door="voice.turn",le="4.0"} 100.0\n'
    'rappel24_answer_seconds_bucket{door="voice.turn",le="+Inf"} 100.0\n'
    'rappel24_answer_seconds_bucket{door="link.see",le="2.0"} 100.0\n'
    'rappel24_answer_seconds_bucket{door="link.see",le="4.0"} 100.0\n'
    'rappel24_answer_seconds_bucket{door="link.see",le="+Inf"} 100.0\n',
}
OF_THE_MACHINE = {"DisquePresquePlein", "PortesEnErreur", "ConnexionsEpuisees"}  # it may be full, for all we know


def going_off(now: Scrape, before: Scrape) -> set[str]:
    return {rule.name for rule in RULES if fires(rule.expr, now, before)}


@pytest.mark.parametrize("name", FAULTS)
def test_a_rule_goes_off_for_what_it_is_there_for_and_is_silent_before(at_work: House, name: str) -> None:
    before = at_work.figures()
    assert going_off(before, before) - OF_THE_MACHINE == set()
    FAULTS[name](at_work)
    assert name in going_off(at_work.figures(), before)


def test_a_worker_that_was_never_started_is_as_silent_as_one_that_died(at_work: House) -> None:
    before = at_work.figures()
    at_work.sql("delete from heartbeats where process like 'worker%'")
    assert "ProcessusSilencieux" in going_off(at_work.figures(), before)


@pytest.mark.parametrize("name", SAID)
def test_a_rule_goes_off_for_figures_that_no_test_can_bring_about(name: str) -> None:
    rule, now = next(rule for rule in RULES if rule.name == name), scraped(SAID[name])
    assert fires(rule.expr, now, {metric: dict.fromkeys(series, 0.0) for metric, series in now.items()})


def test_every_rule_was_seen_to_go_off() -> None:
    assert sorted(rule.name for rule in RULES) == sorted({*FAULTS, *SAID})


def asked() -> Iterator[tuple[str, str]]:
    """Every expression, and where it stands."""
    yield from ((rule.name, rule.expr) for rule in RULES)
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        yield from ((panel["title"], target["expr"]) for target in panel["targets"])


def there(figures: Scrape) -> dict[str, set[str]]:
    """The labels of every metric that /metrics tells."""
    found = {name: {label for labels in series for label, _ in labels} for name, series in figures.items()}
    return found | LABELS


def missing(expr: str, known: dict[str, set[str]]) -> list[str]:
    """What it names and nobody tells."""
    named = [(found["name"], found["matchers"] or "") for found in SELECTS.finditer(expr)]
    labels = {label for name, _ in named for label in known.get(name, set())}
    grouped = [label for group in GROUPS.findall(expr) for label in re.split(r",\s*", group)]
    selected = [each for _, matchers in named for each in re.findall(r"(\w+)(?:=~|=)", matchers)]
    return [name for name, _ in named if name not in known] + [
        label for label in (*grouped, *selected) if label not in labels
    ]


def test_rules_and_panels_name_figures_and_labels_that_there_are(at_work: House) -> None:
    at_work.figures()  # a door is in them once it was opened
    known = there(at_work.figures())
    assert [(where, gone) for where, expr in asked() if (gone := missing(expr, known))] == []
    assert missing('max by (stages) (rappel24_calls{x="1"}) > rappel24_gone', known) == ["rappel24_gone", "stages", "x"]


def test_every_rule_says_in_french_what_is_wrong_and_names_a_sheet_that_there_is() -> None:
    sheets = anchors((ROOT / "docs/run.md").read_text("utf-8"))
    for rule in RULES:
        page, _, sheet = rule.runbook.partition("#")
        assert (page, sheet in sheets) == ("docs/run.md", True), rule
        assert rule.severity in ("critical", "warning"), rule
        assert len(rule.summary) > 20, rule
        assert re.fullmatch(r"\d+[mh]", rule.hold), rule


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian's package prometheus) is not on this machine")
def test_prometheus_itself_reads_the_rules() -> None:
    done = subprocess.run([str(PROMTOOL), "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_figure_reads_what_is_closed_sent_or_over(database: Engine) -> None:
    """However many years of it there are: each look goes through an index that leaves it out, or through a ward's."""
    with database.connect() as conn:  # never committed
        partial = {
            row[0]
            for row in conn.execute(text("select indexrelid::regclass::text from pg_index where indpred is not null"))
        }
        unknown_size(conn)
        conn.execute(text("set local enable_seqscan = off"))
        for gauge in GAUGES:
            [[plan]] = (conn.execute(text(f"explain (format json) {gauge.query}")).scalar_one(),)
            assert [*idle(plan["Plan"], partial)] == [], gauge.name


def unknown_size(conn: Connection) -> None:
    """As on the first day: of tables that the server knows to be empty, one index is as good to it as another."""
    tables = conn.execute(text("select string_agg(oid::regclass::text, ', ') from pg_class where " + OURS)).scalar_one()
    conn.execute(text(f"truncate {tables}"))
    conn.execute(text(f"delete from pg_statistic where starelid in (select oid from pg_class where {OURS})"))


OURS = "relnamespace = 'public'::regnamespace and relkind = 'r'"
BIG = {"calls", "requests", "outbox", "attempts", "events", "recordings", "attachments", "dialogues", "written"}


def idle(node: dict[str, object], partial: set[str]) -> Iterator[str]:
    """Looks into a big table that go through all of it."""
    index, table = str(node.get("Index Name", "")), node.get("Relation Name")
    big = table in BIG or index.startswith(tuple(f"ix_{each}" for each in BIG))
    looks = node["Node Type"] != "Bitmap Heap Scan"  # its own looks stand below it
    if big and looks and "Index Cond" not in node and index not in partial:
        yield f"{node['Node Type']} {table} {index}"
    below = node.get("Plans", [])
    assert isinstance(below, Sequence)
    for each in below:
        yield from idle(each, partial)
