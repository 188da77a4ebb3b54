"""The limit on reminders to one person. First alerts are never held back; what is beyond leaves as one summary."""

from datetime import datetime

from sqlalchemy import Connection, text

from callbacks import outbox, wording
from callbacks.errand import Errand
from callbacks.ladder import Ladder
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from callbacks.register import open_requests
from scheduling.rota import Person

LIMITED = {"limited": True}  # the mark, in a message's detail, of one that counts

_LATELY = text(
    """
    select created_at from outbox where person_id = :person_id and created_at > :since
    and detail @> '{"limited": true}' and state <> 'dropped' order by created_at"""
)
_WAITING = text("select detail, state from outbox where key = :key for update")
_REWRITE = text(
    """
    update outbox set body = :body, request_id = :request_id,
        detail = jsonb_build_object('requests', cast(:requests as bigint[])) where key = :key"""
)


def full_until(conn: Connection, person_id: int, now: datetime, ladder: Ladder) -> datetime | None:
    """When this person may have another reminder; None: now."""
    lately = list(conn.execute(_LATELY, {"person_id": person_id, "since": now - ladder.within}).scalars())
    return lately[-ladder.reminders] + ladder.within if len(lately) >= ladder.reminders else None


def gather(errand: Errand, person: Person, at: datetime) -> None:
    """Add the request to the summary that this person gets at `at`; it names every reference it stands for."""
    key = f"summary:{person.id}:{int(at.timestamp())}"
    waiting = errand.conn.execute(_WAITING, {"key": key}).one_or_none()
    if waiting is not None and waiting.state != "waiting":
        key, waiting = f"{key}:{errand.view.id}", None  # that one is on its way already
    named = {errand.view.id, *(waiting.detail["requests"] if waiting else ())}
    requests = open_requests(errand.conn, named)
    first = requests[0]
    body = wording.summary(errand.house, requests, errand.view.zone, errand.link(person.id, first.id))
    if waiting is None:
        detail: dict[str, object] = {"requests": sorted(named)}
        message = Message(key, Purpose.SUMMARY, "sms", person.phone, person.id, first.id, body, at, detail)
        outbox.put(errand.conn, [message], errand.moment)
    else:
        values = {"key": key, "body": body, "request_id": first.id, "requests": sorted(named)}
        errand.conn.execute(_REWRITE, values)
