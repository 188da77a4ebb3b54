"""All mailboxes of the demo, kept as files beside its database: a second run shows what the first one brought."""

import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from config.demo.hospitals import ZONE
from config.demo.letters.letter import Letter, delivered, newest_first


class Boxes:
    """Letters by number. Safe from any thread; `wait` returns when there is one more."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._letters = {letter.id: letter for letter in map(_read, folder.glob("*.eml"))}
        self._news = threading.Condition()

    def put(self, raw: bytes, box: str, at: datetime, *, own: bool = False) -> Letter:
        """Lay a letter into somebody's mailbox; `own`: he sent it himself."""
        with self._news:
            letter = Letter(max(self._letters, default=0) + 1, at, own, delivered(raw, box.lower()))
            _write(self._folder, letter)
            self._letters[letter.id] = letter
            self._news.notify_all()
            return letter

    def find(self, number: int) -> Letter | None:
        """That letter."""
        with self._news:
            return self._letters.get(number)

    def newest(self) -> list[Letter]:
        """All letters, the newest first."""
        with self._news:
            return newest_first(self._letters.values())

    @property
    def count(self) -> int:
        with self._news:
            return len(self._letters)

    def wait(self, seen: int, seconds: float) -> None:
        """Until there are more than `seen`, or for so long."""
        with self._news:
            self._news.wait_for(lambda: len(self._letters) != seen, seconds)


def addresses(letters: Iterable[Letter]) -> list[str]:
    """Whose mailboxes these letters lie in, each once."""
    return list(dict.fromkeys(letter.box for letter in letters))


def _write(folder: Path, letter: Letter) -> None:
    """The file's name says what its bytes do not: its number, when it came, and whether it was sent."""
    name = f"{letter.id:06}-{letter.at.timestamp():.0f}-{'out' if letter.own else 'in'}.eml"
    aside = folder / f"{name}.new"
    aside.write_bytes(letter.raw)
    aside.rename(folder / name)


def _read(path: Path) -> Letter:
    number, at, way = path.stem.split("-")
    return Letter(int(number), datetime.fromtimestamp(int(at), ZONE), way == "out", path.read_bytes())
