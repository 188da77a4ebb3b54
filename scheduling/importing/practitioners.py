"""Import of practitioners (GPs): by RPPS, else by phone, else by name and place. Several may share a number.

A list that somebody kept elsewhere names doctors who are on file already. Who is taken for whom, and who looks like
somebody without being taken for him, is told line by line, in a dry run too.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, update

from config import numbers
from config.numbers import PARIS
from scheduling import likeness, store
from scheduling import tables as t
from scheduling.folding import fold
from scheduling.importing import contacts
from scheduling.importing.sheet import Columns, Findings, Line, Report, read
from scheduling.likeness import Sign, Traits, bare
from scheduling.store import Practitioner

PARTNERS: Final = ("postcode", "mssante", "preferred", "reach")
COLUMNS = Columns(required=("name", "phone"), optional=("email", "rpps", "practice", *PARTNERS))
Handle = str | tuple[str, ...]  # an RPPS, a number (E.164), the words of a name
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
class Draft:
    """A row that could be read; None: the file has no such column."""

    line: int
    name: str
    phones: tuple[str, ...]  # E.164, the preferred one first
    rpps: str | None
    details: Mapping[str, str]  # email, practice, postcode …: those the file has

    @property
    def traits(self) -> Traits:
        """What it can be known by."""
        return Traits(self.name, frozenset(self.phones), self.rpps, self.details.get("postcode", ""))


def import_practitioners(connection: Connection, data: bytes) -> Report:
    """Create or change the practitioners of the file; a row says all the numbers of its practitioner."""
    findings = Findings()
    zones = sorted({hospital.timezone for hospital in store.hospitals(connection)}) or [PARIS]
    drafts = [_draft(line, zones, findings) for line in read(data, COLUMNS, findings)]
    _check_together(drafts, findings)
    if findings.errors:
        return findings.refusal()
    known = store.practitioners(connection)
    matches = match(drafts, known)
    _tell(drafts, matches, known, findings)
    changed = sum(_write(connection, draft, matches.get(draft.line)) for draft in drafts)
    created = len(drafts) - len(matches)
    changed -= created
    return Report(created, changed, len(matches) - changed, warnings=tuple(sorted(findings.warnings)))


def match(drafts: Sequence[Draft], known: Iterable[Practitioner]) -> dict[int, Practitioner]:
    """Which practitioner on file each row (by line) is about; absent: a new one.

    1. The same RPPS. 2. The same name and a common phone, unless both have an RPPS. 3. A common phone, when neither has
    an RPPS and no other row is about that practitioner: a name was corrected. Two doctors of one practice stay two.
    4. The same name and postcode, unless both have an RPPS or several are called so there.
    """
    register = _Register(known)
    found: dict[int, Practitioner] = {}
    for is_same in (_same_rpps, _same_name_and_phone, _same_phone, _same_name_and_place):
        for draft in (draft for draft in drafts if draft.line not in found):
            candidates = [one for one in register.candidates(draft) if is_same(draft, one)]
            if candidates and not (is_same is _same_name_and_place and len(candidates) > 1):
                found[draft.line] = candidates[0]
                register.matched.add(candidates[0].id)
    return found


class _Register:
    """Practitioners on file, found by RPPS, by phone and by name, until they are matched."""

    def __init__(self, known: Iterable[Practitioner]) -> None:
        self.matched: set[int] = set()
        self._by_handle: dict[Handle, list[Practitioner]] = {}
        for practitioner in known:
            handles: list[Handle] = [practitioner.rpps or "", *practitioner.phones, bare(practitioner.name)]
            for handle in handles:
                self._by_handle.setdefault(handle, []).append(practitioner)

    def candidates(self, draft: Draft) -> list[Practitioner]:
        handles: list[Handle] = [*([draft.rpps] if draft.rpps else []), *draft.phones, bare(draft.name)]
        found = {one.id: one for handle in handles for one in self._by_handle.get(handle, [])}
        return [one for one in found.values() if one.id not in self.matched]


def _same_rpps(draft: Draft, known: Practitioner) -> bool:
    return draft.rpps is not None and draft.rpps == known.rpps


def _same_name_and_phone(draft: Draft, known: Practitioner) -> bool:
    different = draft.rpps is not None and known.rpps is not None
    return not different and bare(draft.name) == bare(known.name) and _share_a_phone(draft, known)


def _same_phone(draft: Draft, known: Practitioner) -> bool:
    return draft.rpps is None and known.rpps is None and _share_a_phone(draft, known)


def _same_name_and_place(draft: Draft, known: Practitioner) -> bool:
    return likeness.sign(draft.traits, Traits.of(known)) is Sign.NAME_AND_POSTCODE


def _share_a_phone(draft: Draft, known: Practitioner) -> bool:
    return not set(draft.phones).isdisjoint(known.phones)


def _tell(
    drafts: Sequence[Draft], matches: Mapping[int, Practitioner], known: Sequence[Practitioner], findings: Findings
) -> None:
    """Who is taken for somebody by less than a number, and who is new but looks like somebody on file."""
    register = _Register(known)
    for draft in drafts:
        taken_for = matches.get(draft.line)
        if taken_for is None:
            like = likeness.alike(draft.traits, register.candidates(draft))
            # A number alone is nothing to wonder at: practices share theirs.
            if like and like[0].sign is not Sign.PHONE:
                findings.warn(draft.line, "looks_like", name=like[0].one.name)
        elif likeness.sign(draft.traits, Traits.of(taken_for)) is Sign.NAME_AND_POSTCODE and not _share_a_phone(
            draft, taken_for
        ):
            findings.warn(draft.line, "taken_for", name=taken_for.name, postcode=taken_for.postcode)


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
        same_person = [(bare(draft.name), draft.rpps, phone) for phone in draft.phones]
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
