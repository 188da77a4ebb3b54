"""Before a patient goes home: a ward asks that his GP be called; by name from the directory, or by his number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, request, url_for

from callbacks import going_home
from callbacks.going_home import Discharge, Refused
from config import numbers
from scheduling import local_time, rota, store
from scheduling.directories import practitioners
from scheduling.local_time import BadTime
from scheduling.rota import Ward
from scheduling.store import Practitioner
from web.office.guard import Answer, Back, Visitor, editor
from web.office.page import page

blueprint = Blueprint("going_home", __name__, url_prefix="/requests/going-home")
UNREADABLE = 422
MOST_FOUND = 20  # doctors of a name; more than that, he must say more


@dataclass(frozen=True)
class Doctor:
    """Whom to call: his number (E.164), and who he is when he is on file."""

    number: str
    practitioner_id: int | None


@dataclass(frozen=True)
class Fault:
    """What is wrong with which field, by its key of the catalogue; `several`: doctors among whom he chooses."""

    field: str
    key: str
    several: Sequence[Practitioner] = ()


@blueprint.get("")
@editor
def see(visitor: Visitor) -> Answer:
    """The form: which ward, which doctor, when the patient leaves."""
    return _page(visitor)


@blueprint.post("")
@editor
def ask(visitor: Visitor) -> Answer:
    """Ask for the call; a second touch asks nothing twice."""
    read = _read(visitor)
    if isinstance(read, Fault):
        return _page(visitor, read), UNREADABLE
    asked = going_home.ask(visitor.conn, visitor.moment, visitor.by, read, visitor.desk.house.abroad)
    if isinstance(asked, Refused):
        return _page(visitor, Fault(_FIELD[asked], f"refused_{asked}")), UNREADABLE
    note = "going_home.done" if asked.new else "going_home.already"
    values = {"reference": asked.reference}
    to, bell = url_for("requests.see", reference=asked.reference), ("climb", asked.id)
    return Back(to, note, values=values, bell=bell, filed=asked.filed)


_FIELD = {
    Refused.NOT_TAKEN: "ward",
    Refused.NOT_LIVE: "ward",
    Refused.PAST: "day",
    Refused.FAR: "day",
    Refused.NUMBER: "doctor",
}


def _read(visitor: Visitor) -> Discharge | Fault:
    ward = next((ward for ward in _wards(visitor) if ward.slug == request.form.get("ward")), None)
    if ward is None:
        return Fault("ward", "refused_ward")
    at = _at(ward)
    if at is None:
        return Fault("day", "refused_time")
    doctor = _doctor(visitor, ward)
    return doctor if isinstance(doctor, Fault) else Discharge(ward, doctor.number, doctor.practitioner_id, at)


def _at(ward: Ward) -> datetime | None:
    day, time = request.form.get("day", "").strip(), request.form.get("time", "").strip()
    try:
        return local_time.read(f"{day} {time}", ward.timezone).at
    except BadTime:
        return None


def _doctor(visitor: Visitor, ward: Ward) -> Doctor | Fault:
    """The doctor he chose of those he was shown, else of whom he wrote the name or the number."""
    said, chosen = request.form.get("doctor", "").strip()[:120], request.form.get("practitioner", "")
    if chosen.isascii() and chosen.isdecimal() and len(chosen) < 10:
        known = store.practitioner(visitor.conn, int(chosen))
        return _of(known) if known is not None else Fault("doctor", "refused_nobody")
    try:
        return _by_number(visitor, numbers.parse(said, ward.timezone))
    except numbers.BadNumber:
        return _by_name(visitor, said)


def _by_number(visitor: Visitor, number: str) -> Doctor:
    """Of a line that several share it is not said whose it is."""
    known = store.practitioners_by_phone(visitor.conn, number)
    return Doctor(number, known[0].id if len(known) == 1 else None)


def _by_name(visitor: Visitor, said: str) -> Doctor | Fault:
    found = practitioners.search(visitor.conn, said, 1) if len(said) > 1 else None
    if found is None or not found.total:
        return Fault("doctor", "refused_nobody")
    if found.total == 1:
        return _of(found.lines[0])
    return Fault("doctor", "refused_several", found.lines[:MOST_FOUND])


def _of(known: Practitioner) -> Doctor | Fault:
    return Doctor(known.phones[0], known.id) if known.phones else Fault("doctor", "refused_number")


def _wards(visitor: Visitor) -> list[Ward]:
    """Those he edits; a bed desk sends nobody home."""
    return [ward for ward in visitor.wards() if ward.role == rota.WARD and visitor.account.may_edit(ward.id)]


def _page(visitor: Visitor, fault: Fault | None = None) -> str:
    return page(
        visitor, "going_home.html", "requests", wards=_wards(visitor), typed=request.form, fault=fault, most=MOST_FOUND
    )
