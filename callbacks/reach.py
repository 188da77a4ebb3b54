"""Reaching the GP: on the best channel he has, once. Landlines are never texted, and nobody is rung at night."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from callbacks import bridges, gp, outbox, wording
from callbacks.errand import Errand, Tidings
from callbacks.outbox import Message
from callbacks.promise import RequestView
from callbacks.purposes import Purpose
from callbacks.quiet import by_day
from callbacks.states import State
from callbacks.trying import Result
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
    """The word that is owed to the GP now; and to who has his request in hand when he has withdrawn it."""
    _GIVEN[errand.view.state](errand)


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


# While it is open -------------------------------------------------------------------------------------------------

_ADDED = text(
    "select id from parts where request_id = :id and created_at > :since order by created_at desc, id desc limit 1"
)
_CONFIRMED = text("select created_at from outbox where key = :key")
# The last try that did not reach him, while it is news and no later one did; a GP is told of one an hour.
_TRIED = text(
    """
    select e.id, e.at from events e
    where e.request_id = :id and e.kind = 'attempted' and e.at > cast(:now as timestamptz) - interval '1 hour'
    and coalesce(e.detail ->> 'result', 'no-answer') = any(:unreached)
    and e.id > coalesce((select max(id) from events where request_id = :id and kind = 'reopened'), 0)
    and not exists (
        select from outbox o where o.request_id = :id and o.purpose = 'tried' and o.channel = 'sms'
        and o.created_at > e.at - interval '1 hour')
    and not exists (
        select from events later where later.request_id = :id and later.id > e.id and later.kind = 'attempted'
        and later.detail ->> 'result' = 'reached')
    order by e.id desc limit 1"""
)
# Each time it is open again he is told anew who has it; `tried`: he heard of a try since it was claimed.
_SINCE = text(
    """
    select coalesce((select max(id) from events where request_id = :id and kind = 'reopened'), 0) as opened,
        exists (
            select from outbox o where o.request_id = :id and o.purpose = 'tried' and o.channel = 'sms'
            and o.created_at >= :claimed_at) as tried"""
)
_UNREACHED = [result.value for result in Result if result.counts]


def _while_open(errand: Errand) -> None:
    _confirm(errand)
    if not _tell_of_a_try(errand):
        _name_claimer(errand)


def _confirm(errand: Errand) -> None:
    view, key = errand.view, f"{errand.view.id}:confirmation"
    confirmed_at = errand.conn.execute(_CONFIRMED, {"key": key}).scalar_one_or_none()
    if confirmed_at is not None:
        added = errand.conn.execute(_ADDED, {"id": view.id, "since": confirmed_at}).scalar_one_or_none()
        if added is not None:
            words = wording.to_gp(errand.house, "addition", view)
            _text(errand, Purpose.ADDITION, f"{view.id}:addition:{added}", words)
        return
    way = _way(errand)
    if way is None or (way.channel == "call" and view.parts):
        return  # who left a message has heard his reference
    words = "confirmation" if view.parts else "confirmation_missed"
    body = CONFIRMATION_WORDS if way.channel == "call" else wording.to_gp(errand.house, words, view)
    _put(errand, Purpose.CONFIRMATION, way, body, key)


def _tell_of_a_try(errand: Errand) -> bool:
    """That somebody tried to call him back; whether there was such news."""
    view, now = errand.view, errand.moment.now
    tried = errand.conn.execute(_TRIED, {"id": view.id, "now": now, "unreached": _UNREACHED}).one_or_none()
    if tried is None:
        return False
    _text(errand, Purpose.TRIED, f"{view.id}:tried:{tried.id}", wording.tried(errand.house, view, tried.at, now))
    return True


def _name_claimer(errand: Errand) -> None:
    """Which senior has his request in hand, once each; who heard that he was tried knows that somebody has it."""
    view = errand.view
    if view.claimer is None:
        return
    since = errand.conn.execute(_SINCE, {"id": view.id, "claimed_at": view.claimed_at}).one()
    if not since.tried:
        key = f"{view.id}:named:{since.opened}:{view.claimer.id}"
        words = wording.named(errand.house, view, view.claimer.name, _follow_link(errand), errand.moment.now)
        _text(errand, Purpose.NAMED, key, words)


# Once it is closed ------------------------------------------------------------------------------------------------

# The line itself put them through, or there was nothing to call him back about.
UNASKED = frozenset({"JOINT", "DOUBLON", "HORS_CHAMP"})
_TALKED = text(
    """
    select exists (
        select from events where request_id = :id
        and (kind = 'attempted' and detail ->> 'result' = 'reached' and detail ->> 'how' in ('bridge', 'call')
            or kind = 'answered')
        and id > coalesce((select max(id) from events where request_id = :id and kind = 'reopened'), 0)) as talked,
        (select max(at) from events where request_id = :id and kind = 'reopened') as reopened_at"""
)


def _done(errand: Errand) -> None:
    """Was he called back? He is asked, by day, unless they talked as the line knows, or he has it in writing."""
    view = errand.view
    if view.outcome in UNASKED or _have_talked(errand):
        return
    words = wording.asked(errand.house, view, _follow_link(errand))
    at = by_day(errand.moment.now, view.zone)
    _text(errand, Purpose.ASKED, f"{view.id}:asked:{_closing(view)}", words, at)


def _have_talked(errand: Errand) -> bool:
    """Whether the line itself knows it: a bridge is a try only when the senior has hung up, or keyed how it ended."""
    view = errand.view
    row = errand.conn.execute(_TALKED, {"id": view.id}).one()
    return row.talked or bridges.reached(errand.conn, view.id, row.reopened_at or view.created_at)


def _unreachable(errand: Errand) -> None:
    view = errand.view
    words = wording.to_gp(errand.house, "unreached", view)
    _text(errand, Purpose.UNREACHED, f"{view.id}:unreached:{_closing(view)}", words)


def _withdrawn(errand: Errand) -> None:
    if errand.view.claimer is not None:
        errand.send(errand.view.claimer, Tidings(Purpose.WITHDRAWN, "withdrawn", f"{errand.view.id}:withdrawn"))


def _closing(view: RequestView) -> str:
    return view.closed_at.isoformat() if view.closed_at else ""


_GIVEN: Mapping[State, Callable[[Errand], None]] = {
    State.OPEN: _while_open,
    State.CLAIMED: _while_open,
    State.DONE: _done,
    State.UNREACHABLE: _unreachable,
    State.WITHDRAWN: _withdrawn,
}

# How --------------------------------------------------------------------------------------------------------------


def _text(errand: Errand, purpose: Purpose, key: str, body: str, at: datetime | None = None) -> None:
    """By SMS or not at all."""
    way = _way(errand, channels=("sms",))
    if way is not None:
        _put(errand, purpose, way, body, key, at)


def _put(errand: Errand, purpose: Purpose, way: Way, body: str, key: str, at: datetime | None = None) -> None:
    now = errand.moment.now
    at = by_day(now, errand.view.zone) if way.channel == "call" else at or now
    message = Message(key, purpose, way.channel, way.recipient, None, errand.view.id, body, at)
    outbox.put(errand.conn, [message], errand.moment)


def _follow_link(errand: Errand) -> str:
    return gp.url(errand.house.public_url, errand.view.reference, errand.house.secret_key)


def _way(errand: Errand, channels: Collection[str] = TODAY) -> Way | None:
    view = errand.view
    practitioner = None if view.practitioner_id is None else store.practitioner(errand.conn, view.practitioner_id)
    return best_way(gp.own_numbers(errand.conn, view), practitioner, view.timezone, channels)
