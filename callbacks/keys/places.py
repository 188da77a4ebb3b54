"""Everywhere that something lies sealed. A test compares this list with the tables and with every call of `seal`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Text, cast, type_coerce

from callbacks import registering, sheet
from callbacks.answers import records
from callbacks.shelf import Shelf
from callbacks.tables import attempts, bridges, calls, outbox, parts, recordings, requests, texts_in
from callbacks.trust_tables import holds
from callbacks.written import pictures
from callbacks.written_tables import answers, attachments, dialogues, written
from config.sealed_types import Sealed, SealedWithin
from scheduling.accounts import proofs
from scheduling.accounts.tables import accounts
from scheduling.partner_tables import registrations


@dataclass(frozen=True)
class Place:
    """A column that something lies sealed in, or that names the file in which it does."""

    column: Column[Any]

    @property
    def key(self) -> Column[Any]:
        """The primary key of its table."""
        return next(iter(self.column.table.primary_key))

    def __str__(self) -> str:
        return f"{self.column.table.name}.{self.column.name}"


@dataclass(frozen=True)
class Rows(Place):
    """Words sealed in a column; `context` says what those of a row are bound to, by its primary key."""

    context: Callable[[Any], bytes]


@dataclass(frozen=True)
class Files(Place):
    """Files of the shelf; the column holds their names, and `reseal` seals one anew by its row's id and its name."""

    reseal: Callable[[Shelf, UUID, str], None]


@dataclass(frozen=True)
class Numbers(Place):
    """Numbers, addresses, words about a request, which lie sealed when SEAL_NUMBERS is on; alone, or within JSON."""

    @property
    def in_json(self) -> bool:
        """Whether they stand in JSON."""
        return isinstance(self.column.type, SealedWithin)

    @property
    def lying(self) -> ColumnElement[str]:
        """The column as it lies, for expressions of SQL."""
        return cast(self.column, Text) if self.in_json else type_coerce(self.column, Text)


def _text_in(sid: str) -> bytes:
    """What the sealed SMS of the first releases are bound to."""
    return f"texts_in:{sid}".encode()


ROWS = (
    Rows(parts.c.body, sheet.context),
    Rows(written.c.body, sheet.context),
    Rows(attachments.c.name, pictures.context),
    Rows(answers.c.body, records.context),
    Rows(accounts.c.totp_sealed, proofs.context),
    Rows(texts_in.c.body, _text_in),
    Rows(registrations.c.said, registering.context),
)
FILES = (
    Files(recordings.c.file, Shelf.reseal),
    Files(attachments.c.file, Shelf.reseal_picture),
)
NUMBERS = tuple(
    Numbers(column)
    for table in (calls, attempts, requests, bridges, outbox, texts_in, dialogues, written, answers, holds)
    for column in table.columns
    if isinstance(column.type, Sealed | SealedWithin)
)
