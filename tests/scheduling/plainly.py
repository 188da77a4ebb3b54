"""The slow plain way to import practitioners, row by row: what the quick one must answer, to the letter."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, update

from scheduling import likeness, store
from scheduling import tables as t
from scheduling.importing.matching import Draft
from scheduling.importing.practitioners import read_practitioners, zones
from scheduling.importing.sheet import Findings, Report
from scheduling.likeness import Sign, Traits, bare
from scheduling.store import Practitioner


def import_plainly(connection: Connection, data: bytes) -> Report:
    """Each row is compared with everybody who has an RPPS, a number or a name of his, and written by itself."""
    said = read_practitioners(data, zones(connection))
    findings = said.findings
    if findings.errors:
        return findings.refusal()
    known = store.practitioners(connection)
    matches = match(said.drafts, known)
    tell(said.drafts, matches, known, findings)
    changed = sum(_write(connection, draft, matches.get(draft.line)) for draft in said.drafts)
    created = len(said.drafts) - len(matches)
    changed -= created
    return Report(created, changed, len(matches) - changed, warnings=tuple(sorted(findings.warnings)))


def match(drafts: Sequence[Draft], known: Iterable[Practitioner]) -> dict[int, Practitioner]:
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
    def __init__(self, known: Iterable[Practitioner]) -> None:
        self.matched: set[int] = set()
        self._by_handle: dict[object, list[Practitioner]] = {}
        for practitioner in known:
            for handle in (practitioner.rpps or "", *practitioner.phones, bare(practitioner.name)):
                self._by_handle.setdefault(handle, []).append(practitioner)

    def candidates(self, draft: Draft) -> list[Practitioner]:
        handles: list[object] = [*([draft.rpps] if draft.rpps else []), *draft.phones, bare(draft.name)]
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
    return likeness.sign(_traits(draft), Traits.of(known)) is Sign.NAME_AND_POSTCODE


def _share_a_phone(draft: Draft, known: Practitioner) -> bool:
    return not set(draft.phones).isdisjoint(known.phones)


def _traits(draft: Draft) -> Traits:
    return Traits(draft.name, frozenset(draft.phones), draft.rpps, draft.details.get("postcode", ""))


def tell(
    drafts: Sequence[Draft], matches: Mapping[int, Practitioner], known: Sequence[Practitioner], findings: Findings
) -> None:
    register = _Register(known)
    for draft in drafts:
        taken_for = matches.get(draft.line)
        if taken_for is None:
            like = likeness.alike(_traits(draft), register.candidates(draft))
            if like and like[0].sign is not Sign.PHONE:
                findings.warn(draft.line, "looks_like", name=like[0].one.name)
        elif _same_name_and_place(draft, taken_for) and not _share_a_phone(draft, taken_for):
            findings.warn(draft.line, "taken_for", name=taken_for.name, postcode=taken_for.postcode)


def _write(connection: Connection, draft: Draft, known: Practitioner | None) -> bool:
    said: dict[str, Any] = {"name": draft.name, **draft.details}
    if draft.rpps is not None:
        said["rpps"] = draft.rpps
    if known is None:
        new_row = insert(t.practitioners).values(**said).returning(t.practitioners.c.id)
        _write_phones(connection, connection.execute(new_row).scalar_one(), draft.phones)
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
    for position, phone in enumerate(phones):
        row = {"practitioner_id": practitioner_id, "phone": phone, "position": position}
        connection.execute(insert(t.practitioner_phones).values(row))
