"""What is answered when something is wrong: a page in plain words to a person, an empty document to the carrier.

An unexpected failure is logged here without the address it happened at: addresses hold tokens.
"""

from collections.abc import Collection

import structlog
from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadHost, HTTPException

from config import texts
from web.visit import language

MACHINES = "/webhooks/"
# The page that a status is told with; others are told with the first of their kind.
PAGES = {400: "bad_form", 403: "pin_first", 404: "unknown_link", 410: "worn_out", 429: "too_many", 503: "one_moment"}
OFFICE_PAGES = {**PAGES, 403: "no_right", 404: "not_found", 413: "too_large"}
_log = structlog.get_logger(__name__)


def add(app: Flask, offices: Collection[str] = ()) -> None:
    """Put the answers on the application; a blueprint's own come first. `offices`: the blueprints of the office."""
    app.extensions["offices"] = offices
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(BadHost, _nowhere)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(PoolTimeout, _database_away)
    app.register_error_handler(Exception, _failed)


def _refused(refusal: HTTPException) -> Response:
    status = refusal.code or 500
    pages = OFFICE_PAGES if _in_the_office() else PAGES
    # What says itself what is to be read (`visit.Withdrawn`); else what its status says.
    named = getattr(refusal, "page", None)
    response = _told(status, named or pages.get(status, "bad_form" if status < 500 else "failed"))
    # What the exception knows beside its text: the methods of a 405, when to come back after a 429.
    for name, value in refusal.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _stale_form(refusal: CSRFError) -> Response:
    return _told(400, "stale_form")


def _nowhere(refusal: BadHost) -> Response:
    """To a host that can be none: our pages cannot be shown there, for want of any address to link to."""
    return Response(status=400, mimetype="text/plain")


def _database_away(failure: DBAPIError | PoolTimeout) -> Response:
    """Invariant 5: given up early, nothing acknowledged; whoever asked comes again."""
    _log.error("database away", endpoint=request.endpoint, fault=type(failure).__name__)
    response = _told(503, "one_moment")
    response.headers["Retry-After"] = "5"
    return response


def _failed(failure: Exception) -> Response:
    _log.exception("request failed", endpoint=request.endpoint, fault=type(failure).__name__)
    return _told(500, "failed")


def _told(status: int, name: str) -> Response:
    if request.path.startswith(MACHINES):
        # Typed and empty: the carrier would read plain text aloud, or send it to a GP (twilio.md 1.1, 5.4).
        return Response(status=status, mimetype="text/xml")
    spoken, section = language(), "office" if _in_the_office() else "page"

    def say(key: str, **values: object) -> str:
        return texts.say(key if key.startswith("office.") else f"{section}.{key}", spoken, **values)

    if "X-CSRFToken" in request.headers:  # a script of the office asks: it puts the words on its page
        return make_response(jsonify(note=say(name), good=False), status)
    template = "office/message.html" if section == "office" else "message.html"
    return make_response(render_template(template, name=name, say=say, language=spoken), status)


def _in_the_office() -> bool:
    return request.blueprint in current_app.extensions["offices"]
