"""What an operator sees who changes a key."""

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from config import sealed_numbers
from config.cli import main
from config.crypto import key_id
from tests.callbacks.keys.conftest import LOST, NEW, OLD, PLACES, Kept
from tests.callbacks.promised import GP, Story
from tests.config.test_admin import HOUSE


@pytest.fixture
def kept(database: Engine, tmp_path: Path) -> Kept:
    return Kept(Story(database), tmp_path / "recordings")


class Operator:
    """Types a command in a house that was given these keys."""

    def __init__(self, database_url: str, redis_url: str, home: Path) -> None:
        self._env = HOUSE | {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "RAPPEL24_HOME": str(home)}

    def __call__(self, what: str, *keys: bytes) -> Result:
        given = ",".join(base64.b64encode(key).decode() for key in keys)
        return CliRunner().invoke(main, ["keys", what], env=self._env | {"ENCRYPTION_KEYS": given})

    def exports(self, *keys: bytes) -> Result:
        """All requests."""
        given = ",".join(base64.b64encode(key).decode() for key in keys)
        return CliRunner().invoke(main, ["export", "requests"], env=self._env | {"ENCRYPTION_KEYS": given})


@pytest.fixture
def operator(
    database_url: str, redis_url: str, kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Operator:
    monkeypatch.chdir(tmp_path)
    return Operator(database_url, redis_url, tmp_path)


def test_an_old_key_can_go_once_everything_was_sealed_anew(operator: Operator, kept: Kept) -> None:
    kept.everything(OLD)
    before = operator("status", NEW, OLD)
    assert before.exit_code == 0
    assert f"{key_id(NEW).hex()}  seals: nothing\n" in before.stdout
    assert "it can go" not in before.stdout
    done = operator("rotate", NEW, OLD)
    assert done.exit_code == 0, done.output
    assert "parts.body: 1 brought in order in all\n" in done.stderr
    assert f"{key_id(OLD).hex()}  opens (number 2 of ENCRYPTION_KEYS): nothing; it can go\n" in done.stdout
    assert kept.readable(NEW) == len(PLACES)
    assert operator("status", NEW).exit_code == 0


def test_what_no_key_opens_is_told_by_its_place_and_makes_both_commands_fail(operator: Operator, kept: Kept) -> None:
    lost = kept.recording(LOST)
    done = operator("rotate", NEW, OLD)
    assert done.exit_code == 1
    assert f"no key opens these, and they stay as they are:\n  recordings.file {lost}\n" in done.stderr
    missed = f"{key_id(LOST).hex()}  not in ENCRYPTION_KEYS, nobody can read what it sealed: recordings.file 1\n"
    assert missed in done.stdout
    status = operator("status", NEW, OLD)
    assert status.exit_code == 1
    assert missed in status.stdout


def test_a_shelf_that_cannot_be_read_is_told_with_what_to_do(operator: Operator, kept: Kept) -> None:
    recording_id = kept.recording(OLD)
    file = kept.folder / recording_id.hex[:2] / f"{recording_id.hex}.wav.sealed"
    file.unlink()
    file.mkdir()
    done = operator("rotate", NEW, OLD)
    assert done.exit_code == 1
    assert "run this again, it goes on" in done.stderr
    assert "Traceback" not in done.output


def test_no_key_and_no_word_is_printed(operator: Operator, kept: Kept) -> None:
    kept.everything(OLD)
    said = operator("rotate", NEW, OLD).output
    for key in (NEW, OLD):
        assert base64.b64encode(key).decode() not in said
        assert key.decode() not in said
    assert "Vertiges" not in said


def test_an_export_has_the_numbers_in_clear_and_says_so_when_it_cannot(operator: Operator, kept: Kept) -> None:
    with sealed_numbers.configured([OLD], sealing=True):
        kept.story.files()
    done = operator.exports(NEW, OLD)
    assert (json.loads(done.stdout)[0]["caller"], done.stderr) == (GP, "")
    blind = operator.exports(NEW)
    assert GP not in blind.stdout
    assert "ENCRYPTION_KEYS" in blind.stderr


def test_switched_off_again_the_numbers_are_given_back(operator: Operator, kept: Kept) -> None:
    with sealed_numbers.configured([OLD], sealing=True):
        kept.story.files(message=False)
    done = operator("rotate", OLD)
    assert done.exit_code == 0, done.output
    assert "requests.caller: 1 brought in order in all\n" in done.stderr
    assert "in clear: " in done.stdout
