"""The directory of practitioners: the GPs who phone, by all their numbers."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, true, update

from config import numbers
from config.clock import Moment
from scheduling import store
from scheduling import tables as t
from scheduling.directories.forms import Form, Notice, Refused, Saved, Stale, difference, fingerprint, read_number
from scheduling.directories.searching import PAGE, Found, is_number, words_of
from scheduling.importing.practitioners import luhn
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.store import Practitioner

MOST_PHONES: Final = 9
PREFERRED: Final = ("sms", "email", "mssante", "call")  # none of them: as he came
REACH: Final = ("now", "noon", "evening")  # none of them: as he says each time
POSTCODE: Final = re.compile(r"[0-9]{5}")
_RPPS = re.compile(r"[0-9]{11}")


@dataclass(frozen=True)
class Entry:
    """What the directory says of a practitioner."""

    name: str
    email: str
    rpps: str | None
    practice: str
    phones: tuple[str, ...]  # E.164, the preferred one first
    postcode: str = ""
    mssante: str = ""
    preferred: str = ""  # of PREFERRED
    reach: str = ""  # of REACH


def entry(conn: Connection, practitioner_id: int, *, hold: bool = False) -> Entry | None:
    """What is on file; `hold` keeps others from changing it until the commit."""
    if hold:
        held = select(t.practitioners.c.id).where(t.practitioners.c.id == practitioner_id)
        conn.execute(held.with_for_update(key_share=True))
    found = store.practitioner(conn, practitioner_id)
    return None if found is None else entry_of(found)


def entry_of(found: Practitioner) -> Entry:
    """The entry of a practitioner on file."""
    return Entry(**{name: getattr(found, name) for name in Entry.__dataclass_fields__})


def search(conn: Connection, asked: str, page: int) -> Found[Practitioner]:
    """By name; those that every word is said of: name, practice, RPPS, e-mail, telephone."""
    condition = _asked(conn, asked) & t.practitioners.c.erased_at.is_(None)
    total: int = conn.execute(select(func.count()).select_from(t.practitioners).where(condition)).scalar_one()
    ids = (
        select(t.practitioners.c.id)
        .where(condition)
        .order_by(t.practitioners.c.folded, t.practitioners.c.id)
        .limit(PAGE)
        .offset(PAGE * (page - 1))
    )
    order = list(conn.execute(ids).scalars())
    by_id = {one.id: one for one in store.practitioners_of(conn, order)}
    return Found(tuple(by_id[one] for one in order if one in by_id), total, page)


def _asked(conn: Connection, asked: str) -> ColumnElement[bool]:
    digits = is_number(asked)
    if not digits:
        return and_(true(), *(t.practitioners.c.folded.contains(word, autoescape=True) for word in words_of(asked)))
    phone = t.practitioner_phones.c
    whole, _ = read_number(asked, {hospital.timezone for hospital in store.hospitals(conn)})
    if whole:  # found by its index
        return t.practitioners.c.id.in_(select(phone.practitioner_id).where(phone.phone == whole))
    having = select(phone.practitioner_id).where(phone.phone.contains(digits, autoescape=True))
    rpps = t.practitioners.c.rpps.contains(re.sub(r"\s", "", asked), autoescape=True)
    return or_(t.practitioners.c.id.in_(having), rpps)


def read_form(conn: Connection, form: Form, practitioner_id: int | None) -> Entry | Refused:
    """What the form says; its telephones must mean the same in every zone of the house."""
    zones = {hospital.timezone for hospital in store.hospitals(conn)} or {numbers.PARIS}
    said = Entry(
        name=form.text("name", required=True, longest=80),
        email=form.email("email"),
        rpps=_rpps(conn, form, practitioner_id),
        practice=form.text("practice"),
        phones=read_phones(form, zones),
        postcode=read_postcode(form),
        mssante=form.email("mssante"),
        preferred=read_choice(form, "preferred", PREFERRED),
        reach=read_choice(form, "reach", REACH),
    )
    return Refused(tuple(form.faults)) if form.faults else said


def read_postcode(form: Form) -> str:
    """Five digits, or none."""
    said = form.text("postcode").replace(" ", "")
    if said and POSTCODE.fullmatch(said) is None:
        form.fault("postcode", "postcode")
    return said


def read_choice(form: Form, name: str, known: Collection[str]) -> str:
    """One of these words, or none."""
    said = form.text(name)
    if said and said not in known:
        form.fault(name, "unknown_choice")
    return said


def read_phones(form: Form, zones: Collection[str]) -> tuple[str, ...]:
    """E.164 of the fields `phone`, each once; at least one that the line may call back."""
    read = [form.number("phone", said, zones) for said in form.several("phone")[:MOST_PHONES]]
    phones = tuple(dict.fromkeys(phone for phone in read if phone))
    if any(not any(numbers.callable_back(phone, zone) for zone in zones) for phone in phones):
        form.fault("phone", "number_far")
    if not read:
        form.fault("phone", "empty")
    return phones


def read_rpps(form: Form) -> str | None:
    """Eleven digits, or none."""
    digits = re.sub(r"\s", "", form.text("rpps"))
    if digits and _RPPS.fullmatch(digits) is None:
        form.fault("rpps", "rpps")
    return digits or None


def _rpps(conn: Connection, form: Form, practitioner_id: int | None) -> str | None:
    digits = read_rpps(form)
    same = select(t.practitioners.c.id, t.practitioners.c.name).where(t.practitioners.c.rpps == digits)
    other = conn.execute(same).one_or_none() if digits else None
    if other is not None and other.id != practitioner_id:
        form.fault("rpps", "rpps_taken", name=other.name)
    return digits


def notices(conn: Connection, practitioner_id: int, said: Entry) -> list[Notice]:
    """What to know of an entry: an RPPS whose digits do not check, a number that others have too, none for texts."""
    found = []
    if said.rpps and not luhn(said.rpps):
        found.append(Notice("luhn"))
    for phone in said.phones:
        others = [one.name for one in store.practitioners_by_phone(conn, phone) if one.id != practitioner_id]
        if others:
            found.append(Notice("shared_phone", {"phone": phone, "names": ", ".join(others)}))
    if not any(numbers.is_mobile(phone) for phone in said.phones):
        found.append(Notice("no_text" if said.email else "no_text_no_mail"))
    if not _can_be_met(said):
        found.append(Notice(f"preferred_{said.preferred}"))
    return found


def _can_be_met(said: Entry) -> bool:
    """Whether he left what the way that he prefers needs."""
    needs = {
        "sms": any(numbers.is_mobile(phone) for phone in said.phones),
        "email": said.email,
        "mssante": said.mssante,
    }
    return bool(needs.get(said.preferred, True))


def save(
    conn: Connection, moment: Moment, by: Actor, practitioner_id: int | None, draft: Entry, seen: str = ""
) -> Saved | Stale:
    """Write the entry, and the trail."""
    if practitioner_id is None:
        created: int = conn.execute(
            insert(t.practitioners).values(_columns(draft)).returning(t.practitioners.c.id)
        ).scalar_one()
        _write_phones(conn, created, draft.phones)
        detail = {"id": created, "before": {}, "after": in_words(draft)}
        trail.record(conn, moment, by, "practitioner.created", subject=draft.name, detail=detail)
        return Saved(created, changed=True)
    before = entry(conn, practitioner_id, hold=True)
    if before is None or fingerprint(before) != seen:
        return Stale(last_change(conn, practitioner_id))
    said = difference(in_words(before), in_words(draft))
    if said:
        his = t.practitioners.c.id == practitioner_id
        conn.execute(update(t.practitioners).where(his).values(_columns(draft)))
        _write_phones(conn, practitioner_id, draft.phones)
        detail = {"id": practitioner_id, **said}
        trail.record(conn, moment, by, "practitioner.changed", subject=draft.name, detail=detail)
    return Saved(practitioner_id, changed=bool(said))


def remove(conn: Connection, moment: Moment, by: Actor, practitioner_id: int, seen: str) -> Saved | Stale:
    """Take him out of the register. Nothing may name him any more (`callbacks.directory` sees to that)."""
    before = entry(conn, practitioner_id, hold=True)
    if before is None or fingerprint(before) != seen:
        return Stale(last_change(conn, practitioner_id))
    conn.execute(delete(t.practitioners).where(t.practitioners.c.id == practitioner_id))
    # Not what he was called nor his numbers: who asks to be forgotten is.
    trail.record(conn, moment, by, "practitioner.removed", detail={"id": practitioner_id})
    return Saved(practitioner_id, changed=True)


def last_change(conn: Connection, practitioner_id: int) -> trail.Entry | None:
    """Who changed this practitioner lately, as far as the trail's last lines say."""
    lines = trail.read(conn, what="practitioner", limit=200)
    return next((line for line in lines if line.detail.get("id") == practitioner_id), None)


def _columns(draft: Entry) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in Entry.__dataclass_fields__ if name != "phones"}


def in_words(said: Entry) -> dict[str, Any]:
    """The entry as the trail keeps it."""
    return {**_columns(said), "rpps": said.rpps or "", "phones": "; ".join(said.phones)}


def _write_phones(conn: Connection, practitioner_id: int, phones: Collection[str]) -> None:
    theirs = t.practitioner_phones.c.practitioner_id == practitioner_id
    conn.execute(delete(t.practitioner_phones).where(theirs))
    rows = [
        {"practitioner_id": practitioner_id, "phone": phone, "position": position}
        for position, phone in enumerate(phones)
    ]
    if rows:
        conn.execute(insert(t.practitioner_phones), rows)
