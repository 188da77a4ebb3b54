"""One request: its whole story, and what a coordinator may do about it. Each act is an event with his account."""

from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, abort, jsonify, request, url_for

from callbacks import ahead, assessments, board, chronicle, colleagues, holding, ladders, links, register, requests
from callbacks.assessed import How, Side
from callbacks.assessments import About, By, assessable
from callbacks.colleagues import Colleague
from callbacks.promise import RequestView
from callbacks.states import FOLLOW_UP, OUTCOMES, State
from config import clock
from web.office import story_shown
from web.office.board_shown import Shown
from web.office.guard import Answer, Back, Visitor, editor, signed_in
from web.office.page import page
from web.taps import BESIDES, Tap, tapped, taps

blueprint = Blueprint("requests", __name__, url_prefix="/requests/<reference>")


class Said(NamedTuple):
    """What is told of an act: a key of the catalogue, and whether it was done."""

    note: str
    good: bool


@blueprint.get("")
@signed_in
def see(visitor: Visitor, reference: str) -> Answer:
    """The request and all that happened to it; for who may edit its ward, what he may do."""
    view = _view(visitor, reference)
    mark = board.mark_of(visitor.conn, view.id)
    found = board.row(visitor.conn, view.id)
    now, ladder = visitor.moment.now, ladders.of(visitor.conn, view.ward_id, view.kind)
    return page(
        visitor,
        "request.html",
        "requests",
        shown=Shown(visitor, found, ahead.of(visitor.conn, [view], now).get(view.id)),
        lines=story_shown.lines(visitor, view, ladder, chronicle.read(visitor.conn, view.id)),
        colleagues=[each for each in _colleagues(visitor, view) if each.id != view.offered_to],
        outcomes=story_shown.outcomes(visitor, view),
        links=chronicle.holders(visitor.conn, view.id),
        taps=_taps(visitor, view),
        mine=_himself(visitor, view) is not None,
        may_edit=visitor.account.may_edit(view.ward_id),
        may_reopen=_may_reopen(view, now),
        mark=mark,
        rate=clock.rate(visitor.conn),
    )


@blueprint.get("/mark")
@signed_in
def mark(visitor: Visitor, reference: str) -> Answer:
    """A word that changes when something happens to it: a page that is open asks each second."""
    return jsonify(mark=board.mark_of(visitor.conn, _view(visitor, reference).id))


@blueprint.post("/assign")
@editor
def assign(visitor: Visitor, reference: str) -> Answer:
    """Ask one of the ward's people to take it: it stays where it is, and the ladder goes on, until he accepts."""
    view = _view(visitor, reference, edit=True)
    person_id = _number(request.form.get("person", ""))
    chosen = next((each for each in _colleagues(visitor, view) if each.id == person_id), None) or abort(400)
    offered = holding.offer(visitor.conn, view.id, chosen.id, visitor.moment, account_id=visitor.account.id)
    if isinstance(offered, holding.Offered):
        return _back(view, Said("board.done_offered", True), name=chosen.name)
    return _back(view, Said("board.refused_closed", False))


@blueprint.post("/reopen")
@editor
def reopen(visitor: Visitor, reference: str) -> Answer:
    """The GP was not called after all, or not well: the ladder goes on at once."""
    view = _view(visitor, reference, edit=True)
    found = requests.reopen(visitor.conn, view.id, visitor.moment, account_id=visitor.account.id)
    if isinstance(found, requests.Reopened):
        return _back(view, Said("board.done_reopened", True))
    return _back(view, Said("board.refused_too_old", False))


@blueprint.post("/close")
@editor
def close(visitor: Visitor, reference: str) -> Answer:
    """He says how it ended. Refused while a message is unheard, and as not reached before it was tried enough."""
    view = _view(visitor, reference, edit=True)
    outcome = request.form.get("outcome", "")
    if outcome not in OUTCOMES:
        abort(400)
    closed = requests.close(visitor.conn, view.id, None, outcome, visitor.moment, account_id=visitor.account.id)
    match closed:
        case requests.Done():
            assessments.closed(visitor.conn, view.id, outcome, visitor.moment)
            return _back(view, Said("board.done_closed", True))
        case requests.Unheard(parts=parts):
            return _back(view, Said("board.refused_unheard", False), count=parts)
        case requests.TooSoon(missing=missing):
            return _back(view, Said("board.refused_too_soon", False), count=missing)
        case _:
            return _back(view, Said("board.refused_closed", False))


@blueprint.post("/assess")
@editor
def assess(visitor: Visitor, reference: str) -> Answer:
    """For the evaluation: what was asked, or what would have been done without the line."""
    view = _view(visitor, reference, edit=True)
    said = tapped(request.form, BESIDES)
    if said is None or not assessable(view):
        return _back(view, Said("board.refused_assess", False))
    assessments.say(visitor.conn, About(view.id), By(Side.HOSPITAL, How.PAGE), said, visitor.moment)
    return _back(view, Said("board.done_assessed", True))


@blueprint.post("/revoke")
@editor
def revoke(visitor: Visitor, reference: str) -> Answer:
    """The link that a senior was texted opens nothing any more."""
    view = _view(visitor, reference, edit=True)
    person_id = _number(request.form.get("person", ""))
    holder = next((each for each in chronicle.holders(visitor.conn, view.id) if each.person_id == person_id), None)
    if holder is None:
        return _back(view, Said("board.refused_no_link", False))
    # Whoever writes an alert about it holds it too: none leaves with a link that is being taken back.
    register.locked(visitor.conn, view.id)
    links.revoke(visitor.conn, view.id, holder.person_id)
    return _back(view, Said("board.done_revoked", True), name=holder.name)


@blueprint.post("/mine")
@signed_in
def mine(visitor: Visitor, reference: str) -> Answer:
    """To his own page of it, where he claims and calls back: for an account whose e-mail is a senior's of the ward."""
    view = _view(visitor, reference)
    himself = _himself(visitor, view)
    if himself is None:
        return _back(view, Said("board.refused_not_a_senior", False))
    secret = visitor.desk.house.secret_key
    token = links.token_for(visitor.conn, view.id, himself, visitor.moment.now, secret)
    return Back(links.url("", token))


def _view(visitor: Visitor, reference: str, *, edit: bool = False) -> RequestView:
    """The request. 404: of a ward that he may not see it does not exist; 403: he may see it alone."""
    found = register.by_reference(visitor.conn, reference) if reference.isdecimal() else None
    if found is None or not visitor.account.may_see(found.ward_id):
        abort(404)
    if edit and not visitor.account.may_edit(found.ward_id):
        abort(403)
    return found


def _taps(visitor: Visitor, view: RequestView) -> list[Tap]:
    """What the ward may still say of it; none while it is open, or where nothing was answered."""
    said = assessments.by_one_side(visitor.conn, About(view.id), Side.HOSPITAL)
    return taps(said, BESIDES, lambda key: visitor.say(f"page.{key}")) if assessable(view) else []


def _may_reopen(view: RequestView, now: datetime) -> bool:
    """Whether it ended lately, and not by the GP's own wish."""
    return view.state is not State.WITHDRAWN and view.closed_at is not None and now - view.closed_at <= FOLLOW_UP


def _colleagues(visitor: Visitor, view: RequestView) -> list[Colleague]:
    return colleagues.of(visitor.conn, view.ward_id, visitor.moment.now, but=view.claimed_by)


def _himself(visitor: Visitor, view: RequestView) -> int | None:
    """Who of the ward the account is."""
    return colleagues.with_email(visitor.conn, view.ward_id, visitor.moment.now, visitor.account.email)


def _back(view: RequestView, said: Said, **values: object) -> Back:
    """To the request, and the ladder is looked at: whoever must be told is told by it."""
    here = url_for("requests.see", reference=view.reference)
    return Back(here, said.note, said.good, values, bell=("climb", view.id))


def _number(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
