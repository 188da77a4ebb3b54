"""What the desk does for a GP on the telephone: know him and his ward, ring the seniors, put the promise on file."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from callbacks import afterwards, alarms, callers, entries, kind_offers, permitted, requests, wording
from callbacks.attempts import EndedAttempt, NewAttempt
from callbacks.calls import Pending
from callbacks.canaries import CANARY
from callbacks.kinds.kind import ADVICE
from callbacks.kinds.kind import Kind as Asked
from callbacks.kinds.promised import promised
from callbacks.permitted import Whose
from callbacks.requests import Filing
from callbacks.states import Kind
from callbacks.talk import Talk, Work
from callbacks.trying import Result
from callbacks.ward_works import label
from ivr.engine import Heard
from ivr.ringing import Candidate, Dialled, next_to_ring, verdict
from scheduling import store
from scheduling.rota import OnCall, Ward

MOST_OF_ONE = 10  # open requests of one number in one ward: a practice asks for a few patients at a time


def recognise(talk: Talk, heard: Heard) -> str:
    """Who is calling; greets, and opens nothing."""
    if talk.call.caller is None:
        return "ok"
    known = callers.recognise(talk.connection, talk.call.caller)
    talk.change(practitioner_id=known.practitioner_id, person_id=known.person_id)
    if known.person_id is not None:
        waiting = requests.pending_for_person(talk.connection, known.person_id, talk.moment.now)
        talk.remember(name=known.person_name, count=len(waiting))
        return "senior"
    if known.practitioner_name is None:
        if known.practice_name is None:
            return "ok"
        talk.remember(name=known.practice_name)
        return "practice"
    talk.remember(name=wording.without_title(known.practitioner_name))
    if known.last_ward is None:
        return "known"
    talk.remember(last_ward=label(known.last_ward.name, known.last_ward.hospital), last_ward_id=known.last_ward.id)
    talk.remember(knows=list(known.offered))
    return "returning"


# The ward ---------------------------------------------------------------------------------------------------------


def check_ward(talk: Talk, heard: Heard) -> str:
    """The ward is chosen: from here on this call ends bridged, on file, or lost with its ward (invariant 1)."""
    if heard.choice is not None:
        talk.remember(ward_id=heard.choice["id"])
    on_call = store.on_call(talk.connection, talk.recall("ward_id"), talk.moment.now)
    if not on_call.ward.is_live(talk.moment.now):
        return _not_live(talk, on_call.ward)
    prepare(talk, on_call)
    talk.remember(options=[])
    if pending_here(talk):
        talk.remember(reference=pending_here(talk)[-1].reference)
        return "pending"
    return _onward(talk)


def _not_live(talk: Talk, ward: Ward) -> str:
    """It is being prepared: nobody is rung, nothing is promised, and hanging up leaves no request."""
    talk.remember(ward_id=None, ward=ward.name, hospital=ward.hospital, switchboard=ward.switchboard, options=[])
    return "not_live"


def add_to_request(talk: Talk, heard: Heard) -> str:
    """What he says now belongs to his open request."""
    pending = pending_here(talk)
    if pending:
        talk.remember(adding=pending[-1].id)
        talk.change(request_id=pending[-1].id)
    return "ok" if talk.recall("candidates") else "nobody"


def start_anew(talk: Talk, heard: Heard) -> str:
    """Another patient, another request."""
    talk.remember(anew=True)
    return _onward(talk)


def prepare(talk: Talk, on_call: OnCall) -> None:
    """Remember whom to ring for this ward: the rota of this instant holds for the minute that follows."""
    ward = on_call.ward
    talk.change(ward_id=ward.id)
    candidates = ringable(talk, on_call)
    talk.remember(
        ward_id=ward.id,
        ward=ward.name,
        hospital=ward.hospital,
        timezone=ward.timezone,
        switchboard=ward.switchboard,
        candidates=candidates,
        closed=on_call.answering is None,
        opening_at=on_call.next_opening.isoformat() if on_call.next_opening else None,
    )
    offers = kind_offers.offers(kinds_here(talk))
    talk.remember(offers=offers, told=offers in talk.recall("knows", []))


def ringable(talk: Talk, on_call: OnCall) -> list[list[object]]:
    """Who may be rung of those on call, as a call remembers them: person, number, rank. Nobody is rung by himself."""
    return [
        [ranked.person.id, ranked.person.phone, ranked.rank]
        for ranked in on_call.seniors
        if ranked.person.phone != talk.call.caller and _may_be_rung(talk, ranked.person.phone, on_call.ward.timezone)
    ]


def _onward(talk: Talk) -> str:
    """Whether somebody can be rung; else whether the caller is told what else he may ask for, before the promise."""
    if not talk.recall("told"):
        talk.remember(offered=talk.recall("offers"))  # in this call, that the next ones be shorter
    if talk.recall("candidates"):
        return "ok"
    return "nobody" if talk.recall("offers") else "unasked"


def kinds_here(talk: Talk) -> Mapping[str, Asked]:
    """What may be asked of the hospital of the ward chosen."""
    return kind_offers.standing(talk.kinds, talk.recall("hospital"))


def _may_be_rung(talk: Talk, phone: str, timezone: str) -> bool:
    return permitted.in_range(phone, Whose.OURS, (timezone,), talk.desk.house.abroad)


def pending_here(talk: Talk) -> list[Pending]:
    """What this number already waits for, of this ward and of the kind he asks for."""
    asked = (talk.recall("ward_id"), talk.recall("kind", ADVICE))
    return [request for request in talk.pending if (request.of_ward, request.kind) == asked]


# The seniors ------------------------------------------------------------------------------------------------------


def ring(talk: Talk, heard: Heard) -> str:
    """Ring the next senior of the rota, if one is left and it is not too late to start."""
    since = talk.recall("ringing_since") or talk.moment.real.timestamp()
    declined = {attempt.person_id for attempt in talk.attempts if attempt.declined}
    found = next_to_ring(
        [Candidate(*each) for each in talk.recall("candidates", [])],
        talk.recall("position", 0),
        declined,
        talk.busy,
        talk.moment.real.timestamp() - since,
    )
    if found is None:
        return "nobody"
    candidate, position = found
    attempt = NewAttempt(uuid4(), len(talk.attempts) + 1, candidate.person_id, candidate.phone, candidate.rank)
    talk.ringing = attempt
    talk.remember(ringing_since=since, position=position, attempt=str(attempt.id), attempt_phone=attempt.phone)
    return "ringing"


def dialled(talk: Talk, heard: Heard) -> str:
    """The senior's telephone has stopped ringing, or the two have stopped talking."""
    if not talk.attempts:
        return "not_taken"
    last = talk.attempts[-1]
    judged = verdict(heard.dial_status, heard.dial_bridged, last.accepted_at is not None, last.declined)
    if judged.alarm:
        alarms.raise_alarm(talk.connection, judged.alarm, f"{judged.alarm}:{last.id}", {"call": str(talk.call.id)})
    talk.over = EndedAttempt(last.id, judged.outcome, heard.dial_sid)
    if judged.outcome is not Dialled.TAKEN:
        return "not_taken"
    taken(talk, last.person_id, last.accepted_at)
    return "taken"


def taken(talk: Talk, person_id: int, accepted_at: datetime | None) -> None:
    """A senior talked with the GP: what he had asked this ward without a message is settled."""
    talk.change(result="answered", answered_by=person_id, answered_at=accepted_at or talk.moment.now)
    about = talk.recall("adding") if talk.recall("his", True) else None
    for request_id in dict.fromkeys([*(each.id for each in pending_here(talk)), *([about] if about else [])]):
        closed = requests.bridged(talk.connection, request_id, person_id, talk.moment)
        if request_id == about and not closed:
            _talked_about(talk, request_id, person_id)


def _talked_about(talk: Talk, request_id: int, person_id: int) -> None:
    """They spoke of this request, which has a message: whoever closes it, the line knows that the GP was reached."""
    detail = {"result": Result.REACHED, "how": "call", "call": str(talk.call.id)}
    entries.log(talk.connection, request_id, Kind.ATTEMPTED, talk.moment, person_id=person_id, detail=detail)


OUTCOMES = {"1": "CONSEIL", "2": "CONSULT_RAPIDE", "3": "ADM_DIRECTE", "4": "URGENCES"}


def keep_outcome(talk: Talk, heard: Heard) -> str:
    """How the conversation ended, in one digit."""
    talk.change(outcome=OUTCOMES[heard.digits])
    afterwards.keyed(talk.connection, talk.call.id, OUTCOMES[heard.digits], talk.moment)
    return "ok"


# The promise ------------------------------------------------------------------------------------------------------


def promise(talk: Talk, heard: Heard) -> str:
    """Put the request on file before the caller is promised anything (design 3)."""
    rings = talk.recall("rings", True)
    if talk.recall("adding") is not None:
        return "added" if rings else "added_for_team"
    talk.remember(promised_at=talk.moment.now.isoformat())
    if talk.call.caller is not None and not is_enough(talk):
        file_request(talk, "missed_call")
    else:
        owed = promised(talk.connection, talk.recall("ward_id"), talk.recall("kind", ADVICE), talk.moment.now)
        talk.remember(due_at=owed.due_at.isoformat())
    if not rings:
        return "of_team"
    return "closed" if talk.recall("closed") else "ok"


def is_enough(talk: Talk) -> bool:
    """Whether this number has so many open requests here that only a message makes another: without one it joins the
    last. A machine that dials all night alerts nobody a hundred times.
    """
    return len(pending_here(talk)) >= MOST_OF_ONE


def file_request(talk: Talk, channel: str, caller: str | None = None) -> int:
    """A new request of the ward of this call, of the kind he keyed, dated when the promise was spoken."""
    filed = requests.file(
        talk.connection,
        Filing(
            ward_id=talk.recall("ward_id"),
            kind=talk.recall("kind", ADVICE),
            channel=channel,
            caller=caller or talk.call.caller,
            practitioner_id=talk.now_is("practitioner_id"),
            call_id=talk.call.id,
            created_at=_promised_at(talk),
            moment=talk.moment,
        ),
    )
    talk.filed.append(filed)
    talk.change(request_id=filed.id)
    talk.remember(reference=filed.reference, due_at=filed.due_at.isoformat())
    return filed.id


def _promised_at(talk: Talk) -> datetime:
    spoken = talk.recall("promised_at")
    return datetime.fromisoformat(spoken) if spoken else talk.moment.now


# A way out ----------------------------------------------------------------------------------------------------------


def transfer(talk: Talk, heard: Heard) -> str:
    """The switchboard of the ward chosen, else of the house; nobody for the line's call to itself."""
    number = talk.recall("switchboard") or talk.desk.house.switchboard
    if number is None or talk.call.direction == CANARY:
        return "nobody"
    talk.remember(transfer_to=number)
    if talk.now_is("result") == "open":
        talk.change(result="switchboard")
    return "ok"


WORKS: dict[str, Work] = {
    work.__name__: work
    for work in (
        recognise,
        check_ward,
        add_to_request,
        start_anew,
        ring,
        dialled,
        keep_outcome,
        promise,
        transfer,
    )
}
