"""Puts a copy back into an empty place: all of it is looked at first, the database comes last and in one transaction.

Killed at any moment it may be run again: files that lie there already as the copy has them are no strangers.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from config import migrations, orphans
from config.copies import doubt, manifest, tools
from config.copies.manifest import DATABASE, FILES, BadCopy, Manifest
from config.copies.tools import Tools

SHOWN = 10  # faults of a copy
# Written by pg_dump of 17 and later, unknown to a server before: it stands among the first lines, and may be left out.
_TOO_NEW = b"SET transaction_timeout"
_HEAD = 40


@dataclass(frozen=True)
class PutBack:
    """What is there again; `in_doubt`: messages about which the carrier is asked before they are sent."""

    manifest: Manifest
    in_doubt: int


def put_back(engine: Engine, url: str, recordings: Path, folder: Path) -> PutBack:
    """The copy in `folder` becomes this register. Raises BadCopy; then the database is as empty as it was."""
    copy = manifest.read(folder)
    bad = list(manifest.faults(folder, copy))
    if bad:
        more = [f"and {len(bad) - SHOWN} more"] if len(bad) > SHOWN else []
        raise BadCopy("\n".join([f"{folder} is not as it was taken:", *bad[:SHOWN], *more]))
    _known_here(copy)
    server = _empty_database(engine)
    _empty_folder(recordings, copy)
    try:
        _files(folder, recordings, copy)
    except OSError as fault:
        raise BadCopy(f"{recordings} cannot be written ({fault.strerror}); run it again when that is mended") from None
    _database(tools.tools_for(server), url, folder / DATABASE, copy)
    with engine.connect() as connection:
        waiting = text("select count(*) from outbox where state = 'waiting' and ambiguous")
        return PutBack(copy, connection.execute(waiting).scalar_one())


def _known_here(copy: Manifest) -> None:
    known = {each.revision for each in ScriptDirectory.from_config(migrations.settings()).walk_revisions()}
    if copy.revision not in known:
        raise BadCopy(
            f"the copy is of release {copy.release}, which is newer than this one: install that, then put it back"
        )


_RELATIONS = text(
    """
    select count(*) from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'S')
    and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')"""
)


def _empty_database(engine: Engine) -> int:
    """Its server's major version."""
    with engine.connect() as connection:
        if connection.execute(_RELATIONS).scalar_one():
            raise BadCopy("the database is not empty: put the copy back into a new one, or another RAPPEL24_HOME")
        return tools.server_major(connection)


def _empty_folder(recordings: Path, copy: Manifest) -> None:
    ours = {each.path.removeprefix(f"{FILES}/"): each for each in copy.files}
    for path in (path for path in recordings.rglob("*") if path.is_file()):
        name = path.relative_to(recordings).as_posix()
        if name not in ours or manifest.measure(recordings, name).sha256 != ours[name].sha256:
            raise BadCopy(f"{recordings} is not empty, and holds what is not of this copy: move it away")


def _files(folder: Path, recordings: Path, copy: Manifest) -> None:
    folders = set()
    for kept in copy.files:
        if kept.path.startswith(f"{FILES}/"):
            name = kept.path.removeprefix(f"{FILES}/")
            manifest.copied(folder / kept.path, recordings, name)
            folders.add((recordings / name).parent)
    for each in folders:
        manifest.settle(each)


def _database(with_: Tools, url: str, dump: Path, copy: Manifest) -> None:
    """pg_restore says what to do, psql does it, then what follows a restore; nothing counts without the last line."""
    env, tie = dict(tools.environment(url)), orphans.tie(os.getpid(), signal.SIGKILL)
    reading = [with_.path("pg_restore"), "--no-owner", "--no-privileges", "--no-comments", "--file=-", str(dump)]
    doing = [
        with_.path("psql"),
        "--no-psqlrc",
        "--quiet",
        "--no-password",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
    ]
    with (
        subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, preexec_fn=tie) as reader,
        subprocess.Popen(doing, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=env, preexec_fn=tie) as doer,
    ):
        assert reader.stdout is not None
        assert doer.stdin is not None
        try:
            doer.stdin.write(b"begin;\n")
            doer.stdin.writelines(_script(reader.stdout))
            if reader.wait() == 0:
                doer.stdin.write(f"{doubt.statements(copy)}commit;\n".encode())
            doer.stdin.close()
        except BrokenPipeError:
            pass  # psql has met an error, and says so below
        except BaseException:
            reader.kill()
            doer.kill()
            raise
        failed = (_said(reader.stderr) or "pg_restore was stopped") if reader.poll() else ""
        if doer.wait() or failed:
            raise BadCopy(
                "\n".join(["the database could not be put back, and is empty:", failed or _said(doer.stderr)])
            )


def _script(lines: IO[bytes]) -> Iterator[bytes]:
    for number, line in enumerate(lines):
        if number > _HEAD or not line.startswith(_TOO_NEW):
            yield line


def _said(errors: IO[bytes] | None) -> str:
    """The first of it: what came after is what that led to."""
    assert errors is not None
    return errors.readline().decode(errors="replace").strip()
