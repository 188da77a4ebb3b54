"""Import of practices and health centres: by FINESS, else by name and a common number or the place."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from config.numbers import PARIS
from scheduling import practices, store
from scheduling.folding import fold
from scheduling.importing.practitioners import Handle, phone, postcode
from scheduling.importing.sheet import Columns, Findings, Line, Report, read
from scheduling.likeness import bare
from scheduling.practices import KINDS, Entry, Practice
from scheduling.store import Practitioner

Doctors = Mapping[Handle, Sequence[Practitioner]]
COLUMNS = Columns(required=("name", "phone"), optional=("kind", "postcode", "town", "finess", "members"))


@dataclass(frozen=True)
class Draft:
    """A row that could be read; a column that the file has not is in `silent`, and keeps what is known."""

    line: int
    entry: Entry
    silent: frozenset[str]


def import_practices(connection: Connection, data: bytes) -> Report:
    """Create or change the practices of the file; a row says all the numbers and doctors of its practice."""
    findings = Findings()
    zones = sorted({hospital.timezone for hospital in store.hospitals(connection)}) or [PARIS]
    doctors = _by_handle(store.practitioners(connection))
    drafts = [_draft(line, zones, doctors, findings) for line in read(data, COLUMNS, findings)]
    matches = match(drafts, practices.every(connection))
    _check_together(drafts, matches, findings)
    if findings.errors:
        return findings.refusal()
    changed = 0
    for draft in drafts:
        changed += _write(connection, draft, matches.get(draft.line))
    created = len(drafts) - len(matches)
    warnings = tuple(sorted(findings.warnings))
    return Report(created, changed - created, len(drafts) - changed, warnings=warnings)


def match(drafts: Iterable[Draft], known: Sequence[Practice]) -> dict[int, Practice]:
    """Which practice on file each row (by line) is about; absent: a new one."""
    found: dict[int, Practice] = {}
    for draft in drafts:
        same = next((one for one in known if _is_same(draft.entry, one.entry)), None)
        if same is not None:
            found[draft.line] = same
    return found


def _is_same(a: Entry, b: Entry) -> bool:
    if a.finess and b.finess:
        return a.finess == b.finess
    near = (a.postcode and a.postcode == b.postcode) or not set(a.phones).isdisjoint(b.phones)
    return fold(a.name) == fold(b.name) and bool(near)


def _check_together(drafts: Sequence[Draft], matches: Mapping[int, Practice], findings: Findings) -> None:
    """Two rows about one practice."""
    for place, draft in enumerate(drafts):
        for earlier in drafts[:place]:
            one, other = matches.get(draft.line), matches.get(earlier.line)
            if _is_same(draft.entry, earlier.entry) or (one is not None and one == other):
                findings.error(draft.line, "same_practice", line=earlier.line)
                break


def _draft(line: Line, zones: Sequence[str], doctors: Doctors, findings: Findings) -> Draft:
    phones = [phone(text, zones, line.number, findings) for text in line.items("phone")]
    entry = Entry(
        name=line["name"],
        kind=_kind(line, findings),
        postcode=postcode(line, findings),
        town=line["town"],
        finess=_finess(line, findings),
        phones=tuple(dict.fromkeys(each for each in phones if each)),
        members=_members(line, zones, doctors, findings),
    )
    return Draft(line.number, entry, frozenset(column for column in COLUMNS.optional if not line.has(column)))


_KINDS = {"": KINDS[0], **{fold(kind.replace("_", " ")): kind for kind in KINDS}}
_KINDS |= {"cabinet": "practice", "centre de sante": "health_centre", "maison de sante": "group", "msp": "group"}


def _kind(line: Line, findings: Findings) -> str:
    said = fold(line["kind"])
    if said not in _KINDS:
        findings.error(line.number, "unknown_word", column="kind", said=line["kind"])
    return _KINDS.get(said, KINDS[0])


def _finess(line: Line, findings: Findings) -> str | None:
    digits = line["finess"].replace(" ", "")
    if digits and re.fullmatch(r"[0-9]{9}", digits) is None:
        findings.error(line.number, "finess")
    return digits or None


def _by_handle(known: Iterable[Practitioner]) -> Doctors:
    found: dict[Handle, list[Practitioner]] = {}
    for one in known:
        named: list[Handle] = [one.rpps or "", *one.phones, bare(one.name)]
        for handle in named:
            found.setdefault(handle, []).append(one)
    return found


def handles(known: Sequence[Practitioner]) -> dict[int, str]:
    """How a file names each doctor (by id) so that it is read back: his RPPS, a number of his alone, his name."""
    doctors = _by_handle(known)
    return {
        one.id: one.rpps or next((each for each in one.phones if len(doctors[each]) == 1), one.name) for one in known
    }


def _members(line: Line, zones: Sequence[str], doctors: Doctors, findings: Findings) -> frozenset[int]:
    """Its doctors, each by his RPPS, a number that is his alone, or his name."""
    found = set()
    for said in line.items("members"):
        handle = _handle(said, zones, line.number, findings)
        meant = doctors.get(handle, []) if handle else []
        if len(meant) == 1:
            found.add(meant[0].id)
        elif handle:
            findings.error(line.number, "member_several" if meant else "member_none", said=said)
    return frozenset(found)


def _handle(said: str, zones: Sequence[str], line: int, findings: Findings) -> Handle | None:
    digits = said.replace(" ", "")
    if re.fullmatch(r"[0-9]{11}", digits):
        return digits
    return bare(said) if any(letter.isalpha() for letter in said) else phone(said, zones, line, findings)


def _write(connection: Connection, draft: Draft, known: Practice | None) -> bool:
    """Write what the row says; whether anything differed."""
    if known is None:
        practices.write(connection, None, draft.entry)
        return True
    kept = {column: getattr(known.entry, column) for column in draft.silent}
    entry = replace(draft.entry, **kept)
    if entry != known.entry:
        practices.write(connection, known.id, entry)
    return entry != known.entry
