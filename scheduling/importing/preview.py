"""What taking over a file would do to a ward's rota: worked out with the very change that will be made, and taken back.

What is shown is what is done: `look` carries the import out inside a savepoint and undoes it; `take_over` does it only
while it would still do what was shown.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, select

from config.clock import Moment
from scheduling import rota, store
from scheduling import tables as t
from scheduling.importing.names import Seniors, Unknown
from scheduling.importing.said import Fault, Parsed, Place, Row
from scheduling.opening import without
from scheduling.planning import desk
from scheduling.planning.changes import Changed, Refused, Remark, Slot
from scheduling.planning.trail import Actor
from scheduling.rota import Held, Person, Shift, Ward

WHAT = "rota.import"
ASIDE = 0  # the choice "leave these out"
_PLACES = 4  # named for one name that nobody knows
_ASKS_WHY = "needs_why"
_ANY = "…"  # stands for the reason that is still to be given, while it is tried


@dataclass(frozen=True)
class Wish:
    """How the file is to be taken over: who is meant by the names that nobody knew (ASIDE: nobody), and whether what
    the file does not say leaves the rota, between its first and last shift and at its ranks."""

    choices: Mapping[str, int]
    replace: bool


@dataclass(frozen=True)
class Open:
    """A name that nobody, or more than one, is called by: where it stands, how often, who might be meant."""

    text: str
    places: tuple[Place, ...]
    count: int
    suggestions: tuple[Person, ...]
    several: bool


@dataclass(frozen=True)
class Plan:
    """What would leave the rota and what would come, if nothing is wrong."""

    added: tuple[Shift, ...]
    removed: tuple[Held, ...]
    kept: tuple[Held, ...]

    @property
    def slots(self) -> list[Slot]:
        """What comes."""
        return [Slot(shift.rank, shift.person.id, shift.start, shift.end) for shift in self.added]

    @property
    def fingerprint(self) -> str:
        """The same as long as it would do the same."""
        said = [
            sorted(held.id for held in self.removed),
            sorted((*slot[:2], *map(_iso, slot[2:])) for slot in self.slots),
        ]
        return sha256(repr(said).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Preview:
    """All there is to see before the rota changes."""

    plan: Plan
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    open: tuple[Open, ...]
    decided: tuple[tuple[Open, Person | None], ...]  # what he chose for the names that nobody knew; None: left out
    remarks: tuple[Remark, ...]  # why the rota refuses it
    warnings: tuple[Remark, ...]
    needs_why: bool

    @property
    def possible(self) -> bool:
        """Whether it can be taken over as it stands."""
        return not (self.faults or self.open or self.remarks)

    @property
    def changes(self) -> bool:
        """Whether it would change anything."""
        return bool(self.plan.added or self.plan.removed)


def look(conn: Connection, moment: Moment, by: Actor, ward: Ward, parsed: Parsed, wish: Wish) -> Preview:
    """What the file would do now. The ward is held until the transaction ends; nothing stays written."""
    desk.hold(conn, [ward.id])
    known = _seniors(conn, ward, parsed)
    meant, undecided, decided = _meant(parsed.rows, known, wish.choices)
    plan, faults = _plan(conn, ward, meant, wish.replace)
    faults = [*parsed.faults, *faults]
    tried: Changed | Refused = Changed(None)
    needs_why = False
    if not faults:
        tried = _tried(conn, moment, by, ward, plan, "")
        needs_why = isinstance(tried, Refused) and any(remark.code == _ASKS_WHY for remark in tried.remarks)
        tried = _tried(conn, moment, by, ward, plan, _ANY) if needs_why else tried
    return Preview(
        plan=plan,
        faults=tuple(faults),
        notes=parsed.notes,
        open=tuple(undecided),
        decided=tuple(decided),
        remarks=tried.remarks if isinstance(tried, Refused) else (),
        warnings=tried.warnings if isinstance(tried, Changed) else (),
        needs_why=needs_why,
    )


def take_over(conn: Connection, moment: Moment, by: Actor, ward: Ward, plan: Plan, why: str) -> Changed | Refused:
    """Do it: all of it, with its line in the trail, or nothing."""
    ids = [held.id for held in plan.removed]
    return desk.apply(conn, moment, by, ward.id, WHAT, ids, plan.slots, why)


def _tried(conn: Connection, moment: Moment, by: Actor, ward: Ward, plan: Plan, why: str) -> Changed | Refused:
    with conn.begin_nested() as attempt:
        found = take_over(conn, moment, by, ward, plan, why)
        attempt.rollback()
    return found


def _seniors(conn: Connection, ward: Ward, parsed: Parsed) -> Seniors:
    """By number and address whoever has not left; by name the ward's own and whoever is on its rota in those days."""
    everybody = {person.id: person for person in store.everybody(conn)}
    own = {row.person_id for row in conn.execute(select(t.ward_seniors).where(t.ward_seniors.c.ward_id == ward.id))}
    if parsed.rows:
        span = min(row.start for row in parsed.rows), max(row.end for row in parsed.rows)
        own |= {shift.person.id for shift in store.shifts_between(conn, [ward.id], *span)}
    return Seniors.of(everybody.values(), [person for key, person in everybody.items() if key in own])


def _meant(
    rows: Sequence[Row], known: Seniors, choices: Mapping[str, int]
) -> tuple[list[tuple[Row, Person]], list[Open], list[tuple[Open, Person | None]]]:
    """Who holds each row; the names that nobody knows, and those that somebody decided."""
    meant: list[tuple[Row, Person]] = []
    unknown: dict[str, list[tuple[Row, Unknown]]] = defaultdict(list)
    for row in rows:
        found = known.find(row.who)
        if isinstance(found, Person):
            meant.append((row, found))
        else:
            unknown[row.who.text].append((row, found))
    of_ward = {person.id: person for person in known.of_ward}
    undecided, decided = [], []
    for text, those in unknown.items():
        name = _open(text, those)
        person = of_ward.get(choices.get(text, ASIDE))
        if person is None and choices.get(text) != ASIDE:
            undecided.append(name)
            continue
        decided.append((name, person))
        meant += [(row, person) for row, _ in those if person is not None]
    return meant, undecided, decided


def _open(text: str, those: Sequence[tuple[Row, Unknown]]) -> Open:
    places = tuple(dict.fromkeys(row.place for row, _ in those))[:_PLACES]
    _, found = those[0]
    return Open(text, places, len(those), found.suggestions, found.several)


def _plan(conn: Connection, ward: Ward, meant: Sequence[tuple[Row, Person]], replace: bool) -> tuple[Plan, list[Fault]]:
    said = {Shift(ward.id, row.rank, person, row.start, row.end): row.place for row, person in reversed(meant)}
    if not said:
        return Plan((), (), ()), []
    start, end = min(shift.start for shift in said), max(shift.end for shift in said)
    held = store.held_between(conn, [ward.id], start, end)
    kept = [each for each in held if each.shift in said]
    removed, rest = _replaced(held, said, start, end) if replace else ([], [])
    standing = {each.shift for each in kept}
    new = sorted((shift for shift in said if shift not in standing), key=lambda shift: (shift.start, shift.rank))
    return Plan((*rest, *new), tuple(removed), tuple(kept)), _clashes(said)


def _replaced(
    held: Sequence[Held], said: Mapping[Shift, Place], start: datetime, end: datetime
) -> tuple[list[Held], list[Shift]]:
    """What the file does not say, at its ranks; and what is left of that before the first and after the last shift."""
    ranks = {shift.rank for shift in said}
    removed = [each for each in held if each.shift not in said and each.shift.rank in ranks]
    rest = [
        Shift(each.shift.ward_id, each.shift.rank, each.shift.person, *piece)
        for each in removed
        for piece in without(each.shift.start, each.shift.end, [(start, end)])
    ]
    return removed, rest


def _clashes(said: Mapping[Shift, Place]) -> list[Fault]:
    """Two rows of the file that put two people in one place."""
    return [
        Fault(
            said[clash.second],
            "overlap_in_file",
            {
                "name": clash.second.person.name,
                "hours": (clash.second.start, clash.second.end),
                "other": clash.first.person.name,
                "other_hours": (clash.first.start, clash.first.end),
                "other_place": said[clash.first],
                "rank": clash.second.rank,
            },
        )
        for clash in rota.overlaps(said)
    ]


def _iso(at: object) -> str:
    return at.isoformat() if isinstance(at, datetime) else str(at)
