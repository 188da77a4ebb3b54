"""A copy is whole or not there; put back, the register is as it was, and nobody reads it without the keys."""

import base64
import itertools
import json
import os
import resource
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import Engine, text

from config.copies import manifest, putting_back, tools
from config.database import job_engine
from tests.callbacks.sending import a_request, message, put

Command = Callable[..., Result]
KEY = base64.b64encode(b"k" * 32).decode()
LINE = {
    "PUBLIC_URL": "https://rappel24.hopital.example",
    "SECRET_KEY": "very-secret-very-secret-very-secret",
    "ENCRYPTION_KEYS": KEY,
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
    "TWILIO_AUTH_TOKEN": "a carrier's token",
    "LINE_NUMBER": "+33199001234",
    "SWITCHBOARD_NUMBER": "+33199001200",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With two sounds; one is being written."""
    shelf = tmp_path / "home" / "recordings"
    for name, sound in {"ab/ab1.wav.sealed": b"bonjour", "pictures/2026-11-23/p.sealed": b"photo"}.items():
        (shelf / name).parent.mkdir(parents=True)
        (shelf / name).write_bytes(sound)
    (shelf / "ab/ab2.wav.sealed.77.new").write_bytes(b"bon")
    return tmp_path / "home"


@pytest.fixture
def register(database: Engine) -> Engine:
    """A request, a message to send, and a recording of which the file lies there."""
    a_request(database)
    put(database, message("waiting"), message("sent"))
    with database.begin() as conn:
        conn.execute(text("update outbox set state = 'sent', provider_sid = 'SM1' where key = 'sent'"))
        conn.execute(text("insert into recordings (sid, state, file) values ('RE1', 'stored', 'ab/ab1.wav.sealed')"))
    return database


def contents(url: str) -> dict[str, Any]:
    """Every row of every table, but for what a restore writes."""
    engine = job_engine(url)
    with engine.connect() as conn:
        tables = conn.execute(
            text("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'")
        )
        names = sorted(set(tables.scalars()) - {"backups"})
        rows = {name: conn.execute(text(f'select * from "{name}" order by 1')).all() for name in names}
    engine.dispose()
    return rows


def test_what_was_copied_is_there_again(
    register: Engine, database_url: str, empty_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    taken = rappel24(database_url, home, "backup", tmp_path / "copy")
    assert taken.exit_code == 0, taken.output
    assert "and 2 files as of" in taken.stdout
    before = contents(database_url)
    back = rappel24(empty_url, tmp_path / "new home", "restore", tmp_path / "copy")
    assert back.exit_code == 0, back.output
    assert "the carrier will be asked about 1 messages" in back.stdout
    after = contents(empty_url)
    assert {name: rows for name, rows in after.items() if name != "outbox"} == {
        name: rows for name, rows in before.items() if name != "outbox"
    }
    shelf = tmp_path / "new home" / "recordings"
    assert (shelf / "ab/ab1.wav.sealed").read_bytes() == b"bonjour"
    assert (shelf / "pictures/2026-11-23/p.sealed").read_bytes() == b"photo"
    assert stat.S_IMODE((shelf / "ab/ab1.wav.sealed").stat().st_mode) == 0o600
    assert [path.name for path in shelf.rglob("*") if path.suffix == ".new"] == []


def test_nobody_but_its_owner_reads_any_file_of_a_copy_wherever_it_is_moved(
    register: Engine, database_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    assert rappel24(database_url, home, "backup", tmp_path / "copy").exit_code == 0
    files = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"database.dump", "manifest.json", "ab1.wav.sealed"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_new_rows_follow_on_those_that_came_back(
    register: Engine, database_url: str, empty_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    rappel24(database_url, home, "backup", tmp_path / "copy")
    rappel24(empty_url, tmp_path / "new home", "restore", tmp_path / "copy")
    engine = job_engine(empty_url)
    with engine.begin() as conn:
        most = conn.execute(text("select max(id) from outbox")).scalar_one()
        new = conn.execute(text("insert into outbox (key, purpose, channel, recipient, due_at, created_at)"
                                " values ('new', 'x', 'sms', 'x', app_now(), app_now()) returning id"))  # fmt: skip
        assert new.scalar_one() > most
    engine.dispose()


def test_what_waited_is_in_doubt_from_the_moment_that_the_copy_shows(
    register: Engine, database_url: str, empty_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    with register.begin() as conn:
        put_later = (
            "update outbox set lease_by = 'one', lease_real = real_now(), state = 'sending' where key = 'waiting'"
        )
        conn.execute(text(put_later))
    rappel24(database_url, home, "backup", tmp_path / "copy")
    rappel24(empty_url, tmp_path / "new home", "restore", tmp_path / "copy")
    engine = job_engine(empty_url)
    with engine.connect() as conn:
        rows = {row.key: row for row in conn.execute(text("select * from outbox"))}
        noted = conn.execute(text("select * from backups where kind = 'restored'")).one()
    engine.dispose()
    waiting, sent = rows["waiting"], rows["sent"]
    snapshot = manifest.read(tmp_path / "copy").snapshot_real
    assert (waiting.state, waiting.ambiguous, waiting.attempts) == ("waiting", True, 1)
    assert (waiting.attempted_real, waiting.lease_by) == (snapshot, None)
    assert (sent.state, sent.ambiguous) == ("sent", False)
    assert (noted.snapshot_real, noted.doubt_until_real) == (snapshot, None)


def test_an_age_is_known_of_the_last_copy(
    register: Engine, database_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    rappel24(database_url, home, "backup", tmp_path / "copy")
    with register.connect() as conn:
        (row,) = conn.execute(text("select kind, snapshot_real, detail from backups"))
    assert (row.kind, row.detail["files"]) == ("taken", 2)
    assert abs((datetime.now(UTC) - row.snapshot_real).total_seconds()) < 60


def test_keys_are_in_no_copy_and_apart_for_their_owner_alone(
    register: Engine, database_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    keys = tmp_path / "keys.env"
    done = rappel24(database_url, home, "backup", tmp_path / "copy", "--keys", keys, **LINE)
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert keys.read_text() == f"ENCRYPTION_KEYS={KEY}\nSECRET_KEY={LINE['SECRET_KEY']}\n"
    for path in (path for path in (tmp_path / "copy").rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert not [secret for secret in (KEY, LINE["SECRET_KEY"], "k" * 32) if secret.encode() in content]
    again = rappel24(database_url, home, "backup", tmp_path / "another", "--keys", keys, **LINE)
    assert (again.exit_code, (tmp_path / "another").exists()) == (1, False)
    inside = rappel24(database_url, home, "backup", tmp_path / "other", "--keys", tmp_path / "other" / "keys", **LINE)
    assert "keep the keys elsewhere" in inside.stderr


def test_who_lacks_the_key_is_told_so(
    register: Engine, database_url: str, empty_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    rappel24(database_url, home, "backup", tmp_path / "copy", **LINE)
    other = base64.b64encode(b"o" * 32).decode()
    back = rappel24(empty_url, tmp_path / "new home", "restore", tmp_path / "copy", **LINE | {"ENCRYPTION_KEYS": other})
    assert back.exit_code == 0
    assert f"ENCRYPTION_KEYS lacks {manifest.read(tmp_path / 'copy').keys[0]}" in back.stderr


def test_a_sound_that_the_register_names_and_nobody_finds_is_told(
    register: Engine, database_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    (home / "recordings/ab/ab1.wav.sealed").unlink()
    done = rappel24(database_url, home, "backup", tmp_path / "copy")
    assert done.exit_code == 0
    assert "missing: ab/ab1.wav.sealed" in done.stderr


def test_a_copy_taken_while_sounds_come_and_go_is_one_moments(
    register: Engine, database_url: str, empty_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    """Each sound is written, then named; each that is purged is named no more, then gone: as the house does."""
    shelf, over = home / "recordings", threading.Event()

    def house() -> None:
        for number in itertools.count():
            if over.is_set():
                return
            name = f"cd/{number:06}.wav.sealed"
            (shelf / "cd").mkdir(exist_ok=True)
            (shelf / name).write_bytes(os.urandom(2000))
            with register.begin() as conn:
                new = text("insert into recordings (sid, state, file) values (:sid, 'stored', :file)")
                conn.execute(new, {"sid": f"RE{number:06}", "file": name})
            if number >= 20:
                old = f"cd/{number - 20:06}.wav.sealed"
                with register.begin() as conn:
                    gone = text("update recordings set state = 'purged', file = null where file = :file")
                    conn.execute(gone, {"file": old})
                (shelf / old).unlink()

    at_work = threading.Thread(target=house)
    at_work.start()
    try:
        while sum(1 for _ in shelf.rglob("*.sealed")) < 20:
            time.sleep(0.01)
        taken = rappel24(database_url, home, "backup", tmp_path / "copy")
    finally:
        over.set()
        at_work.join()
    assert (taken.exit_code, taken.stderr) == (0, "")
    copy = manifest.read(tmp_path / "copy")
    assert rappel24(empty_url, tmp_path / "new home", "restore", tmp_path / "copy").exit_code == 0
    states = {row.file: row for row in contents(empty_url)["recordings"] if row.file}
    lying = {each.path.removeprefix("recordings/") for each in copy.files}
    purged = {row.file for row in states.values()} - lying
    assert len(states) - len(purged) > 0
    # What the one moment names and the copy lacks was purged since: the register of now names it no more.
    assert not purged & {row.file for row in contents(database_url)["recordings"]}


# What is refused --------------------------------------------------------------------------------------------------


def test_a_copy_goes_into_a_folder_of_its_own(
    register: Engine, database_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    (tmp_path / "copy").mkdir()
    assert rappel24(database_url, home, "backup", tmp_path / "copy").exit_code == 0
    refused = rappel24(database_url, home, "backup", tmp_path / "copy")
    assert refused.exit_code == 1
    assert "is not empty" in refused.stderr


def test_two_copies_at_once_are_one(
    register: Engine, database_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    with register.begin() as other:
        other.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": 0x636F7079})
        refused = rappel24(database_url, home, "backup", tmp_path / "copy")
    assert "another copy is being taken" in refused.stderr
    assert not (tmp_path / "copy").exists()


@contextmanager
def little_room(size: int) -> Iterator[None]:
    """No file of this process, nor of those that it starts, grows beyond so many bytes."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


@pytest.mark.parametrize("size", [2_000_000, 20_000], ids=["for the sounds", "for the database"])
def test_room_that_ends_in_the_middle_leaves_no_copy(
    size: int, register: Engine, database_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    (home / "recordings/ab/long.wav.sealed").write_bytes(os.urandom(4_000_000))
    with little_room(size):
        done = rappel24(database_url, home, "backup", tmp_path / "copy")
    assert done.exit_code == 1
    assert "File too large" in done.stderr or "pg_dump failed" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert rappel24(database_url, home, "backup", tmp_path / "copy").exit_code == 0


def test_what_one_who_was_killed_left_is_no_copy_and_in_nobodys_way(
    register: Engine, database_url: str, empty_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    (tmp_path / "copy.unfinished" / "recordings").mkdir(parents=True)
    refused = rappel24(empty_url, tmp_path / "new home", "restore", tmp_path / "copy.unfinished")
    assert "is no copy, or one that was never finished" in refused.stderr
    assert rappel24(database_url, home, "backup", tmp_path / "copy").exit_code == 0
    assert not (tmp_path / "copy.unfinished").exists()


def test_a_copy_that_was_changed_is_not_put_back(
    register: Engine, database_url: str, empty_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    rappel24(database_url, home, "backup", tmp_path / "copy")
    for spoilt in ("database.dump", "recordings/ab/ab1.wav.sealed"):
        file = tmp_path / "copy" / spoilt
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        refused = rappel24(empty_url, tmp_path / "new home", "restore", tmp_path / "copy")
        assert refused.exit_code == 1
        assert f"{spoilt} was changed" in refused.stderr
        file.write_bytes(content)
    assert contents(empty_url) == {}
    assert not (tmp_path / "new home" / "recordings").exists()


def test_nothing_is_put_over_what_is_there(
    register: Engine, database_url: str, empty_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    rappel24(database_url, home, "backup", tmp_path / "copy")
    refused = rappel24(database_url, tmp_path / "new home", "restore", tmp_path / "copy")
    assert "the database is not empty" in refused.stderr
    stranger = tmp_path / "new home" / "recordings" / "ab" / "ab9.wav.sealed"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"of another line")
    refused = rappel24(empty_url, tmp_path / "new home", "restore", tmp_path / "copy")
    assert "holds what is not of this copy" in refused.stderr
    assert contents(empty_url) == {}


def test_one_that_was_killed_is_run_again(
    register: Engine, database_url: str, empty_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    rappel24(database_url, home, "backup", tmp_path / "copy")
    half = tmp_path / "new home" / "recordings" / "ab" / "ab1.wav.sealed"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"bonjour")
    assert rappel24(empty_url, tmp_path / "new home", "restore", tmp_path / "copy").exit_code == 0


def test_a_database_that_cannot_be_filled_stays_empty(
    register: Engine, database_url: str, empty_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    rappel24(database_url, home, "backup", tmp_path / "copy")
    said = json.loads((tmp_path / "copy/manifest.json").read_text())
    said["rows"]["requests"] += 1  # one was lost on the way
    (tmp_path / "copy/manifest.json").write_text(json.dumps(said))
    refused = rappel24(empty_url, tmp_path / "new home", "restore", tmp_path / "copy")
    assert refused.exit_code == 1
    assert "requests has not the rows it had" in refused.stderr
    assert contents(empty_url) == {}


NONE_OF_OURS: list[tuple[dict[str, Any], str]] = [
    ({"revision": "9999"}, "is newer than this one"),
    ({"format": 2}, "was taken by another release"),
    ({"files": []}, "names no database"),
    ({"files": [{"path": "recordings/../../.ssh/id", "size": 1, "sha256": ""}]}, "cannot be read: ValueError"),
    ({"files": [{"path": "/etc/passwd", "size": 1, "sha256": ""}]}, "cannot be read: ValueError"),
    ({"rows": {'calls"; drop table calls; --': 1}}, "cannot be read: ValueError"),
    ({"revision": "0005'); drop table calls; --"}, "cannot be read: ValueError"),
    ({"rows": None}, "cannot be read: AttributeError"),
]


def test_a_copy_that_is_none_of_ours_is_refused(
    register: Engine, database_url: str, empty_url: str, home: Path, tmp_path: Path, rappel24: Command
) -> None:
    rappel24(database_url, home, "backup", tmp_path / "copy")
    said = json.loads((tmp_path / "copy/manifest.json").read_text())
    for change, told in NONE_OF_OURS:
        (tmp_path / "copy/manifest.json").write_text(json.dumps(said | change))
        refused = rappel24(empty_url, tmp_path / "new home", "restore", tmp_path / "copy")
        assert refused.exit_code == 1
        assert told in refused.stderr
    assert contents(empty_url) == {}


def test_a_reader_of_the_copy_that_is_killed_without_a_word_is_no_success(database_url: str, tmp_path: Path) -> None:
    programs = {"pg_restore": "kill -9 $$", "psql": "cat > /dev/null"}
    for name, does in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o700)
    copy = manifest.Manifest("0", "0005", 17, datetime.now(UTC), (), {}, ())
    with pytest.raises(manifest.BadCopy, match="is empty"):
        putting_back._database(tools.Tools(tmp_path, 17), database_url, tmp_path / manifest.DATABASE, copy)
