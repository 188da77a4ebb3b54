"""How seniors answered when they were rung, and what that lets one expect of the next ring. Pure.

A senior begins as his team: as if he had been rung `WEIGHT` times and had answered as often as they do; every ring of
his own weighs as much as one of these. What is not known is drawn, so that it widens what is said, not shifts it.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from random import Random
from zoneinfo import ZoneInfo

from ivr.ringing import RING_SECONDS

WEIGHT = 6.0
FAINT = 2.0  # what a team's own start weighs, in rings
BY_DAY = (8, 20)  # of Monday to Friday: else it is night
WHISPER = 5.0  # seconds between picking up and the 1: the ward is said, a key is pressed
LATE = 5.0  # the last seconds of a ring, by which longer rings are judged
PATIENCE = (0.5, 300.0)  # before any call was seen: half a caller hung up, in five minutes of ringing
_EDGE = 1e-3  # nobody is certain to answer, or not to


class When(StrEnum):
    """What a ring is compared with."""

    DAY = "day"
    NIGHT = "night"  # and week-ends
    AGAIN = "again"  # a second time in one call


# Where a team starts that was never rung so: as by day, or half as likely; by day, as likely as not.
_START: Mapping[When, tuple[When | None, float]] = {
    When.DAY: (None, 0.5),
    When.NIGHT: (When.DAY, 1.0),
    When.AGAIN: (When.DAY, 0.5),
}


@dataclass(frozen=True)
class Ring:
    """A telephone that was rung. `seconds`: until he pressed 1, of real time; None: he did not.

    `gave_up`: the caller hung up meanwhile, so that it says nothing of the senior; `rang`: for how long, till then.
    """

    person_id: int
    when: When
    seconds: float | None
    declined: bool
    gave_up: bool
    rang: float


@dataclass(frozen=True)
class Tally:
    """So often yes, so often no."""

    yes: float = 0
    no: float = 0

    def draw(self, dice: Random, mean: float, weight: float) -> float:
        """A share that may be the true one, begun at `mean` as if that had been seen `weight` times."""
        drawn = dice.betavariate(weight * mean + self.yes, weight * (1 - mean) + self.no)
        return min(max(drawn, _EDGE), 1 - _EDGE)


@dataclass(frozen=True)
class Chances:
    """One possible truth about a team and its callers."""

    first: Mapping[tuple[int, When], float]
    declines: float  # of those who did not take it, how many pressed 2 and are not rung again
    leaves: float  # callers who hang up, per second of ringing
    late: float  # who has not answered yet does so, per second of a longer ring
    delays: tuple[float, ...]  # as `Habits.delays`

    def answers(self, person_id: int, when: When, ring_seconds: float) -> float:
        """How likely he is to take the call while his telephone rings so long."""
        usual = self.first[person_id, when]
        if ring_seconds <= RING_SECONDS:
            return usual * self._within(ring_seconds)
        return usual + (1 - usual) * (1 - math.exp(-self.late * (ring_seconds - RING_SECONDS)))

    def stays(self, seconds: float) -> float:
        """How likely the caller is to wait so long."""
        return math.exp(-self.leaves * seconds)

    def _within(self, seconds: float) -> float:
        """Of those who answer within the usual time, how many do so within less; evenly, where nobody was seen to."""
        if seconds >= RING_SECONDS:
            return 1.0
        return (bisect_right(self.delays, seconds) + seconds / RING_SECONDS) / (len(self.delays) + 1)


@dataclass(frozen=True)
class Habits:
    """What was seen of a team's telephones."""

    own: Mapping[tuple[int, When], Tally] = field(default_factory=dict)
    team: Mapping[When, Tally] = field(default_factory=dict)
    declined: Tally = field(default_factory=Tally)  # of the first rings that were not taken
    delays: tuple[float, ...] = ()  # seconds until somebody picked up, in order
    gave_up: int = 0
    waited: float = 0.0  # seconds that callers heard it ring

    def rung(self, person_id: int) -> int:
        """How often it was seen whether he answers."""
        tallies = (tally for (person, _), tally in self.own.items() if person == person_id)
        return int(sum(tally.yes + tally.no for tally in tallies))

    def draw(self, dice: Random, people: Collection[int]) -> Chances:
        """A possible truth. Longer rings gain between nothing and what the last seconds of the usual one gained."""
        team = self._draw_team(dice)
        return Chances(
            first={
                (person, when): self.own.get((person, when), Tally()).draw(dice, team[when], WEIGHT)
                for person in sorted(people)
                for when in When
            },
            declines=self.declined.draw(dice, 0.25, FAINT),
            leaves=dice.gammavariate(PATIENCE[0] + self.gave_up, 1 / (PATIENCE[1] + self.waited)),
            late=self._late * dice.random(),
            delays=self.delays,
        )

    def _draw_team(self, dice: Random) -> dict[When, float]:
        drawn: dict[When, float] = {}
        for when, (like, share) in _START.items():
            start = share if like is None else share * drawn[like]
            drawn[when] = self.team.get(when, Tally()).draw(dice, min(max(start, _EDGE), 1 - _EDGE), FAINT)
        return drawn

    @property
    def _late(self) -> float:
        late = sum(delay > RING_SECONDS - LATE for delay in self.delays)
        silent = sum(tally.no for tally in self.team.values())
        return late / (LATE * (late + silent)) if late else 0.0


def when(at: datetime, zone: ZoneInfo) -> When:
    """By day or by night, on the hospital's clock."""
    there = at.astimezone(zone)
    return When.DAY if there.weekday() < 5 and BY_DAY[0] <= there.hour < BY_DAY[1] else When.NIGHT


def learned(rings: Iterable[Ring]) -> Habits:
    """The habits that these rings show."""
    seen = list(rings)
    known = [ring for ring in seen if not ring.gave_up]
    yes = Counter((ring.person_id, ring.when) for ring in known if ring.seconds is not None)
    no = Counter((ring.person_id, ring.when) for ring in known if ring.seconds is None)
    missed = [ring for ring in known if ring.seconds is None and ring.when is not When.AGAIN]
    pressed = (ring.seconds for ring in known if ring.seconds is not None)
    return Habits(
        own={key: Tally(yes[key], no[key]) for key in sorted(yes.keys() | no.keys())},
        team={each: _together(yes, no, each) for each in When},
        declined=Tally(sum(ring.declined for ring in missed), sum(not ring.declined for ring in missed)),
        delays=tuple(sorted(min(max(after - WHISPER, 0.0), float(RING_SECONDS)) for after in pressed)),
        gave_up=sum(ring.gave_up for ring in seen),
        waited=sum(ring.rang for ring in seen),
    )


def _together(yes: Mapping[tuple[int, When], int], no: Mapping[tuple[int, When], int], when: When) -> Tally:
    return Tally(
        sum(count for (_, each), count in yes.items() if each is when),
        sum(count for (_, each), count in no.items() if each is when),
    )
