"""An SMS comes in: kept once and sealed, then acted upon and answered through the outbox, all in one transaction.

Until advice is taken by SMS, who writes to the line is told how to reach it, at most once an hour (two machines must
not answer each other for ever). What a known senior writes of a request he was alerted of is done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from callbacks import alarms, links, outbox, register, requests
from callbacks.house import Desk
from callbacks.outbox import Message
from callbacks.purposes import Purpose
from callbacks.tables import links as link_rows
from callbacks.tables import outbox as outbox_rows
from callbacks.tables import texts_in
from callbacks.trying import Result
from callbacks.wishes import Asked, Wish, read
from config import clock, numbers, texts
from config.clock import Moment
from config.texts import gsm7
from scheduling import store
from scheduling.rota import Person
from scheduling.tables import people

ANSWERED_ONCE_IN = timedelta(hours=1)
IN_TWO_WORDS = "AUTRE"  # the outcome of a request closed by SMS; the page asks for the right one
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
class Desire:
    """What a known person asks for by SMS, at the desk."""

    desk: Desk
    conn: Connection
    moment: Moment
    person: Person
    asked: Asked


@dataclass(frozen=True)
class Said:
    """What is said to the sender, and the request whose ladder is due now because of what he asked."""

    purpose: Purpose
    to: str
    body: str
    person_id: int | None = None
    climb: int | None = None


def take(desk: Desk, incoming: Incoming) -> None:
    """Keep an SMS and do what it asks; a repeat does nothing."""
    with desk.engine.begin() as conn:
        moment = clock.read(conn)
        if not _keep(conn, desk, incoming, moment):
            return
        said = _answer(desk, conn, moment, incoming)
        rung = _put(conn, incoming, said, moment) if said else None
    if rung is not None:
        desk.doorbell.ring("deliver", rung)
    if said and said.climb is not None:
        desk.doorbell.ring("climb", said.climb)


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
    if person is not None and asked.wish in _DEEDS:
        return _DEEDS[asked.wish](Desire(desk, conn, moment, person, asked))
    if asked.wish in _BETWEEN_HIM_AND_THE_CARRIER or incoming.opt_out or not _may_be_told(conn, sender, moment):
        return None
    key = "how_to_senior" if person else "how_to"
    body = _say(desk, key, line=numbers.national(desk.house.line_number))
    return Said(Purpose.HOW_TO, sender, body, person.id if person else None)


def _ours(desk: Desk) -> frozenset[str | None]:
    house = desk.house
    return frozenset({house.line_number, house.sms_sender, house.alert_caller, house.switchboard})


def _may_be_told(conn: Connection, sender: str, moment: Moment) -> bool:
    """Whether the sender is on a mobile and was told nothing of the kind within the hour."""
    if not numbers.is_mobile(sender):
        return False
    # One at a time for each sender: two messages at once get one answer.
    conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(sender, 0))))
    told = (outbox_rows.c.purpose == Purpose.HOW_TO) & (outbox_rows.c.recipient == sender)
    lately = outbox_rows.c.created_at > moment.now - ANSWERED_ONCE_IN
    return not conn.execute(select(exists().where(told, lately))).scalar_one()


def _put(conn: Connection, incoming: Incoming, said: Said, moment: Moment) -> int:
    message = Message(
        key=f"{said.purpose}:{incoming.sid}",
        purpose=said.purpose,
        channel="sms",
        recipient=said.to,
        person_id=said.person_id,
        request_id=None,
        body=said.body,
        due_at=moment.now,
    )
    outbox.put(conn, [message], moment)
    outbox_id: int = conn.execute(select(outbox_rows.c.id).where(outbox_rows.c.key == message.key)).scalar_one()
    return outbox_id


def _say(desk: Desk, key: str, **values: object) -> str:
    return gsm7.fit(texts.template(f"sms.{key}", desk.house.language), values)


# What a known person may ask for, and what he is told of it ------------------------------------------------------


def _stop(desire: Desire) -> None:
    """He is alerted by voice from now on, and somebody must know (design 3)."""
    _opt_out(desire, func.app_now())
    detail = {"person_id": desire.person.id}
    alarms.raise_alarm(desire.conn, "opted_out", f"opted_out:{desire.person.id}", detail)


def _start(desire: Desire) -> None:
    _opt_out(desire, None)
    alarms.clear(desire.conn, f"opted_out:{desire.person.id}")


def _opt_out(desire: Desire, at: object) -> None:
    desire.conn.execute(update(people).where(people.c.id == desire.person.id).values(opted_out_at=at))


def _claimed(desire: Desire, request_id: int) -> str:
    match requests.claim(desire.conn, request_id, desire.person.id, desire.moment, "sms"):
        case requests.Claimed():
            return "reply_claimed"
        case requests.AlreadyClaimed():
            return "reply_taken"
        case requests.Closed():
            return "reply_over"


def _closed(desire: Desire, request_id: int) -> str:
    """Who says that it is done has had it in hand."""
    taken = _claimed(desire, request_id)
    if taken != "reply_claimed":
        return taken
    match requests.close(desire.conn, request_id, desire.person.id, IN_TWO_WORDS, desire.moment):
        case requests.Done():
            return "reply_closed"
        case requests.Unheard():
            return "reply_unheard"
        case _:
            return "reply_over"


def _released(desire: Desire, request_id: int) -> str:
    match requests.release(desire.conn, request_id, desire.person.id, desire.moment):
        case requests.Released():
            return "reply_released"
        case requests.AlreadyClaimed():
            return "reply_not_yours"
        case requests.Closed():
            return "reply_over"


def _attempted(desire: Desire, request_id: int) -> str:
    requests.attempted(desire.conn, request_id, desire.person.id, desire.moment, Result.NO_ANSWER)
    return "reply_attempted"


_ABOUT_ONE: Mapping[Wish, Callable[[Desire, int], str]] = {
    Wish.CLAIM: _claimed,
    Wish.CLOSE: _closed,
    Wish.RELEASE: _released,
    Wish.ATTEMPT: _attempted,
}


def _about_one(desire: Desire) -> Said:
    """Do it to the request he means, and say what came of it."""
    request_id = _his(desire)
    if request_id is None:
        line = numbers.national(desire.desk.house.line_number)
        body, climb = _say(desire.desk, "reply_unknown", reference=desire.asked.reference, line=line), None
    else:
        key = _ABOUT_ONE[desire.asked.wish](desire, request_id)
        body, climb = _told(desire, request_id, key), request_id if key == "reply_released" else None
    return Said(Purpose.REPLY, desire.person.phone, body, desire.person.id, climb)


_DEEDS: Mapping[Wish, Callable[[Desire], Said | None]] = {
    Wish.STOP: _stop,
    Wish.START: _start,
    **dict.fromkeys(_ABOUT_ONE, _about_one),
}


def _his(desire: Desire) -> int | None:
    """The request he means, if he was alerted of it or it waits for him; a reference alone opens nothing."""
    view = register.by_reference(desire.conn, desire.asked.reference)
    if view is None:
        return None
    alerted = exists().where(link_rows.c.request_id == view.id, link_rows.c.person_id == desire.person.id)
    if desire.conn.execute(select(alerted)).scalar_one():
        return view.id
    waiting = register.pending_for_person(desire.conn, desire.person.id, desire.moment.now)
    return view.id if any(request.id == view.id for request in waiting) else None


def _told(desire: Desire, request_id: int, key: str) -> str:
    """What came of it, with the deadline and his link for those texts that carry them."""
    view, house = register.view(desire.conn, request_id), desire.desk.house
    token = links.token_for(desire.conn, request_id, desire.person.id, desire.moment.now, house.secret_key)
    deadline = texts.written_time(view.due_at, view.zone, house.language)
    link = links.url(house.public_url, token)
    return _say(desire.desk, key, reference=view.reference, deadline=deadline, link=link)
