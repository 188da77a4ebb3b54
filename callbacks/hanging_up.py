"""A call is over: what was promised in it is on file, and who must do something next is rung for (invariant 1)."""

from collections.abc import Mapping
from uuid import UUID

from callbacks import afterwards, alarms, attempts, bridge_works, recordings, requests, works
from callbacks.attempts import EndedAttempt
from callbacks.calls import Opened
from callbacks.canaries import CANARY
from callbacks.talk import Talk
from ivr.flow import FLOW
from ivr.ringing import Dialled, verdict_without_action
from ivr.vocabulary import Ring

RESULTS: Mapping[str, str] = {"notice": "followup", CANARY: "followup"}  # of calls that nobody made to us


def finish(talk: Talk, *, certain: bool) -> None:
    """Bridged, on file, or lost; `certain` is false while a dial's result is out."""
    if talk.call.ended_at is None:
        talk.change(ended_at=talk.moment.now)
    if talk.now_is("person_id") is not None:
        bridge_works.left(talk)
    if talk.call.direction != "inbound":
        talk.change(result=RESULTS.get(talk.call.direction, "senior"))
        return
    if not certain:
        return
    if talk.now_is("result") in ("open", "switchboard"):
        talk.change(result=_unanswered(talk))
    if talk.now_is("result") == "answered" and talk.now_is("outcome") is None:
        afterwards.ask_senior(talk.connection, talk.desk.house, talk.call.id, talk.now_is("answered_by"), talk.moment)
    request_id = talk.now_is("request_id")
    if request_id is not None:
        if talk.now_is("result") != "senior":  # he looks after it; it is not he who waits for a word
            requests.call_ended(talk.connection, request_id, talk.moment)
        talk.ring_bell("climb", request_id)
    if talk.recall("recording") is not None:
        recordings.release_for_fetch(talk.connection, talk.call.id)
        talk.ring_bell("fetch", UUID(talk.recall("recording")))


def _unanswered(talk: Talk) -> str:
    """What came of a call that reached no senior."""
    if talk.now_is("request_id") is not None:
        return "request"
    if talk.now_is("ward_id") is None:
        return "switchboard" if talk.now_is("result") == "switchboard" else "lost"
    if talk.call.caller is None:
        return "lost"
    pending = works.pending_here(talk)
    if pending and (works.is_enough(talk) or not talk.recall("anew")):
        requests.called_again(talk.connection, pending[-1].id, talk.call.id, talk.moment)
        talk.change(request_id=pending[-1].id)
    else:
        works.file_request(talk, "missed_call")
    return "request"


def is_in_doubt(opened: Opened) -> bool:
    """Whether a senior pressed 1 and the dial's result has not come: only it, or the leg's length, can tell."""
    last = opened.attempts[-1] if opened.attempts else None
    waiting = isinstance(FLOW.steps.get(opened.call.step), Ring)
    return bool(waiting and last and last.accepted_at and last.outcome is None)


def judge_without_action(talk: Talk, talked_seconds: float | None) -> None:
    """Whether they talked, by the length of the senior's leg since his 1 (None: nobody knows)."""
    last = talk.attempts[-1]
    outcome = verdict_without_action(talked_seconds)
    alarms.raise_alarm(talk.connection, "dial_result_lost", f"dial_result_lost:{last.id}", {"call": str(talk.call.id)})
    attempts.end(talk.connection, EndedAttempt(last.id, outcome, last.child_sid or ""))
    if outcome is Dialled.TAKEN:
        works.taken(talk, last.person_id, last.accepted_at)
