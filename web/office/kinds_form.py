"""The form of a kind of request: its clock in fields and in words, its outcomes ticked. Values in, values out."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from werkzeug.datastructures import MultiDict

from callbacks.kinds.clocks import BeforeEvent, Clock, Elapsed, Open, WorkingDays
from callbacks.kinds.kind import Kind
from callbacks.kinds.kind import read as read_kind
from web.office.entries import Typed
from web.office.guard import Visitor

_HOUR = timedelta(hours=1)


class Sort(StrEnum):
    """What a clock counts."""

    ELAPSED = "elapsed"
    OPEN = "open"
    WORKING = "working"
    BEFORE = "before"


# Which field of the form a fault belongs to.
FIELD_OF = {
    "unknown": "sort",
    "clock": "sort",
    "public": "sort",
    "advice": "team",
    "team": "team",
    "flag": "rings",
    "key": "key",
    "same_key": "key",
    "outcome": "outcomes",
    "outcome_twice": "outcomes",
    "no_other": "outcomes",
}

_SAID: Mapping[Sort, Callable[[Mapping[str, str]], str]] = {
    Sort.ELAPSED: lambda said: said["hours"],
    Sort.OPEN: lambda said: f"{said['hours']} open, {said['at_most']} at most",
    Sort.WORKING: lambda said: f"{said['days']} working days",
    Sort.BEFORE: lambda said: f"{said['lead']} before event, else {said['hours']} open, {said['at_most']} at most",
}


def read(code: str, form: "MultiDict[str, str]", before: Kind) -> Kind:
    """The kind that the form says; BadKind. Outcomes keep the order they had, those that are new come after."""
    ticked = form.getlist("outcomes")
    kept = [each for each in before.outcomes if each in ticked]
    settings: dict[str, Any] = {
        "clock": _clock(form),
        "team": form.get("team", ""),
        "rings": "rings" in form,
        "offered": "offered" in form,
        "outcomes": [*kept, *(each for each in ticked if each not in kept)],
    }
    key = form.get("key", "").strip()
    return read_kind(code, settings | ({"key": key} if key else {}))


def _clock(form: "MultiDict[str, str]") -> str:
    hours = {name: _minutes(form.get(name, "")) for name in ("hours", "at_most", "lead")}
    sort = form.get("sort", "")
    if sort not in [*Sort]:
        return ""
    return _SAID[Sort(sort)](hours | {"days": form.get("days", "")[:10].strip()})


def _minutes(said: str) -> str:
    """ "24h" of 24, "90m" of 1,5."""
    try:
        minutes = round(float(said[:10].replace(",", ".")) * 60)
    except (ValueError, OverflowError):
        return "?"
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def typed(kind: Kind) -> Typed:
    """The kind as its form shows it."""
    return {
        **{name: [value] for name, value in _fields(kind.clock).items()},
        "team": [kind.team.value],
        "key": [kind.key or ""],
        "rings": ["1"] if kind.rings else [],
        "offered": ["1"] if kind.offered else [],
        "outcomes": list(kind.outcomes),
    }


def _fields(clock: Clock) -> dict[str, str]:
    match clock:
        case Elapsed(promise):
            return {"sort": Sort.ELAPSED.value, "hours": _hours(promise)}
        case Open(promise, at_most):
            return {"sort": Sort.OPEN.value, "hours": _hours(promise), "at_most": _hours(at_most)}
        case WorkingDays(days):
            return {"sort": Sort.WORKING.value, "days": str(days)}
        case BeforeEvent(lead, otherwise):
            return {**_fields(otherwise), "sort": Sort.BEFORE.value, "lead": _hours(lead)}


def _hours(duration: timedelta) -> str:
    return f"{duration / _HOUR:g}"


def clock_words(visitor: Visitor, clock: Clock) -> str:
    """A clock as people say it."""
    say = visitor.say
    match clock:
        case Elapsed(promise):
            return say("kinds.clock_elapsed", hours=_hours(promise))
        case Open(promise, at_most):
            return say("kinds.clock_open", hours=_hours(promise), at_most=_hours(at_most))
        case WorkingDays(days):
            return say("kinds.clock_working", count=days)
        case BeforeEvent(lead, otherwise):
            return say("kinds.clock_before", lead=_hours(lead), otherwise=clock_words(visitor, otherwise))
