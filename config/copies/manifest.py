"""What a copy says of itself. It is written last: a folder without it is no copy, whatever lies in it."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

NAME = "manifest.json"
DATABASE = "database.dump"
FILES = "recordings"
FORMAT = 1
_CHUNK = 1024 * 1024


class BadCopy(Exception):
    """A copy could not be taken, or this is none that can be put back; the text says why and what to do."""


@dataclass(frozen=True)
class Kept:
    """A file of the copy, below its folder."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """`snapshot_real`: the one moment that all of it shows; `keys`: names of those that messages are sealed with."""

    release: str
    revision: str
    server: int  # major version of the PostgreSQL it came from
    snapshot_real: datetime
    keys: tuple[str, ...]
    rows: Mapping[str, int]  # how many, by table
    files: tuple[Kept, ...]
    missing: tuple[str, ...] = ()  # the register names them, and they were not there

    @property
    def sounds(self) -> int:
        """How many recordings and pictures."""
        return sum(each.path.startswith(f"{FILES}/") for each in self.files)


def write(folder: Path, manifest: Manifest) -> None:
    """On the disk when this returns. Raises OSError."""
    said = {"format": FORMAT, **asdict(manifest), "snapshot_real": manifest.snapshot_real.isoformat()}
    with open(os.open(folder / NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(said, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> Manifest:
    """What stands there. Raises BadCopy."""
    try:
        said = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if said.pop("format") != FORMAT:
            raise BadCopy(f"{folder} was taken by another release: put it back with that one")
        files = tuple(_inside(Kept(**each)) for each in said.pop("files"))
        if not any(each.path == DATABASE for each in files):
            raise BadCopy(f"{folder / NAME} names no database")
        snapshot = datetime.fromisoformat(said.pop("snapshot_real"))
        keys, missing = (tuple(said.pop(name)) for name in ("keys", "missing"))
        rows = {_name(table): int(rows) for table, rows in said.pop("rows").items()}
        release, revision = _name(said.pop("release")), _name(said.pop("revision"))
        return Manifest(release, revision, int(said.pop("server")), snapshot, keys, rows, files, missing)
    except FileNotFoundError:
        raise BadCopy(f"{folder} is no copy, or one that was never finished: it has no {NAME}") from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as fault:
        raise BadCopy(f"{folder / NAME} cannot be read: {type(fault).__name__}") from None


def _name(text: str) -> str:
    """What becomes part of a statement: it may have been written by anybody. Raises ValueError."""
    if not _NAMED.fullmatch(text):
        raise ValueError("not a name")
    return text


_NAMED = re.compile(r"[A-Za-z0-9._+-]+")


def _inside(kept: Kept) -> Kept:
    """Nothing outside its folder. Raises ValueError."""
    path = PurePosixPath(kept.path)
    if path.is_absolute() or ".." in path.parts or path.parts[0] not in (DATABASE, FILES):
        raise ValueError("a path that leads out of the copy")
    return kept


def faults(folder: Path, manifest: Manifest) -> Iterator[str]:
    """What is not as it was when the copy was taken: each file is read."""
    for kept in manifest.files:
        try:
            found = measure(folder, kept.path)
        except OSError as fault:
            yield f"{kept.path}: {fault.strerror}"
            continue
        if found != kept:
            yield f"{kept.path} was changed"


def measure(folder: Path, path: str) -> Kept:
    """A file as it is now. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with (folder / path).open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Kept(path, size, digest.hexdigest())


def copied(source: Path, folder: Path, path: str) -> Kept:
    """Copy a file to `path` below `folder`, whole and on the disk or not at all; what was copied. Raises OSError."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = target.with_name(f"{target.name}.{os.getpid()}.new")
    digest, size = hashlib.sha256(), 0
    try:
        with (
            source.open("rb") as given,
            open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        ):
            while chunk := given.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
                size += len(chunk)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(target)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return Kept(path, size, digest.hexdigest())


def settle(folder: Path) -> None:
    """Names in a folder reach the disk. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
