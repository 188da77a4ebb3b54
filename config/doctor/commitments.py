"""Kinds of request and the lines that answer for wards: what would not go where callers are told it goes."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, text

from callbacks.kinds import store as kinds
from callbacks.kinds.kind import Kind, defaults, same_key
from callbacks.kinds.store import Setting
from config.doctor.finding import Finding
from scheduling import store

PAGE = "look at it on the page of kinds of request, and save it again"
# Where several lines play a role and nobody chose between them, the ward answers itself.
_UNDECIDED = text(
    """
    select h.name, d.role, count(distinct w.id) as wards
    from hospitals h join wards d on d.hospital_id = h.id and d.role <> 'ward'
    join wards w on w.hospital_id = h.id and w.role = 'ward'
    where not exists (select from desks where ward_id = w.id and role = d.role)
    group by h.id, h.name, d.role having count(distinct d.id) > 1 order by h.name, d.role"""
)


def findings(connection: Connection) -> Iterator[Finding]:
    """Kinds that cannot be read, keys that mean two things, desks that nobody chose."""
    changed = kinds.changed(connection)
    for setting in (each for each in changed if each.kind is None):
        yield Finding(True, f"this release cannot read the kind of request {setting.code}: another rule counts", PAGE)
    for hospital in store.hospitals(connection):
        if key := same_key(_standing(changed, hospital.id).values()):
            what = f"in {hospital.name} the key {key} stands for two kinds of request: callers get the first"
            yield Finding(True, what, "give one of them another key on the page of kinds of request")
    for row in connection.execute(_UNDECIDED):
        what = f"{row.name}: several lines are {row.role}, none chosen for {row.wards} wards, which answer themselves"
        yield Finding(False, what, "choose the line on each ward's page, or in the file of wards")


def _standing(changed: Sequence[Setting], hospital_id: int) -> Mapping[str, Kind]:
    """What counts in a hospital, without raising an alarm for what cannot be read."""
    here = [each for place in (None, hospital_id) for each in changed if each.hospital_id == place]
    return {**defaults(), **{each.code: each.kind for each in here if each.kind is not None}}
