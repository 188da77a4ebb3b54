"""A message on its way to an ear: whether the carrier has it ready, and the wav for a senior on the telephone."""

from uuid import UUID

import structlog
from sqlalchemy import text

from callbacks import alarms, recordings, sheet
from callbacks.house import Desk
from callbacks.shelf import Shelf
from config.crypto import Unreadable

log = structlog.get_logger(__name__)

_LISTENING = text(
    """
    select c.person_id, app_now() as now, p.recording_id
    from calls c join parts p on p.request_id = c.request_id
    where c.id = :call_id and p.id = :part_id and c.ended_at is null and c.person_id is not null
      and (c.memory->>'proved_for')::int = c.person_id and (c.memory->>'playing')::uuid = p.id
      and (c.memory->>'proved_until')::float8 > extract(epoch from real_now())
    """
)


def for_call(desk: Desk, shelf: Shelf, call_id: UUID, part_id: UUID) -> bytes | None:
    """The wav that a senior is about to hear in a live call in which he has proved his PIN; the hearing is recorded."""
    with desk.engine.begin() as conn:
        row = conn.execute(_LISTENING, {"call_id": call_id, "part_id": part_id}).one_or_none()
        if row is None:
            return None
        try:
            wav = recordings.open_audio(conn, shelf, row.recording_id)
        except recordings.NotInTheHouse:
            return None
        except (Unreadable, OSError) as fault:
            kind = type(fault).__name__
            log.error("message.broken", part=str(part_id), fault=kind)
            alarms.raise_alarm(conn, "message_broken", f"message_broken:{part_id}", {"fault": kind})
            return None
        sheet.hear(conn, part_id, row.person_id, row.now, "phone")
    return wav
