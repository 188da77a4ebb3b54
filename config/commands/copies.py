"""`rappel24 backup` and `rappel24 restore`: a consistent copy while the line runs, and a new beginning from it."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine

from config import register, serving
from config.assembly import RECORDINGS
from config.commands.shared import Refused, settings_of
from config.copies import putting_back, taking
from config.copies.manifest import BadCopy
from config.crypto import key_id
from config.database import job_engine
from config.servers import BadServers
from config.settings import BadSettings, Settings, Storage, load

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--keys", "keys_file", type=click.Path(path_type=Path), help="Write the keys into this file, apart.")
def backup(folder: Path, keys_file: Path | None) -> None:
    """Copy the register, recordings and pictures into FOLDER while the line runs.

    Keys are not in it: without ENCRYPTION_KEYS nobody reads what GPs said. --keys writes them into a file that only you
    can read, for another place than the copy's.
    """
    folder = folder.absolute()
    if keys_file is not None:
        _write_keys(keys_file.absolute(), folder)
    storage = settings_of(Storage)
    with _register(storage) as (engine, url):
        taken = taking.take(engine, url, storage.home / RECORDINGS, folder, _key_names())
    for name in taken.missing:
        click.echo(f"missing: {name} is named in the register, and is not on the disk", err=True)
    rows = sum(taken.rows.values())
    click.echo(f"{folder}: {rows} rows and {taken.sounds} files as of {taken.snapshot_real:%Y-%m-%d %H:%M:%S} UTC")


@click.command()
@click.argument("folder", type=FOLDER)
def restore(folder: Path) -> None:
    """Put the copy in FOLDER back: into an empty database, and a RAPPEL24_HOME without recordings.

    Then start the line. What may have been sent since the copy was taken is asked for at the carrier before it is sent
    again, and the carrier's lists are compared with the register from that moment on.
    """
    storage = settings_of(Storage)
    with _register(storage) as (engine, url):
        done = putting_back.put_back(engine, url, storage.home / RECORDINGS, folder.absolute())
    lost = set(done.manifest.keys) - set(_key_names())
    if lost:
        click.echo(
            f"ENCRYPTION_KEYS lacks {', '.join(sorted(lost))}: what is sealed with it stays unreadable", err=True
        )
    when = f"{done.manifest.snapshot_real:%Y-%m-%d %H:%M:%S} UTC"
    asked = f"the carrier will be asked about {done.in_doubt} messages once the line is started"
    click.echo(f"put back as of {when}; {asked}")


@contextmanager
def _register(storage: Storage) -> Iterator[tuple[Engine, str]]:
    """As it is: whoever copies it before a new release does not want it migrated, nor does who fills an empty one."""
    try:
        with register.addresses(storage) as where:
            engine = job_engine(where.database)
            try:
                yield engine, where.database
            finally:
                engine.dispose()
    except (BadCopy, BadServers) as fault:
        raise Refused(str(fault)) from None


def _key_names() -> tuple[str, ...]:
    """Which keys seal here; none when the line's settings are not complete."""
    try:
        settings = load(serving.environment(), Settings)
    except BadSettings:
        return ()
    return tuple(key_id(key.get_secret_value()).hex() for key in settings.encryption_keys)


def _write_keys(file: Path, folder: Path) -> None:
    if file.is_relative_to(folder):
        raise Refused(f"{file} would lie in the copy: keep the keys elsewhere")
    settings = settings_of(Settings)
    lines = [f"{name}={value}\n" for name, value in _secrets(settings)]
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as written:
            written.writelines(lines)
            written.flush()
            os.fsync(written.fileno())
    except OSError as fault:
        raise Refused(f"{file} cannot be written: {fault.strerror}") from None


def _secrets(settings: Settings) -> list[tuple[str, str]]:
    """What opens messages, and what signs the links that are out."""
    keys = ",".join(base64.b64encode(key.get_secret_value()).decode() for key in settings.encryption_keys)
    return [("ENCRYPTION_KEYS", keys), ("SECRET_KEY", settings.secret_key.get_secret_value())]
