"""Forgetting somebody on his request: words, numbers, names go; what is left counts, and refers to nobody.

What waits for an answer is not forgotten, nor what is on hold. Whoever calls this sweeps the shelf after the commit.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, cast, delete, func, or_, select, update

from callbacks import links, registering
from callbacks.retention import destroying, disposals, holds
from callbacks.retention.destroying import Destroy
from callbacks.retention.disposals import Gone
from callbacks.retention.holds import Held
from callbacks.retention.kinds import Kind
from callbacks.rights.subjects import Colleague, Subject
from callbacks.states import PENDING
from callbacks.tables import attempts, calls, outbox, parts, recordings, requests, texts_in
from callbacks.written_tables import answers, attachments, dialogues, written
from config.clock import Moment
from config.crypto import Box
from scheduling import practices
from scheduling.partner_tables import opt_ins, practice_members, registrations
from scheduling.planning import trail
from scheduling.planning.tables import audit, feeds, leaves, phone_codes
from scheduling.planning.trail import Actor
from scheduling.practices import Practice
from scheduling.tables import people, practitioner_phones, practitioners, ward_seniors

_ON_ITS_WAY = ("waiting", "sending")


class Why(StrEnum):
    """Why nobody is forgotten now."""

    OPEN = "open"  # a request of his waits for its answer
    TO_SORT = "to_sort"  # a message of his waits to be sorted
    HELD = "held"
    ON_ITS_WAY = "on_its_way"  # something is still being sent, fetched, or talked
    HERE = "here"  # of the house: he has not left


@dataclass(frozen=True)
class Refused:
    """Nothing was forgotten; the references of the requests that are why, if any are."""

    why: Why
    references: tuple[str, ...] = ()


@dataclass
class Erased:
    """How much of each kind was destroyed; and what was kept, with the code of why."""

    gone: Counter[Kind] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)


# A practitioner -----------------------------------------------------------------------------------------------------


def practitioner(conn: Connection, moment: Moment, by: Actor, subject: Subject, box: Box) -> Erased | Refused:
    """Forget a practitioner, his words, those of his answers and how he asked to be on file, in this transaction."""
    holds.hold_still(conn)
    refused = _objection(conn, subject, holds.held(conn))
    if refused is not None:
        return refused
    done = Erased()
    at_the_carrier = recordings.c.deleted_real.is_(None)
    done.kept["at_the_carrier"] = _count(conn, recordings.c.id, _of_his_parts(subject), at_the_carrier)
    for kind, column, condition, destroy in _of_his(subject):
        ids = conn.execute(select(column).where(*condition)).scalars().all()
        if ids:
            destroy(conn, ids, moment.now)
            done.gone[kind] += len(ids)
            _register(conn, moment, by, kind, ids)
    registering.forget(conn, [each.id for each in registering.undecided(conn, box, subject.is_in)])
    _blank_the_entry(conn, moment, subject)
    done.kept = +(done.kept + _left(conn, subject))
    _note(conn, moment, by, "practitioner.erased", subject.id, done)
    return done


def _objection(conn: Connection, subject: Subject, held: Held) -> Refused | None:
    """Why not; the requests stay as they are until the end of the transaction."""
    conn.execute(select(requests.c.id).where(subject.asked()).with_for_update(key_share=True))
    references = _references(conn, subject.asked(), requests.c.state.in_([str(state) for state in PENDING]))
    if references:
        return Refused(Why.OPEN, references)
    if _count(conn, dialogues.c.id, subject.talked(), dialogues.c.state == "open"):
        return Refused(Why.TO_SORT)
    on_hold = _references(conn, subject.asked(), held.of_a_request())
    if on_hold or held.everything or subject.id in held.practitioner_ids or subject.phones & held.phones:
        return Refused(Why.HELD, on_hold)
    busy = (
        (outbox.c.id, subject.concerned() & outbox.c.state.in_(_ON_ITS_WAY)),
        (calls.c.id, subject.called() & or_(calls.c.ended_at.is_(None), calls.c.result == "open")),
        (recordings.c.id, _of_his_parts(subject) & recordings.c.state.in_(("announced", "ready"))),
        (attachments.c.id, _came_with(subject) & attachments.c.retry_real.is_not(None)),
    )
    return Refused(Why.ON_ITS_WAY) if any(_count(conn, column, condition) for column, condition in busy) else None


def _of_his(subject: Subject) -> Sequence[tuple[Kind, ColumnElement[Any], Sequence[ColumnElement[bool]], Destroy]]:
    """What is destroyed, in this order: while who asked is known, what he said is found by it."""
    here = recordings.c.state.in_(("stored", "flagged"))
    in_his = select(requests.c.id).where(subject.asked())
    no_part = ~select(parts.c.id).where(parts.c.id == written.c.id).exists()
    kept = or_(attachments.c.state == "stored", attachments.c.name.is_not(None))
    return (
        (Kind.RECORDINGS, recordings.c.id, (_of_his_parts(subject), here), destroying.sound),
        (Kind.LEFTOVERS, recordings.c.id, (subject.spoke(), here), destroying.leftover_sound),
        (Kind.PICTURES, attachments.c.id, (_came_with(subject), kept), destroying.pictures),
        (
            Kind.TEXTS,
            parts.c.id,
            (parts.c.request_id.in_(in_his), parts.c.body.is_not(None), parts.c.purged_at.is_(None)),
            destroying.words,
        ),
        (Kind.LEFTOVERS, written.c.id, (subject.wrote(), no_part), destroying.leftovers),
        (Kind.LEFTOVERS, texts_in.c.sid, (subject.texted(),), destroying.rows(texts_in, "sid")),
        (
            Kind.ANSWERS,
            answers.c.id,
            (answers.c.request_id.in_(in_his), answers.c.purged_at.is_(None)),
            destroying.replies,
        ),
        (Kind.SENT, outbox.c.id, (subject.concerned(), outbox.c.purged_at.is_(None)), destroying.messages),
        (Kind.CALLERS, calls.c.id, (subject.called(),), destroying.who_called),
        (Kind.CALLERS, dialogues.c.id, (subject.talked(),), destroying.who_talked),
        (Kind.CALLERS, requests.c.id, (subject.asked(),), destroying.who_asked),
    )


def _of_his_parts(subject: Subject) -> ColumnElement[bool]:
    his = select(requests.c.id).where(subject.asked())
    return recordings.c.id.in_(select(parts.c.recording_id).where(parts.c.request_id.in_(his)))


def _came_with(subject: Subject) -> ColumnElement[bool]:
    return attachments.c.written_id.in_(select(written.c.id).where(subject.wrote()))


def _blank_the_entry(conn: Connection, moment: Moment, subject: Subject) -> None:
    """The row stays, that whatever still names it names nobody. What the trail says of it goes too."""
    if subject.entry is None:
        return
    id, entry = subject.entry.id, subject.entry
    blank = dict.fromkeys(("name", "email", "practice", "postcode", "mssante", "preferred", "reach"), "")
    nobody: dict[str, Any] = blank | {"rpps": None, "erased_at": moment.now}
    conn.execute(update(practitioners).where(practitioners.c.id == id).values(nobody))
    for practice in practices.of_him_alone(conn, id):
        _forget_the_practice(conn, practice)
    for table in (practitioner_phones, practice_members, opt_ins):
        conn.execute(delete(table).where(table.c.practitioner_id == id))
    conn.execute(update(registrations).where(registrations.c.practitioner_id == id).values(practitioner_id=None))
    about = audit.c.what.like("practitioner.%") & (audit.c.detail["id"].as_integer() == id)
    told = {entry.name, entry.email, entry.mssante, entry.rpps or "", *entry.phones} - {""}
    _forget_in_the_trail(conn, about, {"id": id}, ("practitioner.%", "unsorted.%"), told)


def _forget_the_practice(conn: Connection, practice: Practice) -> None:
    """One that is named after him, as its line is his."""
    practices.forget(conn, practice.id)
    about = audit.c.what.like("practice.%") & (audit.c.detail["id"].as_integer() == practice.id)
    told = {practice.entry.name, *practice.entry.phones}
    _forget_in_the_trail(conn, about, {"id": practice.id}, ("practice.%",), told)


def _left(conn: Connection, subject: Subject) -> Counter[str]:
    """Numbers that others have too, and calls from them that name nobody: they may be theirs."""
    if subject.entry is None:
        return Counter()
    shared = frozenset(subject.entry.phones) - subject.phones
    return Counter(shared_numbers=len(shared))


# One of the house ---------------------------------------------------------------------------------------------------


def colleague(conn: Connection, moment: Moment, by: Actor, one: Colleague) -> Erased | Refused:
    """Forget one of the house who has left. That somebody took charge of a request stays, by a number."""
    if not one.left:
        return Refused(Why.HERE)
    holds.hold_still(conn)
    if holds.held(conn).everything:
        return Refused(Why.HELD)
    waiting = (outbox.c.person_id == one.id) & outbox.c.state.in_(_ON_ITS_WAY)
    if _count(conn, outbox.c.id, waiting):
        return Refused(Why.ON_ITS_WAY)
    done = Erased()
    before = conn.execute(select(people.c.name, people.c.phone, people.c.email).where(people.c.id == one.id)).one()
    _forget_what_he_was_told(conn, moment, by, one.id, done)
    _forget_his_entry(conn, moment, one.id)
    about = audit.c.what.like("person.%") & (audit.c.detail["id"].as_integer() == one.id)
    _forget_in_the_trail(conn, about, {"id": one.id}, ("person.%", "phone.%"), set(before) - {""})
    named = cast(audit.c.detail, Text).contains(before.name, autoescape=True)
    done.kept = +Counter(
        trail=_count(conn, audit.c.id, or_(named, audit.c.subject.contains(before.name, autoescape=True))),
        took_charge_of=_count(
            conn, requests.c.id, or_(requests.c.claimed_by == one.id, requests.c.closed_by == one.id)
        ),
        answered=_count(conn, answers.c.id, answers.c.person_id == one.id),
    )
    _note(conn, moment, by, "person.erased", one.id, done)
    return done


def _forget_what_he_was_told(conn: Connection, moment: Moment, by: Actor, person_id: int, done: Erased) -> None:
    found: Mapping[Kind, tuple[ColumnElement[Any], ColumnElement[bool], Destroy]] = {
        Kind.SENT: (
            outbox.c.id,
            (outbox.c.person_id == person_id) & outbox.c.purged_at.is_(None),
            destroying.messages,
        ),
        Kind.CALLERS: (calls.c.id, calls.c.person_id == person_id, destroying.who_called),
    }
    for kind, (column, condition, destroy) in found.items():
        ids = conn.execute(select(column).where(condition)).scalars().all()
        destroy(conn, ids, moment.now)
        done.gone[kind] += len(ids)
        _register(conn, moment, by, kind, ids)


def _forget_his_entry(conn: Connection, moment: Moment, person_id: int) -> None:
    blank = dict.fromkeys(("title", "phone", "email", "category"), "")
    nothing = dict.fromkeys(("pin_hash", "pin_locked_at", "opted_out_at", "phone_verified_at"), None)
    values: dict[str, Any] = {"name": f"n° {person_id}", "erased_at": moment.now, **blank, **nothing}
    conn.execute(update(people).where(people.c.id == person_id).values(values))
    conn.execute(update(attempts).where(attempts.c.person_id == person_id).values(phone=""))
    for table in (leaves, phone_codes, feeds, ward_seniors):
        conn.execute(delete(table).where(table.c.person_id == person_id))
    links.withdraw(conn, person_id)


# Parts of both ------------------------------------------------------------------------------------------------------


def _forget_in_the_trail(
    conn: Connection, about: ColumnElement[bool], detail: dict[str, int], rooms: Sequence[str], told: Collection[str]
) -> None:
    """Lines about an entry lose what they say of it; so do those of these rooms that name it."""
    says = or_(*(cast(audit.c.detail, Text).contains(word, autoescape=True) for word in told))
    named = or_(*(audit.c.what.like(room) for room in rooms)) & or_(says, audit.c.subject.in_(told))
    forgotten = {"subject": "", "why": ""}
    conn.execute(update(audit).where(named, ~about).values(**forgotten, detail={}))
    conn.execute(update(audit).where(about).values(**forgotten, detail=detail))


def _register(conn: Connection, moment: Moment, by: Actor, kind: Kind, ids: Sequence[Any]) -> None:
    gone = [Gone(str(id), None, None) for id in ids]
    disposals.record(conn, moment.now, kind, gone, disposals.ASKED, by.account_id)


def _note(conn: Connection, moment: Moment, by: Actor, what: str, id: int | None, done: Erased) -> None:
    counts = {"gone": dict(done.gone), "kept": dict(done.kept)}
    trail.record(conn, moment, by, what, subject="" if id is None else f"n° {id}", detail={"id": id} | counts)


def _references(conn: Connection, *condition: ColumnElement[bool]) -> tuple[str, ...]:
    found = select(requests.c.reference).where(*condition).order_by(requests.c.id)
    return tuple(conn.execute(found).scalars())


def _count(conn: Connection, column: ColumnElement[Any], *condition: ColumnElement[bool]) -> int:
    found: int = conn.execute(select(func.count(column)).where(*condition)).scalar_one()
    return found
