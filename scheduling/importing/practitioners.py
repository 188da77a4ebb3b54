"""Import of practitioners (GPs): by RPPS, else by phone, else by name and place. Several may share a number.

A list that somebody kept elsewhere names doctors who are on file already. Who is taken for whom, and who looks like
somebody without being taken for him, is told line by line, in a dry run too. The list is read and checked before the
register is looked at: that takes a long list longer than anything else.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from config import numbers
from config.numbers import PARIS
from scheduling import store
from scheduling.folding import fold
from scheduling.importing import contacts, in_bulk
from scheduling.importing.in_bulk import Overtaken
from scheduling.importing.matching import Draft, Register, match, resembled, taken_by_name_alone
from scheduling.importing.sheet import Columns, Findings, Line, Report, read
from scheduling.store import Practitioner

PARTNERS: Final = ("postcode", "mssante", "preferred", "reach")
COLUMNS = Columns(required=("name", "phone"), optional=("email", "rpps", "practice", *PARTNERS))
Handle = str | tuple[str, ...]  # an RPPS, a number (E.164), the words of a name
_TRIES: Final = 3  # of writing, when others write too
# As lists say it, folded; what the register keeps.
PREFERRED: Final[Mapping[str, str]] = {
    "": "",
    **dict.fromkeys(("sms", "texto"), "sms"),
    **dict.fromkeys(("email", "e mail", "mail", "courriel"), "email"),
    "mssante": "mssante",
    **dict.fromkeys(("call", "appel", "telephone"), "call"),
}
REACH: Final[Mapping[str, str]] = {
    "": "",
    **dict.fromkeys(("now", "maintenant"), "now"),
    **dict.fromkeys(("noon", "midi", "12 14"), "noon"),
    **dict.fromkeys(("evening", "soir", "apres 18"), "evening"),
}


@dataclass(frozen=True)
class Read:
    """A list that was read, before anybody on file is looked up: what it says, and what is wrong with it."""

    drafts: tuple[Draft, ...]
    findings: Findings


@dataclass(frozen=True)
class Change:
    """What the list made of an entry; `before` None: it was not on file."""

    before: Practitioner | None
    after: Practitioner


def import_practitioners(connection: Connection, data: bytes) -> Report:
    """Create or change the practitioners of the file; a row says all the numbers of its practitioner."""
    report, _ = take_over(connection, read_practitioners(data, zones(connection)))
    return report


def zones(connection: Connection) -> list[str]:
    """Where our hospitals stand: a number must mean the same in each of these zones."""
    return sorted({hospital.timezone for hospital in store.hospitals(connection)}) or [PARIS]


def read_practitioners(data: bytes, zones: Sequence[str]) -> Read:
    """Read and check the file. Nothing of the register is needed: where one is open, nothing waits for this."""
    findings = Findings()
    drafts = tuple(_draft(line, zones, findings) for line in read(data, COLUMNS, findings))
    _check_together(drafts, findings)
    return Read(drafts, findings)


def take_over(connection: Connection, said: Read) -> tuple[Report, list[Change]]:
    """Create or change the practitioners of a list that was read: all of it, or nothing when anything is wrong."""
    if said.findings.errors:
        return said.findings.refusal(), []
    if not in_bulk.alone(connection):
        said.findings.error(0, "under_way")
        return said.findings.refusal(), []
    for _ in range(_TRIES):
        try:
            with connection.begin_nested():
                return _taken_over(connection, said)
        except (IntegrityError, Overtaken):
            # Meanwhile somebody was put on file with an RPPS of the list, or was taken out: now that shows.
            continue
    said.findings.error(0, "overtaken")
    return said.findings.refusal(), []


def _taken_over(connection: Connection, said: Read) -> tuple[Report, list[Change]]:
    register = Register(store.practitioners(connection))
    matches = match(said.drafts, register)
    told = Findings(warnings=list(said.findings.warnings))
    _tell(said.drafts, matches, register, told)
    changes = _write(connection, said.drafts, matches)
    created = len(said.drafts) - len(matches)
    changed = len(changes) - created
    return Report(created, changed, len(matches) - changed, warnings=tuple(sorted(told.warnings))), changes


def _tell(drafts: Sequence[Draft], matches: Mapping[int, Practitioner], register: Register, findings: Findings) -> None:
    """Who is taken for somebody by less than a number, and who is new but looks like somebody on file."""
    for draft in drafts:
        known = matches.get(draft.line)
        if known is None:
            like = resembled(draft, register)
            if like is not None:
                findings.warn(draft.line, "looks_like", name=like.name)
        elif taken_by_name_alone(draft, known):
            findings.warn(draft.line, "taken_for", name=known.name, postcode=known.postcode)


def _write(connection: Connection, drafts: Sequence[Draft], matches: Mapping[int, Practitioner]) -> list[Change]:
    """Write what the rows say; what it changed."""
    new = [_entry(draft) for draft in drafts if draft.line not in matches]
    said = ((known, _said(draft, known)) for draft in drafts if (known := matches.get(draft.line)) is not None)
    changed = [(before, after) for before, after in said if before != after]
    in_bulk.change(connection, changed)
    created = in_bulk.create(connection, new)
    return [Change(None, after) for after in created] + [Change(before, after) for before, after in changed]


def _entry(draft: Draft) -> Practitioner:
    """Of somebody new, who has no id yet."""
    details: Mapping[str, Any] = draft.details
    return replace(Practitioner(0, draft.name, "", draft.rpps, "", draft.phones), **details)


def _said(draft: Draft, known: Practitioner) -> Practitioner:
    """What a row makes of him. A column that the file has not, and an RPPS that it does not say leave what is known."""
    details: Mapping[str, Any] = draft.details
    return replace(known, name=draft.name, phones=draft.phones, rpps=draft.rpps or known.rpps, **details)


def _draft(line: Line, zones: Sequence[str], findings: Findings) -> Draft:
    phones = [phone(text, zones, line.number, findings) for text in line.items("phone")]
    details = {column: line[column] for column in ("email", "practice", "mssante") if line.has(column)}
    for column in ("email", "mssante"):
        contacts.email(line[column], line.number, column, findings)
    known_phones = tuple(dict.fromkeys(phone for phone in phones if phone))
    return Draft(line.number, line["name"], known_phones, _rpps(line, findings), details | _partner(line, findings))


def _partner(line: Line, findings: Findings) -> dict[str, str]:
    """Where he works, and how and when he wants to be reached: what the file says of it, as the register keeps it."""
    said = {}
    if line.has("postcode"):
        said["postcode"] = postcode(line, findings)
    for column, words in (("preferred", PREFERRED), ("reach", REACH)):
        if line.has(column):
            said[column] = words.get(fold(line[column]), "")
            if fold(line[column]) not in words:
                findings.error(line.number, "unknown_word", column=column, said=line[column])
    return said


def postcode(line: Line, findings: Findings) -> str:
    """Five digits of a cell, or none; Excel takes the 0 of 01000 away."""
    said = line["postcode"].replace(" ", "")
    padded = f"0{said}" if re.fullmatch(r"[0-9]{4}", said) else said
    if padded and re.fullmatch(r"[0-9]{5}", padded) is None:
        findings.error(line.number, "postcode")
    return padded


def phone(text: str, zones: Sequence[str], line: int, findings: Findings) -> str | None:
    """E.164. A practice has no zone of its own: its number must mean the same wherever our hospitals can read it."""
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
        same_person = [(draft.called, draft.rpps, phone) for phone in draft.phones]
        for key in (*same_person, *([draft.rpps] if draft.rpps else [])):
            if first.setdefault(key, draft.line) != draft.line:
                findings.error(draft.line, "same_practitioner", line=first[key])
