"""A house whose GPs said, wrote and sent something, sealed with the key of those days."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Engine, insert, select, update

from callbacks import registering, sheet
from callbacks.answers import records
from callbacks.shelf import Shelf
from callbacks.tables import parts, recordings, texts_in
from callbacks.written import pictures
from callbacks.written_tables import answers, attachments, written
from config import sealed_numbers
from config.crypto import Box
from scheduling.accounts import proofs
from scheduling.accounts.tables import accounts
from scheduling.partner_tables import registrations
from tests.callbacks.promised import AMELIE, GP, Story

OLD, NEW, LOST = b"o" * 32, b"n" * 32, b"l" * 32
WORDS = "Vertiges depuis hier, 72 ans."
SOUND = b"RIFF and what follows"
DAY = date(2026, 11, 23)
PLACES = {
    "parts.body",
    "written.body",
    "attachments.name",
    "answers.body",
    "accounts.totp_sealed",
    "texts_in.body",
    "registrations.said",
    "recordings.file",
    "attachments.file",
}


@dataclass
class Kept:
    """One text or file in every place; `sealed_with` says by which key."""

    story: Story
    folder: Path

    @property
    def engine(self) -> Engine:
        return self.story.engine

    def shelf(self, *keys: bytes) -> Shelf:
        return Shelf(self.folder, Box(keys))

    def everything(self, key: bytes) -> None:
        """One more of each, sealed with this key."""
        box, written_id, answer_id, picture_id = Box([key]), uuid4(), uuid4(), uuid4()
        request_id, now = self.story.files(message=False), self.story.now
        body = box.seal(WORDS.encode(), sheet.context(written_id))
        called = box.seal(WORDS.encode(), pictures.context(picture_id))
        file = self.shelf(key).put_picture(picture_id, SOUND, DAY)
        answered = {"id": answer_id, "request_id": request_id, "person_id": self.story.ids[AMELIE]}
        came = {"id": written_id, "key": str(written_id), "channel": "sms", "sender": GP, "recipient": GP}
        with self.engine.begin() as conn:
            conn.execute(insert(parts).values(id=written_id, request_id=request_id, body=body, created_at=now))
            conn.execute(insert(written).values(came | {"body": body, "verdict": "filed", "at": now}))
            picture = {"id": picture_id, "written_id": written_id, "seq": 0, "state": "stored", "file": file}
            conn.execute(insert(attachments).values(picture | {"name": called, "media_type": "image/png"}))
            words = records.sealed(box, answer_id, WORDS)
            conn.execute(insert(answers).values(answered | {"body": words, "created_at": now, "changed_at": now}))
            sms = box.seal(WORDS.encode(), f"texts_in:SM{written_id}".encode())
            conn.execute(insert(texts_in).values(sid=f"SM{written_id}", sender=GP, body=sms, at=now))
            account = insert(accounts).values(name="Nadia", email=f"{written_id}@aphp.example", role="admin")
            account_id = conn.execute(account.returning(accounts.c.id)).scalar_one()
            secret = proofs.sealed(box, account_id, WORDS)
            conn.execute(update(accounts).where(accounts.c.id == account_id).values(totp_sealed=secret))
            asks = uuid4()
            said = {"said": box.seal(WORDS.encode(), registering.context(asks)), "proof": "sms", "created_at": now}
            conn.execute(insert(registrations).values(id=asks, **said))
        self.recording(key)

    def recording(self, key: bytes) -> UUID:
        """A message that was spoken."""
        recording_id = uuid4()
        name = self.shelf(key).put(recording_id, SOUND)
        row = insert(recordings).values(id=recording_id, sid=f"RE{recording_id}", state="stored", file=name)
        with self.engine.begin() as conn:
            conn.execute(row)
        return recording_id

    def readable(self, *keys: bytes) -> int:
        """How much of everything these keys open; all of it, or it raises."""
        box, shelf = Box(keys), self.shelf(*keys)
        opened: list[str] = []
        for column, words in _words(box).items():
            opened += [words(id, body) for id, body in self._all(column)]
        sounds = [shelf.get(id, name) for id, name in self._all(recordings.c.file)]
        sounds += [shelf.get_picture(id, name) for id, name in self._all(attachments.c.file)]
        assert set(opened) == {WORDS}
        assert set(sounds) == {SOUND}
        return len(opened) + len(sounds)

    def _all(self, column: Column[Any]) -> list[tuple[Any, Any]]:
        key = next(iter(column.table.primary_key))
        with self.engine.connect() as conn:
            return [(id, held) for id, held in conn.execute(select(key, column).where(column.is_not(None)))]


def _words(box: Box) -> dict[Column[Any], Callable[[Any, bytes], str]]:
    """How the house itself opens each of them."""
    return {
        parts.c.body: lambda id, body: box.open(body, sheet.context(id)).decode(),
        written.c.body: lambda id, body: box.open(body, sheet.context(id)).decode(),
        attachments.c.name: lambda id, name: box.open(name, pictures.context(id)).decode(),
        answers.c.body: lambda id, body: records.opened(box, id, body),
        accounts.c.totp_sealed: lambda id, body: proofs.opened(box, id, body),
        registrations.c.said: lambda id, body: box.open(body, registering.context(id)).decode(),
        texts_in.c.body: lambda id, body: box.open(body, f"texts_in:{id}".encode()).decode(),
    }


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """In clear, whatever the run is told."""
    with sealed_numbers.configured([], sealing=False):
        yield


@pytest.fixture
def kept(database: Engine, tmp_path: Path) -> Kept:
    return Kept(Story(database), tmp_path / "recordings")
