"""The directory of wards: list, read a form, save unless somebody else did meanwhile, say what to know of a ward."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, update

from config.clock import Moment
from scheduling import desks, opening_words, rota, store
from scheduling import tables as t
from scheduling.directories.forms import Fault, Form, Notice, Refused, Saved, Stale, difference, fingerprint
from scheduling.folding import fold
from scheduling.opening import BadOpening, Opening, Stretch
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.rota import Ward
from scheduling.store import NoSuchWard, WardName

# What an editor of the ward may change; the rest decides how callers reach it, across wards, and is the house's.
EDITORS: Final = frozenset({"opening", "keywords", "announces_shift", "asks_presence"})
EVERYTHING: Final = EDITORS | {
    "hospital_id",
    "name",
    "keypad",
    "covered_by_id",
    "head_id",
    "coordinator_id",
    "switchboard",
    "role",
    "booking_url",
}
RESERVED: Final = frozenset({"new", "search", "hospitals"})  # addresses beside those of the wards
_YEAR: Final = timedelta(days=366)  # every public holiday once
_SLUG = re.compile(r"[\w.-]+")
_KEYPAD = re.compile(r"[2-9]{2,6}")


@dataclass(frozen=True)
class Entry:
    """What the directory says of a ward."""

    hospital_id: int
    slug: str
    name: str
    keypad: str
    keywords: tuple[str, ...]
    opening: str  # canonical text
    covered_by_id: int | None
    head_id: int | None
    coordinator_id: int | None
    switchboard: str | None  # E.164
    announces_shift: bool
    asks_presence: bool
    role: str = rota.WARD
    booking_url: str = ""


_Reader = Callable[[Connection, Form, str], object]  # the zone last: what a field of the entry holds
_COLUMNS: Final = tuple(Entry.__dataclass_fields__)


@dataclass(frozen=True)
class Listed:
    """A ward in the list."""

    ward: Ward
    seniors: int
    checked_at: datetime | None


def entry(conn: Connection, ward_id: int, *, hold: bool = False) -> Entry:
    """What is on file; `hold` keeps others from changing it until the commit. NoSuchWard."""
    query = select(*(t.wards.c[name] for name in _COLUMNS)).where(t.wards.c.id == ward_id)
    row = conn.execute(query.with_for_update(key_share=True) if hold else query).one_or_none()
    if row is None:
        raise NoSuchWard(ward_id)
    return Entry(**{**row._mapping, "keywords": tuple(row.keywords)})


def listed(conn: Connection, wards: Collection[Ward], search: str = "") -> list[Listed]:
    """These wards, those that every word of the search is said of: name, hospital, words callers use, code, people."""
    members = select(t.ward_seniors.c.ward_id, func.count().label("seniors")).group_by(t.ward_seniors.c.ward_id).cte()
    query = select(t.wards.c.id, t.wards.c.checked_at, func.coalesce(members.c.seniors, 0).label("seniors"))
    rows = {row.id: row for row in conn.execute(query.outerjoin(members, members.c.ward_id == t.wards.c.id))}
    words = fold(search).split()
    found = [ward for ward in wards if all(word in _said_of(ward) for word in words)]
    return [Listed(ward, rows[ward.id].seniors, rows[ward.id].checked_at) for ward in found]


def _said_of(ward: Ward) -> str:
    people = [person.name for person in (ward.head, ward.coordinator) if person is not None]
    return fold(" ".join((ward.name, ward.hospital, ward.slug, ward.keypad, *ward.keywords, *people)))


def read_form(
    conn: Connection, form: Form, before: Entry | None, allowed: Collection[str] = EVERYTHING
) -> Entry | Refused:
    """What the form makes of the entry; fields that are not allowed stay as they are."""
    hospitals = {hospital.id: hospital for hospital in store.hospitals(conn)}
    chosen = form.one_of("hospital_id", hospitals, required=True) if "hospital_id" in allowed else None
    hospital = hospitals.get(chosen if chosen is not None else before.hospital_id if before else 0)
    zone = hospital.timezone if hospital else "Europe/Paris"
    said: dict[str, Any] = {name: _READERS[name](conn, form, zone) for name in _READERS if name in allowed}
    said |= {"hospital_id": chosen} if "hospital_id" in allowed else {}
    name = str(said.get("name", before.name if before else ""))
    if before is None:
        said["slug"] = _slug(conn, form, hospital.name if hospital else "", name)
    if "keypad" in allowed and not said["keypad"]:
        said["keypad"] = _code_of(form, name)
    if form.faults:
        return Refused(tuple(form.faults))
    return Entry(**said) if before is None else replace(before, **said)


def save(
    conn: Connection, moment: Moment, by: Actor, ward_id: int | None, draft: Entry, seen: str = ""
) -> Saved | Stale | Refused:
    """Write the entry, and the trail. `seen` is the fingerprint of what he was shown."""
    values = {name: getattr(draft, name) for name in _COLUMNS} | {"keywords": list(draft.keywords)}
    if ward_id is None:
        created: int = conn.execute(insert(t.wards).values(values).returning(t.wards.c.id)).scalar_one()
        said = {"before": {}, "after": in_words(conn, draft)}
        trail.record(conn, moment, by, "ward.created", ward_id=created, subject=draft.name, detail=said)
        return Saved(created, changed=True)
    before = entry(conn, ward_id, hold=True)
    if fingerprint(before) != seen:
        return Stale(last_change(conn, ward_id))
    if draft.covered_by_id == ward_id:
        return Refused((Fault("covered_by_id", "covers_itself"),))
    said = difference(in_words(conn, before), in_words(conn, draft))
    if said:
        conn.execute(update(t.wards).where(t.wards.c.id == ward_id).values(values))
        trail.record(conn, moment, by, "ward.changed", ward_id=ward_id, subject=draft.name, detail=said)
    return Saved(ward_id, changed=bool(said))


def check(conn: Connection, moment: Moment, by: Actor, ward: Ward) -> None:
    """Somebody looked, and says that the entry is right."""
    conn.execute(update(t.wards).where(t.wards.c.id == ward.id).values(checked_at=moment.now))
    trail.record(conn, moment, by, "ward.checked", ward_id=ward.id, subject=ward.name)


def last_change(conn: Connection, ward_id: int) -> trail.Entry | None:
    """Who changed the entry last."""
    return next(iter(trail.read(conn, ward_ids=[ward_id], what="ward", limit=1)), None)


def in_words(conn: Connection, said: Entry) -> dict[str, Any]:
    """The entry as the trail keeps it: names for ids, as they are called today."""
    ids = [said.head_id or 0, said.coordinator_id or 0]
    people = {person.id: person.name for person in store.people(conn, ids)}
    hospitals = {hospital.id: hospital.name for hospital in store.hospitals(conn)}
    cover = None if said.covered_by_id is None else store.ward(conn, said.covered_by_id)
    return {
        "hospital": hospitals.get(said.hospital_id, ""),
        "name": said.name,
        "slug": said.slug,
        "keypad": said.keypad,
        "keywords": "; ".join(said.keywords),
        "opening": said.opening,
        "covered_by": f"{cover.name} ({cover.hospital})" if cover else "",
        "head": people.get(said.head_id or 0, ""),
        "coordinator": people.get(said.coordinator_id or 0, ""),
        "switchboard": said.switchboard or "",
        "announces_shift": said.announces_shift,
        "asks_presence": said.asks_presence,
        "role": said.role,
        "booking_url": said.booking_url,
    }


def clashes(conn: Connection, keypad: str, ward_id: int | None) -> list[WardName]:
    """The other wards of this code, in any hospital: allowed, a short menu tells them apart to the caller."""
    return [ward for ward in store.wards_by_keypad(conn, keypad) if ward.id != ward_id]


def notices(conn: Connection, ward: Ward, now: datetime) -> list[Notice]:
    """What to know of a ward as it stands: what callers, alerts and covering wards would run into."""
    found = [Notice(code) for code, missing in _missing(ward).items() if missing]
    links = store.chain(conn, ward.id)
    if any(link.covered_by_id == ward.id for link in links):
        found.append(Notice("cover_cycle", {"names": " → ".join([link.name for link in links] + [ward.name])}))
    closed = long_closing(links, now) if ward.role == rota.WARD else None
    if closed is not None:
        hours = round((closed[1] - closed[0]) / timedelta(hours=1))
        found.append(Notice("long_closing", {"hours": hours, "since": closed[0], "until": closed[1]}))
    return found


def long_closing(links: list[Ward], now: datetime) -> Stretch | None:
    """The longest time within a year that the ward and all that cover it are closed, beyond 18 hours."""
    closed = rota.longest(rota.uncovered(links, now, now + _YEAR))
    return closed if closed is not None and closed[1] - closed[0] > rota.TOO_LONG_CLOSED else None


def _missing(ward: Ward) -> dict[str, bool]:
    return {
        "no_head": ward.head is None,
        "no_coordinator": ward.coordinator is None,
        "no_switchboard": ward.switchboard is None,
    }


def read_opening(said: str, zone: str) -> Opening | Fault:
    """Hours as people type them, French or English."""
    try:
        return Opening.parse(opening_words.typed(said), zone)
    except BadOpening as reason:
        return Fault("opening", f"opening_{reason.code}", {"part": opening_words.shown(reason.part, "fr")})


def _opening(conn: Connection, form: Form, zone: str) -> str:
    read = read_opening(form.lines("opening"), zone)
    if isinstance(read, Fault):
        form.faults.append(read)
        return ""
    return str(read)


def _keypad(conn: Connection, form: Form, zone: str) -> str:
    code = form.text("keypad").replace(" ", "")
    if code and _KEYPAD.fullmatch(code) is None:
        form.fault("keypad", "keypad")
    return code


def _keywords(conn: Connection, form: Form, zone: str) -> tuple[str, ...]:
    """Words callers use, `;` or a comma between."""
    words = (word.strip() for word in re.split(r"[;,]", form.text("keywords", longest=500)))
    return tuple(dict.fromkeys(word for word in words if word))


def _ward(conn: Connection, form: Form, zone: str) -> int | None:
    return form.one_of("covered_by_id", {ward.id for ward in store.all_line_names(conn)})


def _person(role: str) -> _Reader:
    def read(conn: Connection, form: Form, zone: str) -> int | None:
        here = select(t.people.c.id).where(t.people.c.left_at.is_(None))
        return form.one_of(role, set(conn.execute(here).scalars()))

    return read


_READERS: Final[Mapping[str, _Reader]] = {
    "name": lambda conn, form, zone: form.text("name", required=True, longest=80),
    "keypad": _keypad,
    "keywords": _keywords,
    "opening": _opening,
    "covered_by_id": _ward,
    "head_id": _person("head_id"),
    "coordinator_id": _person("coordinator_id"),
    "switchboard": lambda conn, form, zone: form.phone("switchboard", [zone]),
    "announces_shift": lambda conn, form, zone: form.flag("announces_shift"),
    "asks_presence": lambda conn, form, zone: form.flag("asks_presence"),
    "role": lambda conn, form, zone: _role(form),
    "booking_url": lambda conn, form, zone: _address(form),
}


def _role(form: Form) -> str:
    said = form.text("role") or rota.WARD
    if said not in rota.ROLES:
        form.fault("role", "unknown_choice")
    return said


def _address(form: Form) -> str:
    """Where consultations are booked: it travels in SMS."""
    said = form.text("booking_url", longest=80)
    if said and desks.BOOKING.fullmatch(said) is None:
        form.fault("booking_url", "booking_url")
    return said


def _code_of(form: Form, name: str) -> str:
    code = rota.keypad_code(name)
    if name and _KEYPAD.fullmatch(code) is None:
        form.fault("keypad", "no_code")
    return code


def _slug(conn: Connection, form: Form, hospital: str, name: str) -> str:
    """The ward's name in addresses and files: what he chose, else hospital and name without accents."""
    said = form.text("slug", longest=60)
    slug = said or "-".join(fold(f"{hospital} {name}").split())
    if said and _SLUG.fullmatch(said) is None:
        form.fault("slug", "slug")
    elif slug in RESERVED or conn.execute(select(t.wards.c.id).where(t.wards.c.slug == slug)).first() is not None:
        form.fault("slug", "slug_taken", slug=slug)
    return slug
