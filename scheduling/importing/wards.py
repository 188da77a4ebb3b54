"""Import of wards: by slug, with their hospital, head and coordinator."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, Row, insert, select, update

from config import clock
from config.numbers import PARIS
from scheduling import checks, desks, rota, store
from scheduling import tables as t
from scheduling.check_words import words
from scheduling.importing import contacts
from scheduling.importing.contacts import Contact
from scheduling.importing.sheet import Columns, Findings, Line, Report, read
from scheduling.local_time import BadTime
from scheduling.local_time import read as read_time
from scheduling.opening import BadOpening, Opening

ROLES = ("head", "coordinator")
FLAGS = ("announces_shift", "asks_presence")
TEAM = ("role", "booking_url")
COLUMNS = Columns(
    required=("ward", "hospital", "name"),
    optional=(
        *("keypad", "keywords", "opening", "covered_by", "switchboard", "timezone"),
        *(f"{role}_{detail}" for role in ROLES for detail in ("name", "phone", "email")),
        *FLAGS,
        *TEAM,
        "live",
        *rota.DESKS,
    ),
)
_NO_TEAM = {"role": rota.WARD, "booking_url": ""}
_YES_OR_NO = {"yes": True, "oui": True, "1": True, "no": False, "non": False, "0": False}
_SLUG = re.compile(r"[\w.-]+")
_KEYPAD = re.compile(r"[2-9]{2,6}")


@dataclass(frozen=True)
class Draft:
    """A row that could be read."""

    line: int
    slug: str
    hospital: str
    columns: Mapping[str, Any]  # of the wards table, for the columns that the file has
    covered_by: str | None  # slug; empty: nobody; None: the file does not say
    people: Mapping[str, Contact | None]  # by role; None: nobody; absent: the file does not say
    desks: Mapping[str, str]  # slugs by role; empty: as it follows from the hospital; absent: the file does not say


@dataclass(frozen=True)
class Known:
    """What the database has before the import."""

    wards: Mapping[str, Row[Any]]  # by slug
    zones: Mapping[str, str]  # of hospitals, by name
    now: datetime


def import_wards(connection: Connection, data: bytes) -> Report:
    """Create or change the wards of the file, and the hospitals, heads and coordinators it names."""
    findings = Findings()
    lines = read(data, COLUMNS, findings)
    known = _known(connection)
    zones = _zones(lines, known, findings)
    drafts = [_draft(line, zones[line["hospital"]], known, findings) for line in lines]
    _check_together(drafts, known, findings)
    named = contacts.merge((who for draft in drafts for who in draft.people.values() if who), findings)
    contacts.check_known(connection, named, findings)
    if findings.errors:
        return findings.refusal()
    return _write(connection, drafts, zones, named, known, findings)


def _known(connection: Connection) -> Known:
    wards = connection.execute(
        select(t.wards, t.hospitals.c.name.label("hospital")).join(
            t.hospitals, t.hospitals.c.id == t.wards.c.hospital_id
        )
    )
    hospitals = connection.execute(select(t.hospitals))
    zones = {row.name: row.timezone for row in hospitals}
    return Known({row.slug: row for row in wards}, zones, clock.read(connection).now)


def _zones(lines: Sequence[Line], known: Known, findings: Findings) -> dict[str, str]:
    """The zone of every hospital of the file: what its rows say, else what it had, else Paris."""
    said: dict[str, str] = {}
    for line in lines:
        zone, hospital = line["timezone"], line["hospital"]
        if zone and not _is_zone(zone):
            findings.error(line.number, "no_zone", zone=zone)
        elif zone and said.setdefault(hospital, zone) != zone:
            findings.error(line.number, "two_zones", hospital=hospital, zone=said[hospital])
    return {name: said.get(name) or known.zones.get(name, PARIS) for name in (line["hospital"] for line in lines)}


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones, a path
        return False
    return True


def _draft(line: Line, zone: str, known: Known, findings: Findings) -> Draft:
    slug = line["ward"]
    if slug and _SLUG.fullmatch(slug) is None:
        findings.error(line.number, "slug", slug=slug)
    columns: dict[str, Any] = {"name": line["name"], **_keypad(line, known.wards.get(slug), findings)}
    if line.has("keywords"):
        columns["keywords"] = list(line.items("keywords"))
    if line.has("opening"):
        columns["opening"] = _opening(line, zone, findings)
    if line.has("switchboard"):
        columns["switchboard"] = _phone(line, "switchboard", zone, findings)
    columns |= {flag: _flag(line, flag, findings) for flag in FLAGS if line[flag]}
    columns |= _team(line, findings) | _live(line, zone, known, findings)
    people = {
        role: _contact(line, role, zone, findings)
        for role in ROLES
        if line.has(f"{role}_phone") or line[f"{role}_name"]
    }
    covered_by = line["covered_by"] if line.has("covered_by") else None
    desks = {role: line[role] for role in rota.DESKS if line.has(role)}
    return Draft(line.number, slug, line["hospital"], columns, covered_by, people, desks)


def _live(line: Line, zone: str, known: Known, findings: Findings) -> dict[str, datetime | None]:
    """From when on GPs reach it: yes, no, a local time. Nothing said changes nothing; a new ward is live.

    No file closes a ward that GPs reach: most that say so are older than its opening, and the page is one button.
    """
    said, before = line["live"], known.wards.get(line["ward"])
    if not said:
        return {}
    try:
        live_from = _live_from(said, zone)
    except BadTime:
        findings.error(line.number, "live", said=said)
        return {}
    is_open = before is not None and rota.reached(before.live_from, known.now)
    if is_open and not rota.reached(live_from, known.now):
        findings.warn(line.number, "stays_open", said=said)
        return {}
    return {"live_from": live_from}


def _live_from(said: str, zone: str) -> datetime | None:
    """What a cell says. BadTime."""
    answer = _YES_OR_NO.get(said.lower())
    if answer is None:
        return read_time(said, zone).at
    return rota.ALWAYS if answer else None


def _team(line: Line, findings: Findings) -> dict[str, str]:
    """What kind of line it is, and where its consultations are booked."""
    if line["role"] and line["role"] not in rota.ROLES:
        findings.error(line.number, "role", said=line["role"])
    if line["booking_url"] and desks.BOOKING.fullmatch(line["booking_url"]) is None:
        findings.error(line.number, "booking_url", said=line["booking_url"])
    return {name: line[name] or _NO_TEAM[name] for name in TEAM if line.has(name)}


def _keypad(line: Line, before: Row[Any] | None, findings: Findings) -> dict[str, str]:
    """The code of the row. A file without the column keeps a code that somebody chose."""
    code = line["keypad"]
    if not code:
        chosen = before is not None and before.keypad != rota.keypad_code(before.name)
        if chosen and not line.has("keypad"):
            return {}
        code = rota.keypad_code(line["name"])
        if line["name"] and len(code) < 2:
            findings.error(line.number, "no_code")
    elif _KEYPAD.fullmatch(code) is None:
        findings.error(line.number, "keypad", code=code)
    return {"keypad": code}


def _flag(line: Line, column: str, findings: Findings) -> bool:
    said = _YES_OR_NO.get(line[column].lower())
    if said is None:
        findings.error(line.number, "flag", column=column, said=line[column])
    return bool(said)


def _opening(line: Line, zone: str, findings: Findings) -> str:
    try:
        return str(Opening.parse(line["opening"], zone))
    except BadOpening as reason:
        findings.error(line.number, f"opening_{reason.code}", part=reason.part)
        return ""


def _phone(line: Line, column: str, zone: str, findings: Findings) -> str | None:
    return contacts.phone(line[column], zone, line.number, column, findings) if line[column] else None


def _contact(line: Line, role: str, zone: str, findings: Findings) -> Contact | None:
    phone = _phone(line, f"{role}_phone", zone, findings)
    email = contacts.email(line[f"{role}_email"], line.number, f"{role}_email", findings)
    if not line[f"{role}_phone"] and (line[f"{role}_name"] or email):
        findings.error(line.number, f"no_phone_{role}")
    return Contact(line.number, phone, line[f"{role}_name"], email=email) if phone else None


def _check_together(drafts: Sequence[Draft], known: Known, findings: Findings) -> None:
    """What a row alone cannot show: slugs given twice, covering wards that are not there."""
    named = [draft for draft in drafts if draft.slug]
    first = {draft.slug: draft.line for draft in reversed(named)}
    roles = _roles(named, known)
    for draft in named:
        if first[draft.slug] != draft.line:
            findings.error(draft.line, "slug_twice", slug=draft.slug, line=first[draft.slug])
        if draft.covered_by == draft.slug:
            findings.error(draft.line, "covers_itself")
        elif draft.covered_by and draft.covered_by not in first and draft.covered_by not in known.wards:
            findings.error(draft.line, "no_ward", column="covered_by", slug=draft.covered_by)
        _check_desks(draft, roles, findings)


def _check_desks(draft: Draft, roles: Mapping[str, tuple[str, str]], findings: Findings) -> None:
    """The lines that answer for it are of the role, and of its hospital."""
    for role, slug in draft.desks.items():
        if slug and (slug == draft.slug or roles.get(slug) != (role, draft.hospital)):
            findings.error(draft.line, "no_desk", column=role, slug=slug)


def _roles(drafts: Iterable[Draft], known: Known) -> dict[str, tuple[str, str]]:
    """Role and hospital of every line, by slug, as they will be."""
    before = {slug: (row.role, row.hospital) for slug, row in known.wards.items()}
    nothing = (rota.WARD, "")
    said = {
        draft.slug: (draft.columns.get("role", before.get(draft.slug, nothing)[0]), draft.hospital) for draft in drafts
    }
    return before | said


def _write(
    connection: Connection,
    drafts: Sequence[Draft],
    zones: Mapping[str, str],
    named: Mapping[str, Contact],
    known: Known,
    findings: Findings,
) -> Report:
    hospitals = _save_hospitals(connection, zones, known)
    people = contacts.save(connection, named)
    ids = {slug: row.id for slug, row in known.wards.items()}
    touched = {draft.slug for draft in drafts if _is_touched(draft, zones, known, people)}
    for draft in drafts:
        values = {**draft.columns, "hospital_id": hospitals[draft.hospital], **_role_ids(draft, people)}
        if draft.slug not in ids:
            ids[draft.slug] = connection.scalar(
                insert(t.wards).values(slug=draft.slug, **values).returning(t.wards.c.id)
            )
        elif _change(connection, ids[draft.slug], values, known.wards[draft.slug]):
            touched.add(draft.slug)
    for draft in drafts:  # once every ward has its id: a ward may be covered by one further down
        cover = {} if draft.covered_by is None else {"covered_by_id": ids.get(draft.covered_by)}
        if _change(connection, ids[draft.slug], cover, known.wards.get(draft.slug)):
            touched.add(draft.slug)
        chosen = {role: ids[slug] if slug else None for role, slug in draft.desks.items()}
        if desks.choose(connection, ids[draft.slug], chosen):
            touched.add(draft.slug)
    _warn_of_doors_that_open(drafts, known, findings)
    _warn_of_long_closings(connection, {draft.line: ids[draft.slug] for draft in drafts}, known.now, findings)
    created = sum(draft.slug not in known.wards for draft in drafts)
    changed = sum(draft.slug in known.wards and draft.slug in touched for draft in drafts)
    return Report(created, changed, len(drafts) - created - changed, warnings=tuple(sorted(set(findings.warnings))))


def _save_hospitals(connection: Connection, zones: Mapping[str, str], known: Known) -> dict[str, int]:
    hospitals = t.hospitals
    for name, zone in zones.items():
        if name not in known.zones:
            connection.execute(insert(hospitals).values(name=name, timezone=zone))
        elif known.zones[name] != zone:
            connection.execute(update(hospitals).where(hospitals.c.name == name).values(timezone=zone))
    return {row.name: row.id for row in connection.execute(select(hospitals.c.name, hospitals.c.id))}


def _role_ids(draft: Draft, people: contacts.Saved) -> dict[str, int | None]:
    return {f"{role}_id": people.ids[who.phone] if who else None for role, who in draft.people.items()}


def _is_touched(draft: Draft, zones: Mapping[str, str], known: Known, people: contacts.Saved) -> bool:
    """Whether the row changes something beside the ward: its hospital's zone, its people."""
    moved = known.zones.get(draft.hospital) != zones[draft.hospital]
    return moved or any(who and who.phone in people.created | people.changed for who in draft.people.values())


def _change(connection: Connection, ward_id: int, values: Mapping[str, Any], before: Row[Any] | None) -> bool:
    """Write what differs; whether anything did."""
    new = {name: value for name, value in values.items() if before is None or before._mapping[name] != value}
    if new:
        connection.execute(update(t.wards).where(t.wards.c.id == ward_id).values(**new))
    return bool(new)


def _warn_of_doors_that_open(drafts: Iterable[Draft], known: Known, findings: Findings) -> None:
    """A file that says nothing of `live` opens its new wards: once for all of them, at the first."""
    opened = [
        draft
        for draft in drafts
        if draft.slug not in known.wards
        and "live_from" not in draft.columns
        and draft.columns.get("role", rota.WARD) == rota.WARD
    ]
    if opened:
        findings.warn(opened[0].line, "opens_at_once", many=len(opened))


def _warn_of_long_closings(
    connection: Connection, ward_ids: Mapping[int, int], now: datetime, findings: Findings
) -> None:
    for line, ward_id in ward_ids.items():
        ward = store.ward(connection, ward_id)
        concern = checks.long_closing(connection, ward, now)
        if concern is not None:
            findings.warn(line, "long_closing", slug=ward.slug, concern=partial(words, concern))
