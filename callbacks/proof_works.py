"""What the desk does in the calls that prove a rota: that a shift begins, who is there, a telephone, a test."""

from typing import Any

from callbacks import presence, test_call, verification
from callbacks.purposes import Purpose
from callbacks.talk import Talk, Work
from ivr.engine import Heard
from scheduling import store

YES = "1"


def load_shift(talk: Talk, heard: Heard) -> str:
    """The shift that begins, or, for who must know of it, the one that nobody confirmed."""
    errand = _errand(talk)
    _describe(talk, errand["ward"], errand.get("until"))
    if talk.recall("purpose") == Purpose.ABSENCE:
        return "absence"
    return "ok" if errand["rank"] == 1 else "behind"


def load_presence(talk: Talk, heard: Heard) -> str:
    """The shift about which he is asked, if it is his still."""
    asked = presence.question(talk.connection, talk.moment, _errand(talk)["presence"])
    if asked is None:
        return "gone"
    _describe(talk, asked.ward_id, asked.until.isoformat())
    return "ok"


def keep_presence(talk: Talk, heard: Heard) -> str:
    """1: he is there, and this telephone is his; 2: he is not, and the line goes to the next."""
    errand, yes = _errand(talk), heard.digits == YES
    if not presence.answered(talk.connection, talk.moment, errand["presence"], yes):
        return "gone"
    _prove(talk)
    return "ok" if yes else "absent"


def load_verification(talk: Talk, heard: Heard) -> str:
    """The telephone that is called is the one he is rung on still."""
    person = store.person(talk.connection, talk.call.person_id or 0)
    return "ok" if person is not None and person.phone == _errand(talk)["phone"] else "gone"


def verify_phone(talk: Talk, heard: Heard) -> str:
    """He pressed 1."""
    return "ok" if _prove(talk) else "gone"


def load_test(talk: Talk, heard: Heard) -> str:
    """The ward whose line is tested."""
    _describe(talk, _errand(talk)["ward"], None)
    return "ok"


def keep_test(talk: Talk, heard: Heard) -> str:
    """1: he would have taken the call; 2: he would have let it go to the next. Either way the telephone is his."""
    errand = _errand(talk)
    result = test_call.Result.TAKEN if heard.digits == YES else test_call.Result.PASSED
    if not test_call.answer(talk.connection, errand["test"], errand["seq"], result):
        return "gone"
    _prove(talk)
    return "ok"


def _errand(talk: Talk) -> dict[str, Any]:
    """What the message that this call delivers was about."""
    errand: dict[str, Any] = talk.recall("errand")
    return errand


def _prove(talk: Talk) -> bool:
    by, person_id = verification.BY_TELEPHONE, talk.call.person_id
    phone = _errand(talk)["phone"]
    return person_id is not None and verification.prove(talk.connection, talk.moment, by, person_id, phone)


def _describe(talk: Talk, ward_id: int, until: str | None) -> None:
    """The ward, and when the shift ends: what the sentences ask for."""
    ward = store.ward(talk.connection, ward_id)
    talk.change(ward_id=ward.id)
    talk.remember(ward=ward.name, hospital=ward.hospital, timezone=ward.timezone)
    if until is not None:
        talk.remember(due_at=until)


WORKS: dict[str, Work] = {
    work.__name__: work
    for work in (
        load_shift,
        load_presence,
        keep_presence,
        load_verification,
        verify_phone,
        load_test,
        keep_test,
    )
}
