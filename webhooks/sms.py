"""The carrier's SMS webhooks: what came in is kept, what became of ours is recorded. Every answer is empty.

What is said to a sender leaves through the outbox, never in the answer: an answer that is lost is not sent again.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import cast

import structlog
from flask import Blueprint, Response, current_app, request

from callbacks import outbox, texts_in
from callbacks.house import Desk
from callbacks.texts_in import Incoming
from webhooks import signature

blueprint = Blueprint("sms", __name__, url_prefix="/webhooks/sms")
blueprint.before_request(signature.require)
_log = structlog.get_logger(__name__)


@blueprint.post("")
def incoming() -> Response:
    """Somebody wrote to the line."""
    desk, form = _desk(), request.form
    if form.get("To") not in (desk.house.line_number, desk.house.sms_sender):
        _log.warning("SMS to a number that is not ours", sid=_sid(form))
    texts_in.take(desk, _parsed(form))
    # Not 204: the carrier takes an empty document for "no answer" wherever it reads one (twilio.md 5.4).
    return Response("<Response/>", content_type="text/xml; charset=utf-8")


@blueprint.post("/status")
@blueprint.post("/status/<token>")
def status(token: str = "") -> Response:
    """What became of an SMS of ours; named by our token, or by the carrier's own name for it."""
    desk, form = _desk(), request.form
    sid, word = _sid(form), _clean(form.get("MessageStatus") or form.get("SmsStatus", ""))
    with desk.engine.begin() as conn:
        error = _clean(form.get("ErrorCode", "")) or None
        changed = outbox.record_status(conn, token or sid, word, error, provider_sid=sid or None)
    if changed is not None:
        desk.doorbell.ring("deliver", changed)
    return Response(status=204)


def _parsed(form: Mapping[str, str]) -> Incoming:
    """Nothing is lost for want of a field: an SMS without a name is named by what it says."""
    sender, body = _clean(form.get("From", "")), form.get("Body", "")
    sid = _sid(form) or "unnamed:" + sha256(f"{sender}\n{body}".encode()).hexdigest()
    return Incoming(sid, sender, body, form.get("OptOutType", "").upper())


def _sid(form: Mapping[str, str]) -> str:
    return _clean(form.get("MessageSid") or form.get("SmsSid") or form.get("SmsMessageSid", ""))


def _clean(value: str) -> str:
    """PostgreSQL keeps no NUL in a text."""
    return value.replace("\0", "").strip()[:200]


def _desk() -> Desk:
    return cast(Desk, current_app.extensions["desk"])
