"""Somebody comes to the office: who he is, what he may do, and where. One visit, one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast
from uuid import UUID

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    request,
    session,
    url_for,
)
from flask_login import LoginManager, UserMixin, current_user, login_user
from sqlalchemy import Connection

from callbacks import readings, requests
from callbacks.house import Desk
from callbacks.readings import How, What
from callbacks.requests import Filed
from config import texts
from config.clock import Moment
from config.doors import Who, admits
from scheduling import rota
from scheduling.accounts import sessions
from scheduling.accounts.roles import Account, Role
from scheduling.accounts.sessions import Arrival
from scheduling.planning.trail import Actor
from scheduling.rows import select_wards, ward_of
from scheduling.tables import hospitals, wards
from web.office import outside
from web.proof import BY_ITSELF as BY_ITSELF

# Whom a door marked so lets in.
LETS_IN = {
    Who.READER: frozenset(Role),
    Who.EDITOR: frozenset({Role.ADMIN, Role.EDITOR}),
    Who.ADMIN: frozenset({Role.ADMIN}),
}


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in, at the door."""

    desk: Desk
    conn: Connection
    moment: Moment
    account: Account
    language: str
    token: str  # of the session he came with

    @property
    def by(self) -> Actor:
        """Who the trail names for what he does."""
        return Actor(self.account.id, self.account.name)

    def say(self, key: str, /, **values: object) -> str:
        """A sentence of the catalogue ("rota.hole") in his language."""
        return texts.say(key, self.language, **values)

    def ward(self, slug: str, *, edit: bool = False) -> rota.Ward:
        """The ward of that name. 404: one that he may not see does not exist for him; 403: he may see it alone."""
        known = select_wards().where(wards.c.slug == slug)
        row = None if "\0" in slug else self.conn.execute(known).one_or_none()  # PostgreSQL takes no NUL
        if row is None or not self.account.may_see(row.id):
            abort(404)
        if edit and not self.account.may_edit(row.id):
            abort(403)
        return ward_of(row)

    def reads(self, what: What, object: UUID | int | str) -> None:
        """He is shown it, or takes it away: that is recorded."""
        by = self.account.id
        readings.note(self.conn, what, object, account_id=by, how=How.PAGE, moment=self.moment)

    def wards(self) -> list[rota.Ward]:
        """Those he may see, by hospital and name."""
        account, query = self.account, select_wards().order_by(hospitals.c.name, wards.c.name)
        if not (account.administers or account.all_wards):
            query = query.where(wards.c.id.in_(account.ward_ids))
        return [ward_of(row) for row in self.conn.execute(query).all()]


@dataclass(frozen=True)
class Back:
    """To a page, with a note (a key of the catalogue and its values); bell and log come after the commit.

    A script that asked (`X-CSRFToken`) is handed {"to", "note", "good"} instead.
    """

    to: str
    note: str = ""
    good: bool = True
    values: Mapping[str, object] = field(default_factory=dict)
    bell: tuple[str, int] | None = None  # kind of work, and the id under which it waits
    filed: Filed | None = None  # the request that was filed by it


Answer = Response | str | Back | tuple[Response | str, int]
# After the visitor come the variables of the route.
View = Callable[..., Answer]
Door = Callable[..., Response]


class _Guest(UserMixin):  # type: ignore[misc]  # Flask-Login publishes no types
    """Flask-Login's user: somebody who arrived with the token of a session."""

    def __init__(self, token: str, arrival: Arrival | None = None) -> None:
        self.token = token
        self.arrival = arrival

    def get_id(self) -> str:
        """What the browser keeps in its signed cookie."""
        return self.token


def add(app: Flask) -> None:
    """Let Flask-Login keep the token in the browser; who holds it is asked of the register, at office doors alone."""
    logins = LoginManager()
    # Bound to no address and no browser's name: a hospital's network changes both in the middle of a form.
    logins.session_protection = None
    logins.user_loader(_arrive)
    logins.unauthorized_handler(_send_to_sign_in)
    # `init_app` would also look after a "remember me" cookie, which we have not, at each answer, the carrier's too.
    app.login_manager = logins  # type: ignore[attr-defined]


def _arrive(token: str) -> _Guest | None:
    arrival = sessions.arrive(cast(Connection, g.office), token, present=BY_ITSELF not in request.headers)
    return None if arrival is None else _Guest(token, arrival)


def let_in(token: str) -> None:
    """Give the browser the token of a session that has just begun."""
    login_user(_Guest(token))


def note(words: str, *, good: bool = True) -> None:
    """On top of the next page."""
    flash(words, "good" if good else "bad")


def signed_in(view: View) -> Door:
    """Open to every account; the view is handed its visitor inside the transaction."""
    return _guarded(view, Who.READER)


def editor(view: View) -> Door:
    """Open to administrators and to editors; which wards, `Visitor.ward(slug, edit=True)` says."""
    return _guarded(view, Who.EDITOR)


def admin(view: View) -> Door:
    """Open to administrators."""
    return _guarded(view, Who.ADMIN)


def _guarded(view: View, who: Who) -> Door:
    @admits(who)
    @wraps(view)
    def door(**route: Any) -> Response:
        desk = cast(Desk, current_app.extensions["desk"])
        with desk.engine.begin() as conn:
            g.office = conn
            if not current_user.is_authenticated:
                return cast(Response, current_app.login_manager.unauthorized())  # type: ignore[attr-defined]
            visitor = _visitor(desk, conn, current_user.token, current_user.arrival)
            if visitor.account.role not in LETS_IN[who]:
                abort(403)
            answer = view(visitor, **route)
        return _settle(visitor, answer) if isinstance(answer, Back) else make_response(answer)

    return door


def _visitor(desk: Desk, conn: Connection, token: str, arrival: Arrival) -> Visitor:
    g.language = arrival.account.language  # a refusal is told in it too
    return Visitor(desk, conn, arrival.moment, arrival.account, arrival.account.language, token)


def _settle(visitor: Visitor, back: Back) -> Response:
    if back.filed is not None:
        requests.tell(back.filed)
    if back.bell is not None:
        visitor.desk.doorbell.ring(*back.bell)
    words = visitor.say(back.note, **back.values) if back.note else ""
    if by_script():
        return jsonify(to=back.to, note=words, good=back.good)
    if words:
        note(words, good=back.good)
    return make_response(redirect(back.to, code=303))


def _send_to_sign_in() -> Response:
    """His session is over, or he has none: he signs in and finds himself where he wanted to go."""
    if session.pop("_user_id", None) and not by_script():
        note(texts.say("signin.over", outside.language()), good=False)
    to = url_for("signin.see", next=request.full_path.rstrip("?") if request.method == "GET" else None)
    if by_script():
        reply = jsonify(to=to)
        reply.status_code = 401
        return reply
    return make_response(redirect(to, code=303))


def by_script() -> bool:
    """Whether a script of ours asks, and is answered in JSON."""
    return "X-CSRFToken" in request.headers
