"""The bench runs, measures what it says, and sees what goes wrong. How fast anything is, no test says."""

import http.client
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Table, func, select, text

from benchmarks import intake, load, measure, report, rota
from benchmarks.carrier import signed
from benchmarks.floors import answers
from benchmarks.measure import Plan
from benchmarks.rota import Figures
from benchmarks.stage import Stage, on
from benchmarks.steps import FLOORS, SAME, STEPS, Kind, Step, requests
from callbacks.tables import calls, turns
from config.servers import Urls

TINY = Plan(rounds=1, requests={1: 3, 10: 20})
ROTA = Figures({"few": 1_000, "many": 1_000_000}, 500.0, 550.0, 1.1, 100.0, 7)
FIGURES = {"step", "kind", "at_once", "requests", "per_second", "p50", "p99", "app_cpu", "postgres_cpu", "refused"}
FIGURES |= {"megabytes", "of_floor", "of_same"}


@pytest.fixture(scope="module")
def stage(servers: Urls, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two web servers take seconds to start: these tests share them, and a database that only they use."""
    name = sql.Identifier(f"bench_{worker_id}")
    with psycopg.connect(servers.database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        connection.execute(sql.SQL("create database {}").format(name))
    database = f"{servers.database.rsplit('/', 1)[0]}/bench_{worker_id}"
    with on(Urls(database, servers.redis), tmp_path_factory.mktemp("bench")) as built:
        yield built


def count(stage: Stage, table: Table) -> int:
    with stage.engine.connect() as connection:
        found: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return found


def test_every_step_is_measured_against_its_floor(stage: Stage, tmp_path: Path) -> None:
    rows = measure.rows(stage, TINY, warm_up=8)
    into = tmp_path / "results" / "latest.json"
    report.write(rows, TINY, stage.engine, into, {"rota": rota.document(ROTA), "written": {"taken": []}})
    written = json.loads(into.read_text())
    assert {
        "date",
        "commit",
        "changed",
        "machine",
        "versions",
        "plan",
        "rows",
        "aims",
        "rota",
        "written",
    } == written.keys()
    assert {"python", "postgresql", "gunicorn", "sqlalchemy"} <= written["versions"].keys()
    found = {(row["step"], row["at_once"]): row for row in written["rows"]}
    assert found.keys() == {(step.name, at_once) for step, at_once in product(STEPS, TINY.requests)}
    for row in found.values():
        assert row.keys() >= FIGURES
        assert (row["refused"], row["requests"]) == (0, TINY.requests[row["at_once"]]), row
        assert 0 < row["p50"] <= row["p99"]
        assert row["megabytes"] is None or row["megabytes"] > 1
        assert all(row[floor] is None or row[floor]["per_second"] > 0 for floor in ("of_floor", "of_same"))
    floors = [step.name for step in STEPS if step.floor] * len(TINY.requests)
    for floor in ("of_floor", "of_same"):
        assert [row["step"] for row in found.values() if row[floor] is None] == floors
    for step in STEPS:
        assert step.says in report.table(rows)
    if sys.platform == "linux":
        # The grain is ten milliseconds: one step alone may seem to have cost nothing.
        assert sum(row["app_cpu"] for row in found.values() if row["at_once"] == 10) > 100 * len(STEPS)
        assert sum(row["postgres_cpu"] for row in found.values()) > 0


def test_what_is_refused_is_counted(stage: Stage) -> None:
    [wrong, fine] = requests(stage, FLOORS[Kind.READS], 2)
    wrong = wrong.replace(b"X-Twilio-Signature: ", b"X-Twilio-Signature: x")
    assert load.run(stage.floors.port, [wrong, fine, wrong], at_once=2).refused == 2
    assert load.run(stage.floors.port, [fine], at_once=1, expected=b"<Hangup").refused == 1


def test_a_caller_who_only_hears_a_moment_please_is_counted_as_refused(stage: Stage) -> None:
    """The line never answers with an error: the answer itself must be looked at."""
    key = next(step for step in STEPS if step.name == "key")
    nobody = signed(stage.app, stage.token, f"/webhooks/voice/{uuid4()}/1", {"Digits": "9"})
    assert load.run(stage.app.port, [nobody], at_once=1).refused == 0
    assert load.run(stage.app.port, [nobody], at_once=1, expected=key.expected).refused == 1


def test_the_floors_do_what_they_say(stage: Stage) -> None:
    for kind, kept in ((Kind.READS, 0), (Kind.WRITES, 3)):
        before, prepared = count(stage, answers), requests(stage, FLOORS[kind], 3)
        assert load.run(stage.floors.port, prepared, at_once=1, expected=FLOORS[kind].expected).refused == 0
        assert count(stage, answers) - before == kept
    unknown = signed(stage.floors, stage.token, f"/floor/read/{uuid4()}", {})
    assert load.run(stage.floors.port, [unknown], at_once=1).refused == 1, "the SELECT must find its row"


def test_an_unsigned_request_passes_no_floor(stage: Stage) -> None:
    for name in ("read", "write"):
        line = http.client.HTTPConnection("127.0.0.1", stage.floors.port)
        line.request("POST", f"/floor/{name}/{uuid4()}", body="Digits=9")
        assert line.getresponse().status == 403
        line.close()


@pytest.mark.parametrize(
    ("name", "kept", "waits_at"),
    [
        ("key", 1, "ask_ward"),
        ("code", 1, "at_which"),
        ("arrival", 1, "welcome"),
        ("repeat", 0, "welcome"),
        ("dial", 1, "ring"),
    ],
)
def test_a_step_that_writes_takes_its_turn_and_a_repeat_does_not(
    stage: Stage, name: str, kept: int, waits_at: str
) -> None:
    [step] = [step for step in STEPS if step.name == name]
    [prepared] = requests(stage, step, 1)
    before = count(stage, turns)
    assert load.run(stage.app.port, [prepared], 1, step.expected).refused == 0
    assert count(stage, turns) - before == kept
    with stage.engine.connect() as connection:
        last = connection.execute(select(calls.c.step).order_by(calls.c.started_at.desc()).limit(1)).scalar_one()
    assert last == waits_at


REGISTER = text(
    """
    select 'calls at ' || step, count(*) from calls group by step
    union all select 'turns', count(*) from turns
    union all select 'attempts ' || coalesce(outcome, 'open'), count(*) from attempts group by outcome
    union all select 'requests ' || state, count(*) from requests group by state
    union all select 'events ' || kind, count(*) from events group by kind
    union all select 'parts', count(*) from parts
    union all select 'written ' || verdict, count(*) from written group by verdict
    union all select 'outbox ' || state, count(*) from outbox group by state
    """
)


def changed(stage: Stage, step: Step) -> dict[str, int]:
    """What one webhook of this step changes in the register."""
    prepared, counts = requests(stage, step, 1), []
    web = stage.floors if step.floor else stage.app
    for sent in (False, True):
        assert not sent or load.run(web.port, prepared, 1, step.expected).refused == 0
        with stage.engine.connect() as connection:
            counts.append({row[0]: row[1] for row in connection.execute(REGISTER)})
    before, after = counts
    change = {what: after.get(what, 0) - before.get(what, 0) for what in before | after}
    return {what: by for what, by in change.items() if by}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("key", {"calls at welcome": -1, "calls at ask_ward": 1, "turns": 1}),
        ("arrival", {"calls at welcome": 1, "turns": 1}),
        ("repeat", {}),
        ("dial", {"turns": 1, "attempts open": 0, "attempts no-answer": 1}),
        ("progress", {}),
        ("sms", {"requests open": 1, "events filed": 1, "events part": 1, "parts": 1, "written filed": 1}),
        ("status", {"outbox sent": -1, "outbox delivered": 1}),
    ],
)
def test_a_step_and_the_floor_with_its_sql_change_the_same(stage: Stage, name: str, change: dict[str, int]) -> None:
    expected = {what: by for what, by in change.items() if by}
    [step] = [step for step in STEPS if step.name == name]
    assert changed(stage, step) == expected
    assert changed(stage, SAME[name]) == expected


def test_a_floor_that_does_not_find_what_the_application_found_refuses(stage: Stage) -> None:
    prepared = requests(stage, SAME["status"], 1)
    assert load.run(stage.floors.port, prepared, 1).refused == 0
    assert load.run(stage.floors.port, prepared, 1).refused == 1, "its row is settled: nothing is left to do"


def test_messages_are_taken_in_by_both_channels_and_none_is_lost(stage: Stage, servers: Urls, tmp_path: Path) -> None:
    urls = Urls(stage.engine.url.render_as_string(hide_password=False), servers.redis)
    taken = intake.figures(stage, urls, tmp_path, intake.Plan(rounds=2, messages={1: 2, 8: 10}))
    assert [(each.channel, each.at_once, each.messages, each.lost) for each in taken] == [
        ("sms", 1, 4, 0),
        ("sms", 8, 20, 0),
        ("email", 1, 4, 0),
        ("email", 8, 20, 0),
    ]
    assert all(0 < each.p50 <= each.p99 and each.per_second > 0 for each in taken)
    assert "met" in intake.table(taken)
    assert "missed by an SMS becomes a request (1)" in intake.table([replace(taken[0], lost=1)])


def test_two_rotas_are_asked_and_the_month_of_a_hospital_is_shown(servers: Urls) -> None:
    plan = rota.Plan(few=900, many=1_800, rounds=1, questions=5, pages=2)
    found = rota.figures(servers, plan)
    assert found.shifts == {"few": 900, "many": 1_800}
    assert min(found.on_call_few, found.on_call_many, found.on_call_ratio, found.page, found.page_statements) > 0
    assert "missed" in rota.table(replace(found, on_call_ratio=1.3))
    assert "missed" not in rota.table(replace(found, on_call_ratio=1.2, page=149.0, page_statements=9))
