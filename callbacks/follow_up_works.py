"""What the desk does for who keys a reference: tell how the request stands; and, for its GP, change or end it."""

from callbacks import answer_works, gp, kind_offers, requests, wording
from callbacks.gp import Answer, Followed
from callbacks.kinds.kind import reverse
from callbacks.states import State
from callbacks.talk import Talk, Work
from callbacks.works import prepare
from ivr.engine import Heard
from scheduling import store
from scheduling.rota import OnCall

Ringable = list[object]  # a candidate as a call remembers it: person, number, rank


def follow_up(talk: Talk, heard: Heard) -> str:
    """How his request stands; only who keys the reference is told. Names and questions are for its GP."""
    followed = gp.follow(talk.connection, requests.view(talk.connection, talk.recall("about")))
    view, late = followed.view, followed.late(talk.moment.now)
    his = gp.is_his(talk.connection, view, talk.call.caller)
    talk.change(result="followup", request_id=view.id)
    talk.remember(reference=view.reference, ward_id=view.ward_id, ward=view.ward, due_at=view.due_at.isoformat())
    talk.remember(timezone=view.timezone, late=late, his=his, hospital=view.hospital)
    kind = kind_offers.standing(talk.kinds, view.hospital).get(view.kind)
    talk.remember(kind=view.kind, rings=kind is None or kind.rings)
    if view.state.closed:
        if answer_works.waits(talk, view):
            return "answered" if his else "answered_others"
        ended = _ended(followed, talk) if his else "closed"
        # The hospital made it and owes him no call; whom it could not reach may still say that he wants to be
        return "wanted_over" if view.kind in reverse() and ended != "unreachable" else ended
    if view.kind in reverse():
        return "wanted"
    _remember_tries(talk, followed)
    if view.claimer is not None:
        talk.remember(claimer=wording.without_title(view.claimer.name) if his else None)
        return "claimed"
    return "late" if late else "ok"


def _remember_tries(talk: Talk, followed: Followed) -> None:
    """When he was tried at, and when the next try is."""
    retry_at = followed.view.retry_at
    if retry_at is not None and retry_at <= talk.moment.now:
        retry_at = None
    talk.remember(
        tried_at=followed.tried_at.isoformat() if followed.tried_at else None,
        retry_at=retry_at.isoformat() if retry_at else None,
    )


def _ended(followed: Followed, talk: Talk) -> str:
    """What its GP may still say of it."""
    if not followed.may_reopen(talk.moment.now):
        return "closed"
    return "done" if followed.view.state is State.DONE else "unreachable"


def may_act(talk: Talk, heard: Heard) -> str:
    """Who calls from a number of the request may withdraw or change it; others may ring the ward, and so may he whom
    the hospital wants to call."""
    return "ok" if talk.recall("his") and talk.recall("kind") not in reverse() else "others"


def about_request(talk: Talk, heard: Heard) -> str:
    """Ring the ward about a request on file: its claimer first, if he is on call; once it is late, the head at last."""
    view = requests.view(talk.connection, talk.recall("about"))
    on_call = store.on_call(talk.connection, view.ward_id, talk.moment.now)
    prepare(talk, on_call)
    candidates = _claimer_first(talk.recall("candidates"), view.claimed_by)
    if talk.recall("late"):
        candidates = candidates + _head(on_call, candidates)
    talk.change(kind=view.kind)
    talk.remember(adding=view.id, candidates=candidates)
    return "ok" if candidates else "nobody"


def _claimer_first(candidates: list[Ringable], claimed_by: int | None) -> list[Ringable]:
    return sorted(candidates, key=lambda each: each[0] != claimed_by)


def _head(on_call: OnCall, candidates: list[Ringable]) -> list[Ringable]:
    head = on_call.ward.head
    if head is None or head.id in [each[0] for each in candidates]:
        return []
    return [[head.id, head.phone, 3]]


# What its GP says of it -------------------------------------------------------------------------------------------

CALLED_BACK = {"1": True, "2": False}


def keep_answer(talk: Talk, heard: Heard) -> str:
    """Whether he was called back; a no opens his request again."""
    return _answered(talk, CALLED_BACK[heard.digits])


def reopen(talk: Talk, heard: Heard) -> str:
    """He could not be reached, and still wants to be."""
    return _answered(talk, called_back=False)


def _answered(talk: Talk, called_back: bool) -> str:
    request_id = _his_request(talk)
    match gp.answer(talk.connection, request_id, called_back, talk.moment, "phone"):
        case Answer.NOTED:
            return "ok"
        case Answer.OVER:
            return "over"
    talk.ring_bell("climb", request_id)
    return "reopened"


def withdraw(talk: Talk, heard: Heard) -> str:
    """He needs no call any more."""
    return "ok" if gp.withdraw(talk.connection, _his_request(talk), talk.moment) else "over"


def his_number(talk: Talk, heard: Heard) -> str:
    """The number that he is called back on, for him to keep or change."""
    number = requests.view(talk.connection, _his_request(talk)).caller
    talk.remember(number=number)
    return "ok" if number else "none"


def what_was_noted(talk: Talk, heard: Heard) -> str:
    """A request that was just filed has a reference and a deadline to be told; an older one was only changed."""
    return "ok" if talk.recall("his") is None else "changed"


def _his_request(talk: Talk) -> int:
    request_id = talk.recall("about")
    if request_id is None or not talk.recall("his"):
        raise PermissionError("this is not a number of the request")
    return int(request_id)


WORKS: dict[str, Work] = {
    work.__name__: work
    for work in (
        follow_up,
        may_act,
        about_request,
        keep_answer,
        reopen,
        withdraw,
        his_number,
        what_was_noted,
    )
}
