"""The directory of seniors, heads of ward and coordinators: who they are, where they belong, who may change that."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from config import numbers
from config.clock import Moment
from scheduling import tables as t
from scheduling.directories.forms import Form, Refused, Saved, Stale, difference, fingerprint
from scheduling.planning import tables as p
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.rota import Ward

# Who answers as a senior (domain.md 3.2): the monthly table names each with his category.
CATEGORIES: Final = (
    "PU-PH",
    "MCU-PH",
    "PH",
    "PHC",
    "CCA",
    "AHU",
    "assistant",
    "contractuel",
    "attaché",
)


@dataclass(frozen=True)
class Entry:
    """What the directory says of a person."""

    name: str
    title: str
    category: str
    phone: str  # E.164
    email: str
    ward_ids: frozenset[int]  # whose rota he may hold


@dataclass(frozen=True)
class Standing:
    """What hangs on a person beside his entry."""

    verified_at: datetime | None
    opted_out_at: datetime | None
    has_pin: bool
    pin_locked: bool
    left_at: datetime | None
    above_ids: frozenset[int]  # wards whose head or coordinator he is


@dataclass(frozen=True)
class Future:
    """A shift that he still holds."""

    ward: str
    timezone: str
    rank: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Taken:
    """Nothing was saved: the telephone is this person's."""

    id: int
    name: str


@dataclass(frozen=True)
class StillOnDuty:
    """Nothing was saved: he holds these shifts (the first of them), and is head or coordinator of these wards."""

    shifts: tuple[Future, ...]
    wards: tuple[str, ...] = ()


def read(conn: Connection, person_id: int, *, hold: bool = False) -> tuple[Entry, Standing] | None:
    """A person's entry and what hangs on him; `hold` keeps others from changing it until the commit."""
    query = select(t.people).where(t.people.c.id == person_id)
    row = conn.execute(query.with_for_update(key_share=True) if hold else query).one_or_none()
    if row is None:
        return None
    member = select(t.ward_seniors.c.ward_id).where(t.ward_seniors.c.person_id == person_id)
    above = select(t.wards.c.id).where(or_(t.wards.c.head_id == person_id, t.wards.c.coordinator_id == person_id))
    wards = frozenset(conn.execute(member).scalars())
    return (
        Entry(row.name, row.title, row.category, row.phone, row.email, wards),
        _standing(row, frozenset(conn.execute(above).scalars())),
    )


def _standing(row: Row[Any], above: frozenset[int]) -> Standing:
    return Standing(
        verified_at=row.phone_verified_at,
        opted_out_at=row.opted_out_at,
        has_pin=row.pin_hash is not None,
        pin_locked=row.pin_locked_at is not None,
        left_at=row.left_at,
        above_ids=above,
    )


def read_form(
    form: Form, wards: Collection[Ward], before: Entry | None, *, owned: bool, everything: bool
) -> Entry | Refused:
    """What the form makes of the entry. `wards` are those he may tick; of a person who is not his alone, only these."""
    tickable = {ward.id: ward for ward in wards}
    kept = (before.ward_ids if before else frozenset()) - tickable.keys()
    ward_ids = kept | form.some_of("wards", tickable)
    if not ward_ids and not everything:
        form.fault("wards", "no_ward")
    if before is not None and not owned:
        return Refused(tuple(form.faults)) if form.faults else replace(before, ward_ids=ward_ids)
    zones = {tickable[ward_id].timezone for ward_id in ward_ids & tickable.keys()}
    zones = zones or {ward.timezone for ward in wards}
    said = Entry(
        name=form.text("name", required=True, longest=80),
        title=form.text("title", longest=40),
        category=form.text("category", longest=40),
        phone=_phone(form, zones, before) or "",
        email=form.email("email"),
        ward_ids=ward_ids,
    )
    return Refused(tuple(form.faults)) if form.faults else said


def _phone(form: Form, zones: Collection[str], before: Entry | None) -> str | None:
    """His number: French, of any territory. The one he has is kept, whatever it is."""
    phone = form.phone("phone", zones, required=True)
    if phone is not None and (before is None or phone != before.phone) and not numbers.is_french(phone):
        form.fault("phone", "number_foreign")
    return phone


def save(
    conn: Connection, moment: Moment, by: Actor, person_id: int | None, draft: Entry, seen: str = ""
) -> Saved | Stale | Taken | StillOnDuty:
    """Write the entry, and the trail. A number that changed is not verified, and what STOP said of the old is over."""
    if taken := _holder(conn, draft.phone, person_id):
        return taken
    try:
        with conn.begin_nested():
            return (
                _create(conn, moment, by, draft)
                if person_id is None
                else _change(conn, moment, by, person_id, draft, seen)
            )
    except IntegrityError:  # somebody gave this number to another person a moment ago
        if taken := _holder(conn, draft.phone, person_id):
            return taken
        raise


def _change(
    conn: Connection, moment: Moment, by: Actor, person_id: int, draft: Entry, seen: str
) -> Saved | Stale | StillOnDuty:
    found = read(conn, person_id, hold=True)
    if found is None or found[1].left_at is not None or fingerprint(found[0]) != seen:
        return Stale(last_change(conn, person_id))
    before = found[0]
    held = _future(conn, person_id, moment.now, before.ward_ids - draft.ward_ids)
    if held:
        return StillOnDuty(held)
    _write(conn, moment, by, person_id, before, draft)
    return Saved(person_id, changed=before != draft)


def _create(conn: Connection, moment: Moment, by: Actor, draft: Entry) -> Saved:
    person_id: int = conn.execute(insert(t.people).values(_columns(draft)).returning(t.people.c.id)).scalar_one()
    detail = {"id": person_id, "before": {}, "after": _in_words(draft)}
    trail.record(conn, moment, by, "person.created", ward_id=_only(draft), subject=draft.name, detail=detail)
    _join(conn, moment, by, person_id, draft, frozenset())
    return Saved(person_id, changed=True)


def _write(conn: Connection, moment: Moment, by: Actor, person_id: int, before: Entry, draft: Entry) -> None:
    said = difference(_in_words(before), _in_words(draft))
    if said:
        moved = {"phone_verified_at": None, "opted_out_at": None} if draft.phone != before.phone else {}
        conn.execute(update(t.people).where(t.people.c.id == person_id).values({**_columns(draft), **moved}))
        if moved:
            conn.execute(delete(p.phone_codes).where(p.phone_codes.c.person_id == person_id))
        detail = {"id": person_id, **said}
        trail.record(conn, moment, by, "person.changed", ward_id=_only(draft), subject=draft.name, detail=detail)
    _join(conn, moment, by, person_id, draft, before.ward_ids)


def _join(conn: Connection, moment: Moment, by: Actor, person_id: int, draft: Entry, before: frozenset[int]) -> None:
    """Write where he belongs; each ward's trail says who came and who went."""
    gone, new = before - draft.ward_ids, draft.ward_ids - before
    member = t.ward_seniors.c
    if gone:
        conn.execute(delete(t.ward_seniors).where(member.person_id == person_id, member.ward_id.in_(list(gone))))
    if new:
        conn.execute(insert(t.ward_seniors), [{"ward_id": ward, "person_id": person_id} for ward in sorted(new)])
    for what, wards in (("person.joined", new), ("person.parted", gone)):
        for ward_id in sorted(wards):
            trail.record(conn, moment, by, what, ward_id=ward_id, subject=draft.name, detail={"id": person_id})


def leave(conn: Connection, moment: Moment, by: Actor, person_id: int, seen: str) -> Saved | Stale | StillOnDuty:
    """He is gone: no ward, no PIN, no calendar, and his number may be another's. History still names him."""
    found = read(conn, person_id, hold=True)
    if found is None or found[1].left_at is not None or fingerprint(found[0]) != seen:
        return Stale(last_change(conn, person_id))
    before, standing = found
    held = _future(conn, person_id, moment.now)
    if held or standing.above_ids:
        return StillOnDuty(held, _names(conn, standing.above_ids))
    gone = {"left_at": moment.now, "pin_hash": None, "pin_locked_at": None, "pin_failures": 0}
    conn.execute(update(t.people).where(t.people.c.id == person_id).values({**gone, "phone_verified_at": None}))
    for table in (p.feeds, p.phone_codes):
        conn.execute(delete(table).where(table.c.person_id == person_id))
    detail = {"id": person_id, "before": _in_words(before), "after": {}}
    trail.record(conn, moment, by, "person.removed", ward_id=_only(before), subject=before.name, detail=detail)
    _join(conn, moment, by, person_id, replace(before, ward_ids=frozenset()), before.ward_ids)
    return Saved(person_id, changed=True)


def join(conn: Connection, moment: Moment, by: Actor, person_id: int, ward_ids: frozenset[int]) -> Saved | None:
    """Somebody who is on file already belongs to these wards too; None when he has left."""
    found = read(conn, person_id, hold=True)
    if found is None or found[1].left_at is not None:
        return None
    before = found[0]
    _join(conn, moment, by, person_id, replace(before, ward_ids=before.ward_ids | ward_ids), before.ward_ids)
    return Saved(person_id, changed=not ward_ids <= before.ward_ids)


def last_change(conn: Connection, person_id: int) -> trail.Entry | None:
    """Who changed this person lately, as far as the trail's last lines say."""
    lines = trail.read(conn, what="person", limit=200)
    return next((line for line in lines if line.detail.get("id") == person_id), None)


def future(conn: Connection, person_id: int, now: datetime) -> tuple[Future, ...]:
    """The shifts he still holds, the next ones first."""
    return _future(conn, person_id, now)


def _future(
    conn: Connection, person_id: int, now: datetime, ward_ids: Collection[int] | None = None
) -> tuple[Future, ...]:
    """The next twenty; of some wards only, when they are named."""
    during = t.shifts.c.during
    query: Select[Any] = (
        select(t.wards.c.name, t.hospitals.c.timezone, t.shifts.c.rank, func.lower(during), func.upper(during))
        .join(t.wards, t.wards.c.id == t.shifts.c.ward_id)
        .join(t.hospitals, t.hospitals.c.id == t.wards.c.hospital_id)
        .where(t.shifts.c.person_id == person_id, func.upper(during) > now)
        .order_by(func.lower(during))
        .limit(20)
    )
    if ward_ids is not None:
        query = query.where(t.shifts.c.ward_id.in_(list(ward_ids)))
    return tuple(Future(*row) for row in conn.execute(query))


def _holder(conn: Connection, phone: str, person_id: int | None) -> Taken | None:
    """Somebody else who has this number."""
    row = conn.execute(
        select(t.people.c.id, t.people.c.name).where(t.people.c.phone == phone, t.people.c.left_at.is_(None))
    ).one_or_none()
    return None if row is None or row.id == person_id else Taken(row.id, row.name)


def _names(conn: Connection, ward_ids: Collection[int]) -> tuple[str, ...]:
    query = select(t.wards.c.name).where(t.wards.c.id.in_(list(ward_ids))).order_by(t.wards.c.name)
    return tuple(conn.execute(query).scalars())


def _columns(draft: Entry) -> dict[str, str]:
    return {name: getattr(draft, name) for name in ("name", "title", "category", "phone", "email")}


def _in_words(said: Entry) -> dict[str, Any]:
    """The entry as the trail keeps it; where he belongs has lines of its own."""
    return _columns(said)


def _only(said: Entry) -> int | None:
    """The ward whose trail the line is in: the one he belongs to, none when there are several."""
    return next(iter(said.ward_ids)) if len(said.ward_ids) == 1 else None
