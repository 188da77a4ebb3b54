"""The folder of sealed recordings: a file is there whole or not at all, and only we can hear it."""

import os
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from config.crypto import Box


@dataclass(frozen=True)
class Shelf:
    """Where recordings are kept. Workers on several machines share the folder."""

    folder: Path
    box: Box

    def put(self, recording_id: UUID, sound: bytes) -> str:
        """Store it, on the disk when this returns; its name below the folder. Raises OSError."""
        name = f"{recording_id.hex[:2]}/{recording_id.hex}.wav.sealed"
        path, aside = self.folder / name, self.folder / f"{name}.{os.getpid()}.new"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            _write(aside, self.box.seal(sound, _context(recording_id)))
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        _settle(path.parent)
        return name

    def get(self, recording_id: UUID, name: str) -> bytes:
        """The wav. Raises OSError, config.crypto.Unreadable."""
        return self.box.open((self.folder / name).read_bytes(), _context(recording_id))


def _context(recording_id: UUID) -> bytes:
    return b"recordings:" + recording_id.bytes


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """The renamed name itself reaches the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
