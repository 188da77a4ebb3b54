"""Past calls replayed: who would have been rung, and how many calls would have been answered. Pure.

Each call becomes a situation (who is rung in which order, for how long, by day or night). The chance that it is
answered follows from the habits of those rung. Months are drawn: what may be true of them, which calls come, how each
goes; with the same dice for every plan, so that the difference between two plans is known better than either.
"""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo

from callbacks.promise import Cover
from callbacks.whatif.habits import Chances, Habits, When, when
from ivr.ringing import RING_SECONDS, Candidate, next_to_ring

DRAWS, FEWEST = 400, 100  # months that are drawn; of busy wards fewer, whose months are more alike
THROWS = 60_000  # calls that are drawn in all: a tenth of a second
SEED = 24  # the same question has the same answer
TAIL = 0.05  # on either side of an interval
BETWEEN = 3.0  # seconds from the end of a ring to the next
WEEK = timedelta(days=7)
KNOWN = 5  # rings after which somebody's habit is his own


@dataclass(frozen=True)
class Plan:
    """Who is rung for a call, and for how long each. `second`: whose seniors are rung when the ward's do not answer."""

    cover: Cover
    second: Cover | None = None
    ring_seconds: float = RING_SECONDS


@dataclass(frozen=True)
class Situation:
    """A call as a plan would meet it."""

    people: tuple[int, ...]  # ids, in the order they are rung; none: nobody is on call
    when: When
    ring_seconds: float


@dataclass(frozen=True)
class Rate:
    """A share, or a difference of two: what is expected, and between what nine months in ten lie."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Replayed:
    """What is expected of each plan; `changes` are against the first."""

    calls: int
    rates: tuple[Rate, ...]
    changes: tuple[Rate, ...]
    unmanned: tuple[float, ...]  # share of the calls that would find nobody to ring
    strangers: frozenset[int]  # people who were rung too seldom to have a habit of their own


def situation(plan: Plan, at: datetime, zone: ZoneInfo) -> Situation:
    """The call that comes at this instant."""
    covers = (plan.cover,) if plan.second is None else (plan.cover, plan.second)
    people = dict.fromkeys(ranked.person.id for cover in covers for ranked in cover(at).seniors)
    return Situation(tuple(people), when(at, zone), plan.ring_seconds)


def moved(call: datetime, start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """The call moved by whole weeks, at its hour of the clock on the wall, to every week of [start, end) with one."""
    wall, first, last = (at.astimezone(zone).replace(tzinfo=None) for at in (call, start, end))
    at = first + (wall - first) % WEEK
    found = []
    while at < last:
        found.append(at.replace(tzinfo=zone).astimezone(UTC))
        at += WEEK
    return found


def replay(entries: Sequence[tuple[Situation, ...]], habits: Habits, calls: int, draws: int = DRAWS) -> Replayed | None:
    """What each plan may expect; an entry has a situation for each of them. None: there is nothing to replay.

    `calls`: how many there really were: an entry too many (a call in several weeks) makes nothing more certain.
    """
    if not entries or not calls:
        return None
    counted = Counter(entries)
    kinds = sorted(counted, key=repr)
    weights = [counted[kind] for kind in kinds]
    people = {person for kind in kinds for each in kind for person in each.people}
    dice = Random(SEED)
    drawn: list[tuple[float, ...]] = []
    for _ in range(min(draws, max(FEWEST, THROWS // calls))):
        chances = habits.draw(dice, people)
        likely = [tuple(answered(each, chances) for each in kind) for kind in kinds]
        drawn.append(_mean([_thrown(dice, each) for each in dice.choices(likely, weights, k=calls)]))
    return Replayed(
        calls=calls,
        rates=tuple(_rate(plan) for plan in zip(*drawn, strict=True)),
        changes=tuple(_rate([each[plan] - each[0] for each in drawn]) for plan in range(len(kinds[0]))),
        unmanned=_mean([tuple(float(not each.people) for each in entry) for entry in entries]),
        strangers=frozenset(person for person in people if habits.rung(person) < KNOWN),
    )


def answered(met: Situation, chances: Chances) -> float:
    """How likely it is that somebody takes the call before the caller gives up."""
    nobody_yet, taken = 1.0, 0.0
    for place, again, after in _rings(len(met.people), met.ring_seconds):
        likely = chances.answers(met.people[place], When.AGAIN if again else met.when, met.ring_seconds)
        if again:
            likely *= 1 - chances.declines
        taken += nobody_yet * likely * chances.stays(after + met.ring_seconds / 2)
        nobody_yet *= 1 - likely
    return taken


def _thrown(dice: Random, likely: Sequence[float]) -> tuple[float, ...]:
    """Whether one call is answered by each plan: the same luck for all of them."""
    luck = dice.random()
    return tuple(float(luck < share) for share in likely)


@lru_cache(maxsize=256)
def _rings(count: int, ring_seconds: float) -> tuple[tuple[int, bool, float], ...]:
    """Who is rung (his place), whether for the second time, and after how many seconds: by the rule of the call."""
    candidates = [Candidate(place, "", 1) for place in range(count)]
    found: list[tuple[int, bool, float]] = []
    position, elapsed = 0, 0.0
    while (following := next_to_ring(candidates, position, (), (), elapsed)) is not None:
        candidate, position = following
        found.append((candidate.person_id, position > count, elapsed))
        elapsed += ring_seconds + BETWEEN
    return tuple(found)


def _mean(rows: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(statistics.fmean(plan) for plan in zip(*rows, strict=True))


def _rate(drawn: Sequence[float]) -> Rate:
    ordered = sorted(drawn)
    tail = int(len(ordered) * TAIL)
    return Rate(statistics.fmean(ordered), ordered[tail], ordered[-1 - tail])
