"""An SMS comes in: kept once and sealed, then acted upon and answered through the outbox, all in one transaction.

Until advice is taken by SMS, who writes to the line is told how to reach it, at most once an hour; what a known senior
asks for is done (`replies`), and answered ten times an hour. Beyond that it is done in silence: two machines must not
answer each other for ever.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from callbacks import alarms, outbox, replies
from callbacks.house import Desk
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from callbacks.replies import Desire, Told
from callbacks.tables import outbox as outbox_rows
from callbacks.tables import texts_in
from callbacks.wishes import Wish, read
from config import clock, numbers
from config.clock import Moment
from scheduling import store
from scheduling.rota import Person

WITHIN = timedelta(hours=1)
TOLD_HOW_AT_MOST = 1
ANSWERED_AT_MOST = 10  # somebody we know
LONGEST_SENDER = 32
_BETWEEN_HIM_AND_THE_CARRIER = (Wish.STOP, Wish.START)


@dataclass(frozen=True)
class Incoming:
    """What the carrier handed over. `opt_out` is its own word on STOP and START, where it says one."""

    sid: str
    sender: str
    body: str
    opt_out: str = ""


@dataclass(frozen=True)
class Said:
    """What is said to the sender, and what is due now because of what he asked."""

    purpose: Purpose
    to: str
    told: Told
    person: Person | None = None


def take(desk: Desk, incoming: Incoming) -> None:
    """Keep an SMS and do what it asks; a repeat does nothing."""
    with desk.engine.begin() as conn:
        moment = clock.read(conn)
        if not _keep(conn, desk, incoming, moment):
            return
        said = _answer(desk, conn, moment, incoming)
        if said is None:
            return
        answer = _put(conn, incoming, said, moment) if said.told.body and _may_be_told(conn, said, moment) else None
    for kind, id in (("deliver", said.told.deliver), ("deliver", answer), ("climb", said.told.climb)):
        if id is not None:
            desk.doorbell.ring(kind, id)


def sealed_for(sid: str) -> bytes:
    """What the sealed text of an SMS is bound to."""
    return b"texts_in:" + sid.encode()


def _keep(conn: Connection, desk: Desk, incoming: Incoming, moment: Moment) -> bool:
    """Whether it is new."""
    body = desk.box.seal(incoming.body.encode(), sealed_for(incoming.sid))
    row = {"sid": incoming.sid, "sender": incoming.sender[:LONGEST_SENDER], "body": body, "at": moment.now}
    new = insert(texts_in).values(row).on_conflict_do_nothing().returning(texts_in.c.sid)
    return conn.execute(new).one_or_none() is not None


def _answer(desk: Desk, conn: Connection, moment: Moment, incoming: Incoming) -> Said | None:
    """Do what the SMS asks; what is to be said to its sender, if anything is."""
    sender = numbers.caller(incoming.sender)
    if sender is None or sender in _ours(desk):
        return None  # a name, a short code, hidden, or ourselves: nobody who could be answered
    asked = read(incoming.body, incoming.opt_out)
    person = store.person_by_phone(conn, sender)
    told = None if person is None else replies.do(Desire(desk, conn, moment, person, asked))
    if told is not None:
        return Said(Purpose.REPLY, sender, told, person)
    if asked.wish in _BETWEEN_HIM_AND_THE_CARRIER or incoming.opt_out:
        return None
    return Said(Purpose.HOW_TO, sender, Told(replies.say(desk, "how_to_senior" if person else "how_to")), person)


def _ours(desk: Desk) -> frozenset[str | None]:
    house = desk.house
    return frozenset({house.line_number, house.sms_sender, house.alert_caller, house.switchboard})


def _may_be_told(conn: Connection, said: Said, moment: Moment) -> bool:
    """Whether the sender is on a mobile, and has not been told enough within the hour; beyond that somebody must know
    that one of ours is answered no more.
    """
    if not numbers.is_mobile(said.to):
        return False
    # One at a time for each sender: two messages at once get one answer.
    conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(said.to, 0))))
    if said.purpose is Purpose.HOW_TO and _told(conn, said, moment, Purpose.HOW_TO) >= TOLD_HOW_AT_MOST:
        return False
    if said.person is None or _told(conn, said, moment, Purpose.HOW_TO, Purpose.REPLY) < ANSWERED_AT_MOST:
        return True
    alarms.raise_alarm(conn, "replies_held", f"replies_held:{said.person.id}", {"person": said.person.id})
    return False


def _told(conn: Connection, said: Said, moment: Moment, *purposes: Purpose) -> int:
    """How often he was told of these lately."""
    his: ColumnElement[bool] = outbox_rows.c.recipient == said.to
    if said.person is not None:
        his &= outbox_rows.c.person_id == said.person.id  # for the index
    lately = outbox_rows.c.created_at > moment.now - WITHIN
    found = select(func.count()).where(his, lately, outbox_rows.c.purpose.in_(purposes))
    return conn.execute(found).scalar_one()


def _put(conn: Connection, incoming: Incoming, said: Said, moment: Moment) -> int:
    message = Message(
        key=f"{said.purpose}:{incoming.sid}",
        purpose=said.purpose,
        channel="sms",
        recipient=said.to,
        person_id=said.person.id if said.person else None,
        request_id=None,
        body=said.told.body,
        due_at=moment.now,
    )
    outbox.put(conn, [message], moment)
    outbox_id: int = conn.execute(select(outbox_rows.c.id).where(outbox_rows.c.key == message.key)).scalar_one()
    return outbox_id
