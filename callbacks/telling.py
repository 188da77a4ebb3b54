"""Telling the ward: the alerts of a rung become messages, each with the key that makes it one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from callbacks import alarms, outbox, reminders, wording
from callbacks.errand import CALL_WORDS, Errand, Tidings
from callbacks.ladder import Channel, Ladder, Role, Rung
from callbacks.outbox import Message
from callbacks.promise import Alert, RequestView, on_shift
from callbacks.purposes import Purpose
from config import numbers
from scheduling.rota import OnCall, Person

HOUSE_CALL_WORDS = "voice.alert_notice"


def tell(errand: Errand, rung: Rung, on_call: OnCall, alerts: Sequence[Alert], ladder: Ladder) -> None:
    """Write the alerts of a rung that is climbed now."""
    heard = set(errand.conn.execute(_HEARD, {"id": errand.view.id}).scalars())
    for alert in alerts:
        if alert.person is None:
            _tell_house(errand, rung, alert.channel)
            continue
        if alert.person.opted_out and on_shift(alert.person, on_call):
            alarms.raise_alarm(errand.conn, "opted_out", f"opted_out:{alert.person.id}", {"person": alert.person.id})
        purpose, words = _occasion(errand.view, rung, on_call, alert, alert.person.id in heard)
        _send(errand, rung, alert, alert.person, purpose, words, ladder)


def telephone(errand: Errand, lost: Row[Any]) -> None:
    """An SMS did not arrive: the same person, or the house, is telephoned, once a rung."""
    if lost.channel == Channel.CALL:
        return
    key = f"{lost.key.removesuffix(':sms')}:call"
    words = HOUSE_CALL_WORDS if lost.person_id is None else CALL_WORDS
    call = Message(
        key=key,
        purpose=lost.purpose,
        channel=Channel.CALL,
        recipient=lost.recipient,
        person_id=lost.person_id,
        request_id=errand.view.id,
        body=words,
        due_at=errand.moment.now,
        detail=lost.detail,
    )
    outbox.put(errand.conn, [call], errand.moment)


def tell_returned(errand: Errand, on_call: OnCall) -> None:
    """A colleague gave the request back: the next who is on call is told at once; the ladder goes on as it was."""
    if errand.view.claimer is not None or errand.view.last_rung is None:
        return
    released = errand.conn.execute(_RELEASED, {"id": errand.view.id}).one_or_none()
    others = [each.person for each in on_call.seniors if released and each.person.id != released.person_id]
    if released and others:
        errand.send(others[0], Tidings(Purpose.RETURNED, "returned", f"{errand.view.id}:returned:{released.id}"))


def tell_claimer(errand: Errand) -> None:
    """Messages that came after the claim are pointed out to who has claimed it."""
    if errand.view.claimer is None:
        return
    values = {"id": errand.view.id, "since": errand.view.claimed_at}
    for part_id in errand.conn.execute(_ADDED, values).scalars():
        errand.send(errand.view.claimer, Tidings(Purpose.ADDED, "added", f"{errand.view.id}:added:{part_id}"))


_HEARD = text("select distinct person_id from outbox where request_id = :id and person_id is not null")
_RELEASED = text(
    "select id, person_id from events where request_id = :id and kind = 'released' order by id desc limit 1"
)
_ADDED = text("select id from parts where request_id = :id and created_at > :since and heard_at is null")


def _send(
    errand: Errand, rung: Rung, alert: Alert, person: Person, purpose: Purpose, words: str, ladder: Ladder
) -> None:
    """A reminder beyond the limit is gathered; anything else goes out by itself."""
    limited = alert.channel is Channel.SMS and (
        purpose is Purpose.REMINDER or (purpose is Purpose.OVERDUE and errand.view.repeats > 0)
    )
    full_until = reminders.full_until(errand.conn, person.id, errand.moment.now, ladder) if limited else None
    if full_until is not None:
        reminders.gather(errand, person, full_until)
        return
    detail = {"rung": rung.name, "role": alert.role.name.lower(), "limited": limited}
    errand.send(person, Tidings(purpose, words, _rung_key(errand.view, rung), alert.at, detail), alert.channel)


def _tell_house(errand: Errand, rung: Rung, by: Channel) -> None:
    """Nobody is there to be told: ALERT_PHONE, and an alarm when the house has none."""
    phone = errand.house.alert_phone
    if phone is None:
        key = f"nobody_to_tell:{errand.view.ward_id}"
        alarms.raise_alarm(errand.conn, "nobody_to_tell", key, {"ward": errand.view.ward_id})
        return
    channel = by if numbers.is_mobile(phone) else Channel.CALL
    body = wording.to_house(errand.house, errand.view) if channel is Channel.SMS else HOUSE_CALL_WORDS
    key = f"{_rung_key(errand.view, rung)}:house:{channel}"
    message = Message(
        key, Purpose.LAST_RESORT, channel, phone, None, errand.view.id, body, errand.moment.now, {"rung": rung.name}
    )
    outbox.put(errand.conn, [message], errand.moment)


def _rung_key(view: RequestView, rung: Rung) -> str:
    """The deadline's repeats carry their ordinal."""
    ordinal = f":{view.repeats + 1}" if rung.repeat is not None and view.repeats else ""
    return f"{view.id}:{rung.name}{ordinal}"


def _occasion(view: RequestView, rung: Rung, on_call: OnCall, alert: Alert, heard: bool) -> tuple[Purpose, str]:
    """Why this person is told, and the key of the words; `heard`: not the first time."""
    if alert.person == view.claimer:
        return Purpose.REMINDER, "reminder_claimed"
    if rung.repeat is not None:
        return Purpose.OVERDUE, "overdue"
    if rung.for_seniors and not on_call.seniors:
        return Purpose.REMINDER if heard else Purpose.ALERT, "closed" if on_call.answering is None else "nobody"
    if alert.role >= Role.HEAD:
        return Purpose.ESCALATION, "escalation"
    return (Purpose.REMINDER, "reminder") if heard else (Purpose.ALERT, "alert")
