"""The carrier's SMS webhooks: what came in is taken, what became of ours is recorded. Every answer is empty.

What is said to a sender leaves through the outbox, never in the answer: an answer that is lost is not sent again.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import cast

import structlog
from flask import Blueprint, Response, current_app, request

from callbacks import outbox
from callbacks.house import Desk
from callbacks.shelf import Shelf
from callbacks.written import intake
from callbacks.written.incoming import Attached, Channel, Incoming
from webhooks import signature

blueprint = Blueprint("sms", __name__, url_prefix="/webhooks/sms")
blueprint.before_request(signature.require)
_log = structlog.get_logger(__name__)

MOST_MEDIA = 50  # the carrier says ten at most; its word is not taken for it


@blueprint.post("")
def incoming() -> Response:
    """Somebody wrote to the line."""
    desk, form = _desk(), request.form
    if form.get("To") not in (desk.house.line_number, desk.house.sms_sender):
        _log.warning("SMS to a number that is not ours", sid=_sid(form))
    intake.take(desk, _shelf(), read(form))
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
        changed = outbox.record_status(conn, _clean(token) or sid, word, error, provider_sid=sid or None)
    if changed is not None and outbox.says_not_arrived(word):
        desk.doorbell.ring("deliver", changed)
    return Response(status=204)


def read(form: Mapping[str, str]) -> Incoming:
    """What the carrier handed over. Nothing is lost for want of a field: an SMS without a name is named by what it
    says and came with.
    """
    sender, body, attached = _clean(form.get("From", "")), form.get("Body", ""), _media(form)
    unnamed = "\n".join((sender, body, *(each.source or "" for each in attached)))
    sid = _sid(form) or "unnamed:" + sha256(unnamed.encode(errors="replace")).hexdigest()
    return Incoming(
        key=f"sms:{sid}",
        channel=Channel.SMS,
        sender=sender,
        recipient=_clean(form.get("To", "")),
        text=body,
        attached=attached,
        opt_out=form.get("OptOutType", "").upper(),
    )


def _media(form: Mapping[str, str]) -> tuple[Attached, ...]:
    """Every picture, in order, whatever `NumMedia` says."""
    announced = ((form.get(f"MediaUrl{number}"), number) for number in range(MOST_MEDIA))
    return tuple(
        Attached(media_type=_clean(form.get(f"MediaContentType{number}", "")), source=url.replace("\0", ""))
        for url, number in announced
        if url
    )


def _sid(form: Mapping[str, str]) -> str:
    return _clean(form.get("MessageSid") or form.get("SmsSid") or form.get("SmsMessageSid", ""))


def _clean(value: str) -> str:
    """PostgreSQL keeps no NUL in a text."""
    return value.replace("\0", "").strip()[:200]


def _desk() -> Desk:
    return cast(Desk, current_app.extensions["desk"])


def _shelf() -> Shelf:
    return cast(Shelf, current_app.extensions["shelf"])
