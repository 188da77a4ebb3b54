"""What a message came with: pictures and documents, kept sealed before the message itself is.

Those of an e-mail came with it and are stored; those of an SMS lie at the carrier and are announced, to be fetched.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, select

from callbacks.shelf import Shelf
from callbacks.written.incoming import Attached
from callbacks.written.sniffing import LETTER, SHOWN, sniff
from callbacks.written_tables import attachments
from config import clock
from config.crypto import Box

LARGEST = 10 * 1024 * 1024  # bytes
AT_MOST = 10  # of one message; of the others is kept that they were there
NOTED_AT_MOST = 50
LONGEST_NAME = 200
TOO_LARGE, TOO_MANY, UNKNOWN_TYPE, EMPTY = "too_large", "too_many", "type", "empty"


class NotInTheHouse(LookupError):
    """There is nothing to see here: not fetched yet, refused, or lost."""


@dataclass(frozen=True)
class Picture:
    """One picture or document. `state`: announced, stored, refused or lost; `reason` is a code; `size` in bytes."""

    id: UUID
    written_id: UUID
    seq: int
    state: str
    name: bytes | None
    media_type: str | None
    size: int | None
    file: str | None
    reason: str | None

    @property
    def is_coming(self) -> bool:
        """Whether it is still at the carrier."""
        return self.state == "announced"

    @property
    def is_here(self) -> bool:
        """Whether it can be looked at."""
        return self.state == "stored"

    @property
    def is_shown(self) -> bool:
        """Whether a browser draws it; else it is saved."""
        return self.is_here and self.media_type in SHOWN


@dataclass(frozen=True)
class Checked:
    """What a file is, or the code of why it is not kept."""

    media_type: str = ""
    refused: str = ""


def keep(conn: Connection, shelf: Shelf, written_id: UUID, attached: Sequence[Attached]) -> list[UUID]:
    """Keep what came with a message that is on file in this transaction; the ids to ring `picture` for after it.

    A file is on the disk before its row: a transaction that ends in nothing leaves files, which `leftovers` finds.
    Raises OSError: then nothing of the message may be acknowledged.
    """
    if not attached:
        return []
    real = clock.read(conn).real
    kept = {uuid4(): (seq, each) for seq, each in enumerate(attached[:NOTED_AT_MOST])}
    rows = {id: _row(shelf, id, seq, each, real) for id, (seq, each) in kept.items()}
    conn.execute(insert(attachments), [row | {"id": id, "written_id": written_id} for id, row in rows.items()])
    return [id for id, row in rows.items() if row["state"] == "announced"]


def check(content: bytes, media_type: str = "") -> Checked:
    """Whether what was sent is kept, and what it is; a letter that no door could read (`media_type`) is kept whole."""
    if not content:
        return Checked(refused=EMPTY)
    if len(content) > LARGEST:
        return Checked(refused=TOO_LARGE)
    found = LETTER if media_type == LETTER else sniff(content)
    return Checked(refused=UNKNOWN_TYPE) if found is None else Checked(found)


def of(conn: Connection, written_ids: Collection[UUID]) -> list[Picture]:
    """What these messages came with, in their order."""
    found = select(*_COLUMNS).where(attachments.c.written_id.in_(written_ids))
    rows = conn.execute(found.order_by(attachments.c.written_id, attachments.c.seq))
    return [Picture(**row._mapping) for row in rows]


def one(conn: Connection, written_id: UUID, seq: int) -> Picture | None:
    """The picture of a message that has this place (from 0)."""
    found = (attachments.c.written_id == written_id) & (attachments.c.seq == seq)
    row = conn.execute(select(*_COLUMNS).where(found)).one_or_none()
    return None if row is None else Picture(**row._mapping)


def content_of(shelf: Shelf, picture: Picture) -> bytes:
    """The file as it was sent. Raises NotInTheHouse; OSError and Unreadable when the shelf is damaged."""
    if picture.file is None:
        raise NotInTheHouse(str(picture.id))
    return shelf.get_picture(picture.id, picture.file)


def name_of(box: Box, picture: Picture) -> str:
    """What its sender called it; "" when he did not. Raises Unreadable."""
    return "" if picture.name is None else box.open(picture.name, context(picture.id)).decode()


def context(picture_id: UUID) -> bytes:
    """What a sealed name is bound to, so that it does not open in another row."""
    return f"attachments:{picture_id}".encode()


_COLUMNS = [attachments.c[name] for name in Picture.__dataclass_fields__]
# Every column of a row: rows of all states go into one statement.
_NOTHING: dict[str, object] = dict.fromkeys(("media_type", "size", "file", "source", "reason", "retry_real"))


def _row(shelf: Shelf, picture_id: UUID, seq: int, one: Attached, real: datetime) -> dict[str, object]:
    called = one.name[:LONGEST_NAME].encode(errors="replace")
    name = shelf.box.seal(called, context(picture_id)) if called else None
    return _NOTHING | {"seq": seq, "name": name} | _state(shelf, picture_id, seq, one, real)


def _state(shelf: Shelf, picture_id: UUID, seq: int, one: Attached, real: datetime) -> dict[str, object]:
    refused = one.refused or (TOO_MANY if seq >= AT_MOST else "")
    if not refused and one.content is None and one.source:
        return {"state": "announced", "source": one.source, "retry_real": real}
    content = one.content or b""
    checked = Checked(refused=refused) if refused else check(content, one.media_type)
    if checked.refused:
        return {"state": "refused", "reason": checked.refused, "size": len(content) or None}
    name = shelf.put_picture(picture_id, content, real.date())
    return {"state": "stored", "media_type": checked.media_type, "size": len(content), "file": name}
