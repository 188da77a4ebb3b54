"""What the desk does for a senior on the telephone: his pending requests, the claim, his PIN, the messages."""

from datetime import timedelta

from callbacks import holding, outbox, pins, requests, sheet
from callbacks.holding import AlreadyClaimed, Claimed, Closed, NotOffered, Refused, Released
from callbacks.kinds.kind import ADVICE
from callbacks.purposes import Purpose
from callbacks.sheet import Part, Sheet
from callbacks.talk import Talk, Work
from ivr.engine import Heard

NOTICES = {"apology": "apology", "last_resort": "nobody_else", "tried_call": "tried"}
OF_KIND = {"apology": "apology_kind", "tried": "tried_kind"}  # of another kind than advice
PROVED_FOR = timedelta(minutes=15)
PLAYED_IN_VAIN = 2
PLACED = frozenset({"alert", "callback"})  # calls of ours to his registered mobile
# What became of an act that came too late.
LATE: dict[type, str] = {AlreadyClaimed: "taken", Closed: "closed"}


# His requests -----------------------------------------------------------------------------------------------------


def pending(talk: Talk, heard: Heard) -> str:
    """His pending requests, the most urgent first."""
    talk.change(result="senior")
    _line_up(talk)
    return next_pending(talk, heard)


def next_pending(talk: Talk, heard: Heard) -> str:
    """The next of them; he hears reference, ward and deadline, nothing of the GP. A call back has one request alone."""
    if talk.call.direction == "callback":
        return "finished"
    if talk.recall("queue") is None:
        _line_up(talk)
    queue = talk.recall("queue")
    if not queue:
        return "none"
    talk.remember(queue=queue[1:], about=queue[0], closing=None, bridge=None)
    describe(talk, queue[0])
    outbox.take_back_call(talk.connection, queue[0], person_of(talk), Purpose.OVERDUE)
    return "ok"


def _line_up(talk: Talk) -> None:
    waiting = requests.pending_for_person(talk.connection, person_of(talk), talk.moment.now)
    ids = [request.id for request in waiting if request.id != talk.recall("about")]
    talk.remember(queue=ids, count=len(waiting))


def menu(talk: Talk, heard: Heard) -> str:
    """Whose it is now, and so what he can do with it."""
    view, person_id = requests.view(talk.connection, about(talk)), person_of(talk)
    if view.state.closed:
        return "closed"
    if view.claimed_by == person_id:
        return "ok"
    if view.offered_to == person_id:
        return "offered"
    return "open" if view.claimed_by is None else "taken"


def claim(talk: Talk, heard: Heard) -> str:
    """He takes it; the first claimer wins."""
    outcome = holding.claim(talk.connection, about(talk), person_of(talk), talk.moment, "phone")
    return _done(talk, "ok" if isinstance(outcome, Claimed) else LATE[type(outcome)])


def give_back(talk: Talk, heard: Heard) -> str:
    """It is the ward's again."""
    outcome = holding.release(talk.connection, about(talk), person_of(talk), talk.moment)
    return _done(talk, "ok" if isinstance(outcome, Released) else LATE[type(outcome)])


def refuse(talk: Talk, heard: Heard) -> str:
    """He does not take over what a colleague offers him."""
    outcome = holding.refuse(talk.connection, about(talk), person_of(talk), talk.moment)
    return _done(talk, "ok" if isinstance(outcome, Refused | NotOffered) else LATE[type(outcome)])


def _done(talk: Talk, way: str) -> str:
    """Who must be told is told by the ladder's hand, soon."""
    talk.ring_bell("climb", about(talk))
    return way


# His PIN ----------------------------------------------------------------------------------------------------------


def want_to_hear(talk: Talk, heard: Heard) -> str:
    """Names, numbers and messages need his PIN, whoever called whom."""
    talk.remember(wish="ok", closing=None)
    return _proof(talk)


def want_to_hear_to_close(talk: Talk, heard: Heard) -> str:
    """To hear what is unheard, and then to say how it ended."""
    talk.remember(wish="ok", closing=talk.recall("closing") or "outcome")
    return _proof(talk)


def want_to_call_back(talk: Talk, heard: Heard) -> str:
    """He may be anybody who shows this number, unless we called it."""
    talk.remember(wish="call_back")
    return "ok" if talk.call.direction in PLACED else _proof(talk)


def want_to_close(talk: Talk, heard: Heard) -> str:
    """The same."""
    talk.remember(wish="close")
    return "ok" if talk.call.direction in PLACED else _proof(talk)


def as_wished(talk: Talk, heard: Heard) -> str:
    """What he was about to do when he was asked for his PIN."""
    wish: str = talk.recall("wish", "ok")
    return wish


def _proof(talk: Talk) -> str:
    """He may choose a PIN only in a call that we placed to his mobile."""
    if proved(talk):
        return "ok"
    match pins.standing(talk.connection, person_of(talk)):
        case pins.Right():
            return "pin"
        case pins.Locked():
            return "locked"
        case pins.Unset():
            return "choose" if talk.call.direction in PLACED else "unset"


def check_pin(talk: Talk, heard: Heard) -> str:
    """Five wrong ones lock it."""
    match pins.check(talk.connection, person_of(talk), heard.digits):
        case pins.Right():
            _prove(talk)
            return "ok"
        case pins.Locked():
            pins.tell_owner(talk.connection, talk.desk.house, person_of(talk), talk.moment)
            return "locked"
        case _:
            return "wrong"


def set_pin(talk: Talk, heard: Heard) -> str:
    """His first PIN."""
    if talk.call.direction not in PLACED:
        return "failed"
    if pins.set_first(talk.connection, person_of(talk), heard.digits) is not None:
        return "weak"
    _prove(talk)
    return "ok"


def proved(talk: Talk) -> bool:
    """Whether he gave his PIN in this call, not long ago."""
    in_time = talk.recall("proved_until", 0.0) > talk.moment.real.timestamp()
    return bool(in_time and talk.recall("proved_for") == person_of(talk))


def _prove(talk: Talk) -> None:
    talk.remember(proved_until=(talk.moment.real + PROVED_FOR).timestamp(), proved_for=person_of(talk))


# The messages -----------------------------------------------------------------------------------------------------


def hear(talk: Talk, heard: Heard) -> str:
    """The messages of the request, one after the other; each hearing is recorded when the sound leaves the house."""
    if not proved(talk):
        return "failed"
    read = sheet.read(talk.connection, about(talk))
    talk.change(request_id=read.id)
    talk.remember(number=read.caller)
    if talk.recall("closing"):
        return _hear_the_rest(talk, read)
    audible = [part for part in read.parts if part.is_voice and part.can_be_opened]
    if not audible:
        return _nothing_to_hear(read)
    position = talk.recall("heard_of", {}).get(str(read.id), 0) % len(audible)
    talk.remember(heard_of={str(read.id): position + 1}, playing=str(audible[position].id))
    return "ok" if read.caller else "unnumbered"


def _nothing_to_hear(read: Sheet) -> str:
    if any(part.is_coming for part in read.parts):
        return "not_yet"
    return "unread" if read.parts or read.caller is None else "none"


def heard_enough(talk: Talk, heard: Heard) -> str:
    """Whether all was heard that must be before the request can be closed."""
    if _unheard(sheet.read(talk.connection, about(talk))):
        return "unheard"
    return "unreached" if talk.recall("closing") == "unreached" else "ok"


def _hear_the_rest(talk: Talk, read: Sheet) -> str:
    """The first message that nobody has heard; the last one again when all were."""
    unheard = _unheard(read)
    audible = [part for part in unheard or read.parts if part.is_voice and part.can_be_opened]
    if audible:
        return _play_to_close(talk, audible[0] if unheard else audible[-1])
    return "not_yet" if any(part.is_coming for part in unheard) else "unread"


def _play_to_close(talk: Talk, part: Part) -> str:
    played = [*talk.recall("played", []), str(part.id)]
    if part.heard_at is None and played.count(str(part.id)) > PLAYED_IN_VAIN:
        return "unread"  # its sound does not open: he must not go round in circles
    talk.remember(playing=str(part.id), played=played)
    return "closing"


def _unheard(read: Sheet) -> list[Part]:
    return [part for part in read.parts if part.heard_at is None]


# What we call about -----------------------------------------------------------------------------------------------


def load_alert(talk: Talk, heard: Heard) -> str:
    """What we call a person on call about."""
    request_id = talk.recall("about")
    if request_id is None:
        return "gone"
    view = describe(talk, request_id)
    person_id = person_of(talk)
    his = view.claimed_by in (None, person_id) or view.offered_to == person_id
    return "ok" if his and not view.state.closed else "gone"


def load_notice(talk: Talk, heard: Heard) -> str:
    """What we call a GP about who has no other channel; or the house's last resort, about whom nobody else heeds."""
    request_id = talk.recall("about")
    if request_id is None:
        return "gone"
    view, way = describe(talk, request_id), NOTICES.get(talk.recall("purpose"), "ok")
    return way if view.kind == ADVICE else OF_KIND.get(way, way)


def describe(talk: Talk, request_id: int) -> requests.RequestView:
    """Remember what any prompt may say of a request."""
    view = requests.view(talk.connection, request_id)
    talk.change(request_id=view.id)
    talk.remember(
        reference=view.reference,
        ward=view.ward,
        about_ward=view.about,
        hospital=view.hospital,
        kind=view.kind,
        due_at=view.due_at.isoformat(),
        timezone=view.timezone,
    )
    return view


def about(talk: Talk) -> int:
    """The request that the call is about now."""
    request_id: int = talk.recall("about")
    return request_id


def person_of(talk: Talk) -> int:
    """Whose registered telephone it is."""
    person_id: int | None = talk.now_is("person_id")
    if person_id is None:
        raise PermissionError("no known person is on this line")
    return person_id


WORKS: dict[str, Work] = {
    work.__name__: work
    for work in (
        pending,
        next_pending,
        menu,
        claim,
        give_back,
        refuse,
        want_to_hear,
        want_to_hear_to_close,
        want_to_call_back,
        want_to_close,
        as_wished,
        check_pin,
        set_pin,
        hear,
        heard_enough,
        load_alert,
        load_notice,
    )
}
