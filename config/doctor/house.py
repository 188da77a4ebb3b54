"""How we present ourselves: what the settings allow and what is unwise all the same. Pure."""

import re
from collections.abc import Iterator

from config import numbers
from config.doctor.finding import Finding
from config.settings import Settings

FRENCH = "+33"
TWO_WAY = re.compile(r"\+3393[789]\d{6}")  # 09 37 to 09 39: the range that may send and receive (Arcep 2022-1583)


def presentation(settings: Settings) -> Iterator[Finding]:
    """Numbers and names that callers and seniors see."""
    yield from _fiction(settings)
    yield from _sender(settings.sms_sender)
    yield from _caller_shown(settings.alert_caller)
    if not settings.seal_numbers:
        yield Finding(
            False,
            "SEAL_NUMBERS is off: whoever reads the database or a copy of it reads the callers' numbers",
            "set it to on as soon as every process runs this release, then: rappel24 keys rotate",
        )
    if settings.pseudonyms_key is None:
        yield Finding(
            False,
            "EVALUATION_KEY is not set: nothing can be exported for the evaluators",
            "make one that serves nothing else (openssl rand -base64 32), and keep it apart from the data",
        )
    if settings.alert_phone is None:
        yield Finding(
            False,
            "ALERT_PHONE is not set: nobody hears of a request for a ward without head and coordinator",
            "set it to a mobile that somebody always carries",
        )
    elif not numbers.is_mobile(settings.alert_phone):
        yield Finding(False, "ALERT_PHONE is no mobile: it cannot receive SMS", "set it to a mobile")


def _fiction(settings: Settings) -> Iterator[Finding]:
    # By number, so that one which stands for another is named once, as the line.
    used = {
        settings.sms_sender: "SMS_SENDER",
        settings.alert_caller: "ALERT_CALLER",
        settings.switchboard_number: "SWITCHBOARD_NUMBER",
        settings.alert_phone or "": "ALERT_PHONE",
        settings.line_number: "LINE_NUMBER",
    }
    for number, setting in used.items():
        if numbers.is_fiction(number):
            yield Finding(False, f"{setting} is a number for films and tests: nobody has it", "set a real one")


def _sender(sender: str) -> Iterator[Finding]:
    if not sender.startswith("+"):
        yield Finding(
            False,
            "SMS_SENDER is a name: seniors cannot answer PRIS or FAIT, nor write STOP",
            "leave it if links and telephone are enough; else set a number of the range 09 37 to 09 39",
        )
    elif sender.startswith(FRENCH) and numbers.is_mobile(sender):
        yield Finding(
            False,
            "SMS_SENDER is a 06/07 number: French operators block what software sends from one",
            "set a name of at most 11 letters, or a number of the range 09 37 to 09 39",
        )
    elif sender.startswith(FRENCH) and not TWO_WAY.match(sender):
        yield Finding(
            False,
            "SMS_SENDER is a landline number: most cannot send SMS",
            "ask the carrier, or set a name of at most 11 letters",
        )


def _caller_shown(caller: str) -> Iterator[Finding]:
    if caller.startswith(FRENCH) and numbers.is_mobile(caller):
        yield Finding(
            False,
            "ALERT_CALLER is a 06/07 number: a platform may not show one, and operators cut such calls",
            "set the line's own number",
        )
