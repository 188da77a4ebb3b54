"""A ward's templates of shifts, kept: read, add, remove. Functions take a Connection and never commit."""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select

from config.clock import Moment
from scheduling.opening import Opening
from scheduling.planning import tables as p
from scheduling.planning import trail
from scheduling.planning.patterns import Fault, Kind, Template, fault, offered
from scheduling.planning.trail import Actor
from scheduling.rota import Ward

MOST = 30  # of one ward: a page of them, not a rota in disguise
LONGEST_NAME = 60


class Refusal(StrEnum):
    """Why a template that makes sense is not kept."""

    NAME_TAKEN = "name_taken"
    TOO_LONG = "name_too_long"
    TOO_MANY = "too_many"


def of_ward(conn: Connection, ward_id: int) -> list[Template]:
    """The ward's templates, by rank and in the order they were made."""
    t = p.shift_templates.c
    query = select(p.shift_templates).where(t.ward_id == ward_id).order_by(t.rank, t.position, t.id)
    return [
        Template(row.name, Kind(row.kind), Opening.parse(row.hours).bands, row.rank, row.id)
        for row in conn.execute(query)
    ]


def add(conn: Connection, moment: Moment, by: Actor, ward: Ward, template: Template) -> Fault | Refusal | None:
    """Keep one more; None when it is kept, else why not."""
    there = of_ward(conn, ward.id)
    found = fault(template) or _refusal(template, there)
    if found is None:
        _insert(conn, ward.id, template, len(there))
        _record(conn, moment, by, ward, "template.added", template)
    return found


def add_offered(conn: Connection, moment: Moment, by: Actor, ward: Ward, names: Mapping[Kind, str], ranks: int) -> int:
    """Keep the usual set for each of the first `ranks` ranks, where the ward has none; how many were made."""
    if of_ward(conn, ward.id):
        return 0
    templates = [
        Template(names[kind] if rank == 1 else f"{names[kind]} ({rank})", kind, bands, rank)
        for rank in range(1, ranks + 1)
        for kind, bands in offered(ward.opening).items()
    ]
    for position, template in enumerate(templates):
        _insert(conn, ward.id, template, position)
        _record(conn, moment, by, ward, "template.added", template)
    return len(templates)


def remove(conn: Connection, moment: Moment, by: Actor, ward: Ward, template_id: int) -> Template | None:
    """Forget one; the shifts that were made with it stay. None: there is no such template in this ward."""
    found = next((template for template in of_ward(conn, ward.id) if template.id == template_id), None)
    if found is not None:
        conn.execute(delete(p.shift_templates).where(p.shift_templates.c.id == template_id))
        _record(conn, moment, by, ward, "template.removed", found)
    return found


def _refusal(template: Template, there: list[Template]) -> Refusal | None:
    if template.name in {each.name for each in there}:
        return Refusal.NAME_TAKEN
    if len(template.name) > LONGEST_NAME:
        return Refusal.TOO_LONG
    return Refusal.TOO_MANY if len(there) >= MOST else None


def _insert(conn: Connection, ward_id: int, template: Template, position: int) -> None:
    values = {
        "ward_id": ward_id,
        "name": template.name,
        "kind": template.kind,
        "hours": template.hours,
        "rank": template.rank,
        "position": position,
    }
    conn.execute(insert(p.shift_templates).values(values))


def _record(conn: Connection, moment: Moment, by: Actor, ward: Ward, what: str, template: Template) -> None:
    detail = {"kind": template.kind, "hours": template.hours, "rank": template.rank}
    trail.record(conn, moment, by, what, ward_id=ward.id, subject=template.name, detail=detail)
