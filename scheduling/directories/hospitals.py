"""The hospitals: their names, the zone that their clocks and numbers follow, and what becomes of unknown senders."""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, select, update

from config import numbers
from config.clock import Moment
from scheduling import tables as t
from scheduling.directories.forms import Fault, Form, Refused, Saved, Stale, difference, fingerprint
from scheduling.planning import trail
from scheduling.planning.trail import Actor

ZONES = tuple(numbers.TERRITORIES)
# Who writes by SMS or e-mail and is not on file: is asked who he is, taken like the others, or sent to the telephone.
POLICIES = ("ask", "accept", "refuse")


@dataclass(frozen=True)
class Entry:
    """What the directory says of a hospital."""

    name: str
    timezone: str
    unknown_senders: str = POLICIES[0]


def entry(conn: Connection, hospital_id: int, *, hold: bool = False) -> Entry | None:
    """What is on file."""
    columns = (t.hospitals.c.name, t.hospitals.c.timezone, t.hospitals.c.unknown_senders)
    query = select(*columns).where(t.hospitals.c.id == hospital_id)
    row = conn.execute(query.with_for_update(key_share=True) if hold else query).one_or_none()
    return None if row is None else Entry(*row)


def read_form(conn: Connection, form: Form, hospital_id: int | None) -> Entry | Refused:
    """What the form says."""
    said = Entry(
        form.text("name", required=True, longest=80),
        form.text("timezone", required=True),
        form.text("unknown_senders") or POLICIES[0],
    )
    for field, known in (("timezone", ZONES), ("unknown_senders", POLICIES)):
        if getattr(said, field) not in ("", *known):
            form.fault(field, "unknown_choice")
    named = conn.execute(select(t.hospitals.c.id).where(t.hospitals.c.name == said.name)).scalar_one_or_none()
    if named is not None and named != hospital_id:
        form.fault("name", "hospital_taken", hospital=said.name)
    return Refused(tuple(form.faults)) if form.faults else said


def save(
    conn: Connection, moment: Moment, by: Actor, hospital_id: int | None, draft: Entry, seen: str = ""
) -> Saved | Stale | Refused:
    """Write the entry, and the trail."""
    values = asdict(draft)
    if hospital_id is None:
        created: int = conn.execute(insert(t.hospitals).values(values).returning(t.hospitals.c.id)).scalar_one()
        detail = {"before": {}, "after": values}
        trail.record(conn, moment, by, "hospital.created", subject=draft.name, detail=detail)
        return Saved(created, changed=True)
    before = entry(conn, hospital_id, hold=True)
    if before is None:
        return Refused((Fault("name", "unknown_choice"),))
    if fingerprint(before) != seen:
        return Stale(next(iter(trail.read(conn, what="hospital", limit=1)), None))
    said = difference(asdict(before), values)
    if said:
        conn.execute(update(t.hospitals).where(t.hospitals.c.id == hospital_id).values(values))
        trail.record(conn, moment, by, "hospital.changed", subject=draft.name, detail=said)
    return Saved(hospital_id, changed=bool(said))
