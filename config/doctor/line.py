"""The line at the carrier: does it answer, does it know us, and does it send calls and SMS to the right doors?"""

from collections.abc import Iterator, Mapping
from typing import Any

import requests

from callbacks.carrier import REAL_API
from callbacks.delivery import RETRIES
from config.doctor.finding import Finding
from config.settings import Settings

PATIENCE = 5.0  # seconds
DOORS = {
    "voice_url": ("/webhooks/voice", True),
    "status_callback": ("/webhooks/voice/status", False),
}
SMS_DOOR = "/webhooks/sms"
CONSOLE = "in the carrier's console, under the number, set"


def at_the_carrier(settings: Settings) -> Iterator[Finding]:
    """Asks once a number, with a short time-out; whatever happens is a finding, never a failure."""
    line = _asked(settings, settings.line_number)
    if isinstance(line, Finding):
        yield line
        return
    yield from _number(settings, line)
    yield from _canary(settings)
    if line is not None:
        yield from _texts(settings, line)


def _canary(settings: Settings) -> Iterator[Finding]:
    """Whether the line can call itself: only a number of the account may be shown."""
    if settings.canary_number is not None and _asked(settings, settings.canary_number) is None:
        yield Finding(
            True,
            "CANARY_NUMBER is not a number of this account: the line cannot call itself",
            "buy a second number at the carrier, or set CANARY_NUMBER to the one it has",
        )


def _asked(settings: Settings, number: str) -> Mapping[str, Any] | Finding | None:
    """A number as the carrier has it; None when it is none of this account."""
    try:
        answer = requests.get(
            f"{settings.twilio_api_url or REAL_API}/2010-04-01/Accounts/{settings.twilio_account_sid}"
            "/IncomingPhoneNumbers.json",
            params={"PhoneNumber": number},
            auth=(settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()),
            timeout=PATIENCE,
        )
        said = answer.json()
    except (requests.RequestException, ValueError):
        return Finding(True, "the carrier does not answer", "check the network (and TWILIO_API_URL, when it is set)")
    if answer.status_code != requests.codes.ok:
        return _refused(answer.status_code)
    numbers = said.get("incoming_phone_numbers", []) if isinstance(said, dict) else []
    return numbers[0] if numbers else None


def _texts(settings: Settings, line: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether a GP can write to us at all: to the line, or to the number that our SMS come from."""
    if _receives(settings, line):
        return
    if settings.sms_sender.startswith("+") and settings.sms_sender != settings.line_number:
        sender = _asked(settings, settings.sms_sender)
        if isinstance(sender, Mapping) and _receives(settings, sender):
            return
    yield Finding(
        False,
        "advice by SMS is off: no sms_url of LINE_NUMBER or SMS_SENDER leads to us"
        if _can_receive(line)
        else "advice by SMS is off: neither LINE_NUMBER nor SMS_SENDER can receive SMS",
        "leave it if telephone and e-mail are enough; else have a number that receives SMS (09 37 to 09 39 in France), "
        f"set SMS_SENDER to it, and {CONSOLE} sms_url to {settings.public_url}{SMS_DOOR}{RETRIES} (HTTP POST)",
    )


def _receives(settings: Settings, number: Mapping[str, Any]) -> bool:
    return _can_receive(number) and str(number.get("sms_url") or "").partition("#")[0] == settings.public_url + SMS_DOOR


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
            mend = f"{CONSOLE} {field} to {wanted}{RETRIES} (HTTP POST)"
            yield Finding(vital, f"the number's {field} is not ours", mend)
    yield from _once_only(settings, line)
    if not line.get("voice_fallback_url"):
        yield Finding(
            False,
            "the number has no voice_fallback_url: while we are down, callers hear an English error",
            f"{CONSOLE} it to a fixed document that lies elsewhere; rappel24 fallback --twiml makes it, and says how",
        )


def _once_only(settings: Settings, line: Mapping[str, Any]) -> Iterator[Finding]:
    """Our doors without what makes the carrier try again: it brings nothing twice that met a restart."""
    fields = [*DOORS, "sms_url"]
    ours = [field for field in fields if str(line.get(field) or "").startswith(f"{settings.public_url}/webhooks/")]
    bare = [field for field in ours if "#" not in str(line.get(field))]
    if bare:
        yield Finding(
            False,
            f"what meets a restart of ours is not brought again: no fragment after {', '.join(bare)}",
            f"{CONSOLE} {RETRIES} behind each of these addresses",
        )


def _can_receive(number: Mapping[str, Any]) -> bool:
    able = number.get("capabilities")
    return not isinstance(able, Mapping) or able.get("sms", True) is not False
