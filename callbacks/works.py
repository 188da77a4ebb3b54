"""What the desk does for a GP on the telephone: find the ward, ring the seniors, put the promise on file."""

from datetime import datetime
from uuid import uuid4

from callbacks import alarms, callers, entries, permitted, requests, wording
from callbacks.attempts import EndedAttempt, NewAttempt
from callbacks.calls import Pending
from callbacks.permitted import Whose
from callbacks.promise import due_at
from callbacks.requests import Filing
from callbacks.states import Kind
from callbacks.talk import Talk, Work
from callbacks.trying import Result
from ivr.engine import Heard
from ivr.matching import Candidate as Named
from ivr.matching import Close, Sure, match
from ivr.ringing import Candidate, Dialled, next_to_ring, verdict
from scheduling import store
from scheduling.rota import OnCall
from scheduling.store import WardName

REFERENCE_DIGITS = 6
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
        return "ok"
    talk.remember(name=wording.without_title(known.practitioner_name))
    if known.last_ward is None:
        return "known"
    talk.remember(last_ward=_label(known.last_ward.name, known.last_ward.hospital), last_ward_id=known.last_ward.id)
    return "returning"


# The ward ---------------------------------------------------------------------------------------------------------


def find_ward(talk: Talk, heard: Heard) -> str:
    """The ward of a keypad code or of a spoken name; or the request of a reference."""
    if heard.digits:
        found = store.wards_by_keypad(talk.connection, heard.digits) if heard.digits.isdecimal() else []
        if not found and len(heard.digits) == REFERENCE_DIGITS:
            return _find_reference(talk, heard.digits)
    else:
        found = _spoken_wards(talk, heard.speech)
    if len(found) == 1:
        talk.remember(ward_id=found[0].id)
        return "ok"
    talk.remember(options=[_option(ward) for ward in found])
    return "several" if found else "none"


def _spoken_wards(talk: Talk, speech: str) -> list[WardName]:
    wards = {ward.id: ward for ward in store.all_ward_names(talk.connection)}
    named = [Named(ward.id, ward.name, ward.hospital, ward.keywords) for ward in wards.values()]
    match match(speech, named):
        case Sure(id=only):
            return [wards[only]]
        case Close(ids=several):
            return [wards[each] for each in several]
        case _:
            return []


def _find_reference(talk: Talk, reference: str) -> str:
    request = requests.by_reference(talk.connection, reference)
    if request is None:
        return "none"
    talk.remember(about=request.id)
    return "reference"


def take_last_ward(talk: Talk, heard: Heard) -> str:
    """The ward this GP called last."""
    ward_id = talk.recall("last_ward_id")
    if ward_id is None:
        return "none"
    talk.remember(ward_id=ward_id)
    return "ok"


def list_hospitals(talk: Talk, heard: Heard) -> str:
    """The hospitals behind the line."""
    hospitals = store.hospitals(talk.connection)
    talk.remember(options=[{"id": each.id, "label": each.name} for each in hospitals])
    if len(hospitals) == 1:
        talk.remember(hospital_id=hospitals[0].id)
        return "one"
    return "ok" if hospitals else "none"


def list_wards(talk: Talk, heard: Heard) -> str:
    """The wards of the hospital chosen."""
    hospital_id = heard.choice["id"] if heard.choice else talk.recall("hospital_id")
    wards = store.wards_of(talk.connection, hospital_id)
    talk.remember(options=[{"id": ward.id, "label": ward.name} for ward in wards])
    return "ok" if wards else "none"


def check_ward(talk: Talk, heard: Heard) -> str:
    """The ward is chosen: from here on this call ends bridged, on file, or lost with its ward (invariant 1)."""
    if heard.choice is not None:
        talk.remember(ward_id=heard.choice["id"])
    way = prepare(talk, store.on_call(talk.connection, talk.recall("ward_id"), talk.moment.now))
    talk.remember(options=[])
    if _pending_here(talk):
        talk.remember(reference=_pending_here(talk)[-1].reference)
        return "pending"
    return way


def add_to_request(talk: Talk, heard: Heard) -> str:
    """What he says now belongs to his open request."""
    pending = _pending_here(talk)
    if pending:
        talk.remember(adding=pending[-1].id)
        talk.change(request_id=pending[-1].id)
    return "ok" if talk.recall("candidates") else "nobody"


def start_anew(talk: Talk, heard: Heard) -> str:
    """Another patient, another request."""
    talk.remember(anew=True)
    return "ok" if talk.recall("candidates") else "nobody"


def prepare(talk: Talk, on_call: OnCall) -> str:
    """Remember whom to ring for this ward: the rota of this instant holds for the minute that follows."""
    ward = on_call.ward
    talk.change(ward_id=ward.id)
    candidates = [
        [ranked.person.id, ranked.person.phone, ranked.rank]
        for ranked in on_call.seniors
        if ranked.person.phone != talk.call.caller and _may_be_rung(talk, ranked.person.phone, ward.timezone)
    ]
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
    return "ok" if candidates else "nobody"


def _may_be_rung(talk: Talk, phone: str, timezone: str) -> bool:
    return permitted.in_range(phone, Whose.OURS, (timezone,), talk.desk.house.abroad)


def _pending_here(talk: Talk) -> list[Pending]:
    return [request for request in talk.pending if request.ward_id == talk.recall("ward_id")]


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
    for request_id in dict.fromkeys([*(each.id for each in _pending_here(talk)), *([about] if about else [])]):
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
    return "ok"


# The promise ------------------------------------------------------------------------------------------------------


def promise(talk: Talk, heard: Heard) -> str:
    """Put the request on file before the caller is promised anything (design 3)."""
    adding = talk.recall("adding")
    if adding is not None:
        return "added"
    talk.remember(promised_at=talk.moment.now.isoformat(), due_at=due_at(talk.moment.now).isoformat())
    if talk.call.caller is not None and not is_enough(talk):
        file_request(talk, "missed_call")
    return "closed" if talk.recall("closed") else "ok"


def is_enough(talk: Talk) -> bool:
    """Whether this number has so many open requests here that only a message makes another: without one it joins the
    last. A machine that dials all night alerts nobody a hundred times.
    """
    return len(_pending_here(talk)) >= MOST_OF_ONE


def file_request(talk: Talk, channel: str, caller: str | None = None) -> int:
    """A new request for the ward of this call, dated when the promise was spoken."""
    filed = requests.file(
        talk.connection,
        Filing(
            ward_id=talk.recall("ward_id"),
            channel=channel,
            caller=caller or talk.call.caller,
            practitioner_id=talk.now_is("practitioner_id"),
            call_id=talk.call.id,
            created_at=_promised_at(talk),
            moment=talk.moment,
        ),
    )
    talk.change(request_id=filed.id)
    talk.remember(reference=filed.reference, due_at=filed.due_at.isoformat())
    return filed.id


def _promised_at(talk: Talk) -> datetime:
    spoken = talk.recall("promised_at")
    return datetime.fromisoformat(spoken) if spoken else talk.moment.now


# A way out ----------------------------------------------------------------------------------------------------------


def transfer(talk: Talk, heard: Heard) -> str:
    """The switchboard of the ward chosen, else of the house."""
    number = talk.recall("switchboard") or talk.desk.house.switchboard
    if number is None:
        return "nobody"
    talk.remember(transfer_to=number)
    if talk.now_is("result") == "open":
        talk.change(result="switchboard")
    return "ok"


def _option(ward: WardName) -> dict[str, object]:
    return {"id": ward.id, "label": _label(ward.name, ward.hospital)}


def _label(name: str, hospital: str) -> str:
    return f"{name}, {hospital}"


WORKS: dict[str, Work] = {
    work.__name__: work
    for work in (
        recognise,
        find_ward,
        take_last_ward,
        list_hospitals,
        list_wards,
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
