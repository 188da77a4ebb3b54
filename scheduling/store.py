"""Reading who is on call, wards, people and practitioners. Functions take a Connection and never commit."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    DateTime,
    Integer,
    Select,
    all_,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.sql.selectable import LateralFromClause

from scheduling import rota
from scheduling import tables as t
from scheduling.opening import Stretch
from scheduling.partner_tables import practice_members, practice_phones
from scheduling.rota import RANKS, Held, OnCall, Person, Shift, Ward
from scheduling.rows import (
    SHIFT_COLUMNS,
    person_columns,
    person_or_none,
    select_wards,
    shift_columns,
    shift_or_none,
    ward_of,
)


class NoSuchWard(LookupError):
    """No ward has this id."""


@dataclass(frozen=True)
class Hospital:
    """A hospital and the zone its people live in."""

    id: int
    name: str
    timezone: str


@dataclass(frozen=True)
class WardName:
    """A ward as a caller chooses it."""

    id: int
    slug: str
    name: str
    hospital: str
    keypad: str
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Practitioner:
    """A GP on file."""

    id: int
    name: str
    email: str
    rpps: str | None
    practice: str
    phones: tuple[str, ...]  # E.164, the preferred one first
    postcode: str = ""
    mssante: str = ""  # his address in the secure network
    preferred: str = ""  # sms | email | mssante | call; empty: as he came
    reach: str = ""  # now | noon | evening; empty: as he says


def on_call(connection: Connection, ward_id: int, at: datetime) -> OnCall:
    """Who answers for the ward at that instant: the one function that calls, alerts and pages ask. NoSuchWard."""
    rows = connection.execute(_CHAIN_AT, {"ward_id": ward_id, "at": at}).all()
    if not rows:
        raise NoSuchWard(ward_id)
    links = {row.id: row for row in rows}  # in the order of the chain; a ward comes once for each shift
    present = [shift for row in rows if (shift := shift_or_none(row)) is not None]
    return rota.on_call([ward_of(row) for row in links.values()], present, at)


def answers_between(
    connection: Connection, ward_id: int, start: datetime, end: datetime
) -> Callable[[datetime], OnCall]:
    """`on_call` at any instant of [start, end), with two questions for all of them. NoSuchWard."""
    links = chain(connection, ward_id)
    return partial(rota.on_call, links, shifts_between(connection, [link.id for link in links], start, end))


def chain(connection: Connection, ward_id: int) -> list[Ward]:
    """The ward, the ward that covers it, the ward that covers that one, …; each once. NoSuchWard."""
    rows = connection.execute(_CHAIN, {"ward_id": ward_id}).all()
    if not rows:
        raise NoSuchWard(ward_id)
    return [ward_of(row) for row in rows]


def ward(connection: Connection, ward_id: int) -> Ward:
    """One ward with its head and coordinator. NoSuchWard."""
    row = connection.execute(select_wards().where(t.wards.c.id == ward_id)).one_or_none()
    if row is None:
        raise NoSuchWard(ward_id)
    return ward_of(row)


def wards(connection: Connection) -> list[Ward]:
    """Every ward, by hospital and name."""
    query = select_wards().order_by(t.hospitals.c.name, t.wards.c.name)
    return [ward_of(row) for row in connection.execute(query)]


def hospitals(connection: Connection) -> list[Hospital]:
    """Every hospital, by name."""
    query = select(t.hospitals).order_by(t.hospitals.c.name)
    return [Hospital(row.id, row.name, row.timezone) for row in connection.execute(query)]


def offering_hospitals(connection: Connection) -> list[Hospital]:
    """The hospitals that have a ward to offer a caller, by name."""
    return [Hospital(row.id, row.name, row.timezone) for row in connection.execute(_OFFERING)]


def wards_by_keypad(connection: Connection, code: str) -> list[WardName]:
    """The wards that share a keypad code, by hospital and name; no desk, which nobody keys."""
    return _ward_names(connection, _BY_KEYPAD, code=code)


def wards_of(connection: Connection, hospital_id: int) -> list[WardName]:
    """The wards of one hospital that GPs are offered, by name; none that is only being prepared."""
    return _ward_names(connection, _OF_HOSPITAL, hospital=hospital_id)


def all_ward_names(connection: Connection) -> list[WardName]:
    """Every ward as a caller may say it, by hospital and name."""
    return _ward_names(connection, _OFFERED)


def all_line_names(connection: Connection) -> list[WardName]:
    """The same, and the desks behind the wards."""
    return _ward_names(connection, _NAMES)


def person(connection: Connection, person_id: int) -> Person | None:
    """The senior, head or coordinator of that id."""
    return next(iter(_people(connection, t.people.c.id == person_id)), None)


def person_by_phone(connection: Connection, phone: str) -> Person | None:
    """The senior, head or coordinator whose number (E.164) this is; not one who has left."""
    return next(iter(_people_found(connection, _BY_PHONE, phone=phone)), None)


def people(connection: Connection, ids: Iterable[int]) -> list[Person]:
    """The people of these ids, by name."""
    return _people(connection, t.people.c.id.in_(list(ids)))


def everybody(connection: Connection) -> list[Person]:
    """Every senior, head and coordinator who has not left, by name."""
    return _people(connection, t.people.c.left_at.is_(None))


def practitioner(connection: Connection, practitioner_id: int) -> Practitioner | None:
    """The GP of that id."""
    return next(iter(_practitioners(connection, t.practitioners.c.id == practitioner_id)), None)


def practitioners(connection: Connection) -> list[Practitioner]:
    """Every GP on file, by name."""
    return _practitioners(connection, true())


def practitioners_of(connection: Connection, ids: Iterable[int]) -> list[Practitioner]:
    """The GPs of these ids, by name."""
    return _practitioners(connection, t.practitioners.c.id.in_(list(ids)))


def practitioners_by_phone(connection: Connection, phone: str) -> list[Practitioner]:
    """The GPs whose number (E.164) this is, by name: several share a practice's line."""
    return _practitioners_found(connection, _BY_THEIR_PHONE, phone=phone)


def ids_at_practice(phone: str | BindParameter[str]) -> Select[Any]:
    """Of the GPs who work where this number (E.164) rings."""
    rings = practice_phones.join(practice_members, practice_members.c.practice_id == practice_phones.c.practice_id)
    return select(practice_members.c.practitioner_id).select_from(rings).where(practice_phones.c.phone == phone)


def shifts_between(connection: Connection, ward_ids: Iterable[int], start: datetime, end: datetime) -> list[Shift]:
    """The rota of these wards: every shift that touches [start, end), by start and rank."""
    return [held.shift for held in held_between(connection, ward_ids, start, end)]


def held_between(connection: Connection, ward_ids: Iterable[int], start: datetime, end: datetime) -> list[Held]:
    """The same with the ids of their rows, for who changes them."""
    touched = t.shifts.c.during.op("&&")(func.tstzrange(start, end))
    rows = connection.execute(_HELD.where(t.shifts.c.ward_id.in_(list(ward_ids)), touched))
    return [Held(row.shift_id, shift) for row in rows if (shift := shift_or_none(row)) is not None]


def holes(connection: Connection, ward_id: int, start: datetime, end: datetime) -> list[Stretch]:
    """When the ward is open between `start` and `end` and nobody is on its rota. NoSuchWard."""
    held = shifts_between(connection, [ward_id], start, end)
    return rota.holes(ward(connection, ward_id).opening, held, start, end)


def closed_stretches_without_cover(
    connection: Connection, ward_id: int, start: datetime, end: datetime
) -> list[Stretch]:
    """When the ward and all that cover it are closed for more than 18 h, between `start` and `end`. NoSuchWard."""
    closed = rota.uncovered(chain(connection, ward_id), start, end)
    return [(since, until) for since, until in closed if until - since > rota.TOO_LONG_CLOSED]


def _people(connection: Connection, condition: ColumnElement[bool]) -> list[Person]:
    return _people_found(connection, _PEOPLE.where(condition))


def _people_found(connection: Connection, query: Select[Any], **values: Any) -> list[Person]:
    rows = connection.execute(query, values)
    return [found for row in rows if (found := person_or_none(row, "person")) is not None]


_HELD = (
    select(*SHIFT_COLUMNS)
    .join(t.people, t.people.c.id == t.shifts.c.person_id)
    .order_by(func.lower(t.shifts.c.during), t.shifts.c.rank, t.shifts.c.ward_id)
)

_NAMES = (
    select(
        t.wards.c.id,
        t.wards.c.slug,
        t.wards.c.name,
        t.hospitals.c.name.label("hospital"),
        t.wards.c.keypad,
        t.wards.c.keywords,
    )
    .join(t.hospitals, t.hospitals.c.id == t.wards.c.hospital_id)
    .order_by(t.hospitals.c.name, t.wards.c.name)
)


# Made once: putting a statement together costs as much as asking it.
_IS_WARD, _IS_LIVE = t.wards.c.role == rota.WARD, t.wards.c.live_from <= func.app_now()
_OFFERED = _NAMES.where(_IS_WARD)
_BY_KEYPAD = _OFFERED.where(t.wards.c.keypad == bindparam("code"))
_OF_HOSPITAL = _OFFERED.where(t.wards.c.hospital_id == bindparam("hospital"), _IS_LIVE)
_OFFERING = (
    select(t.hospitals)
    .where(select(t.wards.c.id).where(t.wards.c.hospital_id == t.hospitals.c.id, _IS_WARD, _IS_LIVE).exists())
    .order_by(t.hospitals.c.name)
)
_PEOPLE = select(*person_columns(t.people, "person")).order_by(t.people.c.name, t.people.c.id)
_BY_PHONE = _PEOPLE.where(t.people.c.phone == bindparam("phone"), t.people.c.left_at.is_(None))
_PHONE = t.practitioner_phones.c
_PRACTITIONERS = (
    select(t.practitioners, func.array_agg(aggregate_order_by(_PHONE.phone, _PHONE.position)).label("phones"))
    .join(t.practitioner_phones, _PHONE.practitioner_id == t.practitioners.c.id)
    .group_by(t.practitioners.c.id)
    .order_by(t.practitioners.c.name, t.practitioners.c.id)
)
_BY_THEIR_PHONE = _PRACTITIONERS.where(
    t.practitioners.c.id.in_(
        select(_PHONE.practitioner_id)
        .where(_PHONE.phone == bindparam("phone"))
        .union(ids_at_practice(bindparam("phone")))
    )
)


def _ward_names(connection: Connection, query: Select[Any], **values: Any) -> list[WardName]:
    rows = connection.execute(query, values)
    return [WardName(row.id, row.slug, row.name, row.hospital, row.keypad, tuple(row.keywords)) for row in rows]


_OF_PRACTITIONER = tuple(name for name in Practitioner.__dataclass_fields__ if name != "phones")


def _practitioners(connection: Connection, condition: ColumnElement[bool]) -> list[Practitioner]:
    return _practitioners_found(connection, _PRACTITIONERS.where(condition))


def _practitioners_found(connection: Connection, query: Select[Any], **values: Any) -> list[Practitioner]:
    return [
        Practitioner(**{name: getattr(row, name) for name in _OF_PRACTITIONER}, phones=tuple(row.phones))
        for row in connection.execute(query, values)
    ]


def _chain_query(*, with_shifts: bool) -> Select[Any]:
    """The ward and those that cover it; a ward met twice ends the walk (two wards may cover each other)."""
    first = select(
        t.wards.c.id, t.wards.c.covered_by_id, literal(0).label("place"), array([t.wards.c.id]).label("path")
    )
    links = first.where(t.wards.c.id == bindparam("ward_id", type_=Integer)).cte("links", recursive=True)
    cover = t.wards.alias("cover")
    links = links.union_all(
        select(cover.c.id, cover.c.covered_by_id, links.c.place + 1, func.array_append(links.c.path, cover.c.id))
        .join(links, links.c.covered_by_id == cover.c.id)
        .where(cover.c.id != all_(links.c.path))
    )
    query = select_wards().join(links, links.c.id == t.wards.c.id)
    if with_shifts:
        present = _present_at(bindparam("at", type_=DateTime(timezone=True)))
        query = query.outerjoin(present, true()).add_columns(*present.c)
    return query.order_by(links.c.place)


def _present_at(at: BindParameter[datetime]) -> LateralFromClause:
    """Of each rank of a ward, the last shift that began by then and is not over: one step down an index, however
    many years of shifts there are. Nobody holds a rank twice at once (invariant 7), so there is no other."""
    # Not VALUES, of which SQLAlchemy keeps no compiled form: it would be put together for every caller. Literals, not
    # parameters: of how many rows PostgreSQL knows nothing then, so it would plan anew for every caller too.
    bounds: tuple[ColumnElement[int], ...] = (literal_column(str(RANKS[0])), literal_column(str(RANKS[-1])))
    ranks = func.generate_series(*bounds).table_valued("rank", name="ranks").render_derived()
    last = (
        select(t.shifts)
        .where(t.shifts.c.ward_id == t.wards.c.id, t.shifts.c.rank == ranks.c.rank)
        .where(func.lower(t.shifts.c.during) <= at)
        .order_by(func.lower(t.shifts.c.during).desc())
        .limit(literal_column("1"))
        .correlate(t.wards, ranks)
        .lateral("last")
    )
    held = select(*shift_columns(last)).select_from(ranks).join(last, true())
    return held.join(t.people, t.people.c.id == last.c.person_id).where(func.upper(last.c.during) > at).lateral("held")


_CHAIN = _chain_query(with_shifts=False)
_CHAIN_AT = _chain_query(with_shifts=True)
