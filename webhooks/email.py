"""The door for e-mail stands and is locked; until advice is taken by mail, a signed letter is told to come again."""

from flask import Blueprint, Response

from webhooks import signature

blueprint = Blueprint("email", __name__, url_prefix="/webhooks/email")
blueprint.before_request(signature.require)


@blueprint.post("")
def incoming() -> Response:
    """Not stored, so not acknowledged: who delivers mail keeps a letter that met a 5xx (twilio.md 6.1)."""
    return Response(status=501, content_type="text/xml; charset=utf-8")
