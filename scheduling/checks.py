"""What is to be mended in a rota and its wards before a caller finds out: for the page, the editors' SMS, the doctor.

Everything is read for all wards at once; what is wrong is then decided ward by ward. Instants are aware.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from config import numbers
from scheduling import rota, store
from scheduling.opening import Opening, Stretch, without
from scheduling.rota import Person, Shift, Ward

AHEAD = timedelta(days=14)
PRESSING = timedelta(hours=72)
_YEAR = timedelta(days=366)  # every public holiday once
UNTOUCHED = timedelta(days=35)
# The table of a month is fixed before the 20th of the month before (order of 30 April 2003, art. 11).
ASKED_FROM, FIXED_BY = 18, 20


class Severity(IntEnum):
    """How soon it is to be mended."""

    NOW = 0  # somebody may be failed within three days
    SOON = 1
    TIDY = 2  # the line works without it


class Place(StrEnum):
    """Where it is mended."""

    ROTA = "rota"
    MONTH = "month"
    WARD = "ward"
    PERSON = "person"
    PHONE = "phone"


@dataclass(frozen=True)
class Concern:
    """One thing to mend: what (`code` of the catalogue), in which ward, how soon, and where that is done."""

    code: str
    ward: Ward
    severity: Severity
    place: Place
    about: str  # what tells it from the others of its ward and code
    values: Mapping[str, object] = field(default_factory=dict, hash=False)
    at: datetime | None = None  # when it will hurt
    person: Person | None = None
    month: date | None = None

    @property
    def key(self) -> str:
        """The same for the same thing, however often one looks."""
        return f"{self.code}:{self.about}"


@dataclass(frozen=True)
class Unconfirmed:
    """Somebody who begins a shift did not confirm it, and nobody could take his place."""

    ward_id: int
    person: str
    since: datetime


@dataclass(frozen=True)
class Known:
    """What was read, of all the wards that are looked at."""

    now: datetime
    wards: Mapping[int, Ward]  # every ward there is: those that cover others too
    named: frozenset[int]  # the wards whose names may be told
    held: Mapping[int, Sequence[Shift]]  # of the fortnight, by ward
    theirs: Mapping[int, Sequence[Shift]]  # of the same people in any ward, by person
    unverified: frozenset[int]
    published: frozenset[tuple[int, date]]
    changed: Mapping[int, datetime]  # when the ward's rota was last changed
    unconfirmed: Sequence[Unconfirmed]


def concerns(conn: Connection, now: datetime, wards: Sequence[Ward] | None = None) -> list[Concern]:
    """Everything to mend in these wards (all, unless told), the most pressing first."""
    everywhere = store.wards(conn)
    looked_at = everywhere if wards is None else wards
    known = _read(conn, now, everywhere, looked_at)
    found = [concern for ward in looked_at for concern in _of_ward(ward, known)]
    return sorted(
        found, key=lambda each: (each.severity, each.at or now + AHEAD, each.code, each.ward.slug, each.about)
    )


def _pressing(concern: Concern, now: datetime) -> tuple[object, ...]:
    return concern.severity, concern.at or now + AHEAD, concern.code, concern.ward.slug, concern.about


def long_closing(conn: Connection, ward: Ward, now: datetime) -> Concern | None:
    """A ward that can be closed for more than 18 h without cover within a year; None when it cannot."""
    return next(_closings(ward, store.chain(conn, ward.id), now), None) if ward.role == rota.WARD else None


def _of_ward(ward: Ward, known: Known) -> Iterator[Concern]:
    held = known.held.get(ward.id, ())
    yield from _holes(ward, held, known)
    if ward.role == rota.WARD:  # what is asked of a desk is owed by its working days
        yield from _closings(ward, _chain(ward, known.wards), known.now)
    yield from _double_bookings(ward, held, known)
    yield from _unreachable(ward, held, known)
    yield from _unpublished(ward, known)
    yield from _missing(ward)
    yield from _without_answer(ward, known)


# Hours -------------------------------------------------------------------------------------------------------------


def _holes(ward: Ward, held: Sequence[Shift], known: Known) -> Iterator[Concern]:
    """Holes between shifts, one by one; from the last shift on there is one: the rota runs out."""
    now, until = known.now, known.now + AHEAD
    last = max((shift.end for shift in held), default=now)
    found = rota.holes(ward.opening, held, now, until)
    for since, end in (hole for hole in found if hole[0] < last):
        yield _hole("hole", ward, since, now, values={"since": since, "until": end})
    ends = next((hole[0] for hole in found if hole[0] >= last), None)
    if ends is None:
        return
    yield _hole("runs_out" if held else "empty", ward, ends, now, about="", values={"since": ends})
    changed = known.changed.get(ward.id)
    if changed is not None and now - changed > UNTOUCHED:
        yield Concern("untouched", ward, Severity.SOON, Place.ROTA, "", {"days": (now - changed).days}, ends)


def _hole(
    code: str, ward: Ward, since: datetime, now: datetime, *, values: Mapping[str, object], about: str | None = None
) -> Concern:
    severity = Severity.NOW if since - now < PRESSING else Severity.SOON
    return Concern(code, ward, severity, Place.ROTA, since.isoformat() if about is None else about, values, since)


def _closings(ward: Ward, chain: Sequence[Ward], now: datetime) -> Iterator[Concern]:
    """The longest time within a year when the ward and all that cover it are closed, if it is longer than 18 h."""
    covers = tuple((cover.opening, cover.live_from) for cover in chain[1:])
    found = _longest_closing(chain[0].opening, covers, now.replace(minute=0, second=0, microsecond=0))
    if found is None or found[1] - found[0] <= rota.TOO_LONG_CLOSED:
        return
    severity = Severity.SOON if found[0] < now + AHEAD else Severity.TIDY
    hours = round((found[1] - found[0]) / timedelta(hours=1))
    values: dict[str, object] = {"hours": hours, "since": found[0], "until": found[1]}
    yield Concern("closing", ward, severity, Place.WARD, "", values, found[0])


@lru_cache(maxsize=1024)
def _longest_closing(
    own: Opening, covers: tuple[tuple[Opening, datetime | None], ...], now: datetime
) -> Stretch | None:
    """A year of hours and holidays, reckoned once an hour for all wards that keep the same ones; `covers`: the hours of
    those that cover, and since when they are live.
    """
    until = now + _YEAR
    theirs = (
        stretch for opening, live_from in covers for stretch in rota.once_live(live_from, opening.between(now, until))
    )
    return rota.longest(without(now, until, (*own.between(now, until), *theirs)))


def _chain(ward: Ward, wards: Mapping[int, Ward]) -> list[Ward]:
    """The ward, the ward that covers it, …; each once."""
    links = [ward]
    while (cover := wards.get(links[-1].covered_by_id or 0)) is not None and cover not in links:
        links.append(cover)
    return links


def _unpublished(ward: Ward, known: Known) -> Iterator[Concern]:
    today = known.now.astimezone(ZoneInfo(ward.timezone)).date()
    month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    if today.day < ASKED_FROM or (ward.id, month) in known.published:
        return
    severity = Severity.NOW if today.day >= FIXED_BY else Severity.SOON
    values = {"month": month}
    yield Concern("unpublished", ward, severity, Place.MONTH, month.isoformat(), values, month=month)


# People ------------------------------------------------------------------------------------------------------------


def _double_bookings(ward: Ward, held: Sequence[Shift], known: Known) -> Iterator[Concern]:
    """Who is on call in two wards at once, once for each pair of wards; first in both is worse."""
    clashes: dict[tuple[int, int], list[tuple[Shift, Shift]]] = defaultdict(list)
    for shift in held:
        for other in known.theirs.get(shift.person.id, ()):
            if other.ward_id != ward.id and other.start < shift.end and shift.start < other.end:
                clashes[shift.person.id, other.ward_id].append((shift, other))
    for (_, other_id), pairs in clashes.items():
        mine, other = min(pairs, key=lambda pair: max(pair[0].start, pair[1].start))
        first_in_both = any(mine.rank == other.rank == 1 for mine, other in pairs)
        since = max(mine.start, other.start, known.now)
        values = {
            "person": mine.person.name,
            "other": known.wards[other_id].name if other_id in known.named else "",
            "since": since,
            "until": min(mine.end, other.end),
        }
        severity = Severity.SOON if first_in_both else Severity.TIDY
        about = f"{mine.person.id}:{other_id}"
        yield Concern("double_booked", ward, severity, Place.ROTA, about, values, since, mine.person)


def _unreachable(ward: Ward, held: Sequence[Shift], known: Known) -> Iterator[Concern]:
    first: dict[int, Shift] = {}
    for shift in sorted(held, key=lambda shift: shift.start):
        first.setdefault(shift.person.id, shift)
    for shift in first.values():
        who, at = shift.person, max(shift.start, known.now)
        values = {"person": who.name, "since": shift.start}
        if who.opted_out:
            yield Concern("stopped", ward, Severity.NOW, Place.PERSON, str(who.id), values, at, who)
        if not numbers.is_mobile(who.phone):
            yield Concern("no_mobile", ward, Severity.TIDY, Place.PERSON, str(who.id), values, at, who)
        if who.id in known.unverified:
            yield Concern("unverified", ward, Severity.TIDY, Place.PHONE, str(who.id), values, at, who)


def _missing(ward: Ward) -> Iterator[Concern]:
    for role, who in (("head", ward.head), ("coordinator", ward.coordinator)):
        if who is None:
            yield Concern(f"no_{role}", ward, Severity.TIDY, Place.WARD, "")


def _without_answer(ward: Ward, known: Known) -> Iterator[Concern]:
    for each in known.unconfirmed:
        if each.ward_id == ward.id:
            values = {"person": each.person, "since": each.since}
            yield Concern("unconfirmed", ward, Severity.NOW, Place.ROTA, each.since.isoformat(), values, each.since)


# Reading -----------------------------------------------------------------------------------------------------------

_UNVERIFIED = text("select id from people where id = any(:people) and phone_verified_at is null")
_PUBLISHED = text("select ward_id, month from rota_months where ward_id = any(:wards) and month > :since")
_CHANGED = text(
    """
    select w.id, last.at from unnest(cast(:wards as int[])) as w(id)
    cross join lateral (
        select at from audit where ward_id = w.id and what like 'rota.%' order by id desc limit 1) as last"""
)
# Who is first on the rota now, and did not answer when he was asked whether he is there.
_UNCONFIRMED = text(
    """
    select s.ward_id, people.name as person, asked.shift_start as since
    from shifts s join people on people.id = s.person_id
    cross join lateral (
        select answer, shift_start from presences p
        where p.ward_id = s.ward_id and p.person_id = s.person_id and p.asked_at > :lately
        order by p.id desc limit 1) as asked
    where asked.answer = 'silence' and s.ward_id = any(:wards) and s.during @> cast(:now as timestamptz)
    and not exists (
        select from shifts ahead where ahead.ward_id = s.ward_id and ahead.rank < s.rank
        and ahead.during @> cast(:now as timestamptz))"""
)
_ELSEWHERE = text("select distinct ward_id from shifts where person_id = any(:people) and during && tstzrange(:a, :b)")


def _read(conn: Connection, now: datetime, everywhere: Sequence[Ward], wards: Sequence[Ward]) -> Known:
    ids = [ward.id for ward in wards]
    held = store.shifts_between(conn, ids, now, now + AHEAD)
    people = sorted({shift.person.id for shift in held})
    others = set(conn.execute(_ELSEWHERE, {"people": people, "a": now, "b": now + AHEAD}).scalars()) - set(ids)
    elsewhere = store.shifts_between(conn, others, now, now + AHEAD) if others else []
    changed = conn.execute(_CHANGED, {"wards": ids})
    published = conn.execute(_PUBLISHED, {"wards": ids, "since": now.date() - timedelta(days=31)})
    asked = {"wards": ids, "now": now, "lately": now - timedelta(days=1)}
    return Known(
        now=now,
        wards={ward.id: ward for ward in everywhere},
        named=frozenset(ids),
        held=_by(held, lambda shift: shift.ward_id),
        theirs=_by([*held, *elsewhere], lambda shift: shift.person.id),
        unverified=frozenset(conn.execute(_UNVERIFIED, {"people": people}).scalars()),
        published=frozenset((row.ward_id, row.month) for row in published),
        changed={row.id: row.at for row in changed},
        unconfirmed=[Unconfirmed(*row) for row in conn.execute(_UNCONFIRMED, asked)],
    )


def _by(shifts: Iterable[Shift], of: Callable[[Shift], int]) -> Mapping[int, Sequence[Shift]]:
    found: dict[int, list[Shift]] = defaultdict(list)
    for shift in shifts:
        found[of(shift)].append(shift)
    return found
