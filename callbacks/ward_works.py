"""How a GP on the telephone finds his ward: by its code, by its name, by the hospitals and what they have."""

from collections.abc import Sequence

from callbacks import requests
from callbacks.talk import Talk, Work
from ivr.engine import Heard
from ivr.matching import Candidate as Named
from ivr.matching import Close, Sure, match
from scheduling import store
from scheduling.store import WardName

REFERENCE_DIGITS = 6


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
    if heard.digits and _are_homonyms(found):  # a name that was heard may have been misheard: it is said
        talk.remember(options=[{"id": ward.id, "label": ward.hospital} for ward in found])
        return "homonyms"
    talk.remember(options=[_option(ward) for ward in found])
    return "several" if found else "none"


def _are_homonyms(wards: Sequence[WardName]) -> bool:
    """One ward's name, each in another hospital: the hospital alone tells them apart."""
    return len(wards) > 1 == len({ward.name for ward in wards}) and len({ward.hospital for ward in wards}) == len(wards)


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
    """The hospitals that have a ward to offer him."""
    hospitals = store.offering_hospitals(talk.connection)
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


def label(name: str, hospital: str) -> str:
    """A ward as it is said to who may know several of this name."""
    return f"{name}, {hospital}"


def _option(ward: WardName) -> dict[str, object]:
    return {"id": ward.id, "label": label(ward.name, ward.hospital)}


WORKS: dict[str, Work] = {work.__name__: work for work in (find_ward, take_last_ward, list_hospitals, list_wards)}
