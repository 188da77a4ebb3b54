"""The carrier's signature: HMAC-SHA1 over the exact URL text and the form (twilio.md 4).

There is no time in it, so it does not stop a replay: what stands behind these doors may come twice.
"""

from collections.abc import Sequence
from typing import cast

import structlog
from flask import Request, abort, current_app, request
from twilio.request_validator import RequestValidator, compare
from werkzeug.datastructures import MultiDict

from config.doors import Who, admits

HEADER = "X-Twilio-Signature"
_log = structlog.get_logger(__name__)


class Signatures:
    """Checks against the present token and, while it is being rotated, the next one.

    Only the account's tokens count. The newer scheme with shared keys (twilio.md 4.4) is refused, whatever the
    request's headers say of it: we have no such key.
    """

    def __init__(self, public_url: str, tokens: Sequence[str]) -> None:
        if not any(tokens):
            raise ValueError("no token to check signatures with")
        self._public_url = public_url.rstrip("/")
        self._validators = [RequestValidator(token) for token in tokens if token]

    def right(self, target: str, form: MultiDict[str, str] | str, signature: str) -> bool:
        """Whether `signature` is ours for the raw request target (`/path?query`) and the form or JSON text."""
        url = self._public_url + target
        return any(_is_right(validator, url, form, signature) for validator in self._validators)


def _is_right(validator: RequestValidator, url: str, form: MultiDict[str, str] | str, signature: str) -> bool:
    """The carrier signs the address that it was given; the library signs every form twice, with a port and without."""
    as_given = not isinstance(form, str) and compare(validator.compute_signature(url, form), signature)
    return bool(as_given or validator.validate(url, form, signature))


@admits(Who.CARRIER)
def require() -> None:
    """`before_request` of a blueprint for the carrier: 403 unless the request is rightly signed."""
    signatures = cast(Signatures, current_app.extensions["signatures"])
    signature = request.headers.get(HEADER, "")
    if not signature or not signatures.right(raw_target(request), _signed_body(request), signature):
        _log.warning("signature refused", endpoint=request.endpoint, signed=bool(signature))
        abort(403)


def raw_target(incoming: Request) -> str:
    """Path and query as they came over the wire: Flask's own `url` decodes them, which breaks signatures."""
    target = str(incoming.environ.get("RAW_URI") or incoming.environ.get("REQUEST_URI") or "")
    if target.startswith("/"):
        return target
    query = incoming.query_string.decode("latin-1")
    return incoming.path + ("?" + query if query else "")


def _signed_body(incoming: Request) -> MultiDict[str, str] | str:
    """The form; or the JSON text when the URL carries its digest, as the validator wants it."""
    if incoming.is_json and "bodySHA256" in incoming.args:
        return incoming.get_data(as_text=True)
    return incoming.form
