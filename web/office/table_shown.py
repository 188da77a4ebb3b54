"""Where a ward's month stands, and what was last done to its rota, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduling.planning import trail
from scheduling.planning.publication import Draft, State
from web.office.guard import Visitor
from web.office.rota_shown import moment

# A line of the trail -> how it is called here; others are "a change".
_CALLED = {
    f"rota.{what}": f"rota.change_{what}" for what in ("assign", "move", "replace", "hand", "swap", "remove", "undo")
}


@dataclass(frozen=True)
class StateShown:
    """A word for the monthly table, the look of it, and what it means for the telephone."""

    word: str
    mood: str
    hint: str


@dataclass(frozen=True)
class LastChange:
    """What was done last, and whether it can be taken back from here."""

    id: int
    at: datetime
    by: str
    what: str
    can_undo: bool


def state(visitor: Visitor, state: State, timezone: str) -> StateShown:
    """Draft, published or amended; whatever it is, every shift rings."""
    if isinstance(state, Draft):
        return StateShown(visitor.say("rota.state_draft"), "off", visitor.say("rota.state_draft_hint"))
    said: Mapping[str, str] = {"at": moment(state.at, timezone, visitor.language), "by": state.by.name}
    if not state.amendments:
        return StateShown(visitor.say("rota.state_published"), "good", visitor.say("rota.state_published_hint", **said))
    word = visitor.say("rota.state_amended", count=state.amendments)
    return StateShown(word, "soon", visitor.say("rota.state_amended_hint", **said))


def last_change(visitor: Visitor, ward_id: int) -> LastChange | None:
    """Of this ward's rota."""
    for entry in trail.read(visitor.conn, ward_ids=[ward_id], what="rota", limit=1):
        called = visitor.say(_CALLED.get(entry.what, "rota.change_other"))
        takes_back = {"removed", "added"} <= entry.detail.keys() and entry.undone_by_id is None
        return LastChange(entry.id, entry.at, entry.by.name, called, takes_back)
    return None
