"""What the desk does in the calls that prove a rota: that a shift begins, who is there, a telephone, a test."""

from datetime import datetime
from typing import Any

from callbacks.purposes import Purpose
from callbacks.talk import Talk, Work
from ivr.engine import Heard
from scheduling import store


def load_shift(talk: Talk, heard: Heard) -> str:
    """The shift that begins, or, for who must know of it, the one that nobody confirmed."""
    errand = _errand(talk)
    if "ward" not in errand:
        return "gone"
    _describe(talk, errand["ward"], errand.get("until"))
    if talk.recall("purpose") == Purpose.ABSENCE:
        return "absence"
    return "ok" if errand.get("rank") == 1 else "behind"


def _errand(talk: Talk) -> dict[str, Any]:
    """What the message that this call delivers was about."""
    errand: dict[str, Any] = talk.recall("errand", {})
    return errand


def _describe(talk: Talk, ward_id: int, until: str | datetime | None) -> None:
    """The ward, and when the shift ends: what the sentences ask for."""
    ward = store.ward(talk.connection, ward_id)
    talk.change(ward_id=ward.id)
    talk.remember(ward=ward.name, hospital=ward.hospital, timezone=ward.timezone)
    if until is not None:
        talk.remember(due_at=until if isinstance(until, str) else until.isoformat())


WORKS: dict[str, Work] = {work.__name__: work for work in (load_shift,)}
