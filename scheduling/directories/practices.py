"""The directory of practices and health centres: one number, several doctors, a secretary who asks for one of them."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, true

from config import numbers
from config.clock import Moment
from scheduling import store
from scheduling.directories import practitioners
from scheduling.directories.forms import Form, Refused, Saved, Stale, difference, fingerprint
from scheduling.directories.practitioners import read_choice, read_phones, read_postcode
from scheduling.directories.searching import PAGE, Found, is_number, words_of
from scheduling.partner_tables import practice_phones, practices
from scheduling.planning import trail
from scheduling.planning.trail import Actor
from scheduling.practices import COLUMNS, KINDS, Entry, Practice, entry, every, names_of, write

MOST_NAMED: Final = 5  # of those whom a word may mean
_FINESS = re.compile(r"[0-9]{9}")


def search(conn: Connection, asked: str, page: int) -> Found[Practice]:
    """By name; those that every word is said of: name, town, or a telephone."""
    condition = _asked(conn, asked)
    total: int = conn.execute(select(func.count()).select_from(practices).where(condition)).scalar_one()
    ids = select(practices.c.id).where(condition).order_by(practices.c.folded, practices.c.id)
    shown = conn.execute(ids.limit(PAGE).offset(PAGE * (page - 1))).scalars().all()
    return Found(tuple(every(conn, shown)), total, page)


def _asked(conn: Connection, asked: str) -> ColumnElement[bool]:
    digits = is_number(asked)
    if not digits:
        return and_(true(), *(practices.c.folded.contains(word, autoescape=True) for word in words_of(asked)))
    having = select(practice_phones.c.practice_id)
    return practices.c.id.in_(having.where(practice_phones.c.phone.contains(digits, autoescape=True)))


# The form -----------------------------------------------------------------------------------------------------------


def read_form(conn: Connection, form: Form, practice_id: int | None) -> Entry | Refused:
    """What the form says: who is ticked works there, and whoever the field `add` means."""
    zones = {hospital.timezone for hospital in store.hospitals(conn)} or {numbers.PARIS}
    ticked = form.some_of("member", _known_among(conn, form.several("member")))
    said = Entry(
        name=form.text("name", required=True, longest=80),
        kind=read_choice(form, "kind", KINDS) or KINDS[0],
        postcode=read_postcode(form),
        town=form.text("town", longest=80),
        finess=_finess(conn, form, practice_id),
        phones=read_phones(form, zones),
        members=ticked | _added(conn, form),
    )
    return Refused(tuple(form.faults)) if form.faults else said


def _known_among(conn: Connection, said: Sequence[str]) -> Collection[int]:
    ids = [int(one) for one in said if re.fullmatch(r"[0-9]{1,9}", one)]
    return names_of(conn, ids).keys()


def _finess(conn: Connection, form: Form, practice_id: int | None) -> str | None:
    digits = form.text("finess").replace(" ", "")
    if digits and _FINESS.fullmatch(digits) is None:
        form.fault("finess", "finess")
    other = conn.execute(select(practices.c.id, practices.c.name).where(practices.c.finess == digits)).one_or_none()
    if digits and other is not None and other.id != practice_id:
        form.fault("finess", "finess_taken", name=other.name)
    return digits or None


def _added(conn: Connection, form: Form) -> frozenset[int]:
    """The doctor whom a name, a number or an RPPS means; several: nobody is guessed."""
    said = form.text("add")
    if not said:
        return frozenset()
    found = practitioners.search(conn, said, 1)
    if found.total != 1:
        names = ", ".join(one.name for one in found.lines[:MOST_NAMED])
        form.fault("add", "member_several" if found.total else "member_none", names=names)
        return frozenset()
    return frozenset({found.lines[0].id})


# Writing ------------------------------------------------------------------------------------------------------------


def save(
    conn: Connection, moment: Moment, by: Actor, practice_id: int | None, draft: Entry, seen: str = ""
) -> Saved | Stale:
    """Write the entry, and the trail."""
    before = None if practice_id is None else entry(conn, practice_id, hold=True)
    if practice_id is not None and (before is None or fingerprint(before) != seen):
        return Stale(last_change(conn, practice_id))
    said = difference(in_words(before) if before else {}, in_words(draft))
    if before is not None and not said:
        return Saved(practice_id or 0, changed=False)
    written = write(conn, practice_id, draft)
    what = "practice.changed" if before else "practice.created"
    trail.record(conn, moment, by, what, subject=draft.name, detail={"id": written, **said})
    return Saved(written, changed=True)


def remove(conn: Connection, moment: Moment, by: Actor, practice_id: int, seen: str) -> Saved | Stale:
    """It has closed; its doctors stay on file, each with his own numbers."""
    before = entry(conn, practice_id, hold=True)
    if before is None or fingerprint(before) != seen:
        return Stale(last_change(conn, practice_id))
    conn.execute(delete(practices).where(practices.c.id == practice_id))
    detail = {"id": practice_id, "before": in_words(before), "after": {}}
    trail.record(conn, moment, by, "practice.removed", subject=before.name, detail=detail)
    return Saved(practice_id, changed=True)


def last_change(conn: Connection, practice_id: int) -> trail.Entry | None:
    """Who changed this practice lately, as far as the trail's last lines say."""
    lines = trail.read(conn, what="practice", limit=200)
    return next((line for line in lines if line.detail.get("id") == practice_id), None)


def in_words(said: Entry) -> Mapping[str, Any]:
    """The entry as the trail keeps it: its doctors by their ids, so that whoever is forgotten is named nowhere."""
    columns = {name: getattr(said, name) or "" for name in COLUMNS}
    return {**columns, "phones": "; ".join(said.phones), "members": sorted(said.members)}
