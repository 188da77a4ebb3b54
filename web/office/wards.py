"""The directory of wards: list, search, one ward with its hours, its code and its ladder; hospitals."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

from flask import Blueprint, abort, request, url_for

from config import numbers
from scheduling import desks as lines
from scheduling import opening_words, store
from scheduling.directories import desks, going_live, hospitals, wards
from scheduling.directories.forms import Fault, Refused, Saved, Stale, fingerprint
from scheduling.folding import fold
from scheduling.local_time import BadTime, read, show
from scheduling.opening import Opening
from scheduling.rota import ROLES, WARD, Ward
from web.office import entries, wards_shown
from web.office.entries import Filled, Typed
from web.office.guard import Answer, Back, Visitor, admin, editor, signed_in
from web.office.page import page

blueprint = Blueprint("wards", __name__, url_prefix="/wards")
CONFLICT = 409


@blueprint.get("")
@signed_in
def see(visitor: Visitor) -> Answer:
    """The wards he may see, by hospital."""
    asked = entries.asked("wards")
    found = wards.listed(visitor.conn, visitor.wards(), asked)
    by_hospital: dict[str, list[wards.Listed]] = {}
    for one in sorted(found, key=lambda one: (fold(one.ward.hospital), fold(one.ward.name))):
        by_hospital.setdefault(one.ward.hospital, []).append(one)
    ids = {hospital.name: hospital.id for hospital in store.hospitals(visitor.conn)}
    codes = [one.ward.keypad for one in found if one.ward.role == WARD]
    return page(
        visitor,
        "directories/wards.html",
        "wards",
        found=by_hospital,
        total=len(found),
        asked=asked,
        ids=ids,
        now=visitor.moment.now,
        shared={code for code in codes if codes.count(code) > 1},
        shown=partial(opening_words.shown, language=visitor.language),
        day=partial(entries.day, visitor),
    )


@blueprint.post("/search")
@signed_in
def search(visitor: Visitor) -> Answer:
    """What he looks for stays until he looks for something else."""
    entries.ask("wards")
    return Back(url_for("wards.see"))


@blueprint.get("/new")
@admin
def new(visitor: Visitor) -> Answer:
    """An empty form."""
    return _form(visitor, None, Filled({"announces_shift": ["1"]}))


@blueprint.post("/new")
@admin
def create(visitor: Visitor) -> Answer:
    """A ward more; or what is wrong with it; or only what its hours would be."""
    return _submit(visitor, None)


@blueprint.get("/<slug>")
@signed_in
def ward(visitor: Visitor, slug: str) -> Answer:
    """One ward: what callers meet, and what stands behind."""
    found = visitor.ward(slug)
    return _form(visitor, found, Filled(_typed(wards.entry(visitor.conn, found.id), visitor.language)))


@blueprint.post("/<slug>")
@editor
def change(visitor: Visitor, slug: str) -> Answer:
    """Its entry is saved, unless somebody else changed it since he was shown it."""
    return _submit(visitor, visitor.ward(slug, edit=True))


@blueprint.post("/<slug>/checked")
@editor
def check(visitor: Visitor, slug: str) -> Answer:
    """He looked, and it is right."""
    found = visitor.ward(slug, edit=True)
    wards.check(visitor.conn, visitor.moment, visitor.by, found)
    return Back(url_for("wards.ward", slug=slug), "directories.ward_checked", values={"ward": found.name})


@blueprint.post("/<slug>/live")
@admin
def go_live(visitor: Visitor, slug: str) -> Answer:
    """GPs reach it, now or from a date on; or not yet; unless somebody else said so since he was shown it."""
    found = visitor.ward(slug, edit=True)
    where = url_for("wards.ward", slug=slug)
    try:
        live_from = _live_from(visitor, found)
    except BadTime:
        return Back(where, "directories.live_no_time", good=False, values={"ward": found.name})
    seen = request.form.get("live_seen", "")
    saved = going_live.save(visitor.conn, visitor.moment, visitor.by, found, live_from, seen)
    if isinstance(saved, Stale):
        note, values = entries.meanwhile_said(visitor, saved.change)
        return Back(where, note, good=False, values=values)
    note = "unchanged" if not saved.changed else "ward_live" if live_from is not None else "ward_prepared"
    return Back(where, f"directories.{note}", values={"ward": found.name})


def _live_from(visitor: Visitor, found: Ward) -> datetime | None:
    """What he chose. BadTime."""
    chosen = request.form.get("do")
    if chosen == "from":
        return read(request.form.get("at", ""), found.timezone).at
    if chosen not in ("now", "not_yet"):
        abort(400)
    # To the minute, as files and forms write it: a file that was given out comes back unchanged.
    return visitor.moment.now.replace(second=0, microsecond=0) if chosen == "now" else None


@blueprint.post("/<slug>/desks")
@admin
def choose_desks(visitor: Visitor, slug: str) -> Answer:
    """Which lines answer for it, role by role."""
    found = visitor.ward(slug, edit=True)
    chosen = desks.read_form(entries.form(), lines.of(visitor.conn, found.id))
    if isinstance(chosen, Refused):
        abort(400)
    changed = desks.save(visitor.conn, visitor.moment, visitor.by, found, chosen)
    note = "desks_saved" if changed else "unchanged"
    return Back(url_for("wards.ward", slug=slug), f"directories.{note}", values={"ward": found.name})


def _submit(visitor: Visitor, found: Ward | None) -> Answer:
    before = None if found is None else wards.entry(visitor.conn, found.id)
    allowed = wards.EVERYTHING if visitor.account.administers else wards.EDITORS
    draft = wards.read_form(visitor.conn, entries.form(), before, allowed)
    if isinstance(draft, Refused):
        return _form(visitor, found, Filled(entries.sent(), entries.in_words(visitor, draft.faults))), 422
    if request.form.get("do") == "preview":
        return _form(visitor, found, Filled(entries.sent()), preview=draft)
    ward_id = None if found is None else found.id
    saved = wards.save(visitor.conn, visitor.moment, visitor.by, ward_id, draft, request.form.get("seen", ""))
    if isinstance(saved, Saved):
        if found is None and draft.role == WARD and request.form.get("prepared"):  # nobody but a ward is ever opened
            made = store.ward(visitor.conn, saved.id)
            going_live.save(visitor.conn, visitor.moment, visitor.by, made, None, going_live.mark(made.live_from))
        note = "ward_saved" if saved.changed else "unchanged"
        return Back(url_for("wards.ward", slug=draft.slug), f"directories.{note}", values={"ward": draft.name})
    if isinstance(saved, Refused):
        return _form(visitor, found, Filled(entries.sent(), entries.in_words(visitor, saved.faults))), 422
    return _form(visitor, found, Filled(entries.sent()), stale=saved, preview=draft), CONFLICT


@dataclass(frozen=True)
class _Clash:
    """A field that two people changed: what is on file now, and what he typed."""

    label: str
    theirs: str
    yours: str


def _form(
    visitor: Visitor,
    found: Ward | None,
    filled: Filled,
    *,
    preview: wards.Entry | None = None,
    stale: Stale | None = None,
) -> str:
    conn, said = visitor.conn, None if found is None else wards.entry(visitor.conn, found.id)
    opening = _opening(visitor, preview, found, filled)
    keypad = preview.keypad if preview else found.keypad if found else ""
    return page(
        visitor,
        "directories/ward.html",
        "wards",
        ward=found,
        filled=filled,
        seen=fingerprint(said) if said else "",
        admin=visitor.account.administers,
        edits=found is None or visitor.account.may_edit(found.id),
        stale=entries.meanwhile(visitor, stale.change) if stale else "",
        differences=_differences(visitor, said, preview) if stale and said and preview else [],
        previewed=preview is not None and stale is None,
        hours=wards_shown.hours(visitor, opening) if opening else [],
        week=wards_shown.week(visitor, opening, visitor.moment.now) if opening else [],
        clashes=wards.clashes(conn, keypad, found.id if found else None) if keypad else [],
        notices=entries.told(visitor, wards.notices(conn, found, visitor.moment.now), found.timezone) if found else [],
        ladder=wards_shown.steps(visitor, found) if found else [],
        row=wards.listed(conn, [found])[0] if found else None,
        cover=_cover(visitor, said),
        desks=_desks(visitor, found),
        live=None if found is None else found.is_live(visitor.moment.now),
        live_from=_local(found) if found is not None else "",
        live_seen=going_live.mark(found.live_from) if found is not None else "",
        when=entries.when,
        **(_choices(visitor, found) if visitor.account.administers else {}),
    )


def _local(found: Ward) -> str:
    """From when on GPs reach it, as a field of a form takes it."""
    return show(found.live_from, found.timezone)[:16].replace(" ", "T") if found.live_from is not None else ""


def _desks(visitor: Visitor, found: Ward | None) -> list[lines.Answering]:
    """Who answers for a ward; nobody answers for a desk, nor where the hospital has none."""
    answering = lines.of(visitor.conn, found.id) if found is not None and found.role == WARD else []
    return answering if any(each.lines for each in answering) else []


def _cover(visitor: Visitor, said: wards.Entry | None) -> str:
    if said is None or said.covered_by_id is None:
        return ""
    cover = store.ward(visitor.conn, said.covered_by_id)
    return f"{cover.name} ({cover.hospital})"


def _opening(visitor: Visitor, preview: wards.Entry | None, found: Ward | None, filled: Filled) -> Opening | None:
    """The hours to explain: those typed when they can be read, else those on file."""
    zone = found.timezone if found else numbers.PARIS
    if preview is not None:
        in_hospital = hospitals.entry(visitor.conn, preview.hospital_id)
        return Opening.parse(preview.opening, in_hospital.timezone if in_hospital else zone)
    read = wards.read_opening(filled.value("opening"), zone)
    if not isinstance(read, Fault):
        return read
    return found.opening if found else None


def _choices(visitor: Visitor, found: Ward | None) -> Mapping[str, object]:
    names = [ward for ward in store.all_line_names(visitor.conn) if found is None or ward.id != found.id]
    return {
        "hospitals": store.hospitals(visitor.conn),
        "covers": sorted(names, key=lambda ward: (fold(ward.hospital), fold(ward.name))),
        "people": sorted(store.everybody(visitor.conn), key=lambda person: fold(person.name)),
        "national": numbers.national,
        "roles": ROLES,
    }


def _differences(visitor: Visitor, theirs: wards.Entry, yours: wards.Entry) -> list[_Clash]:
    on_file, typed = wards.in_words(visitor.conn, theirs), wards.in_words(visitor.conn, yours)
    return [
        _Clash(visitor.say(f"trail.field_{name}"), _plain(visitor, on_file[name]), _plain(visitor, typed[name]))
        for name in typed
        if on_file[name] != typed[name]
    ]


def _plain(visitor: Visitor, value: object) -> str:
    if isinstance(value, bool):
        return visitor.say("directories.yes" if value else "directories.no")
    return str(value) or "–"


def _typed(said: wards.Entry, language: str) -> Typed:
    """The entry as its form shows it."""
    plain = {name: [str(value)] for name, value in asdict(said).items() if isinstance(value, (str, int))}
    flags = {name: ["1"] if getattr(said, name) else [] for name in ("announces_shift", "asks_presence")}
    return (
        plain
        | flags
        | {
            "keywords": ["; ".join(said.keywords)],
            "opening": ["\n".join(opening_words.shown(said.opening, language).split("; "))],
            "switchboard": [numbers.national(said.switchboard)] if said.switchboard else [],
        }
    )


@blueprint.get("/hospitals/new")
@admin
def new_hospital(visitor: Visitor) -> Answer:
    """An empty form."""
    return _hospital_form(visitor, None, Filled({"timezone": [numbers.PARIS]}))


@blueprint.get("/hospitals/<int:hospital_id>")
@admin
def hospital(visitor: Visitor, hospital_id: int) -> Answer:
    """A hospital's name and zone, and what becomes of who writes and is not on file."""
    said = hospitals.entry(visitor.conn, hospital_id) or abort(404)
    return _hospital_form(visitor, hospital_id, Filled({name: [value] for name, value in asdict(said).items()}))


@blueprint.post("/hospitals/new")
@admin
def create_hospital(visitor: Visitor) -> Answer:
    """A hospital more."""
    return _submit_hospital(visitor, None)


@blueprint.post("/hospitals/<int:hospital_id>")
@admin
def change_hospital(visitor: Visitor, hospital_id: int) -> Answer:
    """What was changed of it is saved."""
    return _submit_hospital(visitor, hospital_id)


def _submit_hospital(visitor: Visitor, hospital_id: int | None) -> Answer:
    draft = hospitals.read_form(visitor.conn, entries.form(), hospital_id)
    if isinstance(draft, Refused):
        return _hospital_form(
            visitor, hospital_id, Filled(entries.sent(), entries.in_words(visitor, draft.faults))
        ), 422
    seen = request.form.get("seen", "")
    saved = hospitals.save(visitor.conn, visitor.moment, visitor.by, hospital_id, draft, seen)
    if isinstance(saved, Saved):
        return Back(url_for("wards.see"), "directories.hospital_saved", values={"hospital": draft.name})
    if isinstance(saved, Refused):
        abort(404)
    filled = Filled(entries.sent())
    return _hospital_form(visitor, hospital_id, filled, stale=entries.meanwhile(visitor, saved.change)), CONFLICT


def _hospital_form(visitor: Visitor, hospital_id: int | None, filled: Filled, *, stale: str = "") -> str:
    said = None if hospital_id is None else hospitals.entry(visitor.conn, hospital_id)
    return page(
        visitor,
        "directories/hospital.html",
        "wards",
        filled=filled,
        seen=fingerprint(said) if said else "",
        stale=stale,
        zones=hospitals.ZONES,
        policies=hospitals.POLICIES,
        hospital=said,
    )
