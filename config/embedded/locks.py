"""Locks between processes. The kernel lets go of them when their holder ends, also by kill -9."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from config.embedded.errors import BadServers


class Lock:
    """One lock file, opened; held shared or exclusively or not at all."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise BadServers(
                f"{path} cannot be opened ({error.strerror}): use the account that owns {path.parent}, "
                "or another RAPPEL24_HOME."
            ) from error

    def try_exclusive(self) -> bool:
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        return self._try(fcntl.LOCK_SH)

    def exclusive(self) -> None:
        """Wait for it."""
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def exclusive_or_shared(self) -> bool:
        """Take it exclusively (True) or, when others hold it, beside them (False); wait while one holds it alone."""
        while True:
            if self.try_exclusive():
                return True
            if self.try_shared():
                return False
            time.sleep(0.02)

    def shared_by_others(self) -> bool:
        """Whether others hold it side by side; ours is let go."""
        others = not self.try_exclusive() and self.try_shared()
        self.release()
        return others

    def shared(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def release(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        os.close(self._file)
