"""The answers of a request as the register keeps them. One SELECT each; the words stay sealed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from config.crypto import Box

READABLE = timedelta(days=30)  # from its sending; then it is the patient's record that keeps it, not this line
LONGEST = 4000  # characters; what one call can read aloud


@dataclass(frozen=True)
class Answer:
    """An answer that was sent: by whom, by which way, where the code to read it goes, and when it was read."""

    id: UUID
    request_id: int
    person_id: int
    author: str  # always named to who reads it
    body: bytes  # sealed
    way: str  # sms | email | mssante
    recipient: str
    code_to: str | None
    sent_at: datetime
    read_at: datetime | None
    read_how: str | None
    reference: str
    ward: str
    hospital: str
    timezone: str
    purged_at: datetime | None

    @property
    def zone(self) -> ZoneInfo:
        """The hospital's zone, in which times are said."""
        return ZoneInfo(self.timezone)

    def readable(self, now: datetime) -> bool:
        """Whether a link or a call still opens it."""
        return self.purged_at is None and now - self.sent_at <= READABLE


_ANSWERS = """
    select a.id, a.request_id, a.person_id, p.name as author, a.body, a.way, a.recipient, a.code_to, a.sent_at,
        a.read_at, a.read_how, r.reference, w.name as ward, h.name as hospital, h.timezone,
        a.purged_at
    from answers a
    join people p on p.id = a.person_id
    join requests r on r.id = a.request_id
    join wards w on w.id = r.ward_id
    join hospitals h on h.id = w.hospital_id
    where a.state = 'sent' and {where} order by a.sent_at, a.id"""
_BY_ID = text(_ANSWERS.format(where="a.id = :id"))
_OF_REQUEST = text(_ANSWERS.format(where="a.request_id = :id"))


def by_id(conn: Connection, answer_id: UUID) -> Answer | None:
    """One answer; None when it is a draft, or none."""
    row = conn.execute(_BY_ID, {"id": answer_id}).one_or_none()
    return None if row is None else Answer(**row._mapping)


def of_request(conn: Connection, request_id: int) -> list[Answer]:
    """All that were sent, oldest first."""
    return [Answer(**row._mapping) for row in conn.execute(_OF_REQUEST, {"id": request_id})]


def that_closed(conn: Connection, request_id: int, closed_at: datetime | None) -> Answer | None:
    """The answer by which a request was closed; None: it is open, or ended otherwise."""
    found = of_request(conn, request_id)
    return found[-1] if found and closed_at is not None and found[-1].sent_at == closed_at else None


def words_of(box: Box, answer: Answer) -> str:
    """What the senior wrote; raises Unreadable when no key opens it."""
    return opened(box, answer.id, answer.body)


def sealed(box: Box, answer_id: UUID, words: str) -> bytes:
    """Words for the row of this answer alone."""
    return box.seal(words.encode(), context(answer_id))


def opened(box: Box, answer_id: UUID, body: bytes) -> str:
    """What was sealed for it; raises Unreadable."""
    return box.open(body, context(answer_id)).decode()


def context(answer_id: UUID) -> bytes:
    """What a sealed answer is bound to, so that it does not open in another row."""
    return f"answers:{answer_id}".encode()
