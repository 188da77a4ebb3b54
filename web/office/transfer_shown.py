"""The preview of a file as its page shows it: what is wrong in sentences, what would change in the order of days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.dates import format_date

from config import texts
from scheduling.importing.preview import Open, Preview
from scheduling.importing.said import BadFile, Fault, Place
from scheduling.planning import wording
from scheduling.rota import Shift

MOST = 600  # lines of the table: beyond, the counts tell


@dataclass(frozen=True)
class Line:
    """A shift that comes, leaves or stays."""

    how: str  # added, removed, kept
    day: str
    hours: str
    rank: int
    name: str


@dataclass(frozen=True)
class Shown:
    """Everything that is said of a preview, in a language."""

    preview: Preview
    name: str
    timezone: str
    language: str

    @property
    def faults(self) -> list[str]:
        """What is wrong in the file."""
        return [self._said("fault", fault) for fault in self.preview.faults]

    @property
    def notes(self) -> list[str]:
        """What is worth telling."""
        return [self._said("note", note) for note in self.preview.notes]

    @property
    def counts(self) -> dict[str, int]:
        """How many come, leave, stay."""
        plan = self.preview.plan
        return {"added": len(plan.added), "removed": len(plan.removed), "kept": len(plan.kept)}

    @property
    def more(self) -> int:
        """Lines that the table leaves out."""
        return max(0, sum(self.counts.values()) - MOST)

    @property
    def days(self) -> list[tuple[str, list[Line]]]:
        """What comes, leaves and stays, by the day it begins."""
        plan = self.preview.plan
        told = [
            *(("removed", held.shift) for held in plan.removed),
            *(("added", shift) for shift in plan.added),
            *(("kept", held.shift) for held in plan.kept),
        ]
        in_order = sorted(told, key=lambda one: (one[1].start, one[1].rank))[:MOST]
        lines = (self._line(how, shift) for how, shift in in_order)
        return [(day, list(group)) for day, group in groupby(lines, key=lambda line: line.day)]

    def where(self, name: Open) -> str:
        """Where a name stands: the first places, and how many more."""
        named = ", ".join(self._place(place) for place in name.places)
        return named if name.count <= len(name.places) else f"{named}…"

    def _said(self, what: str, fault: Fault) -> str:
        values = {name: self._written(value) for name, value in fault.values.items()}
        sentence = texts.say(f"transfer.{what}_{fault.code}", self.language, **values)
        place = self._place(fault.place)
        return texts.say("transfer.at", self.language, place=place, sentence=sentence) if place else sentence

    def _place(self, place: Place) -> str:
        return texts.say(f"transfer.place_{place.kind}", self.language, name=place.name) if place.name else ""

    def _written(self, value: object) -> object:
        match value:
            case (datetime() as start, datetime() as end):
                return wording.hours(start, end, ZoneInfo(self.timezone), self.language)
            case Place():
                return self._place(value)
            case _:
                return value

    def _line(self, how: str, shift: Shift) -> Line:
        zone = ZoneInfo(self.timezone)
        start = shift.start.astimezone(zone)
        day = format_date(start.date(), "EEEE d MMMM y", locale=self.language)
        return Line(how, day, " – ".join(self._clocks(shift)), shift.rank, shift.person.name)

    def _clocks(self, shift: Shift) -> Iterator[str]:
        zone = ZoneInfo(self.timezone)
        start, end = shift.start.astimezone(zone), shift.end.astimezone(zone)
        yield wording.clock(start, self.language)
        days = (end.date() - start.date()).days
        after = texts.say("transfer.days_after", self.language, count=days) if days else ""
        yield f"{wording.clock(end, self.language)} {after}".strip()


def bad_file(reason: BadFile, language: str) -> str:
    """Why a file cannot be read at all, and what to do."""
    values: Mapping[str, object] = reason.values
    return texts.say(f"transfer.file_{reason.code}", language, **values)
