"""Who is on call: the decision, with values in and values out."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scheduling.opening import Opening, Stretch, without


@dataclass(frozen=True)
class Person:
    """Somebody who can be rung and texted: senior, head of ward, coordinator."""

    id: int
    name: str
    title: str
    phone: str  # E.164
    email: str
    opted_out: bool  # texted STOP: alerts go by voice


ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)  # when a ward went live of which nobody says when: the tables' default


def reached(live_from: datetime | None, at: datetime) -> bool:
    """Whether GPs reach a ward that goes live then (None: nobody has said when) through the line."""
    return live_from is not None and live_from <= at


@dataclass(frozen=True)
class Ward:
    """A ward and the people above its rota."""

    id: int
    slug: str
    name: str
    hospital: str
    timezone: str
    keypad: str
    keywords: tuple[str, ...]
    opening: Opening
    covered_by_id: int | None
    head: Person | None
    coordinator: Person | None
    switchboard: str | None  # E.164
    role: str = "ward"  # of `ROLES`
    booking_url: str = ""  # where its consultations are booked
    live_from: datetime | None = ALWAYS  # GPs reach it from then on; None: it is being prepared

    def is_live(self, at: datetime) -> bool:
        """Whether GPs reach it through the line."""
        return reached(self.live_from, at)


# A team is a line with a rota, hours and a head; GPs are offered those of the first role, the others owe their kinds.
ROLES = ("ward", "bed_desk", "secretariat", "consultations", "referent")
WARD, *DESKS = ROLES
RANKS = (1, 2, 3)  # 1 is rung first


@dataclass(frozen=True)
class Shift:
    """One person on call for one ward at one rank, from `start` to before `end` (aware)."""

    ward_id: int
    rank: int
    person: Person
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Held:
    """A shift as the table holds it. A change makes new rows, so that an id that is still there is unchanged."""

    id: int
    shift: Shift


@dataclass(frozen=True)
class Ranked:
    """A senior on call and his rank: 1 is rung first."""

    rank: int
    person: Person


@dataclass(frozen=True)
class OnCall:
    """Who answers for `ward` at `at`. Nobody is an answer: `seniors` is then empty."""

    ward: Ward
    at: datetime
    open: bool  # of `ward` itself
    answering: Ward | None  # whose rota answers; None: closed without cover
    seniors: tuple[Ranked, ...]  # by rank
    next_opening: datetime | None  # of `ward`; None while it is open


def on_call(chain: Sequence[Ward], shifts: Iterable[Shift], at: datetime) -> OnCall:
    """The ward (first of the chain) answers when open, else the nearest open ward that covers it, else nobody.

    Closed wins over a shift in the table: a rota row outside opening hours rings nobody. A ward that is not live yet
    covers nobody; what GPs are told of it is not decided here (`Ward.is_live`): its rota can be tried before.
    """
    ward, *covers = chain
    opens = ward.opening.next_opening(at)
    theirs = (cover for cover in covers if cover.is_live(at) and cover.opening.is_open(at))
    answering = ward if opens == at else next(theirs, None)
    present = (shift for shift in shifts if answering is not None and _holds(shift, answering.id, at))
    return OnCall(
        ward=ward,
        at=at,
        open=opens == at,
        answering=answering,
        seniors=tuple(Ranked(shift.rank, shift.person) for shift in sorted(present, key=lambda shift: shift.rank)),
        next_opening=None if opens == at else opens,
    )


def _holds(shift: Shift, ward_id: int, at: datetime) -> bool:
    return shift.ward_id == ward_id and shift.start <= at < shift.end


def holes(opening: Opening, shifts: Iterable[Shift], start: datetime, end: datetime) -> list[Stretch]:
    """When the ward is open between `start` and `end` and nobody of any rank is on its rota."""
    held = [(shift.start, shift.end) for shift in shifts]
    return [hole for since, until in opening.between(start, end) for hole in without(since, until, held)]


def uncovered(chain: Sequence[Ward], start: datetime, end: datetime) -> list[Stretch]:
    """When neither the ward nor any live ward that covers it is open, between `start` and `end`."""
    ward, *covers = chain
    theirs = (stretch for cover in covers for stretch in once_live(cover.live_from, cover.opening.between(start, end)))
    return without(start, end, (*ward.opening.between(start, end), *theirs))


def once_live(live_from: datetime | None, stretches: Iterable[Stretch]) -> list[Stretch]:
    """Of these, what a ward that goes live then (None: nobody has said when) covers for others."""
    if live_from is None:
        return []
    return [(max(since, live_from), until) for since, until in stretches if until > live_from]


def longest(stretches: Iterable[Stretch]) -> Stretch | None:
    """The longest stretch, the first of several."""
    return max(stretches, key=lambda stretch: stretch[1] - stretch[0], default=None)


TOO_LONG_CLOSED = timedelta(hours=18)  # beyond it, opening leaves less than six of the 24 hours


@dataclass(frozen=True)
class Overlap:
    """Two shifts with instants in common."""

    first: Shift
    second: Shift


def rank_of_ward(shift: Shift) -> tuple[int, int]:
    """What only one person holds at a time."""
    return shift.ward_id, shift.rank


def person_of_ward(shift: Shift) -> tuple[int, int]:
    """What nobody should hold twice at a time: he would be rung twice."""
    return shift.ward_id, shift.person.id


def overlaps(shifts: Iterable[Shift], place: Callable[[Shift], tuple[int, int]] = rank_of_ward) -> list[Overlap]:
    """Every shift that begins before an earlier one of the same place has ended, with that earlier one."""
    found: list[Overlap] = []
    latest: dict[tuple[int, int], Shift] = {}
    for shift in sorted(shifts, key=lambda shift: (shift.start, shift.end)):
        held = latest.get(place(shift))
        if held is not None and shift.start < held.end:
            found.append(Overlap(held, shift))
        if held is None or shift.end > held.end:
            latest[place(shift)] = shift
    return found


_LETTERS = {2: "abc", 3: "def", 4: "ghi", 5: "jkl", 6: "mno", 7: "pqrs", 8: "tuv", 9: "wxyz"}
_KEYS = {letter: str(key) for key, letters in _LETTERS.items() for letter in letters}
_SKIPPED = frozenset(
    {"service", "services", "departement", "pole", "le", "la", "les", "l", "un", "une", "de", "du", "des", "d"}
)


def keypad_code(name: str) -> str:
    """First three letters of a ward's name on a telephone keypad: Cardiologie is 227, Service d'hématologie 436.

    Accents are folded; leading articles and "service de" are skipped. Shorter than 2 digits: the name has no code.
    """
    folded = unicodedata.normalize("NFKD", name.lower().replace("œ", "oe").replace("æ", "ae"))
    words = "".join(c if c in _KEYS else "" if unicodedata.combining(c) or c == "." else " " for c in folded).split()
    while len(words) > 1 and words[0] in _SKIPPED:
        words = words[1:]
    return "".join(_KEYS[letter] for letter in "".join(words)[:3])
