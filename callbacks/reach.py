"""Reaching the GP: on the best channel he has, once. Landlines are never texted, and nobody is rung at night."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from callbacks import outbox, wording
from callbacks.errand import Errand
from callbacks.outbox import Message
from callbacks.promise import RequestView
from callbacks.purposes import Purpose
from callbacks.quiet import by_day
from callbacks.states import State
from config import numbers
from scheduling import store
from scheduling.store import Practitioner


@dataclass(frozen=True)
class Way:
    """How a GP is told something: sms, email or call; and where."""

    channel: str
    recipient: str


# The catalogue keys that a call to a GP speaks.
APOLOGY_WORDS, CONFIRMATION_WORDS = "voice.notice_apology", "voice.notice_confirmation"
TODAY = ("sms", "call")  # the channels this release can send on; "email" joins them with the mail server


def best_way(
    own: Sequence[str], practitioner: Practitioner | None, timezone: str, channels: Collection[str] = TODAY
) -> Way | None:
    """The first that exists: a mobile he called from or keyed (`own`); the mobile, then the e-mail, of his record;
    a voice call to his number. None: he left nothing to reach him on."""
    all_numbers = (*own, *(practitioner.phones if practitioner else ()))
    recipients = {
        "sms": [number for number in all_numbers if numbers.is_mobile(number)],
        "email": [practitioner.email] if practitioner and practitioner.email else [],
        "call": [number for number in all_numbers if numbers.callable_back(number, timezone)],
    }
    ways = (Way(channel, each) for channel, found in recipients.items() if channel in channels for each in found)
    return next(ways, None)


def give_notice(errand: Errand) -> None:
    """The word that is owed to the GP now: confirmation, addition, or that he could not be reached."""
    view = errand.view
    if view.state is State.UNREACHABLE and view.closed_at is not None:
        _text(errand, Purpose.UNREACHED, f"{view.id}:unreached:{view.closed_at.isoformat()}")
    elif not view.state.closed:
        _confirm(errand)


def apologise(errand: Errand, told: bool) -> bool:
    """The one apology of a broken promise: it always goes out, by voice if need be. False: he left no way.

    `told`: the head of ward knows.
    """
    way = _way(errand)
    if way is not None:
        body = APOLOGY_WORDS if way.channel == "call" else wording.to_gp(errand.house, "apology", errand.view, told)
        _put(errand, Purpose.APOLOGY, way, body, f"{errand.view.id}:apology")
    return way is not None


def not_arrived(errand: Errand, purpose: str, channel: str) -> None:
    """An apology that did not arrive by SMS is spoken; a confirmation may be spoken only, and mostly was."""
    if purpose == Purpose.APOLOGY and channel != "call":
        way = _way(errand, channels=("call",))
        if way is not None:
            _put(errand, Purpose.APOLOGY, way, APOLOGY_WORDS, f"{errand.view.id}:apology:call")


_CONFIRMED = text("select created_at from outbox where key = :key")
_ADDED = text(
    "select id from parts where request_id = :id and created_at > :since order by created_at desc, id desc limit 1"
)


def _confirm(errand: Errand) -> None:
    view, key = errand.view, f"{errand.view.id}:confirmation"
    confirmed_at = errand.conn.execute(_CONFIRMED, {"key": key}).scalar_one_or_none()
    if confirmed_at is not None:
        added = errand.conn.execute(_ADDED, {"id": view.id, "since": confirmed_at}).scalar_one_or_none()
        if added is not None:
            _text(errand, Purpose.ADDITION, f"{view.id}:addition:{added}")
        return
    way = _way(errand)
    if way is None or (way.channel == "call" and view.parts):
        return  # who left a message has heard his reference
    words = "confirmation" if view.parts else "confirmation_missed"
    body = CONFIRMATION_WORDS if way.channel == "call" else wording.to_gp(errand.house, words, view)
    _put(errand, Purpose.CONFIRMATION, way, body, key)


def _text(errand: Errand, purpose: Purpose, key: str) -> None:
    """By SMS or not at all."""
    way = _way(errand, channels=("sms",))
    if way is not None:
        _put(errand, purpose, way, wording.to_gp(errand.house, purpose, errand.view), key)


def _put(errand: Errand, purpose: Purpose, way: Way, body: str, key: str) -> None:
    now = errand.moment.now
    at = by_day(now, errand.view.zone) if way.channel == "call" else now
    message = Message(key, purpose, way.channel, way.recipient, None, errand.view.id, body, at)
    outbox.put(errand.conn, [message], errand.moment)


def _way(errand: Errand, channels: Collection[str] = TODAY) -> Way | None:
    view = errand.view
    practitioner = None if view.practitioner_id is None else store.practitioner(errand.conn, view.practitioner_id)
    return best_way(_own_numbers(errand.conn, view), practitioner, view.timezone, channels)


_CALLED_FROM = text(
    """
    select c.caller from events e join calls c on c.id = cast(e.detail ->> 'call' as uuid)
    where e.request_id = :id and e.kind = 'filed' and c.caller is not null"""
)


def _own_numbers(conn: Connection, view: RequestView) -> list[str]:
    """The number to call back, then the one he called from."""
    called_from = conn.execute(_CALLED_FROM, {"id": view.id}).scalars()
    return list(dict.fromkeys(number for number in (view.caller, *called_from) if number))
