"""Takes a copy while the line runs: the database as it was at one moment, and every sound and picture it names.

The copy is made aside and renamed when it is whole and on the disk. Keys are never in it.
"""

import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from config import orphans
from config.copies import manifest, tools
from config.copies.manifest import DATABASE, FILES, BadCopy, Kept, Manifest
from config.copies.tools import Tools
from config.migrations import COPYING

_BEING_WRITTEN = ".new"  # what a shelf has not finished
LAST_LINES = 5


@dataclass(frozen=True)
class Snapshot:
    """The database at one moment, for as long as its connection is open."""

    name: str
    real: datetime
    revision: str
    server: int
    rows: Mapping[str, int]
    named: Sequence[str]  # files that the register names, below the folder of recordings


def take(engine: Engine, url: str, recordings: Path, folder: Path, keys: Sequence[str] = ()) -> Manifest:
    """A copy in `folder`, which is not there yet or empty. Raises BadCopy; then there is none."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadCopy(f"{folder} is not empty: a copy is taken into a folder of its own")
    try:
        with _snapshot(engine) as snapshot, _aside(folder) as aside:
            _dump(tools.tools_for(snapshot.server), url, snapshot.name, aside / DATABASE)
            kept, missing = _files(engine, recordings, snapshot.named, aside)
            taken = Manifest(
                release=version("rappel24"),
                revision=snapshot.revision,
                server=snapshot.server,
                snapshot_real=snapshot.real,
                keys=tuple(keys),
                rows=snapshot.rows,
                files=(manifest.measure(aside, DATABASE), *kept),
                missing=tuple(missing),
            )
            manifest.write(aside, taken)
        with engine.begin() as connection:
            _note(connection, taken)
    except OSError as fault:
        room = ": the disk is full" if fault.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        raise BadCopy(f"{folder} cannot be written ({fault.strerror}){room}; nothing was left there") from None
    except SQLAlchemyError as fault:
        raise BadCopy(f"PostgreSQL went away ({type(fault).__name__}); nothing was left in {folder}") from None
    return taken


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """Where it is made; renamed at the end, gone when that is not reached, as is what one who was killed left."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    try:
        yield aside
        for each in (aside, *(path for path in aside.rglob("*") if path.is_dir())):
            manifest.settle(each)
        aside.replace(folder)  # an empty one makes room
        manifest.settle(folder.parent)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Snapshot]:
    """Whoever is given its name sees the same rows as we do, whatever is written meanwhile."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        for setting in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"):
            connection.execute(text(f"set local {setting} = 0"))
        if not connection.execute(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": COPYING}).scalar_one():
            raise BadCopy("another copy is being taken, or the database is being migrated: wait for it")
        name, real = connection.execute(text("select pg_export_snapshot(), real_now()")).one()
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is None or not connection.execute(text("select to_regclass('backups') is not null")).scalar_one():
            raise BadCopy("the database is empty, or of a release that knew no copies: rappel24 migrate")
        yield Snapshot(name, real, revision, tools.server_major(connection), _rows(connection), _named(connection))


def _rows(connection: Connection) -> dict[str, int]:
    tables = text(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1"
    )
    names = connection.execute(tables).scalars().all()
    return {name: connection.execute(text(f'select count(*) from "{name}"')).scalar_one() for name in names}


_NAMED = text(
    """
    select file from recordings where file is not null
    union select file from attachments where file is not null order by 1"""
)


def _named(connection: Connection) -> Sequence[str]:
    return connection.execute(_NAMED).scalars().all()


def _dump(with_: Tools, url: str, snapshot: str, file: Path) -> None:
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # pg_dump would let others read it
    # Neither owners nor rights: it is put back by whoever owns the new place.
    options = ("--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--no-password")
    done = subprocess.run(
        [with_.path("pg_dump"), *options, f"--snapshot={snapshot}", f"--file={file}"],
        env=dict(tools.environment(url)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        preexec_fn=orphans.tie(os.getpid(), signal.SIGKILL),
    )
    if done.returncode:
        if "No space left" in done.stderr:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise BadCopy("\n".join(["pg_dump failed:", *done.stderr.strip().splitlines()[-LAST_LINES:]]))
    with file.open("rb") as written:
        os.fsync(written.fileno())


def _files(engine: Engine, recordings: Path, named: Sequence[str], aside: Path) -> tuple[list[Kept], list[str]]:
    """Every sound and picture that lies there, the unnamed too: who fetched one a moment ago has not said so yet.

    What the register names and is gone was taken away meanwhile, or is missing: the register of now tells which.
    """
    kept, gone = [], []
    for name in sorted({*named, *_lying(recordings)}):
        try:
            kept.append(manifest.copied(recordings / name, aside, f"{FILES}/{name}"))
        except FileNotFoundError:
            gone.append(name)
    if not gone:
        return kept, []
    with engine.connect() as connection:
        still = set(_named(connection))
    return kept, [name for name in gone if name in still]


def _lying(recordings: Path) -> Iterator[str]:
    for path in recordings.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.suffix != _BEING_WRITTEN:
            yield path.relative_to(recordings).as_posix()


def _note(connection: Connection, taken: Manifest) -> None:
    note = text(
        "insert into backups (kind, snapshot_real, detail) values ('taken', :real,"
        " jsonb_build_object('files', cast(:files as int), 'rows', cast(:rows as bigint)))"
    )
    connection.execute(note, {"real": taken.snapshot_real, "files": taken.sounds, "rows": sum(taken.rows.values())})
