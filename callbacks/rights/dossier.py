"""A dossier: what is kept about somebody, as data and as files, and how it is written out."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import Connection, Select

from callbacks import recordings
from callbacks.written import pictures
from config.crypto import Unreadable

DATA = "dossier.json"
UNREADABLE = "no key opens it, or it is not on the shelf"
Said = dict[str, Any]


@dataclass
class Dossier:
    """What is kept: data for JSON, and files by their names; each is opened when it is written out."""

    data: Said
    files: dict[str, Callable[[], bytes]] = field(default_factory=dict)

    def write(self, to: IO[bytes]) -> list[str]:
        """As a ZIP archive; the names of files that do not open, of which the archive says so."""
        broken = []
        with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, read in self.files.items():
                try:
                    archive.writestr(name, read())
                except (Unreadable, OSError, recordings.NotInTheHouse, pictures.NotInTheHouse):
                    broken.append(name)
            data = self.data | ({"unreadable": dict.fromkeys(broken, UNREADABLE)} if broken else {})
            archive.writestr(DATA, json.dumps(data, ensure_ascii=False, indent=1, default=_plain))
        return broken


def words(read: Callable[[], str]) -> str:
    """Sealed words; that they do not open, when they do not."""
    try:
        return read()
    except Unreadable:
        return f"({UNREADABLE})"


def rows(conn: Connection, query: Select[Any]) -> list[Said]:
    """What a query finds, by the names of its columns."""
    return [dict(row) for row in conn.execute(query).mappings()]


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
