"""What somebody typed into a form: read field by field, all faults at once; and what was shown to him when he typed."""

import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from hashlib import sha256
from typing import Any

from config import numbers
from scheduling.planning.trail import Entry

LONGEST = 200  # characters of a line of text
_ADDRESS = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@.,;<>]+")


@dataclass(frozen=True)
class Fault:
    """Why a field is refused: `directories.fault_<code>` of the catalogue says it."""

    name: str  # of the field
    code: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Notice:
    """Something allowed that he should know of: `directories.notice_<code>` of the catalogue says it."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Refused:
    """Nothing was saved, because of these."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Stale:
    """Nothing was saved: the entry is not what he was shown. `change` is who changed it meanwhile, as far as known."""

    change: Entry | None


@dataclass(frozen=True)
class Saved:
    """It is saved under this id; `changed` False: it said already what he typed."""

    id: int
    changed: bool


class Form:
    """The fields of a form and the faults found in them so far."""

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values = values
        self.faults: list[Fault] = []

    def fault(self, field_name: str, code: str, /, **values: object) -> None:
        """This field is refused."""
        self.faults.append(Fault(field_name, code, values))

    def several(self, name: str) -> list[str]:
        """What the fields of this name say, blanks tidied, empty ones left out."""
        return [said for value in self._values.get(name, ()) if (said := _tidy(value))]

    def lines(self, name: str) -> str:
        """A text of several lines, each tidied."""
        typed = "\n".join(self._values.get(name, ()))
        return "\n".join(said for line in typed.splitlines() if (said := _tidy(line)))

    def text(self, name: str, *, required: bool = False, longest: int = LONGEST) -> str:
        """One line of text."""
        said = next(iter(self.several(name)), "")
        if required and not said:
            self.fault(name, "empty")
        if len(said) > longest:
            self.fault(name, "too_long", longest=longest)
        return said

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.several(name))

    def one_of(self, name: str, known: Collection[int], *, required: bool = False) -> int | None:
        """The id that was chosen; none, when nothing was."""
        said = self.text(name, required=required)
        chosen = int(said) if re.fullmatch(r"\d{1,9}", said) else None
        if said and chosen not in known:
            self.fault(name, "unknown_choice")
        return chosen

    def some_of(self, name: str, known: Collection[int]) -> frozenset[int]:
        """The ids that were ticked, of those he may tick."""
        ticked = {int(said) for said in self.several(name) if re.fullmatch(r"\d{1,9}", said)}
        return frozenset(ticked & set(known))

    def email(self, name: str) -> str:
        """An e-mail address, or none."""
        said = self.text(name)
        if said and _ADDRESS.fullmatch(said) is None:
            self.fault(name, "email")
        return said

    def phone(self, name: str, zones: Collection[str], *, required: bool = False) -> str | None:
        """E.164 of a field."""
        said = self.text(name, required=required)
        return self.number(name, said, zones) if said else None

    def number(self, name: str, said: str, zones: Collection[str]) -> str | None:
        """E.164 of a number that must mean the same in all of these zones."""
        read_as, refusal = read_number(said, zones)
        if refusal is not None:
            self.fault(name, f"number_{refusal.code}", owner=refusal.owner)
        return read_as


def read_number(said: str, zones: Collection[str]) -> tuple[str | None, numbers.BadNumber | None]:
    """What a number is wherever it is read, or why it cannot be used."""
    found: set[str] = set()
    refusals: list[numbers.BadNumber] = []
    for zone in sorted(zones) or [numbers.PARIS]:
        try:
            found.add(numbers.parse(said, zone))
        except numbers.BadNumber as refusal:
            refusals.append(refusal)
    if len(found) == 1:
        return found.pop(), None
    return None, numbers.BadNumber("no_country") if found else refusals[0]


def fingerprint(entry: object) -> str:
    """Sixteen digits that change with anything the entry says."""
    if not is_dataclass(entry) or isinstance(entry, type):
        raise TypeError("only what an entry says has a fingerprint")
    said = json.dumps(asdict(entry), sort_keys=True, default=_plain)
    return sha256(said.encode()).hexdigest()[:16]


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What changed, as the trail keeps it: {"before": {…}, "after": {…}}, of the fields that differ."""
    differs = [name for name in after if before.get(name) != after[name]]
    if not differs:
        return {}
    return {"before": {name: before.get(name) for name in differs}, "after": {name: after[name] for name in differs}}


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not what an entry holds")


def _tidy(value: str) -> str:
    seen = "".join(c if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf") else " " for c in value)
    return unicodedata.normalize("NFC", " ".join(seen.split()))
