"""`rappel24 twilio`: the line's numbers at the carrier, led to us (`setup`) and held against what must be (`check`)."""

import sys

import click

from callbacks.carrier_account import TwilioAccount
from callbacks.carrier_faults import CarrierError
from config.carrier_setup.findings import Row, Speaker, differing
from config.carrier_setup.look import Look, NotTaken
from config.carrier_setup.shown import table
from config.carrier_setup.wanted import Fallbacks, beside
from config.commands.fallback import BROKEN, CALL, SMS
from config.commands.shared import Refused, settings_here
from config.settings import Settings

_voice = click.option("--voice-fallback", metavar="URL", help="Where the document `call` of rappel24 fallback lies.")
_sms = click.option("--sms-fallback", metavar="URL", help="Where the document `sms` of rappel24 fallback lies.")


@click.group()
def twilio() -> None:
    """The line's numbers at the carrier; buys nothing."""


@twilio.command()
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@_voice
@_sms
def setup(dry_run: bool, voice_fallback: str | None, sms_fallback: str | None) -> None:
    """Lead calls and SMS of our numbers to us, fragments and fallbacks included; then say what is left to a person."""
    settings = settings_here(Settings)
    speaker = Speaker(settings.language)
    if settings.real_carrier and not settings.public_url.startswith("https://"):
        raise Refused(speaker.say("setup_unreachable", address=settings.public_url))
    look = _look(settings, speaker, voice_fallback, sms_fallback)
    try:
        done = look.set_all(dry_run=dry_run)
        rows = look.rows()
    except NotTaken as fields:
        raise Refused(speaker.say("setup_kept", fields=str(fields))) from None
    except CarrierError as fault:
        raise Refused(speaker.say("setup_no_answer", code=fault.code)) from None
    click.echo("\n".join(done))
    by_hand = [row for row in rows if row.mend != speaker.say("mend_setup")]
    _tell(by_hand, speaker, also_well=False, heading=speaker.say("setup_rest"))


@twilio.command()
@_voice
@_sms
def check(voice_fallback: str | None, sms_fallback: str | None) -> None:
    """Say what differs at the carrier from what must be, and how to mend it; exit code 1 when something does."""
    settings = settings_here(Settings)
    speaker = Speaker(settings.language)
    try:
        rows = _look(settings, speaker, voice_fallback, sms_fallback).rows()
    except CarrierError as fault:
        raise Refused(speaker.say("setup_no_answer", code=fault.code)) from None
    _tell(rows, speaker, also_well=True)
    wrong = differing(rows)
    click.echo("\n" + (speaker.say("left", count=wrong) if wrong else speaker.say("all_well")))
    sys.exit(1 if wrong else 0)


def _look(settings: Settings, speaker: Speaker, voice: str | None, sms: str | None) -> Look:
    account = TwilioAccount(
        settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value(), settings.twilio_api_url
    )
    lying = beside(settings.fallback_url, BROKEN, CALL, SMS)
    return Look(account, settings, speaker, Fallbacks(voice or lying.voice, sms or lying.sms))


def _tell(rows: list[Row], speaker: Speaker, *, also_well: bool, heading: str = "") -> None:
    lines = table(rows, speaker, also_well=also_well)
    if heading and lines:
        lines = ["", heading, *lines]
    click.echo("\n".join(lines))
