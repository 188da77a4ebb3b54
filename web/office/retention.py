"""How long data is kept, for administrators: rules approved, destruction put on hold, the register of what went."""

import csv
import io
from dataclasses import dataclass

from flask import Blueprint, Response, request, url_for

from callbacks.readings import What
from callbacks.retention import disposals, holds, kinds, purging, rules
from callbacks.retention.disposals import Disposal
from callbacks.retention.holds import On
from callbacks.retention.kinds import Kind, Rule
from callbacks.rights import subjects
from config.numbers import BadNumber
from scheduling import store
from web.office.cells import harmless
from web.office.guard import Answer, Back, Visitor, admin
from web.office.page import page
from web.office.retention_shown import MANY, Shown

blueprint = Blueprint("retention", __name__, url_prefix="/retention")
LATEST = 20
LONGEST = 500  # of whatever is typed
COLUMNS = ("id", "at", "kind", "object", "reference", "dated", "why", "days", "account")


@dataclass(frozen=True)
class Wish:
    """A rule as somebody typed it; `days` None: until further notice."""

    kind: Kind
    days: int | None
    approved_by: str
    hospital_id: int | None

    def rule(self, visitor: Visitor) -> Rule:
        """The rule that it would make."""
        return Rule(self.kind, self.hospital_id, self.days, self.approved_by, visitor.moment.now)


@blueprint.get("")
@admin
def see(visitor: Visitor) -> Answer:
    """The rules, the holds, and the last lines of the register."""
    return _page(visitor)


@blueprint.post("/rules")
@admin
def approve(visitor: Visitor) -> Answer:
    """A rule is approved; where it destroys something within the hour, that is said first and confirmed."""
    wish = _wish()
    if wish is None:
        return Back(url_for("retention.see"), "retention.refused_days", good=False)
    if not request.form.get("confirmed"):
        count = _newly_gone(visitor, wish)
        if count:
            return _page(visitor, wish, count)
    done = rules.approve(
        visitor.conn, visitor.moment, visitor.by, wish.kind, wish.days, wish.approved_by, wish.hospital_id
    )
    refused = isinstance(done, rules.Refusal)
    return Back(
        url_for("retention.see"), f"retention.refused_{done}" if refused else "retention.saved", good=not refused
    )


@blueprint.post("/holds")
@admin
def place(visitor: Visitor) -> Answer:
    """A request, a doctor, a ward or everything is put on hold."""
    try:
        on = _on(visitor, request.form.get("on", ""), request.form.get("which", "")[:LONGEST].strip())
    except _Several:
        return Back(url_for("retention.see"), "retention.refused_two_wards", good=False)
    except (LookupError, BadNumber):
        return Back(url_for("retention.see"), "retention.refused_unknown", good=False)
    placed = holds.place(visitor.conn, visitor.moment, visitor.by, on, request.form.get("reason", ""))
    refused = isinstance(placed, holds.Refusal)
    note = f"retention.refused_{placed}" if refused else "retention.placed"
    return Back(url_for("retention.see"), note, good=not refused)


@blueprint.post("/holds/<int:hold_id>/lift")
@admin
def lift(visitor: Visitor, hold_id: int) -> Answer:
    """The rules count again for it."""
    done = holds.lift(visitor.conn, visitor.moment, visitor.by, hold_id)
    return Back(url_for("retention.see"), "retention.lifted" if done else "retention.not_standing", good=done)


@blueprint.get("/register.csv")
@admin
def register(visitor: Visitor) -> Answer:
    """The whole register, for a spreadsheet; that he takes it is on the log of readings."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerow(visitor.say(f"retention.column_{name}") for name in COLUMNS)
    writer.writerows(map(_row, disposals.every(visitor.conn)))
    visitor.reads(What.EXPORT, "disposals")
    reply = Response(written.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    reply.headers["Content-Disposition"] = 'attachment; filename="rappel24-disposals.csv"'
    return reply


def _row(line: Disposal) -> list[str]:
    dated = line.dated.isoformat() if line.dated else ""
    said = (
        line.id,
        line.at.isoformat(),
        line.kind,
        line.object,
        line.reference,
        dated,
        line.why,
        line.days,
        line.account,
    )
    return [harmless("" if cell is None else str(cell)) for cell in said]


def _page(visitor: Visitor, wish: Wish | None = None, count: int = 0) -> str:
    shown = Shown(
        visitor,
        rules.standing(visitor.conn),
        purging.due_now(visitor.conn, MANY),
        {one.id: one.name for one in store.hospitals(visitor.conn)},
    )
    return page(
        visitor,
        "retention.html",
        "privacy",
        lines=shown.lines(),
        hospitals=shown.hospitals,
        wish=wish,
        confirm=shown.to_confirm(wish.kind, count) if wish else "",
        holds=[shown.hold(each) for each in holds.listed(visitor.conn)],
        disposals=[shown.disposal(each) for each in disposals.latest(visitor.conn, LATEST)],
    )


def _newly_gone(visitor: Visitor, wish: Wish) -> int:
    """How much this rule destroys within the hour that is kept as things stand; a rule that is refused, nothing."""
    if wish.days is None or not kinds.proposals()[wish.kind].allow(wish.days) or not wish.approved_by:
        return 0
    before = purging.due_now(visitor.conn, MANY)[wish.kind]
    return max(0, purging.would_go(visitor.conn, wish.rule(visitor), MANY) - before)


def _wish() -> Wish | None:
    """What the form says; None when it is no kind, or no number of days."""
    form = request.form
    days, hospital = form.get("days", "").strip(), form.get("hospital", "")
    keep = bool(form.get("keep"))
    if form.get("kind") not in set(Kind) or not (keep or _is_number(days)):
        return None
    hospital_id = int(hospital) if _is_number(hospital) else None
    by = " ".join(form.get("approved_by", "").replace("\0", "").split())[: rules.LONGEST_NAME]
    return Wish(Kind(form["kind"]), None if keep else int(days), by, hospital_id)


def _on(visitor: Visitor, what: str, which: str) -> On:
    """What is to be held. Raises LookupError, _Several, BadNumber."""
    which = which.replace("\0", "")
    match what:
        case "request":
            found = holds.request_of(visitor.conn, "".join(which.split()))
            return On(request_id=found)
        case "practitioner":
            return On(practitioner_id=_entry(visitor, which))
        case "ward":
            return On(ward_id=_ward(visitor, which.lower()))
        case "everything":
            return On()
    raise LookupError(what)


class _Several(Exception):
    """Wards of several hospitals have this name; destroying goes on in the one that was meant, were the other held."""


def _ward(visitor: Visitor, which: str) -> int:
    """By its short name, its name alone, or with its hospital ("cardiologie, cochin"). Raises LookupError, _Several."""
    wards = visitor.wards()
    named = [ward.id for ward in wards if which in (ward.slug, f"{ward.name}, {ward.hospital}".lower())]
    found = named or [ward.id for ward in wards if which == ward.name.lower()]
    if len(found) > 1:
        raise _Several
    return found[0]


def _entry(visitor: Visitor, which: str) -> int:
    found = subjects.practitioner(visitor.conn, which).id
    if found is None:
        raise LookupError("not in the directory")
    return found


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) < 6
