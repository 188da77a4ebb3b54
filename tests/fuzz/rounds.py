"""A round: a house as new, some thousand shots at its doors, and what must hold of each and of the house after all."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from random import Random

from sqlalchemy import Engine, text

from config.doors import Who
from tests.fuzz import judge
from tests.fuzz.aims import Aim, Known
from tests.fuzz.firing import Range
from tests.fuzz.judge import Answer
from tests.fuzz.machines import Machines
from tests.fuzz.shots import Shot
from tests.fuzz.world import Door, World

STRANGERS = 0.2  # of a round is shot by people who may not enter, before anybody else comes
READ_ON = 0.05  # of the pages met on the way are read for their forms
MACHINES = frozenset({Who.CARRIER, Who.MAILER})
# They hash a password or a PIN, or take their time so that a wrong one tells nothing: seldom tried.
DEAR = frozenset(
    {"signin.give_password", "invitation.choose_password", "account.set_password", "link.give_pin", "link.first_pin"}
)
# They see the pages that forms are taken from.
LOOKERS = {Who.LINK: ("holder", "proved"), Who.GP: ("guest",), Who.PIN: ("proved",), Who.HALFWAY: ("halfway",)}
OFFICE = ("admin",)
# Strangers try these too, but who has the address may enter.
OPEN = frozenset({Who.ANYONE, Who.CALL})


@dataclass(frozen=True)
class Fault:
    """A shot, and what was wrong about its answer. `round`: the seed that plays it again."""

    shot: Shot
    says: str
    round: str


@dataclass
class Tally:
    """What was done and what came of it."""

    doors: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)  # seconds of work, by door
    spent: Counter[str] = field(default_factory=Counter)  # seconds, by door
    rows: Counter[str] = field(default_factory=Counter)  # written in a round, by table: the most
    faults: list[Fault] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def shots(self) -> int:
        """How many."""
        return self.doors.total()

    def note(self, door: str, answer: Answer) -> None:
        """One more answer."""
        self.doors[door] += 1
        self.statuses[answer.status] += 1
        self.spent[door] += answer.took  # type: ignore[assignment]  # a Counter of seconds
        self.slowest[door] = max(answer.worked, self.slowest.get(door, 0.0))

    def add(self, other: "Tally") -> None:
        """Those of another round, or of another process."""
        self.doors += other.doors
        self.statuses += other.statuses
        self.spent += other.spent
        self.rows |= other.rows
        self.faults += other.faults
        self.seconds += other.seconds
        for door, seconds in other.slowest.items():
            self.slowest[door] = max(seconds, self.slowest.get(door, 0.0))


@dataclass
class Round:
    """One round under way."""

    range: Range
    seed: str
    world: World
    rng: Random
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.known = Known(self.world)
        self.aim = Aim(self.rng, self.known)
        self.machines = Machines(self.rng, self.world)

    def begins(self, what: str) -> None:
        """Draw from here on as in every run of this seed: what a page held (a token, a date) shifts nothing later."""
        self.rng.seed(f"{self.seed} {what}")

    def shoots(self, door: Door, *, outside: bool = False) -> None:
        """One shot at a door, judged."""
        self.begins(f"shot {self.tally.shots}")
        made = (self.machines if door.who in MACHINES else self.aim).at(door, outside=outside)
        answer = self.range.fire(made, self.world)
        self.tally.note(door.name, answer)
        self.tally.faults += (Fault(made, says, self.seed) for says in judge.complaints(made, door, answer))
        if answer.kind == "text/xml":
            self.machines.hears(answer.body)
        elif answer.kind == "text/html" and answer.status == 200 and self.rng.random() < READ_ON:
            self.known.reads(answer.body.decode("utf-8", "replace"))

    def looks_round(self) -> None:
        """Every page, as it is: its forms are what is spoiled afterwards."""
        for door in self.world.doors:
            if door.method == "GET" and door.who not in MACHINES:
                for role in LOOKERS.get(door.who, OFFICE):
                    path = self.aim.path(door)
                    answer = self.range.fire(Shot(role, "GET", path, door=door.name), self.world)
                    if answer.kind == "text/html" and answer.status == 200:
                        self.known.reads(answer.body.decode("utf-8", "replace"))


def play(range_: Range, seed: str, shots: int, until: float = float("inf")) -> Tally:
    """One round; with the same seed and as many shots, the same again. It breaks off at `until` (steady clock)."""
    began, world, engine = time.monotonic(), range_.house.anew(), range_.house.engine
    here = Round(range_, seed, world, Random(seed))
    here.looks_round()
    here.begins("doors")
    as_new, strangers = contents(engine), int(shots * STRANGERS)
    for door in _in_time(here.rng.choices([door for door in world.doors if door.who not in OPEN], k=strangers), until):
        here.shoots(door, outside=True)
    if written := sorted(name for name, found in contents(engine).items() if found != as_new[name]):
        here.tally.faults.append(Fault(Shot("nobody", "", ""), f"strangers wrote: {written}", seed))
    weights = [0.02 if door.endpoint in DEAR else 1.0 for door in world.doors]
    for door in _in_time(here.rng.choices(world.doors, weights, k=shots - strangers), until):
        here.shoots(door)
    rows = {name: found[0] - as_new[name][0] for name, found in contents(engine).items()}
    here.tally.rows = Counter({name: more for name, more in rows.items() if more > 0})
    here.tally.seconds = time.monotonic() - began
    return here.tally


def _in_time(doors: list[Door], until: float) -> Iterator[Door]:
    return takewhile(lambda _: time.monotonic() < until, doors)


def contents(engine: Engine) -> dict[str, tuple[int, int]]:
    """How many rows each table has, and a sum over them."""
    with engine.connect() as conn:
        names = list(conn.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars())
        sums = (
            f"select '{name}', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) from {name} t" for name in names
        )
        return {name: (rows, total) for name, rows, total in conn.execute(text(" union all ".join(sums)))}
