"""What destroying does: the words go, the row stays, so that references, figures and the story of a request do.

A file is named by its row until it is off the shelf (`purging.sweep`): who is killed in between finds it again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, case, delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import JSONB

from callbacks.tables import (
    attempts,
    bridges,
    calls,
    outbox,
    parts,
    recordings,
    requests,
    turns,
)
from callbacks.written_tables import answer_codes, answer_links, answers, attachments, dialogues, written
from scheduling.planning.tables import rota_months

Ids = Sequence[Any]
Destroy = Callable[[Connection, Ids, datetime], None]
# Of a message's detail only numbers stay, that its row be understood: no subject, no thread, no telephone.
_KEPT_OF_A_MESSAGE = ("rung", "answer", "requests", "ward", "person", "deadline")


def sound(conn: Connection, ids: Ids, now: datetime) -> None:
    """Recordings; how long they were stays. What the carrier still keeps is deleted there (callbacks.recordings)."""
    still_there = case((recordings.c.deleted_real.is_(None), func.real_now()))
    conn.execute(update(recordings).where(recordings.c.id.in_(ids)).values(state="purged", retry_real=still_there))
    conn.execute(update(parts).where(parts.c.recording_id.in_(ids)).values(purged_at=now))


def words(conn: Connection, ids: Ids, now: datetime) -> None:
    """Messages of requests, here and where they came in."""
    conn.execute(update(parts).where(parts.c.id.in_(ids)).values(body=b"", purged_at=now))
    conn.execute(update(written).where(written.c.id.in_(ids)).values(body=b""))


def pictures(conn: Connection, ids: Ids, now: datetime) -> None:
    """Files and what they were called; that they were there, what they were and how large stays."""
    his = attachments.c.id.in_(ids)
    conn.execute(update(attachments).where(his).values(name=None, source=None))
    conn.execute(update(attachments).where(his, attachments.c.state == "stored").values(state="purged"))


def replies(conn: Connection, ids: Ids, now: datetime) -> None:
    """Answers in writing; nothing opens them any more."""
    conn.execute(update(answers).where(answers.c.id.in_(ids)).values(body=b"", purged_at=now))
    for table in (answer_codes, answer_links):
        conn.execute(delete(table).where(table.c.answer_id.in_(ids)))


def messages(conn: Connection, ids: Ids, now: datetime) -> None:
    """SMS and e-mails that were sent; for a call the body is what it spoke, by the name of the sentence."""
    his = outbox.c.id.in_(ids)
    conn.execute(update(outbox).where(his).values(recipient="", detail=_kept(), purged_at=now))
    conn.execute(update(outbox).where(his, outbox.c.channel != "call").values(body=""))


def who_asked(conn: Connection, ids: Ids, now: datetime) -> None:
    """Whose the requests were: numbers, addresses, the entry of the directory."""
    nobody: dict[str, Any] = {"caller": None, "mail": None, "practitioner_id": None}
    conn.execute(update(requests).where(requests.c.id.in_(ids)).values(nobody | {"purged_at": now}))
    conn.execute(update(bridges).where(bridges.c.request_id.in_(ids)).values(phone=None))
    conn.execute(update(answers).where(answers.c.request_id.in_(ids)).values(recipient=None, code_to=None))
    nowhere = {"sender": "", "recipient": "", "message_id": None}
    conn.execute(update(written).where(written.c.request_id.in_(ids)).values(nowhere))
    talks = select(dialogues.c.id).where(dialogues.c.request_id.in_(ids))
    who_talked(conn, conn.execute(talks).scalars().all(), now)


def who_talked(conn: Connection, ids: Ids, now: datetime) -> None:
    """Whose the talks were."""
    unknown: dict[str, Any] = {"sender": "", "practitioner_id": None, "detail": {}}
    conn.execute(update(dialogues).where(dialogues.c.id.in_(ids)).values(unknown))


def who_called(conn: Connection, ids: Ids, now: datetime) -> None:
    """Whose the calls were, what they remembered, and the numbers that were rung in them."""
    nobody: dict[str, Any] = {"caller": None, "practitioner_id": None, "memory": {}, "purged_at": now}
    conn.execute(update(calls).where(calls.c.id.in_(ids)).values(nobody))
    conn.execute(update(attempts).where(attempts.c.call_id.in_(ids)).values(phone=""))
    conn.execute(delete(turns).where(turns.c.call_id.in_(ids)))


def leftovers(conn: Connection, ids: Ids, now: datetime) -> None:
    """Messages that became nothing. Their key stays: read again from its mailbox, the same letter was here."""
    theirs = select(attachments.c.id).where(attachments.c.written_id.in_(ids))
    pictures(conn, conn.execute(theirs).scalars().all(), now)
    talks = select(written.c.dialogue_id).where(written.c.id.in_(ids))
    _forget_talks(conn, talks, now)
    gone = {"body": b"", "sender": "", "recipient": "", "message_id": None}
    conn.execute(update(written).where(written.c.id.in_(ids)).values(gone))


def leftover_sound(conn: Connection, ids: Ids, now: datetime) -> None:
    """Recordings of which no request was made, and who spoke."""
    _forget_talks(conn, select(recordings.c.dialogue_id).where(recordings.c.id.in_(ids)), now)
    sound(conn, ids, now)


def months(conn: Connection, ids: Ids, now: datetime) -> None:
    """Published tables, by ward and month."""
    key = func.concat(rota_months.c.ward_id, ":", rota_months.c.month)
    conn.execute(delete(rota_months).where(key.in_(ids)))


def rows(table: Table, key: str = "id") -> Destroy:
    """The rows themselves."""

    def destroy(conn: Connection, ids: Ids, now: datetime) -> None:
        conn.execute(delete(table).where(table.c[key].in_(ids)))

    return destroy


def _kept() -> ColumnElement[Any]:
    """Of `outbox.detail` what stays."""
    names = ", ".join(f"'{name}'" for name in _KEPT_OF_A_MESSAGE)
    picked = f"(select jsonb_object_agg(key, value) from jsonb_each(outbox.detail) where key in ({names}))"
    return func.coalesce(literal_column(picked, JSONB), literal_column("'{}'::jsonb", JSONB))


def _forget_talks(conn: Connection, ids: Select[Any], now: datetime) -> None:
    nothing_came = (dialogues.c.state != "open") & dialogues.c.request_id.is_(None)
    talks = select(dialogues.c.id).where(dialogues.c.id.in_(ids), nothing_came)
    who_talked(conn, conn.execute(talks).scalars().all(), now)
