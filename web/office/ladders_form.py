"""The form of a ladder: rungs as fields, fields as rungs, and rungs that are added, taken out and moved."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from werkzeug.datastructures import MultiDict

from callbacks.ladder import FIRST, MOST, Rung

OPEN, SHARE = "open", "share"  # what a time is counted in: minutes of opening, hundredths of the promise
SENIORS = frozenset({"senior", "second"})
_MINUTE = timedelta(minutes=1)
_NUMBER = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?")
_LONGEST = 40  # characters of a field


@dataclass(frozen=True)
class Row:
    """A rung as it is typed. The first has no time, and the last that of the deadline."""

    name: str = ""
    value: str = ""
    unit: str = SHARE
    to: tuple[str, ...] = ()
    nobody: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    unclaimed: bool = False
    repeat: str = ""  # hours; of the last alone


def shown(rungs: Sequence[Rung]) -> list[Row]:
    """A ladder as its form shows it."""
    return [_row(rung) for rung in rungs]


def _row(rung: Rung) -> Row:
    return Row(
        name=rung.name,
        value=f"{rung.after_open / _MINUTE:g}" if rung.after_open else f"{(rung.share or 0) * 100:g}",
        unit=OPEN if rung.after_open else SHARE,
        to=tuple(role.name.lower() for role in rung.to),
        nobody=tuple(role.name.lower() for role in rung.nobody) if rung.for_seniors else (),
        by=tuple(channel.value for channel in rung.by),
        unclaimed=rung.unclaimed_only,
        repeat=f"{rung.repeat / _MINUTE / 60:g}" if rung.repeat else "",
    )


def typed(form: MultiDict[str, str]) -> list[Row]:
    """The rungs of a form that was sent, at most as many as a ladder may have and one more."""
    rows = []
    for place in range(1, MOST + 2):
        if f"name-{place}" not in form:
            break
        rows.append(_typed(form, place))
    return rows


def _typed(form: MultiDict[str, str], place: int) -> Row:
    def said(field: str) -> str:
        return form.get(f"{field}-{place}", "").strip()[:_LONGEST]

    def ticked(field: str) -> tuple[str, ...]:
        return tuple(value[:_LONGEST] for value in form.getlist(f"{field}-{place}"))

    return Row(
        name=said("name"),
        value=said("value"),
        unit=OPEN if said("unit") == OPEN else SHARE,
        to=ticked("to"),
        nobody=ticked("nobody"),
        by=ticked("by"),
        unclaimed=bool(said("unclaimed")),
        repeat=said("repeat"),
    )


def entries(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What `ladder.read` reads; what was typed wrongly stands in it, and is refused there."""
    return [_entry(row, place == 0, place == len(rows) - 1) for place, row in enumerate(rows)]


def _entry(row: Row, first: bool, last: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": FIRST if first else row.name, "to": list(row.to), "by": list(row.by)}
    if SENIORS & set(row.to):
        entry["nobody"] = list(row.nobody)
    if last:
        return entry | {"share": 1.0, "repeat": _minutes(row.repeat, 60)}
    if row.unclaimed:
        entry["while"] = "unclaimed"
    if first:
        return entry
    if row.unit == OPEN:
        return entry | {"after_open": _minutes(row.value, 1)}
    share = _number(row.value)
    return entry | {"share": row.value if share is None else share / 100}


def _minutes(value: str, each: int) -> str:
    """`240m` of "4" hours; what is no number stays as it is."""
    number = _number(value)
    return value if number is None else f"{round(number * each)}m"


def _number(value: str) -> float | None:
    return float(value.replace(",", ".")) if _NUMBER.fullmatch(value) else None


# Changing the shape -------------------------------------------------------------------------------------------------


def reshaped(rows: Sequence[Row], do: str) -> list[Row] | None:
    """The rows once a button was pressed ("add-2", "remove-3", "up-3", "down-2"); None: that is no such button.

    Whoever is moved changes place and time with the one he passes: times stay in their order. The first and the last
    stay where they are.
    """
    match = re.fullmatch(r"(add|remove|up|down)-(\d{1,2})", do)
    if match is None:
        return None
    at = int(match[2]) - 1
    inner = range(1, len(rows) - 1)
    match match[1]:
        case "add" if at in range(len(rows) - 1) and len(rows) < MOST:
            return [*rows[: at + 1], _between(rows[at], rows[at + 1]), *rows[at + 1 :]]
        case "remove" if at in inner:
            return [*rows[:at], *rows[at + 1 :]]
        case "up" if at in inner and at - 1 in inner:
            return _swapped(rows, at - 1)
        case "down" if at in inner and at + 1 in inner:
            return _swapped(rows, at)
    return list(rows)


def _swapped(rows: Sequence[Row], upper: int) -> list[Row]:
    one, two = rows[upper], rows[upper + 1]
    swapped = [replace(two, value=one.value, unit=one.unit), replace(one, value=two.value, unit=two.unit)]
    return [*rows[:upper], *swapped, *rows[upper + 2 :]]


def _between(before: Row, after: Row) -> Row:
    """A new rung half-way between two, for who is on call."""
    start = _number(before.value) if before.unit == SHARE else None
    end = _number(after.value)
    new = Row(to=("senior",), nobody=("head",), by=("sms",))
    if after.unit == OPEN:
        return replace(new, unit=OPEN, value=f"{(end or 30) / 2:g}")
    return replace(new, value=f"{((start or 0) + (end or 100)) / 2:.0f}")
