"""The kinds that count in a hospital: its own, else every hospital's, else this release's; changed on the record.

Nothing here commits.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from callbacks import alarms
from callbacks.kinds.kind import ADVICE, BadKind, Fault, Kind, Team, defaults, read, same_key, settings
from config.clock import Moment
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.store import Hospital

# Advice is the ward's own matter: where no administrator changed a kind, one small look at an empty table.
_OF_HOSPITAL = text(
    """
    select id, hospital_id, code, settings from kinds
    where (hospital_id = :hospital_id or hospital_id is null) and (cast(:code as text) is null or code = :code)
    order by hospital_id nulls last"""
)
_HOSPITAL_OF = text("select hospital_id from wards where id = :ward_id")
# In one question: it is asked while a caller waits.
_OF_WARD = text(
    """
    select k.id, k.hospital_id, k.code, k.settings from wards w
    join kinds k on (k.hospital_id = w.hospital_id or k.hospital_id is null) and k.code = :code
    where w.id = :ward_id order by k.hospital_id nulls last"""
)


def of(conn: Connection, hospital_id: int | None, code: str) -> Kind:
    """The kind of this code as it counts there; of a code that another release knew: as advice, by the ward itself.

    Stored settings that this release cannot read are passed over, with an alarm: the promise goes on by the next.
    """
    standard = _standard(code)
    return _standing(conn, hospital_id, code).get(code, standard)


def of_ward(conn: Connection, ward_id: int, code: str) -> Kind:
    """The kind of this code as it counts in the hospital of the ward, or of the team."""
    rows = conn.execute(_OF_WARD, {"ward_id": ward_id, "code": code}).all()
    return _first_readable(conn, rows).get(code, _standard(code))


def every(conn: Connection, hospital_id: int | None) -> Mapping[str, Kind]:
    """Every kind as it counts there, by code, in the order of `Code`."""
    return {**defaults(), **_standing(conn, hospital_id, None)}


def every_of_ward(conn: Connection, ward_id: int) -> Mapping[str, Kind]:
    """The same, of the hospital of this ward."""
    return every(conn, conn.execute(_HOSPITAL_OF, {"ward_id": ward_id}).scalar_one())


def _standard(code: str) -> Kind:
    found = defaults().get(code)
    return replace(defaults()[ADVICE], code=code, key=None) if found is None else found


def _standing(conn: Connection, hospital_id: int | None, code: str | None) -> dict[str, Kind]:
    return _first_readable(conn, conn.execute(_OF_HOSPITAL, {"hospital_id": hospital_id, "code": code}).all())


def _first_readable(conn: Connection, rows: Iterable[Row[Any]]) -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for row in rows:
        kind = _readable(row)
        if kind is None:
            alarms.raise_alarm(conn, "kind_unreadable", _alarm(row.id), {"kind": row.id, "code": row.code})
        elif row.code not in found:
            found[row.code] = kind
    return found


def _readable(row: Row[Any]) -> Kind | None:
    try:
        return read(row.code, row.settings) if isinstance(row.settings, dict) else None
    except (BadKind, KeyError):  # another release may know more
        return None


def _alarm(row_id: int) -> str:
    return f"kind:{row_id}"


# Who owes it --------------------------------------------------------------------------------------------------------

# The desk chosen for the ward, else the only line of that role in its hospital, else the ward itself.
_DESK = text(
    """
    select coalesce(
        (select desk_id from desks where ward_id = w.id and role = :role),
        (select min(d.id) from wards d where d.hospital_id = w.hospital_id and d.role = :role having count(*) = 1),
        w.id)
    from wards w where w.id = :ward_id"""
)


def team_of(conn: Connection, ward_id: int, team: Team | str) -> int:
    """The line that answers for this ward in that role; the ward itself when there is none."""
    if team == Team.WARD:
        return ward_id
    found: int = conn.execute(_DESK, {"ward_id": ward_id, "role": str(team)}).scalar_one()
    return found


# As administrators see them -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """A kind as somebody changed it; `kind` None: this release cannot read it."""

    id: int
    hospital_id: int | None  # None: every hospital that has none of its own
    code: str
    kind: Kind | None
    changed_at: datetime
    by: str

    @property
    def mark(self) -> str:
        """Changes whenever it is changed: what a form was filled from."""
        return f"{self.id}:{self.changed_at.isoformat()}"


@dataclass(frozen=True)
class Saved:
    """It counts from now on, for what is asked from now on; `changed` False: it said so already."""

    changed: bool


@dataclass(frozen=True)
class Stale:
    """Nothing was changed: somebody else did meanwhile. None: by taking away what was there."""

    meanwhile: Setting | None


_SETTINGS = """
    select k.id, k.hospital_id, k.code, k.settings, k.changed_at, coalesce(a.name, '') as by
    from kinds k left join accounts a on a.id = k.account_id"""
_EVERY = text(f"{_SETTINGS} order by k.hospital_id nulls first, k.code")
_ONE = text(f"{_SETTINGS} where k.code = :code and k.hospital_id is not distinct from :hospital_id")
# One administrator after the other; who reads is not held up.
_ALONE = text("lock table kinds in share row exclusive mode")
_WRITE = text(
    """
    insert into kinds (hospital_id, code, settings, changed_at, account_id)
    values (:hospital_id, :code, :settings, :now, :account_id)
    on conflict (hospital_id, code) do update
    set settings = excluded.settings, changed_at = excluded.changed_at, account_id = excluded.account_id
    returning id"""
).bindparams(bindparam("settings", type_=JSONB))
_REMOVE = text("delete from kinds where id = :id")


def changed(conn: Connection) -> list[Setting]:
    """Every kind that was changed, those of all hospitals first."""
    return [_setting(row) for row in conn.execute(_EVERY)]


def setting(conn: Connection, hospital_id: int | None, code: str) -> Setting | None:
    """The kind as it was changed for this very hospital, or (None) for all that have none of their own."""
    row = conn.execute(_ONE, {"hospital_id": hospital_id, "code": code}).one_or_none()
    return None if row is None else _setting(row)


def save(
    conn: Connection, moment: Moment, by: Actor, hospital: Hospital | None, draft: Kind, seen: str
) -> Saved | Stale:
    """Let the kind count so in the hospital, or (None) in all that have none of their own; BadKind.

    `seen`: the mark of the setting that the form was filled from, "" when there was none. What is on file keeps the
    time it was promised.
    """
    kind = read(draft.code, settings(draft))
    conn.execute(_ALONE)
    found = setting(conn, _id(hospital), kind.code)
    if (found.mark if found else "") != seen:
        return Stale(found)
    before = every(conn, _id(hospital))
    if key := same_key({**before, kind.code: kind}.values()):
        raise BadKind(Fault("same_key", key))
    if found is not None and found.kind == kind:
        return Saved(changed=False)
    values = {"hospital_id": _id(hospital), "code": kind.code, "settings": settings(kind), "now": moment.now}
    row_id = conn.execute(_WRITE, {**values, "account_id": by.account_id}).scalar_one()
    alarms.clear(conn, _alarm(row_id))
    _record(conn, moment, by, "kind.changed", hospital, before[kind.code], kind)
    return Saved(changed=True)


def reset(conn: Connection, moment: Moment, by: Actor, hospital: Hospital | None, code: str) -> bool:
    """Take a hospital's own away: every hospital's counts again, or (None) this release's. False: it had none.

    BadKind when the key that it would have again was given to another kind meanwhile.
    """
    conn.execute(_ALONE)
    found = setting(conn, _id(hospital), code)
    if found is None:
        return False
    with conn.begin_nested():
        conn.execute(_REMOVE, {"id": found.id})
        now = every(conn, _id(hospital))
        if key := same_key(now.values()):
            raise BadKind(Fault("same_key", key))
    alarms.clear(conn, _alarm(found.id))
    _record(conn, moment, by, "kind.reset", hospital, found.kind, now[code])
    return True


def _record(
    conn: Connection, moment: Moment, by: Actor, what: str, hospital: Hospital | None, before: Kind | None, after: Kind
) -> None:
    sides = {"before": settings(before) if before else {}, "after": settings(after)}
    detail = {"kind": after.code, "hospital": hospital.name if hospital else "", **sides}
    trail.record(conn, moment, by, what, subject=after.code, detail=detail)


def _id(hospital: Hospital | None) -> int | None:
    return None if hospital is None else hospital.id


def _setting(row: Row[Any]) -> Setting:
    return Setting(row.id, row.hospital_id, row.code, _readable(row), row.changed_at, row.by)
