"""The folder of what GPs said and sent, sealed: a file is there whole or not at all, and only we can open it.

Recordings lie by their id; pictures by the day they came, so that what a broken-off intake left is soon found.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from config.crypto import HEAD_BYTES, Box

PICTURES = "pictures"
_SEALED = ".sealed"
_ASIDE = ".new"  # while it is being written


@dataclass(frozen=True)
class Shelf:
    """Where they are kept. Web and workers on several machines share the folder."""

    folder: Path
    box: Box

    def put(self, recording_id: UUID, sound: bytes) -> str:
        """Store it, on the disk when this returns; its name below the folder. Raises OSError."""
        name = f"{recording_id.hex[:2]}/{recording_id.hex}.wav{_SEALED}"
        return self._put(name, self.box.seal(sound, _context(recording_id)))

    def get(self, recording_id: UUID, name: str) -> bytes:
        """The wav. Raises OSError, config.crypto.Unreadable."""
        return self.box.open((self.folder / name).read_bytes(), _context(recording_id))

    def put_picture(self, picture_id: UUID, content: bytes, day: date) -> str:
        """Store a picture or a document that came on `day`; its name below the folder. Raises OSError."""
        name = f"{PICTURES}/{day.isoformat()}/{picture_id.hex}{_SEALED}"
        return self._put(name, self.box.seal(content, _picture(picture_id)))

    def get_picture(self, picture_id: UUID, name: str) -> bytes:
        """What was sent. Raises OSError, config.crypto.Unreadable."""
        return self.box.open((self.folder / name).read_bytes(), _picture(picture_id))

    def head(self, name: str) -> bytes:
        """How a file begins: enough to see which key sealed it. Raises OSError."""
        with (self.folder / name).open("rb") as file:
            return file.read(HEAD_BYTES)

    def reseal(self, recording_id: UUID, name: str) -> None:
        """Seal a recording anew with the newest key; it is there whole at every moment. Raises OSError, Unreadable."""
        self._put(name, self.box.seal(self.get(recording_id, name), _context(recording_id)))

    def reseal_picture(self, picture_id: UUID, name: str) -> None:
        """Seal a picture or a document anew. Raises OSError, Unreadable."""
        self._put(name, self.box.seal(self.get_picture(picture_id, name), _picture(picture_id)))

    def sweep(self, before: float) -> None:
        """Drop what somebody who was killed left half written, before this time (seconds since 1970)."""
        for path in self.folder.rglob(f"*{_SEALED}.*{_ASIDE}"):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)

    def pictures_of(self, day: date) -> Iterator[tuple[str, UUID]]:
        """What lies here of `day`: each name, and the id of its picture; also what was never written to its end."""
        folder = self.folder / PICTURES / day.isoformat()
        for path in sorted(folder.glob(f"*{_SEALED}*")):
            yield str(path.relative_to(self.folder)), UUID(path.name.partition(".")[0])

    def drop(self, name: str) -> None:
        """Take it off the shelf for good; well when it was gone already. Raises OSError."""
        (self.folder / name).unlink(missing_ok=True)

    def _put(self, name: str, sealed: bytes) -> str:
        path, aside = self.folder / name, self.folder / f"{name}.{os.getpid()}{_ASIDE}"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            _write(aside, sealed)
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        _settle(path.parent)
        return name


def _context(recording_id: UUID) -> bytes:
    return b"recordings:" + recording_id.bytes


def _picture(picture_id: UUID) -> bytes:
    return b"pictures:" + picture_id.bytes


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
