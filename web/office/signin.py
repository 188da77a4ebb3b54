"""Signing in and out: address and password, then the code of an application; the first time, the application itself."""

import time
from typing import cast

from flask import Blueprint, Response, current_app, make_response, redirect, request, session, url_for
from flask_login import logout_user

from callbacks.house import Desk
from config import clock
from config.doors import anyone
from scheduling.accounts import credentials, proofs, sessions
from scheduling.planning import trail
from web.office import arriving, outside, throttle
from web.office.arriving import Answer, Comer, arrive, halfway
from web.office.guard import Back, Visitor, signed_in
from web.qr import qr

# A no takes so long, whatever was wrong: neither hashing nor counting tells who has an account.
NO_TAKES = 0.25

blueprint = Blueprint("signin", __name__)


@blueprint.get("/")
@anyone
def home() -> Response:
    """Where the office begins: who rings now. Who is not signed in is asked who he is."""
    return make_response(redirect("/now" if "_user_id" in session else url_for("signin.see"), 303))


@blueprint.get("/signin")
@anyone
def see() -> Response:
    """Who are you? Who is in already is not asked."""
    to = outside.within(request.args.get("next", "/"))
    if "_user_id" in session:
        return make_response(redirect(to if to != "/" else "/now", 303))
    return make_response(outside.show("signin.html", to=to, email=outside.typed(), provider=outside.provider_label()))


@blueprint.post("/signin")
@anyone
@throttle.by_email
@throttle.by_address
def give_password() -> Response:
    """The first step. No connection is held while the password is hashed."""
    began, desk = time.monotonic(), cast(Desk, current_app.extensions["desk"])
    email, password = request.form.get("email", ""), request.form.get("password", "")
    to = outside.within(request.form.get("next", "/"))
    with desk.engine.begin() as conn:
        known = proofs.by_email(conn, email)
    right = credentials.matches(known.password_hash if known else None, password)
    with desk.engine.begin() as conn:
        moment = clock.read(conn)
        if known is not None and not right:
            proofs.missed(conn, moment, known.id)
    if known is not None and right and not known.locked:
        return arriving.begin(desk, known, moment, to)
    time.sleep(max(0.0, NO_TAKES - (time.monotonic() - began)))
    outside.remember_typed(email)
    outside.tell("signin.wrong")
    return make_response(redirect(url_for("signin.see", next=None if to == "/" else to), 303))


@blueprint.get("/signin/code")
@halfway
def ask_code(comer: Comer) -> Answer:
    """The second step."""
    return outside.show("signin_code.html", name=comer.known.name)


@blueprint.post("/signin/code")
@throttle.by_address
@halfway
def give_code(comer: Comer) -> Answer:
    """The code of his application, or one of his recovery codes."""
    known, code = comer.known, request.form.get("code", "")
    if known.has_second_factor and proofs.take_code(comer.conn, comer.moment, comer.desk.box, known, code):
        return arrive(comer.conn, comer.moment, known, comer.halfway.to, "code")
    proofs.missed(comer.conn, comer.moment, known.id)
    outside.tell("signin.wrong_code")
    return make_response(redirect(url_for("signin.ask_code"), 303))


@blueprint.get("/signin/application")
@halfway
def offer_secret(comer: Comer) -> Answer:
    """The first time: a secret for his application, as a picture and in letters."""
    if comer.known.has_second_factor:
        return make_response(redirect(url_for("signin.ask_code"), 303))
    secret = _secret(comer)
    picture = qr(credentials.address(secret, comer.known.email))
    return outside.show("signin_application.html", picture=picture, secret=in_fours(secret), name=comer.known.name)


@blueprint.post("/signin/application")
@throttle.by_address
@halfway
def confirm_secret(comer: Comer) -> Answer:
    """His application shows the right code: it counts from now on, and he is given his recovery codes."""
    known = comer.known
    if known.has_second_factor:
        return make_response(redirect(url_for("signin.ask_code"), 303))
    code = request.form.get("code", "")
    codes = proofs.enrol(comer.conn, comer.moment, comer.desk.box, known, _secret(comer), code)
    if not codes:
        outside.tell("signin.wrong_first_code")
        return make_response(redirect(url_for("signin.offer_secret"), 303))
    return arriving.with_codes(arrive(comer.conn, comer.moment, known, comer.halfway.to, "first_code"), codes)


def _secret(comer: Comer) -> str:
    return proofs.opened(comer.desk.box, comer.known.id, comer.halfway.sealed)


def in_fours(secret: str) -> str:
    """As it is read and typed."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


@blueprint.post("/signout")
@signed_in
def leave(visitor: Visitor) -> Back:
    """He leaves this browser."""
    sessions.end(visitor.conn, visitor.token)
    return out(visitor, "signin.signed_out")


@blueprint.post("/signout/everywhere")
@signed_in
def leave_everywhere(visitor: Visitor) -> Back:
    """He leaves every browser, this one too."""
    ended = sessions.end_all(visitor.conn, visitor.account.id)
    detail, name = {"sessions": ended}, visitor.account.name
    trail.record(visitor.conn, visitor.moment, visitor.by, "account.signed_out_everywhere", subject=name, detail=detail)
    return out(visitor, "signin.signed_out_everywhere")


def out(visitor: Visitor, note: str) -> Back:
    """Nothing of him stays in this browser but the language that he reads."""
    logout_user()
    session.clear()
    session["language"] = visitor.language
    return Back(url_for("signin.see"), note)
