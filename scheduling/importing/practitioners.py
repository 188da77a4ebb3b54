"""Import of practitioners (GPs): by RPPS, else by phone. Several may share a practice's number."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, update

from config import numbers
from config.numbers import PARIS
from scheduling import store
from scheduling import tables as t
from scheduling.importing import contacts
from scheduling.importing.sheet import Columns, Findings, Line, Report, read
from scheduling.store import Practitioner

COLUMNS = Columns(required=("name", "phone"), optional=("email", "rpps", "practice"))


@dataclass(frozen=True)
class Draft:
    """A row that could be read; None: the file has no such column."""

    line: int
    name: str
    phones: tuple[str, ...]  # E.164, the preferred one first
    rpps: str | None
    details: Mapping[str, str]  # email, practice: those the file has


def import_practitioners(connection: Connection, data: bytes) -> Report:
    """Create or change the practitioners of the file; a row says all the numbers of its practitioner."""
    findings = Findings()
    zones = sorted({hospital.timezone for hospital in store.hospitals(connection)}) or [PARIS]
    drafts = [_draft(line, zones, findings) for line in read(data, COLUMNS, findings)]
    _check_together(drafts, findings)
    if findings.errors:
        return findings.refusal()
    matches = match(drafts, store.practitioners(connection))
    changed = sum(_write(connection, draft, matches.get(draft.line)) for draft in drafts)
    created = len(drafts) - len(matches)
    changed -= created
    return Report(created, changed, len(matches) - changed, warnings=tuple(sorted(findings.warnings)))


def match(drafts: Sequence[Draft], known: Iterable[Practitioner]) -> dict[int, Practitioner]:
    """Which practitioner on file each row (by line) is about; absent: a new one.

    1. The same RPPS. 2. The same name and a common phone, unless both have an RPPS. 3. A common phone, when neither has
    an RPPS and no other row is about that practitioner: a name was corrected. Two doctors of one practice stay two.
    """
    register = _Register(known)
    found: dict[int, Practitioner] = {}
    for is_same in (_same_rpps, _same_name_and_phone, _same_phone):
        for draft in (draft for draft in drafts if draft.line not in found):
            candidate = next((one for one in register.candidates(draft) if is_same(draft, one)), None)
            if candidate is not None:
                found[draft.line] = candidate
                register.matched.add(candidate.id)
    return found


class _Register:
    """Practitioners on file, found by RPPS and by phone, until they are matched."""

    def __init__(self, known: Iterable[Practitioner]) -> None:
        self.matched: set[int] = set()
        self._by_handle: dict[str, list[Practitioner]] = {}
        for practitioner in known:
            for handle in (practitioner.rpps or "", *practitioner.phones):
                self._by_handle.setdefault(handle, []).append(practitioner)

    def candidates(self, draft: Draft) -> list[Practitioner]:
        handles = [*([draft.rpps] if draft.rpps else []), *draft.phones]
        found = {one.id: one for handle in handles for one in self._by_handle.get(handle, [])}
        return [one for one in found.values() if one.id not in self.matched]


def _same_rpps(draft: Draft, known: Practitioner) -> bool:
    return draft.rpps is not None and draft.rpps == known.rpps


def _same_name_and_phone(draft: Draft, known: Practitioner) -> bool:
    different = draft.rpps is not None and known.rpps is not None
    return not different and draft.name.casefold() == known.name.casefold() and _share_a_phone(draft, known)


def _same_phone(draft: Draft, known: Practitioner) -> bool:
    return draft.rpps is None and known.rpps is None and _share_a_phone(draft, known)


def _share_a_phone(draft: Draft, known: Practitioner) -> bool:
    return not set(draft.phones).isdisjoint(known.phones)


def _draft(line: Line, zones: Sequence[str], findings: Findings) -> Draft:
    phones = [_phone(text, zones, line.number, findings) for text in line.items("phone")]
    details = {column: line[column] for column in ("email", "practice") if line.has(column)}
    contacts.email(line["email"], line.number, "email", findings)
    known_phones = tuple(dict.fromkeys(phone for phone in phones if phone))
    return Draft(line.number, line["name"], known_phones, _rpps(line, findings), details)


def _phone(text: str, zones: Sequence[str], line: int, findings: Findings) -> str | None:
    """A practice has no zone of its own: the number must mean the same wherever our hospitals can read it."""
    read_as: set[str] = set()
    reasons: list[numbers.BadNumber] = []
    for zone in zones:
        try:
            read_as.add(numbers.parse(text, zone))
        except numbers.BadNumber as reason:
            reasons.append(reason)
    if len(read_as) == 1:
        return read_as.pop()
    refusal = numbers.BadNumber("no_country") if read_as else reasons[0]
    findings.error(line, f"number_{refusal.code}", column="phone", owner=refusal.owner)
    return None


def _rpps(line: Line, findings: Findings) -> str | None:
    digits = line["rpps"].replace(" ", "")
    if digits and re.fullmatch(r"[0-9]{11}", digits) is None:
        findings.error(line.number, "rpps")
    elif digits and not luhn(digits):
        findings.warn(line.number, "luhn")  # invented samples exist: told, not refused
    return digits or None


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _check_together(drafts: Sequence[Draft], findings: Findings) -> None:
    """The same RPPS, or the same name and number, on two rows."""
    first: dict[Any, int] = {}
    for draft in drafts:
        same_person = [(draft.name.casefold(), draft.rpps, phone) for phone in draft.phones]
        for key in (*same_person, *([draft.rpps] if draft.rpps else [])):
            if first.setdefault(key, draft.line) != draft.line:
                findings.error(draft.line, "same_practitioner", line=first[key])


def _write(connection: Connection, draft: Draft, known: Practitioner | None) -> bool:
    """Write what the row says; whether anything differed."""
    said: dict[str, Any] = {"name": draft.name, **draft.details}
    if draft.rpps is not None:
        said["rpps"] = draft.rpps
    if known is None:
        new_row = insert(t.practitioners).values(**said).returning(t.practitioners.c.id)
        practitioner_id = connection.execute(new_row).scalar_one()
        _write_phones(connection, practitioner_id, draft.phones)
        return True
    new = {column: value for column, value in said.items() if getattr(known, column) != value}
    if new:
        connection.execute(update(t.practitioners).where(t.practitioners.c.id == known.id).values(**new))
    if draft.phones != known.phones:
        _write_phones(connection, known.id, draft.phones)
    return bool(new) or draft.phones != known.phones


def _write_phones(connection: Connection, practitioner_id: int, phones: Sequence[str]) -> None:
    theirs = t.practitioner_phones.c.practitioner_id == practitioner_id
    connection.execute(delete(t.practitioner_phones).where(theirs))
    rows = [
        {"practitioner_id": practitioner_id, "phone": phone, "position": position}
        for position, phone in enumerate(phones)
    ]
    connection.execute(insert(t.practitioner_phones), rows)
