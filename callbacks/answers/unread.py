"""An answer that nobody has read within a day, or whose notice did not arrive: its senior is told, once.

An answer that was sent whole is read where nobody can tell; of it only a bounce is told.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from callbacks import alarms, outbox, register
from callbacks.answers import records
from callbacks.answers.records import Answer
from callbacks.errand import Errand
from callbacks.house import House
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from callbacks.quiet import by_day
from callbacks.wording import to_ward
from config import numbers
from config.clock import Moment
from scheduling import store
from scheduling.rota import Person

AFTER = timedelta(hours=24)
BATCH = 50
UNREAD, LOST = "answer_unread", "answer_lost"  # keys of `sms`


def tell(conn: Connection, moment: Moment, house: House) -> int:
    """Tell of those that are due now. How many."""
    due = conn.execute(_DUE, {"oldest": moment.now - AFTER, "batch": BATCH}).all()
    for row in due:
        _tell(conn, moment, house, row.id, LOST if row.lost else UNREAD)
    return len(due)


def not_arrived(conn: Connection, lost: Row[Any], moment: Moment, house: House) -> None:
    """Who was to be told was not: the next one is, unless it was read meanwhile."""
    answer_id = UUID(lost.key.split(":")[1])
    answer = records.by_id(conn, answer_id)
    if answer is None or answer.read_at is None:
        _tell(conn, moment, house, answer_id, LOST if lost.detail.get("lost") else UNREAD)


def _tell(conn: Connection, moment: Moment, house: House, answer_id: UUID, words: str) -> None:
    conn.execute(_TOLD, {"id": answer_id, "now": moment.now})
    answer = records.by_id(conn, answer_id)
    person = None if answer is None else _who_can_be_told(conn, answer, moment)
    if answer is None or person is None:
        alarms.raise_alarm(conn, "answer_unread", f"answer_unread:{answer_id}", {"answer": str(answer_id)})
        return
    view = register.view(conn, answer.request_id)
    link = Errand(conn, view, moment, house).link(person.id)
    message = Message(
        key=f"unread:{answer_id}:{person.id}",
        purpose=Purpose.UNREAD,
        channel="sms",
        recipient=person.phone,
        person_id=person.id,
        request_id=view.id,
        body=to_ward(house, words, view, link),
        due_at=moment.now if words == LOST else by_day(moment.now, view.zone),
        detail={"lost": words == LOST},
    )
    outbox.put(conn, [message], moment)


def _who_can_be_told(conn: Connection, answer: Answer, moment: Moment) -> Person | None:
    """Its senior; else the ward's coordinator or head: whoever of them an SMS reaches and was not tried before."""
    ward = store.on_call(conn, register.view(conn, answer.request_id).ward_id, moment.now).ward
    author = _still_here(conn, answer.person_id)
    tried = set(conn.execute(_TRIED, {"id": answer.request_id, "keys": f"unread:{answer.id}%"}).scalars())
    found = (person for person in (author, ward.coordinator, ward.head) if person is not None)
    able = (person for person in found if numbers.is_mobile(person.phone) and not person.opted_out)
    return next((person for person in able if person.id not in tried), None)


def _still_here(conn: Connection, person_id: int) -> Person | None:
    """Who has left is told nothing: his number may be somebody else's, and a link that is texted lets set a PIN."""
    known = store.person(conn, person_id)
    here = None if known is None else store.person_by_phone(conn, known.phone)
    return here if here is not None and here.id == person_id else None


_TRIED = text("select person_id from outbox where request_id = :id and purpose = 'unread' and key like :keys")
_DUE = text(
    """
    select a.id, lost.lost from answers a
    cross join lateral (
        select coalesce((
            select o.state in ('undelivered', 'failed') from outbox o
            where o.request_id = a.request_id and o.purpose = 'answer' and o.detail ->> 'answer' = a.id::text
            order by o.id desc limit 1), false) as lost) as lost
    where a.state = 'sent' and a.read_at is null and a.told_unread_at is null
      and (lost.lost or a.way <> 'mssante' and a.sent_at <= :oldest)
    order by a.sent_at limit :batch for no key update of a skip locked"""
)
_TOLD = text("update answers set told_unread_at = :now where id = :id")
