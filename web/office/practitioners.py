"""The directory of practitioners: the GPs who phone. The administrators' alone."""

from datetime import datetime
from functools import partial

from flask import Blueprint, Response, abort, request, url_for

from callbacks import directory
from callbacks.readings import What
from config import numbers
from config.numbers import PARIS
from scheduling import local_time, practices
from scheduling.directories import opt_ins, practitioners
from scheduling.directories.forms import Refused, Saved, fingerprint
from scheduling.directories.opt_ins import Purpose
from scheduling.directories.practitioners import PREFERRED, REACH, Entry
from scheduling.importing.practitioners import luhn
from scheduling.local_time import BadTime
from web.office import entries
from web.office.entries import Filled
from web.office.guard import Answer, Back, Visitor, admin
from web.office.page import page

blueprint = Blueprint("practitioners", __name__, url_prefix="/practitioners")
CONFLICT = 409


@blueprint.get("")
@admin
def see(visitor: Visitor) -> Answer:
    """Those on file, by name."""
    asked = entries.asked("practitioners")
    found = practitioners.search(visitor.conn, asked, entries.page_asked())
    return page(
        visitor,
        "directories/practitioners.html",
        "practitioners",
        found=found,
        asked=asked,
        national=numbers.national,
        luhn=luhn,
    )


@blueprint.post("/search")
@admin
def search(visitor: Visitor) -> Answer:
    """What he looks for stays until he looks for something else."""
    entries.ask("practitioners")
    return Back(url_for("practitioners.see"))


@blueprint.get("/new")
@admin
def new(visitor: Visitor) -> Answer:
    """An empty form."""
    return _form(visitor, None, Filled({}))


@blueprint.post("/new")
@admin
def create(visitor: Visitor) -> Answer:
    """A practitioner more."""
    return _submit(visitor, None)


@blueprint.get("/<int:practitioner_id>")
@admin
def practitioner(visitor: Visitor, practitioner_id: int) -> Answer:
    """One practitioner."""
    return _form(visitor, practitioner_id, _filled(_entry(visitor, practitioner_id)))


@blueprint.post("/<int:practitioner_id>")
@admin
def change(visitor: Visitor, practitioner_id: int) -> Answer:
    """The entry is saved, unless somebody else changed it since it was shown."""
    _entry(visitor, practitioner_id)
    return _submit(visitor, practitioner_id)


@blueprint.post("/<int:practitioner_id>/remove")
@admin
def remove(visitor: Visitor, practitioner_id: int) -> Answer:
    """He asked to be forgotten."""
    said = _entry(visitor, practitioner_id)
    seen = request.form.get("seen", "")
    gone = directory.forget_practitioner(visitor.conn, visitor.moment, visitor.by, practitioner_id, seen)
    if isinstance(gone, Saved):
        return Back(url_for("practitioners.see"), "directories.practitioner_removed")
    if isinstance(gone, directory.OnHold):
        here = url_for("practitioners.practitioner", practitioner_id=practitioner_id)
        return Back(here, "retention.refused_removal", good=False)
    stale = entries.meanwhile(visitor, gone.change)
    return _form(visitor, practitioner_id, _filled(said), stale=stale), CONFLICT


@blueprint.post("/<int:practitioner_id>/agreements")
@admin
def agree(visitor: Visitor, practitioner_id: int) -> Answer:
    """What he agreed to, when and where he said so; or that he takes it back."""
    said = _entry(visitor, practitioner_id)
    here = url_for("practitioners.practitioner", practitioner_id=practitioner_id)
    purpose = next((each for each in Purpose if each == request.form.get("purpose")), None)
    if purpose is None:
        return Back(here, "partners.agreement_missing", good=False)
    if request.form.get("do") == "take_back":
        opt_ins.decline(visitor.conn, visitor.moment, visitor.by, practitioner_id, purpose, visitor.account.name)
        return Back(here, "partners.agreement_taken_back", values={"name": said.name})
    source, now = " ".join(request.form.get("source", "").split()), visitor.moment.now
    given_at = _day(request.form.get("given_on", "").strip(), now)
    if not source or given_at is None:
        return Back(here, "partners.agreement_missing", good=False)
    opt_ins.give(visitor.conn, visitor.moment, visitor.by, practitioner_id, purpose, source, given_at)
    return Back(here, "partners.agreement_given", values={"name": said.name})


@blueprint.get("/newsletter.csv")
@admin
def newsletter(visitor: Visitor) -> Answer:
    """Who agreed to the newsletter, for the tool that sends it."""
    visitor.reads(What.EXPORT, "newsletter")
    reply = Response(opt_ins.newsletter(opt_ins.readers(visitor.conn)), mimetype="text/csv")
    reply.headers["Content-Disposition"] = 'attachment; filename="rappel24-newsletter.csv"'
    return reply


def _day(typed: str, now: datetime) -> datetime | None:
    """The beginning of the day that was typed, now when none was; None: a day on which nobody can have agreed."""
    try:
        given_at = local_time.read(typed, PARIS).at if typed else now
    except BadTime:
        return None
    return given_at if given_at <= now else None


def _submit(visitor: Visitor, practitioner_id: int | None) -> Answer:
    draft = practitioners.read_form(visitor.conn, entries.form(), practitioner_id)
    filled = Filled(entries.sent())
    if isinstance(draft, Refused):
        return _form(visitor, practitioner_id, Filled(filled.typed, entries.in_words(visitor, draft.faults))), 422
    seen = request.form.get("seen", "")
    saved = practitioners.save(visitor.conn, visitor.moment, visitor.by, practitioner_id, draft, seen)
    if isinstance(saved, Saved):
        note = "practitioner_saved" if saved.changed else "unchanged"
        to = url_for("practitioners.practitioner", practitioner_id=saved.id)
        return Back(to, f"directories.{note}", values={"name": draft.name})
    return _form(visitor, practitioner_id, filled, stale=entries.meanwhile(visitor, saved.change)), CONFLICT


def _entry(visitor: Visitor, practitioner_id: int) -> Entry:
    return practitioners.entry(visitor.conn, practitioner_id) or abort(404)


def _filled(said: Entry) -> Filled:
    return Filled(
        {
            "name": [said.name],
            "email": [said.email],
            "rpps": [said.rpps or ""],
            "practice": [said.practice],
            "phone": [numbers.national(phone) for phone in said.phones],
            **{name: [getattr(said, name)] for name in ("postcode", "mssante", "preferred", "reach")},
        }
    )


def _form(visitor: Visitor, practitioner_id: int | None, filled: Filled, *, stale: str = "") -> str:
    said = None if practitioner_id is None else practitioners.entry(visitor.conn, practitioner_id)
    found = practitioners.notices(visitor.conn, practitioner_id, said) if practitioner_id and said else []
    return page(
        visitor,
        "directories/practitioner.html",
        "practitioners",
        practitioner=said,
        id=practitioner_id,
        filled=filled,
        phones=[*filled.every("phone"), *[""] * max(2, 3 - len(filled.every("phone")))][: practitioners.MOST_PHONES],
        seen=fingerprint(said) if said else "",
        stale=stale,
        preferred=PREFERRED,
        reach=REACH,
        practices=practices.of_practitioner(visitor.conn, practitioner_id) if practitioner_id else [],
        purposes=list(Purpose),
        agreements=_agreements(visitor, practitioner_id),
        notices=entries.told(visitor, found, PARIS),
        when=partial(entries.when, visitor),
        zone=PARIS,
    )


def _agreements(visitor: Visitor, practitioner_id: int | None) -> dict[Purpose, list[opt_ins.OptIn]]:
    """All that he said of each purpose, the latest first."""
    said = [] if practitioner_id is None else opt_ins.of(visitor.conn, practitioner_id)
    return {purpose: [each for each in said if each.purpose is purpose] for purpose in Purpose}
