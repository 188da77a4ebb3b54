"""The page of a whole country says what is reckoned, and what the code says of itself."""

import json
import re
from pathlib import Path

import pytest

import config
from benchmarks import scale
from callbacks.backlog import HANDS
from config.database import job_engine, web_engine
from config.tick import CHORES, LONG
from tests.deploy.consoles import ROOT, document
from webhooks.mail.smtp_door import AT_ONCE

WEB_SERVER = Path(config.__file__).with_name("gunicorn.py")  # it reads its settings when it is imported
COMPOSE = ROOT / "deploy/compose.yaml"
BESIDE = 20  # connections of commands, copies and somebody's psql
NOWHERE = "postgresql://nowhere.example/none"


def test_the_page_says_what_is_reckoned() -> None:
    assert scale.page() in scale.PAGE.read_text(encoding="utf-8")


def test_twice_the_calls_are_twice_the_load() -> None:
    webhook = scale.Webhook(0.005, 0.002)
    once, twice = (scale.load("", day, webhook) for day in (25_000, 50_000))
    for what in ("calls_a_second", "at_once", "web_cores", "postgres_cores", "texts_a_second", "rows", "audio"):
        assert getattr(twice, what) == pytest.approx(2 * getattr(once, what))


def test_a_call_that_is_answered_costs_two_legs() -> None:
    # 260 s and 210 s: five minutes that come in, four to a mobile
    assert scale.euros_answered() == pytest.approx(5 * scale.RATES["in"].value + 4 * scale.RATES["mobile"].value)


def test_a_machine_holds_as_many_connections_as_the_page_says() -> None:
    web = _processes() * web_engine(NOWHERE).pool.size()  # type: ignore[attr-defined]
    spare = job_engine(NOWHERE).pool._max_overflow  # type: ignore[attr-defined]
    tick, each, mail = HANDS + CHORES + LONG + 1 + spare, HANDS + spare, 1 + AT_ONCE + 1 + spare
    said = f"{web} for its web (two processes of eight), {tick} for its tick, {each} for each worker"
    page = " ".join(scale.PAGE.read_text(encoding="utf-8").split())
    assert said in page
    assert _workers_of_a_machine() == 2
    machine = web + tick + 2 * each + mail
    assert f"and {mail} for mail with one mailbox: {machine} with the two workers of [run.md](run.md)" in page
    assert f"Three machines are {3 * machine}, and PostgreSQL keeps three more" in page
    allowed = re.search(r"`max_connections` to (\d+)", page)
    assert allowed
    assert int(allowed[1]) > 3 * machine + 3 + BESIDE


def _workers_of_a_machine() -> int:
    """As many as the page starts with systemd, and as many as containers."""
    enabled = re.search(r"^systemctl enable --now (.*rappel24-worker@.*)$", document("run.md"), re.MULTILINE)
    contained = re.search(r"command: \[worker\]\n +scale: (\d+)$", COMPOSE.read_text(encoding="utf-8"), re.MULTILINE)
    assert enabled
    assert contained
    assert len(re.findall(r"rappel24-worker@\d", enabled[1])) == int(contained[1])
    return int(contained[1])


def _processes() -> int:
    found = re.search(r"^workers = (\d+)$", WEB_SERVER.read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    return int(found[1])


def test_the_webhooks_of_a_busy_minute_are_read(tmp_path: Path) -> None:
    rows = [
        {"step": step, "at_once": at_once, "app_cpu": at_once * 1e6, "postgres_cpu": 1e6}
        for step in sorted(scale.STEPS)
        for at_once in (1, 10, 50, 200)
    ]
    (tmp_path / "run.json").write_text(json.dumps({"rows": rows}))
    assert scale.measured(tmp_path / "run.json").app == scale.AT_ONCE
