"""A ward's rota in and out of files: a file is shown with what it would change, then taken over; the rota is given out.

What was read of a file travels with the page of its preview, sealed and bound to this account and ward: nothing of it
is kept here, nobody can alter it on the way, and a hostile file is opened once.
"""

from datetime import timedelta
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, abort, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from callbacks.readings import What
from scheduling import store
from scheduling.importing import preview as previews
from scheduling.importing import reading
from scheduling.importing.preview import Preview, Wish
from scheduling.importing.said import BadFile
from scheduling.planning import exporting, templates, wording
from scheduling.planning.changes import Changed, Refused
from scheduling.rota import Ward
from web.office import outside, transfer_asked
from web.office.guard import Answer, Back, Visitor, editor, signed_in
from web.office.page import page
from web.office.transfer_asked import BadAnswer, Carried
from web.office.transfer_shown import Shown, bad_file

blueprint = Blueprint("transfer", __name__, url_prefix="/transfer/<slug>")
_ROOM: Final = 512 * 1024  # for what stands around the file in the form
_LONGEST_EXPORT = timedelta(days=366 * 2)


@blueprint.url_value_preprocessor
def _let_files_in(endpoint: str | None, values: object) -> None:
    """Larger requests than elsewhere, before anything of them is read; the length they declare decides."""
    if endpoint in ("transfer.look", "transfer.apply"):
        request.max_content_length = reading.LARGEST + _ROOM
        request.max_form_memory_size = 2 * _ROOM


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_: RequestEntityTooLarge) -> tuple[str, int]:
    return outside.show("transfer_too_large.html", most=reading.LARGEST // 1024 // 1024), 413


@blueprint.get("")
@signed_in
def see(visitor: Visitor, slug: str) -> Answer:
    """Where a file is chosen, and where the rota is given out."""
    return _page(visitor, visitor.ward(slug))


def _page(visitor: Visitor, ward: Ward, error: str = "", field: str = "") -> str:
    usual = transfer_asked.usual(ward, visitor.moment.now)
    sent = {name: request.form.get(name, request.args.get(name, value)) for name, value in usual.items()}
    return page(
        visitor,
        "transfer.html",
        "rota",
        ward=ward,
        sent=sent,
        error=error,
        field=field,
        may_edit=visitor.account.may_edit(ward.id),
        most=reading.LARGEST // 1024 // 1024,
        largest=reading.LARGEST,
        names=[template.name for template in templates.of_ward(visitor.conn, ward.id)],
    )


@blueprint.post("/look")
@editor
def look(visitor: Visitor, slug: str) -> Answer:
    """What the file that was chosen would change."""
    ward = visitor.ward(slug, edit=True)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _page(visitor, ward, visitor.say("transfer.no_file"), "file"), 422
    try:
        asked = transfer_asked.asked(request.form, ward, templates.of_ward(visitor.conn, ward.id))
        with file.stream as stream:  # a large one lies in a temporary file, which ends here
            parsed = reading.read(file.filename, stream.read(reading.LARGEST + 1), asked)
    except BadAnswer as wrong:
        return _page(visitor, ward, visitor.say(f"transfer.{wrong.code}"), wrong.field), 422
    except BadFile as reason:
        return _page(visitor, ward, bad_file(reason, visitor.language), "file"), 422
    wish = Wish({}, "replace" in request.form)
    return _preview(visitor, ward, Carried(file.filename[:100], parsed), wish)


@blueprint.post("/apply")
@editor
def apply(visitor: Visitor, slug: str) -> Answer:
    """Take the file over as it was shown; whatever changed since, or was answered since, is shown anew."""
    ward = visitor.ward(slug, edit=True)
    carried = transfer_asked.unseal(visitor, ward, request.form.get("carried", ""))
    if carried is None:
        return Back(url_for("transfer.see", slug=slug), "transfer.expired", good=False)
    wish, why = transfer_asked.wish(request.form), request.form.get("why", "").strip()[:500]
    found = previews.look(visitor.conn, visitor.moment, visitor.by, ward, carried.parsed, wish)
    if request.form.get("do") != "apply" or not found.possible:
        return _preview(visitor, ward, carried, wish, found)
    if found.plan.fingerprint != request.form.get("shown"):
        return _preview(visitor, ward, carried, wish, found, "changed_meanwhile")
    if found.needs_why and not why:
        return _preview(visitor, ward, carried, wish, found, "why_missing")
    done = previews.take_over(visitor.conn, visitor.moment, visitor.by, ward, found.plan, why)
    if isinstance(done, Refused):
        return _preview(visitor, ward, carried, wish, found, "changed_meanwhile")
    return _done(ward, found, done)


def _done(ward: Ward, found: Preview, done: Changed) -> Back:
    """To the month where it begins."""
    starts = [shift.start for shift in found.plan.added] + [held.shift.start for held in found.plan.removed]
    month = transfer_asked.month_of(min(starts), ward.timezone) if starts else None
    values = {"added": len(found.plan.added), "removed": len(found.plan.removed), "count": len(done.warnings)}
    return Back(url_for("rota.ward", slug=ward.slug, month=month), "transfer.done", values=values)


def _preview(
    visitor: Visitor, ward: Ward, carried: Carried, wish: Wish, found: Preview | None = None, alert: str = ""
) -> Answer:
    found = found or previews.look(visitor.conn, visitor.moment, visitor.by, ward, carried.parsed, wish)
    text = page(
        visitor,
        "transfer_preview.html",
        "rota",
        ward=ward,
        shown=Shown(found, carried.name, ward.timezone, visitor.language),
        preview=found,
        wish=wish,
        carried=transfer_asked.seal(visitor, ward, carried),
        remarks=wording.all_said(found.remarks, visitor.language),
        warnings=wording.all_said(found.warnings, visitor.language),
        members=transfer_asked.members(visitor.conn, ward),
        alert=alert,
        why=request.form.get("why", ""),
    )
    return (text, 422) if alert else text


@blueprint.get("/rota.<kind>")
@signed_in
def export(visitor: Visitor, slug: str, kind: str) -> Answer:
    """The rota between two days, as a file."""
    ward = visitor.ward(slug)
    if kind not in exporting.MEDIA_TYPES:
        abort(404)
    try:
        start, end = transfer_asked.stretch(request.args, ward, _LONGEST_EXPORT)
    except BadAnswer as wrong:
        return _page(visitor, ward, visitor.say(f"transfer.{wrong.code}"), f"export-{wrong.field}"), 422
    shifts = store.shifts_between(visitor.conn, [ward.id], start, end)
    # A senior's number is for those who keep the rota.
    phones = visitor.account.may_edit(ward.id)
    data = exporting.export(kind, ward, shifts, visitor.moment.now, visitor.language, phones=phones)
    first, last = (transfer_asked.day_of(at, ward.timezone) for at in (start, end - timedelta(seconds=1)))
    name = f"{ward.slug}-{first}-{last}.{kind}"
    visitor.reads(What.EXPORT, f"rota {ward.slug}")
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(data, content_type=exporting.MEDIA_TYPES[kind], headers={"Content-Disposition": disposition})
