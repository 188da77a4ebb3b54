"""People named in a file by their telephone: seniors, heads of ward, coordinators. One number, one person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, insert, select, update

from config import numbers, texts
from scheduling import tables as t
from scheduling.importing.sheet import Findings


@dataclass(frozen=True)
class Contact:
    """What one row says of a person. Empty means not said: it never erases what is known."""

    line: int
    phone: str  # E.164
    name: str
    title: str = ""
    email: str = ""
    category: str = ""  # PH, CCA, …


@dataclass(frozen=True)
class Saved:
    """The people of a file in the database: id by phone, and whose row is not what it was."""

    ids: Mapping[str, int]
    created: frozenset[str]
    changed: frozenset[str]


def phone(text: str, timezone: str, line: int, column: str, findings: Findings) -> str | None:
    """E.164 of a cell; None and an error when it is no number."""
    try:
        return numbers.parse(text, timezone)
    except numbers.BadNumber as reason:
        findings.error(line, f"number_{reason.code}", column=column, owner=reason.owner)
        return None


def email(text: str, line: int, column: str, findings: Findings) -> str:
    """The address of a cell; an error when it cannot be one."""
    name, at, domain = text.partition("@")
    if text and not (name and at and "." in domain and " " not in text and "@" not in domain):
        findings.error(line, "email", column=column)
    return text


def merge(contacts: Iterable[Contact], findings: Findings) -> dict[str, Contact]:
    """One contact a phone, with all that was said of it; two names for one phone are an error."""
    merged: dict[str, Contact] = {}
    for new in contacts:
        known = merged.get(new.phone)
        if known is None:
            merged[new.phone] = new
            continue
        if known.name and new.name and known.name != new.name:
            findings.error(new.line, "two_names", name=new.name, other=known.name, line=known.line)
        merged[new.phone] = Contact(
            known.line,
            known.phone,
            known.name or new.name,
            known.title or new.title,
            known.email or new.email,
            known.category or new.category,
        )
    return merged


def check_known(connection: Connection, contacts: Mapping[str, Contact], findings: Findings) -> None:
    """A number without a name must be somebody's already. Told: one that changes hands, one that cannot be texted."""
    rows = connection.execute(select(t.people.c.phone, t.people.c.name).where(_present(contacts)))
    names = {row.phone: row.name for row in rows}
    for contact in contacts.values():
        known = names.get(contact.phone)
        if not contact.name and known is None:
            findings.error(contact.line, "no_name")
        if contact.name and known not in (None, contact.name):
            findings.warn(contact.line, "changes_hands", other=known, name=contact.name)
        if not numbers.is_mobile(contact.phone):
            findings.warn(contact.line, "no_mobile", name=contact.name or known or _somebody)


def _somebody(language: str) -> str:
    return texts.say("imports.somebody", language)


def save(connection: Connection, contacts: Mapping[str, Contact]) -> Saved:
    """Write the people of a file: new ones created, known ones changed where the file says otherwise."""
    people = t.people
    known = {row.phone: row for row in connection.execute(select(people).where(_present(contacts)).with_for_update())}
    changed: set[str] = set()
    for phone_, row in known.items():
        contact = contacts[phone_]
        new = {column: value for column, value in _columns(contact).items() if value and value != row._mapping[column]}
        if new:
            connection.execute(update(people).where(people.c.id == row.id).values(**new))
            changed.add(phone_)
    fresh = [contact for contact in contacts.values() if contact.phone not in known]
    rows = [{"phone": contact.phone, **_columns(contact)} for contact in fresh]
    if rows:
        connection.execute(insert(people), rows)
    ids = connection.execute(select(people.c.phone, people.c.id).where(_present(contacts)))
    return Saved({row.phone: row.id for row in ids}, frozenset(contact.phone for contact in fresh), frozenset(changed))


def _columns(contact: Contact) -> dict[str, str]:
    return {name: getattr(contact, name) for name in ("name", "title", "email", "category")}


def _present(phones: Iterable[str]) -> ColumnElement[bool]:
    """Whoever has one of these numbers; who has left may have had it before."""
    return t.people.c.phone.in_(list(phones)) & t.people.c.left_at.is_(None)
