"""Signing in and out."""

from typing import cast

from flask import Blueprint, Response, redirect, render_template, session, url_for

from config import texts
from config.doors import anyone
from scheduling.accounts import sessions
from web.office.guard import Back, Visitor, signed_in
from web.visit import language

blueprint = Blueprint("signin", __name__)


@blueprint.get("/")
@anyone
def home() -> Response:
    """Where the office begins: who rings now; who is not signed in is asked who he is."""
    return cast(Response, redirect("/now" if "_user_id" in session else url_for("signin.see"), 303))


@blueprint.get("/signin")
@anyone
def see() -> str:
    """Who are you?"""
    spoken = language()

    def say(key: str, **values: object) -> str:
        return texts.say(key, spoken, **values)

    return render_template("office/signin.html", say=say, language=spoken)


@blueprint.post("/signout")
@signed_in
def leave(visitor: Visitor) -> Back:
    """He leaves this browser."""
    sessions.end(visitor.conn, visitor.token)
    session.clear()
    return Back(url_for("signin.see"))
