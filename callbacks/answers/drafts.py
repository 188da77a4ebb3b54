"""A senior's draft: his alone, one for each request, kept sealed until he sends it."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, delete, select, text

from callbacks.answers import records
from callbacks.states import FOLLOW_UP
from callbacks.written_tables import answers
from config.clock import Moment
from config.crypto import Box


@dataclass(frozen=True)
class Draft:
    """What he has written so far, and when he last changed it."""

    id: UUID
    words: str
    changed_at: datetime


def read(conn: Connection, box: Box, request_id: int, person_id: int) -> Draft | None:
    """His draft, or None. Raises Unreadable."""
    row = conn.execute(select(answers.c.id, answers.c.body, answers.c.changed_at).where(_his(request_id, person_id)))
    found = row.one_or_none()
    return None if found is None else Draft(found.id, records.opened(box, found.id, found.body), found.changed_at)


def save(conn: Connection, box: Box, request_id: int, person_id: int, words: str, moment: Moment) -> UUID | None:
    """Keep what he has written in place of what he had; nothing at all is no draft. The row's id."""
    kept = tidy(words)
    if not kept:
        conn.execute(delete(answers).where(_his(request_id, person_id)))
        return None
    # Drawn before: the words are sealed for the very row. Of two that come at once the second takes the first's place.
    drawn = uuid4()
    found = conn.execute(_ROW, {"id": drawn, "request_id": request_id, "person_id": person_id, "now": moment.now})
    answer_id: UUID = found.scalar_one()
    values = {"id": answer_id, "body": records.sealed(box, answer_id, kept), "now": moment.now}
    conn.execute(_WORDS, values)
    return answer_id


def purge(conn: Connection) -> None:
    """A draft that was not sent has done its work when its request can be reopened no more."""
    conn.execute(_OLD, {"follow_up": FOLLOW_UP})


def tidy(words: str) -> str:
    """The words as they are kept: one kind of line end, nothing around them, nothing that a call cannot read aloud."""
    lines = _UNSPEAKABLE.sub("", words.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()[: records.LONGEST]


# What is pasted from a PDF brings control characters; no XML may hold one, so the carrier would drop the call.
_UNSPEAKABLE = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ROW = text(
    """
    insert into answers (id, request_id, person_id, body, created_at, changed_at)
    values (:id, :request_id, :person_id, '', :now, :now)
    on conflict (request_id, person_id) where state = 'draft' do update set changed_at = excluded.changed_at
    returning id"""
)
_OLD = text(
    """
    delete from answers a using requests r
    where a.state = 'draft' and r.id = a.request_id and r.closed_at < app_now() - :follow_up"""
)
_WORDS = text("update answers set body = :body, changed_at = :now where id = :id")


def _his(request_id: int, person_id: int) -> ColumnElement[bool]:
    of_it = (answers.c.request_id == request_id) & (answers.c.person_id == person_id)
    return of_it & (answers.c.state == "draft")
