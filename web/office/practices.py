"""The directory of practices and health centres: their numbers, and who works there. The administrators' alone."""

from functools import partial

from flask import Blueprint, abort, request, url_for

from config import numbers
from scheduling.directories import practices
from scheduling.directories.forms import Refused, Saved, fingerprint
from scheduling.directories.practitioners import MOST_PHONES
from scheduling.practices import KINDS, Entry, entry, members_of
from web.office import entries
from web.office.entries import Filled
from web.office.guard import Answer, Back, Visitor, admin
from web.office.page import page

blueprint = Blueprint("practices", __name__, url_prefix="/practices")
CONFLICT = 409


@blueprint.get("")
@admin
def see(visitor: Visitor) -> Answer:
    """Those on file, by name."""
    asked = entries.asked("practices")
    found = practices.search(visitor.conn, asked, entries.page_asked())
    return page(
        visitor, "directories/practices.html", "practitioners", found=found, asked=asked, national=numbers.national
    )


@blueprint.post("/search")
@admin
def search(visitor: Visitor) -> Answer:
    """What he looks for stays until he looks for something else."""
    entries.ask("practices")
    return Back(url_for("practices.see"))


@blueprint.get("/new")
@admin
def new(visitor: Visitor) -> Answer:
    """An empty form."""
    return _form(visitor, None, Filled({}))


@blueprint.post("/new")
@admin
def create(visitor: Visitor) -> Answer:
    """A practice more."""
    return _submit(visitor, None)


@blueprint.get("/<int:practice_id>")
@admin
def practice(visitor: Visitor, practice_id: int) -> Answer:
    """One practice."""
    return _form(visitor, practice_id, _filled(_entry(visitor, practice_id)))


@blueprint.post("/<int:practice_id>")
@admin
def change(visitor: Visitor, practice_id: int) -> Answer:
    """The entry is saved, unless somebody else changed it since it was shown."""
    _entry(visitor, practice_id)
    return _submit(visitor, practice_id)


@blueprint.post("/<int:practice_id>/remove")
@admin
def remove(visitor: Visitor, practice_id: int) -> Answer:
    """It has closed."""
    said = _entry(visitor, practice_id)
    gone = practices.remove(visitor.conn, visitor.moment, visitor.by, practice_id, request.form.get("seen", ""))
    if isinstance(gone, Saved):
        return Back(url_for("practices.see"), "partners.practice_removed")
    return _form(visitor, practice_id, _filled(said), stale=entries.meanwhile(visitor, gone.change)), CONFLICT


def _submit(visitor: Visitor, practice_id: int | None) -> Answer:
    draft, typed = practices.read_form(visitor.conn, entries.form(), practice_id), entries.sent()
    if isinstance(draft, Refused):
        return _form(visitor, practice_id, Filled(typed, entries.in_words(visitor, draft.faults))), 422
    seen = request.form.get("seen", "")
    saved = practices.save(visitor.conn, visitor.moment, visitor.by, practice_id, draft, seen)
    if isinstance(saved, Saved):
        note = "partners.practice_saved" if saved.changed else "directories.unchanged"
        return Back(url_for("practices.practice", practice_id=saved.id), note, values={"name": draft.name})
    return _form(visitor, practice_id, Filled(typed), stale=entries.meanwhile(visitor, saved.change)), CONFLICT


def _entry(visitor: Visitor, practice_id: int) -> Entry:
    return entry(visitor.conn, practice_id) or abort(404)


def _filled(said: Entry) -> Filled:
    return Filled(
        {
            **{name: [getattr(said, name) or ""] for name in ("name", "kind", "postcode", "town", "finess")},
            "phone": [numbers.national(phone) for phone in said.phones],
            "member": [str(member) for member in said.members],
        }
    )


def _form(visitor: Visitor, practice_id: int | None, filled: Filled, *, stale: str = "") -> str:
    said = None if practice_id is None else entry(visitor.conn, practice_id)
    phones = filled.every("phone")
    return page(
        visitor,
        "directories/practice.html",
        "practitioners",
        practice=said,
        id=practice_id,
        filled=filled,
        kinds=KINDS,
        members=members_of(visitor.conn, said) if said else {},
        phones=[*phones, *[""] * max(2, 3 - len(phones))][:MOST_PHONES],
        seen=fingerprint(said) if said else "",
        stale=stale,
        when=partial(entries.when, visitor),
    )
