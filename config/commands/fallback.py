"""`rappel24 fallback`: what the carrier does while nothing of ours answers, as fixed documents for another machine."""

from collections.abc import Callable, Mapping

import click

from callbacks.carrier_language import REAL_API
from config.assembly import house_of
from config.commands.shared import settings_of
from config.settings import Settings
from webhooks.twiml import Renderer

CALL, THANKS, SMS, BROKEN = "rappel24-call.xml", "rappel24-thanks.xml", "rappel24-sms.xml", "rappel24-broken.xml"
_WRITTEN: Mapping[str, Callable[[Renderer, str], str]] = {
    "call": lambda renderer, thanks: renderer.fallback_call(thanks),
    "thanks": lambda renderer, thanks: renderer.fallback_thanks(),
    "sms": lambda renderer, thanks: renderer.fallback_sms(),
    "broken": lambda renderer, thanks: renderer.fallback_broken(),
}
HOW = f"""\
Put four documents on a machine that shares nothing with this one: another provider, or the carrier's TwiML Bins.
They ask nothing of us and hold no secret. Serve them to POST as text/xml, beside each other (TwiML Bins do; nginx
does with `error_page 405 =200 $uri;`):

  rappel24 fallback --twiml > {CALL}
  rappel24 fallback --twiml --document thanks > {THANKS}
  rappel24 fallback --twiml --document sms > {SMS}
  rappel24 fallback --twiml --document broken > {BROKEN}

Where they cannot lie beside each other, name the second to the first: --thanks https://…

In the carrier's console, under {{line}}, set voice_fallback_url to the first and sms_fallback_url to the third, both
with HTTP POST: with GET the caller's number, and the words of who writes, would stand in the address and so in the
logs of that machine. Set our FALLBACK_URL to where the fourth lies: people whom the line calls hear it.
Then try it: stop web, call the line, leave a message, start web. The message stands under "À classer" within a minute,
and an SMS sent meanwhile is taken in when the carrier's lists are read next (rappel24 reconcile).
Make them anew when SWITCHBOARD_NUMBER, LINE_NUMBER or PUBLIC_URL changes."""


@click.command()
@click.option("--twiml", is_flag=True, help="Write a document to standard output; how to host it to standard error.")
@click.option("--document", type=click.Choice(list(_WRITTEN)), default="call", show_default=True, help="Which one.")
@click.option("--thanks", default=THANKS, show_default=True, help="Where what follows a message lies.")
def fallback(twiml: bool, document: str, thanks: str) -> None:
    """What callers meet while this line is down, to be hosted elsewhere; without --twiml, how."""
    settings = settings_of(Settings)
    click.echo(HOW.format(line=settings.line_number), err=twiml)
    if twiml:
        renderer = Renderer(house_of(settings), settings.twilio_api_url or REAL_API)
        click.echo(_WRITTEN[document](renderer, thanks))
