"""What callers are told of their data: the public page, and the pages on which an administrator writes it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import cast

from flask import Blueprint, abort, current_app, request, url_for

from callbacks import information
from callbacks.house import Desk
from callbacks.information import Basis, Contact, Notice
from config import numbers
from config.doors import anyone
from config.numbers import PARIS
from scheduling import store
from scheduling.directories.forms import Refused, Saved, fingerprint
from web.office import entries, outside
from web.office.entries import Filled
from web.office.guard import Answer, Back, Visitor, admin
from web.office.page import page

blueprint = Blueprint("information", __name__, url_prefix="/information")
public = Blueprint("informations", __name__)
CONFLICT = 409
HOUSE = 0  # in an address: what holds for every hospital without its own


@public.get("/informations")
@anyone
def told() -> str:
    """What is done with the data of who calls or writes, how long they are kept, what he may ask and of whom."""
    desk = cast(Desk, current_app.extensions["desk"])
    with desk.engine.begin() as conn:
        found = information.notices(conn)
    return outside.show(
        "informations.html",
        notices=found,
        bases=[basis for basis in Basis if basis in {notice.contact.basis for notice in found}],
        switchboard=numbers.national(desk.house.switchboard) if desk.house.switchboard else "",
        dial=desk.house.switchboard or "",
        national=numbers.national,
    )


@blueprint.get("")
@admin
def see(visitor: Visitor) -> Answer:
    """What each hospital tells, and what is missing."""
    found = information.notices(visitor.conn)
    missing = {notice.hospital_id: _missing(visitor, notice) for notice in found}
    return page(visitor, "information.html", "privacy", notices=found, missing=missing)


def _missing(visitor: Visitor, notice: Notice) -> list[str]:
    unruled = [kind for kind, days in notice.kept.items() if days is None]
    what = " · ".join(visitor.say(f"retention.kind_{kind}") for kind in unruled)
    lacks = {
        "controller": not notice.contact.controller,
        "contact": not notice.contact.can_be_asked,
        "rules": bool(unruled),
    }
    return [visitor.say(f"information.missing_{name}", what=what) for name, lacking in lacks.items() if lacking]


@blueprint.get("/<int:hospital_id>")
@admin
def one(visitor: Visitor, hospital_id: int) -> Answer:
    """What is on file for one hospital, or for the house."""
    return _form(visitor, hospital_id, Filled(_typed(information.contact(visitor.conn, _row(hospital_id)))))


@blueprint.post("/<int:hospital_id>")
@admin
def change(visitor: Visitor, hospital_id: int) -> Answer:
    """It is saved, unless somebody else changed it since it was shown."""
    _hospital(visitor, hospital_id)
    draft = information.read_form(entries.form(), _zones(visitor, hospital_id))
    if isinstance(draft, Refused):
        filled = Filled(entries.sent(), entries.in_words(visitor, draft.faults))
        return _form(visitor, hospital_id, filled), 422
    seen = request.form.get("seen", "")
    saved = information.save(visitor.conn, visitor.moment, visitor.by, _row(hospital_id), draft, seen)
    if isinstance(saved, Saved):
        return Back(url_for("information.see"), "information.saved")
    stale = entries.meanwhile(visitor, saved.change)
    return _form(visitor, hospital_id, Filled(entries.sent()), stale=stale), CONFLICT


def _typed(said: Contact) -> Mapping[str, Sequence[str]]:
    shown = asdict(said) | {"phone": numbers.national(said.phone) if said.phone else ""}
    return {name: [value] for name, value in shown.items()}


def _row(hospital_id: int) -> int | None:
    return hospital_id or None


def _hospital(visitor: Visitor, hospital_id: int) -> str:
    """Whose it is; 404 when there is no such hospital."""
    if hospital_id == HOUSE:
        return visitor.say("information.house")
    known = {hospital.id: hospital.name for hospital in store.hospitals(visitor.conn)}
    return known.get(hospital_id) or abort(404)


def _zones(visitor: Visitor, hospital_id: int) -> list[str]:
    """Where the number that he types is dialled from."""
    known = {hospital.id: hospital.timezone for hospital in store.hospitals(visitor.conn)}
    return sorted(set(known.values())) if hospital_id == HOUSE else [known.get(hospital_id, PARIS)]


def _form(visitor: Visitor, hospital_id: int, filled: Filled, *, stale: str = "") -> str:
    return page(
        visitor,
        "information_form.html",
        "privacy",
        hospital=_hospital(visitor, hospital_id),
        is_house=hospital_id == HOUSE,
        filled=filled,
        bases=list(Basis),
        seen=fingerprint(information.contact(visitor.conn, _row(hospital_id))),
        stale=stale,
    )
