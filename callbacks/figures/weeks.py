"""Which weeks a run chart shows, and which figures are watched in it. Pure."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from callbacks.figures.drift import Way
from callbacks.figures.periods import Grain, Period, local_day

WEEKS = 26
# What is watched, and which way is worse: a figure that gets better for good is no alarm.
WATCHED: Mapping[str, Way] = MappingProxyType(
    {"answered": Way.DOWN, "access_time": Way.UP, "tried_in_time": Way.DOWN, "reached_in_time": Way.DOWN}
)


def over(now: datetime, zone: ZoneInfo, count: int = WEEKS) -> list[Period]:
    """The last weeks that are over there, the oldest first."""
    found = [Period.of(Grain.WEEK, local_day(now, zone)).before]
    while len(found) < count:
        found.append(found[-1].before)
    return found[::-1]
