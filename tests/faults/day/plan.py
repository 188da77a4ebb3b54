"""Who calls and writes when, what each telephone does, and what breaks when: all of it a function of the seed. Pure."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from tests.faults.day.scale import Scale


@dataclass(frozen=True)
class Ward:
    """A ward of the sample hospitals, as a GP knows it."""

    slug: str
    hospital: str
    name: str
    code: str


# Always open; closed at night and covered; closed at night without cover; and one whose rota has nobody.
WARDS = (
    Ward("cochin-cardiologie", "Cochin", "Cardiologie", "227"),
    Ward("avicenne-cardiologie", "Avicenne", "Cardiologie", "227"),
    Ward("cochin-pneumologie", "Cochin", "Pneumologie", "763"),
    Ward("avicenne-pneumologie", "Avicenne", "Pneumologie", "763"),
    Ward("cochin-medecine-interne", "Cochin", "Médecine interne", "633"),
    Ward("avicenne-pediatrie", "Avicenne", "Pédiatrie", "733"),
    Ward("cochin-psychiatrie", "Cochin", "Psychiatrie", "779"),
    Ward("cochin-anesthesie", "Cochin", "Anesthésie", "263"),
    Ward("cochin-dermatologie", "Cochin", "Dermatologie", "337"),
    Ward("cochin-rhumatologie", "Cochin", "Rhumatologie", "748"),
    Ward("avicenne-urologie", "Avicenne", "Urologie", "876"),
    Ward("avicenne-neurologie", "Avicenne", "Neurologie", "638"),
)
UNMANNED = "avicenne-neurologie"


class Leaves(Enum):
    """When a caller hangs up."""

    AT_THE_END = "at the end"
    AT_FIRST_PROMPT = "at the first prompt"
    WHEN_CALLING = "when he hears that somebody is called"
    WHILE_RINGING = "while it rings"
    AT_THE_PROMISE = "when he hears the promise"
    WHILE_SPEAKING = "while he speaks"
    AFTER_SPEAKING = "after he has spoken"


@dataclass(frozen=True)
class Caller:
    """One call. `number` is his; a hidden one keys `call_back` when he is asked. Seconds from the start of the day."""

    at: float
    number: str
    ward: Ward
    leaves: Leaves
    hidden: bool = False
    call_back: str = ""


@dataclass(frozen=True)
class Texter:
    """One SMS; `asked`: it names no ward, and its sender says it when he is asked."""

    at: float
    number: str
    ward: Ward
    words: str
    asked: bool


@dataclass(frozen=True)
class Writer:
    """One e-mail; `by_smtp`: left at the door, by a server that tries until it is taken; else in the mailbox."""

    at: float
    address: str
    ward: Ward
    words: str
    by_smtp: bool


class Rung(Enum):
    """What a telephone of the hospital does when it rings."""

    TAKES = "presses 1"
    PASSES = "presses 2"
    RINGS_OUT = "rings out"
    BUSY = "is busy"
    VOICEMAIL = "its voicemail answers"
    UNREACHABLE = "is switched off"
    SILENT = "is picked up, and nothing is pressed"


class Breaks(Enum):
    """What goes wrong."""

    KILL = "a process is killed"
    REDIS_EMPTIED = "Redis is emptied"
    REDIS_KILLED = "Redis is killed and restarted"
    DATABASE_KILLED = "PostgreSQL is killed and restarted"
    DATABASE_RESTARTED = "PostgreSQL is stopped and restarted"
    CONNECTIONS_CUT = "all connections of PostgreSQL are cut"
    DISK_FULL = "the disk for recordings is full"
    DISK_FREE = "it has room again"
    CLOCK_JUMPS = "the clock jumps"
    FORGED = "an unsigned webhook comes"


# How often each kind of process is killed: a horse is what a worker forks for a job, a hand what serves the web.
VICTIMS = {"horse": 9, "hand": 5, "worker": 3, "tick": 2, "mail": 1, "web": 1}


@dataclass(frozen=True)
class Injury:
    """One of them. `target`: which process; `amount`: for how many seconds the clock jumps."""

    at: float
    breaks: Breaks
    target: str = ""
    amount: float = 0.0


@dataclass(frozen=True)
class Plan:
    """A day, before anything happened."""

    seed: int
    scale: Scale
    callers: tuple[Caller, ...]
    texters: tuple[Texter, ...]
    writers: tuple[Writer, ...]
    injuries: tuple[Injury, ...]


# Planted: none of these may ever stand in a log, an address or an SMS of ours.
PATIENTS = ("Fontanelle", "Quatremain", "Vertpré", "Ostéopoulos", "Brindacier", "Malterre")
COMPLAINTS = ("douleur thoracique", "dyspnée brutale", "fièvre au retour", "chute à domicile", "INR à neuf")
_PACES = ((Leaves.AT_THE_END, 12), *((stage, 2) for stage in Leaves if stage is not Leaves.AT_THE_END))
_RUNG = {
    Rung.TAKES: 4, Rung.PASSES: 5, Rung.RINGS_OUT: 5, Rung.BUSY: 2, Rung.VOICEMAIL: 1, Rung.UNREACHABLE: 1,
    Rung.SILENT: 1,
}  # fmt: skip
_HIDDEN, _LANDLINE, _ASKED, _BY_SMTP = 0.06, 0.08, 0.2, 0.4  # shares
_ADAY = {
    Breaks.REDIS_EMPTIED: 3, Breaks.REDIS_KILLED: 1, Breaks.DATABASE_KILLED: 1, Breaks.DATABASE_RESTARTED: 1,
    Breaks.CONNECTIONS_CUT: 2, Breaks.FORGED: 4,
}  # fmt: skip


def plan(seed: int, scale: Scale) -> Plan:
    """The day of this seed; the same seed, the same day."""
    draw = random.Random(f"day {seed}")
    return Plan(
        seed,
        scale,
        tuple(_callers(draw, scale)),
        tuple(_texters(draw, scale)),
        tuple(_writers(draw, scale)),
        tuple(sorted(_injuries(draw, scale), key=lambda injury: injury.at)),
    )


def reactions(seed: int, number: str) -> Iterator[Rung]:
    """What this telephone does, one ring after the other, for ever."""
    draw = random.Random(f"telephone {seed} {number}")
    while True:
        yield draw.choices(tuple(_RUNG), tuple(_RUNG.values()))[0]


def claims_by_sms(seed: int, number: str, body: str, share: float = 0.12) -> bool:
    """Whether who reads this alert writes PRIS."""
    return random.Random(f"reads {seed} {number} {body}").random() < share


def _times(draw: random.Random, many: int, scale: Scale) -> list[float]:
    return sorted(draw.uniform(0, scale.arrivals) for _ in range(many))


def _callers(draw: random.Random, scale: Scale) -> Iterator[Caller]:
    for place, at in enumerate(_times(draw, scale.calls, scale)):
        ward = draw.choice(WARDS)
        leaves = draw.choices([stage for stage, _ in _PACES], [weight for _, weight in _PACES])[0]
        kind = draw.random()
        if kind < _HIDDEN:
            yield Caller(at, _mobile(3000 + place), ward, leaves, hidden=True, call_back=_mobile(4000 + place))
        elif kind < _HIDDEN + _LANDLINE:
            yield Caller(at, f"+3319900{5000 + place}", ward, leaves)
        else:
            yield Caller(at, _mobile(3000 + place), ward, leaves)


def _texters(draw: random.Random, scale: Scale) -> Iterator[Texter]:
    for place, at in enumerate(_times(draw, scale.texts, scale)):
        ward, asked = draw.choice(WARDS), draw.random() < _ASKED
        which = "un avis" if asked else f"avis {ward.name} {ward.hospital}"
        yield Texter(at, _mobile(5000 + place), ward, f"Bonjour, {which} svp, {_case(draw)}", asked)


def _writers(draw: random.Random, scale: Scale) -> Iterator[Writer]:
    for place, at in enumerate(_times(draw, scale.letters, scale)):
        ward = draw.choice(WARDS)
        words = f"Bonjour, avis {ward.name} {ward.hospital}, {_case(draw)}. Merci, dossier {place}."
        yield Writer(at, f"dr.{place}.ormeaux@cabinet.example", ward, words, draw.random() < _BY_SMTP)


def _case(draw: random.Random) -> str:
    return f"M. {draw.choice(PATIENTS)}, {draw.choice(COMPLAINTS)}"


def _mobile(place: int) -> str:
    return f"+336399{80000 + place}"


def _injuries(draw: random.Random, scale: Scale) -> Iterator[Injury]:
    yield from _kills(draw, scale)
    for breaks, often in _ADAY.items():
        for at in _apart(draw, often * scale.mishaps, scale):
            yield Injury(at, breaks)
    full = min(12.0, scale.arrivals / 4)
    for at in _apart(draw, scale.mishaps, scale):
        yield from (Injury(at, Breaks.DISK_FULL), Injury(at + full, Breaks.DISK_FREE))
    for at, amount in zip(_apart(draw, scale.mishaps, scale), _jumps(draw), strict=False):
        yield Injury(at, Breaks.CLOCK_JUMPS, amount=amount)


def _kills(draw: random.Random, scale: Scale) -> Iterator[Injury]:
    for at in _apart(draw, scale.kills, scale):
        kind = draw.choices(tuple(VICTIMS), tuple(VICTIMS.values()))[0]
        yield Injury(at, Breaks.KILL, f"{kind}-{1 if kind == 'mail' else draw.choice((1, 2))}")


def _jumps(draw: random.Random) -> Iterator[float]:
    """Forward and back; the sum stays within the minute by which the carrier's clock and ours may differ."""
    while True:
        ahead = draw.uniform(10.0, 35.0)
        yield from (ahead, -ahead)


def _apart(draw: random.Random, many: int, scale: Scale) -> Sequence[float]:
    """So many instants, one in each of as many equal stretches of the injured time."""
    stretch = scale.injured / max(1, many)
    return [(place + draw.random()) * stretch for place in range(many)]
