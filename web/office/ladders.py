"""Ladders on a page: which ward climbs which, what it would do and would have done; changed, and set back."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, request

from callbacks import ladders
from callbacks.kinds import kind as kinds
from callbacks.ladder import MOST, BadLadder, Fault, Rung
from callbacks.ladders import Saved, Setting, Stale
from config.numbers import PARIS
from scheduling.rota import WARD, Ward
from web.office import ladders_form, ladders_tried, rungs_shown
from web.office.entries import when
from web.office.guard import Answer, Back, Visitor, admin
from web.office.ladders_form import Row
from web.office.ladders_tried import Place
from web.office.page import page
from web.office.rota_words import local

blueprint = Blueprint("ladders", __name__, url_prefix="/ladders")
CONFLICT = 409


@blueprint.get("")
@admin
def see(visitor: Visitor) -> Answer:
    """What counts for all wards, and the wards that differ, kind by kind."""
    settings, wards = ladders.settings(visitor.conn), visitor.wards()
    return page(
        visitor, "ladders.html", "ladders", kinds=[_listed(visitor, kind, settings, wards) for kind in _kinds()]
    )


@blueprint.get("/<kind>")
@admin
def house(visitor: Visitor, kind: str) -> Answer:
    """The ladder of all wards that have none of their own."""
    return _show(visitor, _place(visitor, kind))


@blueprint.post("/<kind>")
@admin
def change_house(visitor: Visitor, kind: str) -> Answer:
    """It is tried, shaped, saved or set back to this release's."""
    return _submit(visitor, _place(visitor, kind))


@blueprint.get("/<kind>/<slug>")
@admin
def ward(visitor: Visitor, kind: str, slug: str) -> Answer:
    """The ladder of one ward."""
    return _show(visitor, _place(visitor, kind, slug))


@blueprint.post("/<kind>/<slug>")
@admin
def change_ward(visitor: Visitor, kind: str, slug: str) -> Answer:
    """It is tried, shaped, saved, or set back to every ward's."""
    return _submit(visitor, _place(visitor, kind, slug))


def _kinds() -> Sequence[str]:
    return tuple(kinds.spans())


def _place(visitor: Visitor, kind: str, slug: str = "") -> Place:
    if kind not in _kinds():
        abort(404)
    return Place(kind, visitor.ward(slug) if slug else None)


# The list -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Own:
    """A ladder that was changed, as the list shows it."""

    ward: Ward | None
    url: str
    readable: bool
    changed: str


@dataclass(frozen=True)
class Listed:
    """A kind of request: what counts for all, the wards that differ, the others."""

    kind: str
    url: str
    house: Own | None
    steps: Sequence[rungs_shown.Step]
    own: Sequence[Own]
    others: Sequence[tuple[Ward, str]]


def _listed(visitor: Visitor, kind: str, settings: Sequence[Setting], wards: Sequence[Ward]) -> Listed:
    of_kind = {each.ward_id: each for each in settings if each.kind == kind}
    rungs = ladders.standing(visitor.conn, None, kind)
    own = [_own(visitor, Place(kind, ward), of_kind[ward.id]) for ward in wards if ward.id in of_kind]
    return Listed(
        kind=kind,
        url=Place(kind, None).url,
        house=_own(visitor, Place(kind, None), of_kind[None]) if None in of_kind else None,
        steps=rungs_shown.steps(visitor, rungs, kinds.spans()[kind]),
        own=own,
        others=[(ward, Place(kind, ward).url) for ward in _owing(wards, kind) if ward.id not in of_kind],
    )


def _owing(wards: Sequence[Ward], kind: str) -> list[Ward]:
    """The lines with which such requests lie: those of its team; where a hospital has none, its wards."""
    team = kinds.defaults()[kind].team
    there = {ward.hospital for ward in wards if ward.role == team}
    return [ward for ward in wards if ward.role == (team if ward.hospital in there else WARD)]


def _own(visitor: Visitor, place: Place, setting: Setting) -> Own:
    zone = place.ward.timezone if place.ward else _zone(visitor)
    at = when(visitor, setting.changed_at, zone)
    changed = (
        visitor.say("ladders.changed_by", name=setting.by, at=at)
        if setting.by
        else visitor.say("ladders.changed", at=at)
    )
    return Own(place.ward, place.url, setting.rungs is not None, changed)


def _zone(visitor: Visitor) -> str:
    return next((each.timezone for each in visitor.wards()), PARIS)


# One ladder ---------------------------------------------------------------------------------------------------------


def _show(visitor: Visitor, place: Place) -> str:
    rows = ladders_form.shown(ladders.standing(visitor.conn, place.ward_id, place.kind))
    return _form(visitor, place, rows, seen=_seen(visitor, place))


def _seen(visitor: Visitor, place: Place) -> str:
    found = ladders.setting(visitor.conn, place.ward_id, place.kind)
    return found.mark if found else ""


def _submit(visitor: Visitor, place: Place) -> Answer:
    do, seen = request.form.get("do", ""), request.form.get("seen", "")[:80]
    if do == "reset":
        return _reset(visitor, place)
    rows = ladders_form.typed(request.form)
    if (reshaped := ladders_form.reshaped(rows, do)) is not None:
        return _form(visitor, place, reshaped, seen=seen)
    if do == "save":
        return _save(visitor, place, rows, seen)
    return _form(visitor, place, rows, seen=seen, rehearse=do == "rehearse")


def _save(visitor: Visitor, place: Place, rows: Sequence[Row], seen: str) -> Answer:
    entries = ladders_form.entries(rows)
    try:
        saved = ladders.save(visitor.conn, visitor.moment, visitor.by, place.ward, place.kind, entries, seen)
    except BadLadder:
        return _form(visitor, place, rows, seen=seen), 422
    if isinstance(saved, Stale):
        return _form(
            visitor, place, rows, seen=_seen(visitor, place), stale=_meanwhile(visitor, place, saved)
        ), CONFLICT
    return Back(place.url, "ladders.saved" if isinstance(saved, Saved) else "ladders.unchanged")


def _meanwhile(visitor: Visitor, place: Place, stale: Stale) -> str:
    if stale.meanwhile is None:
        return visitor.say("ladders.stale_reset")
    return visitor.say("ladders.stale", changed=_own(visitor, place, stale.meanwhile).changed)


def _reset(visitor: Visitor, place: Place) -> Back:
    done = ladders.reset(visitor.conn, visitor.moment, visitor.by, place.ward, place.kind)
    note = "unchanged" if not done else "reset_done" if place.ward else "reset_house_done"
    return Back(place.url, f"ladders.{note}")


def _form(
    visitor: Visitor, place: Place, rows: Sequence[Row], *, seen: str, stale: str = "", rehearse: bool = False
) -> str:
    rungs, faults = _read(visitor, place, rows)
    setting = ladders.setting(visitor.conn, place.ward_id, place.kind)
    counts = ladders.standing(visitor.conn, place.ward_id, place.kind)
    asked = ladders_tried.asked_for(visitor, place)
    return page(
        visitor,
        "ladder.html",
        "ladders",
        place=place,
        rows=list(enumerate(rows, start=1)),
        most=MOST,
        faults=[(fault.rung, _fault(visitor, fault)) for fault in faults],
        seen=seen,
        stale=stale,
        own=_own(visitor, place, setting) if setting else None,
        edited=rungs is not None and rungs != counts,
        steps=rungs_shown.steps(visitor, rungs, kinds.spans()[place.kind], place.ward) if rungs else [],
        asked=asked,
        at=local(asked.at, ZoneInfo(asked.ward.timezone)) if asked else "",
        wards=visitor.wards() if place.ward is None else [],
        drawing=ladders_tried.drawing(visitor, place.kind, rungs, asked) if rungs and asked else None,
        rehearsal=ladders_tried.rehearsed(visitor, place, rungs) if rungs and rehearse else None,
    )


def _read(visitor: Visitor, place: Place, rows: Sequence[Row]) -> tuple[tuple[Rung, ...] | None, Sequence[Fault]]:
    try:
        return ladders.checked(ladders.named(ladders_form.entries(rows), visitor.moment), place.kind), ()
    except BadLadder as bad:
        return None, bad.faults


def _fault(visitor: Visitor, fault: Fault) -> str:
    said = visitor.say(f"ladders.fault_{fault.code}", part=fault.part)
    return visitor.say("ladders.fault_of", number=fault.rung, fault=said) if fault.rung else said[:1].upper() + said[1:]
