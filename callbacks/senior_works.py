"""What the desk does for a senior on the telephone: his pending requests, the claim, the message behind his PIN."""

from datetime import timedelta

from callbacks import pins, requests, sheet
from callbacks.requests import AlreadyClaimed, Claimed
from callbacks.talk import Talk, Work
from ivr.engine import Heard

NOTICES = {"apology": "apology", "last_resort": "nobody_else"}
PROVED_FOR = timedelta(minutes=15)


def pending(talk: Talk, heard: Heard) -> str:
    """His pending requests, the most urgent first."""
    talk.change(result="senior")
    waiting = requests.pending_for_person(talk.connection, _person(talk), talk.moment.now)
    talk.remember(queue=[request.id for request in waiting], count=len(waiting))
    return next_pending(talk, heard)


def next_pending(talk: Talk, heard: Heard) -> str:
    """The next of them; he hears reference, ward and deadline, nothing of the GP."""
    queue = talk.recall("queue", [])
    if not queue:
        return "none"
    talk.remember(queue=queue[1:], about=queue[0])
    _describe(talk, queue[0])
    return "ok"


def claim(talk: Talk, heard: Heard) -> str:
    """He takes it; the first claimer wins."""
    match requests.claim(talk.connection, talk.recall("about"), _person(talk), talk.moment, "phone"):
        case Claimed():
            return "ok"
        case AlreadyClaimed(by=by) if by == _person(talk):
            return "ok"
        case _:
            return "taken"


def has_pin(talk: Talk, heard: Heard) -> str:
    """Names, numbers and messages need his PIN. He may choose one only in a call that we placed to his mobile."""
    if _proved(talk):
        return "proved"
    match pins.standing(talk.connection, _person(talk)):
        case pins.Right():
            return "ok"
        case pins.Locked():
            return "locked"
        case pins.Unset():
            return "choose" if talk.call.direction == "alert" else "unset"


def check_pin(talk: Talk, heard: Heard) -> str:
    """Five wrong ones lock it."""
    match pins.check(talk.connection, _person(talk), heard.digits):
        case pins.Right():
            _prove(talk)
            return "ok"
        case pins.Locked():
            return "locked"
        case _:
            return "wrong"


def set_pin(talk: Talk, heard: Heard) -> str:
    """His first PIN."""
    if talk.call.direction != "alert":
        return "failed"
    if pins.set_first(talk.connection, _person(talk), heard.digits) is not None:
        return "weak"
    _prove(talk)
    return "ok"


def hear(talk: Talk, heard: Heard) -> str:
    """The messages of the request, one after the other; each hearing is recorded when the sound leaves the house."""
    if not _proved(talk):
        return "failed"
    read = sheet.read(talk.connection, talk.recall("about"))
    talk.change(request_id=read.id)
    talk.remember(number=read.caller)
    audible = [part for part in read.parts if part.is_voice and part.can_be_opened]
    if not audible:
        return "none"
    position = talk.recall("heard_of", {}).get(str(read.id), 0) % len(audible)
    talk.remember(heard_of={str(read.id): position + 1}, playing=str(audible[position].id))
    return "ok" if read.caller else "unnumbered"


def load_alert(talk: Talk, heard: Heard) -> str:
    """What we call a person on call about."""
    request_id = talk.recall("about")
    if request_id is None:
        return "gone"
    view = _describe(talk, request_id)
    gone = view.closed_at is not None or view.claimed_by not in (None, _person(talk))
    return "gone" if gone else "ok"


def load_notice(talk: Talk, heard: Heard) -> str:
    """What we call a GP about who has no other channel; or the house's last resort, about whom nobody else heeds."""
    request_id = talk.recall("about")
    if request_id is None:
        return "gone"
    _describe(talk, request_id)
    return NOTICES.get(talk.recall("purpose"), "ok")


def _describe(talk: Talk, request_id: int) -> requests.RequestView:
    view = requests.view(talk.connection, request_id)
    talk.change(request_id=view.id)
    talk.remember(
        reference=view.reference,
        ward=view.ward,
        hospital=view.hospital,
        due_at=view.due_at.isoformat(),
        timezone=view.timezone,
    )
    return view


def _person(talk: Talk) -> int:
    person_id: int | None = talk.now_is("person_id")
    if person_id is None:
        raise PermissionError("no known person is on this line")
    return person_id


def _prove(talk: Talk) -> None:
    talk.remember(proved_until=(talk.moment.real + PROVED_FOR).timestamp(), proved_for=_person(talk))


def _proved(talk: Talk) -> bool:
    in_time = talk.recall("proved_until", 0.0) > talk.moment.real.timestamp()
    return bool(in_time and talk.recall("proved_for") == _person(talk))


WORKS: dict[str, Work] = {
    work.__name__: work
    for work in (pending, next_pending, claim, has_pin, check_pin, set_pin, hear, load_alert, load_notice)
}
