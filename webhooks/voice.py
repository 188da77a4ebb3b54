"""The carrier's voice webhooks: parse, ask the line, answer. No outbound HTTP, nothing personal in a URL."""

from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from callbacks import sound
from callbacks.carrier_language import OVER
from callbacks.late import Caller, LateMessage, keep_late_message
from callbacks.legs import Legs
from callbacks.line import PREFIX, Line, UnknownCall, WorkFailed
from callbacks.recordings import recording_status
from callbacks.shelf import Shelf
from config import numbers, story
from config.doors import Who, admits
from ivr.engine import Heard, Recorded, failure_of
from ivr.flow import FLOW
from webhooks import held, outage, signature
from webhooks.twiml import EMPTY, Renderer

blueprint = Blueprint("voice", __name__, url_prefix=PREFIX)
blueprint.before_request(signature.require)
# The carrier fetches sound without signing for it (twilio.md says nothing of it): its own guard is the live call.
sounds = Blueprint("sounds", __name__, url_prefix=PREFIX)
_log = structlog.get_logger(__name__)

PATIENCE = 3  # times somebody hears "un instant" before the switchboard, or before we hang up on whom we rang
NO_CALL = UUID(int=0)
LONGEST_NAME = 64  # of a sid


@blueprint.post("")
def incoming() -> Response:
    """A GP calls the line."""
    form = request.form
    return _answer("arrive", NO_CALL, lambda line: line.incoming(_sid(), numbers.caller(form.get("From", ""))))


@blueprint.post("/<uuid:call_id>/<int:turn>")
def turn(call_id: UUID, turn: int) -> Response:
    """The caller pressed a key, spoke, was silent, was put through, left a message or hung up."""
    heard, gone = _heard(), request.form.get("CallStatus", "") in OVER
    return _answer("", call_id, lambda line: line.turn(call_id, turn, heard, gone))


@blueprint.post("/aloud/<uuid:call_id>/<int:turn>")
def aloud(call_id: UUID, turn: int) -> Response:
    """A GP who has keyed his code is about to hear what a senior wrote; recorded as heard."""
    return _answer("", call_id, lambda line: line.aloud(call_id, turn))


@blueprint.post("/whisper/<uuid:attempt_id>")
def whisper(attempt_id: UUID) -> Response:
    """A senior's telephone was answered."""
    return _leg("caller_left", lambda legs: legs.whisper(attempt_id, _sid()))


@blueprint.post("/whisper/<uuid:attempt_id>/key")
def whisper_key(attempt_id: UUID) -> Response:
    """He pressed 1, 2, or nothing."""
    parent = _named("ParentCallSid")
    return _leg("caller_left", lambda legs: legs.whisper_key(attempt_id, _sid(), parent, _heard()))


@blueprint.post("/leg/<uuid:attempt_id>")
def leg(attempt_id: UUID) -> Response:
    """Progress of a senior's telephone; only its end matters here."""
    if request.form.get("CallStatus", "") in OVER:
        _legs().leg_ended(attempt_id, _sid())
    return _nothing()


@blueprint.post("/bridge/<uuid:bridge_id>")
def bridge(bridge_id: UUID) -> Response:
    """The telephone of a GP who is called back was answered."""
    return _leg("senior_left", lambda legs: legs.bridge_whisper(bridge_id, _sid()))


@blueprint.post("/bridge/<uuid:bridge_id>/key")
def bridge_key(bridge_id: UUID) -> Response:
    """He pressed 1, or nothing."""
    parent = _named("ParentCallSid")
    return _leg("senior_left", lambda legs: legs.bridge_key(bridge_id, _sid(), parent, _heard()))


@blueprint.post("/bridge/<uuid:bridge_id>/leg")
def bridge_leg(bridge_id: UUID) -> Response:
    """Progress of a GP's telephone; only its end matters here."""
    if request.form.get("CallStatus", "") in OVER:
        _legs().bridge_leg_ended(bridge_id, _sid())
    return _nothing()


@blueprint.post("/status")
def status() -> Response:
    """A call to the line is over."""
    if request.form.get("CallStatus", "") in OVER:
        _line().ended(_sid())
    return _nothing()


@blueprint.post("/recording/<uuid:call_id>")
def recording(call_id: UUID) -> Response:
    """A message is being recorded, is ready, or was empty."""
    form = request.form
    story.follow(call_id, call=call_id)
    desk = _line().desk
    with desk.engine.begin() as connection:
        found = recording_status(
            connection, _named("RecordingSid"), call_id, form.get("RecordingStatus", ""), _seconds(form)
        )
    if found is not None:
        desk.doorbell.ring("fetch", str(found))
    return _nothing()


@blueprint.post("/out/<uuid:token>")
def out(token: UUID) -> Response:
    """A call that we placed was answered; or, as its fallback, something that it led to was not."""
    failed = urlsplit(request.form.get("ErrorUrl", "")).path
    if failed and not failed.endswith(request.path):  # a proxy of ours may put something in front
        # From the beginning again would ring somebody twice; what is owed is found by the sweep.
        return _twiml(_renderer().farewell("broken_off"))
    return _answer("alert", NO_CALL, lambda line: line.outgoing(token, _sid()))


@blueprint.post("/out/<uuid:token>/status")
def out_status(token: UUID) -> Response:
    """How a call that we placed ended."""
    status = request.form.get("CallStatus", "")
    if status in OVER:
        _line().out_ended(token, _sid(), status)
    return _nothing()


@blueprint.post("/late/<uuid:call_id>/<step>")
def late(call_id: UUID, step: str) -> Response:
    """A message left while the register could not be reached; it becomes a request now."""
    form = request.form
    message = LateMessage(
        call_id=None if call_id == NO_CALL else call_id,
        call_sid=_sid(),
        # The callback about a recording does not say who called: the carrier is asked, behind the doors.
        caller=Caller(numbers.caller(form["From"])) if "From" in form else None,
        recording_sid=_named("RecordingSid"),
        seconds=_seconds(form) or 0,
    )
    keep_late_message(_line().desk, message)
    return _twiml(_renderer().farewell("late_thanks")) if form.get("CallStatus") == "in-progress" else _twiml(EMPTY)


@sounds.get("/audio/<uuid:call_id>/<uuid:part_id>")
@admits(Who.CALL)
def audio(call_id: UUID, part_id: UUID) -> Response:
    """A message, for a senior who has proved his PIN in a live call and is about to hear it; recorded as heard."""
    shelf = cast(Shelf, current_app.extensions["shelf"])
    wav = sound.for_call(_line().desk, shelf, call_id, part_id)
    if wav is None:
        return Response(status=404)
    return Response(wav, content_type="audio/wav", headers={"Cache-Control": "no-store"})


@blueprint.errorhandler(SQLAlchemyError)
def register_away(error: SQLAlchemyError) -> Response:
    """A callback that could not be kept is not acknowledged: the carrier asks again."""
    _log.error("the register does not answer", endpoint=request.endpoint, kind=type(error).__name__)
    return Response(status=503)


# Parse and answer -------------------------------------------------------------------------------------------------


def _answer(step: str, call_id: UUID, ask: Callable[[Line], str]) -> Response:
    try:
        return _twiml(ask(_line()))
    except UnknownCall:
        _log.warning("unknown call or turn", endpoint=request.endpoint)
        return _twiml(_renderer().last_resort("incident", _switchboard(), _late_path(NO_CALL, "unknown")))
    except WorkFailed as failed:
        _log.error("a work failed", step=failed.step, exc_info=failed)
        return _not_now(failed.step, call_id)
    except SQLAlchemyError as error:
        _log.error("the register does not answer", endpoint=request.endpoint, kind=type(error).__name__)
        return _not_now(step, call_id)
    except Exception:  # noqa: BLE001 — the request's edge: a caller never hears an error of ours
        _log.exception("a turn failed", endpoint=request.endpoint)
        return _not_now(step, call_id)


def _not_now(step: str, call_id: UUID) -> Response:
    """Un instant, three times; then the switchboard, then a voicemail (invariant 5)."""
    sentence = "not_saved" if failure_of(FLOW, step) == "not_saved" else "incident"
    return _one_moment() or _twiml(
        _renderer().last_resort(sentence, _switchboard(), _late_path(call_id, step or "unknown"))
    )


def _one_moment() -> Response | None:
    """To the same step once more, with all that came; None when he was asked to wait often enough."""
    outage.refused()
    again = request.args.get("again", default=0, type=int)
    if not 0 <= again < PATIENCE:
        return None
    kept = held.seal(_line().desk.box, _form())
    return _twiml(_renderer().one_moment(f"{request.path}?again={again + 1}&held={kept}"))


def _leg(farewell: str, ask: Callable[[Legs], str]) -> Response:
    """A whisper that cannot be answered ends in a hang-up: connecting nobody is safer than connecting anybody."""
    try:
        return _twiml(ask(_legs()))
    except SQLAlchemyError as error:
        _log.error("the register does not answer", endpoint=request.endpoint, kind=type(error).__name__)
        return _one_moment() or _twiml(_renderer().farewell(farewell))
    except Exception:  # noqa: BLE001 — the request's edge: whoever is telephoned never hears an error of ours
        _log.exception("a whisper failed", endpoint=request.endpoint)
        return _twiml(_renderer().farewell(farewell))


def _form() -> Mapping[str, str]:
    """What the carrier brought, now or before we asked for a moment."""
    return dict(held.unseal(_line().desk.box, request.args.get("held", ""))) | dict(request.form)


def _heard() -> Heard:
    form = _form()
    sid, seconds = form.get("RecordingSid", "").replace("\0", ""), _seconds(form)
    return Heard(
        digits=form.get("Digits", "") if not sid else "",
        speech=form.get("SpeechResult", ""),
        recorded=Recorded(sid, seconds) if sid and seconds else None,
        dial_status=form.get("DialCallStatus", ""),
        dial_bridged={"true": True, "false": False}.get(form.get("DialBridged", "").lower()),
        dial_sid=form.get("DialCallSid", ""),
    )


def _seconds(form: Mapping[str, str]) -> int | None:
    text = form.get("RecordingDuration", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def _sid() -> str:
    return _named("CallSid")


def _named(field: str) -> str:
    """One of the carrier's own names; nothing for what cannot be one."""
    value = request.form.get(field, "")
    return value if value.isascii() and value.isalnum() and len(value) <= LONGEST_NAME else ""


def _line() -> Line:
    return cast(Line, current_app.extensions["line"])


def _legs() -> Legs:
    line = _line()
    return Legs(line.desk, line.render)


def _renderer() -> Renderer:
    return cast(Renderer, current_app.extensions["renderer"])


def _switchboard() -> str | None:
    return _renderer().house.switchboard


def _late_path(call_id: UUID, step: str) -> str:
    return f"{PREFIX}/late/{call_id}/{step}"


def _twiml(document: str) -> Response:
    return Response(document, content_type="text/xml; charset=utf-8")


def _nothing() -> Response:
    return Response(status=204)
