"""Whom the servers run as: PostgreSQL refuses root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.embedded.errors import BadServers

CANDIDATES = ("rappel24", "postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int

    def options(self) -> dict[str, Any]:
        """What subprocess needs to run something as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "cwd": "/"}

    def become(self) -> None:
        """For ever: the process has no way back."""
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)

    def reaches(self, path: Path, right: str = "-x") -> bool:
        """Whether the kernel lets it through every parent to `path` (asked as that account: modes, ACLs, mounts)."""
        asked = subprocess.run(["/bin/sh", "-c", f'test {right} "$1"', "sh", path], check=False, **self.options())
        return asked.returncode == 0


def account_for(data: Path, candidates: Sequence[str] = CANDIDATES) -> Account | None:
    """None when we are not root; else who owns the data already there, else the first candidate this machine has."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return _owner(data)
    for name in candidates:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise BadServers(
        f"PostgreSQL refuses to run as root, and this machine has no account named {', '.join(candidates)}. "
        "Make one (useradd --system rappel24), or run this command as an ordinary user."
    )


def _owner(data: Path) -> Account:
    entry = data.stat()
    try:
        name = pwd.getpwuid(entry.st_uid).pw_name
    except KeyError:
        name = str(entry.st_uid)
    return Account(name, entry.st_uid, entry.st_gid)
