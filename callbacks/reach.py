"""What a GP is told of his request, each word once, by the best way to him."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from callbacks import bridges, gp, letters, ways, wording
from callbacks.errand import Errand, Tidings
from callbacks.kinds.kind import ADVICE, Code, reverse
from callbacks.promise import RequestView
from callbacks.purposes import Purpose
from callbacks.quiet import by_day
from callbacks.requests import WRITTEN
from callbacks.states import State
from callbacks.trying import Result
from callbacks.ways import Way, Word
from config.sealed_types import in_any_form

# The catalogue keys that a call to a GP speaks.
APOLOGY_WORDS, CONFIRMATION_WORDS = "voice.notice_apology", "voice.notice_confirmation"


def give_notice(errand: Errand) -> None:
    """The word that is owed to the GP now; and to who has his request in hand when he has withdrawn it.

    Whom the hospital wants to ask something has made no request: nothing is confirmed to him.
    """
    if errand.view.kind not in reverse():
        _GIVEN[errand.view.state](errand)


def apologise(errand: Errand, told: bool) -> bool:
    """The one apology of a broken promise: it always goes out, by voice if need be. False: he left no way.

    `told`: the head of ward knows. Whom the hospital wanted to call was promised nothing.
    """
    return errand.view.kind not in reverse() and ways.tell(errand, _apology(errand, told))


def not_arrived(errand: Errand, purpose: str, channel: str) -> None:
    """What did not arrive is said another way: an apology always, by voice if need be; what came back by e-mail, too.

    A confirmation may be spoken only, and mostly was: one that did not arrive by SMS is not said again.
    """
    view, said_again = errand.view, _AGAIN.get(Purpose(purpose))
    if said_again is None or channel not in said_again or (purpose == Purpose.CONFIRMATION and view.state.closed):
        return
    word = _apology(errand, told=False) if purpose == Purpose.APOLOGY else _confirmation(errand)
    used = set(errand.conn.execute(_USED, {"id": view.id, "purpose": purpose}).scalars())
    order = [other for other in said_again[channel] if other not in used]
    found = {way.channel: way for way in reversed(ways.to(errand))}
    way = next((found[other] for other in order if other in found), None)
    if way is not None:
        ways.put(errand, replace(word, key=f"{word.key}:{way.channel}"), way)


# By which channel, where one failed.
_AGAIN: Mapping[Purpose, Mapping[str, Sequence[str]]] = {
    Purpose.APOLOGY: {"sms": ("call", "email"), "email": ("sms", "call"), "call": ("email",)},
    Purpose.CONFIRMATION: {"email": ("sms", "call")},
}
_USED = text("select distinct channel from outbox where request_id = :id and purpose = :purpose")


def _apology(errand: Errand, told: bool) -> Word:
    house, view = errand.house, errand.view
    return Word(
        Purpose.APOLOGY,
        f"{view.id}:apology",
        wording.to_gp(house, "apology", view, told),
        lambda address: letters.apology(house, view, address, told),
        APOLOGY_WORDS,
    )


# While it is open -------------------------------------------------------------------------------------------------

# The last message that was added, and how: by voice, or written to us.
_ADDED = text(
    """
    select p.id, w.channel, w.sender, w.reason as silent,
        exists (
            select from outbox o where o.request_id = :id and o.purpose = 'addition' and o.channel = 'email'
            and o.created_at > cast(:now as timestamptz) - interval '1 day' and o.key <> :prefix || p.id) as confirmed,
        (select count(*) from outbox o where o.request_id = :id and o.purpose = 'addition' and o.channel = 'sms'
            and o.created_at > cast(:now as timestamptz) - interval '1 hour') >= :most as often
    from parts p left join written w on w.id = p.id
    where p.request_id = :id and p.created_at > :since order by p.created_at desc, p.id desc limit 1"""
)
ADDITIONS_AN_HOUR = 5  # by SMS; a machine that sends our own words back would go on for ever
_CONFIRMED = text("select created_at from outbox where key = :key")
# The last try that did not reach him, while it is news and no later one did; a GP is told of one an hour.
_TRIED = text(
    """
    select e.id, e.at from events e
    where e.request_id = :id and e.kind = 'attempted' and e.at > cast(:now as timestamptz) - interval '1 hour'
    and coalesce(e.detail ->> 'result', 'no-answer') = any(:unreached)
    and e.id > coalesce((select max(id) from events where request_id = :id and kind = 'reopened'), 0)
    and not exists (
        select from outbox o where o.request_id = :id and o.purpose = 'tried' and o.channel <> 'call'
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
            select from outbox o where o.request_id = :id and o.purpose = 'tried' and o.channel <> 'call'
            and o.created_at >= :claimed_at) as tried"""
)
_UNREACHED = [result.value for result in Result if result.counts]


def _while_open(errand: Errand) -> None:
    _confirm(errand)
    if not _tell_of_a_try(errand):
        _name_claimer(errand)


def _confirm(errand: Errand) -> None:
    key = f"{errand.view.id}:confirmation"
    confirmed_at = errand.conn.execute(_CONFIRMED, {"key": key}).scalar_one_or_none()
    if confirmed_at is not None:
        _confirm_addition(errand, confirmed_at)
        return
    way = next((way for way in ways.to(errand) if not _silent(errand, way)), None)
    if way is not None and not (way.channel == "call" and _was_told(errand)):
        ways.put(errand, _first_word(errand), way)


# What was said to a line that was down waited to be sorted: nobody spoke a reference.
_TO_NOBODY = text(
    """
    select exists (select from parts p join recordings r on r.id = p.recording_id
        where p.request_id = :id and r.dialogue_id is not null)"""
)


def _was_told(errand: Errand) -> bool:
    """Whether he heard his reference on the telephone, as who leaves a message does."""
    view = errand.view
    spoken = view.parts and view.channel not in WRITTEN
    return bool(spoken) and not errand.conn.execute(_TO_NOBODY, {"id": view.id}).scalar_one()


def _first_word(errand: Errand) -> Word:
    """What was cleared up, or sorted, after a day is promised for a time that is past: no word says so but this."""
    late = errand.moment.now >= errand.view.due_at
    return _apology(errand, told=False) if late else _confirmation(errand)


# Why an address gets no automatic answer: its own mail said that a machine may read there.
_SILENT = text(
    """
    select reason is not null from written where request_id = :id and channel = 'email' and sender = any(:address)
    order by at, id limit 1"""
).bindparams(*in_any_form("address"))


def _silent(errand: Errand, way: Way) -> bool:
    if way.channel != "email":
        return False
    values = {"id": errand.view.id, "address": way.recipient}
    return bool(errand.conn.execute(_SILENT, values).scalar_one_or_none())


def _confirmation(errand: Errand) -> Word:
    house, view, online = errand.house, errand.view, _booking(errand)
    return Word(
        Purpose.CONFIRMATION,
        f"{view.id}:confirmation",
        _confirmed_by_sms(errand, online),
        lambda address: letters.confirmation(house, view, address, ways.numbers_of(errand), online),
        CONFIRMATION_WORDS,
    )


# Of the ward itself, else of the team that books for it.
_BOOKING = text(
    """
    select coalesce(
        (select nullif(booking_url, '') from wards where id = coalesce(r.about_id, r.ward_id)),
        (select nullif(booking_url, '') from wards where id = r.ward_id)) as url
    from requests r where r.id = :id"""
)


def _booking(errand: Errand) -> str | None:
    """Where who asks for an appointment may book one himself, if anywhere."""
    if errand.view.kind != Code.APPOINTMENT:
        return None
    found: str | None = errand.conn.execute(_BOOKING, {"id": errand.view.id}).scalar_one()
    return found


def _confirmed_by_sms(errand: Errand, online: str | None) -> str:
    house, view = errand.house, errand.view
    if online is not None:
        return wording.booking(house, view, online)
    if view.channel in WRITTEN:
        return wording.taken_in(house, view)
    return wording.to_gp(house, "confirmation" if view.parts else "confirmation_missed", view)


def _confirm_addition(errand: Errand, confirmed_at: datetime) -> None:
    """What he added is confirmed as he added it. By e-mail once a day: a machine would confirm our confirmation."""
    house, view, prefix = errand.house, errand.view, f"{errand.view.id}:addition:"
    values = {"id": view.id, "since": confirmed_at, "now": errand.moment.now, "prefix": prefix}
    added = errand.conn.execute(_ADDED, values | {"most": ADDITIONS_AN_HOUR}).one_or_none()
    if added is None or _answers_itself(added):
        return
    word = Word(
        Purpose.ADDITION,
        f"{prefix}{added.id}",
        wording.to_gp(house, "addition", view),
        lambda address: letters.addition(house, view, address),
    )
    ways.tell(errand, word, first=Way(added.channel, added.sender) if added.channel else None)


def _answers_itself(added: Row[Any]) -> bool:
    """Whether a machine may stand behind what was added, and would be told of for ever."""
    return bool(added.silent or added.confirmed) if added.channel == "email" else added.channel == "sms" and added.often


def _tell_of_a_try(errand: Errand) -> bool:
    """That somebody tried to call him back; whether there was such news."""
    house, view, now = errand.house, errand.view, errand.moment.now
    tried = errand.conn.execute(_TRIED, {"id": view.id, "now": now, "unreached": _UNREACHED}).one_or_none()
    if tried is None:
        return False
    word = Word(
        Purpose.TRIED,
        f"{view.id}:tried:{tried.id}",
        wording.tried(house, view, tried.at, now),
        lambda address: letters.tried(house, view, address, tried.at, now),
    )
    ways.tell(errand, word)
    return True


def _name_claimer(errand: Errand) -> None:
    """Which senior has his request in hand, once each; who heard that he was tried knows that somebody has it. Of a
    secretariat it is not said who."""
    house, view, now = errand.house, errand.view, errand.moment.now
    if view.claimer is None or view.kind != ADVICE:
        return
    name, since = view.claimer.name, errand.conn.execute(_SINCE, {"id": view.id, "claimed_at": view.claimed_at}).one()
    if since.tried:
        return
    word = Word(
        Purpose.NAMED,
        f"{view.id}:named:{since.opened}:{view.claimer.id}",
        wording.named(house, view, name, _follow_link(errand), now),
        lambda address: letters.named(house, view, address, name, now),
    )
    ways.tell(errand, word)


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
    word = Word(
        Purpose.ASKED,
        f"{view.id}:asked:{_closing(view)}",
        wording.asked(errand.house, view, _follow_link(errand)),
        lambda address: letters.asked(errand.house, view, address),
        at=by_day(errand.moment.now, view.zone),
    )
    ways.tell(errand, word)


def _have_talked(errand: Errand) -> bool:
    """Whether the line itself knows it: a bridge is a try only when the senior has hung up, or keyed how it ended."""
    view = errand.view
    row = errand.conn.execute(_TALKED, {"id": view.id}).one()
    return row.talked or bridges.reached(errand.conn, view.id, row.reopened_at or view.created_at)


def _unreachable(errand: Errand) -> None:
    view = errand.view
    word = Word(
        Purpose.UNREACHED,
        f"{view.id}:unreached:{_closing(view)}",
        wording.to_gp(errand.house, "unreached", view),
        lambda address: letters.unreached(errand.house, view, address),
    )
    ways.tell(errand, word)


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


def _follow_link(errand: Errand) -> str:
    return gp.url(errand.house.public_url, errand.view.reference, errand.house.secret_key)
