"""What a file says of a rota, before anybody is looked up in the register; and what is wrong with it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scheduling.planning.patterns import Template


class BadFile(Exception):
    """The file cannot be read at all: `transfer.file_<code>` of the catalogue says why, and what to do."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Place:
    """Where in the file: kind "line", "cell", "event", "sheet" or "file" (`transfer.place_<kind>`), and which."""

    kind: str
    name: str


@dataclass(frozen=True)
class Fault:
    """What is wrong (`transfer.fault_<code>`), or merely worth telling (`transfer.note_<code>`)."""

    place: Place
    code: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Who:
    """Whom a row names. `text` is as the file has it; in a `sentence` the name is somewhere among other words."""

    text: str
    phone: str = ""  # E.164
    emails: tuple[str, ...] = ()
    sentence: bool = False


@dataclass(frozen=True)
class Row:
    """One shift as the file says it, from `start` to before `end` (UTC)."""

    place: Place
    who: Who
    rank: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Parsed:
    """All that a file says: its shifts, what is wrong, what is worth telling."""

    rows: tuple[Row, ...] = ()
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What the reader of a file must know of the ward, and what of the file is wanted: `start` to before `end` (UTC).

    `hand_over` (minutes after midnight) is when one takes over from the other where a file tells days alone.
    """

    slug: str
    name: str
    timezone: str
    start: datetime
    end: datetime
    hand_over: int = 8 * 60 + 30
    templates: tuple[Template, ...] = ()

    def wants(self, start: datetime, end: datetime) -> bool:
        """Whether a shift touches what is wanted."""
        return start < self.end and end > self.start


@dataclass
class Finding:
    """Collects what is read, what is wrong and what is worth telling."""

    asked: Asked
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    outside: int = 0

    def fault(self, place: Place, code: str, **values: object) -> None:
        """Nothing of the file is taken over because of this."""
        self.faults.append(Fault(place, code, values))

    def note(self, place: Place, code: str, **values: object) -> None:
        """Worth telling; the import goes on."""
        self.notes.append(Fault(place, code, values))

    def row(self, row: Row) -> None:
        """A shift, if it is wanted."""
        if row.end <= row.start:
            self.fault(row.place, "ends_before_start")
        elif self.asked.wants(row.start, row.end):
            self.rows.append(row)
        else:
            self.outside += 1

    def parsed(self) -> Parsed:
        """All of it, each thing once."""
        if self.outside:
            self.note(Place("file", ""), "outside", count=self.outside)
        return Parsed(tuple(self.rows), _each_once(self.faults), _each_once(self.notes))


def _each_once(faults: list[Fault]) -> tuple[Fault, ...]:
    return tuple({(fault.place, fault.code, str(fault.values)): fault for fault in faults}.values())
