"""What is told between two people: a colleague has it, is asked to, refuses; it is time to try again; it is back.

Each word is keyed by the event that it is about, so that it is written once however often one looks.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from callbacks import outbox, reminders
from callbacks.errand import Errand, Tidings
from callbacks.ladder import Channel
from callbacks.promise import QUIET_LEAVES, channels, on_shift
from callbacks.purposes import UNCLAIMED, Purpose
from callbacks.quiet import by_day
from callbacks.states import Kind, State
from scheduling import store
from scheduling.rota import OnCall, Person

Latest = Mapping[Kind, Row[Any]]  # the last event of each kind: id, at, person_id, detail

_LATEST = text(
    """
    select distinct on (kind) kind, id, at, person_id, detail from events where request_id = :id
    and kind in ('filed', 'claimed', 'accepted', 'released', 'offered', 'refused', 'done', 'denied', 'reopened')
    order by kind, id desc"""
)
# Who was alerted of it while it was open, and may set out.
_ALERTED = text(
    """
    select distinct person_id from outbox where request_id = :id and purpose = any(:purposes)
    and person_id <> :claimer and person_id is distinct from cast(:asked as bigint)
    and state in ('sending', 'sent', 'delivered') and created_at between :opened and :claimed order by person_id"""
)
_HAD_IT = text(
    """
    select person_id from events where request_id = :id and kind in ('claimed', 'accepted') and id < :before
    order by id desc limit 1"""
)
_ADDED = text("select id from parts where request_id = :id and created_at > :since and heard_at is null")
_RETURN_TOLD = text(
    """
    select exists (select from outbox where request_id = :id and purpose = 'returned'
                   and detail @> jsonb_build_object('event', cast(:event as bigint)))"""
)


def tell(errand: Errand, on_call: OnCall) -> None:
    """The words that are owed to the ward about this request."""
    found = errand.conn.execute(_LATEST, {"id": errand.view.id})
    latest = {Kind(row.kind): row for row in found}
    for word in _WORDS:
        word(errand, on_call, latest)
    reminders.mend(errand)


def _taken(errand: Errand, on_call: OnCall, latest: Latest) -> None:
    """Nobody sets out for what a colleague has: who was alerted is told, once, unless that means a call."""
    claimed = _last(latest, Kind.CLAIMED, Kind.ACCEPTED)
    opened = _last(latest, Kind.FILED, Kind.RELEASED, Kind.REOPENED)
    if claimed is None or opened is None or claimed.id < opened.id:
        return
    told = _HAD_IT if claimed.kind == Kind.ACCEPTED else _ALERTED
    values = {
        "id": errand.view.id,
        "before": claimed.id,
        "purposes": list(UNCLAIMED),
        "claimer": claimed.person_id,
        "asked": errand.view.offered_to,
        "opened": opened.at,
        "claimed": claimed.at,
    }
    people = store.people(errand.conn, list(errand.conn.execute(told, values).scalars()))
    if people:
        reminders.count_alone(errand.conn)  # as `mend` does after it, and a rung that is due for others yet
    for person in people:
        if channels(person, (Channel.SMS,)) == (Channel.SMS,):
            at = _awake(errand, person, on_call)
            tidings = Tidings(Purpose.TAKEN, "taken", f"{errand.view.id}:taken:{claimed.id}", at)
            reminders.remind(errand, person, tidings)


def _offered(errand: Errand, on_call: OnCall, latest: Latest) -> None:
    """Who is asked to take it over; he keeps his sleep when the deadline leaves him the morning."""
    offered = latest.get(Kind.OFFERED)
    if offered is None or errand.view.state.closed or errand.view.offered_to != offered.detail["to"]:
        return
    person = _person(errand.conn, offered.detail["to"])
    at = _awake(errand, person, on_call)
    in_time = errand.view.due_at - at >= QUIET_LEAVES
    words = "offered" if offered.person_id is None else "offered_by_colleague"
    key = f"{errand.view.id}:offered:{offered.id}"
    errand.send(person, Tidings(Purpose.OFFERED, words, key, at if in_time else None))


def _refused(errand: Errand, on_call: OnCall, latest: Latest) -> None:
    """Who asked a colleague is told that he does not take it; the coordinator sees it on the board."""
    refused, offered = latest.get(Kind.REFUSED), latest.get(Kind.OFFERED)
    if refused is None or offered is None or offered.id > refused.id or offered.person_id is None:
        return
    if not errand.view.state.closed and errand.view.claimed_by in (None, offered.person_id):
        tidings = Tidings(Purpose.REFUSED, "refused", f"{errand.view.id}:refused:{refused.id}")
        errand.send(_person(errand.conn, offered.person_id), tidings)


def _retry(errand: Errand, on_call: OnCall, latest: Latest) -> None:
    """The time that he has set himself has come: never held back, at any hour."""
    view = errand.view
    if view.state is State.CLAIMED and view.claimer and view.retry_at and view.retry_at <= errand.moment.now:
        key = f"{view.id}:retry:{view.claimer.id}:{int(view.retry_at.timestamp())}"
        errand.send(view.claimer, Tidings(Purpose.RETRY, "retry", key))


def _added(errand: Errand, on_call: OnCall, latest: Latest) -> None:
    """Messages that came after the claim are pointed out to who has claimed it."""
    if errand.view.claimer is None or errand.view.state.closed:
        return
    values = {"id": errand.view.id, "since": errand.view.claimed_at}
    for part_id in errand.conn.execute(_ADDED, values).scalars():
        errand.send(errand.view.claimer, Tidings(Purpose.ADDED, "added", f"{errand.view.id}:added:{part_id}"))


def _returned(errand: Errand, on_call: OnCall, latest: Latest) -> None:
    """It is the ward's again: who is on call is told at once, and why; the ladder goes on as it was."""
    back = _last(latest, Kind.RELEASED, Kind.REOPENED)
    if back is None or errand.view.state is not State.OPEN:
        return
    words = _why(back, latest)
    if errand.view.last_rung is None and words != "denied":
        return  # the first rung is due, and tells him
    if errand.conn.execute(_RETURN_TOLD, {"id": errand.view.id, "event": back.id}).scalar_one():
        return
    outbox.drop_waiting(errand.conn, errand.view.id, {Purpose.TAKEN})
    key = f"{errand.view.id}:returned:{back.id}"
    for person in _to_hear(back, on_call):
        errand.send(person, Tidings(Purpose.RETURNED, words, key, detail={"event": back.id}))


def _why(back: Row[Any], latest: Latest) -> str:
    """The key of the words: a colleague gave it back, his shift ended, it was opened again, the GP was not called."""
    if back.kind == Kind.RELEASED:
        return "returned_shift_end" if back.detail.get("why") == "shift_end" else "returned"
    denied, done = latest.get(Kind.DENIED), latest.get(Kind.DONE)
    return "denied" if denied is not None and done is not None and denied.id > done.id else "reopened"


def _to_hear(back: Row[Any], on_call: OnCall) -> list[Person]:
    """The next on call after who gave it back; everybody on call when it is opened again; nobody: who is above."""
    seniors = [each.person for each in on_call.seniors]
    if seniors:
        return seniors if back.kind == Kind.REOPENED else [each for each in seniors if each.id != back.person_id][:1]
    above = (on_call.ward.head, on_call.ward.coordinator) if on_call.answering else ()
    return [person for person in above if person is not None][:1]


_WORDS: tuple[Callable[[Errand, OnCall, Latest], None], ...] = (_taken, _offered, _refused, _retry, _added, _returned)


def _last(latest: Latest, *kinds: Kind) -> Row[Any] | None:
    """The latest of these events."""
    found = [latest[kind] for kind in kinds if kind in latest]
    return max(found, key=lambda event: event.id, default=None)


def _awake(errand: Errand, person: Person, on_call: OnCall) -> datetime:
    """Now, or the morning for who is not on shift."""
    now = errand.moment.now
    return now if on_shift(person, on_call) else by_day(now, errand.view.zone)


def _person(conn: Connection, person_id: int) -> Person:
    (person,) = store.people(conn, [person_id])
    return person
