"""What the pages of the directories share: what is asked of them, what was typed, and why it was refused, in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from flask import request, session

from config import numbers
from config.numbers import PARIS
from scheduling.directories.forms import Fault, Form, Notice
from scheduling.planning.trail import Entry
from web.office.guard import Visitor

LONGEST_QUESTION = 80
_ASKED = "asked"
Typed = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Filled:
    """A form as it is shown: what stands in its fields, and what is wrong with them."""

    typed: Typed
    faults: Mapping[str, list[str]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """What stands in a field."""
        return next(iter(self.typed.get(name, ())), "")

    def ticked(self, name: str, value: object = "1") -> bool:
        """Whether a box of that value is ticked."""
        return str(value) in self.typed.get(name, ())

    def every(self, name: str) -> Sequence[str]:
        """What stands in each field of this name."""
        return self.typed.get(name, ())


def asked(section: str) -> str:
    """What was searched in this directory: kept in the browser's signed cookie, for names belong in no address."""
    kept = session.get(_ASKED)
    return str(kept.get(section, "")) if isinstance(kept, dict) else ""


def ask(section: str) -> None:
    """Keep what he searches for."""
    kept = session.get(_ASKED)
    question = request.form.get("q", "").strip()[:LONGEST_QUESTION]
    session[_ASKED] = {**(kept if isinstance(kept, dict) else {}), section: question}


def page_asked() -> int:
    """Which page of what was found."""
    said = request.args.get("page", "1")
    return min(max(int(said), 1), 100_000) if said.isascii() and said.isdigit() and len(said) < 7 else 1


def form() -> Form:
    """The form that was sent."""
    return Form(sent())


def sent() -> dict[str, list[str]]:
    """Its fields as they were typed."""
    return dict(request.form.lists())


def in_words(visitor: Visitor, faults: Iterable[Fault]) -> dict[str, list[str]]:
    """What is wrong, by field."""
    said: dict[str, list[str]] = {}
    for fault in faults:
        said.setdefault(fault.name, []).append(visitor.say(f"directories.fault_{fault.code}", **fault.values))
    return said


def told(visitor: Visitor, notices: Iterable[Notice], zone: str) -> list[str]:
    """What to know, in words: instants as the clock of that zone shows them, numbers as people write them."""
    return [
        visitor.say(
            f"directories.notice_{notice.code}",
            **{name: _shown(visitor, name, value, zone) for name, value in notice.values.items()},
        )
        for notice in notices
    ]


def _shown(visitor: Visitor, name: str, value: Any, zone: str) -> object:
    if isinstance(value, datetime):
        return when(visitor, value, zone)
    return numbers.national(value) if name == "phone" else value


def meanwhile(visitor: Visitor, change: Entry | None) -> str:
    """That somebody else changed it, and who."""
    key, values = meanwhile_said(visitor, change)
    return visitor.say(key, **values)


def meanwhile_said(visitor: Visitor, change: Entry | None) -> tuple[str, dict[str, object]]:
    """The same, as a key of the catalogue and its values."""
    if change is None:
        return "directories.stale", {}
    return "directories.stale_by", {"who": change.by.name, "at": when(visitor, change.at, PARIS)}


def day(visitor: Visitor, at: datetime, zone: str) -> str:
    """A day, in short: `23 nov. 2026`."""
    return str(format_date(at.astimezone(ZoneInfo(zone)), "d MMM y", locale=visitor.language))


def when(visitor: Visitor, at: datetime, zone: str) -> str:
    """An instant: `lundi 23 novembre 2026 à 08:30`."""
    local = at.astimezone(ZoneInfo(zone))
    day = format_date(local, "EEEE d MMMM y", locale=visitor.language)
    return visitor.say("directories.at", day=day, clock=format_datetime(local, "HH:mm", locale=visitor.language))


def stretch(visitor: Visitor, start: datetime, end: datetime, zone: str) -> str:
    """`lun. 23 nov. 2026 08:30 – 18:30`; the second day too, when it is another."""
    first, last = (at.astimezone(ZoneInfo(zone)) for at in (start, end))
    until = f"{last:%H:%M}" if first.date() == last.date() else short(visitor, end, zone)
    return f"{short(visitor, start, zone)} – {until}"


def short(visitor: Visitor, at: datetime, zone: str) -> str:
    """An instant in few words: `lun. 23 nov. 2026 08:30`."""
    return str(format_datetime(at.astimezone(ZoneInfo(zone)), "EEE d MMM y HH:mm", locale=visitor.language))
