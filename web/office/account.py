"""One's own account: what one reads, one's password, one's application and codes, and where one is signed in."""

import base64
from datetime import datetime, timedelta

from flask import Blueprint, abort, request, session, url_for

from config import texts
from scheduling.accounts import credentials, proofs, sessions, store
from scheduling.accounts.proofs import Known
from web.office import throttle
from web.office.guard import Answer, Back, Visitor, signed_in
from web.office.invitation import refusal
from web.office.page import page
from web.office.signin import in_fours
from web.qr import qr

LASTS = timedelta(minutes=10)  # of real time, to put a new secret into an application
_SECRET = "new_secret"

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
@signed_in
def see(visitor: Visitor) -> str:
    """What he is called, what he may do, and where he is signed in."""
    found = store.one(visitor.conn, visitor.account.id)
    return page(
        visitor,
        "account.html",
        "account",
        listed=found,
        sessions=sessions.of(visitor.conn, visitor.account.id, visitor.token),
        languages=texts.LANGUAGES,
        shortest=credentials.SHORTEST,
    )


@blueprint.post("/language")
@signed_in
def choose_language(visitor: Visitor) -> Back:
    """French or English, from the next page on."""
    chosen = request.form.get("language", "")
    if chosen not in texts.LANGUAGES:
        abort(400)
    store.choose_language(visitor.conn, visitor.account.id, chosen)
    return Back(url_for("account.see"))


@blueprint.post("/password")
@throttle.by_address
@signed_in
def change_password(visitor: Visitor) -> Back:
    """Another password, for who knows the old one; he is signed out everywhere else."""
    known, password = _me(visitor), request.form.get("password", "")
    if not _knows_password(visitor, known):
        return _back("account.wrong_password")
    if objection := refusal(password, request.form.get("again", ""), known):
        return _back(f"signin.password_{objection}", shortest=credentials.SHORTEST, longest=credentials.LONGEST)
    proofs.set_password(visitor.conn, visitor.moment, known, credentials.hashed(password), stays=visitor.token)
    return Back(url_for("account.see"), "account.password_changed")


@blueprint.post("/application")
@throttle.by_address
@signed_in
def begin_application(visitor: Visitor) -> Back:
    """Another telephone: who knows the password is shown a new secret."""
    known = _me(visitor)
    if not _knows_password(visitor, known):
        return _back("account.wrong_password")
    sealed = proofs.sealed(visitor.desk.box, known.id, credentials.new_secret())
    until = visitor.moment.real + LASTS
    session[_SECRET] = [until.isoformat(), base64.b64encode(sealed).decode()]
    return Back(url_for("account.offer_application"))


@blueprint.get("/application")
@signed_in
def offer_application(visitor: Visitor) -> Answer:
    """The new secret, as a picture and in letters."""
    secret = _new_secret(visitor)
    if not secret:
        return Back(url_for("account.see"))
    picture = qr(credentials.address(secret, visitor.account.email))
    return page(visitor, "account_application.html", "account", picture=picture, secret=in_fours(secret))


@blueprint.post("/application/confirm")
@throttle.by_address
@signed_in
def confirm_application(visitor: Visitor) -> Answer:
    """The new application shows the right code: the old one is worth nothing any more, nor are the old codes."""
    secret, code = _new_secret(visitor), request.form.get("code", "")
    if not secret:
        return Back(url_for("account.see"))
    codes = proofs.enrol(visitor.conn, visitor.moment, visitor.desk.box, _me(visitor), secret, code)
    if not codes:
        return Back(url_for("account.offer_application"), "signin.wrong_first_code", good=False)
    session.pop(_SECRET)
    return page(visitor, "codes.html", "account", codes=[code.text for code in codes], to=url_for("account.see"))


@blueprint.post("/codes")
@throttle.by_address
@signed_in
def renew_codes(visitor: Visitor) -> Answer:
    """Ten new recovery codes, for who knows the password."""
    known = _me(visitor)
    if not known.has_second_factor or not _knows_password(visitor, known):
        return _back("account.wrong_password")
    codes = proofs.renew_codes(visitor.conn, visitor.moment, known)
    return page(visitor, "codes.html", "account", codes=[code.text for code in codes], to=url_for("account.see"))


def _me(visitor: Visitor) -> Known:
    return proofs.by_id(visitor.conn, visitor.account.id) or abort(404)


def _knows_password(visitor: Visitor, known: Known) -> bool:
    """A miss counts as one at the door does: somebody may sit at a browser that was left open."""
    if known.locked:
        return False
    right = credentials.matches(known.password_hash, request.form.get("current", ""))
    if not right:
        proofs.missed(visitor.conn, visitor.moment, known.id)
    return right


def _new_secret(visitor: Visitor) -> str:
    try:
        until, sealed = session.get(_SECRET, ())
        fresh = visitor.moment.real < datetime.fromisoformat(until)
    except (TypeError, ValueError):
        return ""
    return proofs.opened(visitor.desk.box, visitor.account.id, base64.b64decode(sealed)) if fresh else ""


def _back(note: str, **values: object) -> Back:
    return Back(url_for("account.see"), note, good=False, values=values)
