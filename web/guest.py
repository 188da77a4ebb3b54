"""A GP comes with the link of his request, and nothing else. One visit, one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import cast

from flask import Response, abort, current_app, flash, make_response, redirect, request, url_for
from sqlalchemy import Connection

from callbacks import gp, links, register
from callbacks.gp import Followed
from callbacks.house import Desk
from config import clock, texts
from config.clock import Moment
from config.doors import Who, admits
from web.visit import language, refuse_stranger


@dataclass(frozen=True)
class Guest:
    """A GP with his link, inside one transaction."""

    desk: Desk
    conn: Connection
    moment: Moment
    followed: Followed
    token: str
    language: str


@dataclass(frozen=True)
class Note:
    """Back to the page, with a word on top of it; `moved`: somebody of the ward may have to be told."""

    says: str
    good: bool = True
    moved: bool = False


View = Callable[[Guest], str | Note]
Door = Callable[[str], Response]


def with_gp_link(view: View) -> Door:
    """Open to who holds the link of a request, until seven days after its end."""

    @admits(Who.GP)
    @wraps(view)
    def door(token: str) -> Response:
        desk = cast(Desk, current_app.extensions["desk"])
        reference = gp.reference_of(token, desk.house.secret_key)
        if reference is None:  # the register is not asked about what we never wrote
            refuse_stranger()
        with desk.engine.begin() as conn:
            guest = _arrive(conn, desk, reference, token)
            answer = view(guest)
        return _settle(guest, answer) if isinstance(answer, Note) else make_response(answer)

    return door


def _arrive(conn: Connection, desk: Desk, reference: str, token: str) -> Guest:
    found, moment = register.by_reference(conn, reference), clock.read(conn)
    if found is None:
        abort(404)
    if found.closed_at is not None and moment.now - found.closed_at > links.AFTER_THE_END:
        abort(410)
    return Guest(desk, conn, moment, gp.follow(conn, found), token, language())


def _settle(guest: Guest, note: Note) -> Response:
    if note.moved:
        guest.desk.doorbell.ring("climb", guest.followed.view.id)
    # The words, as everywhere: another page of ours in this browser may be the next that shows it.
    flash(texts.say(f"page.note_gp_{note.says}", guest.language), "good" if note.good else "bad")
    return make_response(redirect(url_for("gp.see", token=guest.token, lang=request.args.get("lang")), code=303))
