"""The page that asks a senior how a conversation ended: one question, one touch. It shows nothing of the GP."""

from typing import cast
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for

from callbacks import afterwards, assessments, outcomes
from callbacks.assessed import Side
from callbacks.assessments import About
from callbacks.house import Desk
from config import clock, texts
from config.doors import Who, admits
from web.taps import BESIDES, tapped, taps
from web.visit import language, refuse_stranger

blueprint = Blueprint("conversation", __name__, url_prefix="/c/<token>")


@blueprint.get("")
@admits(Who.LINK)
def see(token: str) -> str:
    """The call, and the ways it may have ended. Changes nothing."""
    desk, call_id = _opened(token)
    with desk.engine.begin() as conn:
        found = afterwards.conversation(conn, call_id)
        said = assessments.by_one_side(conn, About(call_id=call_id), Side.HOSPITAL)
    if found is None:
        abort(404)
    spoken = language()

    def say(key: str, **values: object) -> str:
        return texts.say(f"page.{key}", spoken, **values)

    at = texts.written_time(found.at, found.tz, spoken)
    return render_template(
        "conversation.html",
        call=found,
        at=at,
        outcomes=_outcomes(),
        taps=taps(said, BESIDES, say) if found.outcome else (),
        say=say,
        language=spoken,
        token=token,
    )


@blueprint.post("")
@admits(Who.LINK)
def tell(token: str) -> Response:
    """He says how it ended; once told, it stands."""
    desk, call_id = _opened(token)
    outcome = request.form.get("outcome", "")
    if outcome not in _outcomes():
        abort(400)
    with desk.engine.begin() as conn:
        afterwards.tell(conn, call_id, outcome, clock.read(conn))
    return _back(token)


@blueprint.post("/assess")
@admits(Who.LINK)
def assess(token: str) -> Response:
    """What was asked, or what would have been done without the line."""
    desk, call_id = _opened(token)
    said = tapped(request.form, BESIDES)
    if said is not None:
        with desk.engine.begin() as conn:
            afterwards.assess(conn, call_id, said, clock.read(conn))
    return _back(token)


def _back(token: str) -> Response:
    return cast(Response, redirect(url_for("conversation.see", token=token, lang=request.args.get("lang")), 303))


def _opened(token: str) -> tuple[Desk, UUID]:
    desk = cast(Desk, current_app.extensions["desk"])
    call_id = afterwards.call_of(token, desk.house.secret_key)
    if call_id is None:
        refuse_stranger()
    return desk, call_id


def _outcomes() -> list[str]:
    """How a conversation can end: the two have spoken."""
    return [outcome.code for outcome in outcomes.offered() if outcome.spoken]
