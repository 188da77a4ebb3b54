"""The lines that answer for a ward, on its page: read from the form, saved on the trail."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from config.clock import Moment
from scheduling import desks
from scheduling.desks import Answering
from scheduling.directories.forms import Form, Refused, difference
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.rota import Ward


def read_form(form: Form, answering: Iterable[Answering]) -> dict[str, int | None] | Refused:
    """What the form chooses, by role; None: as it follows from the hospital."""
    chosen = {each.role: form.one_of(each.role, {line.id for line in each.lines}) for each in answering}
    return Refused(tuple(form.faults)) if form.faults else chosen


def save(conn: Connection, moment: Moment, by: Actor, ward: Ward, chosen: Mapping[str, int | None]) -> bool:
    """Choose the lines that answer for the ward, on the trail; whether anything was changed."""
    before = _names(conn, ward.id)
    desks.choose(conn, ward.id, chosen)
    said = difference(before, _names(conn, ward.id))
    if said:
        trail.record(conn, moment, by, "desks.changed", ward_id=ward.id, subject=ward.name, detail=said)
    return bool(said)


def _names(conn: Connection, ward_id: int) -> dict[str, Any]:
    return {each.role: each.line.name if each.line and each.chosen else "" for each in desks.of(conn, ward_id)}
