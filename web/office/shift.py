"""A hand on the rota: put somebody on call, replace, hand over, swap, move, delete, undo.

Each is a form on a page of its own; the rota's script opens that page in a panel above the rota, and sends the form
when a shift is dragged. What is refused comes back with its reasons and what was typed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, flash, request, url_for
from sqlalchemy import Connection

from callbacks.whatif import asking
from config.clock import Moment
from scheduling import board
from scheduling.planning import desk, known, wording
from scheduling.planning.changes import Changed, Refused, Remark
from scheduling.planning.hours import read_hours
from scheduling.planning.trail import Actor
from scheduling.rota import Ward
from web.office import whatif_shown
from web.office.guard import Answer, Back, Visitor, editor, signed_in
from web.office.page import page
from web.office.rota_words import hours
from web.office.shift_shown import ShiftShown, Typed, period_asked
from web.office.whatif_shown import Trial

blueprint = Blueprint("shift", __name__, url_prefix="/rota/ward/<slug>")


@dataclass(frozen=True)
class Hand:
    """Who acts, on which ward and shift (0: a new one), and what he typed."""

    visitor: Visitor
    ward: Ward
    shift_id: int
    typed: Typed

    @property
    def here(self) -> tuple[int, int]:
        """The ward and the shift, as the desk asks for them."""
        return self.ward.id, self.shift_id


Outcome = Changed | Refused
Act = Callable[[Hand], Outcome]


@blueprint.get("/assign")
@editor
def new(visitor: Visitor, slug: str) -> Answer:
    """The form that puts somebody on call, filled with the hours that were pointed at."""
    return _panel(Hand(visitor, visitor.ward(slug, edit=True), 0, Typed(request.args)))


@blueprint.post("/assign")
@editor
def assign(visitor: Visitor, slug: str) -> Answer:
    """Put somebody on call."""
    return _done(Hand(visitor, visitor.ward(slug, edit=True), 0, Typed(request.form)), "assign")


@blueprint.get("/shift/<int(max=9223372036854775807):shift_id>")
@signed_in
def see(visitor: Visitor, slug: str, shift_id: int) -> Answer:
    """One shift: who, when, and what can be done to it."""
    return _panel(Hand(visitor, visitor.ward(slug), shift_id, Typed({})))


@blueprint.post("/shift/<int(max=9223372036854775807):shift_id>/<any(replace, hand, swap, move, remove):action>")
@editor
def change(visitor: Visitor, slug: str, shift_id: int, action: str) -> Answer:
    """Do it."""
    return _done(Hand(visitor, visitor.ward(slug, edit=True), shift_id, Typed(request.form)), action)


@blueprint.post("/undo")
@editor
def undo(visitor: Visitor, slug: str) -> Answer:
    """Take a change back."""
    return _done(Hand(visitor, visitor.ward(slug, edit=True), 0, Typed(request.form)), "undo")


def _assign(hand: Hand) -> Outcome:
    typed = hand.typed
    return _between(
        hand,
        lambda start, end: desk.assign(
            *_who(hand), hand.ward.id, typed.number("rank"), typed.number("person"), start, end, typed.why
        ),
    )


def _replace(hand: Hand) -> Outcome:
    return _between(
        hand,
        lambda start, end: desk.replace(
            *_who(hand), *hand.here, hand.typed.number("person"), start, end, hand.typed.why
        ),
    )


def _move(hand: Hand) -> Outcome:
    rank = hand.typed.number("rank") or None
    return _between(hand, lambda start, end: desk.move(*_who(hand), *hand.here, start, end, rank, hand.typed.why))


def _hand(hand: Hand) -> Outcome:
    return desk.hand(*_who(hand), *hand.here, hand.typed.number("person"), hand.typed.why)


def _swap(hand: Hand) -> Outcome:
    return desk.swap(*_who(hand), *hand.here, hand.typed.number("other"), hand.typed.why)


def _remove(hand: Hand) -> Outcome:
    return desk.remove(*_who(hand), hand.ward.id, [hand.shift_id], hand.typed.why)


def _undo(hand: Hand) -> Outcome:
    return desk.undo(*_who(hand), hand.ward.id, hand.typed.number("audit_id"), hand.typed.why)


_ACTS: dict[str, Act] = {
    "assign": _assign,
    "replace": _replace,
    "move": _move,
    "hand": _hand,
    "swap": _swap,
    "remove": _remove,
    "undo": _undo,
}
# What must have been chosen from a list before the desk is asked.
_CHOSEN = {"assign": ("rank", "person"), "replace": ("person",), "hand": ("person",), "swap": ("other",)}


def _who(hand: Hand) -> tuple[Connection, Moment, Actor]:
    return hand.visitor.conn, hand.visitor.moment, hand.visitor.by


def _between(hand: Hand, act: Callable[[datetime, datetime], Outcome]) -> Outcome:
    """With the hours that were typed; a time that the clock shows twice is told after the fact."""
    read = read_hours(*hand.typed.hours, hand.ward.timezone)
    if isinstance(read, Refused):
        return read
    outcome = act(read.start, read.end)
    return outcome if isinstance(outcome, Refused) else replace(outcome, warnings=read.warnings + outcome.warnings)


def _done(hand: Hand, action: str) -> Answer:
    visitor, typed = hand.visitor, hand.typed
    missing = [name for name in _CHOSEN.get(action, ()) if not typed.number(name)]
    if missing:
        return _panel(hand, action, [visitor.say(f"rota.choose_{name}") for name in missing])
    if typed.text("do") == "try":
        return _tried(hand, action)
    outcome = _ACTS[action](hand)
    if isinstance(outcome, Refused):
        return _panel(hand, action, wording.all_said(outcome.remarks, visitor.language))
    for warning in wording.all_said(outcome.warnings, visitor.language):
        flash(warning, "soon")
    to = url_for("rota.ward", slug=hand.ward.slug, **period_asked(request.args))
    return Back(to, *_note(hand, action, outcome))


def _tried(hand: Hand, action: str) -> Answer:
    """What it would do for those who call; nothing is saved, so that no reason is asked for."""
    visitor = hand.visitor
    why = hand.typed.why or visitor.say("whatif.title")
    excused = replace(hand, typed=Typed({**hand.typed.values, "why": why}))
    outcome, look = asking.on_trial(visitor.conn, hand.ward, visitor.moment.now, lambda: _ACTS[action](excused))
    if isinstance(outcome, Refused):
        return _panel(hand, action, wording.all_said(outcome.remarks, visitor.language))
    return _panel(hand, action, tried=whatif_shown.trial(visitor, look))


def _note(hand: Hand, action: str, changed: Changed) -> tuple[str, bool, dict[str, str]]:
    """What was done, with the name and the hours of the shift that came of it."""
    if changed.audit_id is None:
        return "rota.unchanged", True, {}
    chosen = hand.typed.number("person")
    came = [each.shift for each in changed.shifts_added]
    shift = next((shift for shift in came if shift.person.id == chosen), came[0] if came else None)
    if shift is None:
        return f"rota.done_{action}", True, {}
    at = hours(shift.start, shift.end, hand.ward.timezone, hand.visitor.language)
    return f"rota.done_{action}", True, {"name": shift.person.name, "hours": at}


def _panel(hand: Hand, action: str = "", refusals: list[str] | None = None, tried: Trial | None = None) -> Answer:
    """The page of a shift, or of one to come; `action` is the form that was refused or tried, and is open."""
    visitor, ward = hand.visitor, hand.ward
    held = board.held(visitor.conn, ward.id, hand.shift_id) if hand.shift_id else None
    told = refusals or []
    if hand.shift_id and held is None and not told:
        told = [wording.said(_gone(hand), visitor.language)]
    html = page(
        visitor,
        "shift.html",
        "rota",
        shown=ShiftShown(visitor, ward, held, hand.typed, hand.shift_id == 0 and action != "undo"),
        ward=ward,
        action=action,
        refusals=told,
        tried=tried,
        asked=period_asked(request.args),
    )
    return html, (422 if refusals else 410 if told else 200)


def _gone(hand: Hand) -> Remark:
    return known.gone(hand.visitor.conn, hand.shift_id, hand.ward.id, hand.ward.timezone)
