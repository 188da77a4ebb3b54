"""Whole directories as CSV: out as a file that comes back unchanged, and in with every change in the trail."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, select

from config import numbers
from config.clock import Moment
from scheduling import desks, store
from scheduling import tables as t
from scheduling.directories import going_live, practices, practitioners
from scheduling.directories.forms import difference
from scheduling.folding import fold
from scheduling.importing import Report, import_seniors, import_wards
from scheduling.importing.practices import COLUMNS as OF_PRACTICES
from scheduling.importing.practices import handles, import_practices
from scheduling.importing.practitioners import COLUMNS as OF_PRACTITIONERS
from scheduling.importing.practitioners import PARTNERS, Change, Read, read_practitioners, take_over, zones
from scheduling.importing.seniors import COLUMNS as OF_SENIORS
from scheduling.importing.sheet import Columns
from scheduling.importing.wards import COLUMNS as OF_WARDS
from scheduling.local_time import show
from scheduling.plain_text import guarded
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.practices import every
from scheduling.rota import ALWAYS, DESKS, Person, Ward
from scheduling.store import Practitioner


class Kind(StrEnum):
    """Which directory."""

    WARDS = "wards"
    SENIORS = "seniors"
    PRACTITIONERS = "practitioners"
    PRACTICES = "practices"


COLUMNS: Final[Mapping[Kind, Columns]] = {
    Kind.WARDS: OF_WARDS,
    Kind.SENIORS: OF_SENIORS,
    Kind.PRACTITIONERS: OF_PRACTITIONERS,
    Kind.PRACTICES: OF_PRACTICES,
}
_IMPORTS: Final[Mapping[Kind, Callable[[Connection, bytes], Report]]] = {
    Kind.WARDS: import_wards,
    Kind.SENIORS: import_seniors,
    Kind.PRACTICES: import_practices,
}


@dataclass(frozen=True)
class _Line:
    """One entry of a directory at one instant: what the trail calls it, and what it says in words."""

    name: str
    said: Mapping[str, Any]
    wards: frozenset[int] = frozenset()


def take_in(conn: Connection, moment: Moment, by: Actor, kind: Kind, data: bytes, *, dry_run: bool = False) -> Report:
    """Import the file, and write what changed into the trail; nothing at all when a row is wrong, or in a dry run."""
    if kind is Kind.PRACTITIONERS:
        return take_in_practitioners(conn, moment, by, read_practitioners(data, zones(conn)), dry_run=dry_run)
    before = _SNAPSHOTS[kind](conn)
    with conn.begin_nested() as attempt:
        report = _IMPORTS[kind](conn, data)
        if dry_run or not report.ok:
            attempt.rollback()
            return report
    after = _SNAPSHOTS[kind](conn)
    changed = [key for key in after if before.get(key) != after[key]]
    _RECORDS[kind](conn, moment, by, [(key, before.get(key), after[key]) for key in changed])
    return report


def take_in_practitioners(conn: Connection, moment: Moment, by: Actor, said: Read, *, dry_run: bool = False) -> Report:
    """The same with a list of practitioners that was read before, which of a long one takes longest."""
    with conn.begin_nested() as attempt:
        report, changes = take_over(conn, said)
        if dry_run or not report.ok:
            attempt.rollback()
            return report
    _record_practitioners(conn, moment, by, changes)
    return report


_Changes = Sequence[tuple[int, Any, Any]]  # id, the entry before (None: new), the entry after


def _record_wards(conn: Connection, moment: Moment, by: Actor, changes: _Changes) -> None:
    for key, before, after in changes:
        detail = difference(before.said if before else {}, after.said)
        what = "ward.changed" if before else "ward.created"
        trail.record(conn, moment, by, what, ward_id=key, subject=after.name, detail={**detail, "file": True})


def _record_people(conn: Connection, moment: Moment, by: Actor, changes: _Changes) -> None:
    for key, before, after in changes:
        detail = difference(before.said if before else {}, after.said)
        if detail:
            what, only = "person.changed" if before else "person.created", len(after.wards) == 1
            ward_id = next(iter(after.wards)) if only else None
            said = {"id": key, "file": True, **detail}
            trail.record(conn, moment, by, what, ward_id=ward_id, subject=after.name, detail=said)
        belonged = before.wards if before else frozenset()
        for word, wards in (("person.joined", after.wards - belonged), ("person.parted", belonged - after.wards)):
            for ward_id in sorted(wards):
                said = {"id": key, "file": True}
                trail.record(conn, moment, by, word, ward_id=ward_id, subject=after.name, detail=said)


def _record_practitioners(conn: Connection, moment: Moment, by: Actor, changes: Sequence[Change]) -> None:
    """One line for the file: it may hold a hundred thousand."""
    if not changes:
        return
    added = [{"id": each.after.id, "name": each.after.name} for each in changes if each.before is None]
    changed = [
        {
            "id": each.after.id,
            "name": each.after.name,
            **difference(_practitioner_said(each.before), _practitioner_said(each.after)),
        }
        for each in changes
        if each.before is not None
    ]
    trail.record(conn, moment, by, "practitioner.imported", detail={"added": added, "changed": changed})


def _practitioner_said(one: Practitioner) -> dict[str, Any]:
    return practitioners.in_words(practitioners.entry_of(one))


def _record_practices(conn: Connection, moment: Moment, by: Actor, changes: _Changes) -> None:
    for key, before, after in changes:
        detail = difference(before.said if before else {}, after.said)
        what, said = "practice.changed" if before else "practice.created", {"id": key, "file": True, **detail}
        trail.record(conn, moment, by, what, subject=after.name, detail=said)


_RECORDS: Final[Mapping[Kind, Callable[[Connection, Moment, Actor, _Changes], None]]] = {
    Kind.WARDS: _record_wards,
    Kind.SENIORS: _record_people,
    Kind.PRACTICES: _record_practices,
}


def _wards(conn: Connection) -> dict[int, _Line]:
    found = store.wards(conn)
    names = {ward.id: f"{ward.name} ({ward.hospital})" for ward in found}
    flags = {
        row.id: row for row in conn.execute(select(t.wards.c.id, t.wards.c.announces_shift, t.wards.c.asks_presence))
    }
    chosen = desks.slugs(conn)
    return {
        ward.id: _Line(ward.name, _ward_said(ward, names, flags[ward.id], chosen.get(ward.id, {}))) for ward in found
    }


def _ward_said(ward: Ward, names: Mapping[int, str], flags: Any, chosen: Mapping[str, str]) -> dict[str, Any]:
    return {
        "hospital": ward.hospital,
        "name": ward.name,
        "slug": ward.slug,
        "keypad": ward.keypad,
        "keywords": "; ".join(ward.keywords),
        "opening": str(ward.opening),
        "covered_by": names.get(ward.covered_by_id or 0, ""),
        "head": ward.head.name if ward.head else "",
        "coordinator": ward.coordinator.name if ward.coordinator else "",
        "switchboard": ward.switchboard or "",
        "announces_shift": flags.announces_shift,
        "asks_presence": flags.asks_presence,
        "role": ward.role,
        "booking_url": ward.booking_url,
        "live_from": going_live.written(ward.live_from, ward),
        **{role: chosen.get(role, "") for role in DESKS},
    }


def _people(conn: Connection) -> dict[int, _Line]:
    columns = ("name", "title", "category", "phone", "email")
    belongs: dict[int, set[int]] = {}
    for row in conn.execute(select(t.ward_seniors)):
        belongs.setdefault(row.person_id, set()).add(row.ward_id)
    here = conn.execute(select(t.people).where(t.people.c.left_at.is_(None)))
    return {
        row.id: _Line(row.name, {name: row._mapping[name] for name in columns}, frozenset(belongs.get(row.id, ())))
        for row in here
    }


def _practices(conn: Connection) -> dict[int, _Line]:
    return {one.id: _Line(one.entry.name, practices.in_words(one.entry)) for one in every(conn)}


_SNAPSHOTS: Final[Mapping[Kind, Callable[[Connection], Mapping[int, Any]]]] = {
    Kind.WARDS: _wards,
    Kind.SENIORS: _people,
    Kind.PRACTICES: _practices,
}


def give_out(conn: Connection, kind: Kind) -> bytes:
    """The directory as a file that Excel opens and `take_in` reads back: with its BOM, `;` between cells."""
    columns = [*COLUMNS[kind].required, *COLUMNS[kind].optional]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: guarded(cell) for name, cell in row.items()} for row in _ROWS[kind](conn))
    return text.getvalue().encode("utf-8-sig")


def _ward_rows(conn: Connection) -> Iterable[dict[str, str]]:
    found = store.wards(conn)
    slugs = {ward.id: ward.slug for ward in found}
    said = _wards(conn)
    for ward in found:
        yield {
            "ward": ward.slug,
            "hospital": ward.hospital,
            "name": ward.name,
            "keypad": ward.keypad,
            "keywords": ";".join(ward.keywords),
            "opening": str(ward.opening),
            "covered_by": slugs.get(ward.covered_by_id or 0, ""),
            "switchboard": _written(ward.switchboard, ward.timezone),
            "timezone": ward.timezone,
            **_contact("head", ward.head, ward.timezone),
            **_contact("coordinator", ward.coordinator, ward.timezone),
            **{name: "yes" if said[ward.id].said[name] else "no" for name in ("announces_shift", "asks_presence")},
            **{name: said[ward.id].said[name] for name in ("role", "booking_url", *DESKS)},
            "live": _live(ward),
        }


def _live(ward: Ward) -> str:
    """As `take_in` reads it back."""
    if ward.live_from == ALWAYS:
        return "yes"
    return "no" if ward.live_from is None else show(ward.live_from, ward.timezone)


def _contact(role: str, person: Person | None, zone: str) -> dict[str, str]:
    if person is None:
        return {}
    return {
        f"{role}_name": person.name,
        f"{role}_phone": _written(person.phone, zone),
        f"{role}_email": person.email,
    }


def _senior_rows(conn: Connection) -> Iterable[dict[str, str]]:
    """Who belongs to a ward; heads and coordinators stand in the file of wards."""
    by_id = {ward.id: ward for ward in store.wards(conn)}
    lines = [line for line in _people(conn).values() if line.wards]
    for line in sorted(lines, key=lambda line: (fold(line.name), line.said["phone"])):
        wards = sorted((by_id[ward_id] for ward_id in line.wards), key=lambda ward: ward.slug)
        yield {
            **{name: line.said[name] for name in ("name", "title", "category", "email")},
            "phone": _written(line.said["phone"], wards[0].timezone),
            "wards": ";".join(ward.slug for ward in wards),
        }


def _practitioner_rows(conn: Connection) -> Iterable[dict[str, str]]:
    zone = _one_zone(conn)
    for one in store.practitioners(conn):
        phones = ";".join(_written(phone, zone) for phone in one.phones)
        partner = {name: getattr(one, name) for name in PARTNERS}
        said = {"name": one.name, "email": one.email, "rpps": one.rpps or "", "practice": one.practice}
        yield {**said, **partner, "phone": phones}


def _practice_rows(conn: Connection) -> Iterable[dict[str, str]]:
    """Its doctors by their RPPS, a number of theirs alone, or their name."""
    zone, doctors = _one_zone(conn), handles(store.practitioners(conn))
    for practice in every(conn):
        said = practice.entry
        yield {
            **{name: getattr(said, name) for name in ("name", "kind", "postcode", "town")},
            "finess": said.finess or "",
            "phone": ";".join(_written(phone, zone) for phone in said.phones),
            "members": ";".join(doctors[one] for one in sorted(said.members) if one in doctors),
        }


def _one_zone(conn: Connection) -> str:
    """The zone of all hospitals; "" when there are several: then numbers are written with their country."""
    zones = {hospital.timezone for hospital in store.hospitals(conn)} or {numbers.PARIS}
    return next(iter(zones)) if len(zones) == 1 else ""


def _written(e164: str | None, zone: str) -> str:
    return numbers.written(e164, zone) if e164 else ""


_ROWS: Final[Mapping[Kind, Callable[[Connection], Iterable[dict[str, str]]]]] = {
    Kind.WARDS: _ward_rows,
    Kind.SENIORS: _senior_rows,
    Kind.PRACTITIONERS: _practitioner_rows,
    Kind.PRACTICES: _practice_rows,
}
