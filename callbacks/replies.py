"""What a known person asks for by SMS: it is done, and he is told what came of it.

A reference opens nothing by itself: he is believed about requests that he was alerted of or that wait for him.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, exists, func, select, update

from callbacks import alarms, bridge, holding, links, register, requests
from callbacks.house import Desk
from callbacks.promise import RequestView
from callbacks.register import Open
from callbacks.states import State
from callbacks.tables import links as link_rows
from callbacks.trying import Result
from callbacks.wishes import Asked, Wish
from config import numbers, texts
from config.clock import Moment
from config.texts import gsm7
from scheduling.rota import Person
from scheduling.tables import people

IN_TWO_WORDS = "AUTRE"  # the outcome of a request closed by SMS; the page asks for the right one
STATUS_SEGMENTS = 2
# Where nobody can answer what we send, no text invites to.
_INVITING = frozenset({"how_to_senior", "reply_not_yours", "reply_which"})


@dataclass(frozen=True)
class Desire:
    """What a known person asks for by SMS, at the desk."""

    desk: Desk
    conn: Connection
    moment: Moment
    person: Person
    asked: Asked


@dataclass(frozen=True)
class Told:
    """What he is told (nothing: the carrier speaks), and what is due now because of what he asked.

    `climb`: a request; `deliver`: a message in the outbox.
    """

    body: str = ""
    climb: int | None = None
    deliver: int | None = None


@dataclass(frozen=True)
class Came:
    """What came of it: the key of the words, and the call that is to be placed."""

    words: str
    deliver: int | None = None


def do(desire: Desire) -> Told | None:
    """Do what he asks; None: nothing that we know."""
    deed = _DEEDS.get(desire.asked.wish)
    return None if deed is None else deed(desire)


def say(desk: Desk, key: str, **values: object) -> str:
    """The words of an SMS; those that invite to answer only where that can be done."""
    words = f"{key}_one_way" if key in _INVITING and not desk.house.hears_replies else key
    filled = {"line": numbers.national(desk.house.line_number), "ward": "", **values}
    return gsm7.fit(texts.template(f"sms.{words}", desk.house.language), filled, shorten=("ward",))


# STOP and START ---------------------------------------------------------------------------------------------------


def _stop(desire: Desire) -> Told:
    """He is alerted by voice from now on, and somebody must know (design 3)."""
    _opt_out(desire, func.app_now())
    detail = {"person_id": desire.person.id}
    alarms.raise_alarm(desire.conn, "opted_out", f"opted_out:{desire.person.id}", detail)
    return Told()


def _start(desire: Desire) -> Told:
    _opt_out(desire, None)
    alarms.clear(desire.conn, f"opted_out:{desire.person.id}")
    return Told()


def _opt_out(desire: Desire, at: object) -> None:
    desire.conn.execute(update(people).where(people.c.id == desire.person.id).values(opted_out_at=at))


# About one request ------------------------------------------------------------------------------------------------


def _claimed(desire: Desire, request_id: int) -> Came:
    match holding.claim(desire.conn, request_id, desire.person.id, desire.moment, "sms"):
        case holding.Claimed():
            return Came("reply_claimed")
        case holding.AlreadyClaimed():
            return Came("reply_taken")
        case holding.Closed():
            return Came("reply_over")


def _closed(desire: Desire, request_id: int) -> Came:
    """Who says that it is done has had it in hand."""
    taken = _claimed(desire, request_id)
    if taken.words != "reply_claimed":
        return taken
    match requests.close(desire.conn, request_id, desire.person.id, IN_TWO_WORDS, desire.moment):
        case requests.Done():
            return Came("reply_closed")
        case requests.Unheard():
            return Came("reply_unheard")
        case _:
            return Came("reply_over")


def _released(desire: Desire, request_id: int) -> Came:
    """Give it back; who is only asked to take it over does not."""
    view = register.view(desire.conn, request_id)
    if view.offered_to == desire.person.id and view.claimed_by != desire.person.id:
        return _refused(desire, request_id)
    match holding.release(desire.conn, request_id, desire.person.id, desire.moment):
        case holding.Released():
            return Came("reply_released")
        case holding.AlreadyClaimed():
            return Came("reply_not_yours")
        case holding.Closed():
            return Came("reply_over")


def _refused(desire: Desire, request_id: int) -> Came:
    match holding.refuse(desire.conn, request_id, desire.person.id, desire.moment):
        case holding.Refused():
            return Came("reply_refused")
        case holding.NotOffered():
            return Came("reply_not_offered")
        case holding.Closed():
            return Came("reply_over")


def _attempted(desire: Desire, request_id: int) -> Came:
    """Who has tried has it in hand, as on his page; nothing is noted of what is closed or a colleague's."""
    taken = _claimed(desire, request_id)
    if taken.words != "reply_claimed":
        return taken
    requests.attempted(desire.conn, request_id, desire.person.id, desire.moment, Result.NO_ANSWER)
    return Came("reply_attempted")


def _called(desire: Desire, request_id: int) -> Came:
    """His telephone rings; then, when he presses 1, the GP's."""
    abroad = desire.desk.house.abroad
    match bridge.ask(desire.conn, request_id, desire.person.id, desire.moment, "sms", abroad):
        case bridge.Asked(outbox_id=outbox_id):
            return Came("reply_call", outbox_id)
        case bridge.Live():
            return Came("reply_call_live")
        case bridge.NoNumber():
            return Came("reply_no_number")
        case holding.AlreadyClaimed():
            return Came("reply_taken")
        case holding.Closed():
            return Came("reply_over")


def _asked_after(desire: Desire, request_id: int) -> Came:
    view = register.view(desire.conn, request_id)
    if view.state.closed:
        return Came("reply_over")
    if view.state is State.OPEN:
        return Came("status_open")
    return Came("status_yours" if view.claimed_by == desire.person.id else "reply_taken")


_ABOUT_ONE: Mapping[Wish, Callable[[Desire, int], Came]] = {
    Wish.CLAIM: _claimed,
    Wish.CLOSE: _closed,
    Wish.RELEASE: _released,
    Wish.REFUSE: _refused,
    Wish.ATTEMPT: _attempted,
    Wish.CALL: _called,
    Wish.STATUS: _asked_after,
}
# Of the requests that wait for him, those that he can only mean.
_MEANT = {Wish.CLAIM: State.OPEN, **dict.fromkeys((Wish.CLOSE, Wish.RELEASE, Wish.ATTEMPT, Wish.CALL), State.CLAIMED)}


def _about_one(desire: Desire) -> Told:
    """Do it to the request he names; when he names none, to the only one that he can mean."""
    named = desire.asked.reference
    found = _his(desire) if named else _only(desire)
    if isinstance(found, int):
        came = _ABOUT_ONE[desire.asked.wish](desire, found)
        return Told(_words(desire, found, came.words), found, came.deliver)
    if named:
        return Told(say(desire.desk, "reply_unknown", reference=named))
    if not found:
        return Told(say(desire.desk, "status_none"))
    return Told(say(desire.desk, "reply_which", references=", ".join(request.reference for request in found)))


def _his(desire: Desire) -> int | None:
    """The request he names, if he was alerted of it or it waits for him."""
    view = register.by_reference(desire.conn, desire.asked.reference)
    if view is None:
        return None
    alerted = exists().where(link_rows.c.request_id == view.id, link_rows.c.person_id == desire.person.id)
    if desire.conn.execute(select(alerted)).scalar_one():
        return view.id
    return view.id if any(request.id == view.id for request in _waiting(desire)) else None


def _only(desire: Desire) -> int | Sequence[Open]:
    """The one request he can mean when he names none; else those among which he must choose."""
    waiting = _waiting(desire)
    meant = [request for request in waiting if request.state is _MEANT.get(desire.asked.wish)] or waiting
    return meant[0].id if len(meant) == 1 else meant


def _waiting(desire: Desire) -> list[Open]:
    return register.pending_for_person(desire.conn, desire.person.id, desire.moment.now)


def _words(desire: Desire, request_id: int, key: str) -> str:
    """What came of it, with the deadline and his link for those texts that carry them."""
    view, house = register.view(desire.conn, request_id), desire.desk.house
    token = links.token_for(desire.conn, request_id, desire.person.id, desire.moment.now, house.secret_key)
    link = links.url(house.public_url, token)
    return say(
        desire.desk, key, reference=view.reference, ward=view.ward, deadline=_deadline(desire, view, view), link=link
    )


# What waits for him -----------------------------------------------------------------------------------------------


def _status(desire: Desire) -> Told:
    """Of the request he names; else all that wait for him, in as many words as there is room for."""
    if desire.asked.reference:
        return _about_one(desire)
    waiting = _waiting(desire)
    if not waiting:
        return Told(say(desire.desk, "status_none"))
    zoned = register.view(desire.conn, waiting[0].id)
    bodies = [_listed(desire, waiting, zoned, form) for form in _FORMS]
    return Told(next((body for body in bodies if gsm7.segments(body) <= STATUS_SEGMENTS), bodies[-1]))


_FORMS = ("status_item", "status_item_short", "status_item_bare")


def _listed(desire: Desire, waiting: Sequence[Open], zoned: RequestView, form: str) -> str:
    """Every one of them, the most urgent first; none is left out."""
    language = desire.desk.house.language
    items = [
        texts.say(
            f"sms.{form}",
            language,
            reference=request.reference,
            ward=request.ward,
            deadline=_deadline(desire, request, zoned),
            mine=texts.say("sms.status_mine", language) if request.state is State.CLAIMED else "",
        )
        for request in waiting
    ]
    return say(desire.desk, "status_list", count=len(items), list=", ".join(items))


def _deadline(desire: Desire, request: Open | RequestView, zoned: RequestView) -> str:
    return texts.written_time(request.due_at, zoned.zone, desire.desk.house.language)


_DEEDS: Mapping[Wish, Callable[[Desire], Told]] = {
    Wish.STOP: _stop,
    Wish.START: _start,
    **dict.fromkeys(_ABOUT_ONE, _about_one),
    Wish.STATUS: _status,
}
