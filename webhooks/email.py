"""SendGrid's door for letters: signed, raw, and acknowledged when they are kept (twilio.md 6.1).

Who delivers mail keeps a letter that met a 5xx, and brings it again for three days; a 4xx drops it.
"""

from typing import cast

import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Blueprint, Response, abort, current_app, request

from callbacks import alarms
from callbacks.house import Desk
from config.doors import Who, admits
from webhooks.mail import sendgrid
from webhooks.mail.letterbox import Drop
from webhooks.mail.sendgrid import NotRaw

# SendGrid takes no letter above 30 MB; base64 of attachments is counted in that, the form around it is not.
LARGEST = 40 * 1024 * 1024
NOT_RAW = "sendgrid_not_raw"

blueprint = Blueprint("email", __name__, url_prefix="/webhooks/email")
_log = structlog.get_logger(__name__)


@blueprint.before_request
@admits(Who.MAILER)
def require() -> None:
    """403 unless SendGrid signed it; who shows no signature is not even read."""
    key = cast("ec.EllipticCurvePublicKey | None", current_app.extensions["sendgrid"])
    signature, timestamp = request.headers.get(sendgrid.SIGNATURE, ""), request.headers.get(sendgrid.TIMESTAMP, "")
    if key is None or not signature or not timestamp:
        abort(403)
    request.max_content_length = LARGEST
    if not sendgrid.signed(key, signature, timestamp, request.get_data()):
        _log.warning("signature refused", endpoint=request.endpoint, signed=True)
        abort(403)


@blueprint.post("")
def incoming() -> Response:
    """A letter. Whatever fails is a 5xx: not kept, so not acknowledged."""
    desk, drop = cast(Desk, current_app.extensions["desk"]), cast(Drop, current_app.extensions["letterbox"])
    try:
        posted = sendgrid.read(request.get_data(), request.headers.get("Content-Type", ""))
    except NotRaw:
        with desk.engine.begin() as conn:
            alarms.raise_alarm(conn, NOT_RAW, NOT_RAW)
        return Response(status=503, content_type="text/xml; charset=utf-8")
    drop(posted)
    with desk.engine.begin() as conn:
        alarms.clear(conn, NOT_RAW)
    return Response(status=200, content_type="text/xml; charset=utf-8")
