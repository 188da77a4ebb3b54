"""docs/watching.md names every figure that /metrics tells, with its labels, and none besides."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import tally
from tests.web.conftest import Ward
from tests.web.rules import ROOT, scraped
from web.gauges import GAUGES

PAGE = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<name>rappel24_\w+)` \| (?P<labels>[^|]*)\| (?P<question>.+) \|$", re.MULTILINE)
TYPE = re.compile(r"^# TYPE (\w+) (?:counter|gauge|histogram)$", re.MULTILINE)
DOORS = {
    "rappel24_answers_total": {"door", "status"},
    "rappel24_answer_seconds": {"door"},
    "rappel24_door_errors_total": {"status"},
}


def told(page: str) -> set[str]:
    """The figures of /metrics; when a counter began is said by the library, not by us."""
    return {name for name in TYPE.findall(page) if not name.endswith("_created")}


def test_the_page_names_every_figure_and_none_besides(browser: FlaskClient) -> None:
    browser.get("/healthz")
    named = [row["name"] for row in ROW.finditer(PAGE)]
    assert sorted(named) == sorted(told(browser.get("/metrics").text))


def test_the_page_names_the_labels_of_each(browser: FlaskClient) -> None:
    known = DOORS | {gauge.name: set(gauge.labels) for gauge in GAUGES}
    known |= {f"{count.name}_total": set(count.labels) for count in tally.COUNTS}
    for row in ROW.finditer(PAGE):
        assert set(re.findall(r"`(\w+)`", row["labels"])) == known.get(row["name"], set()), row["name"]
        assert len(row["question"]) > 20, row["name"]


STAGES = {
    "choosing": "'welcome', null, 'inbound'",
    "ringing": "'ring', null, 'inbound'",
    "talking": "'ring', null, 'inbound'",
    "message": "'leave_message', {request}, 'inbound'",
    "confirming": "'window', {request}, 'inbound'",
    "callback": "'bridge', {request}, 'inbound'",
    "alert": "'alert_offer', {request}, 'alert'",
}


def test_calls_are_told_by_where_they_are(browser: FlaskClient, ward: Ward, database: Engine) -> None:
    filed = ward.request()
    with database.begin() as conn:
        for stage, values in STAGES.items():
            row = values.format(request=filed.id)
            calls = "insert into calls (sid, ward_id, started_at, step, request_id, direction)"
            conn.execute(text(f"{calls} values ('{stage}', {ward.id}, app_now(), {row})"))
        conn.execute(
            text(
                "insert into attempts (call_id, seq, person_id, phone, rank, rung_at, rung_real, accepted_real)"
                f" select id, 1, {ward.amelie}, '+33639980001', 1, app_now(), real_now(), real_now() from calls"
                " where sid = 'talking'"
            )
        )
        conn.execute(
            text("insert into calls (sid, started_at, ended_at, step) values ('x', app_now(), app_now(), 'x')")
        )
    found = scraped(browser.get("/metrics").text)["rappel24_calls"]
    assert {dict(labels)["stage"]: number for labels, number in found.items()} == dict.fromkeys(STAGES, 1.0)


@pytest.mark.parametrize(("waits", "share"), [((5, 10, 20), {"0.5": 10, "0.9": 20, "0.99": 20}), ((), {})])
def test_the_time_to_an_answer_is_of_the_last_hours_calls_that_reached_somebody(
    browser: FlaskClient, ward: Ward, database: Engine, waits: tuple[int, ...], share: dict[str, int]
) -> None:
    calls = "insert into calls (sid, ward_id, step, result, started_at, answered_at)"
    with database.begin() as conn:
        for seconds, ago in [(wait, "10 minutes") for wait in waits] + [(70, "2 hours")]:
            began = f"app_now() - interval '{ago}'"
            answered = f"{began} + interval '{seconds} seconds'"
            row = f"'{seconds}', {ward.id}, 'goodbye', 'answered', {began}, {answered}"
            conn.execute(text(f"{calls} values ({row})"))
        row = f"'nobody', {ward.id}, 'goodbye', 'request', app_now() - interval '1 minute', null"
        conn.execute(text(f"{calls} values ({row})"))
    found = scraped(browser.get("/metrics").text)
    times = found.get("rappel24_time_to_answer_seconds", {})
    assert {dict(labels)["quantile"]: round(number) for labels, number in times.items()} == share
    lately = {dict(labels)["result"]: number for labels, number in found["rappel24_calls_lately"].items()}
    assert lately == {"request": 1} | ({"answered": len(waits)} if waits else {})
