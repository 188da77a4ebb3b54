"""Where a ward's month stands, and what was last done to its rota, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scheduling.planning import trail
from scheduling.planning.publication import Draft, State
from scheduling.planning.trail import Entry
from scheduling.rota import Ward
from web.office.guard import Visitor
from web.office.rota_words import hours, moment

NAMED = 3  # so many people; a pattern touches a whole ward
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
    """What was done last, in words, and whether it can be taken back from here."""

    id: int
    what: str  # "échange (Amélie Durand, Bruno Petit, mar. 8 déc. 08:30 – 18:30)"
    said: str
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


def last_change(visitor: Visitor, ward: Ward) -> LastChange | None:
    """Of this ward's rota."""
    for entry in trail.read(visitor.conn, ward_ids=[ward.id], what="rota", limit=1):
        what = f"{visitor.say(_CALLED.get(entry.what, 'rota.change_other'))}{_about(entry, ward, visitor.language)}"
        at = moment(entry.at, ward.timezone, visitor.language)
        said = visitor.say("rota.last_change", what=what, by=entry.by.name, at=at)
        takes_back = {"removed", "added"} <= entry.detail.keys() and entry.undone_by_id is None
        return LastChange(entry.id, what, said, takes_back)
    return None


def _about(entry: Entry, ward: Ward, language: str) -> str:
    """Whom and which hours the change touched; nothing for a line that is no change of shifts."""
    touched = [*entry.detail.get("removed", ()), *entry.detail.get("added", ())]
    if not touched:
        return ""
    edges = sorted(datetime.fromisoformat(each[edge]) for each in touched for edge in ("start", "end"))
    names = sorted({each["person"] for each in touched})
    few = names if len(names) <= NAMED else [*names[:NAMED], "…"]
    return f" ({', '.join(few)}, {hours(edges[0], edges[-1], ward.timezone, language)})"
