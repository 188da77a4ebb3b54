"""What an operator types for the evaluators: a closed month, the same bytes each time, and nothing is written over."""

import base64
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from callbacks import readings
from callbacks.evaluation.packing import SUMS
from callbacks.readings import Asked
from config import clock
from config.cli import main
from tests.callbacks.evaluation.month import AFTERWARDS, Month
from tests.config.test_admin import HOUSE

KEY = base64.b64encode(b"e" * 32).decode()
EXPORT = ("evaluation", "export", "--month", "2026-11")


@pytest.fixture
def env(database: Engine, database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    Month(database)
    with database.begin() as conn:
        clock.start_at(conn, AFTERWARDS, 1)
    own = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "RAPPEL24_HOME": str(tmp_path / "home")}
    return HOUSE | own | {"EVALUATION_KEY": KEY}


def types(env: dict[str, str], *words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], env=env)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_closed_month_is_written_for_its_owner_alone_and_the_same_each_time(
    env: dict[str, str], database: Engine, tmp_path: Path
) -> None:
    done = types(env, *EXPORT, tmp_path / "a")
    assert (done.exit_code, done.stdout) == (0, f"2026-11: 10 files in {tmp_path / 'a'}\n")
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "a").iterdir()} == {0o600}
    assert types(env, *EXPORT, tmp_path / "b").exit_code == 0
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert SUMS in contents(tmp_path / "a")
    with database.connect() as conn:
        (noted,) = readings.read(conn, Asked(what="export"), 10)  # twice within five minutes is once
    assert (noted.object, noted.how) == ("evaluation:2026-11", "command")


def test_a_year_that_is_not_closed_is_written_only_for_who_says_so(env: dict[str, str], tmp_path: Path) -> None:
    year = ("evaluation", "export", "--year", "2026", tmp_path / "year")
    refused = types(env, *year)
    assert refused.exit_code == 1
    assert "2026 is not closed: what happens within 21 days" in refused.stderr
    assert not (tmp_path / "year").exists()
    assert types(env, *year, "--open").exit_code == 0
    assert b"closed,0\n" in (tmp_path / "year" / "about.csv").read_bytes()


def test_nothing_is_written_over(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("somebody's")
    refused = types(env, *EXPORT, tmp_path)
    assert refused.exit_code == 1
    assert "is not empty" in refused.stderr
    assert (tmp_path / "calls.csv").read_text() == "somebody's"


def test_without_the_key_nobody_is_pseudonymised(env: dict[str, str], tmp_path: Path) -> None:
    refused = types(env | {"EVALUATION_KEY": ""}, *EXPORT, tmp_path / "a")
    assert refused.exit_code == 1
    assert "EVALUATION_KEY: missing" in refused.stderr
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("period", "status"),
    [((), 2), (("--month", "2026-11", "--year", "2026"), 2), (("--month", "2026-13"), 1), (("--year", "2026-11"), 1)],
)
def test_what_is_no_month_and_no_year_is_refused(tmp_path: Path, period: tuple[str, ...], status: int) -> None:
    assert types({}, "evaluation", "export", *period, tmp_path / "a").exit_code == status
