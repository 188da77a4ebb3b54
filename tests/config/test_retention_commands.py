"""What an operator types: rules, holds, a purge, the register; somebody's data handed out, or forgotten."""

import json
import resource
import stat
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from callbacks import readings
from callbacks.readings import Asked, What
from callbacks.shelf import Shelf
from config.cli import main
from config.crypto import Box
from tests.callbacks.retention.archive import ROUX, ROUX_RPPS, Archive
from tests.config.test_admin import HOUSE

KEY = "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="


@pytest.fixture
def archive(database: Engine, tmp_path: Path) -> Archive:
    return Archive(database, Shelf(tmp_path / "recordings", Box([b"1" * 32])))


class Operator:
    """Types commands in the house of this test."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env

    def __call__(self, *words: str, answers: str = "") -> str:
        done = CliRunner().invoke(main, words, env=self._env, input=answers)
        assert done.exit_code == 0, done.output
        return done.stdout

    def is_refused(self, *words: str, answers: str = "") -> str:
        done = CliRunner().invoke(main, words, env=self._env, input=answers)
        assert done.exit_code == 1, done.output
        return done.stderr


@pytest.fixture
def operator(database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    monkeypatch.chdir(tmp_path)
    own = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "RAPPEL24_HOME": str(tmp_path)}
    return Operator(HOUSE | own | {"ENCRYPTION_KEYS": KEY})


def test_a_rule_is_approved_counted_and_carried_out_and_the_register_says_so(
    operator: Operator, archive: Archive
) -> None:
    archive.calls("rale crepitant")
    archive.after(days=40)
    assert "recordings: proposed 30 days (8 to 180); 0 due now\n" in operator("retention", "show")
    assert operator("retention", "approve", "recordings", "30", "--by", "Mme Dupré") == (
        "recordings: 30 days, as Mme Dupré says\n"
    )
    assert "everywhere else: 30 days, approved by Mme Dupré" in operator("retention", "show")
    assert "recordings: 1\n" in operator("retention", "purge", "--dry-run")
    assert archive.files() == 1
    assert "recordings: 1\n" in operator("retention", "purge")
    assert archive.files() == 0
    header, line = operator("retention", "register").splitlines()
    assert header.startswith("id,at,kind,object,request")
    assert ",recordings," in line
    assert line.endswith(",rule,30,")


def test_what_is_on_hold_stays_until_it_is_lifted(operator: Operator, archive: Archive) -> None:
    archive.calls("rale crepitant")
    operator("retention", "approve", "recordings", "30", "--by", "Mme Dupré")
    number = operator("retention", "hold", "--practitioner", ROUX, "--why", "Réquisition 12").strip()
    assert f"hold {number} since" in operator("retention", "show")
    archive.after(days=40)
    assert "recordings: 0\n" in operator("retention", "purge")
    operator("retention", "lift", number)
    assert "no hold" in operator.is_refused("retention", "lift", number)
    assert "recordings: 1\n" in operator("retention", "purge")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("approve", "recordings", "181", "--by", "x"), "not so long: at most 180 days"),
        (("approve", "recordings", "7", "--by", "x"), "not so short: at least 8 days"),
        (("approve", "recordings", "trente", "--by", "x"), "a number, or `keep`"),
        (("approve", "trail", "400", "--by", "x", "--hospital", "Cochin"), "one rule for the whole house"),
        (("approve", "recordings", "30", "--by", "x", "--hospital", "Nulle part"), "there is no Nulle part"),
        (("hold", "--why", "x"), "one of --request"),
        (("hold", "--ward", "nulle-part", "--why", "x"), "there is no nulle-part"),
        (("hold", "--practitioner", "0639980199", "--why", "x"), "nobody is known"),
        (("hold", "--practitioner", "Roux", "--why", "x"), "not a number"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    operator: Operator, archive: Archive, words: tuple[str, ...], says: str
) -> None:
    assert says in operator.is_refused("retention", *words)


def test_a_doctor_s_data_leaves_in_one_archive_for_his_eyes_and_that_is_on_the_log(
    operator: Operator, archive: Archive, tmp_path: Path
) -> None:
    archive.calls("rale crepitant")
    to = tmp_path / "roux.zip"
    assert operator("practitioner", "export", ROUX_RPPS, "--to", str(to)) == "2 files written\n"
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    with zipfile.ZipFile(to) as written:
        assert json.loads(written.read("dossier.json"))["requests"][0]["caller"] == ROUX
    assert "File exists" in operator.is_refused("practitioner", "export", ROUX_RPPS, "--to", str(to))
    with archive.engine.connect() as conn:
        (line,) = readings.read(conn, Asked(what=What.PERSON), 10)
    assert (line.object, line.how) == (f"practitioner:{archive.roux}", "command")


def test_half_of_what_somebody_said_is_left_nowhere_when_it_could_not_be_written_out(
    operator: Operator, archive: Archive, tmp_path: Path
) -> None:
    archive.calls("rale crepitant")
    to = tmp_path / "roux.zip"
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limit[1]))  # a disk that is full
    try:
        assert "File too large" in operator.is_refused("practitioner", "export", ROUX_RPPS, "--to", str(to))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert not to.exists()


def test_a_doctor_is_forgotten_once_it_is_confirmed(operator: Operator, archive: Archive) -> None:
    archive.calls("rale crepitant")
    operator.is_refused("practitioner", "erase", ROUX, answers="n\n")
    assert archive.files() == 1
    assert "recordings: 1 destroyed\n" in operator("practitioner", "erase", ROUX, answers="y\n")
    assert archive.files() == 0
    assert "nobody is known" in operator.is_refused("practitioner", "erase", ROUX, "--yes")


def test_one_of_the_house_has_what_is_kept_and_must_leave_before_he_is_forgotten(
    operator: Operator, archive: Archive, tmp_path: Path
) -> None:
    to = tmp_path / "amelie.zip"
    operator("person", "export", "0639980001", "--to", str(to))
    with zipfile.ZipFile(to) as written:
        assert json.loads(written.read("dossier.json"))["entry"][0]["name"] == "Amélie"
    assert "he has not left" in operator.is_refused("person", "erase", "0639980001", "--yes")
