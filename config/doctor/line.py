"""The line at the carrier: does it answer, does it know us, and does it send calls and SMS to the right doors?"""

from collections.abc import Iterator

from callbacks.carrier_account import Account, Number, TwilioAccount
from callbacks.carrier_faults import CarrierError
from callbacks.carrier_language import RETRIES
from config.carrier_setup.wanted import DOORS
from config.doctor.finding import Finding
from config.settings import Settings

VITAL = {"voice_url": True, "status_callback": False}
SMS_DOOR = DOORS["sms_url"]
CONSOLE = "rappel24 twilio setup does it; by hand: in the carrier's console, under the number, set"
AWAY = frozenset({"unreachable", "no answer"})
STRANGERS = frozenset({"20003", "20404", "401", "403", "404"})  # to whom the account is none of ours


def at_the_carrier(settings: Settings) -> Iterator[Finding]:
    """Asks a few questions, with a short time-out; whatever happens is a finding, never a failure."""
    token = settings.twilio_auth_token.get_secret_value()
    account = TwilioAccount(settings.twilio_account_sid, token, settings.twilio_api_url)
    try:
        yield from _numbers(account, settings)
    except CarrierError as fault:
        yield _refused(fault.code)


def _numbers(account: Account, settings: Settings) -> Iterator[Finding]:
    line = account.number(settings.line_number)
    yield from _number(settings, line)
    yield from _canary(account, settings)
    if line is not None:
        yield from _texts(account, settings, line)


def _canary(account: Account, settings: Settings) -> Iterator[Finding]:
    """Whether the line can call itself: only a number of the account may be shown."""
    if settings.canary_number is not None and account.number(settings.canary_number) is None:
        yield Finding(
            True,
            "CANARY_NUMBER is not a number of this account: the line cannot call itself",
            "buy a second number at the carrier, or set CANARY_NUMBER to the one it has",
        )


def _texts(account: Account, settings: Settings, line: Number) -> Iterator[Finding]:
    """Whether a GP can write to us at all: to the line, or to the number that our SMS come from."""
    if _receives(settings, line):
        return
    if settings.sms_sender.startswith("+") and settings.sms_sender != settings.line_number:
        sender = account.number(settings.sms_sender)
        if sender is not None and _receives(settings, sender):
            return
    yield Finding(
        False,
        "advice by SMS is off: no sms_url of LINE_NUMBER or SMS_SENDER leads to us"
        if _can_receive(line)
        else "advice by SMS is off: neither LINE_NUMBER nor SMS_SENDER can receive SMS",
        "leave it if telephone and e-mail are enough; else have a number that receives SMS (09 37 to 09 39 in France), "
        f"set SMS_SENDER to it, and {CONSOLE} sms_url to {settings.public_url}{SMS_DOOR}{RETRIES} (HTTP POST)",
    )


def _receives(settings: Settings, number: Number) -> bool:
    return _can_receive(number) and number.fields["sms_url"].partition("#")[0] == settings.public_url + SMS_DOOR


def _refused(code: str) -> Finding:
    if code in AWAY:
        return Finding(True, "the carrier does not answer", "check the network (and TWILIO_API_URL, when it is set)")
    if code in STRANGERS:
        return Finding(
            True,
            f"the carrier does not know us ({code})",
            "compare TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN with the carrier's console",
        )
    return Finding(False, f"the carrier answers {code}", "try again in a minute; its status page says more")


def _number(settings: Settings, line: Number | None) -> Iterator[Finding]:
    if line is None:
        yield Finding(
            True, "LINE_NUMBER is not a number of this account", "buy it, or set LINE_NUMBER to the one it has"
        )
        return
    for field, vital in VITAL.items():
        wanted = settings.public_url + DOORS[field]
        if line.fields[field].partition("#")[0] != wanted:
            mend = f"{CONSOLE} {field} to {wanted}{RETRIES} (HTTP POST); rappel24 twilio check compares everything"
            yield Finding(vital, f"the number's {field} is not ours", mend)
    yield from _once_only(settings, line)
    if not line.fields["voice_fallback_url"]:
        yield Finding(
            False,
            "the number has no voice_fallback_url: while we are down, callers hear an English error",
            f"{CONSOLE} it to a fixed document that lies elsewhere; rappel24 fallback --twiml makes it, and says how",
        )


def _once_only(settings: Settings, line: Number) -> Iterator[Finding]:
    """Our doors without what makes the carrier try again: it brings nothing twice that met a restart."""
    ours = [field for field in DOORS if line.fields[field].startswith(f"{settings.public_url}/webhooks/")]
    bare = [field for field in ours if "#" not in line.fields[field]]
    if bare:
        yield Finding(
            False,
            f"what meets a restart of ours is not brought again: no fragment after {', '.join(bare)}",
            f"{CONSOLE} {RETRIES} behind each of these addresses",
        )


def _can_receive(number: Number) -> bool:
    return number.able.get("sms", True)
