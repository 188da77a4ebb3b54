"""Telling the ward: the alerts of a rung become messages, each with the key that makes it one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from callbacks import alarms, outbox, reminders, wording
from callbacks.errand import CALL_WORDS, Errand, Tidings
from callbacks.ladder import Channel, Ladder, Role, Rung
from callbacks.outbox import Message
from callbacks.promise import APART, Alert, RequestView, on_shift
from callbacks.purposes import Purpose
from config import numbers
from scheduling.rota import OnCall, Person

HOUSE_CALL_WORDS = "voice.alert_notice"


def tell(errand: Errand, rung: Rung, on_call: OnCall, alerts: Sequence[Alert], ladder: Ladder) -> None:
    """Write the alerts of a rung that is climbed now."""
    rows = errand.conn.execute(_HEARD, {"id": errand.view.id, "now": errand.moment.now})
    heard = {row.person_id: row.just_now for row in rows}
    if not rung.at_once or heard or errand.view.claimer:
        # A reminder may be among them. Before any alarm is raised: two hands never wait for each other.
        reminders.count_for(errand.conn, {alert.person.id for alert in alerts if alert.person})
    # In one order, whatever the ranks: two wards with the same seniors wait for each other, never in a circle.
    stopped = {alert.person.id for alert in alerts if alert.person and _texted_stop(alert.person, on_call)}
    for person_id in sorted(stopped):
        alarms.raise_alarm(errand.conn, "opted_out", f"opted_out:{person_id}", {"person": person_id})
    for alert in alerts:
        if alert.person is None:
            _tell_house(errand, rung, alert.channel)
            continue
        purpose, words = _occasion(errand.view, rung, on_call, alert, alert.person.id in heard)
        if purpose is Purpose.OVERDUE or alert.channel is Channel.CALL or not heard.get(alert.person.id):
            _send(errand, rung, alert, alert.person, purpose, words, ladder)


def _texted_stop(person: Person, on_call: OnCall) -> bool:
    """Whether he must be told at the desk: on call, and no SMS of ours reaches him."""
    return person.opted_out and on_shift(person, on_call)


_OVERDUE_CALLS = text(
    """
    select max(due_at) as last, coalesce(bool_or(request_id = :request_id), false) as of_this from outbox
    where person_id = :person_id and purpose = 'overdue' and channel = 'call' and state = 'waiting' and attempts = 0"""
)


def telephone(errand: Errand, lost: Row[Any]) -> None:
    """An SMS did not arrive: the same person, or the house, is telephoned, once a rung.

    Past the deadline every request has a call to him, ten minutes after the last that waits: in the first he is led
    from one to the next, and of what he has heard there he is called no more.
    """
    if lost.channel == Channel.CALL:
        return
    due_at = errand.moment.now
    if lost.purpose == Purpose.OVERDUE:
        asked = {"person_id": lost.person_id, "request_id": errand.view.id}
        waiting = errand.conn.execute(_OVERDUE_CALLS, asked).one()
        if waiting.of_this:
            return
        due_at = due_at if waiting.last is None else max(due_at, waiting.last + APART)
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
        due_at=due_at,
        detail=lost.detail,
    )
    outbox.put(errand.conn, [call], errand.moment)


# Who was told of it; and that it is back: who has just heard so is not told the rung's words in the same breath.
_HEARD = text(
    """
    select person_id, bool_or(purpose = 'returned' and created_at = :now) as just_now from outbox
    where request_id = :id and person_id is not null group by person_id"""
)


def _send(
    errand: Errand, rung: Rung, alert: Alert, person: Person, purpose: Purpose, words: str, ladder: Ladder
) -> None:
    """A reminder counts, and may be gathered; anything else goes out by itself."""
    detail = {"rung": rung.name, "role": alert.role.name.lower()}
    tidings = Tidings(purpose, words, _rung_key(errand.view, rung), alert.at, detail)
    if _limited(errand.view, rung, alert, purpose, ladder):
        reminders.remind(errand, person, tidings)
    else:
        errand.send(person, tidings, alert.channel)


def _limited(view: RequestView, rung: Rung, alert: Alert, purpose: Purpose, ladder: Ladder) -> bool:
    """Reminders by SMS and the deadline's repeats are; the last rung before the deadline never is."""
    if alert.channel is not Channel.SMS or rung.name in [last.name for last in ladder.rungs[-2:-1]]:
        return False
    return purpose is Purpose.REMINDER or (purpose is Purpose.OVERDUE and view.repeats > 0)


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
