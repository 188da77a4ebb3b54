"""After a conversation whose end the GP did not key: the senior is asked by SMS, with a link that asks one question."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from callbacks import assessments, opaque, outbox
from callbacks.assessed import How, Said, Side
from callbacks.assessments import About, By
from callbacks.house import House
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from config import texts
from config.clock import Moment
from config.texts import gsm7

_LABEL = b"call"


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
_TELL = text("update calls set outcome = :outcome where id = :call_id and result = 'answered' and outcome is null")
_TAKEN_BY = text("select answered_by from calls where id = :call_id and result = 'answered'")


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


def tell(conn: Connection, call_id: UUID, outcome: str, moment: Moment) -> None:
    """The senior who took it says how it ended; what was told first stands."""
    if conn.execute(_TELL, {"call_id": call_id, "outcome": outcome}).rowcount:
        assess(conn, call_id, Said(outcome=outcome), moment)


def assess(conn: Connection, call_id: UUID, said: Said, moment: Moment) -> None:
    """What the senior who took it says of it besides."""
    person_id = conn.execute(_TAKEN_BY, {"call_id": call_id}).scalar_one_or_none()
    if person_id is not None:
        assessments.say(conn, About(call_id=call_id), By(Side.HOSPITAL, How.PAGE, person_id), said, moment)


def keyed(conn: Connection, call_id: UUID, outcome: str, moment: Moment) -> None:
    """The GP said how it ended, by a key of his telephone."""
    assessments.say(conn, About(call_id=call_id), By(Side.PRACTICE, How.PHONE), Said(outcome=outcome), moment)


def token_for(call_id: UUID, secret: bytes) -> str:
    """The link's token."""
    return opaque.sign(call_id, _LABEL, secret)


def call_of(token: str, secret: bytes) -> UUID | None:
    """The call of a token that we wrote, else None. Pure: no database."""
    return opaque.unsign(token, _LABEL, secret)
