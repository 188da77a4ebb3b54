"""After a conversation whose end the GP did not key: the senior is asked by SMS, with a link that asks one question."""

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from callbacks import outbox
from callbacks.house import House
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from config import texts
from config.clock import Moment
from config.texts import gsm7

SIGNATURE_BYTES = 6


@dataclass(frozen=True)
class Conversation:
    """A call that a senior took, as he is asked about it; nothing of the GP."""

    id: UUID
    ward: str
    at: datetime
    timezone: str
    outcome: str | None

    @property
    def tz(self) -> ZoneInfo:
        """The zone its time is shown in."""
        return ZoneInfo(self.timezone)


_ASK = text(
    """
    select c.id, w.name as ward, c.answered_at as at, h.timezone, c.outcome, p.id as person_id, p.phone, p.opted_out_at
    from calls c join wards w on w.id = c.ward_id join hospitals h on h.id = w.hospital_id
      join people p on p.id = :person_id
    where c.id = :call_id
    """
)
_CONVERSATION = text(
    """
    select c.id, w.name as ward, c.answered_at as at, h.timezone, c.outcome
    from calls c join wards w on w.id = c.ward_id join hospitals h on h.id = w.hospital_id
    where c.id = :call_id and c.result = 'answered'
    """
)
_TELL = text("update calls set outcome = coalesce(outcome, :outcome) where id = :call_id and result = 'answered'")


def ask_senior(conn: Connection, house: House, call_id: UUID, person_id: int, moment: Moment) -> None:
    """Write the SMS that asks who took the call how it ended; nothing to who texted STOP."""
    row = conn.execute(_ASK, {"call_id": call_id, "person_id": person_id}).one_or_none()
    if row is None or row.opted_out_at is not None:
        return
    values: dict[str, object] = {
        "ward": row.ward,
        "time": texts.written_clock(row.at or moment.now, ZoneInfo(row.timezone), house.language),
        "link": f"{house.public_url}/c/{token_for(call_id, house.secret_key)}",
    }
    body = gsm7.fit(texts.template("sms.how_it_ended", house.language), values, shorten=("ward",))
    message = Message(
        key=f"how_it_ended:{call_id}",
        purpose=Purpose.HOW_IT_ENDED,
        channel="sms",
        recipient=row.phone,
        person_id=row.person_id,
        request_id=None,
        body=body,
        due_at=moment.now,
    )
    outbox.put(conn, [message], moment)


def conversation(conn: Connection, call_id: UUID) -> Conversation | None:
    """The call of a link, when a senior took it."""
    row = conn.execute(_CONVERSATION, {"call_id": call_id}).one_or_none()
    return None if row is None else Conversation(*row)


def tell(conn: Connection, call_id: UUID, outcome: str) -> None:
    """How it ended; what was told first stands."""
    conn.execute(_TELL, {"call_id": call_id, "outcome": outcome})


def token_for(call_id: UUID, secret: bytes) -> str:
    """The link's token: the call, and a signature over it."""
    return base64.urlsafe_b64encode(call_id.bytes + _signature(call_id, secret)).rstrip(b"=").decode()


def call_of(token: str, secret: bytes) -> UUID | None:
    """The call of a token that we wrote, else None. Pure: no database."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    if len(raw) != 16 + SIGNATURE_BYTES:
        return None
    call_id = UUID(bytes=raw[:16])
    return call_id if hmac.compare_digest(raw[16:], _signature(call_id, secret)) else None


def _signature(call_id: UUID, secret: bytes) -> bytes:
    # The secret signs sessions and other links too: the label keeps one signature from standing for another.
    return hmac.digest(secret, b"call:" + call_id.bytes, sha256)[:SIGNATURE_BYTES]
