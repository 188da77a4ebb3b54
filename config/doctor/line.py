"""The line at the carrier: does it answer, does it know us, and does it send calls and SMS to the right doors?"""

from collections.abc import Iterator, Mapping
from typing import Any

import requests

from callbacks.carrier import REAL_API
from config.doctor.finding import Finding
from config.settings import Settings

PATIENCE = 5.0  # seconds
DOORS = {
    "voice_url": ("/webhooks/voice", True),
    "status_callback": ("/webhooks/voice/status", False),
    "sms_url": ("/webhooks/sms", False),
}
CONSOLE = "in the carrier's console, under the number, set"


def at_the_carrier(settings: Settings) -> Iterator[Finding]:
    """Asks once, with a short time-out; whatever happens is a finding, never a failure."""
    try:
        answer = requests.get(
            f"{settings.twilio_api_url or REAL_API}/2010-04-01/Accounts/{settings.twilio_account_sid}"
            "/IncomingPhoneNumbers.json",
            params={"PhoneNumber": settings.line_number},
            auth=(settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()),
            timeout=PATIENCE,
        )
        said = answer.json()
    except (requests.RequestException, ValueError):
        yield Finding(True, "the carrier does not answer", "check the network (and TWILIO_API_URL, when it is set)")
        return
    if answer.status_code != requests.codes.ok:
        yield _refused(answer.status_code)
        return
    lines = said.get("incoming_phone_numbers", []) if isinstance(said, dict) else []
    yield from _number(settings, lines[0] if lines else None)


def _refused(status: int) -> Finding:
    if status in (requests.codes.unauthorized, requests.codes.forbidden, requests.codes.not_found):
        return Finding(
            True,
            f"the carrier does not know us (HTTP {status})",
            "compare TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN with the carrier's console",
        )
    return Finding(False, f"the carrier answers HTTP {status}", "try again in a minute; its status page says more")


def _number(settings: Settings, line: Mapping[str, Any] | None) -> Iterator[Finding]:
    if line is None:
        yield Finding(
            True, "LINE_NUMBER is not a number of this account", "buy it, or set LINE_NUMBER to the one it has"
        )
        return
    for field, (path, vital) in DOORS.items():
        wanted = settings.public_url + path
        if str(line.get(field) or "").partition("#")[0] != wanted:
            yield Finding(vital, f"the number's {field} is not ours", f"{CONSOLE} {field} to {wanted} (HTTP POST)")
    if not line.get("voice_fallback_url"):
        yield Finding(
            False,
            "the number has no voice_fallback_url: while we are down, callers hear an English error",
            f"{CONSOLE} it to a fixed document that passes the call to the switchboard",
        )
