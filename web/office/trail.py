"""The audit trail: read, filtered, taken away as CSV. An editor finds what happened in his wards, and nothing else."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, session, url_for

from callbacks.readings import What
from config.numbers import PARIS
from scheduling.planning import trail
from scheduling.planning.trail import Entry
from scheduling.rota import Ward
from web.office import told
from web.office.cells import harmless
from web.office.entries import LONGEST_QUESTION
from web.office.guard import Answer, Back, Visitor, editor
from web.office.page import page

blueprint = Blueprint("trail", __name__, url_prefix="/trail")
PAGE = 50
MOST_EXPORTED = 10_000
# What a line may be about: the first part of its word.
ROOMS = (
    *("rota", "leave", "template", "ward", "ladder", "kind", "desks", "person", "phone", "line"),
    *("practitioner", "practice", "hospital", "account", "unsorted", "information", "retention"),
)
# Of no ward: an editor finds none of them.
ADMINISTRATORS = ("kind", "account", "hospital", "practitioner", "practice", "information", "retention")
_FILTER = "trail"


@dataclass(frozen=True)
class Asked:
    """What he looks for in the trail."""

    ward: str = ""  # slug
    who: str = ""  # id of an account
    what: str = ""
    since: str = ""  # days, 2026-11-23, both of them in
    until: str = ""
    text: str = ""

    @property
    def narrows(self) -> bool:
        """Whether he looks for anything in particular."""
        return self != Asked()


@blueprint.get("")
@editor
def see(visitor: Visitor) -> Answer:
    """The newest lines first, fifty at a time."""
    asked, wards = _asked(), {ward.id: ward for ward in visitor.wards()}
    before = _number(request.args.get("before", ""))
    found = _read(visitor, asked, wards, before=before, limit=PAGE + 1)
    lines = [told.line(visitor, entry, wards) for entry in found[:PAGE]]
    return page(
        visitor,
        "trail.html",
        "trail",
        lines=lines,
        asked=asked,
        wards=list(wards.values()),
        accounts=trail.actors(visitor.conn, _ward_ids(visitor, wards)),
        rooms=[room for room in ROOMS if visitor.account.administers or room not in ADMINISTRATORS],
        older=lines[-1].id if len(found) > PAGE else None,
        paged=before is not None,
    )


@blueprint.post("/search")
@editor
def search(visitor: Visitor) -> Answer:
    """What he looks for is kept in the browser's signed cookie: names belong in no address."""
    session[_FILTER] = {
        name: request.form.get(name, "").strip()[:LONGEST_QUESTION] for name in Asked.__dataclass_fields__
    }
    return Back(url_for("trail.see"))


@blueprint.get("/export.csv")
@editor
def export(visitor: Visitor) -> Answer:
    """What the filter finds, the newest ten thousand lines, for a spreadsheet."""
    wards = {ward.id: ward for ward in visitor.wards()}
    found = _read(visitor, _asked(), wards, before=None, limit=MOST_EXPORTED)
    visitor.reads(What.EXPORT, "trail")
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        visitor.say(f"trail.column_{name}") for name in ("id", "at", "who", "ward", "what", "changes", "why")
    )
    writer.writerows(_row(visitor, entry, wards) for entry in found)
    reply = Response(text.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    reply.headers["Content-Disposition"] = 'attachment; filename="rappel24-trail.csv"'
    return reply


def _row(visitor: Visitor, entry: Entry, wards: Mapping[int, Ward]) -> list[str]:
    said = told.line(visitor, entry, wards, most=MOST_EXPORTED)
    changes = "; ".join(f"{one.label}: {one.before} → {one.after}" for one in said.changes)
    cells = [str(said.id), entry.at.isoformat(), said.who, said.ward, said.words, changes, said.why]
    return [harmless(cell) for cell in cells]


def _read(visitor: Visitor, asked: Asked, wards: Mapping[int, Ward], *, before: int | None, limit: int) -> list[Entry]:
    chosen = [ward.id for ward in wards.values() if ward.slug == asked.ward]
    since, until = (_day(text) for text in (asked.since, asked.until))
    return trail.read(
        visitor.conn,
        ward_ids=chosen if asked.ward else _ward_ids(visitor, wards),
        account_id=_number(asked.who),
        what=asked.what if asked.what in ROOMS else "",
        since=since,
        until=until + timedelta(days=1) if until else None,
        search=asked.text,
        before_id=before,
        limit=limit,
    )


def _ward_ids(visitor: Visitor, wards: Mapping[int, Ward]) -> list[int] | None:
    """Which wards' lines he may read; None: every line, those of no ward too."""
    return None if visitor.account.administers else list(wards)


def _asked() -> Asked:
    kept: Any = session.get(_FILTER)
    known = kept if isinstance(kept, dict) else {}
    return Asked(**{name: str(known.get(name, "")) for name in Asked.__dataclass_fields__})


def _day(said: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(said), time(), ZoneInfo(PARIS))
    except ValueError:
        return None


def _number(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None
