"""A line of the trail in words: who did what, what was before and what came after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callbacks.kinds import clocks
from config import numbers, texts
from config.numbers import PARIS
from scheduling import opening_words
from scheduling.planning.trail import Entry
from scheduling.rota import ROLES, Ward
from web.office import entries, kinds_form, rungs_shown
from web.office.guard import Visitor

MOST = 12  # changes shown of one line; the rest are counted


@dataclass(frozen=True)
class Change:
    """One thing that was, and is now; either may be empty."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One line of the trail as the page shows it."""

    id: int
    at: str
    who: str
    ward: str
    words: str
    changes: tuple[Change, ...]
    more: int  # changes beyond those
    why: str
    from_file: bool
    undoes: int | None
    undone_by: int | None


def line(visitor: Visitor, entry: Entry, wards: Mapping[int, Ward], most: int = MOST) -> Line:
    """The line in the visitor's language; its times as the ward's clock showed them."""
    ward = wards.get(entry.ward_id or 0)
    changes = tuple(_changes(visitor, entry, ward.timezone if ward else PARIS))
    return Line(
        id=entry.id,
        at=entries.short(visitor, entry.at, ward.timezone if ward else PARIS),
        who=actor(visitor, entry),
        ward=ward.name if ward else "",
        words=words(visitor, entry),
        changes=changes[:most],
        more=max(0, len(changes) - most),
        why=entry.why,
        from_file=bool(entry.detail.get("file")),
        undoes=entry.undoes_id,
        undone_by=entry.undone_by_id,
    )


def actor(visitor: Visitor, entry: Entry) -> str:
    """Who did it; a process without an account by what it is."""
    key = f"trail.actor_{entry.by.name}"
    return visitor.say(key) if entry.by.account_id is None and key in texts.keys("trail") else entry.by.name


def words(visitor: Visitor, entry: Entry) -> str:
    """What was done; a word that this release does not know stands as it is."""
    key = f"trail.what_{entry.what.replace('.', '_')}"
    known = key if key in texts.keys("trail") else "trail.what_other"
    return visitor.say(known, subject=_subject(visitor, entry), what=entry.what)


def _subject(visitor: Visitor, entry: Entry) -> str:
    """What it is about; a kind of request by its name and, if it is one's own, its hospital."""
    if not entry.what.startswith("kind.") or f"kinds.{entry.subject}" not in texts.keys("kinds"):
        return entry.subject
    hospital = entry.detail.get("hospital")
    return visitor.say(f"kinds.{entry.subject}") + (f" ({hospital})" if hospital else "")


def _changes(visitor: Visitor, entry: Entry, zone: str) -> Iterator[Change]:
    detail = entry.detail
    if entry.what.startswith("ladder."):
        yield from _rungs(visitor, detail)
    yield from _fields(visitor, detail)
    yield from _whole(visitor, entry, zone)
    for side in ("removed", "added"):
        for said in _several(detail, side):
            yield _shift_or_name(visitor, said, zone, side)
    for said in _several(detail, "changed"):
        for change in _fields(visitor, said):
            yield Change(f"{said.get('name', '')} – {change.label}", change.before, change.after)


def _fields(visitor: Visitor, detail: Mapping[str, Any]) -> Iterator[Change]:
    before, after = (_said(detail, side) for side in ("before", "after"))
    for name in dict.fromkeys((*before, *after)):
        was, now = (_value(visitor, name, said[name]) if name in said else "" for said in (before, after))
        if was != now:
            yield Change(label(visitor, name), was, now)


def _whole(visitor: Visitor, entry: Entry, zone: str) -> Iterator[Change]:
    """What came or went as a whole: an absence, a template of shifts."""
    detail, gone = entry.detail, entry.what.endswith(".removed")
    absence = _said(detail, "leave")
    said = {name: _value(visitor, name, detail[name]) for name in ("hours", "rank") if name in detail}
    if "start" in absence:
        said["hours"] = entries.stretch(visitor, *_edges(absence), zone)
    for name, shown in said.items():
        yield Change(label(visitor, name), shown if gone else "", "" if gone else shown)


def _rungs(visitor: Visitor, detail: Mapping[str, Any]) -> Iterator[Change]:
    """Each rung that was, or is, not as before; one that this release cannot read stays unsaid."""
    before, after = (rungs_shown.in_words(visitor, detail, side) for side in ("before", "after"))
    for name in dict.fromkeys((*before, *after)):
        (was_at, was), (now_at, now) = (side.get(name, (0, "")) for side in (before, after))
        if was != now:
            yield Change(visitor.say("ladders.rung_number", number=now_at or was_at), was, now)


def _edges(said: Mapping[str, Any]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(str(said["start"])), datetime.fromisoformat(str(said["end"]))


def label(visitor: Visitor, name: str) -> str:
    """A field by its name; one that this release does not know stands as it is."""
    key = f"trail.field_{name}"
    return visitor.say(key) if key in texts.keys("trail") else name


def _shift_or_name(visitor: Visitor, said: Mapping[str, Any], zone: str, side: str) -> Change:
    """A shift of the rota, or an entry that has nothing but a name."""
    if "start" not in said:
        shown = str(said.get("name", ""))
    else:
        hours = entries.stretch(visitor, *_edges(said), zone)
        shown = visitor.say("trail.shift", person=said.get("person", ""), rank=said.get("rank", ""), hours=hours)
    gone = side == "removed"
    return Change(visitor.say(f"trail.{side}"), shown if gone else "", "" if gone else shown)


def _clock(visitor: Visitor, said: str) -> str:
    try:
        return kinds_form.clock_words(visitor, clocks.parse(said))
    except clocks.BadClock:  # another release may know more
        return said


def _value(visitor: Visitor, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return visitor.say("directories.yes" if value else "directories.no")
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    said = "" if value is None else str(value)
    if name == "clock":
        return _clock(visitor, said)
    if name in ("role", "team") and said in ROLES:  # of a line; accounts have a role too
        return visitor.say(f"kinds.role_{said}")
    if name == "unknown_senders":
        return visitor.say(f"sorting.unknown_senders_{said}")
    if name in ("phone", "phones", "switchboard"):
        return "; ".join(numbers.national(each) for each in said.split("; "))
    if name in ("opening", "hours"):
        return opening_words.shown(said, visitor.language) or visitor.say("trail.always")
    return said


def _said(detail: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    found = detail.get(side)
    return found if isinstance(found, Mapping) else {}


def _several(detail: Mapping[str, Any], side: str) -> Sequence[Mapping[str, Any]]:
    found = detail.get(side)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
