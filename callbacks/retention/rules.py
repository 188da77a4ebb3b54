"""The rules that somebody approved, and approving them. Who said so and when is on the trail too."""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from callbacks.retention import kinds
from callbacks.retention.kinds import Kind, Rule
from callbacks.trust_tables import retention_rules
from config.clock import Moment
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.tables import hospitals

Rules = Mapping[tuple[Kind, int | None], Rule]
LONGEST_NAME = 200


class Refusal(StrEnum):
    """Why a rule is not approved."""

    NOBODY = "nobody"  # it is not said who approves
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NOT_OF_A_HOSPITAL = "not_of_a_hospital"  # of this kind there is one rule for the whole house
    NO_SUCH_HOSPITAL = "no_such_hospital"


def standing(conn: Connection) -> Rules:
    """What counts, by kind and hospital (None: every hospital without its own). A kind without a rule is kept."""
    columns = retention_rules.c
    found = select(columns.kind, columns.hospital_id, columns.days, columns.approved_by, columns.approved_at)
    known = (row for row in conn.execute(found) if row.kind in set(Kind))  # another release may know more
    return {(Kind(row.kind), row.hospital_id): Rule(Kind(row.kind), *row[1:]) for row in known}


def approve(
    conn: Connection,
    moment: Moment,
    by: Actor,
    kind: Kind,
    days: int | None,
    approved_by: str,
    hospital_id: int | None = None,
) -> Rule | Refusal:
    """From now on this kind is kept for so many days (None: until another rule). `approved_by`: who answers for it."""
    approved_by = " ".join(approved_by.replace("\0", "").split())[:LONGEST_NAME]
    refusal = _refusal(conn, kind, days, approved_by, hospital_id)
    if refusal is not None:
        return refusal
    before = standing(conn).get((kind, hospital_id))
    values = {"days": days, "approved_by": approved_by, "approved_at": moment.now, "account_id": by.account_id}
    new = insert(retention_rules).values(kind=kind, hospital_id=hospital_id, **values)
    conn.execute(new.on_conflict_do_update(index_elements=["hospital_id", "kind"], set_=values))
    said = {"before": {"days": before.days if before else None}, "after": {"days": days, "approved_by": approved_by}}
    trail.record(conn, moment, by, "retention.approved", subject=kind, detail={"hospital": hospital_id} | said)
    return Rule(kind, hospital_id, days, approved_by, moment.now)


def _refusal(
    conn: Connection, kind: Kind, days: int | None, approved_by: str, hospital_id: int | None
) -> Refusal | None:
    bounds = kinds.proposals()[kind]
    known = hospital_id is None or conn.execute(select(hospitals.c.id).where(hospitals.c.id == hospital_id)).first()
    grounds = {
        Refusal.NOBODY: not approved_by,
        Refusal.TOO_SHORT: days is not None and days < bounds.least,
        Refusal.TOO_LONG: days is not None and bounds.most is not None and days > bounds.most,
        Refusal.NOT_OF_A_HOSPITAL: hospital_id is not None and kind not in kinds.OF_REQUESTS,
        Refusal.NO_SUCH_HOSPITAL: not known,
    }
    return next((why for why, holds in grounds.items() if holds), None)
