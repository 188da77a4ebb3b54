"""Import of seniors: by phone, with the wards whose rota they may hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, tuple_

from scheduling import store
from scheduling import tables as t
from scheduling.importing import contacts
from scheduling.importing.contacts import Contact
from scheduling.importing.sheet import Columns, Findings, Line, Report, read
from scheduling.rota import Ward

COLUMNS = Columns(required=("name", "phone", "wards"), optional=("email", "title", "category"))


@dataclass(frozen=True)
class Draft:
    """A row that could be read."""

    contact: Contact
    ward_ids: frozenset[int]


def import_seniors(connection: Connection, data: bytes) -> Report:
    """Create or change the seniors of the file; a row says all the wards of its senior."""
    findings = Findings()
    wards = {ward.slug: ward for ward in store.wards(connection)}
    drafts = [draft for line in read(data, COLUMNS, findings) if (draft := _draft(line, wards, findings))]
    _check_phones(drafts, findings)
    named = contacts.merge((draft.contact for draft in drafts), Findings())
    contacts.check_known(connection, named, findings)
    if findings.errors:
        return findings.refusal()
    people = contacts.save(connection, named)
    moved = _save_wards(connection, {people.ids[draft.contact.phone]: draft.ward_ids for draft in drafts})
    touched = people.changed | {phone for phone, person_id in people.ids.items() if person_id in moved}
    changed = len(touched - people.created)
    unchanged = len(drafts) - len(people.created) - changed
    return Report(len(people.created), changed, unchanged, warnings=tuple(sorted(findings.warnings)))


def _draft(line: Line, wards: Mapping[str, Ward], findings: Findings) -> Draft | None:
    slugs = line.items("wards")
    for unknown in (slug for slug in slugs if slug not in wards):
        findings.error(line.number, "no_ward", column="wards", slug=unknown)
    known = [wards[slug] for slug in slugs if slug in wards]
    email = contacts.email(line["email"], line.number, "email", findings)
    if not known or not line["phone"] or not line["name"]:
        return None  # its errors are listed
    phone = contacts.phone(line["phone"], known[0].timezone, line.number, "phone", findings)
    if phone is None:
        return None
    contact = Contact(line.number, phone, line["name"], line["title"], email, line["category"])
    return Draft(contact, frozenset(ward.id for ward in known))


def _check_phones(drafts: Sequence[Draft], findings: Findings) -> None:
    first: dict[str, Contact] = {}
    for contact in (draft.contact for draft in drafts):
        known = first.setdefault(contact.phone, contact)
        if known is not contact:
            findings.error(contact.line, "phone_twice", name=known.name, line=known.line)


def _save_wards(connection: Connection, wanted: Mapping[int, frozenset[int]]) -> set[int]:
    """Write who belongs to which ward; the people for whom it changed."""
    member = t.ward_seniors.c
    rows = connection.execute(select(t.ward_seniors).where(member.person_id.in_(list(wanted))))
    present = {(row.person_id, row.ward_id) for row in rows}
    stated = {(person_id, ward_id) for person_id, ward_ids in wanted.items() for ward_id in ward_ids}
    if present - stated:
        pair = tuple_(member.person_id, member.ward_id)
        connection.execute(delete(t.ward_seniors).where(pair.in_(list(present - stated))))
    if stated - present:
        rows_to_add = [{"person_id": person, "ward_id": ward} for person, ward in sorted(stated - present)]
        connection.execute(insert(t.ward_seniors), rows_to_add)
    return {person_id for person_id, _ in present ^ stated}
