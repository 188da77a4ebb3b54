"""What hangs on somebody's entry beside the directories: the links we texted him, what he took charge of, his calls."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from callbacks import alarms, links
from callbacks.tables import calls, requests
from callbacks.trust_tables import holds
from callbacks.written_tables import dialogues
from config.clock import Moment
from scheduling import practices
from scheduling.directories import people, practitioners
from scheduling.directories.forms import Saved, Stale
from scheduling.directories.people import StillOnDuty, Taken
from scheduling.planning import trail
from scheduling.planning.trail import Actor


@dataclass(frozen=True)
class StillInCharge:
    """Nothing was saved: these requests (their references) wait for him to close them or give them back."""

    references: tuple[str, ...]


@dataclass(frozen=True)
class OnHold:
    """Nothing was removed: what is kept about him is on hold, or was; its register names him."""


def save_person(
    conn: Connection, moment: Moment, by: Actor, person_id: int | None, draft: people.Entry, seen: str = ""
) -> Saved | Stale | Taken | StillOnDuty:
    """Write the entry. When the number changes, the links that were texted to the old one open nothing any more.

    His PIN stays: could it be chosen anew from the new number, who may edit that number could read what GPs said.
    """
    before = None if person_id is None else people.read(conn, person_id, hold=True)
    saved = people.save(conn, moment, by, person_id, draft, seen)
    if isinstance(saved, Saved) and before is not None and before[0].phone != draft.phone:
        links.withdraw(conn, saved.id)
    return saved


def part_with(
    conn: Connection, moment: Moment, by: Actor, person_id: int, seen: str
) -> Saved | Stale | StillOnDuty | StillInCharge:
    """A senior leaves: not while he holds shifts, stands above a ward, or has requests in hand."""
    his = (requests.c.claimed_by == person_id) & (requests.c.state == "claimed")
    references = conn.execute(select(requests.c.reference).where(his).order_by(requests.c.due_at)).scalars().all()
    if references:
        return StillInCharge(tuple(references))
    left = people.leave(conn, moment, by, person_id, seen)
    if isinstance(left, Saved):
        links.withdraw(conn, person_id)
        alarms.clear(conn, f"pin_locked:{person_id}")
    return left


def forget_practitioner(
    conn: Connection, moment: Moment, by: Actor, practitioner_id: int, seen: str
) -> Saved | Stale | OnHold:
    """Take a GP out of the register, with a practice of his alone; his requests and calls keep their number."""
    if conn.execute(select(holds.c.id).where(holds.c.practitioner_id == practitioner_id)).first() is not None:
        return OnHold()
    for table in (calls, requests, dialogues):
        conn.execute(update(table).where(table.c.practitioner_id == practitioner_id).values(practitioner_id=None))
    his = practices.of_him_alone(conn, practitioner_id)
    gone = practitioners.remove(conn, moment, by, practitioner_id, seen)
    if isinstance(gone, Saved):
        for each in his:
            practices.forget(conn, each.id)
            trail.record(conn, moment, by, "practice.removed", subject=f"n° {each.id}", detail={"id": each.id})
    return gone
