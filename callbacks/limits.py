"""How many reminders one person gets (`[[limit]]` of `config/ladder.toml`), when there is room for one more. Pure."""

import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from callbacks.ladder import CONFIG, duration


@dataclass(frozen=True)
class Limit:
    """So many in any stretch of this length, and no more."""

    at_most: int
    within: timedelta


class BadLimits(ValueError):
    """Limits that would let nothing through, or are none. Its text is the reason."""


@cache
def load(path: Path = CONFIG / "ladder.toml") -> tuple[Limit, ...]:
    """The limits of this file; BadLimits, BadLadder."""
    return parse(tomllib.loads(path.read_text(encoding="utf-8")).get("limit", ()))


def parse(entries: Iterable[Mapping[str, Any]]) -> tuple[Limit, ...]:
    """The limits of these entries (`at_most`, `within`); BadLimits, BadLadder for what is no duration."""
    limits = tuple(_limit(entry) for entry in entries)
    if not limits:
        raise BadLimits("no [[limit]]")
    return limits


def room_from(at: datetime, taken: Iterable[datetime], limits: Sequence[Limit]) -> datetime:
    """The first instant from `at` on at which one more may leave, besides those that leave or left at `taken`."""
    times = sorted(taken)
    later = {time + limit.within for time in times for limit in limits}
    # After the last of them there is room: the search always ends.
    return next(each for each in [at, *sorted(later)] if each >= at and _fits(each, times, limits))


def _fits(at: datetime, times: Sequence[datetime], limits: Iterable[Limit]) -> bool:
    """Whether no stretch that holds `at` has more than it may; what is full elsewhere is past mending."""
    place = bisect_left(times, at)
    with_it = [*times[:place], at, *times[place:]]
    return all(
        with_it[first + limit.at_most] - with_it[first] >= limit.within
        for limit in limits
        for first in range(max(0, place - limit.at_most), place + 1)
        if first + limit.at_most < len(with_it)
    )


def _limit(entry: Mapping[str, Any]) -> Limit:
    if set(entry) != {"at_most", "within"}:
        raise BadLimits("a [[limit]] has at_most and within, and nothing else")
    limit = Limit(entry["at_most"], duration(entry["within"]))
    if type(limit.at_most) is not int or limit.at_most < 1 or not limit.within:
        raise BadLimits("a [[limit]] lets at least 1 through, within a minute or more")
    return limit
