"""What the desk does for a GP who asks for something else than advice: which kind he keys, and who is rung for it."""

from callbacks import kind_offers, works
from callbacks.kind_offers import MENU
from callbacks.kinds import store as kinds
from callbacks.kinds.kind import Kind
from callbacks.talk import Talk, Work
from ivr.engine import Heard
from scheduling import store

Ringable = list[object]  # a candidate as a call remembers it: person, number, rank


def other_kinds(talk: Talk, heard: Heard) -> str:
    """The menu behind 3."""
    found = kind_offers.menu(works.kinds_here(talk))
    talk.remember(menu=found)
    return "ok" if found else "none"


def pick_kind(talk: Talk, heard: Heard) -> str:
    """What he keyed, and who is rung for it, if anybody is: else it is put on file at once."""
    key = heard.digits if talk.recall("menu") is None else f"{MENU}{heard.digits}"
    here = works.kinds_here(talk)
    kind = kind_offers.keyed(here, key)
    if kind is None:
        talk.remember(menu=kind_offers.menu(here))
        return "unknown" if talk.recall("menu") else "none"
    _ask_for(talk, kind)
    pending = works.pending_here(talk)
    if pending:
        talk.remember(reference=pending[-1].reference)
        return "pending"
    return "ok" if talk.recall("candidates") else "nobody"


def as_advice(talk: Talk, heard: Heard) -> str:
    """He keyed nothing that means something: the ward is rung, as for who keys nothing at all."""
    talk.remember(menu=None)
    return "ok" if talk.recall("candidates") else "nobody"


def _ask_for(talk: Talk, kind: Kind) -> None:
    seniors: list[Ringable] = talk.recall("candidates", []) if kind.rings else []
    behind = _team(talk, kind) if kind.rings else []
    rung = {senior[0] for senior in seniors}
    talk.change(kind=kind.code)
    talk.remember(
        kind=kind.code,
        rings=kind.rings,
        menu=None,
        anew=False,
        candidates=[*seniors, *(one for one in behind if one[0] not in rung)],
    )


def _team(talk: Talk, kind: Kind) -> list[Ringable]:
    """Who is on call of the team that owes it, when that is another than the ward: rung after the ward's own."""
    ward_id = talk.recall("ward_id")
    team_id = kinds.team_of(talk.connection, ward_id, kind.team)
    if team_id == ward_id:
        return []
    return works.ringable(talk, store.on_call(talk.connection, team_id, talk.moment.now))


WORKS: dict[str, Work] = {work.__name__: work for work in (other_kinds, pick_kind, as_advice)}
