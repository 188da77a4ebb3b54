"""What the desk does while a senior calls a GP back through the line, and what he keys when it is over."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from callbacks import alarms, assessments, bridge, endings, holding, outbox, outcomes, register, requests, trying
from callbacks.assessed import How
from callbacks.bridge import Bridge, Live, NoNumber
from callbacks.holding import AlreadyClaimed, Closed, NotThen, Postponed, Released
from callbacks.outbox import Message
from callbacks.outcomes import Outcome
from callbacks.purposes import Purpose
from callbacks.requests import Done, TooSoon, Unheard
from callbacks.senior_works import about, describe, person_of
from callbacks.states import State
from callbacks.talk import Talk, Work
from callbacks.trying import Result
from config import texts
from ivr.engine import Heard
from ivr.ringing import Dialled, verdict

TRIED_WORDS = "voice.notice_tried"  # the catalogue key that the call to his voicemail speaks
LATE: dict[type, str] = {
    Live: "busy",
    NoNumber: "no_number",
    AlreadyClaimed: "taken",
    Released: "taken",
    Closed: "closed",
    Unheard: "unheard",
    TooSoon: "too_soon",
    NotThen: "late",
}
# What the GP's telephone did, as a try to reach him.
RESULTS = {
    Dialled.TAKEN: Result.REACHED,
    Dialled.UNACCEPTED: Result.UNACCEPTED,
    Dialled.NO_ANSWER: Result.NO_ANSWER,
    Dialled.BUSY: Result.BUSY,
    Dialled.FAILED: Result.FAILED,
    Dialled.CANCELED: Result.CANCELED,
}
# What he hears of a try that did not reach the GP.
UNREACHED = {Result.UNACCEPTED: "voicemail", Result.FAILED: "unusable"}


# The call ---------------------------------------------------------------------------------------------------------


def load_callback(talk: Talk, heard: Heard) -> str:
    """He asked for it by a touch, and has answered. A touch on his own page, a moment ago, is his 1."""
    bridge_id, request_id = UUID(talk.recall("errand")["bridge"]), talk.recall("about")
    view = describe(talk, request_id)
    asked = bridge.find(talk.connection, bridge_id)
    if asked is None or not bridge.answered(talk.connection, bridge_id, talk.call.id):
        return "gone"
    if view.claimed_by != person_of(talk) or view.state is not State.CLAIMED:
        bridge.settle(talk.connection, bridge_id, bridge.NOT_RUNG, talk.moment)
        return "gone"
    talk.remember(bridge=str(bridge_id))
    just_now = asked.how == "page" and talk.moment.real - asked.asked_real < bridge.AT_ONCE
    return "ok" if just_now else "ask"


def begin_callback(talk: Talk, heard: Heard) -> str:
    """He calls back in the call in which he is, for the first time or once more."""
    abroad = talk.desk.house.abroad
    begun = bridge.begin(talk.connection, about(talk), person_of(talk), talk.call.id, talk.moment, abroad)
    if not isinstance(begun, UUID):
        return LATE[type(begun)]
    describe(talk, about(talk))
    talk.remember(bridge=str(begun), closing=None)
    return "ok"


def ring_gp(talk: Talk, heard: Heard) -> str:
    """Ring the GP on the number he left; not when the bridge is over, or the request closed."""
    view = requests.view(talk.connection, about(talk))
    if view.caller is None or view.state.closed:
        return "failed"
    if not bridge.ring(talk.connection, _bridge_id(talk), view.caller, talk.moment):
        return "failed"
    talk.remember(bridge_phone=view.caller)
    return "ringing"


def bridged(talk: Talk, heard: Heard) -> str:
    """The GP's telephone has stopped ringing, or the two have stopped talking."""
    found = _bridge(talk)
    judged = verdict(heard.dial_status, heard.dial_bridged, found.accepted_at is not None, declined=False)
    if judged.alarm:
        alarms.raise_alarm(talk.connection, judged.alarm, f"{judged.alarm}:{found.id}", {"call": str(talk.call.id)})
    bridge.settle(talk.connection, found.id, RESULTS[judged.outcome], talk.moment)
    talk.ring_bell("climb", found.request_id)
    return "reached" if _bridge(talk).result is Result.REACHED else "not_reached"


def left(talk: Talk) -> None:
    """The senior has hung up. Whether they talked, only the dial's result can tell, or the leg's length."""
    for found in bridge.of_call(talk.connection, talk.call.id):
        if found.outcome is not None:
            bridge.report(talk.connection, found.id, talk.moment)
        elif found.accepted_at is None:
            outcome = bridge.NOT_RUNG if found.rung_at is None else Result.CANCELED
            bridge.settle(talk.connection, found.id, outcome, talk.moment)
        talk.ring_bell("climb", found.request_id)


# How it ended -----------------------------------------------------------------------------------------------------


def ask_outcome(talk: Talk, heard: Heard) -> str:
    """The outcomes that have a key, to be read to him."""
    view = requests.view(talk.connection, about(talk))
    if view.state.closed:
        return "closed"
    if view.claimed_by not in (None, person_of(talk)):
        return "taken"
    found = endings.of(talk.connection, view.ward_id, view.kind)
    talk.remember(outcomes=_outcomes_read(found, talk.desk.house.language), closing="outcome")
    return "ok"


def _outcomes_read(found: Sequence[Outcome], language: str) -> str:
    keyed = sorted(outcomes.by_key(found).items())
    labelled = ((key, texts.say(f"voice.outcome_{each.code.lower()}", language)) for key, each in keyed)
    return " ".join(texts.say("voice.outcome_option", language, label=label, key=key) for key, label in labelled)


def close_request(talk: Talk, heard: Heard) -> str:
    """How it ended, in one digit."""
    view = requests.view(talk.connection, about(talk))
    chosen = outcomes.by_key(endings.of(talk.connection, view.ward_id, view.kind)).get(heard.digits)
    if chosen is None:
        return "none"
    return _close(talk, chosen.code, Result.REACHED if chosen.spoken else None)


def close_unreached(talk: Talk, heard: Heard) -> str:
    """Tried often enough, in different windows."""
    talk.remember(closing="unreached")
    return _close(talk, outcomes.NOT_REACHED)


def _close(talk: Talk, code: str, tried: Result | None = None) -> str:
    """`tried`: what came of the callback, when it was made by his own means."""
    view, person_id = requests.view(talk.connection, about(talk)), person_of(talk)
    if view.claimed_by not in (None, person_id):
        return "taken"
    if not view.state.closed and not view.unheard:
        _write_down(talk, tried)
    done = requests.close(talk.connection, about(talk), person_id, code, talk.moment)
    if isinstance(done, Done):
        assessments.closed(talk.connection, about(talk), code, talk.moment, how=How.PHONE, person_id=person_id)
    talk.ring_bell("climb", about(talk))
    return "ok" if isinstance(done, Done) else LATE[type(done)]


def only_secretary(talk: Talk, heard: Heard) -> str:
    """He has talked, but not to the doctor: a try that did not reach him."""
    if requests.view(talk.connection, about(talk)).state.closed:
        return "closed"
    _write_down(talk, Result.SECRETARIAT)
    return "ok"


# Not reached ------------------------------------------------------------------------------------------------------


def not_reached(talk: Talk, heard: Heard) -> str:
    """What came of the try, and whether there were enough of them."""
    view = requests.view(talk.connection, about(talk))
    tries = register.tries(talk.connection, view.id)
    talk.remember(may_close=trying.enough(tries, view.zone))
    result = _bridge(talk).result
    return "ok" if result is None else UNREACHED.get(result, "ok")


def leave_word(talk: Talk, heard: Heard) -> str:
    """A short safe message on his voicemail, in a call of its own, once for a try."""
    found = _bridge(talk)
    if found.phone is None:
        return "failed"
    message = Message(
        key=bridge.word_key_of(found.id),
        purpose=Purpose.TRIED_CALL,
        channel="call",
        recipient=found.phone,
        person_id=None,
        request_id=found.request_id,
        body=TRIED_WORDS,
        due_at=talk.moment.now,
    )
    outbox.put(talk.connection, [message], talk.moment)
    return "ok"


def try_later(talk: Talk, heard: Heard) -> str:
    """The next try, inside the window the GP named; until then the senior is left alone."""
    view = requests.view(talk.connection, about(talk))
    at = _next_try(talk, view)
    put_off = holding.postpone(talk.connection, view.id, person_of(talk), at, "window", talk.moment)
    talk.ring_bell("climb", view.id)
    if not isinstance(put_off, Postponed):
        return LATE[type(put_off)]
    talk.remember(next_try_at=put_off.until.isoformat())
    return "ok"


def _next_try(talk: Talk, view: requests.RequestView) -> datetime:
    tries = register.tries(talk.connection, view.id)
    return trying.next_try(view.reach, tries, talk.moment.now, view.due_at, view.zone)


def _write_down(talk: Talk, result: Result | None) -> None:
    """The try, before what came of it: the line's own when he called back in this call, else what he says of it."""
    if talk.recall("bridge") is not None:
        secretary = result is Result.SECRETARIAT
        bridge.report(talk.connection, _bridge_id(talk), talk.moment, secretary=secretary)
    elif result is not None and not _said_before(talk, result):
        requests.attempted(talk.connection, about(talk), person_of(talk), talk.moment, result)


def _said_before(talk: Talk, result: Result) -> bool:
    last = register.tries(talk.connection, about(talk))[-1:]
    return any((each.result, each.by) == (result, person_of(talk)) for each in last)


def _bridge(talk: Talk) -> Bridge:
    found = bridge.find(talk.connection, _bridge_id(talk))
    if found is None:
        raise LookupError("no such bridge")
    return found


def _bridge_id(talk: Talk) -> UUID:
    return UUID(talk.recall("bridge"))


WORKS: dict[str, Work] = {
    "bridge": ring_gp,
    **{
        work.__name__: work
        for work in (
            load_callback,
            begin_callback,
            bridged,
            ask_outcome,
            close_request,
            close_unreached,
            only_secretary,
            not_reached,
            leave_word,
            try_later,
        )
    },
}
