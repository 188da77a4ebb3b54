"""What an operator's monitoring reads."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine, create_engine, text

from callbacks import alarms
from config.database import web_engine
from tests.web.conftest import Ward
from web.health import Pulse
from web.metrics import Register


def figures(browser: FlaskClient) -> dict[str, float]:
    lines = browser.get("/metrics").text.splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def test_the_register_is_told_in_figures(browser: FlaskClient, ward: Ward, database: Engine) -> None:
    ward.request()
    ward.request()
    with database.begin() as conn:
        alarms.raise_alarm(conn, "shelf", "shelf")
    ward.waits(timedelta(hours=25))
    found = figures(browser)
    assert found["rappel24_database_up"] == 1
    assert found['rappel24_requests{state="open"}'] == 2
    assert found["rappel24_requests_overdue"] == 2
    assert 86_000 < found["rappel24_ladder_late_seconds"] < 90_000
    assert found['rappel24_alarms{kind="shelf"}'] == 1


def test_the_age_of_the_last_good_canary_and_of_the_last_copy_is_told_once_there_is_one(
    browser: FlaskClient, database: Engine
) -> None:
    ages = ("rappel24_canary_seconds", "rappel24_backup_seconds")
    assert not set(ages) & set(figures(browser))
    with database.begin() as conn:
        ago = "real_now() - interval '1 minute' *"
        for state, minutes in (("well", 20), ("well", 10), ("broken", 5)):
            conn.execute(text(f"insert into canaries (state, placed_real) values ('{state}', {ago} {minutes})"))
        for kind, minutes in (("taken", 90), ("taken", 60), ("restored", 1)):
            conn.execute(text(f"insert into backups (kind, snapshot_real) values ('{kind}', {ago} {minutes})"))
    found = figures(browser)
    assert [round(found[age] / 60) for age in ages] == [10, 60]


def test_every_door_is_counted(browser: FlaskClient) -> None:
    before = figures(browser).get('rappel24_answers_total{door="link.see",status="404"}', 0)
    browser.get("/r/nothing-of-ours")
    assert figures(browser)['rappel24_answers_total{door="link.see",status="404"}'] == before + 1


def errors_at_doors(browser: FlaskClient) -> float:
    return sum(number for name, number in figures(browser).items() if name.startswith("rappel24_door_errors_total"))


def test_a_house_that_says_it_is_not_ready_has_made_no_error_at_a_door(browser: FlaskClient) -> None:
    before = errors_at_doors(browser)
    assert [browser.get(path).status_code for path in ("/readyz", "/readyz/here", "/healthz")] == [503, 200, 200]
    assert errors_at_doors(browser) == before


def test_a_machine_that_was_taken_out_has_made_no_error_at_a_door(app: Flask, browser: FlaskClient) -> None:
    before = errors_at_doors(browser)
    app.extensions["pulse"] = Pulse(web_engine("postgresql://nobody@127.0.0.1:1/none"), Redis(port=1))
    assert browser.get("/readyz/here").status_code == 503
    assert errors_at_doors(browser) == before


def test_an_empty_house_has_nothing_late(browser: FlaskClient) -> None:
    assert figures(browser)["rappel24_ladder_late_seconds"] == 0


def test_figures_say_that_the_database_is_away() -> None:
    nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    [up] = Register(nowhere).collect()
    assert [sample.value for sample in up.samples] == [0]
