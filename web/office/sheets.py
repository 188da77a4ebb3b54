"""Whole directories as CSV files: out, and in after a look at what would change."""

import base64
from dataclasses import dataclass

from babel.numbers import format_decimal
from flask import Blueprint, Response, abort, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from callbacks.readings import What
from scheduling.directories import sheets
from scheduling.directories.sheets import Kind
from scheduling.importing import Report
from web.office import outside
from web.office.guard import Answer, Back, Visitor, admin
from web.office.page import page

blueprint = Blueprint("sheets", __name__, url_prefix="/directories/<kind>")
LARGEST = 1_000_000  # bytes; beyond, the command line has the time that a page has not
# A visit may idle ten seconds in its transaction, and they are read in it; a proxy waits twenty.
MOST_LINES = 10_000
_ROOM = 512 * 1024  # for what stands around the file in the form
KEPT = 300_000  # bytes that travel with the page, so that the file need not be chosen twice
SECTIONS = {
    Kind.WARDS: "wards",
    Kind.SENIORS: "people",
    Kind.PRACTITIONERS: "practitioners",
    Kind.PRACTICES: "practices",
}
LIT = {Kind.PRACTICES: "practitioners"}  # in the head of the page, where another section than its own is


@dataclass(frozen=True)
class _Seen:
    """What a look at the file found, and the file itself when it is small enough to travel with the page."""

    name: str
    report: Report
    kept: str = ""  # base64


@blueprint.url_value_preprocessor
def _let_files_in(endpoint: str | None, values: object) -> None:
    """Larger requests than elsewhere, before anything of them is read; the length they declare decides."""
    if endpoint == "sheets.take_in":
        request.max_content_length = LARGEST + _ROOM
        request.max_form_memory_size = _ROOM


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_: RequestEntityTooLarge) -> tuple[str, int]:
    return outside.show("directories/too_large.html", most=LARGEST // 1_000_000), 413


@blueprint.get("")
@admin
def see(visitor: Visitor, kind: str) -> Answer:
    """What a file must hold; a file to take away."""
    return _page(visitor, _kind(kind))


@blueprint.get("/export.csv")
@admin
def export(visitor: Visitor, kind: str) -> Answer:
    """The directory as a file."""
    visitor.reads(What.EXPORT, _kind(kind))
    reply = Response(sheets.give_out(visitor.conn, _kind(kind)), mimetype="text/csv")
    reply.headers["Content-Disposition"] = f'attachment; filename="rappel24-{_kind(kind)}.csv"'
    return reply


@blueprint.post("")
@admin
def take_in(visitor: Visitor, kind: str) -> Answer:
    """Look at a file, or import it: all of it, or nothing."""
    which, said = _kind(kind), _file()
    if said is None:
        return _page(visitor, which, refusal=visitor.say("directories.file_none")), 422
    name, data = said
    refusal = _too_much(visitor, data)
    if refusal:
        return _page(visitor, which, refusal=refusal), 413
    dry_run = request.form.get("do") != "import"
    report = sheets.take_in(visitor.conn, visitor.moment, visitor.by, which, data, dry_run=dry_run)
    if report.ok and not dry_run:
        counts = {"created": report.created, "changed": report.changed, "unchanged": report.unchanged}
        return Back(url_for(f"{SECTIONS[which]}.see"), "directories.file_imported", values=counts)
    kept = base64.b64encode(data).decode() if report.ok and len(data) <= KEPT else ""
    return _page(visitor, which, seen=_Seen(name, report, kept)), 200 if report.ok else 422


def _file() -> tuple[str, bytes] | None:
    """The file that was chosen; else the one that travelled with the page."""
    chosen = request.files.get("file")
    if chosen is not None and chosen.filename:
        return chosen.filename, chosen.stream.read(LARGEST + 1)
    kept = request.form.get("kept", "")
    try:
        return (request.form.get("name", ""), base64.b64decode(kept, validate=True)) if kept else None
    except ValueError:  # binascii.Error too: a file that did not travel with a page of ours
        return None


def _too_much(visitor: Visitor, data: bytes) -> str:
    """Why a page has no time for so large a file; empty: it has."""
    if len(data) > LARGEST:
        return visitor.say("directories.file_large", most=LARGEST // 1_000_000)
    if len(data.splitlines()) > MOST_LINES:
        return visitor.say("directories.file_long", most=format_decimal(MOST_LINES, locale=visitor.language))
    return ""


def _kind(said: str) -> Kind:
    return Kind(said) if said in set(Kind) else abort(404)


def _page(visitor: Visitor, kind: Kind, *, seen: _Seen | None = None, refusal: str = "") -> str:
    columns = sheets.COLUMNS[kind]
    return page(
        visitor,
        "directories/sheets.html",
        LIT.get(kind, SECTIONS[kind]),
        kind=kind.value,
        back=url_for(f"{SECTIONS[kind]}.see"),
        required=columns.required,
        optional=columns.optional,
        seen=seen,
        refusal=refusal,
    )
