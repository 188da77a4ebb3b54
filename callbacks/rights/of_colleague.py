"""What is kept about one of the house: his entry, duties and absences, what he took charge of, read and was told.

Not what GPs said to him, nor what he wrote to them: that is of their patients. Reads, changes nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from callbacks.commitment_tables import assessments
from callbacks.rights.dossier import Dossier, rows
from callbacks.rights.of_practitioner import CALLS, TOLD
from callbacks.rights.subjects import Colleague
from callbacks.tables import attempts, calls, hearings, outbox, parts, requests
from callbacks.trust_tables import readings
from callbacks.written_tables import answers
from scheduling.accounts.tables import accounts
from scheduling.planning.tables import audit, leaves, presences
from scheduling.tables import people, shifts, ward_seniors, wards


def read(conn: Connection, colleague: Colleague, now: datetime) -> Dossier:
    """All of it, table by table."""
    return Dossier({"made_at": now} | {name: rows(conn, query(colleague.id)) for name, query in _TABLES.items()})


def _entry(id: int) -> Select[Any]:
    columns = (
        "name",
        "title",
        "phone",
        "email",
        "category",
        "phone_verified_at",
        "opted_out_at",
        "left_at",
        "erased_at",
    )
    return select(*(people.c[name] for name in columns)).where(people.c.id == id)


def _wards(id: int) -> Select[Any]:
    return select(wards.c.slug).join(ward_seniors).where(ward_seniors.c.person_id == id).order_by(wards.c.slug)


def _shifts(id: int) -> Select[Any]:
    span = (func.lower(shifts.c.during).label("start"), func.upper(shifts.c.during).label("end"))
    return select(wards.c.slug, shifts.c.rank, *span).join(wards).where(shifts.c.person_id == id).order_by(shifts.c.id)


def _leaves(id: int) -> Select[Any]:
    span = (func.lower(leaves.c.during).label("start"), func.upper(leaves.c.during).label("end"))
    return select(leaves.c.kind, leaves.c.note, *span).where(leaves.c.person_id == id).order_by(leaves.c.id)


def _presences(id: int) -> Select[Any]:
    columns = (presences.c.shift_start, presences.c.asked_at, presences.c.answer, presences.c.answered_at)
    return select(wards.c.slug, *columns).join(wards).where(presences.c.person_id == id).order_by(presences.c.id)


def _rung(id: int) -> Select[Any]:
    columns = (attempts.c.phone, attempts.c.rung_at, attempts.c.accepted_at, attempts.c.declined_at, attempts.c.outcome)
    return select(*columns).where(attempts.c.person_id == id).order_by(attempts.c.rung_at)


def _own_calls(id: int) -> Select[Any]:
    return select(*(calls.c[name] for name in CALLS)).where(calls.c.person_id == id).order_by(calls.c.started_at)


def _took(id: int) -> Select[Any]:
    his = (requests.c.claimed_by == id) | (requests.c.closed_by == id)
    columns = ("reference", "claimed_at", "closed_at", "outcome")
    return select(*(requests.c[name] for name in columns)).where(his).order_by(requests.c.id)


def _answers(id: int) -> Select[Any]:
    his = (answers.c.person_id == id) & (answers.c.state == "sent")
    columns = (requests.c.reference, answers.c.sent_at, answers.c.way, answers.c.read_at)
    return select(*columns).join(requests).where(his).order_by(answers.c.sent_at)


def _assessed(id: int) -> Select[Any]:
    columns = ("asked", "outcome", "otherwise", "how", "at")
    found = select(requests.c.reference, *(assessments.c[name] for name in columns))
    found = found.outerjoin(requests, requests.c.id == assessments.c.request_id)
    return found.where(assessments.c.person_id == id).order_by(assessments.c.id)


def _heard(id: int) -> Select[Any]:
    columns = (requests.c.reference, hearings.c.at, hearings.c.how)
    found = select(*columns).select_from(hearings.join(parts).join(requests, requests.c.id == parts.c.request_id))
    return found.where(hearings.c.person_id == id).order_by(hearings.c.id)


def _readings(id: int) -> Select[Any]:
    columns = (readings.c.at, readings.c.kind, readings.c.object, readings.c.how)
    return select(*columns).where(readings.c.person_id == id).order_by(readings.c.id)


def _messages(id: int) -> Select[Any]:
    return TOLD.where(outbox.c.person_id == id).order_by(outbox.c.id)


def _account(id: int) -> Select[Any]:
    columns = (accounts.c.email, accounts.c.name, accounts.c.role, accounts.c.created_at, accounts.c.disabled_at)
    same = func.lower(people.c.email) == accounts.c.email
    return select(*columns).join(people, same).where(people.c.id == id, people.c.email != "")


def _trail(id: int) -> Select[Any]:
    about = audit.c.what.like("person.%") & (audit.c.detail["id"].as_integer() == id)
    columns = (audit.c.at, audit.c.actor, audit.c.what, audit.c.subject, audit.c.detail, audit.c.why)
    return select(*columns).where(about).order_by(audit.c.id)


_TABLES: Mapping[str, Callable[[int], Select[Any]]] = {
    "entry": _entry,
    "account": _account,
    "wards": _wards,
    "shifts": _shifts,
    "leaves": _leaves,
    "presences": _presences,
    "calls": _own_calls,
    "rung": _rung,
    "took_charge_of": _took,
    "answered": _answers,
    "assessed": _assessed,
    "heard": _heard,
    "read": _readings,
    "told": _messages,
    "trail": _trail,
}
