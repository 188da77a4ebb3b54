"""An invitation: a link that lets somebody choose his password, once."""

import time
from typing import cast

from flask import Blueprint, Response, abort, current_app, make_response, redirect, request, url_for

from callbacks.house import Desk
from config import clock
from config.doors import Who, admits
from scheduling.accounts import credentials, proofs
from scheduling.accounts.proofs import Known
from web.office import arriving, outside, throttle
from web.strikes import Strikes

blueprint = Blueprint("invitation", __name__, url_prefix="/invitation/<token>")


@blueprint.get("")
@admits(Who.INVITED)
def see(token: str) -> str:
    """Who invites whom to what."""
    _, known = _invited(token)
    return outside.show(
        "invitation.html",
        known=known,
        token=token,
        shortest=credentials.SHORTEST,
        provider=outside.provider_label(),
    )


@blueprint.post("")
@admits(Who.INVITED)
@throttle.by_address
def choose_password(token: str) -> Response:
    """He chooses it; what is wrong with it is said. Then his application is asked for."""
    desk, known = _invited(token)
    password = request.form.get("password", "")
    if objection := refusal(password, request.form.get("again", ""), known):
        outside.tell(f"signin.password_{objection}", shortest=credentials.SHORTEST, longest=credentials.LONGEST)
        return make_response(redirect(url_for("invitation.see", token=token), 303))
    password_hash = credentials.hashed(password)
    with desk.engine.begin() as conn:
        moment = clock.read(conn)
        if not proofs.come(conn, moment, known.id):
            abort(404)
        proofs.set_password(conn, moment, known, password_hash)
        known = proofs.by_id(conn, known.id) or abort(404)
    return arriving.begin(desk, known, moment, "/")


def refusal(password: str, again: str, known: Known) -> str:
    """Why this cannot be his password: a name of the catalogue, "" when it can."""
    if password != again:
        return "differs"
    return credentials.objection(password, known.email, known.name) or ""


def _invited(token: str) -> tuple[Desk, Known]:
    desk = cast(Desk, current_app.extensions["desk"])
    with desk.engine.begin() as conn:
        known = proofs.by_invitation(conn, token)
    if known is None:
        strikes = cast(Strikes, current_app.extensions["strikes"])
        abort(429 if strikes.one_more(request.remote_addr or "", time.monotonic()) else 404)
    return desk, known
