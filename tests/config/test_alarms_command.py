"""Who runs the line sees which alarms stand, and says which are mended."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from callbacks import alarms
from config.cli import main
from config.doctor.mends import MENDS


@pytest.fixture
def rappel24(database_url: str, redis_url: str) -> Callable[..., Result]:
    env = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    return lambda *words: CliRunner().invoke(main, ["admin", *words], env=env)


def test_an_alarm_of_one_event_is_listed_and_cleared(database: Engine, rappel24: Callable[..., Result]) -> None:
    with database.begin() as conn:
        alarms.raise_alarm(conn, "recording_flagged", "recording_flagged:7", {"recording": "7"})
        alarms.raise_alarm(conn, "carrier", "carrier", {"code": "20003"})
    carrier, its_mend, flagged, how = rappel24("alarms").stdout.splitlines()
    assert [carrier.split()[0], flagged.split()[0]] == ["carrier", "recording_flagged:7"]
    assert flagged.endswith("seen 1 times recording=7")
    assert its_mend == f"  -> {MENDS['carrier']}"
    assert "carrier's console" in how
    assert rappel24("clear-alarm", "recording_flagged:7").stdout == "recording_flagged:7 is cleared\n"
    assert [line.split()[0] for line in rappel24("alarms").stdout.splitlines()] == ["carrier", "->"]


def test_an_alarm_that_does_not_stand_is_not_cleared(database: Engine, rappel24: Callable[..., Result]) -> None:
    refused = rappel24("clear-alarm", "carrier")
    assert refused.exit_code == 1
    assert "no alarm stands under 'carrier'" in refused.stderr
