"""What the desk does while a GP leaves a message: keep it, let him hear it, learn where and when to call back."""

from uuid import UUID

from callbacks import callers, permitted, recordings, requests, wording
from callbacks.talk import Talk, Work
from callbacks.works import file_request
from config import numbers
from ivr.engine import Heard
from scheduling import practices

REACH = {"1": "now", "2": "noon", "3": "evening"}
REPLAY_TRIES = 6  # seconds for the carrier to have the sound ready


def keep_message(talk: Talk, heard: Heard) -> str:
    """A message was left: it is part of the request, which is put on file now when the caller's number was hidden."""
    if heard.recorded is None:
        return "failed"
    request_id = talk.now_is("request_id") or file_request(talk, "voice")
    recording_id = recordings.announced(
        talk.connection, heard.recorded.sid, talk.call.id, "in-progress", heard.recorded.seconds
    )
    earlier = talk.recall("recording")
    if earlier and earlier != str(recording_id):
        requests.drop_voice_part(talk.connection, request_id, UUID(earlier))
        recordings.discard(talk.connection, UUID(earlier))
        talk.ring_bell("fetch", UUID(earlier))
    requests.add_voice_part(talk.connection, request_id, recording_id, talk.call.id, talk.moment)
    talk.remember(recording=str(recording_id), recording_sid=heard.recorded.sid, replays=0)
    return "ok"


def replay(talk: Talk, heard: Heard) -> str:
    """Whether the message can be played to him already."""
    recording_id = talk.recall("recording")
    if recording_id is None:
        return "never"
    if recordings.is_ready(talk.connection, UUID(recording_id)):
        talk.remember(replays=0)
        return "ok"
    talk.remember(replays=talk.recall("replays", 0) + 1)
    return "not_yet" if talk.recall("replays") < REPLAY_TRIES else "never"


def validate_message(talk: Talk, heard: Heard) -> str:
    """He is content with it: it may be fetched."""
    recordings.release_for_fetch(talk.connection, talk.call.id)
    if talk.recall("recording"):
        talk.ring_bell("fetch", UUID(talk.recall("recording")))
    return "ok"


def which_doctor(talk: Talk, heard: Heard) -> str:
    """On a practice's line, for whom he asks: his name tells the senior whom to ask for, and us how to reach him."""
    if talk.recall("adding") is not None or talk.now_is("practitioner_id") is not None:
        return "ok"
    doctors = practices.doctors_at(talk.connection, talk.call.caller)
    if len(doctors) < 2:
        return "ok"
    talk.remember(options=[{"id": id, "label": wording.without_title(name)} for id, name in doctors.items()])
    return "several"


def keep_doctor(talk: Talk, heard: Heard) -> str:
    """He said for whom."""
    if heard.choice is None:
        return "failed"
    practitioner_id = int(heard.choice["id"])
    talk.change(practitioner_id=practitioner_id)
    talk.remember(options=[])
    request_id = talk.now_is("request_id")
    if request_id is not None:
        callers.name_practitioner(talk.connection, request_id, practitioner_id)
    return "ok"


def whose_number(talk: Talk, heard: Heard) -> str:
    """Where he is to be called back."""
    if talk.recall("adding") is not None:
        return "known"
    if talk.call.caller is None:
        return "hidden"
    talk.remember(number=talk.call.caller)
    return "ok"


def check_number(talk: Talk, heard: Heard) -> str:
    """A number keyed to be called back on: one that can be called, and that costs nobody a fortune."""
    timezone = talk.recall("timezone")
    try:
        number = numbers.parse(heard.digits, timezone)
    except numbers.BadNumber:
        return "bad"
    if not permitted.may_be_left(number, timezone, talk.desk.house.abroad):
        return "bad"
    talk.remember(number=number)
    return "ok"


def keep_number(talk: Talk, heard: Heard) -> str:
    """The number he keyed and confirmed."""
    number = talk.recall("number")
    request_id = talk.now_is("request_id")
    if request_id is None:
        file_request(talk, "missed_call", caller=number)
    else:
        requests.set_reach(talk.connection, request_id, talk.moment, caller=number)
    return "ok"


def without_number(talk: Talk, heard: Heard) -> str:
    """He could not key a number: with a message his request stands, without one the call is lost."""
    return "ok" if talk.now_is("request_id") is not None else "lost"


def keep_window(talk: Talk, heard: Heard) -> str:
    """When he can be reached."""
    reach = REACH[heard.digits]
    talk.remember(reach=reach)
    request_id = talk.now_is("request_id")
    if request_id is None:
        return "failed"
    requests.set_reach(talk.connection, request_id, talk.moment, reach=reach)
    return "ok"


WORKS: dict[str, Work] = {
    work.__name__: work
    for work in (
        keep_message,
        replay,
        validate_message,
        which_doctor,
        keep_doctor,
        whose_number,
        check_number,
        keep_number,
        without_number,
        keep_window,
    )
}
