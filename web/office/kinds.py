"""Kinds of request on a page: which team owes each, until when, how it ends; for all hospitals, and for one."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, request, url_for

from callbacks.kinds import store
from callbacks.kinds.kind import BadKind, Code, Fault, Kind, Team
from callbacks.kinds.store import Setting, Stale
from callbacks.states import OUTCOMES
from config.numbers import PARIS
from scheduling.store import Hospital, hospitals
from web.office import kinds_form
from web.office.entries import Filled, sent, when
from web.office.guard import Answer, Back, Visitor, admin
from web.office.page import page

blueprint = Blueprint("kinds", __name__, url_prefix="/kinds")
CONFLICT = 409
OF_THE_LINE = "JOINT"  # the line writes it itself


@dataclass(frozen=True)
class Place:
    """Whose it is: a hospital's own, or (None) that of all that have none of their own."""

    code: str
    hospital: Hospital | None

    @property
    def hospital_id(self) -> int | None:
        """For the register."""
        return None if self.hospital is None else self.hospital.id

    @property
    def url(self) -> str:
        """Its page."""
        if self.hospital is None:
            return url_for("kinds.house", code=self.code)
        return url_for("kinds.hospital", code=self.code, hospital_id=self.hospital.id)


@blueprint.get("")
@admin
def see(visitor: Visitor) -> Answer:
    """What counts for all hospitals, and what differs in each."""
    changed = {(each.hospital_id, each.code): each for each in store.changed(visitor.conn)}
    places: list[Hospital | None] = [None, *hospitals(visitor.conn)]
    return page(visitor, "kinds.html", "ladders", places=[_listed(visitor, each, changed) for each in places])


@blueprint.get("/<code>")
@admin
def house(visitor: Visitor, code: str) -> Answer:
    """A kind as it counts in all hospitals that have none of their own."""
    return _show(visitor, _place(visitor, code))


@blueprint.post("/<code>")
@admin
def change_house(visitor: Visitor, code: str) -> Answer:
    """It is saved, or set back to this release's."""
    return _submit(visitor, _place(visitor, code))


@blueprint.get("/<code>/<int:hospital_id>")
@admin
def hospital(visitor: Visitor, code: str, hospital_id: int) -> Answer:
    """A kind as it counts in one hospital."""
    return _show(visitor, _place(visitor, code, hospital_id))


@blueprint.post("/<code>/<int:hospital_id>")
@admin
def change_hospital(visitor: Visitor, code: str, hospital_id: int) -> Answer:
    """It is saved, or set back to what counts everywhere."""
    return _submit(visitor, _place(visitor, code, hospital_id))


def _place(visitor: Visitor, code: str, hospital_id: int | None = None) -> Place:
    if code not in [*Code]:
        abort(404)
    if hospital_id is None:
        return Place(code, None)
    found = next((each for each in hospitals(visitor.conn) if each.id == hospital_id), None) or abort(404)
    return Place(code, found)


# The list -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A kind in the list, in words."""

    name: str
    url: str
    clock: str
    team: str
    key: str
    offered: bool
    own: bool  # somebody changed it here
    readable: bool


@dataclass(frozen=True)
class Listed:
    """The kinds of a hospital, or (None) of all."""

    hospital: Hospital | None
    lines: Sequence[Line]


def _listed(visitor: Visitor, place: Hospital | None, changed: dict[tuple[int | None, str], Setting]) -> Listed:
    kinds = store.every(visitor.conn, place.id if place else None).values()
    found = [(kind, changed.get((place.id if place else None, kind.code))) for kind in kinds]
    return Listed(place, [_line(visitor, Place(kind.code, place), kind, own) for kind, own in found])


def _line(visitor: Visitor, place: Place, kind: Kind, own: Setting | None) -> Line:
    return Line(
        name=visitor.say(f"kinds.{kind.code}"),
        url=place.url,
        clock=kinds_form.clock_words(visitor, kind.clock),
        team=visitor.say(f"kinds.role_{kind.team}"),
        key=kind.key or "",
        offered=kind.offered,
        own=own is not None,
        readable=own is None or own.kind is not None,
    )


# One kind -----------------------------------------------------------------------------------------------------------


def _show(visitor: Visitor, place: Place) -> str:
    kind = store.of(visitor.conn, place.hospital_id, place.code)
    return _form(visitor, place, Filled(kinds_form.typed(kind)), seen=_mark(visitor, place))


def _mark(visitor: Visitor, place: Place) -> str:
    found = store.setting(visitor.conn, place.hospital_id, place.code)
    return found.mark if found else ""


def _submit(visitor: Visitor, place: Place) -> Answer:
    if request.form.get("do") == "reset":
        return _reset(visitor, place)
    seen = request.form.get("seen", "")[:80]
    try:
        draft = kinds_form.read(place.code, request.form, store.of(visitor.conn, place.hospital_id, place.code))
        saved = store.save(visitor.conn, visitor.moment, visitor.by, place.hospital, draft, seen)
    except BadKind as bad:
        return _form(visitor, place, _refused(visitor, bad.faults), seen=seen), 422
    if isinstance(saved, Stale):
        return _form(visitor, place, Filled(sent()), seen=_mark(visitor, place), stale=True), CONFLICT
    return Back(place.url, "kinds.saved" if saved.changed else "directories.unchanged")


def _reset(visitor: Visitor, place: Place) -> Answer:
    try:
        done = store.reset(visitor.conn, visitor.moment, visitor.by, place.hospital, place.code)
    except BadKind as bad:
        return Back(place.url, f"kinds.fault_{bad.faults[0].code}", good=False, values={"part": bad.faults[0].part})
    return Back(place.url, "kinds.reset" if done else "directories.unchanged")


def _refused(visitor: Visitor, faults: Sequence[Fault]) -> Filled:
    said: dict[str, list[str]] = {}
    for fault in faults:
        said.setdefault(kinds_form.FIELD_OF[fault.code], []).append(
            visitor.say(f"kinds.fault_{fault.code}", part=fault.part)
        )
    return Filled(sent(), said)


def _form(visitor: Visitor, place: Place, filled: Filled, *, seen: str, stale: bool = False) -> str:
    own = store.setting(visitor.conn, place.hospital_id, place.code)
    counts = store.of(visitor.conn, place.hospital_id, place.code)
    zone = place.hospital.timezone if place.hospital else PARIS
    return page(
        visitor,
        "kind.html",
        "ladders",
        place=place,
        kind=counts,
        filled=filled,
        seen=seen,
        stale=stale,
        own=own,
        changed=when(visitor, own.changed_at, zone) if own else "",
        clock=kinds_form.clock_words(visitor, counts.clock),
        sorts=kinds_form.Sort,
        teams=Team,
        outcomes=[code for code in OUTCOMES if code != OF_THE_LINE],
    )
